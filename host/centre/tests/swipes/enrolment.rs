//! How terminals come and go.

use time::Duration;
use yika_centre::kit::SAMPLE_SEED;
use yika_protocol::swipe::{Answer, Identity, Outcome, ReversalOutcome};

use crate::support::{Shop, n, refused, sum};

/// What a terminal that is not the shop's own gets for a swipe.
async fn swiped(shop: &Shop, terminal: &Identity, counter: u64) -> yika_protocol::swipe::SwipeAnswer {
    let order = format!("{}-{counter}", terminal.terminal());
    let datagram = shop.kit.card_swipe(terminal, n(counter), &sum(&order, "1.00")).unwrap();
    match terminal.open(&shop.bytes(&datagram).await).unwrap().answer {
        Answer::Swipe(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_certificate_says_what_the_seed_says() {
    let shop = Shop::new().await;
    let certificate = shop.terminal.certificate();
    certificate.verify().unwrap();
    assert_eq!(certificate.institution.as_str(), "P99010100001");
    assert_eq!((certificate.limits.per_swipe.0, certificate.limits.per_day.0), (100_000, 2_000_000));
    // 2026-11-22 04:00:00 UTC, and the last second of 365 days.
    assert_eq!(
        (certificate.not_before, certificate.not_after),
        (1_795_320_000, 1_795_320_000 + 365 * 86_400 - 1)
    );
}

#[tokio::test]
async fn until_the_code_is_confirmed_the_terminal_is_a_stranger() {
    let shop = Shop::new().await;
    let (pending, certificate) = shop.kit.apply("POS-0002").unwrap();
    let code = pending.compare_code(&certificate).unwrap().to_string();
    let other = if code == "000000" { "000001" } else { "000000" };
    let refused = shop.kit.confirm(&pending, &certificate, other).unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5103]"), "{refused}");
    shop.kit.confirm(&pending, &certificate, &code).unwrap();
    // Again is the same.
    assert_eq!(shop.kit.confirm(&pending, &certificate, &code).unwrap()["state"], "active");
    let terminal = pending.accept(certificate).unwrap();
    assert!(matches!(swiped(&shop, &terminal, 1).await.outcome, Outcome::Settled(_)));
}

#[tokio::test]
async fn three_wrong_codes_drop_the_enrolment() {
    let shop = Shop::new().await;
    let (pending, certificate) = shop.kit.apply("POS-0002").unwrap();
    let code = pending.compare_code(&certificate).unwrap().to_string();
    let other = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..3 {
        let refused = shop.kit.confirm(&pending, &certificate, other).unwrap_err().to_string();
        assert!(refused.starts_with("[Y-5103]"), "{refused}");
    }
    let refused = shop.kit.confirm(&pending, &certificate, &code).unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5100]"), "{refused}");
    assert_eq!(shop.count("SELECT COUNT(*) FROM terminal WHERE serial = 'POS-0002'"), 0);
}

#[tokio::test]
async fn three_wrong_openings_drop_the_enrolment() {
    let shop = Shop::new().await;
    let (pending, certificate) = shop.kit.apply("POS-0002").unwrap();
    // Another device's opening, with the code that would be right.
    let (other, _) = shop.kit.apply("POS-0003").unwrap();
    let code = pending.compare_code(&certificate).unwrap().to_string();
    for left in [1, 1, 0] {
        let refused = shop.kit.confirm(&other, &certificate, &code).unwrap_err().to_string();
        assert!(refused.starts_with("[Y-5103]"), "{refused}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM terminal WHERE serial = 'POS-0002'"), left);
    }
    let refused = shop.kit.confirm(&pending, &certificate, &code).unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5100]"), "{refused}");
}

#[tokio::test]
async fn a_key_that_has_swiped_does_not_enrol_again() {
    let shop = Shop::new().await;
    let (pending, certificate) = shop.kit.apply("POS-0002").unwrap();
    let code = pending.compare_code(&certificate).unwrap().to_string();
    let request = pending.request().clone();
    // The answer was lost, twice: before the code and behind it.
    assert_eq!(shop.kit.certify(&request).unwrap(), certificate);
    shop.kit.confirm(&pending, &certificate, &code).unwrap();
    assert_eq!(shop.kit.certify(&request).unwrap(), certificate);
    let terminal = pending.accept(certificate).unwrap();
    assert!(matches!(swiped(&shop, &terminal, 1).await.outcome, Outcome::Settled(_)));
    // Now the device comes with an empty store and its old key: it would count from one and meet its old answers.
    let refused = shop.kit.certify(&request).unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5104]"), "{refused}");
    // With a key of its own it is welcome, and replaces what it was.
    let again = shop.kit.enrol("POS-0002").unwrap();
    assert_ne!(again.terminal(), terminal.terminal());
    assert!(matches!(swiped(&shop, &again, 1).await.outcome, Outcome::Settled(_)));
}

#[tokio::test]
async fn somebody_between_device_and_centre_is_found_out() {
    let shop = Shop::new().await;
    // The device's request never reaches the centre; somebody else's does, under the same serial number.
    let (device, _) = shop.kit.apply("POS-0002").unwrap();
    let (stranger, certificate) = shop.kit.apply("POS-0002").unwrap();
    assert!(device.compare_code(&certificate).is_err(), "the device sees that it is not its certificate");
    // What the operator would have to type is the stranger's code; with the device's opening there is none.
    let code = stranger.compare_code(&certificate).unwrap().to_string();
    let refused = shop.kit.confirm(&device, &certificate, &code).unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5103]"), "{refused}");
}

