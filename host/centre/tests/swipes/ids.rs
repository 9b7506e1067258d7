//! The rules of swipe ids: repetition, conflict, reversal before and after, and what comes late.

use yika_protocol::swipe::{Answer, Identity, Kind, Outcome, ReversalOutcome, StatusAnswer};

use crate::support::{Shop, fen, n, refused, sum};

#[tokio::test]
async fn the_same_bytes_get_the_same_bytes() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let first = shop.bytes(&datagram).await;
    shop.kit.clock.advance(time::Duration::hours(30));
    for _ in 0..3 {
        assert_eq!(shop.bytes(&datagram).await, first);
    }
    assert_eq!(shop.balance(), fen("490.00"));
    // A refusal is as lasting.
    let datagram = shop.kit.card_swipe(&shop.terminal, n(2), &sum("A-2", "999999.00")).unwrap();
    assert_eq!(shop.bytes(&datagram).await, shop.bytes(&datagram).await);
}

#[tokio::test]
async fn a_repetition_outlives_the_centre() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let first = shop.bytes(&datagram).await;
    let Shop { kit, listening, folder, .. } = shop;
    listening.stop().await;
    drop(kit);
    let kit = yika_centre::kit::Kit::open(folder.path()).unwrap();
    assert_eq!(kit.centre.answer_swipe(&datagram, None), Some(first));
}

#[tokio::test]
async fn many_copies_at_once_move_money_once() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    for _ in 0..20 {
        shop.send(&datagram).await;
    }
    let first = shop.receive().await;
    for _ in 0..19 {
        assert_eq!(shop.receive().await, first);
    }
    assert_eq!(shop.balance(), fen("490.00"));
}

#[tokio::test]
async fn other_bytes_under_a_taken_id() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let first = shop.bytes(&datagram).await;
    assert_eq!(shop.refused(1, &sum("A-1", "20.00")).await, 5010);
    assert_eq!(shop.void_refused(1, 1, "S1").await, 5010);
    assert_eq!(shop.bytes(&datagram).await, first, "the first answer stays");
    assert_eq!(shop.balance(), fen("490.00"));
}

#[tokio::test]
async fn two_devices_with_one_identity() {
    let shop = Shop::new().await;
    let clone = Identity::decode(&shop.terminal.encoded()).unwrap();
    let ours = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let theirs = shop.kit.card_swipe(&clone, n(1), &sum("B-1", "70.00")).unwrap();
    assert!(matches!(shop.swipe(&theirs).await.outcome, Outcome::Settled(_)));
    assert_eq!(refused(&shop.swipe(&ours).await), 5010);
    // One id moves money once, whoever uses it.
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 1);
    assert_eq!(shop.balance(), fen("430.00"));
}

#[tokio::test]
async fn a_reversal_after_the_swipe() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    assert!(matches!(shop.swipe(&datagram).await.outcome, Outcome::Settled(_)));
    let reversal = shop.terminal.seal_reversal(n(1)).unwrap();
    let undone = shop.bytes(&reversal).await;
    assert_eq!(shop.balance(), fen("500.00"));
    // Again and again: the same, and nothing more happens.
    assert_eq!(shop.bytes(&reversal).await, undone);
    assert_eq!(shop.reverse(1).await, ReversalOutcome::Undone);
    // The late original, with its own bytes or others, is reversed for ever.
    let late = shop.bytes(&datagram).await;
    assert_eq!(shop.swipe(&datagram).await.outcome, Outcome::Reversed);
    assert_eq!(shop.bytes(&datagram).await, late);
    let other = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-9", "11.00")).unwrap();
    assert_eq!(shop.swipe(&other).await.outcome, Outcome::Reversed);
    assert_eq!(shop.balance(), fen("500.00"));
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 2);
    assert_eq!(shop.count("SELECT SUM(medfee_sumamt) FROM settlement"), 0);
}

