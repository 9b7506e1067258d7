use std::time::Duration;

use yika_protocol::apdu::{Command, Le};
use yika_protocol::iso7816::pps::{Agreed, Request, Wish};
use yika_protocol::iso7816::timing::{LineParameters, Rate};
use yika_protocol::iso7816::{Line, t0, t1};

use super::*;
use crate::{Card, CardSpec, Generation, Plan, Torn, VirtualCard};

const SSSE: &[u8; 15] = b"sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";

/// A device on the other end of the line, as far as a test needs one.
struct Desk<C> {
    slot: SlotCard<C>,
    present: Vec<bool>,
    paused: Duration,
}

impl<C: Card> Desk<C> {
    fn new(card: C, line: LineSpec) -> Self {
        Self { slot: SlotCard::new(card, line), present: Vec::new(), paused: Duration::ZERO }
    }

    fn say(&mut self, bytes: &[u8]) {
        for byte in bytes {
            for on_the_line in escaped(*byte) {
                self.slot.push(*on_the_line);
            }
        }
    }

    /// The bytes that are there, escapes taken apart by hand.
    fn hear(&mut self) -> Vec<u8> {
        let mut heard = Vec::new();
        while let Some(out) = self.slot.take() {
            match out {
                Out::Pause(pause) => self.paused += pause,
                Out::Present(present) => self.present.push(present),
                Out::Byte(byte) => heard.push(byte),
            }
        }
        heard
    }

    fn reset(&mut self) -> Vec<u8> {
        self.slot.push(0xFF);
        self.slot.push(0x01);
        self.hear()
    }

    fn t0(&mut self, command: Command) -> Result<yika_protocol::apdu::Response, String> {
        let mut exchange = t0::Exchange::new(command, 9600);
        loop {
            match exchange.line() {
                Line::Done => return exchange.take().map_err(|error| format!("{error:?}")),
                Line::Send(bytes) => {
                    let bytes = bytes.to_vec();
                    exchange.sent();
                    self.say(&bytes);
                }
                Line::Receive { .. } => {
                    let heard = self.hear();
                    if heard.is_empty() {
                        return Err(format!("silence {:?}", exchange.silence()));
                    }
                    for byte in heard {
                        exchange.byte(byte).map_err(|error| format!("{error:?}"))?;
                    }
                }
            }
        }
    }

    fn t1(&mut self, link: &mut t1::Link, command: Command) -> Result<yika_protocol::apdu::Response, String> {
        let mut exchange = t1::Exchange::new(link.clone(), command);
        loop {
            match exchange.line() {
                Line::Done => break,
                Line::Send(bytes) => {
                    let bytes = bytes.to_vec();
                    exchange.sent();
                    self.say(&bytes);
                }
                Line::Receive { .. } => {
                    let heard = self.hear();
                    if heard.is_empty() {
                        exchange.silence().map_err(|error| format!("{error:?}"))?;
                    }
                    for byte in heard {
                        exchange.byte(byte).map_err(|error| format!("{error:?}"))?;
                    }
                }
            }
        }
        *link = exchange.link();
        exchange.take().map_err(|error| format!("{error:?}"))
    }
}

fn card(generation: Generation) -> VirtualCard {
    VirtualCard::new(CardSpec::generation(generation))
}

fn select() -> Command {
    Command::select_df(SSSE, Le::None)
}

/// What the card says to whole APDUs, without any line.
fn in_process(generation: Generation, apdu: &[u8]) -> Vec<u8> {
    let mut card = card(generation);
    card.power_on();
    card.transmit(apdu).into_response().unwrap()
}

#[test]
fn escapes_are_as_the_page_says() {
    let mut desk = Desk::new(card(Generation::Two), LineSpec::default());
    for byte in [0xFF, 0x03] {
        desk.slot.push(byte);
    }
    let _ = desk.hear();
    assert_eq!(desk.present, [true]);
    assert_eq!(SlotCard::<VirtualCard>::on_the_line(Out::Present(true)), [0xFF, 0x81]);
    assert_eq!(SlotCard::<VirtualCard>::on_the_line(Out::Present(false)), [0xFF, 0x80]);
    assert_eq!(SlotCard::<VirtualCard>::on_the_line(Out::Byte(0xFF)), [0xFF, 0xFF]);
    assert_eq!(SlotCard::<VirtualCard>::on_the_line(Out::Byte(0x3B)), [0x3B]);
    let atr = desk.reset();
    assert_eq!(&atr[..4], [0x3B, 0x6D, 0x00, 0x00], "the card's own answer to reset");
    assert_eq!(atr.len(), 17);
    // Power off: whatever comes then is not heard.
    desk.slot.push(0xFF);
    desk.slot.push(0x00);
    desk.say(&[0x00, 0x84, 0x00, 0x00, 0x08]);
    assert_eq!(desk.hear(), []);
}

