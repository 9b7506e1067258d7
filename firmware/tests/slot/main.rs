//! The card slot against virtual cards: all generations, both protocols, every quirk, every tear, every damaged character.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod line;

use line::{Speaks, T1, Trouble, VirtualLine, t1_atr};
use yika_firmware::slot::{CardError, CardEvent, CardIdentity, CardSlot};
use yika_protocol::apdu::AtrError;
use yika_protocol::card_keys::{Algorithm, CardKey, card_factor};
use yika_protocol::identity::Date;
use yika_protocol::iso7816::LineError;
use yika_protocol::iso7816::timing::BlockCheck;
use yika_protocol::social_card::{Pin, PinOutcome, ReadError};
use yika_sim::{CardSpec, Generation, KeySource, Quirk, VirtualCard};

const GENERATIONS: [Generation; 3] = [Generation::One, Generation::Two, Generation::Three];
const CHALLENGE: [u8; 16] = *b"purchase 0000001";

fn line(generation: Generation, speaks: Speaks, quirks: &[&str]) -> VirtualLine {
    let spec = CardSpec::generation(generation).with_quirks(quirks.iter().copied()).unwrap();
    line_of(spec, speaks)
}

fn line_of(spec: CardSpec, speaks: Speaks) -> VirtualLine {
    let t0: &[&str] = if speaks == Speaks::T0 { &["t0"] } else { &[] };
    VirtualLine::new(VirtualCard::new(spec.with_quirks(t0.iter().copied()).unwrap()), speaks)
}

/// Turns until something happens.
fn event(slot: &mut CardSlot, line: &mut VirtualLine) -> CardEvent {
    (0..200_000).find_map(|_| slot.poll(line)).expect("the slot comes to an end")
}

fn inserted(line: &mut VirtualLine) -> CardSlot {
    let mut slot = CardSlot::new();
    assert_eq!(event(&mut slot, line), CardEvent::Inserted);
    slot
}

fn read(slot: &mut CardSlot, line: &mut VirtualLine) -> Result<CardIdentity, CardError> {
    slot.read();
    match event(slot, line) {
        CardEvent::Read(identity) => Ok(identity),
        CardEvent::Failed(error) => Err(error),
        other => panic!("{other:?}"),
    }
}

fn prove(slot: &mut CardSlot, line: &mut VirtualLine) -> Result<[u8; 8], CardError> {
    slot.prove(&CHALLENGE);
    match event(slot, line) {
        CardEvent::Proved(cryptogram) => Ok(cryptogram),
        CardEvent::Failed(error) => Err(error),
        other => panic!("{other:?}"),
    }
}

/// What the key module of a centre computes from its master key.
fn expected(spec: &CardSpec, identity: &CardIdentity) -> [u8; 8] {
    let KeySource::Master(master) = spec.keys.irk else { panic!("a card with master keys") };
    let algorithm = Algorithm::from_id(identity.algorithm).unwrap();
    let factor = card_factor(&identity.reset_info).unwrap();
    let scheme = spec.keys.scheme;
    let key = scheme.card_key(algorithm, &CardKey::new(master), &spec.region, &factor).unwrap();
    let (process, original) = CHALLENGE.split_at(8);
    scheme.cryptogram(algorithm, &key, process.try_into().unwrap(), original.try_into().unwrap()).unwrap()
}

fn check(line: &VirtualLine, identity: &CardIdentity, what: &str) {
    let spec = line.card.spec();
    assert_eq!(identity.identification, spec.card_sn, "{what}");
    assert_eq!(identity.card_no, spec.card_no, "{what}");
    assert_eq!(identity.reset_info[..], spec.reset_info, "{what}");
    assert_eq!(identity.expires.map(Date::to_bcd), Some(spec.expires), "{what}");
}

/// Read, then proof; both right.
fn whole_swipe(line: &mut VirtualLine, what: &str) {
    let mut slot = inserted(line);
    let identity = read(&mut slot, line).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    check(line, &identity, what);
    let cryptogram = prove(&mut slot, line).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert_eq!(cryptogram, expected(line.card.spec(), &identity), "{what}");
}

const PROTOCOLS: [Speaks; 4] = [
    Speaks::T0,
    T1,
    Speaks::T1 { check: BlockCheck::Crc, device_size: 32 },
    Speaks::T1 { check: BlockCheck::Lrc, device_size: 5 },
];

#[test]
fn all_generations_over_both_protocols_answer_for_a_purchase() {
    for generation in GENERATIONS {
        for speaks in PROTOCOLS {
            let mut line = line(generation, speaks, &[]);
            whole_swipe(&mut line, &format!("{generation:?} {speaks:?}"));
            assert_eq!(line.resets, ["cold"]);
        }
    }
}

