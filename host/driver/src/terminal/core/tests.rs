//! The decisions of a terminal, one input at a time, without threads.

use super::*;
use crate::{
    link::{Slot, SlotState},
    reader::{ReaderName, ReaderTraits},
    scanner::Scan,
};
use std::ffi::CString;
use yika_protocol::{
    fault::credential as fault,
    voucher::{Code, CodeRule},
};

fn reader(name: &str, card: bool, events: u16) -> Reader {
    let state = match card {
        true => SlotState::Card { atr: vec![0x3B, 0x00], exclusive: false, in_use: false },
        false => SlotState::Empty,
    };
    let name = ReaderName::new(CString::new(name).unwrap());
    let slot = Slot { name, state, events: Some(events) };
    Reader::from_slots(vec![(slot, ReaderTraits::default())]).remove(0)
}

fn scan() -> Credential {
    let code = Code::new(b"2800000000000000000000000001", CodeRule::default()).unwrap();
    Credential::Voucher(Box::new(Scan { code, symbology: None }))
}

/// A scanner (device 0) on a port of its own, and card readers at these places.
fn core(places: &[&str]) -> Core {
    let scanner = OnPort { label: "scanner".into(), kind: DeviceKind::Scanner, at: "port".into(), group: 0 };
    let readers = places.iter().map(|place| (Label::from(format!("label of {place}")), (*place).to_owned()));
    Core::new(vec![scanner], Some(readers.collect()), Selection::default())
}

/// Takes an input in and gives what is published, and the rest of what is to be done.
fn take(core: &mut Core, input: Input) -> (Vec<String>, Vec<Effect>) {
    core.take(input, Instant::now());
    let (mut told, mut rest) = (Vec::new(), Vec::new());
    while let Some(effect) = core.next_effect() {
        match effect {
            Effect::Publish { device, what } => told.push(format!("{device}: {}", what.name())),
            other => rest.push(other),
        }
    }
    (told, rest)
}

fn begin(call: u64, kinds: Kinds) -> Input {
    Input::Begin { call, kinds, until: Instant::now() + Duration::from_secs(3600) }
}

fn scanned(call: u64) -> Input {
    Input::Armed { call, device: 0, news: News::Waited(Waited::Credential(scan())) }
}

#[test]
fn a_card_swapped_between_two_looks_is_told_by_the_counter_also_when_it_wraps() {
    let mut core = core(&[]);
    let mut look = |card, events| {
        let readers = vec![reader("A 00 00", card, events)];
        take(&mut core, Input::Readers(Ok(readers))).0
    };
    assert_eq!(look(true, 0xFFFE), ["name:a/0: device_came", "name:a/0: card_in"]);
    assert_eq!(look(true, 0xFFFE), [""; 0]);
    assert_eq!(look(true, 0), ["name:a/0: card_out", "name:a/0: card_in"]);
    assert_eq!(look(false, 3), ["name:a/0: card_out", "name:a/0: card_in", "name:a/0: card_out"]);
    assert_eq!(look(false, 5), ["name:a/0: card_in", "name:a/0: card_out"]);
    // The service began to count anew: no more than what can be seen.
    assert_eq!(look(true, 1), ["name:a/0: card_in"]);
}

#[test]
fn a_code_goes_to_the_call_it_was_scanned_for_and_to_no_other() {
    let mut core = core(&[]);
    let (_, arm) = take(&mut core, begin(1, Kinds::ALL));
    assert!(matches!(&arm[..], [Effect::Arm { group: 0, call: 1, devices, .. }] if *devices == [0]));
    take(&mut core, Input::Cancel { call: 1 });
    take(&mut core, begin(2, Kinds::ALL));
    let (told, rest) = take(&mut core, scanned(1));
    assert_eq!(told, ["scanner: device_came", "scanner: code_scanned", "scanner: presented"]);
    assert!(rest.is_empty(), "the code of call 1 is thrown away");
    let (_, rest) = take(&mut core, scanned(2));
    assert!(matches!(&rest[..], [Effect::Answer { call: 2, result: Ok(_) }]));
    let (_, rest) = take(&mut core, scanned(2));
    assert!(rest.is_empty(), "a call has one answer");
}

