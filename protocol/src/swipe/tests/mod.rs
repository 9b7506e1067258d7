//! Scenarios over both sides.

mod batches;
mod enrolment;
mod examples;
mod freshness;
mod golden;
mod limits;
mod page;
mod sealing;
mod shop;
mod wire;

use super::*;
use crate::money::Fen;
use shop::*;

#[test]
fn a_swipe_goes_there_and_back() {
    let shop = Shop::new();
    let request = shop.card_swipe("SALE-1", Fen(1250));
    let counter = Counter::FIRST;
    let datagram = shop.identity.seal_swipe(counter, &request, None).unwrap();
    let header = peek(&datagram).unwrap();
    assert_eq!(header, shop.identity.swipe_header(counter));
    let opened = shop.keys.open_request(&datagram).unwrap();
    let Request::Swipe(read) = opened.verify(&shop.device).unwrap() else { panic!("a swipe") };
    assert_eq!((read.order_no, read.amount, read.lines), (request.order_no, request.amount, request.lines));
    assert_eq!(card_challenge(&header, &read), card_challenge(&header, &request));

    let answer = shop.settled();
    let mut nodes = std::vec![[0; 32]; Tree::nodes_for(3)];
    nodes[1] = shop.keys.leaf(&header, &answer).unwrap();
    let tree = Tree::grow(&mut nodes, 3).unwrap();
    let signature = tree.sign(shop.centre.id(), shop.centre.signer()).unwrap();
    let evidence = tree.evidence(1, signature).unwrap();
    let datagram = shop.keys.seal_answer(&header, &answer, Some(&evidence)).unwrap();
    let opened = shop.identity.open(&datagram).unwrap();
    assert_eq!(opened.answer, answer);
    assert_eq!(shop.identity.verify_evidence(&opened), Ok(()));
}
