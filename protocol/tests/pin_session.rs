//! The PIN session: what is sent, what each answer means, and that a PIN is never sent twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod card;

use card::hex;
use yika_protocol::{
    apdu::{Protocol, Status},
    social_card::{Pin, PinError, PinOutcome, PinSession, PinStep, ReadError},
};

const SELECT: &str = "00A404000F 7378312E73682EC9E7BBE1B1A3D5CF";

fn session(digits: &str) -> PinSession {
    PinSession::new(Pin::from_digits(digits.as_bytes()).unwrap(), Protocol::T0, None, false).unwrap()
}

fn play(mut session: PinSession, transcript: &[(&str, &str)]) -> Result<PinOutcome, PinError> {
    let mut step = session.start();
    for (command, answer) in transcript {
        match step {
            Ok(PinStep::Send(sent)) => assert_eq!(sent.as_bytes(), hex(command)),
            other => panic!("expected {command}, got {other:?}"),
        }
        step = session.next(&hex(answer));
    }
    let outcome = match step? {
        PinStep::Done(outcome) => outcome,
        PinStep::Send(command) => panic!("one more command: {command:?}"),
    };
    assert_eq!(session.next(&[0x90, 0x00]).unwrap_err(), PinError::Card(ReadError::OutOfTurn));
    Ok(outcome)
}

#[test]
fn a_right_pin() {
    let transcript = [(SELECT, "6119"), ("00C0000019", "6F00 9000"), ("0020000003 123456", "9000")];
    assert_eq!(play(session("123456"), &transcript), Ok(PinOutcome::Verified));
}

#[test]
fn digits_are_packed_and_an_odd_one_is_filled() {
    for (digits, packed) in [
        ("1234", "0020000002 1234"),
        ("12345", "0020000003 12345F"),
        ("00000000", "0020000004 00000000"),
        ("123456789012", "0020000006 123456789012"),
    ] {
        assert_eq!(play(session(digits), &[(SELECT, "9000"), (packed, "9000")]), Ok(PinOutcome::Verified));
    }
    for bad in ["", "123", "1234567890123", "12 456", "12345a", "１２３４"] {
        assert_eq!(Pin::from_digits(bad.as_bytes()).unwrap_err(), PinError::Malformed, "{bad}");
    }
}

#[test]
fn what_the_card_says_to_a_pin() {
    for (status, outcome) in [
        ("63C5", Ok(PinOutcome::Wrong { tries_left: Some(5) })),
        ("63C1", Ok(PinOutcome::Wrong { tries_left: Some(1) })),
        ("63CF", Ok(PinOutcome::Wrong { tries_left: Some(15) })),
        ("63C0", Ok(PinOutcome::Blocked)),
        ("6983", Ok(PinOutcome::Blocked)),
        ("6300", Ok(PinOutcome::Wrong { tries_left: None })),
        ("6985", Err(PinError::NotAvailable(Status(0x6985)))),
        ("6A88", Err(PinError::NotAvailable(Status(0x6A88)))),
        // Never again, whatever length the card would like better.
        ("6C03", Err(PinError::NotAvailable(Status(0x6C03)))),
        ("6700", Err(PinError::NotAvailable(Status(0x6700)))),
    ] {
        let transcript = [(SELECT, "9000"), ("0020000003 123456", status)];
        assert_eq!(play(session("123456"), &transcript), outcome, "{status}");
    }
    assert_eq!(PinOutcome::Wrong { tries_left: Some(2) }.fault().unwrap().number, 2040);
    assert_eq!(PinOutcome::Blocked.fault().unwrap().number, 2041);
    assert_eq!(PinOutcome::Verified.fault(), None);
}

#[test]
fn the_last_try_is_not_used_unless_told() {
    let pin = || Pin::from_digits(b"123456").unwrap();
    for known in [Some(1), Some(0)] {
        let error = PinSession::new(pin(), Protocol::T0, known, false).unwrap_err();
        assert_eq!((error, error.fault().number), (PinError::LastTry, 2042));
        assert!(PinSession::new(pin(), Protocol::T0, known, true).is_ok());
    }
    for known in [None, Some(2), Some(6)] {
        assert!(PinSession::new(pin(), Protocol::T0, known, false).is_ok());
    }
}

#[test]
fn a_card_without_the_application_never_sees_the_pin() {
    let transcript = [(SELECT, "6A82"), ("00A4000002 3F00", "9000"), (SELECT, "6A82")];
    let error = play(session("123456"), &transcript).unwrap_err();
    assert_eq!(error, PinError::Card(ReadError::NotSocialCard(Status(0x6A82))));
    let transcript =
        [(SELECT, "6A82"), ("00A4000002 3F00", "9000"), (SELECT, "9000"), ("0020000003 123456", "9000")];
    assert_eq!(play(session("123456"), &transcript), Ok(PinOutcome::Verified));
}

#[test]
fn a_pin_is_never_shown() {
    let mut session = session("987654");
    let mut shown = format!("{session:?}");
    shown += &format!("{:?}", session.start());
    shown += &format!("{:?}", session.next(&[0x90, 0x00]));
    shown += &format!("{session:?}");
    for digits in ["987654", "98 76", "9876", "[152, 118", "98, 76", "0x98"] {
        assert!(!shown.contains(digits), "{shown}");
    }
    assert!(shown.contains("00 20 00 00 03 ***"), "{shown}");
}

mod never {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn panics_or_sends_a_pin_twice(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..40)) {
            let mut session = session("123456");
            let mut verifies = 0;
            let mut step = session.start();
            for answer in answers {
                if let Ok(PinStep::Send(command)) = &step {
                    verifies += u32::from(command.ins() == 0x20);
                }
                step = session.next(&answer);
            }
            prop_assert!(verifies <= 1);
        }

        #[test]
        fn sends_a_pin_twice_to_a_card_that_selects(first: [u8; 2], rest in prop::collection::vec(any::<[u8; 2]>(), 0..10)) {
            let mut session = session("123456");
            let _ = session.start();
            let mut verifies = 0;
            for answer in [[0x90, 0x00], first].into_iter().chain(rest) {
                if let Ok(PinStep::Send(command)) = session.next(&answer) {
                    verifies += u32::from(command.ins() == 0x20);
                }
            }
            prop_assert_eq!(verifies, 1);
        }
    }
}
