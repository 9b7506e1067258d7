//! Exchanges written by hand, in hex, against a card.
#![allow(dead_code, reason = "each scenario file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use yika_sim::{Card, CardSpec, Generation, VirtualCard};

pub(crate) const SELECT_SSSE: &str = "00A404000F 7378312E73682EC9E7BBE1B1A3D5CF";
pub(crate) const SELECT_MF: &str = "00A40000023F00";
pub(crate) const SELECT_EF05: &str = "00A4020002EF05";
pub(crate) const SELECT_EF06: &str = "00A4020002EF06";

/// A powered card in the generation, with the quirks.
pub(crate) fn card(generation: i64, quirks: &[&str]) -> VirtualCard {
    let generation = Generation::from_number(generation).unwrap();
    let spec = CardSpec::generation(generation).with_quirks(quirks.iter().copied()).unwrap();
    powered(spec)
}

/// A powered card from a spec file's text.
pub(crate) fn card_from(toml: &str) -> VirtualCard {
    powered(CardSpec::parse(toml).unwrap())
}

fn powered(spec: CardSpec) -> VirtualCard {
    let mut card = VirtualCard::new(spec);
    card.power_on();
    card
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Sends one command and gives the answer back in hex.
pub(crate) fn send(card: &mut impl Card, apdu: &str) -> String {
    let answer = card.transmit(&hex(apdu)).into_response().expect("an answer");
    answer.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Goes through commands and expected answers, both in hex.
pub(crate) fn exchange(card: &mut impl Card, script: &[(&str, &str)]) {
    for (step, (apdu, expected)) in script.iter().enumerate() {
        let expected: String = expected.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(send(card, apdu), expected, "step {}: {apdu}", step + 1);
    }
}