#[test]
fn nothing_of_the_holder_is_read() {
    for speaks in [Speaks::T0, T1] {
        let mut line = line(Generation::Two, speaks, &[]);
        let mut slot = inserted(&mut line);
        read(&mut slot, &mut line).unwrap();
        let records = line.instructions.iter().filter(|ins| **ins == 0xB2).count();
        assert_eq!(records, 4, "identification code, version, expiry, card number");
        assert!(!line.instructions.contains(&0x84), "no challenge of the card's is needed");
    }
}

/// Quirks with which a card serves all the same; the value decides where one is needed.
#[test]
fn every_bearable_quirk_is_borne_alone_and_with_every_other() {
    let bearable: Vec<&str> = Quirk::NAMES
        .into_iter()
        .map(|name| match name {
            "ef-p1" => "ef-p1=00",
            "slow" => "slow=200",
            name => name,
        })
        .filter(|name| {
            !matches!(
                *name,
                // These are the subject of the next test; a card that does not name its algorithm is taken for 01.
                "select-sw" | "mute" | "no-ssse" | "endless-61" | "endless-6c" | "no-alg" | "no-fci"
            )
        })
        .collect();
    assert_eq!(bearable.len(), 22);
    for generation in GENERATIONS {
        for speaks in [Speaks::T0, T1] {
            for (at, one) in bearable.iter().enumerate() {
                for other in &bearable[at..] {
                    // `t0` is a way of the reader; on a line the protocol is the line's.
                    if speaks == T1
                        && [*one, *other].iter().any(|quirk| matches!(*quirk, "t0" | "must-fetch"))
                    {
                        continue;
                    }
                    let mut line = line(generation, speaks, &[one, other]);
                    whole_swipe(&mut line, &format!("{generation:?} {speaks:?} {one} {other}"));
                }
            }
        }
    }
}

#[test]
fn a_card_that_names_no_algorithm_is_taken_for_01() {
    for quirk in ["no-alg", "no-fci"] {
        for speaks in [Speaks::T0, T1] {
            let mut line = line(Generation::Two, speaks, &[quirk]);
            whole_swipe(&mut line, quirk);
        }
    }
}

#[test]
fn what_is_no_card_for_a_swipe_is_refused_with_its_code() {
    let cases: [(&str, u16); 6] = [
        ("no-ssse", 2001),
        ("select-sw=6283", 2002),
        ("endless-6c", 2007),
        ("wrong-tag=01", 2004),
        ("truncated=07", 2004),
        ("mute", 1011),
    ];
    for generation in GENERATIONS {
        for speaks in [Speaks::T0, T1] {
            for (quirk, number) in cases {
                let mut line = line(generation, speaks, &[quirk]);
                let mut slot = inserted(&mut line);
                let error = read(&mut slot, &mut line).unwrap_err();
                assert_eq!(error.fault().number, number, "{quirk} {generation:?} {speaks:?}: {error:?}");
                assert!(!line.powered, "a card that failed is left without power");
            }
        }
        let mut line = line(generation, Speaks::T0, &["endless-61"]);
        let mut slot = inserted(&mut line);
        assert_eq!(read(&mut slot, &mut line), Err(CardError::Read(ReadError::Loop)));
    }
}

#[test]
fn algorithm_02_is_a_coded_refusal_for_every_generation() {
    for generation in GENERATIONS {
        let spec = CardSpec { algorithm: 2, ..CardSpec::generation(generation) };
        let mut line = line_of(spec, Speaks::T0);
        let mut slot = inserted(&mut line);
        let error = read(&mut slot, &mut line).unwrap_err();
        assert_eq!((error, error.fault().number), (CardError::Read(ReadError::Algorithm(2)), 2003));
        assert!(!line.instructions.contains(&0x88));
    }
}

#[test]
fn a_pin_is_checked_and_the_card_then_answers_for_the_purchase() {
    for speaks in [Speaks::T0, T1] {
        let mut line = line(Generation::Three, speaks, &[]);
        let right = line.card.spec().pin.clone();
        let mut slot = inserted(&mut line);
        let identity = read(&mut slot, &mut line).unwrap();
        slot.verify_pin(Pin::from_digits(b"000001").unwrap());
        let wrong = event(&mut slot, &mut line);
        assert!(matches!(wrong, CardEvent::Pin(PinOutcome::Wrong { tries_left: Some(_) })), "{wrong:?}");
        slot.verify_pin(Pin::from_digits(right.as_bytes()).unwrap());
        assert_eq!(event(&mut slot, &mut line), CardEvent::Pin(PinOutcome::Verified));
        assert!(line.card.pin_verified());
        assert_eq!(prove(&mut slot, &mut line), Ok(expected(line.card.spec(), &identity)));
        assert!(line.card.pin_verified(), "no reset in between");
        assert_eq!(line.resets, ["cold"]);
    }
}

