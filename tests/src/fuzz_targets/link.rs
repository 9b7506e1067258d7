//! The line between device and till, and the slot line of the bench.

use std::time::Duration;

use yika_protocol::link::{Channel, Frame, FromDevice, FromTill, Outbox, Receiver};
use yika_sim::slot::{LineSpec, Out, Protocols, SlotCard};
use yika_sim::{CardSpec, VirtualCard};

use crate::second_opinion::hex;

const FRAMES: &str = include_str!("../../../hw-docs/samples/link/frames-v1.txt");

/// Any bytes on the line. Whatever is understood is written back the same.
pub(super) fn line(data: &[u8]) {
    let mut receiver = Receiver::new();
    for byte in data {
        if let Some(Ok(frame)) = receiver.push(*byte) {
            read(frame);
        }
    }
}

/// Any payload, on every channel: what noise on a line never gets past the CRC to.
pub(super) fn message(data: &[u8]) {
    for channel in [Channel::Info, Channel::Sale, Channel::Datagram, Channel::Enrolment] {
        read(Frame { channel, number: 7, payload: data });
    }
}

fn read(frame: Frame<'_>) {
    let mut outbox = Outbox::new();
    let from_till = FromTill::decode(frame);
    let from_device = FromDevice::decode(frame);
    assert!(from_till.is_err() || from_device.is_err(), "no message belongs to both sides");
    let written = match (&from_till, &from_device) {
        (Ok(message), _) => outbox.ask(frame.number, message),
        (_, Ok(message)) => outbox.say(frame.number, message),
        _ => return,
    };
    written.expect("what fitted a frame fits one");
    let mut receiver = Receiver::new();
    let bytes = outbox.pending().to_vec();
    let heard = bytes.iter().find_map(|byte| match receiver.push(*byte) {
        Some(Ok(again)) => Some((again.channel, again.number)),
        _ => None,
    });
    assert_eq!(heard, Some((frame.channel, frame.number)));
}

/// Any bytes from a device to the contacts of a card: the card answers or is silent, and never takes for ever.
pub(super) fn slot(data: &[u8]) {
    // Making a card costs more than talking to it, so each input meets one.
    let protocols = [Protocols::T0, Protocols::T1, Protocols::Both][data.len() % 3];
    let line = LineSpec { protocols, ..LineSpec::default() };
    let mut slot = SlotCard::new(VirtualCard::new(CardSpec::default()), line);
    let mut paused = Duration::ZERO;
    for byte in data {
        slot.push(*byte);
        while let Some(out) = slot.take() {
            if let Out::Pause(pause) = out {
                paused += pause;
            }
        }
    }
    assert!(paused < Duration::from_secs(60));
}

pub(super) fn line_examples() -> Vec<Vec<u8>> {
    FRAMES.lines().filter_map(|line| line.split_once(' ')).map(|(_, frame)| hex(frame)).collect()
}

pub(super) fn message_examples() -> Vec<Vec<u8>> {
    let payload = |bytes: Vec<u8>| {
        let mut receiver = Receiver::new();
        bytes.iter().find_map(|byte| match receiver.push(*byte) {
            Some(Ok(frame)) => Some(frame.payload.to_vec()),
            _ => None,
        })
    };
    line_examples().into_iter().filter_map(payload).collect()
}

pub(super) fn slot_examples() -> Vec<Vec<u8>> {
    let select = b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";
    let t1 = |mut block: Vec<u8>| {
        block.push(block.iter().fold(0, |check, byte| check ^ byte));
        block
    };
    let reset = [0xFF, 0x01];
    vec![
        [&reset[..], select, &[0x00, 0xC0, 0x00, 0x00, 0x1E]].concat(),
        [&reset[..], &[0x00, 0x84, 0x00, 0x00, 0x08]].concat(),
        [&reset[..], &t1([&[0x00, 0x00, 0x14], &select[..]].concat())].concat(),
        [&reset[..], &t1(vec![0x00, 0xC1, 0x01, 0xFE])].concat(),
        [&reset[..], &[0xFF, 0xFF, 0x11, 0x11, 0xFF, 0xFF]].concat(),
        vec![0xFF, 0x03, 0xFF, 0x02, 0xFF, 0x00, 0xFF, 0x15],
    ]
}
