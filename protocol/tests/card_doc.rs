//! The transcripts in `hw-docs/card.md` are played: the page says what the session does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod card;

use card::{Keys, contact_atr, play};
use yika_protocol::{
    apdu::Protocol,
    card_keys::{CardKeyScheme, KeyRequest, MasterKeys},
    fault,
    identity::Secret,
    social_card::{Partial, ReadPlan, ReadSession},
};

const PAGE: &str = include_str!("../../hw-docs/card.md");

fn transcript(name: &str) -> Vec<(&'static str, &'static str)> {
    let begin = format!("```apdu {name}\n");
    let block = PAGE.split_once(&begin).expect("the block is there").1.split_once("```").unwrap().0;
    let lines: Vec<_> = block.lines().collect();
    lines
        .chunks(2)
        .map(|pair| (pair[0].strip_prefix("> ").unwrap(), pair[1].strip_prefix("< ").unwrap()))
        .collect()
}

fn session() -> ReadSession {
    ReadSession::new(ReadPlan::Settlement, Protocol::T0, Some(&contact_atr()))
}

#[test]
fn generation_2() {
    let lines = transcript("generation-2");
    assert_eq!(lines.len(), 9);
    let data = play(session(), &lines, &Keys::None(Partial::NoKeyService)).unwrap();
    assert_eq!(data.certno.unwrap().expose(), "990101199001011230");
}

#[test]
fn generation_3_with_the_keys_of_the_page() {
    for key in ["YIKA-IRK-TEST-01", "YIKA-RK--TEST-01"] {
        assert!(PAGE.contains(key));
    }
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    let answer = |request: &KeyRequest| masters.answer(CardKeyScheme::ASSUMED_1, request).unwrap();
    let data = play(session(), &transcript("generation-3"), &Keys::Answer(&answer)).unwrap();
    assert_eq!(data.certno.unwrap().expose(), "990101199001011230");
}

#[test]
fn every_code_on_the_page_exists() {
    let codes: Vec<u16> =
        PAGE.match_indices("Y-").filter_map(|(at, _)| PAGE[at + 2..].get(..4)?.parse().ok()).collect();
    assert!(codes.len() > 20);
    for code in codes {
        assert!(fault::find(code).is_some(), "Y-{code}");
    }
}
