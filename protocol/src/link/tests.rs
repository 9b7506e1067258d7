use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::identity::Date;
use crate::money::{Fen, Price, Quantity};
use crate::swipe::{Counter, Draw, Line, Lines, Opening, SwipeId, TerminalId, TraceCode, TraceCodes};

const ORDER: &str = "R20261122-0001";
const TERMINAL: TerminalId = TerminalId([1, 2, 3, 4, 5, 6, 7, 8]);

/// Frames of version 1, written by another program from the page alone. Never to be edited.
const GOLDEN: &str = include_str!("../../../hw-docs/samples/link/frames-v1.txt");

fn golden(name: &str) -> Vec<u8> {
    let line = GOLDEN.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    (0..line.len()).step_by(2).map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap()).collect()
}

/// Every whole frame in these bytes, with its number.
fn heard<T>(bytes: &[u8], mut look: impl FnMut(Frame<'_>) -> T) -> Vec<Result<T, FrameError>> {
    let mut receiver = Receiver::new();
    let mut found = Vec::new();
    for byte in bytes {
        if let Some(frame) = receiver.push(*byte) {
            found.push(frame.map(&mut look));
        }
    }
    found
}

fn asked(number: u16, message: &FromTill<'_>) -> Vec<u8> {
    let mut outbox = Outbox::new();
    outbox.ask(number, message).unwrap();
    outbox.pending().to_vec()
}

fn said(number: u16, message: &FromDevice<'_>) -> Vec<u8> {
    let mut outbox = Outbox::new();
    outbox.say(number, message).unwrap();
    outbox.pending().to_vec()
}

fn swipe() -> Option<SwipeId> {
    Some(SwipeId { terminal: TERMINAL, counter: Counter::new(70_000).unwrap() })
}

fn settled() -> Settled<'static> {
    Settled {
        setl_id: "S1",
        business_day: Date::new(2026, 11, 22).unwrap(),
        amount: Fen(2500),
        acct_pay: Fen(2000),
        fund_pay: Fen(300),
        cash: Fen(200),
        balance: Fen(98_000),
    }
}

#[test]
fn what_the_till_says_is_as_the_page_has_it() {
    let codes = [TraceCode::new("81234567890123456789", false), TraceCode::new("ABC1", true)];
    let lines = [Line {
        med_list_codg: "XA01AB0001",
        medins_list_codg: "A-1",
        cnt: Quantity(20_000),
        pric: Price(12_500_000),
        sum: Fen(2500),
        trace_codes: TraceCodes::new(&codes),
    }];
    let sale = Sale {
        order_no: ORDER,
        amount: Fen(2500),
        draw: Draw::Everything,
        pin: PinWish::Wanted,
        lines: Lines::new(&lines),
    };
    for (name, number, message) in [
        ("hello", 1, FromTill::Hello),
        ("sale", 2, FromTill::Sale(sale)),
        ("cancel", 3, FromTill::Cancel { order_no: ORDER }),
        ("datagram-in", 4, FromTill::Datagram(&[1, 2, 3])),
        ("enrol-begin", 5, FromTill::EnrolBegin),
        ("enrol-grant", 6, FromTill::EnrolGrant { certificate: &[0xA0] }),
        ("enrol-confirm", 7, FromTill::EnrolConfirm),
    ] {
        let bytes = golden(name);
        assert_eq!(asked(number, &message), bytes, "{name}");
        let read = heard(&bytes, |frame| {
            assert_eq!(FromDevice::decode(frame), Err(MessageError::Unknown), "{name}: an echo is no answer");
            frame.number == number && FromTill::decode(frame) == Ok(message)
        });
        assert_eq!(read, [Ok(true)], "{name}");
    }
}