#[test]
fn the_cancel_of_an_old_call_does_not_end_the_new_one() {
    let mut core = core(&[]);
    take(&mut core, begin(1, Kinds::ALL));
    take(&mut core, Input::Cancel { call: 1 });
    take(&mut core, begin(2, Kinds::ALL));
    take(&mut core, Input::Cancel { call: 1 });
    let (_, rest) = take(&mut core, begin(3, Kinds::ALL));
    assert!(matches!(&rest[..], [Effect::Answer { call: 3, result: Err(PresentError::InUse) }]));
    let (_, rest) = take(&mut core, scanned(2));
    assert!(matches!(&rest[..], [Effect::Answer { call: 2, result: Ok(_) }]));
}

#[test]
fn a_card_is_read_once_and_again_only_when_the_reason_passes_or_it_is_another() {
    let mut core = core(&[]);
    core.again = Duration::ZERO;
    take(&mut core, Input::Readers(Ok(vec![reader("A 00 00", true, 1)])));
    let (_, rest) = take(&mut core, begin(1, Kinds::only(Kind::Card)));
    let [Effect::ReadCard { device, insertion: 1, .. }] = &rest[..] else { panic!("not read") };
    let device = *device;
    let ended = |insertion, error: LinkError| Input::CardRead {
        call: 1,
        device,
        insertion,
        result: Err(error.into()),
    };
    let (told, rest) = take(&mut core, ended(1, LinkError::Busy { holders: vec![] }));
    assert_eq!(told, ["name:a/0: unusable"]);
    assert!(matches!(&rest[..], [Effect::ReadCard { .. }]), "a busy reader is tried again");
    let (told, rest) = take(&mut core, ended(1, LinkError::CardMute));
    assert_eq!(told, ["name:a/0: unusable"]);
    assert!(rest.is_empty(), "a mute card must be turned round");
    let (told, rest) = take(&mut core, Input::Readers(Ok(vec![reader("A 00 00", true, 3)])));
    assert_eq!(told, ["name:a/0: card_out", "name:a/0: card_in"]);
    assert!(matches!(&rest[..], [Effect::ReadCard { insertion: 2, .. }]));
    // The card left in the middle: the look at the readers tells that, and the reading says nothing.
    let (told, rest) = take(&mut core, Input::Readers(Ok(vec![reader("A 00 00", false, 4)])));
    assert_eq!((told.len(), rest.len()), (1, 0));
    let (told, rest) = take(&mut core, ended(2, LinkError::CardRemoved));
    assert_eq!((told.len(), rest.len()), (0, 0));
}

#[test]
fn at_the_deadline_the_last_refusal_is_the_answer() {
    let mut core = core(&[]);
    take(&mut core, begin(1, Kinds::ALL));
    let refusal = || Trouble::new(&fault::CODE_LENGTH, "9 characters".to_owned());
    for _ in 0..2 {
        let news = News::Unusable(refusal());
        let (told, _) = take(&mut core, Input::Armed { call: 1, device: 0, news });
        assert_eq!(told.last().map(String::as_str), Some("scanner: unusable"), "every scan is told");
    }
    core.tick(Instant::now() + Duration::from_secs(3601));
    let Some(Effect::Answer { call: 1, result: Err(error) }) = core.next_effect() else {
        panic!("no answer")
    };
    assert_eq!((error.fault().number, error.detail().as_str()), (6201, "scanner: 9 characters"));
    assert!(core.next_tick().is_none(), "nobody waits any more");
}