#[tokio::test]
async fn a_reversal_before_the_swipe() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    assert_eq!(shop.reverse(1).await, ReversalOutcome::NeverHappened);
    assert_eq!(shop.swipe(&datagram).await.outcome, Outcome::Reversed);
    assert_eq!(shop.bytes(&datagram).await, shop.bytes(&datagram).await);
    assert_eq!(shop.reverse(1).await, ReversalOutcome::NeverHappened);
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 0);
    // The next one is a purchase like any other.
    assert!(matches!(shop.card(2, &sum("A-1", "10.00")).await.outcome, Outcome::Settled(_)));
}

#[tokio::test]
async fn a_reversal_of_a_refusal() {
    let shop = Shop::new().await;
    assert_eq!(shop.refused(1, &sum("A-1", "5000.00")).await, 5116);
    assert_eq!(shop.reverse(1).await, ReversalOutcome::NeverHappened);
    assert_eq!(shop.card(1, &sum("A-1", "5000.00")).await.outcome, Outcome::Reversed);
}

#[tokio::test]
async fn a_status_query_changes_nothing() {
    let shop = Shop::new().await;
    assert_eq!(shop.status(1).await, StatusAnswer::Unseen);
    // No tombstone: the swipe may still come.
    let settled = shop.card(1, &sum("A-1", "10.00")).await;
    let StatusAnswer::Answered(answer) = shop.status(1).await else { panic!("unseen") };
    assert_eq!((&answer.outcome, answer.business_day), (&settled.outcome, settled.business_day));
    assert_eq!(shop.refused(2, &sum("A-2", "5000.00")).await, 5116);
    let StatusAnswer::Answered(answer) = shop.status(2).await else { panic!("unseen") };
    assert_eq!(answer.outcome, Outcome::Refused(5116));
    shop.reverse(1).await;
    let StatusAnswer::Answered(answer) = shop.status(1).await else { panic!("unseen") };
    assert_eq!(answer.outcome, Outcome::Reversed);
}

#[tokio::test]
async fn no_altered_byte_moves_money_and_nothing_grows() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let mut altered: Vec<Vec<u8>> = (0..datagram.len())
        .map(|at| {
            let mut copy = datagram.to_vec();
            copy[at] ^= 1 << (at % 8);
            copy
        })
        .collect();
    altered.extend((0..datagram.len()).step_by(7).map(|length| datagram[..length].to_vec()));
    altered.push([datagram.as_slice(), &[0]].concat());
    altered.push(vec![0; 1201]);
    for bytes in &altered {
        if let Some(answer) = shop.kit.centre.answer_swipe(bytes, None) {
            assert!(answer.len() < bytes.len(), "a stranger gets less than was sent");
            assert!(shop.terminal.open(&answer).is_err(), "and nothing sealed");
        }
    }
    assert_eq!(shop.count("SELECT COUNT(*) FROM swipe"), 0);
    assert!(matches!(shop.swipe(&datagram).await.outcome, Outcome::Settled(_)));
}

#[tokio::test]
async fn an_answer_is_no_request() {
    let shop = Shop::new().await;
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let answer = shop.bytes(&datagram).await;
    shop.silent(&answer).await;
}

#[tokio::test]
async fn what_gathers_is_committed_and_signed_together() {
    let shop = Shop::new().await;
    let datagrams: Vec<_> = (1..=100)
        .map(|counter| {
            let order = format!("A-{counter}");
            shop.kit.card_swipe(&shop.terminal, n(counter), &sum(&order, "1.00")).unwrap()
        })
        .collect();
    for datagram in &datagrams {
        shop.send(datagram).await;
    }
    let (mut seen, mut largest) = (std::collections::BTreeSet::new(), 0);
    for _ in &datagrams {
        let opened = shop.terminal.open(&shop.receive().await).unwrap();
        // Every answer proves itself alone, whatever it was committed with.
        shop.terminal.verify_evidence(&opened).unwrap();
        assert_eq!(opened.header.kind, Kind::SwipeAnswer);
        assert!(matches!(&opened.answer, Answer::Swipe(a) if matches!(a.outcome, Outcome::Settled(_))));
        largest = largest.max(opened.evidence.unwrap().count);
        seen.insert(opened.header.counter);
    }
    assert_eq!(seen.len(), 100);
    assert!(largest > 1, "a hundred at once were never committed together");
    assert_eq!(shop.balance(), fen("400.00"));
}
