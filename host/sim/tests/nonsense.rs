//! Whatever bytes come, a card answers with two bytes or more, and keeps its secrets.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::hex;
use proptest::prelude::*;
use yika_sim::{Card, CardAnswer, CardSpec, Generation, Plan, Quirk, Torn, VirtualCard};

/// Bytes that look like commands often enough to get past the first check.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        hex(common::SELECT_SSSE),
        hex(common::SELECT_MF),
        hex(common::SELECT_EF05),
        hex(common::SELECT_EF06),
        hex("0084000008"),
        hex("00C0000000"),
        hex("0088000010 0102030405060708 1112131415161718"),
    ]);
    let shaped = (
        prop::sample::select(vec![0x00_u8, 0x80, 0x84]),
        prop::sample::select(vec![0xA4_u8, 0xB2, 0xDC, 0xC0, 0x84, 0x88, 0x82, 0x20, 0x5E, 0xB0]),
        any::<[u8; 2]>(),
        prop::collection::vec(any::<u8>(), 0..40),
        any::<Option<u8>>(),
    )
        .prop_map(|(cla, ins, [p1, p2], data, le)| {
            let mut apdu = vec![cla, ins, p1, p2];
            if !data.is_empty() {
                apdu.push(data.len() as u8);
                apdu.extend(data);
            }
            apdu.extend(le);
            apdu
        });
    prop_oneof![known, shaped, prop::collection::vec(any::<u8>(), 0..300)]
}

fn quirk() -> impl Strategy<Value = Quirk> {
    prop::sample::select(Quirk::NAMES.to_vec()).prop_map(|name| match name {
        "select-sw" => Quirk::SelectSw(0x6283),
        "ef-p1" => Quirk::EfP1(0x02),
        "slow" => Quirk::Slow(1),
        plain => plain.parse().unwrap(),
    })
}

fn spec() -> impl Strategy<Value = CardSpec> {
    (1_i64..=3, prop::collection::vec(quirk(), 0..5), any::<u64>()).prop_map(|(generation, quirks, seed)| {
        let mut spec = CardSpec::generation(Generation::from_number(generation).unwrap()).with_seed(seed);
        spec.quirks = quirks.into_iter().collect();
        spec
    })
}

proptest! {
    #[test]
    fn every_command_gets_a_well_formed_answer(
        spec in spec(),
        commands in prop::collection::vec(command(), 1..30),
    ) {
        let mute = spec.quirks.has(Quirk::Mute);
        let mut card = VirtualCard::new(spec);
        card.power_on();
        for command in commands {
            match card.transmit(&command) {
                CardAnswer::Response(answer) => {
                    prop_assert!(!mute && (2..=258).contains(&answer.len()));
                    let sw1 = answer[answer.len() - 2];
                    prop_assert!(sw1 >> 4 == 6 || sw1 == 0x90);
                }
                CardAnswer::Mute => prop_assert!(mute),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    /// No sequence of guesses opens the holder's file of generation 3 without its key.
    #[test]
    fn the_holder_file_stays_closed(commands in prop::collection::vec(command(), 1..60)) {
        let mut card = VirtualCard::new(CardSpec::default());
        card.power_on();
        let certno = card.spec().certno.clone().into_bytes();
        for command in commands {
            let answer = card.transmit(&command).into_response().unwrap_or_default();
            prop_assert!(!answer.windows(certno.len()).any(|window| window == certno));
        }
    }

    /// The same card, seed and commands give the same answers and the same tears.
    #[test]
    fn a_run_replays(
        spec in spec(),
        seed in any::<u64>(),
        within in 1_u64..12,
        commands in prop::collection::vec(command(), 1..40),
    ) {
        let run = || {
            let mut card = Torn::new(VirtualCard::new(spec.clone()), Plan::Seeded { seed, within });
            card.power_on();
            let mut answers = Vec::new();
            for command in &commands {
                answers.push(card.transmit(command));
                if card.is_removed() {
                    card.insert();
                    card.power_on();
                }
            }
            (answers, card.history().to_vec())
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn no_text_makes_the_spec_reader_panic(text in "\\PC{0,80}") {
        let _ = CardSpec::parse(&text);
    }

    #[test]
    fn no_value_makes_the_spec_reader_panic(
        key in prop::sample::select(vec![
            "region", "card_sn", "card_no", "certno", "psn_name", "name_hex", "name_extension", "issued", "naty",
            "reset_info", "pin", "organisation", "spec_version", "interface",
        ]),
        value in "[^\"\\\\\\p{Cc}]{0,40}",
    ) {
        if let Ok(spec) = CardSpec::parse(&format!("{key} = \"{value}\"")) {
            let mut card = VirtualCard::new(spec);
            card.power_on();
            card.transmit(&hex(common::SELECT_SSSE));
        }
    }
}
