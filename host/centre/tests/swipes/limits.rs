//! Limits of the certificate, the challenge of the centre, the PIN, the counter window, validity.

use time::Duration;
use yika_centre::kit::{SAMPLE_SEED, Sale};
use yika_protocol::swipe::Outcome;

use crate::support::{Shop, n, sum};

#[tokio::test]
async fn without_a_fresh_challenge_the_low_limit_holds() {
    let shop = Shop::new().await;
    // The sample's certificates: 1000.00 a swipe, 200.00 without a challenge.
    assert_eq!(shop.refused(1, &sum("A-1", "200.01")).await, 5118);
    let answer = shop.card(2, &sum("A-2", "200.00")).await;
    assert!(matches!(answer.outcome, Outcome::Settled(_)));
    let fresh = Sale { challenge: Some(answer.next_challenge), ..sum("A-3", "250.00") };
    let answer = shop.card(3, &fresh).await;
    assert!(matches!(answer.outcome, Outcome::Settled(_)), "{answer:?}");
    // A challenge that was never given, and one that is a day old.
    let invented = Sale { challenge: Some([7; 8]), ..sum("A-4", "250.00") };
    assert_eq!(shop.refused(4, &invented).await, 5118);
    shop.kit.clock.advance(Duration::hours(24) + Duration::seconds(1));
    let stale = Sale { challenge: Some(answer.next_challenge), ..sum("A-5", "250.00") };
    assert_eq!(shop.refused(5, &stale).await, 5118);
}

#[tokio::test]
async fn a_lost_answer_does_not_take_the_challenge_with_it() {
    let shop = Shop::new().await;
    let first = shop.card(1, &sum("A-1", "1.00")).await.next_challenge;
    // The terminal never saw the answers to 2 and 3, so it comes back with what it has.
    shop.card(2, &Sale { challenge: Some(first), ..sum("A-2", "1.00") }).await;
    shop.reverse(2).await;
    let again = Sale { challenge: Some(first), ..sum("A-3", "250.00") };
    let answer = shop.card(3, &again).await;
    assert!(matches!(answer.outcome, Outcome::Settled(_)), "{answer:?}");
    // Once it uses a newer one, the older are over.
    let newer = Sale { challenge: Some(answer.next_challenge), ..sum("A-4", "1.00") };
    shop.card(4, &newer).await;
    assert_eq!(shop.refused(5, &Sale { challenge: Some(first), ..sum("A-5", "201.00") }).await, 5118);
}

#[tokio::test]
async fn a_swipe_and_a_day_have_their_limits() {
    let seed = SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"300.00\"", 1);
    let shop = Shop::with(&seed, |_| {}).await;
    assert_eq!(shop.refused(1, &sum("A-1", "1000.01")).await, 5116);
    let first = shop.settled(2, &sum("A-2", "150.00")).await;
    shop.settled(3, &sum("A-3", "150.00")).await;
    assert_eq!(shop.refused(4, &sum("A-4", "0.01")).await, 5117);
    // What was voided or reversed counts no more.
    shop.void(5, 2, &first.setl_id).await;
    shop.settled(6, &sum("A-6", "100.00")).await;
    shop.reverse(6).await;
    shop.settled(7, &sum("A-7", "150.00")).await;
    assert_eq!(shop.refused(8, &sum("A-8", "0.01")).await, 5117);
    // The business day is the centre's: from 12:00 it is tomorrow in twelve hours.
    shop.kit.clock.advance(Duration::hours(12));
    shop.settled(9, &sum("A-9", "50.00")).await;
}

#[tokio::test]
async fn above_some_amount_the_pin_is_wanted() {
    let seed =
        SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"20000.00\"\npin_above = \"100.00\"", 1);
    let shop = Shop::with(&seed, |_| {}).await;
    shop.settled(1, &sum("A-1", "100.00")).await;
    assert_eq!(shop.refused(2, &sum("A-2", "100.01")).await, 5120);
    shop.settled(3, &Sale { pin_verified: true, ..sum("A-3", "100.01") }).await;
    assert_eq!(shop.count("SELECT COUNT(*) FROM swipe WHERE pin_verified = 1"), 1);
}