#[test]
fn what_the_device_says_is_as_the_page_has_it() {
    let result = |swipe, outcome| FromDevice::Result(SaleResult { order_no: ORDER, swipe, outcome });
    let info = DeviceInfo {
        serial: "SN0001",
        model: "lm3s6965evb",
        firmware: "0.1.0",
        terminal: Some(TERMINAL),
        needs_carrier: false,
        open_reversals: 2,
        bench: true,
    };
    let opening = Opening(core::array::from_fn(|at| at as u8));
    for (name, number, message) in [
        ("info", 1, FromDevice::Info(info)),
        ("state", 2, FromDevice::State { order_no: ORDER, state: SaleState::Unknown }),
        ("settled", 2, result(swipe(), SaleOutcome::Settled(settled()))),
        ("refused-result", 2, result(swipe(), SaleOutcome::Refused(5031))),
        ("cancelled", 2, result(None, SaleOutcome::Cancelled)),
        ("undone", 2, result(swipe(), SaleOutcome::Undone)),
        ("voided", 2, result(swipe(), SaleOutcome::Voided(settled()))),
        ("datagram-out", 9, FromDevice::Datagram(&[0; 1200])),
        ("datagram-dense", 9, FromDevice::Datagram(&[0x55; 1200])),
        ("enrol-request", 5, FromDevice::EnrolRequest(&[0xA1])),
        ("enrol-waiting", 6, FromDevice::EnrolWaiting { opening }),
        ("enrolled", 7, FromDevice::Enrolled { terminal: TERMINAL }),
        ("refused", 8, FromDevice::Refused(7022)),
    ] {
        let bytes = golden(name);
        assert_eq!(said(number, &message), bytes, "{name}");
        let read = heard(&bytes, |frame| {
            assert_eq!(FromTill::decode(frame), Err(MessageError::Unknown), "{name}: an echo is no answer");
            frame.number == number && FromDevice::decode(frame).as_ref() == Ok(&message)
        });
        assert_eq!(read, [Ok(true)], "{name}");
    }
}

#[test]
fn another_version_and_another_channel_are_told_from_noise() {
    let plain = |version: u8, channel: u8| {
        let mut plain = vec![version, channel, 0, 1, 0xA1, 0x00, 0x01];
        let check = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&plain);
        plain.extend(check.to_be_bytes());
        let mut wire = vec![0; 64];
        let length = ::cobs::encode(&plain, &mut wire[1..]);
        wire.truncate(length + 2);
        wire
    };
    assert_eq!(heard(&plain(1, 0), |frame| FromTill::decode(frame) == Ok(FromTill::Hello)), [Ok(true)]);
    assert_eq!(heard(&plain(2, 0), |_| ()), [Err(FrameError::Version(2))]);
    assert_eq!(heard(&plain(0, 0), |_| ()), [Err(FrameError::Version(0))]);
    assert_eq!(heard(&plain(1, 9), |_| ()), [Err(FrameError::Channel(9))]);
    let misplaced = heard(&plain(1, 1), |frame| FromTill::decode(frame).err());
    assert_eq!(misplaced, [Ok(Some(MessageError::Unknown))]);
}

#[test]
fn a_sale_with_a_value_out_of_range_is_no_sale() {
    let whole = golden("sale");
    let mut receiver = Receiver::new();
    let mut payload = Vec::new();
    for byte in whole {
        if let Some(Ok(frame)) = receiver.push(byte) {
            payload = frame.payload.to_vec();
        }
    }
    let read = |payload: &[u8]| {
        let frame = Frame { channel: Channel::Sale, number: 2, payload };
        FromTill::decode(frame).map(|_| ())
    };
    assert_eq!(read(&payload), Ok(()));
    let with = |from: &[u8], to: &[u8]| {
        let at = payload.windows(from.len()).position(|window| window == from).unwrap();
        [&payload[..at], to, &payload[at + from.len()..]].concat()
    };
    // amount 2500 → 0, −1
    assert_eq!(
        read(&with(&[0x02, 0x19, 0x09, 0xC4, 0x03], &[0x02, 0x00, 0x03])),
        Err(MessageError::Field(2))
    );
    assert_eq!(
        read(&with(&[0x02, 0x19, 0x09, 0xC4, 0x03], &[0x02, 0x20, 0x03])),
        Err(MessageError::Field(2))
    );
    // order_no with a space, empty
    assert_eq!(read(&with(b"R20261122", b"R 0261122")), Err(MessageError::Field(1)));
    assert_eq!(read(&with(b"\x6ER20261122-0001", b"\x60")), Err(MessageError::Field(1)));
    // draw 2, PIN 2
    assert_eq!(read(&with(&[0x03, 0x01, 0x04], &[0x03, 0x02, 0x04])), Err(MessageError::Field(3)));
    assert_eq!(read(&with(&[0x04, 0x01, 0x05], &[0x04, 0x02, 0x05])), Err(MessageError::Field(4)));
    // Quantity 0.
    assert_eq!(read(&with(&[0x02, 0x19, 0x4E, 0x20], &[0x02, 0x00])), Err(MessageError::Field(5)));
    // An integer in a longer form than needed, a byte behind the end.
    assert_eq!(read(&with(&[0x03, 0x01, 0x04], &[0x03, 0x18, 0x01, 0x04])), Err(MessageError::Malformed));
    assert_eq!(read(&[&payload[..], &[0]].concat()), Err(MessageError::Malformed));
}

