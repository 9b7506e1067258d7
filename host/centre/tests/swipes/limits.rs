//! Limits of the certificate, the challenge of the centre, the PIN, the counter window, validity.

use time::Duration;
use yika_centre::kit::{SAMPLE_SEED, Sale};
use yika_protocol::swipe::{Outcome, StatusAnswer};

use crate::support::{Shop, n, refused, sum};

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
    shop.card(2, &sum("A-2", "1.00")).await;
    shop.reverse(2).await;
    let second = shop.card(3, &sum("A-3", "1.00")).await.next_challenge;
    shop.settled(4, &Sale { challenge: Some(first), ..sum("A-4", "210.00") }).await;
    // Once it uses a newer one, the older are over.
    let third = shop.card(5, &Sale { challenge: Some(second), ..sum("A-5", "1.00") }).await.next_challenge;
    let fourth = shop.card(6, &Sale { challenge: Some(third), ..sum("A-6", "1.00") }).await.next_challenge;
    shop.card(7, &Sale { challenge: Some(fourth), ..sum("A-7", "1.00") }).await;
    assert_eq!(shop.refused(8, &Sale { challenge: Some(second), ..sum("A-8", "201.00") }).await, 5118);
}

#[tokio::test]
async fn a_challenge_counts_for_one_swipe() {
    let shop = Shop::new().await;
    let first = shop.card(1, &sum("A-1", "1.00")).await.next_challenge;
    // A rogue terminal let one card answer for three purchases ahead, all with the one challenge it has.
    let ahead: Vec<_> = [2, 3, 4]
        .map(|counter| {
            let sale = Sale { challenge: Some(first), ..sum("A-2", "201.00") };
            shop.kit.card_swipe(&shop.terminal, n(counter), &sale).unwrap()
        })
        .into();
    let settled = shop.bytes(&ahead[0]).await;
    assert!(matches!(shop.swipe(&ahead[0]).await.outcome, Outcome::Settled(_)));
    assert_eq!(refused(&shop.swipe(&ahead[1]).await), 5118);
    assert_eq!(refused(&shop.swipe(&ahead[2]).await), 5118);
    // A repetition is the stored answer and uses nothing up.
    let next = shop.card(5, &sum("A-5", "1.00")).await.next_challenge;
    assert_eq!(shop.bytes(&ahead[0]).await, settled);
    shop.settled(6, &Sale { challenge: Some(next), ..sum("A-6", "201.00") }).await;
}

#[tokio::test]
async fn whatever_becomes_of_a_swipe_its_challenge_is_over() {
    let shop = Shop::new().await;
    let with = |challenge, amount| Sale { challenge: Some(challenge), ..sum("A-2", amount) };
    // Refused.
    let next = shop.card(1, &sum("A-1", "1.00")).await.next_challenge;
    assert_eq!(shop.refused(2, &with(next, "5000.00")).await, 5116);
    assert_eq!(shop.refused(3, &with(next, "201.00")).await, 5118);
    // Under an id that is taken.
    let next = shop.card(4, &sum("A-4", "1.00")).await.next_challenge;
    assert_eq!(shop.refused(4, &with(next, "201.00")).await, 5010);
    assert_eq!(shop.refused(5, &with(next, "201.00")).await, 5118);
    // Reversed before it came.
    let next = shop.card(6, &sum("A-6", "1.00")).await.next_challenge;
    shop.reverse(7).await;
    assert_eq!(shop.card(7, &with(next, "201.00")).await.outcome, Outcome::Reversed);
    assert_eq!(shop.refused(8, &with(next, "201.00")).await, 5118);
}

#[tokio::test]
async fn questions_asked_again_and_again_leave_the_newest_challenge() {
    let shop = Shop::new().await;
    let next = shop.card(1, &sum("A-1", "1.00")).await.next_challenge;
    // Somebody replays what was recorded, or it comes over many ways; everything carries the same challenge.
    for _ in 0..6 {
        let StatusAnswer::Answered(status) = shop.status(1).await else { panic!("unseen") };
        assert_eq!(status.next_challenge, next);
        assert_eq!(shop.day(b"20261122").await.next_challenge, next);
        let conflict = shop.card(1, &sum("A-9", "2.00")).await;
        assert_eq!((refused(&conflict), conflict.next_challenge), (5010, next));
        assert_eq!(shop.void(1, 1, "S1").await.next_challenge, next);
    }
    shop.settled(2, &Sale { challenge: Some(next), ..sum("A-2", "201.00") }).await;
    // Once it was used, the next question brings a new one, and only the first does.
    let last = shop.card(3, &sum("A-3", "1.00")).await.next_challenge;
    assert_eq!(shop.refused(3, &Sale { challenge: Some(last), ..sum("A-9", "2.00") }).await, 5010);
    let fresh = shop.day(b"20261122").await.next_challenge;
    assert_ne!(fresh, last);
    assert_eq!(shop.day(b"20261122").await.next_challenge, fresh);
    // In the morning the evening's is too old, so the first question brings a new one.
    shop.kit.clock.advance(Duration::hours(25));
    let morning = shop.day(b"20261122").await.next_challenge;
    assert_ne!(morning, fresh);
    shop.settled(4, &Sale { challenge: Some(morning), ..sum("A-4", "201.00") }).await;
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
    shop.settled(4032, &sum("A-4", "1.00")).await;
    assert_eq!(shop.refused(4031, &sum("A-4", "1.00")).await, 5114);
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
async fn recorded_messages_do_not_use_up_a_terminals_rate() {
    let shop = Shop::with(SAMPLE_SEED, |config| {
        config.swipe_limits.terminal = yika_centre::Rate::new(1, 3);
    })
    .await;
    let swipe =
        |counter, amount| shop.kit.card_swipe(&shop.terminal, n(counter), &sum("A-1", amount)).unwrap();
    let ask = |datagram: &[u8]| {
        let bytes = shop.kit.centre.answer_swipe(datagram, None)?;
        shop.terminal.open(&bytes).ok().map(|_| bytes)
    };
    let (first, conflict) = (swipe(1, "1.00"), swipe(1, "2.00"));
    let reversal = shop.terminal.seal_reversal(n(2)).unwrap();
    let status = shop.terminal.seal_status(n(1)).unwrap();
    let stood = [ask(&first), ask(&reversal)];
    assert!(stood.iter().all(Option::is_some));
    shop.kit.clock.advance(Duration::seconds(2));
    // Stored answers cost nothing; what settles nothing costs the terminal's questions, not its purchases.
    for _ in 0..20 {
        assert_eq!([ask(&first), ask(&reversal)], stood);
        let _ = (ask(&status), ask(&conflict));
    }
    for counter in 3..6 {
        assert!(ask(&swipe(counter, "1.00")).is_some(), "{counter}");
    }
    assert!(ask(&swipe(6, "1.00")).is_none(), "the rate is still a rate");
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
