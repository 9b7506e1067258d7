//! The client against a listener that speaks like the virtual reader.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use super::*;
use crate::{CardAnswer, CardSpec, Generation, Plan, Torn, VirtualCard};

const SELECT: &[u8] = b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";
const LONG: Duration = Duration::from_secs(20);

/// The reader's side of one slot.
struct Slot(TcpListener);

impl Slot {
    fn new() -> (Self, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (Self(listener), address)
    }

    fn accept(&self) -> Reader {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Reader(stream)
    }
}

struct Reader(TcpStream);

impl Reader {
    /// Length and body in two segments, as vpcd may send them.
    fn tell(&mut self, message: &[u8]) -> io::Result<()> {
        self.0.write_all(&(message.len() as u16).to_be_bytes())?;
        self.0.write_all(message)
    }

    fn ask(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        self.tell(message)?;
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut answer)?;
        Ok(answer)
    }
}

fn card(quirks: &[&str]) -> VirtualCard {
    let spec = CardSpec::generation(Generation::Two).with_quirks(quirks.iter().copied()).unwrap();
    VirtualCard::new(spec)
}

#[test]
fn power_atr_apdu_reset() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&["t0"])).unwrap();
    let mut reader = slot.accept();
    let atr = reader.ask(&[4]).unwrap();
    assert_eq!(atr[..6], [0x3B, 0x6D, 0x00, 0x00, 0x00, 0x81]);
    assert_eq!(atr.len(), 17);
    reader.tell(&[1]).unwrap();
    assert_eq!(reader.ask(SELECT).unwrap(), [0x61, 0x1E]);
    reader.tell(&[2]).unwrap();
    assert_eq!(
        reader.ask(&[0x00, 0xC0, 0x00, 0x00, 0x1E]).unwrap(),
        [0x69, 0x85],
        "reset forgets the answer"
    );
    running.wait_taken(LONG).unwrap();
    let watch = running.watch();
    assert_eq!((watch.apdus(), watch.power_ons(), watch.resets()), (2, 1, 1));
    let card = running.stop();
    assert_eq!(card.pin_tries_left(), 6);
}

#[test]
fn pulled_out_and_put_in_again_the_card_remembers() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&[])).unwrap();
    let mut reader = slot.accept();
    reader.tell(&[1]).unwrap();
    reader.ask(SELECT).unwrap();
    assert_eq!(reader.ask(&[0x00, 0x20, 0x00, 0x00, 0x03, 0x11, 0x11, 0x11]).unwrap(), [0x63, 0xC5]);
    let card = running.stop();
    assert!(reader.ask(&[4]).is_err(), "nobody in the slot");

    let running = connect(address, card).unwrap();
    let mut reader = slot.accept();
    reader.tell(&[1]).unwrap();
    reader.ask(SELECT).unwrap();
    assert_eq!(reader.ask(&[0x00, 0x20, 0x00, 0x00, 0x03, 0x11, 0x11, 0x11]).unwrap(), [0x63, 0xC4]);
    running.stop();
}

#[test]
fn a_mute_card_is_there_and_fails_to_power_up() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&["mute"])).unwrap();
    for _ in 0..2 {
        let mut reader = slot.accept();
        assert_eq!(reader.ask(&[4]).unwrap(), [0x3B, 0x00], "present");
        reader.tell(&[1]).unwrap();
        assert_eq!(reader.ask(&[4]).unwrap(), [0_u8; 0], "no answer to reset");
        drop(reader);
    }
    assert!(running.is_running());
    running.stop();
}

/// Answers its reset and nothing else.
struct Dumb;

impl Card for Dumb {
    fn atr(&self) -> Option<Vec<u8>> {
        Some(vec![0x3B, 0x00])
    }
    fn power_on(&mut self) {}
    fn power_off(&mut self) {}
    fn transmit(&mut self, _: &[u8]) -> CardAnswer {
        CardAnswer::Mute
    }
}

#[test]
fn a_card_that_goes_silent_is_given_up_and_stays_in_the_reader() {
    let (slot, address) = Slot::new();
    let options = Options { waiting_time: Duration::from_millis(1), ..Options::default() };
    let running = connect_with(address, Dumb, options).unwrap();
    for _ in 0..2 {
        let mut reader = slot.accept();
        reader.tell(&[1]).unwrap();
        assert_eq!(reader.ask(&[4]).unwrap(), [0x3B, 0x00]);
        assert!(reader.ask(SELECT).is_err());
    }
    running.stop();
}