#[test]
fn one_frame_at_a_time_and_none_that_is_too_long() {
    let mut outbox = Outbox::new();
    outbox.say(1, &FromDevice::Refused(7022)).unwrap();
    assert_eq!(outbox.say(2, &FromDevice::Refused(7022)), Err(QueueError::Busy));
    while !outbox.pending().is_empty() {
        outbox.sent(3);
    }
    assert_eq!(outbox.say(2, &FromDevice::Datagram(&[7; MAX_PAYLOAD])), Err(QueueError::TooLong));
    assert!(outbox.pending().is_empty());
    outbox.say(3, &FromDevice::Datagram(&[7; MAX_PAYLOAD - 8])).unwrap();
    assert!(outbox.pending().len() <= frame::MAX_WIRE);
    let sizes = heard(outbox.pending(), |frame| frame.payload.len());
    assert_eq!(sizes, [Ok(MAX_PAYLOAD - 8 + 7)]);
}

#[test]
fn a_line_without_any_end_is_one_long_error() {
    let mut endless = vec![0x55; 5000];
    endless.push(0);
    endless.extend(golden("hello"));
    let found = heard(&endless, |frame| frame.number);
    assert_eq!(found.last(), Some(&Ok(1)));
    assert_eq!(found.iter().filter(|one| one.is_ok()).count(), 1);
}

fn chunk() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xFE), Just(0xFF)], 0..600),
    ]
}

proptest! {
    #[test]
    fn any_bytes_pass_in_a_datagram_whatever_their_zeros(length in 0usize..=1200, zero_every in 1usize..400, number: u16) {
        let bytes: Vec<u8> = (0..length).map(|at| if at % zero_every == 0 { 0 } else { (at % 255 + 1) as u8 }).collect();
        let wire = said(number, &FromDevice::Datagram(&bytes));
        prop_assert!(wire.len() <= frame::MAX_WIRE);
        prop_assert_eq!(wire.iter().filter(|byte| **byte == 0).count(), 2, "00 stands at the two ends only");
        // The crate's own encoder has the same opinion.
        let plain = heard(&wire, |frame| frame.payload.len());
        prop_assert_eq!(plain, vec![Ok(if length < 24 { 5 } else if length < 256 { 6 } else { 7 } + length)]);
        let back = heard(&wire, |frame| FromDevice::decode(frame) == Ok(FromDevice::Datagram(&bytes)) && frame.number == number);
        prop_assert_eq!(back, vec![Ok(true)]);
    }

    #[test]
    fn after_noise_the_next_frame_is_heard(noise in chunk()) {
        // Noise may run into the frame, but not past the 00 in front of it.
        let mut wire = noise;
        wire.extend(golden("hello"));
        let found = heard(&wire, |frame| FromTill::decode(frame) == Ok(FromTill::Hello) && frame.number == 1);
        prop_assert_eq!(found.last(), Some(&Ok(true)));
    }

    #[test]
    fn a_damaged_frame_is_never_taken_for_another(at in 0usize..10_000, bit in 0u8..8, which in 0usize..20) {
        let name = GOLDEN.lines().nth(which).and_then(|line| line.split(' ').next()).unwrap();
        let whole = golden(name);
        let mut hurt = whole.clone();
        let at = at % hurt.len();
        hurt[at] ^= 1 << bit;
        hurt.push(0);
        let good = heard(&whole, |frame| (frame.number, frame.payload.to_vec()));
        for frame in heard(&hurt, |frame| (frame.number, frame.payload.to_vec())).into_iter().flatten() {
            prop_assert_eq!(Ok(&frame), good[0].as_ref(), "{}", name);
        }
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), channel in 0u8..4) {
        let channel = [Channel::Info, Channel::Sale, Channel::Datagram, Channel::Enrolment][usize::from(channel)];
        let frame = Frame { channel, number: 0, payload: &bytes };
        let _ = FromTill::decode(frame);
        let _ = FromDevice::decode(frame);
        let _ = heard(&bytes, |frame| (FromTill::decode(frame).is_ok(), FromDevice::decode(frame).is_ok()));
    }

    #[test]
    fn what_can_be_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        // A map that begins like a message of either side reads often enough to matter.
        for kind in (1..=7).chain(12..=19) {
            let payload = [&[0xA2, 0x00, kind, 0x01], &bytes[..]].concat();
            for channel in [Channel::Info, Channel::Sale, Channel::Datagram, Channel::Enrolment] {
                let frame = Frame { channel, number: 5, payload: &payload };
                if let Ok(message) = FromTill::decode(frame) {
                    let again = asked(5, &message);
                    prop_assert_eq!(heard(&again, |frame| frame.payload == payload.as_slice()), vec![Ok(true)]);
                }
                if let Ok(message) = FromDevice::decode(frame) {
                    let again = said(5, &message);
                    prop_assert_eq!(heard(&again, |frame| frame.payload == payload.as_slice()), vec![Ok(true)]);
                }
            }
        }
    }
}
