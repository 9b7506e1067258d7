//! Whoever is not a terminal of this centre, and what the figures say of it.

use yika_centre::kit::{Kit, SAMPLE_SEED};
use yika_protocol::swipe::{Hint, HintKind};

use crate::support::{Shop, http, n, sum};

#[tokio::test]
async fn a_terminal_of_another_centre_gets_a_hint() {
    let shop = Shop::new().await;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Kit::open_with(folder.path(), SAMPLE_SEED, |config| {
        config.random = std::sync::Arc::new(yika_centre::SequenceRandom::new(99));
    })
    .unwrap();
    let stranger = elsewhere.enrol("POS-0001").unwrap();
    let swipe = elsewhere.card_swipe(&stranger, n(1), &sum("A-1", "1.00")).unwrap();
    let hint = shop.bytes(&swipe).await;
    assert!(hint.len() < swipe.len());
    let hint = Hint::decode(&hint).unwrap();
    assert_eq!((hint.kind, hint.terminal), (HintKind::UnknownTerminal, stranger.terminal()));
    // Our terminal's name under a foreign seal.
    let mut forged = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "1.00")).unwrap();
    *forged.last_mut().unwrap() ^= 0x80;
    let hint = Hint::decode(&shop.bytes(&forged).await).unwrap();
    assert_eq!(hint.kind, HintKind::BadSeal);
    // A version that is not there yet: the map begins A7 00 01, the version is the third byte.
    let mut later = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "1.00")).unwrap();
    assert_eq!(later[..3], [0xA7, 0x00, 0x01]);
    later[2] = 0x02;
    let hint = Hint::decode(&shop.bytes(&later).await).unwrap();
    assert_eq!((hint.kind, hint.versions), (HintKind::Version, (1, 1)));
}

#[tokio::test]
async fn hints_are_few() {
    let shop = Shop::with(SAMPLE_SEED, |config| config.swipe_limits = Default::default()).await;
    let mut forged = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "1.00")).unwrap();
    *forged.last_mut().unwrap() ^= 0x80;
    let source = |last: u8| Some(std::net::IpAddr::from([192, 0, 2, last]));
    let hints =
        |last: u8| (0..10).filter(|_| shop.kit.centre.answer_swipe(&forged, source(last)).is_some()).count();
    // Three at once for one address, fifty for all.
    assert_eq!(hints(1), 3);
    assert_eq!((2..40).map(hints).sum::<usize>(), 47);
    shop.kit.clock.advance(time::Duration::seconds(1));
    assert_eq!(hints(1), 1);
}

#[tokio::test]
async fn a_flood_from_elsewhere_does_not_shut_a_terminal_out() {
    let shop = Shop::with(SAMPLE_SEED, |config| config.swipe_limits = Default::default()).await;
    let swipe = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "1.00")).unwrap();
    let mut forged = swipe.clone();
    *forged.last_mut().unwrap() ^= 0x80;
    let [flood, shop_line] = [66, 7].map(|last| Some(std::net::IpAddr::from([192, 0, 2, last])));
    for _ in 0..1_000 {
        let _ = shop.kit.centre.answer_swipe(&forged, flood);
    }
    // The flood has used up what one address may; the real one comes from another.
    assert_eq!(shop.kit.centre.answer_swipe(&swipe, flood), None);
    assert!(shop.kit.centre.answer_swipe(&swipe, shop_line).is_some());
}

#[tokio::test]
async fn junk_is_counted_and_left() {
    let shop = Shop::new().await;
    for junk in [&b""[..], b"x", &[0; 48], &[0xA7; 1200], &[0; 1500]] {
        shop.silent(junk).await;
    }
    shop.settled(1, &sum("A-1", "1.00")).await;
    shop.refused(2, &sum("A-2", "5000.00")).await;
    let (status, page) = http(shop.listening.http, "GET", "/metrics", b"").await;
    assert_eq!(status, 200);
    let page = String::from_utf8(page).unwrap();
    for line in [
        "yika_swipe_received_total{way=\"udp\"} 7",
        "yika_swipe_dropped_total{why=\"junk\"} 5",
        "yika_swipe_answers_total{outcome=\"settled\"} 1",
        "yika_swipe_answers_total{outcome=\"refused\"} 1",
        "yika_swipe_refusals_total{code=\"Y-5116\"} 1",
        "yika_swipe_seconds_count{outcome=\"settled\"} 1",
        "yika_swipe_batch_answers_count 2",
    ] {
        assert!(page.lines().any(|written| written == line), "{line} is missing in\n{page}");
    }
    assert!(!page.contains(&shop.terminal.terminal().to_string()) && !page.contains("P99010100001"));
}

#[tokio::test]
async fn a_seal_around_a_forged_signature() {
    // Whoever has the enrolment secret, but not the device's key: the answer says so under the seal, and the id stays free.
    let shop = Shop::new().await;
    let other = shop.kit.enrol("POS-0002").unwrap();
    let key = yika_platform::hex::upper(&other.certificate().device_key);
    let own = shop.terminal.terminal().to_string();
    shop.database().execute("UPDATE terminal SET device_key = ?1 WHERE terminal = ?2", [&key, &own]).unwrap();
    assert_eq!(shop.refused(1, &sum("A-1", "1.00")).await, 5113);
    shop.silent(&shop.terminal.seal_reversal(n(1)).unwrap()).await;
    assert_eq!(shop.count("SELECT COUNT(*) FROM swipe"), 0);
}
