//! The manners of readers: lifting, waiting, speeds, silence, status values.

use std::time::Duration;

use yika_driver::Cancel;
use yika_driver::resident_card::{ReadError, ReadOptions};
use yika_driver::serial::SerialError;
use yika_protocol::resident_card::{LineSpeed, ReadError as ReaderError};
use yika_sim::id_reader::{IdCardSpec, IdFault, IdFaults};

use crate::desk::{Deed, Desk, person};

const FIND: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22];

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

#[test]
fn a_card_is_not_read_twice_until_it_was_lifted() {
    let desk = Desk::new(person(0), IdFaults::none());
    let reader = desk.reader();
    let cancel = Cancel::default();
    assert!(reader.read(None, &cancel).is_ok());
    assert_eq!(reader.read(None, &cancel), Err(ReadError::NoCard));
    assert_eq!(reader.read(seconds(3), &cancel), Err(ReadError::NoCard));
    desk.does(Deed::Lift);
    desk.pass(Duration::from_millis(500));
    desk.does(Deed::Lay(Box::new(person(0))));
    assert!(reader.read(seconds(3), &cancel).is_ok());
}

#[test]
fn a_card_laid_while_waiting_is_read_and_looks_are_more_than_300_ms_apart() {
    let desk = Desk::new(person(0), IdFaults::none());
    desk.does(Deed::Lift);
    desk.later(Duration::from_secs(4), Deed::Lay(Box::new(person(1))));
    let document = desk.reader().read(seconds(10), &Cancel::default()).expect("read");
    assert_eq!(document.certno.expose(), "990102198202281239");
    assert!(desk.now() < Duration::from_secs(5), "soon after it was laid: {:?}", desk.now());
    let looks = desk.sent(&FIND);
    assert!(looks.len() > 5);
    for pair in looks.windows(2) {
        assert!(pair[1] - pair[0] > Duration::from_millis(300), "{pair:?}");
    }
}

#[test]
fn every_line_speed_is_found_and_remembered() {
    for speed in LineSpeed::ALL {
        let desk = Desk::new(IdCardSpec { speed: speed.baud(), ..person(2) }, IdFaults::none());
        let reader = desk.reader();
        assert!(reader.read(None, &Cancel::default()).is_ok(), "{speed:?}");
        desk.does(Deed::Lift);
        desk.pass(Duration::from_secs(1));
        desk.does(Deed::Lay(Box::new(person(3))));
        let began = desk.now();
        assert!(reader.read(None, &Cancel::default()).is_ok(), "{speed:?}");
        let answers = Duration::from_millis(15 * 4 + 350 + 1);
        assert!(desk.now() - began <= answers, "no time lost on other speeds: {:?}", desk.now() - began);
    }
}

#[test]
fn a_silent_reader_is_told_within_a_second_and_read_when_it_is_back() {
    let silent = || IdFaults::new(vec![IdFault::Silent], 1, 1);
    let desk = Desk::new(person(0), silent());
    let reader = desk.reader();
    for _ in 0..2 {
        let began = desk.now();
        let error = reader.read(seconds(30), &Cancel::default()).expect_err("silent");
        assert_eq!(error, ReadError::Reader(ReaderError::ReaderSilent));
        assert_eq!(error.fault().number, 6101);
        assert!(desk.now() - began <= Duration::from_secs(1), "{:?}", desk.now() - began);
    }
    desk.mend();
    assert!(reader.read(None, &Cancel::default()).is_ok());
    // The same when it has answered before, at the known speed.
    desk.silence();
    let began = desk.now();
    let error = reader.read(seconds(30), &Cancel::default()).expect_err("silent");
    assert_eq!(error.fault().number, 6101);
    assert!(desk.now() - began <= Duration::from_secs(1), "{:?}", desk.now() - began);
    desk.mend();
    desk.does(Deed::Lay(Box::new(person(1))));
    assert_eq!(reader.read(None, &Cancel::default()).expect("read").certno.expose(), "990102198202281239");
}