#[tokio::test]
async fn a_swipe_after_its_own_end() {
    let shop = Shop::new().await;
    // 2026-11-22 04:00:00 UTC.
    let now = 1_795_320_000;
    shop.settled(1, &Sale { valid_until: Some(now), ..sum("A-1", "10.00") }).await;
    assert_eq!(shop.refused(2, &Sale { valid_until: Some(now - 1), ..sum("A-2", "10.00") }).await, 5115);
}

#[tokio::test]
async fn counters_far_ahead_and_long_behind() {
    let shop = Shop::new().await;
    assert_eq!(shop.refused(4097, &sum("A-1", "1.00")).await, 5114);
    shop.settled(4096, &sum("A-2", "1.00")).await;
    // In the epoch before, and within the window: a message that was overtaken.
    shop.settled(4095, &sum("A-3", "1.00")).await;
    assert_eq!(shop.refused(4032, &sum("A-4", "1.00")).await, 5114);
    // Reversals of old epochs are always taken; of far ahead ones never.
    shop.settled(8000, &sum("A-5", "1.00")).await;
    assert_eq!(shop.reverse(4096).await, yika_protocol::swipe::ReversalOutcome::Undone);
    assert_eq!(shop.reverse(3).await, yika_protocol::swipe::ReversalOutcome::NeverHappened);
    let hint = shop.bytes(&shop.terminal.seal_reversal(n(20_000)).unwrap()).await;
    assert!(matches!(
        shop.terminal.open(&hint),
        Err(yika_protocol::swipe::OpenError::Hint(hint)) if hint.kind == yika_protocol::swipe::HintKind::Epoch
    ));
}

#[tokio::test]
async fn a_certificate_ends_and_an_institution_is_suspended() {
    let shop = Shop::new().await;
    shop.settled(1, &sum("A-1", "1.00")).await;
    let suspended = SAMPLE_SEED.replacen("operators = [\"0001\", \"0002\"]", "active = false", 1);
    shop.kit.centre.seed(&yika_centre::Seed::parse(&suspended).unwrap()).unwrap();
    assert_eq!(shop.refused(2, &sum("A-2", "1.00")).await, 5042);
    shop.kit.centre.seed(&yika_centre::Seed::parse(SAMPLE_SEED).unwrap()).unwrap();
    shop.kit.clock.advance(Duration::days(365) - Duration::seconds(1));
    shop.settled(3, &sum("A-3", "1.00")).await;
    shop.kit.clock.advance(Duration::seconds(1));
    assert_eq!(shop.refused(4, &sum("A-4", "1.00")).await, 5112);
    // What is open can still be closed.
    assert_eq!(shop.reverse(3).await, yika_protocol::swipe::ReversalOutcome::Undone);
}

#[tokio::test]
async fn a_terminal_is_kept_to_its_rate() {
    let shop = Shop::with(SAMPLE_SEED, |config| {
        config.swipe_limits.terminal = yika_centre::Rate::new(1, 3);
    })
    .await;
    let status = shop.terminal.seal_status(n(1)).unwrap();
    let sealed = |bytes: Option<Vec<u8>>| bytes.is_some_and(|b| shop.terminal.open(&b).is_ok());
    let answered = (0..20).filter(|_| sealed(shop.kit.centre.answer_swipe(&status, None))).count();
    assert_eq!(answered, 3);
    // Somebody who only knows the terminal's name does not use up what is its own.
    shop.kit.clock.advance(Duration::seconds(2));
    let mut forged = status.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    (0..20).for_each(|_| drop(shop.kit.centre.answer_swipe(&forged, None)));
    assert!(sealed(shop.kit.centre.answer_swipe(&status, None)));
}

#[tokio::test]
async fn a_clock_that_steps_over_midnight_and_back_opens_no_second_day() {
    let seed = SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"150.00\"", 1);
    let shop = Shop::with(&seed, |_| {}).await;
    shop.settled(1, &sum("A-1", "150.00")).await;
    shop.kit.clock.advance(Duration::hours(12));
    shop.settled(2, &sum("A-2", "150.00")).await;
    shop.kit.clock.advance(-Duration::hours(12));
    assert_eq!(shop.refused(3, &sum("A-3", "0.01")).await, 5117);
    shop.kit.clock.advance(Duration::hours(12));
    assert_eq!(shop.refused(4, &sum("A-4", "0.01")).await, 5117);
}
