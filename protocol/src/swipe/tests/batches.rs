//! Evidence of batches of every size.

use std::vec::Vec;

use super::*;
use crate::sign::SignError;

fn leaf(n: usize) -> Hash {
    crate::sign::sm3(&n.to_be_bytes())
}

#[test]
fn every_leaf_of_every_small_batch_is_proved_and_no_other() {
    let shop = Shop::new();
    let (centre, key) = (shop.centre.id(), shop.centre.signer().verifier());
    for count in 1..=33 {
        let mut nodes: Vec<_> = (0..count).map(leaf).collect();
        nodes.resize(Tree::nodes_for(count), [0; 32]);
        let tree = Tree::grow(&mut nodes, count).unwrap();
        let signature = tree.sign(centre, shop.centre.signer()).unwrap();
        for index in [0, 1, count / 2, count.saturating_sub(2), count - 1] {
            let Some(evidence) = tree.evidence(index, signature) else { continue };
            assert_eq!(evidence.verify(centre, &key, &leaf(index)), Ok(()), "{index} of {count}");
            assert_eq!(evidence.verify(centre, &key, &leaf(index + 1)), Err(SignError::Mismatch));
            assert_eq!(evidence.verify(CentreId([0; 8]), &key, &leaf(index)), Err(SignError::Mismatch));
            let moved = Evidence { index: (index as u16 + 1) % count as u16, ..evidence.clone() };
            assert!(count == 1 || moved.verify(centre, &key, &leaf(index)).is_err());
            let mut longer = evidence.clone();
            if longer.path.push([0; 32]).is_ok() {
                assert!(longer.verify(centre, &key, &leaf(index)).is_err());
            }
        }
        assert_eq!(tree.evidence(count, signature), None);
    }
}

#[test]
fn a_full_batch_has_ten_hashes_on_the_way() {
    let shop = Shop::new();
    let mut nodes: Vec<_> = (0..MAX_BATCH).map(leaf).collect();
    nodes.resize(Tree::nodes_for(MAX_BATCH), [0; 32]);
    let tree = Tree::grow(&mut nodes, MAX_BATCH).unwrap();
    let signature = tree.sign(shop.centre.id(), shop.centre.signer()).unwrap();
    for index in [0, 511, 512, 1023] {
        let evidence = tree.evidence(index, signature).unwrap();
        assert_eq!(evidence.path.len(), MAX_PATH);
        assert_eq!(evidence.verify(shop.centre.id(), &shop.centre.signer().verifier(), &leaf(index)), Ok(()));
    }
}

#[test]
fn batches_that_cannot_be() {
    assert!(Tree::grow(&mut [], 0).is_none());
    assert!(Tree::grow(&mut [[0; 32]; 2], 2).is_none(), "no room for the root");
    let mut nodes = std::vec![[0; 32]; Tree::nodes_for(MAX_BATCH + 1)];
    assert!(Tree::grow(&mut nodes, MAX_BATCH + 1).is_none());
}

#[test]
fn an_answer_with_foreign_evidence_is_opened_but_not_proved() {
    let shop = Shop::new();
    let header = shop.identity.swipe_header(Counter::FIRST);
    let answer = shop.settled();
    let mut nodes = [leaf(1)];
    let tree = Tree::grow(&mut nodes, 1).unwrap();
    let signature = tree.sign(shop.centre.id(), shop.centre.signer()).unwrap();
    let evidence = tree.evidence(0, signature).unwrap();
    let opened =
        shop.identity.open(&shop.keys.seal_answer(&header, &answer, Some(&evidence)).unwrap()).unwrap();
    assert_eq!(shop.identity.verify_evidence(&opened), Err(SignError::Mismatch));
    let opened = shop.identity.open(&shop.keys.seal_answer(&header, &answer, None).unwrap()).unwrap();
    assert_eq!(shop.identity.verify_evidence(&opened), Err(SignError::Mismatch));
}