#[test]
fn a_card_out_of_the_slot_says_nothing_and_comes_back_cold() {
    let mut desk = Desk::new(card(Generation::Three), LineSpec::default());
    desk.reset();
    desk.t0(select()).unwrap();
    desk.slot.set_present(false);
    assert_eq!(desk.reset(), []);
    assert!(desk.t0(select()).is_err());
    desk.slot.set_present(true);
    assert_eq!(desk.present, [false]);
    assert!(desk.t0(select()).is_err(), "no power yet");
    assert_eq!(desk.reset().first(), Some(&0x3B));
    assert_eq!(desk.present, [false, true]);
}

#[test]
fn t0_gives_answers_to_data_by_get_response() {
    for generation in [Generation::One, Generation::Two, Generation::Three] {
        let mut desk = Desk::new(card(generation), LineSpec { nulls: 2, ..LineSpec::default() });
        desk.reset();
        let first = desk.t0(select()).unwrap();
        assert_eq!(first.status().0 >> 8, 0x61, "{generation:?}");
        let length = first.status().0 as u8;
        let whole = desk.t0(Command::get_response(length)).unwrap();
        assert_eq!(whole.status().0, 0x9000);
        let expected = in_process(generation, &[&[0, 0xA4, 4, 0, 0x0F], &SSSE[..]].concat());
        assert_eq!(whole.data(), &expected[..expected.len() - 2]);
        // Asked for too much, the card names the right length and still has it.
        desk.t0(select()).unwrap();
        assert_eq!(
            desk.t0(Command::get_response(length + 1)).unwrap().status().0,
            0x6C00 | u16::from(length)
        );
        assert_eq!(desk.t0(Command::get_response(length)).unwrap().data(), whole.data());
    }
}

#[test]
fn t0_reads_exactly_what_was_asked_for() {
    let mut desk = Desk::new(card(Generation::Two), LineSpec::default());
    desk.reset();
    assert_eq!(desk.t0(Command::get_challenge()).unwrap().data().len(), 8);
    desk.t0(select()).unwrap();
    desk.t0(Command::select_fid(0x02, 0xEF05, Le::None)).unwrap();
    // 00 means 256 in T=0: a card that has less names the right length.
    let asked = desk.t0(Command::read_record(0x01, 0x04, 0)).unwrap();
    assert_eq!(asked.status().0 >> 8, 0x6C, "{:04X}", asked.status().0);
    let right = asked.status().0 as u8;
    let read = desk.t0(Command::read_record(0x01, 0x04, right)).unwrap();
    assert_eq!((read.status().0, read.data().len()), (0x9000, usize::from(right)));
}

fn t1_link(atr: &[u8]) -> t1::Link {
    t1::Link::new(&LineParameters::from_atr(atr), Rate::DEFAULT)
}

#[test]
fn t1_carries_the_same_answers_also_with_more_time() {
    for wtx in [0, 3] {
        let line = LineSpec { protocols: Protocols::T1, wtx, ..LineSpec::default() };
        let mut desk = Desk::new(card(Generation::Three), line);
        let atr = desk.reset();
        let parameters = LineParameters::from_atr(&atr);
        assert_eq!((parameters.first_protocol, parameters.ifsc, parameters.bwi), (1, 254, 4));
        assert_eq!(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte), 0, "TCK");
        assert_eq!(
            atr[atr.len() - 14..atr.len() - 1],
            CardSpec::generation(Generation::Three).reset_info[..]
        );
        let mut link = t1_link(&atr);
        let whole = desk.t1(&mut link, select()).unwrap();
        let expected = in_process(Generation::Three, &[&[0, 0xA4, 4, 0, 0x0F], &SSSE[..]].concat());
        assert_eq!(whole.data(), &expected[..expected.len() - 2]);
        assert_eq!(desk.t1(&mut link, Command::get_challenge()).unwrap().data().len(), 8);
    }
}

#[test]
fn t1_survives_a_bad_line() {
    let mut retried = 0;
    for seed in 0..200 {
        let line = LineSpec { protocols: Protocols::T1, noise: Some((seed, 40)), ..LineSpec::default() };
        let mut desk = Desk::new(card(Generation::Three), line);
        // The answer to reset has no repetition; a device resets until it is whole.
        let quiet =
            Desk::new(card(Generation::Three), LineSpec { protocols: Protocols::T1, ..LineSpec::default() })
                .reset();
        desk.reset();
        let mut link = t1_link(&quiet);
        let before = desk.slot.passed().to_device;
        if let Ok(whole) = desk.t1(&mut link, select()) {
            let expected = in_process(Generation::Three, &[&[0, 0xA4, 4, 0, 0x0F], &SSSE[..]].concat());
            assert_eq!(whole.data(), &expected[..expected.len() - 2], "seed {seed}: never wrong data");
            retried += u32::from(desk.slot.passed().to_device - before > expected.len() as u64 + 4);
        }
    }
    assert!(retried > 20, "{retried} of 200 lines needed a repetition");
}