#[test]
fn a_pin_is_never_sent_twice_whatever_the_line_does() {
    for speaks in [Speaks::T0, T1] {
        let mut line = line(Generation::Two, speaks, &[]);
        let mut slot = inserted(&mut line);
        read(&mut slot, &mut line).unwrap();
        let before = line.characters;
        slot.verify_pin(Pin::from_digits(b"000001").unwrap());
        event(&mut slot, &mut line);
        let length = line.characters - before;
        for at in 1..=length {
            let mut line = self::line(Generation::Two, speaks, &[]);
            let mut slot = inserted(&mut line);
            read(&mut slot, &mut line).unwrap();
            let tries = line.card.pin_tries_left();
            line.trouble.dumb = Some(line.characters + at);
            slot.verify_pin(Pin::from_digits(b"000001").unwrap());
            let end = event(&mut slot, &mut line);
            assert!(matches!(end, CardEvent::Failed(CardError::Line(_))), "{speaks:?} {at}: {end:?}");
            let verified = line.instructions.iter().filter(|ins| **ins == 0x20).count();
            assert!(verified <= 1, "{speaks:?} {at}");
            assert!(line.card.pin_tries_left() >= tries - 1, "{speaks:?} {at}");
        }
    }
}

#[test]
fn a_card_torn_out_at_any_character_is_told_and_the_next_one_is_whole() {
    for speaks in [Speaks::T0, T1] {
        let mut whole = line(Generation::Three, speaks, &["mf-first"]);
        whole_swipe(&mut whole, "measure");
        for at in 1..=whole.characters {
            let mut line = line(Generation::Three, speaks, &["mf-first"]);
            line.trouble.torn = Some(at);
            let mut slot = inserted(&mut line);
            slot.read();
            let mut last = event(&mut slot, &mut line);
            if let CardEvent::Read(_) = last {
                slot.prove(&CHALLENGE);
                last = event(&mut slot, &mut line);
            }
            if let CardEvent::Proved(_) = last {
                // The very last character had arrived.
                last = event(&mut slot, &mut line);
            }
            assert_eq!(last, CardEvent::Removed, "{speaks:?} at {at}");
            assert!(!slot.present() && !slot.busy());
            line.in_slot = true;
            assert_eq!(event(&mut slot, &mut line), CardEvent::Inserted);
            let identity = read(&mut slot, &mut line).unwrap();
            assert_eq!(prove(&mut slot, &mut line), Ok(expected(line.card.spec(), &identity)));
        }
    }
}

/// Whatever happens to one character, the result is right or there is none; and one bad character is always got over.
#[test]
fn one_bad_character_anywhere_is_got_over() {
    for speaks in [Speaks::T0, T1, Speaks::T1 { check: BlockCheck::Crc, device_size: 32 }] {
        let mut whole = line(Generation::Two, speaks, &[]);
        whole_swipe(&mut whole, "measure");
        for at in 1..=whole.characters {
            for trouble in [
                Trouble { parity: Some(at), ..Trouble::default() },
                Trouble { lost: Some(at), ..Trouble::default() },
                Trouble { dumb: Some(at), ..Trouble::default() },
            ] {
                let mut line = line(Generation::Two, speaks, &[]);
                line.trouble = trouble;
                whole_swipe(&mut line, &format!("{speaks:?} {trouble:?}"));
            }
        }
    }
}

#[test]
fn altered_blocks_are_noticed_and_repeated() {
    // T=0 leaves alteration to the parity of the line; T=1 has a check of its own.
    for speaks in [T1, Speaks::T1 { check: BlockCheck::Crc, device_size: 32 }] {
        let mut whole = line(Generation::Two, speaks, &[]);
        whole_swipe(&mut whole, "measure");
        for at in 1..=whole.characters {
            for bits in [0x01, 0x80, 0xFF] {
                let mut line = line(Generation::Two, speaks, &[]);
                line.trouble.flipped = Some((at, bits));
                whole_swipe(&mut line, &format!("{speaks:?} {at} {bits:02X}"));
            }
        }
    }
}

#[test]
fn a_faster_rate_is_agreed_where_both_can() {
    for (speaks, ta1) in [(Speaks::T0, 0x95), (T1, 0x95)] {
        let mut line = line(Generation::Three, speaks, &[]);
        let info = line.card.spec().reset_info;
        line.atr = Some(match speaks {
            Speaks::T0 => [&[0x3B, 0x1D, ta1][..], &info].concat(),
            Speaks::T1 { check, .. } => t1_atr(&info, check, Some(ta1)),
        });
        line.fastest = 0x96;
        whole_swipe(&mut line, &format!("{speaks:?}"));
        assert_eq!(line.rates, [0x11, 0x95]);
        // A slower slot stays at the default and sends no PPS.
        line.fastest = 0x11;
        line.rates.clear();
        whole_swipe(&mut line, &format!("{speaks:?} slow slot"));
        assert_eq!(line.rates, [0x11, 0x11]);
    }
}