#[test]
fn tears_end_the_connection_as_planned() {
    let torn = |plan: &str| Torn::new(card(&[]), Plan::At(vec![plan.parse().unwrap()]));
    for plan in ["1:before", "1:executed", "1:cut=3", "1:after"] {
        let (slot, address) = Slot::new();
        let running = connect(address, torn(plan)).unwrap();
        let mut reader = slot.accept();
        reader.tell(&[1]).unwrap();
        let answer = reader.ask(SELECT);
        assert_eq!(answer.is_ok(), plan == "1:after", "{plan}");
        assert!(running.wait_ended(LONG), "{plan}");
        assert_eq!(running.stop().history().len(), 1);
    }
}

#[test]
fn a_torn_card_comes_back_when_asked_to() {
    let (slot, address) = Slot::new();
    let torn = Torn::new(card(&[]), Plan::At(vec!["1:executed".parse().unwrap()]));
    let options = Options { reinsert: Some(Duration::from_millis(1)), ..Options::default() };
    let running = connect_with(address, torn, options).unwrap();
    let mut reader = slot.accept();
    reader.tell(&[1]).unwrap();
    assert!(reader.ask(SELECT).is_err());
    let mut reader = slot.accept();
    assert_eq!(reader.ask(&[4]).unwrap().len(), 17);
    reader.tell(&[1]).unwrap();
    assert_eq!(reader.ask(SELECT).unwrap().len(), 32);
    running.stop();
}

#[test]
fn a_reader_that_restarts_gets_its_card_back() {
    let (slot, address) = Slot::new();
    let options = Options { reconnect: Some(Duration::from_millis(1)), ..Options::default() };
    let running = connect_with(address, card(&[]), options).unwrap();
    let mut reader = slot.accept();
    assert!(reader.ask(&[4]).is_ok());
    drop(reader);
    let mut reader = slot.accept();
    assert!(reader.ask(&[4]).is_ok());
    running.stop();
}

#[test]
fn without_reconnect_the_end_is_noticed() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&[])).unwrap();
    drop(slot.accept());
    assert!(running.wait_ended(LONG));
    assert!(matches!(running.wait_taken(LONG), Err(VpcdError::Lost { .. })));
    assert!(!running.is_running());
    running.stop();
}

#[test]
fn no_reader_and_a_taken_slot_are_told_apart() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&[])).unwrap();
    let taken = running.wait_taken(Duration::from_millis(10)).unwrap_err();
    assert!(matches!(taken, VpcdError::SlotTaken { .. }));
    assert_eq!(taken.fault().number, 1053);
    running.stop();
    drop(slot);
    let options = Options { connect_timeout: Duration::ZERO, ..Options::default() };
    let missing = connect_with(address, card(&[]), options).err().unwrap();
    assert_eq!(missing.fault().number, 1051);
}

#[test]
fn a_dropped_handle_pulls_the_card_out() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&[])).unwrap();
    let mut reader = slot.accept();
    assert!(reader.ask(&[4]).is_ok());
    drop(running);
    assert!(reader.ask(&[4]).is_err());
}

#[test]
fn a_slow_card_can_still_be_pulled_out() {
    let (slot, address) = Slot::new();
    let running = connect(address, card(&["slow=600000"])).unwrap();
    let mut reader = slot.accept();
    reader.tell(&[1]).unwrap();
    reader.tell(SELECT).unwrap();
    running.wait_taken(LONG).unwrap();
    running.stop();
}

/// A reader that looks after its queue late, as vpcd does while it shakes off a mute card.
#[cfg(target_os = "linux")]
#[test]
fn a_full_queue_is_waited_for() {
    let (slot, address) = Slot::new();
    let short = Duration::from_millis(200);
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, short) {
        queue.push(stream);
        assert!(queue.len() < 10_000, "the queue never fills");
    }
    let waiting = std::thread::spawn(move || {
        connect_with(address, card(&[]), Options { connect_timeout: LONG, ..Options::default() })
    });
    // Longer than one attempt lasts.
    std::thread::sleep(Duration::from_millis(1300));
    assert!(!waiting.is_finished(), "given up while the queue was full");
    drop(queue);
    slot.0.set_nonblocking(true).unwrap();
    while !waiting.is_finished() {
        let _ = slot.0.accept();
        std::thread::sleep(Duration::from_millis(1));
    }
    waiting.join().unwrap().unwrap().stop();
}