#[test]
fn pps_changes_the_rate_and_the_protocol() {
    let line = LineSpec { protocols: Protocols::Both, rate: 0x18, paced: true, ..LineSpec::default() };
    let mut desk = Desk::new(card(Generation::Two), line);
    let atr = desk.reset();
    let parameters = LineParameters::from_atr(&atr);
    assert_eq!((parameters.first_protocol, parameters.offered_byte, parameters.specific), (0, 0x18, None));
    // 12 etu of 104.17 µs for every byte, and 5 ms before the first.
    let expected = Duration::from_micros(5_000 + 1_250 * atr.len() as u64);
    assert_eq!(desk.paused, expected);
    let request = Request::new(&parameters, Wish { protocol: 1, rate: 0x18 }).unwrap();
    desk.say(request.as_bytes());
    let answer = desk.hear();
    assert_eq!(request.read(&answer), Agreed::Rate(Rate::from_byte(0x18).unwrap()));
    let mut link = t1::Link::new(&parameters, Rate::from_byte(0x18).unwrap());
    desk.paused = Duration::ZERO;
    assert!(desk.t1(&mut link, select()).unwrap().status().0 == 0x9000);
    assert!(desk.paused < Duration::from_millis(10), "twelve times faster: {:?}", desk.paused);
}

#[test]
fn a_protocol_it_does_not_speak_leaves_it_silent_until_reset() {
    let mut desk = Desk::new(card(Generation::Two), LineSpec::default());
    desk.reset();
    desk.say(&[0xFF, 0x11, 0x11, 0xFF]);
    assert_eq!(desk.hear(), []);
    assert!(desk.t0(select()).is_err());
    desk.reset();
    assert!(desk.t0(select()).is_ok());
}

#[test]
fn a_slow_card_says_null_in_t0_and_asks_for_time_in_t1() {
    let spec = CardSpec::generation(Generation::Two).with_quirks(["slow=2500"]).unwrap();
    let mut desk = Desk::new(VirtualCard::new(spec.clone()), LineSpec::default());
    desk.reset();
    desk.say(&[0, 0x84, 0, 0, 8]);
    let heard = desk.hear();
    assert_eq!(heard.iter().take_while(|byte| **byte == 0x60).count(), 6);
    assert_eq!(desk.paused, Duration::from_millis(2500));
    let mut desk =
        Desk::new(VirtualCard::new(spec), LineSpec { protocols: Protocols::T1, ..LineSpec::default() });
    let mut link = t1_link(&desk.reset());
    assert!(desk.t1(&mut link, Command::get_challenge()).is_ok());
    assert_eq!(desk.paused, Duration::from_millis(2500));
}

#[test]
fn a_torn_card_leaves_the_slot_at_its_moment() {
    for (tear, heard) in [("1:before", 1), ("1:executed", 1), ("1:after", 3)] {
        let plan = Plan::At(vec![tear.parse().unwrap()]);
        let mut desk = Desk::new(Torn::new(card(Generation::Two), plan), LineSpec::default());
        desk.reset();
        desk.say(&[&[0, 0xA4, 4, 0, 0x0F], &SSSE[..]].concat());
        // The procedure byte that asked for the data always came.
        assert_eq!(desk.hear().len(), heard, "{tear}");
        assert_eq!(desk.present, [false], "{tear}");
        assert_eq!(desk.reset(), []);
        desk.slot.set_present(true);
        assert_eq!(desk.reset().len(), 17);
    }
}

#[test]
fn places_as_text() {
    for text in ["unix:/run/slot", "tcp:127.0.0.1:7000", "pty", "pty:/run/slot"] {
        assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
    }
    for bad in ["", "unix:", "tcp:7000", "pty:", "0", "com3"] {
        assert!(bad.parse::<Place>().is_err(), "{bad}");
    }
}

#[cfg(unix)]
mod on_a_socket {
    use std::io::{Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::sync::mpsc;

    use super::*;

    fn read(stream: &mut UnixStream, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_card_waits_for_the_device_and_finds_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slot");
        let (told, events) = mpsc::channel();
        let place = Place::Unix(path.clone());
        let running = Running::start(card(Generation::Two), &place, SlotOptions::default(), move |event| {
            drop(told.send(event))
        })
        .unwrap();
        let next = || events.recv_timeout(Duration::from_secs(10)).unwrap();
        for round in 0..2 {
            let _ = std::fs::remove_file(&path);
            let listener = UnixListener::bind(&path).unwrap();
            let (mut device, _) = listener.accept().unwrap();
            assert_eq!(next(), SlotEvent::Connected, "round {round}");
            assert_eq!(read(&mut device, 2), [0xFF, 0x81]);
            assert_eq!(next(), SlotEvent::Present(true));
            device.write_all(&[0xFF, 0x01]).unwrap();
            assert_eq!(read(&mut device, 4), [0x3B, 0x6D, 0x00, 0x00]);
            if round == 1 {
                running.set_present(false);
                // The rest of the answer to reset was already out.
                assert_eq!(read(&mut device, 13 + 2)[13..], [0xFF, 0x80]);
                break;
            }
            drop(device);
            drop(listener);
            assert_eq!(next(), SlotEvent::Disconnected);
        }
        assert!(running.stop().is_some());
    }
}