#[test]
fn a_card_that_is_mute_in_pps_is_taken_at_the_default_rate() {
    let mut line = line(Generation::Two, Speaks::T0, &[]);
    let info = line.card.spec().reset_info;
    line.atr = Some([&[0x3B, 0x1D, 0x95][..], &info].concat());
    line.fastest = 0x95;
    // The first character after the answer to reset, PPSS, is never heard by the card.
    line.trouble.dumb = Some(17 + 1);
    whole_swipe(&mut line, "mute in PPS");
    assert_eq!((line.resets, line.rates.last()), (vec!["cold", "cold"], Some(&0x11)));
}

#[test]
fn a_card_in_specific_mode_is_met_at_its_own_rate() {
    let mut line = line(Generation::Three, Speaks::T0, &[]);
    let info = line.card.spec().reset_info;
    // TA1 = 95, TD1 = 10 (TA2, T=0), TA2 = 00: T=0 at this rate, no PPS.
    line.atr = Some([&[0x3B, 0x9D, 0x95, 0x10, 0x00][..], &info].concat());
    line.fastest = 0x95;
    whole_swipe(&mut line, "specific");
    assert_eq!(line.rates, [0x11, 0x95]);
    line.fastest = 0x11;
    let mut slot = inserted(&mut line);
    assert_eq!(read(&mut slot, &mut line), Err(CardError::Protocol));
    assert_eq!(CardError::Protocol.fault().number, 1012);
}

#[test]
fn answers_to_reset_of_other_shapes() {
    let card = || line(Generation::Two, Speaks::T0, &[]);
    let info = card().card.spec().reset_info;
    // With a check byte that T=0 alone does not need, and in the inverse convention.
    let mut checked = [&[0x3B, 0x6D, 0x00, 0x00][..], &info].concat();
    checked.push(checked[1..].iter().fold(0, |sum, byte| sum ^ byte));
    for first in [0x3F, 0x03] {
        let mut line = card();
        line.atr = Some([&[first, 0x6D, 0x00, 0x00][..], &info].concat());
        whole_swipe(&mut line, "inverse");
    }
    let mut line = card();
    line.atr = Some(checked);
    whole_swipe(&mut line, "with TCK");
    for (atr, error) in [
        (vec![0x00, 0x11], CardError::Reset(AtrError::InitialByte)),
        (vec![0x3B, 0x6D, 0x00], CardError::Reset(AtrError::Truncated)),
        (vec![0x3B, 0x60, 0x00, 0x00], CardError::NoResetInfo),
    ] {
        let mut line = card();
        line.atr = Some(atr);
        let mut slot = inserted(&mut line);
        assert_eq!(read(&mut slot, &mut line), Err(error));
        assert_eq!(error.fault().number, 2017);
    }
}

#[test]
fn a_card_may_ask_for_time_but_not_for_ever() {
    for speaks in [Speaks::T0, T1] {
        let mut line = line(Generation::Three, speaks, &[]);
        line.waits = 8;
        whole_swipe(&mut line, &format!("{speaks:?}"));
        line.waits = 100_000;
        let mut slot = inserted(&mut line);
        assert_eq!(read(&mut slot, &mut line), Err(CardError::Line(LineError::Stalled)), "{speaks:?}");
    }
}

#[test]
fn another_card_cannot_answer_for_the_one_that_was_read() {
    let mut line = line(Generation::Three, Speaks::T0, &[]);
    let mut slot = inserted(&mut line);
    read(&mut slot, &mut line).unwrap();
    // The contacts bounce unseen while the cards change; the new one hears its first command in a wrong state.
    line.trouble.dumb = Some(line.characters + 1);
    let mut other = line.atr.clone().unwrap();
    *other.last_mut().unwrap() ^= 1;
    line.atr = Some(other);
    assert_eq!(prove(&mut slot, &mut line), Err(CardError::OtherCard));
}

#[test]
fn a_wish_without_a_card_fails_and_a_released_card_has_no_power() {
    let mut line = line(Generation::Two, Speaks::T0, &[]);
    let mut slot = inserted(&mut line);
    read(&mut slot, &mut line).unwrap();
    assert!(line.powered);
    slot.release();
    assert_eq!(slot.poll(&mut line), None);
    assert!(!line.powered && slot.present());
    line.in_slot = false;
    assert_eq!(event(&mut slot, &mut line), CardEvent::Removed);
    assert_eq!(read(&mut slot, &mut line), Err(CardError::NoCard));
}