#[test]
fn an_unplugged_reader_has_its_own_error_and_is_opened_again() {
    let desk = Desk::new(person(0), IdFaults::none());
    let reader = desk.reader();
    desk.later(Duration::from_millis(60), Deed::Unplug);
    assert_eq!(reader.read(None, &Cancel::default()), Err(ReadError::Port(SerialError::Gone)));
    let missing = reader.read(None, &Cancel::default()).expect_err("not there");
    assert_eq!(missing.fault().number, 6001);
    desk.does(Deed::Plug);
    assert!(reader.read(None, &Cancel::default()).is_ok());
    // Pulled and put back between two readings: nobody need know.
    desk.does(Deed::Unplug);
    desk.does(Deed::Plug);
    desk.does(Deed::Lay(Box::new(person(3))));
    assert!(reader.read(None, &Cancel::default()).is_ok());
}

#[test]
fn what_the_module_says_becomes_a_message_of_its_own() {
    for (command, status, number) in [
        ("module", "60", 6102),
        ("module", "66", 6103),
        ("find", "66", 6103),
        ("find", "80", 6104),
        ("select", "81", 6105),
        ("select", "31", 6106),
        ("select", "32", 6106),
        ("select", "40", 6107),
        ("read", "41", 6105),
        ("read", "47", 6105),
        ("read", "3F", 6105),
        ("read", "33", 6106),
        ("read", "37", 6106),
        ("read", "40", 6107),
        ("read", "21", 6108),
        ("read", "23", 6108),
        ("read", "24", 6108),
        ("read", "10", 6108),
    ] {
        let answers = [(command.to_owned(), status.to_owned())].into();
        let error = Desk::read(IdCardSpec { answers, ..person(0) }).expect_err("refused");
        assert_eq!(error.fault().number, number, "{command} {status}: {error}");
    }
}

#[test]
fn what_is_optional_never_fails_a_reading() {
    for (command, status) in
        [("module", "21"), ("module", "23"), ("added_address", "91"), ("added_address", "41")]
    {
        let answers = [(command.to_owned(), status.to_owned())].into();
        let document = Desk::read(IdCardSpec { answers, ..person(0) }).expect("read");
        assert_eq!(document.sam_id.is_none(), command == "module");
        assert!(document.added_address.is_none());
    }
}

#[test]
fn a_fingerprint_is_read_only_when_asked_for() {
    for (fingerprint, in_chip, bytes) in [(false, 1024, 0), (true, 1024, 1024), (true, 0, 0)] {
        let spec = IdCardSpec { fingerprint_bytes: in_chip, ..person(0) };
        let desk = Desk::new(spec, IdFaults::none());
        let reader = desk.reader_with(ReadOptions { fingerprint, ..ReadOptions::default() });
        let document = reader.read(None, &Cancel::default()).expect("read");
        assert_eq!(document.fingerprint.expose().len(), bytes);
        assert_eq!(document.photo.expose().len(), 1024);
    }
}

#[test]
fn a_document_of_an_unknown_layout_is_not_taken_for_a_resident_card() {
    let mut text = [0x20, 0x00].repeat(128);
    text[248] = b'Z';
    let text_hex = text.iter().map(|byte| format!("{byte:02X}")).collect();
    let error = Desk::read(IdCardSpec { text_hex, ..person(0) }).expect_err("refused");
    assert_eq!(error.fault().number, 6107);
}

#[test]
fn a_cancelled_wait_ends_at_once_and_costs_nothing() {
    let desk = Desk::new(person(0), IdFaults::none());
    desk.does(Deed::Lift);
    let reader = desk.reader();
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(reader.read(seconds(60), &cancel), Err(ReadError::Cancelled));
    desk.does(Deed::Lay(Box::new(person(0))));
    assert!(reader.read(None, &Cancel::default()).is_ok());
}

#[test]
fn a_card_that_was_found_is_read_to_its_end_although_the_wait_was_cancelled() {
    let desk = Desk::new(person(0), IdFaults::none());
    let cancel = Cancel::default();
    // After the number and the find, in the middle of choosing.
    desk.later(Duration::from_millis(40), Deed::Cancel(cancel.clone()));
    let document = desk.reader().read(seconds(10), &cancel).expect("read");
    assert_eq!(document.certno.expose(), person(0).certno);
}

#[test]
fn a_closed_port_is_free_for_others_and_opened_again_when_needed() {
    let desk = Desk::new(person(0), IdFaults::none());
    let reader = desk.reader();
    assert!(reader.read(None, &Cancel::default()).is_ok());
    reader.close();
    desk.does(Deed::Lay(Box::new(person(1))));
    assert!(reader.read(None, &Cancel::default()).is_ok());
}