#[test]
fn a_label_that_fits_two_readers_belongs_to_neither() {
    let mut core = core(&["Twin"]);
    let one = vec![reader("Twin X 00 00", false, 0)];
    assert_eq!(take(&mut core, Input::Readers(Ok(one.clone()))).0, ["label of Twin: device_came"]);
    let two = vec![reader("Twin X 00 00", false, 0), reader("Twin Y 01 00", false, 0)];
    let (told, _) = take(&mut core, Input::Readers(Ok(two)));
    assert_eq!(
        told,
        [
            "label of Twin: device_went",
            "label of Twin: failed",
            "name:twin-x/0: device_came",
            "name:twin-y/0: device_came"
        ]
    );
    let (told, _) = take(&mut core, Input::Readers(Ok(one)));
    assert_eq!(
        told,
        [
            "label of Twin: recovered",
            "name:twin-x/0: device_went",
            "name:twin-y/0: device_went",
            "label of Twin: device_came"
        ]
    );
}

#[test]
fn a_service_that_goes_takes_its_readers_and_cards_along_and_is_told_once() {
    let mut core = core(&[]);
    take(&mut core, Input::Readers(Ok(vec![reader("A 00 00", true, 1)])));
    let (told, _) = take(&mut core, Input::Readers(Err(LinkError::ServiceStopped)));
    assert_eq!(told, ["name:a/0: card_out", "name:a/0: device_went", "pcsc: failed"]);
    assert_eq!(take(&mut core, Input::Readers(Err(LinkError::ServiceStopped))).0, [""; 0]);
    let (told, _) = take(&mut core, Input::Readers(Ok(vec![reader("A 00 00", true, 0)])));
    assert_eq!(told, ["pcsc: recovered", "name:a/0: device_came", "name:a/0: card_in"]);
    let hangs = take(&mut core, Input::Readers(Err(LinkError::Hangs))).0;
    assert_eq!(hangs, ["pcsc: failed"], "a call that hangs says nothing about readers");
}

#[test]
fn a_look_at_the_ports_from_before_a_device_told_by_itself_does_not_count() {
    let mut core = core(&[]);
    let looked = Instant::now();
    let there = |looked, there| Input::Ports { looked, there: vec![(0, there)] };
    assert_eq!(take(&mut core, there(looked, true)).0, ["scanner: device_came"]);
    take(&mut core, begin(1, Kinds::ALL));
    let gone = || Waited::Gone(Trouble::new(&fault::PORT_GONE, String::new()));
    let news = News::Waited(gone());
    assert_eq!(take(&mut core, Input::Armed { call: 1, device: 0, news }).0, ["scanner: device_went"]);
    assert_eq!(take(&mut core, there(looked, true)).0, [""; 0]);
    std::thread::sleep(Duration::from_millis(1));
    assert_eq!(take(&mut core, there(Instant::now(), true)).0, ["scanner: device_came"]);
    let news = News::Waited(Waited::Failed(Trouble::new(&fault::PORT_BUSY, String::new())));
    assert_eq!(take(&mut core, Input::Armed { call: 1, device: 0, news }).0, ["scanner: failed"]);
    let news = News::Waited(Waited::Nothing);
    assert_eq!(take(&mut core, Input::Armed { call: 1, device: 0, news }).0, ["scanner: recovered"]);
}

#[test]
fn a_card_the_wrong_way_round_is_told_also_when_nobody_waits() {
    let mut core = core(&[]);
    let mut mute = reader("A 00 00", false, 1);
    mute.state = SlotState::Mute;
    let (told, _) = take(&mut core, Input::Readers(Ok(vec![mute])));
    assert_eq!(told, ["name:a/0: device_came", "name:a/0: card_in", "name:a/0: unusable"]);
}

#[test]
fn without_a_device_for_it_a_call_ends_at_once() {
    let mut core = Core::new(Vec::new(), None, Selection::default());
    let (_, rest) = take(&mut core, begin(1, Kinds::ALL));
    assert!(matches!(&rest[..], [Effect::Answer { result: Err(PresentError::NoDevice), .. }]));
}
