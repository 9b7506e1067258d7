//! Misbehaviour on demand, as a terminal meets it.

use yika_protocol::swipe::{Outcome, ReversalOutcome, StatusAnswer};

use crate::support::{Shop, fen, n, sum};

impl Shop {
    fn misbehave(&self, rules: &[&str]) {
        rules.iter().for_each(|rule| self.kit.centre.add_fault(rule.parse().unwrap()));
    }
}

#[tokio::test]
async fn a_lost_request_and_a_lost_answer() {
    let shop = Shop::new().await;
    shop.misbehave(&["lose-request:swipe:1"]);
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    shop.silent(&datagram).await;
    assert_eq!(shop.status(1).await, StatusAnswer::Unseen);
    shop.misbehave(&["lose-answer:swipe:1"]);
    shop.silent(&datagram).await;
    assert_eq!(shop.balance(), fen("490.00"));
    assert!(matches!(shop.swipe(&datagram).await.outcome, Outcome::Settled(_)));
    assert_eq!(shop.balance(), fen("490.00"));
}

#[tokio::test]
async fn a_duplicate_and_a_delay() {
    let shop = Shop::new().await;
    shop.misbehave(&["duplicate:swipe:1", "delay=50:swipe:1"]);
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let first = shop.bytes(&datagram).await;
    assert_eq!(shop.bytes(&datagram).await, first);
    assert_eq!(shop.balance(), fen("490.00"));
}

#[tokio::test]
async fn a_corrupted_answer_does_not_open() {
    let shop = Shop::new().await;
    shop.misbehave(&["corrupt:swipe:1"]);
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    assert!(shop.terminal.open(&shop.bytes(&datagram).await).is_err());
    assert!(matches!(shop.swipe(&datagram).await.outcome, Outcome::Settled(_)));
}

#[tokio::test]
async fn an_original_that_comes_behind_its_reversal() {
    let shop = Shop::new().await;
    shop.misbehave(&["late-duplicate:swipe:1", "lose-request:swipe:1"]);
    let datagram = shop.kit.card_swipe(&shop.terminal, n(1), &sum("A-1", "10.00")).unwrap();
    shop.silent(&datagram).await;
    assert_eq!(shop.reverse(1).await, ReversalOutcome::NeverHappened);
    assert_eq!(shop.swipe(&datagram).await.outcome, Outcome::Reversed);
    assert_eq!(shop.balance(), fen("500.00"));
    assert_eq!(shop.count("SELECT COUNT(*) FROM settlement"), 0);
    assert_eq!(shop.count("SELECT COUNT(*) FROM swipe WHERE state = 'reversed'"), 1);
}
