//! The read session of the protocol crate against the model: two readings of one standard, written apart.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use yika_protocol::apdu::{Atr, Protocol};
use yika_protocol::card_keys::{CardKey, CardKeyScheme, MasterKeys};
use yika_protocol::social_card::{
    CardData, Input, Partial, PinOutcome, ReadError, ReadPlan, ReadSession, Step,
};
use yika_sim::{Card, CardSpec, Generation, Interface, Moment, Plan, Tear, Torn, VirtualCard};

const GENERATIONS: [Generation; 3] = [Generation::One, Generation::Two, Generation::Three];

/// Quirks a reader must get along with.
const BEARABLE: [&str; 22] = [
    "t0",
    "must-fetch",
    "le-strict",
    "mf-first",
    "ssse-is-mf",
    "no-sfi",
    "no-sfi=6B00",
    "no-sfi=6986",
    "sfi-ignored",
    "rec-only",
    "rec-only=6A86",
    "fci-needs-le",
    "ef-fci",
    "strict-challenge",
    "long-card-no",
    "no-4e",
    "no-4e=6A88",
    "no-4e-packed",
    "ff-padded-name",
    "space-padded-name",
    "ef-p1=00",
    "ef-p1=02",
];

#[derive(Debug)]
enum Failure {
    Session(#[expect(dead_code, reason = "shown when a test fails")] ReadError),
    /// The card left.
    NoAnswer,
}

fn read(card: &mut impl Card, plan: ReadPlan, keys: bool) -> Result<CardData, Failure> {
    let masters = MasterKeys {
        internal: CardKey::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: CardKey::new(*b"YIKA-RK--TEST-01"),
    };
    let atr_bytes = card.atr().ok_or(Failure::NoAnswer)?;
    let atr = Atr::parse(&atr_bytes).unwrap();
    let protocol = if atr_bytes[1] & 0x80 == 0 { Protocol::T0 } else { Protocol::T1 };
    let mut session = ReadSession::new(plan, protocol, Some(&atr));
    let mut step = session.next(Input::Start);
    for _ in 0..200 {
        step = match step.map_err(Failure::Session)? {
            Step::Send(command) => {
                let answer = card.transmit(command.as_bytes()).into_response().ok_or(Failure::NoAnswer)?;
                session.next(Input::Response(&answer))
            }
            Step::NeedKeys(request) if keys => {
                let answer = masters.answer(CardKeyScheme::default(), &request).unwrap();
                session.next(Input::Keys(&answer))
            }
            Step::NeedKeys(_) => session.next(Input::NoKeys(Partial::NoKeyService)),
            Step::Done(data) => return Ok(data),
        };
    }
    panic!("the session does not end");
}

fn powered(spec: CardSpec) -> VirtualCard {
    let mut card = VirtualCard::new(spec);
    card.power_on();
    card
}

fn check(data: &CardData, what: &str) {
    assert_eq!(data.card_no.expose(), "A12345678", "{what}");
    assert_eq!(data.certno.as_ref().unwrap().expose(), "990101198506150020", "{what}");
    assert_eq!(data.name.as_ref().unwrap().expose(), [0xC9, 0xF2, 0xD2, 0xBB, 0xBA, 0xCC], "{what}");
    assert_eq!(data.expires.unwrap().to_string(), "2041-08-31", "{what}");
    assert!(data.partial.is_none(), "{what}");
}

#[test]
fn every_bearable_card_is_read() {
    let mut wrong = Vec::new();
    for generation in GENERATIONS {
        for interface in [Interface::Contact, Interface::Contactless] {
            for quirk in BEARABLE {
                for plan in [ReadPlan::Settlement, ReadPlan::Full] {
                    let what = format!("{generation:?} {interface:?} {quirk} {plan:?}");
                    let spec = CardSpec::generation(generation).with_interface(interface);
                    let mut words = vec![quirk];
                    if quirk == "must-fetch" {
                        words.push("t0");
                    }
                    let mut card = powered(spec.with_quirks(words).unwrap());
                    match read(&mut card, plan, true) {
                        Ok(data) => check(&data, &what),
                        Err(failure) => wrong.push(format!("{what}: {failure:?}")),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cards not read:\n{}", wrong.len(), wrong.join("\n"));
}

/// Makers' habits come together; every two of them do here.
#[test]
fn every_two_bearable_quirks_are_read() {
    // Two ways to select a file that exclude each other are no card.
    let no_card = |one: &str, other: &str| one.starts_with("ef-p1") && other.starts_with("ef-p1");
    let mut wrong = Vec::new();
    for generation in GENERATIONS {
        for (at, one) in BEARABLE.iter().enumerate() {
            for other in BEARABLE.iter().skip(at + 1).filter(|other| !no_card(one, other)) {
                let spec = CardSpec::generation(generation).with_quirks([*one, *other]).unwrap();
                let what = format!("{generation:?} {one} {other}");
                match read(&mut powered(spec), ReadPlan::Full, true) {
                    Ok(data) => check(&data, &what),
                    Err(failure) => wrong.push(format!("{what}: {failure:?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cards not read:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn without_keys_generation_3_is_partial() {
    let data = read(&mut powered(CardSpec::default()), ReadPlan::Full, false).unwrap();
    assert!(data.partial.is_some() && data.certno.is_none() && data.name.is_none());
    assert_eq!(data.card_no.expose(), "A12345678");
}

#[test]
fn a_card_with_other_keys_is_not_taken_for_genuine() {
    let spec = CardSpec::parse("[keys]\nirk = \"000102030405060708090A0B0C0D0E0F\"").unwrap();
    assert!(matches!(read(&mut powered(spec), ReadPlan::Full, true), Err(Failure::Session(_))));
}

#[test]
fn spoiled_cards_give_an_error_and_never_data() {
    let spoiled =
        ["wrong-tag", "wrong-length", "truncated", "wrong-tag=01", "truncated=07", "no-ssse", "endless-6c"];
    for quirk in spoiled {
        for generation in GENERATIONS {
            let mut card = powered(CardSpec::generation(generation).with_quirks([quirk]).unwrap());
            assert!(read(&mut card, ReadPlan::Full, true).is_err(), "{quirk} {generation:?}");
        }
    }
    let mut card = powered(CardSpec::default().with_quirks(["t0", "endless-61"]).unwrap());
    assert!(read(&mut card, ReadPlan::Full, true).is_err());
}

/// Torn out at every APDU and every moment: no data, and the next read is whole.
#[test]
fn tears_never_leave_half_a_card() {
    for generation in GENERATIONS {
        let spec = CardSpec::generation(generation).with_quirks(["t0"]).unwrap();
        for apdu in 1..60 {
            for moment in [Moment::Before, Moment::Executed, Moment::Cut(1), Moment::Cut(9)] {
                let mut card =
                    Torn::new(VirtualCard::new(spec.clone()), Plan::At(vec![Tear { apdu, moment }]));
                card.power_on();
                let first = read(&mut card, ReadPlan::Full, true);
                if !card.is_removed() {
                    check(&first.unwrap(), "shorter than the plan");
                    break;
                }
                assert!(first.is_err());
                card.insert();
                card.power_on();
                check(&read(&mut card, ReadPlan::Full, true).unwrap(), "after the tear");
            }
        }
    }
}

#[test]
fn the_pin_session_sees_the_counter() {
    use yika_protocol::social_card::{Pin, PinSession, PinStep};
    let mut card = powered(CardSpec::generation(Generation::Two).with_quirks(["t0"]).unwrap());
    let mut verify = |digits: &[u8]| {
        let pin = Pin::from_digits(digits).unwrap();
        let mut session = PinSession::new(pin, Protocol::T0, None, false).unwrap();
        let mut step = session.start().unwrap();
        loop {
            match step {
                PinStep::Send(command) => {
                    let answer = card.transmit(command.as_bytes()).into_response().unwrap();
                    step = session.next(&answer).unwrap();
                }
                PinStep::Done(outcome) => return outcome,
            }
        }
    };
    assert_eq!(verify(b"111111"), PinOutcome::Wrong { tries_left: Some(5) });
    assert_eq!(verify(b"123456"), PinOutcome::Verified);
    for left in (0..6).rev() {
        match verify(b"999999") {
            PinOutcome::Wrong { tries_left } => assert_eq!(tries_left, Some(left)),
            PinOutcome::Blocked => assert_eq!(left, 0),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(verify(b"123456"), PinOutcome::Blocked);
}