#[tokio::test]
async fn a_revoked_terminal_closes_what_is_open_and_no_more() {
    let shop = Shop::new().await;
    shop.settled(1, &sum("A-1", "1.00")).await;
    let late = shop.kit.card_swipe(&shop.terminal, n(2), &sum("A-2", "1.00")).unwrap();
    assert_eq!(shop.kit.revoke(&shop.terminal).unwrap()["state"], "revoked");
    assert_eq!(shop.kit.revoke(&shop.terminal).unwrap()["state"], "revoked");
    assert_eq!(refused(&shop.swipe(&late).await), 5110);
    assert_eq!(shop.reverse(1).await, ReversalOutcome::Undone);
    // For thirty days.
    shop.kit.clock.advance(Duration::days(30) + Duration::seconds(1));
    let hint = shop.bytes(&shop.terminal.seal_status(n(3)).unwrap()).await;
    assert!(matches!(
        shop.terminal.open(&hint),
        Err(yika_protocol::swipe::OpenError::Hint(hint)) if hint.kind == yika_protocol::swipe::HintKind::Revoked
    ));
}

#[tokio::test]
async fn a_new_enrolment_of_a_device_replaces_the_old_one() {
    let shop = Shop::new().await;
    shop.settled(1, &sum("A-1", "1.00")).await;
    let again = shop.kit.enrol("POS-0001").unwrap();
    assert_ne!(again.terminal(), shop.terminal.terminal());
    assert_eq!(shop.refused(2, &sum("A-2", "1.00")).await, 5111);
    assert_eq!(shop.reverse(1).await, ReversalOutcome::Undone);
    assert!(matches!(swiped(&shop, &again, 1).await.outcome, Outcome::Settled(_)));
    // A third one beside them is a terminal of its own.
    let third = shop.kit.enrol("POS-0003").unwrap();
    assert!(matches!(swiped(&shop, &third, 1).await.outcome, Outcome::Settled(_)));
    assert!(matches!(swiped(&shop, &again, 2).await.outcome, Outcome::Settled(_)));
    assert_eq!(shop.count("SELECT COUNT(*) FROM terminal WHERE state = 'active'"), 2);
}

#[tokio::test]
async fn an_institution_has_only_so_many() {
    let seed = SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"20000.00\"\nmost = 2", 1);
    let shop = Shop::with(&seed, |_| {}).await;
    shop.kit.enrol("POS-0002").unwrap();
    let refused = shop.kit.enrol("POS-0003").unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5102]"), "{refused}");
    // A device that is one of them may always enrol anew.
    shop.kit.enrol("POS-0002").unwrap();
    shop.kit.revoke(&shop.terminal).unwrap();
    shop.kit.enrol("POS-0003").unwrap();
}

#[tokio::test]
async fn without_limits_in_the_seed_there_are_no_terminals() {
    let start = SAMPLE_SEED.find("[institutions.terminals]").unwrap();
    let end = start + SAMPLE_SEED[start..].find("\n\n").unwrap();
    let seed = format!("{}{}", &SAMPLE_SEED[..start], &SAMPLE_SEED[end..]);
    let folder = tempfile::tempdir().unwrap();
    let kit = yika_centre::kit::Kit::open_with(folder.path(), &seed, |_| {}).unwrap();
    let refused = kit.enrol("POS-0001").unwrap_err().to_string();
    assert!(refused.starts_with("[Y-5102]"), "{refused}");
}

#[tokio::test]
async fn only_a_real_institution_enrols() {
    let shop = Shop::new().await;
    for path in ["/terminals/enrol", "/terminals/confirm", "/terminals/list", "/terminals/revoke"] {
        let (status, _) = crate::support::http(shop.listening.http, "POST", path, b"{}").await;
        assert_eq!(status, 400);
    }
    let mut envelope: serde_json::Value =
        serde_json::from_slice(&shop.kit.envelope("T003", serde_json::json!({"data": {}}), "").unwrap())
            .unwrap();
    let post = async |body: &serde_json::Value, path: &str| {
        let (status, body) =
            crate::support::http(shop.listening.http, "POST", path, body.to_string().as_bytes()).await;
        assert_eq!(status, 200);
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()
    };
    let list = post(&envelope, "/terminals/list").await;
    let row = &list["output"]["data"]["terminals"][0];
    assert_eq!((row["serial"].as_str(), row["state"].as_str()), (Some("POS-0001"), Some("active")));
    assert_eq!(row["not_before"], "2026-11-22 12:00:00");
    // The same envelope for another operation, and with another institution's name.
    let code = |answer: &serde_json::Value| answer["err_msg"].as_str().unwrap()[1..7].to_owned();
    assert_eq!(code(&post(&envelope, "/terminals/revoke").await), "Y-5040");
    envelope["fixmedins_name"] = "另一家".into();
    assert_eq!(code(&post(&envelope, "/terminals/list").await), "Y-5003");
}
