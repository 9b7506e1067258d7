//! The PIN: sent once, its cost remembered, the last try never by accident.

use crate::bench::{Bench, Event, person};
use std::sync::Arc;
use yika_driver::{
    LinkError,
    social_card::{Pin, PinCard, PinError, PinMemory, PinMemoryInRam, PinOptions, PinOutcome, verify_pin},
};
use yika_sim::{Moment, Plan, Tear, Torn, VirtualCard};

const RIGHT: &[u8] = b"123456";
const WRONG: &[u8] = b"654321";

struct Counter {
    bench: Bench,
    service: yika_driver::CardService,
    options: PinOptions,
}

impl Counter {
    fn new(bench: Bench) -> Self {
        let options = PinOptions::new(Arc::new(PinMemoryInRam::default()));
        Counter { service: bench.service(), bench, options }
    }

    fn card(generation: u8) -> Self {
        Counter::new(Bench::spec(person(generation, &[], "contact")))
    }

    fn try_pin(&self, digits: &[u8]) -> Result<PinOutcome, PinError> {
        verify_pin(&self.service, &self.options, &Pin::from_digits(digits).unwrap())
    }
}

fn wrong(left: u8) -> Result<PinOutcome, PinError> {
    Ok(PinOutcome::Wrong { tries_left: Some(left) })
}

#[test]
fn right_and_wrong_and_the_last_try() {
    for generation in 1..=3 {
        let mut counter = Counter::card(generation);
        assert_eq!(counter.try_pin(RIGHT), Ok(PinOutcome::Verified));
        assert_eq!(counter.try_pin(WRONG), wrong(2));
        assert_eq!(counter.try_pin(RIGHT), Ok(PinOutcome::Verified), "a right PIN restores the tries");
        assert_eq!(counter.try_pin(WRONG), wrong(2));
        assert_eq!(counter.try_pin(WRONG), wrong(1));
        let sent = counter.bench.world().verifies();
        let refused = counter.try_pin(RIGHT).unwrap_err();
        assert_eq!(refused.fault().code().to_string(), "Y-2042");
        assert_eq!(counter.bench.world().verifies(), sent, "the last try is not sent");
        counter.options.use_last_try = true;
        assert_eq!(counter.try_pin(WRONG), Ok(PinOutcome::Blocked));
        assert_eq!(counter.try_pin(RIGHT), Ok(PinOutcome::Blocked));
    }
}

#[test]
fn the_memory_knows_cards_apart_and_survives_the_service() {
    let counter = Counter::card(2);
    assert_eq!(counter.try_pin(WRONG), wrong(2));
    assert_eq!(counter.try_pin(WRONG), wrong(1));
    let mut other = person(2, &[], "contact");
    other.card_sn[15] ^= 1;
    counter.bench.insert(0, VirtualCard::new(other));
    assert_eq!(counter.try_pin(WRONG), wrong(2));
    let again = Counter { service: counter.bench.service(), ..counter };
    assert_eq!(again.try_pin(WRONG), wrong(1));
}

#[test]
fn a_lost_answer_counts_as_a_try_and_is_never_repeated() {
    let apdus = {
        let counter = Counter::card(2);
        counter.try_pin(RIGHT).unwrap();
        let world = counter.bench.world();
        assert_eq!(world.verifies(), 1);
        world.headers.iter().position(|header| header[1] == 0x20).unwrap() as u64 + 1
    };
    // First attempt: wrong, two left. Second: torn out after the card has counted. Third: refused.
    let tear = Tear { apdu: apdus * 2, moment: Moment::Executed };
    let card = VirtualCard::new(person(2, &[], "contact"));
    let counter = Counter::new(Bench::with(Torn::new(card, Plan::At(vec![tear]))));
    assert_eq!(counter.try_pin(WRONG), wrong(2));
    let lost = counter.try_pin(WRONG).unwrap_err();
    assert_eq!(lost, PinError::Link { error: LinkError::CardRemoved, pin_was_sent: true });
    counter.bench.insert_again(0);
    assert_eq!(counter.try_pin(RIGHT).unwrap_err().fault().code().to_string(), "Y-2042");
    assert_eq!(counter.bench.world().verifies(), 2);
}

#[test]
fn trouble_before_the_pin_is_mended_and_trouble_at_the_pin_is_not_repeated() {
    let counter = Counter::card(2);
    counter.bench.at(3, Event::Reset);
    assert_eq!(counter.try_pin(RIGHT), Ok(PinOutcome::Verified));
    for event in [Event::Reset, Event::Garble] {
        let counter = Counter::card(2);
        counter.try_pin(RIGHT).unwrap();
        let at = counter.bench.world().apdus;
        counter.bench.at(at * 2, event);
        let error = counter.try_pin(RIGHT).unwrap_err();
        assert!(matches!(error, PinError::Link { pin_was_sent: true, .. }), "{event:?}: {error}");
        assert_eq!(counter.bench.world().verifies(), 2);
    }
}

#[test]
fn no_other_program_finds_the_pin_verified() {
    let counter = Counter::card(2);
    counter.try_pin(RIGHT).unwrap();
    // A verified PIN would leave the security state; the card was reset instead, which needs a new SELECT.
    let mut world = counter.bench.world();
    let card = world.slots[0].card.as_mut().unwrap();
    let read = card.transmit(&[0x00, 0xB2, 0x07, 0x04, 0x0B]);
    assert_ne!(read.status(), Some(0x9000), "nothing is selected any more");
}

/// A full disk.
struct NoRoom;

impl PinMemory for NoRoom {
    fn tries_left(&self, _: &PinCard) -> Option<u8> {
        Some(3)
    }
    fn remember(&self, _: &PinCard, _: Option<u8>) -> Result<(), String> {
        Err("no space left".into())
    }
}

#[test]
fn a_pin_whose_cost_cannot_be_kept_is_not_sent() {
    let mut counter = Counter::card(2);
    counter.options.memory = Arc::new(NoRoom);
    assert_eq!(counter.try_pin(RIGHT), Err(PinError::Memory("no space left".into())));
    assert_eq!(counter.bench.world().verifies(), 0);
}
