//! Whatever breaks in the middle: told by name and in time, never half a record, and the next read works.

use crate::bench::{Bench, Event, json, keys, person, with_keys};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use yika_driver::{
    CardService, LinkError, Selection,
    keys::{KeyService, KeyServiceError},
    social_card::{self, ReadError, ReadOptions, SocialSecurityCard},
};
use yika_protocol::card_keys::{KeyAnswer, KeyRequest};
use yika_sim::{Moment, Plan, Tear, Torn, VirtualCard};

/// Generous: far above every limit of the bench, far below "hangs".
const IN_TIME: Duration = Duration::from_secs(3);

fn read(service: &CardService) -> Result<SocialSecurityCard, LinkError> {
    social_card::read(service, &with_keys()).map_err(|error| match error {
        ReadError::Link(error) => error,
        other => panic!("{other}"),
    })
}

/// What an undisturbed read of this card gives, and how many APDUs it takes.
fn undisturbed(generation: u8, quirks: &[&str]) -> (serde_json::Value, u64) {
    let bench = Bench::spec(person(generation, quirks, "contact"));
    let card = read(&bench.service()).unwrap();
    (json(&card), bench.world().apdus)
}

const CARDS: [(u8, &[&str]); 5] =
    [(1, &[]), (2, &["t0"]), (2, &["no-sfi", "mf-first"]), (3, &[]), (3, &["t0", "rec-only"])];

#[test]
fn torn_out_at_any_moment_of_any_apdu() {
    for (generation, quirks) in CARDS {
        let (whole, apdus) = undisturbed(generation, quirks);
        for apdu in 1..=apdus {
            for moment in [Moment::Before, Moment::Executed, Moment::Cut(1), Moment::Cut(6), Moment::After] {
                for cut_is_answer in [false, true] {
                    let tear = Tear { apdu, moment };
                    let what =
                        format!("generation {generation} {quirks:?} {tear} as answer: {cut_is_answer}");
                    let card = VirtualCard::new(person(generation, quirks, "contact"));
                    let bench = Bench::with(Torn::new(card, Plan::At(vec![tear])));
                    bench.world().cut_is_answer = cut_is_answer;
                    let service = bench.service();
                    match read(&service) {
                        // All was read when it left: that is a card.
                        Ok(card) => {
                            assert_eq!(json(&card), whole, "{what}");
                            assert!(apdu == apdus && moment == Moment::After, "{what}");
                        }
                        Err(error) => assert_eq!(error, LinkError::CardRemoved, "{what}"),
                    }
                    bench.insert_again(0);
                    assert_eq!(json(&read(&service).unwrap()), whole, "{what}, inserted again");
                }
            }
        }
    }
}

#[test]
fn torn_out_by_seed_again_and_again_never_wedges() {
    for seed in 0..40 {
        let (whole, apdus) = undisturbed(3, &["t0"]);
        let card = VirtualCard::new(person(3, &["t0"], "contact"));
        let bench = Bench::with(Torn::new(card, Plan::Seeded { seed, within: apdus * 2 }));
        let service = bench.service();
        for _ in 0..10 {
            match read(&service) {
                Ok(card) => assert_eq!(json(&card), whole, "seed {seed}"),
                Err(error) => {
                    assert!(
                        matches!(error, LinkError::CardRemoved | LinkError::NoCard),
                        "seed {seed}: {error}"
                    );
                    bench.insert_again(0);
                }
            }
        }
        assert_eq!(service.hanging(), 0);
    }
}

#[test]
fn swapped_in_the_middle_the_cards_never_mix() {
    let (_, apdus) = undisturbed(2, &[]);
    for apdu in 1..=apdus {
        let bench = Bench::spec(person(2, &[], "contact"));
        let mut other = person(2, &[], "contact").with_name("顾青").unwrap();
        other.card_no = *b"B00000002";
        bench.world().spare = Some(Box::new(VirtualCard::new(other)));
        bench.at(apdu, Event::Swap);
        let card = json(&read(&bench.service()).unwrap());
        assert_eq!((&card["psn_name"], &card["card_no"]), (&"顾青".into(), &"B00000002".into()), "at {apdu}");
    }
}

#[test]
fn reset_by_other_software_is_read_again_from_select() {
    for (generation, quirks) in CARDS {
        let (whole, apdus) = undisturbed(generation, quirks);
        for apdu in 1..=apdus {
            let bench = Bench::spec(person(generation, quirks, "contact"));
            bench.at(apdu, Event::Reset);
            assert_eq!(json(&read(&bench.service()).unwrap()), whole, "reset at {apdu}");
            assert_eq!(bench.world().locks, 2);
        }
    }
}

#[test]
fn a_fight_over_the_card_is_given_up() {
    let bench = Bench::spec(person(2, &[], "contact"));
    for apdu in 1..=50 {
        bench.at(apdu, Event::Reset);
    }
    let service = bench.service();
    assert_eq!(read(&service).unwrap_err(), LinkError::CardReset);
    assert_eq!(bench.world().locks, 3);
    bench.world().script.clear();
    read(&service).unwrap();
}

#[test]
fn one_failed_exchange_is_mended_and_two_are_told() {
    let bench = Bench::spec(person(2, &[], "contact"));
    bench.at(4, Event::Garble);
    let service = bench.service();
    read(&service).unwrap();
    let next = bench.world().apdus + 1;
    bench.at(next, Event::Garble);
    bench.at(next + 1, Event::Garble);
    assert_eq!(read(&service).unwrap_err(), LinkError::Transmission);
    read(&service).unwrap();
}

#[test]
fn a_service_that_restarts_in_the_middle_is_waited_for() {
    let (whole, apdus) = undisturbed(3, &[]);
    for apdu in 1..=apdus {
        let bench = Bench::spec(person(3, &[], "contact"));
        bench.at(apdu, Event::ServiceRestarts(Duration::from_millis(80)));
        assert_eq!(json(&read(&bench.service()).unwrap()), whole, "restart at {apdu}");
    }
}

#[test]
fn a_service_that_stays_dead_is_named_and_read_again_when_it_is_back() {
    let bench = Bench::spec(person(2, &[], "contact"));
    bench.at(5, Event::ServiceDies);
    let service = bench.service();
    assert_eq!(read(&service).unwrap_err(), LinkError::ServiceStopped);
    // A program that starts now has never met the service.
    assert_eq!(read(&bench.service()).unwrap_err(), LinkError::NoService);
    bench.change(|world| world.dead_until = None);
    read(&service).unwrap();
}

#[test]
fn a_reader_that_is_unplugged_is_named_and_another_one_serves() {
    let (_, apdus) = undisturbed(2, &[]);
    for apdu in 1..=apdus {
        let bench = Bench::spec(person(2, &[], "contact"));
        bench.at(apdu, Event::ReaderLeaves);
        let service = bench.service();
        assert_eq!(read(&service).unwrap_err(), LinkError::ReaderGone, "at {apdu}");
        assert_eq!(read(&service).unwrap_err(), LinkError::NoReader);
        bench.plug("Spare Reader 01 00");
        bench.insert(1, VirtualCard::new(person(2, &[], "contact")));
        assert_eq!(read(&service).unwrap().reader, "Spare Reader 01 00");
    }
}

#[test]
fn a_driver_that_hangs_is_abandoned_in_time_and_the_next_read_works() {
    for (apdu, expected) in [(1, LinkError::CardMute), (2, LinkError::Hangs), (9, LinkError::Hangs)] {
        let bench = Bench::spec(person(2, &[], "contact"));
        bench.at(apdu, Event::Hang(Duration::from_millis(1500)));
        let service = bench.service();
        let start = Instant::now();
        assert_eq!(read(&service).unwrap_err(), expected);
        assert!(start.elapsed() < Duration::from_millis(1400), "told before the driver came back");
        assert_eq!(service.hanging(), 1);
        read(&service).unwrap();
        let sent = bench.world().apdus;
        wait_until(|| service.hanging() == 0);
        assert_eq!(bench.world().apdus, sent, "the abandoned call sends nothing more when it comes back");
    }
}

#[test]
fn hanging_calls_are_bounded() {
    let bench = Bench::spec(person(2, &[], "contact"));
    bench.world().slots[0].connect_takes = Duration::from_millis(2500);
    let service = bench.service();
    let mut last = None;
    for _ in 0..9 {
        last = Some(read(&service).unwrap_err());
    }
    assert_eq!(last, Some(LinkError::TooManyHanging));
    bench.world().slots[0].connect_takes = Duration::ZERO;
    wait_until(|| service.hanging() == 0);
    read(&service).unwrap();
}

#[test]
fn a_card_that_does_not_come_up_is_mute() {
    let bench = Bench::spec(person(2, &[], "contact"));
    bench.world().slots[0].connect_takes = Duration::from_secs(1);
    let start = Instant::now();
    assert_eq!(read(&bench.service()).unwrap_err(), LinkError::CardMute);
    assert!(start.elapsed() < Duration::from_millis(900));
}

#[test]
fn a_slow_card_is_not_a_mute_card() {
    let bench = Bench::spec(person(2, &[], "contact"));
    for apdu in 1..=20 {
        bench.at(apdu, Event::Hang(Duration::from_millis(30)));
    }
    read(&bench.service()).unwrap();
}

#[test]
fn a_busy_reader_is_tried_again_for_a_while() {
    let bench = Bench::spec(person(2, &[], "contact"));
    bench.world().slots[0].busy = 2;
    let service = bench.service();
    read(&service).unwrap();
    bench.world().slots[0].busy = u32::MAX;
    let start = Instant::now();
    assert!(matches!(read(&service), Err(LinkError::Busy { .. })));
    assert!(start.elapsed() < IN_TIME);
    // The other program takes a lock and keeps it: connecting works, locking blocks.
    bench.world().slots[0].busy = 0;
    bench.world().slots[0].lock_takes = Duration::from_millis(800);
    assert!(matches!(read(&service), Err(LinkError::Busy { .. })));
    bench.world().slots[0].lock_takes = Duration::ZERO;
    read(&service).unwrap();
    // With some services connecting blocks already.
    bench.world().slots[0].in_use = true;
    bench.world().slots[0].connect_takes = Duration::from_millis(800);
    assert!(matches!(read(&service), Err(LinkError::Busy { .. })));
    bench.world().slots[0].connect_takes = Duration::ZERO;
    read(&service).unwrap();
}

/// Answers after a while; the first call slower than the others.
struct Slow {
    calls: AtomicU32,
    first: Duration,
    later: Duration,
    bench: Bench,
}

impl KeyService for Slow {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        let first = self.calls.fetch_add(1, Ordering::SeqCst) == 0;
        thread::sleep(if first { self.first } else { self.later });
        if first {
            assert!(!self.bench.world().locked, "the card is not held while the service is slow");
        }
        keys().authenticate(request)
    }
}

fn read_slowly(first: u64, later: u64, deadline: u64) -> (SocialSecurityCard, Bench, u32) {
    let bench = Bench::spec(person(3, &[], "contact"));
    let slow = Arc::new(Slow {
        calls: AtomicU32::new(0),
        first: Duration::from_millis(first),
        later: Duration::from_millis(later),
        bench: bench.clone(),
    });
    let options = ReadOptions {
        keys: Some(Arc::clone(&slow) as Arc<dyn KeyService>),
        deadline: Duration::from_millis(deadline),
        ..ReadOptions::default()
    };
    let card = social_card::read(&bench.service(), &options).unwrap();
    let calls = slow.calls.load(Ordering::SeqCst);
    (card, bench, calls)
}

#[test]
fn a_slow_key_service_lets_the_card_go_and_new_challenges_are_used() {
    let (card, bench, calls) = read_slowly(600, 0, 5000);
    assert!(card.partial.is_none());
    assert_eq!((bench.world().locks, calls), (2, 2), "again from SELECT, with new challenges");
}

#[test]
fn a_key_service_that_stays_slow_leaves_what_needs_no_keys() {
    for (first, later, deadline) in [(600, 600, 5000), (3000, 3000, 1200)] {
        let start = Instant::now();
        let (card, _, _) = read_slowly(first, later, deadline);
        assert!(start.elapsed() < IN_TIME);
        assert_eq!(json(&card)["partial_reason"], "key_service_slow");
        assert_eq!(json(&card)["card_no"], "A12345678");
    }
}

#[test]
fn two_readers_are_read_at_the_same_time() {
    let bench = Bench::default();
    for (index, reader) in ["A 00 00", "B 01 00"].into_iter().enumerate() {
        bench.plug(reader);
        bench.insert(index, VirtualCard::new(person(2, &[], "contact")));
    }
    let service = bench.service();
    bench.world().slots[0].connect_takes = Duration::from_millis(1000);
    let hanging = service.clone();
    let slow = thread::spawn(move || {
        let options = ReadOptions { reader: Selection::named("A 00 00"), ..ReadOptions::default() };
        social_card::read(&hanging, &options)
    });
    let options = ReadOptions { reader: Selection::named("B 01 00"), ..ReadOptions::default() };
    for _ in 0..20 {
        social_card::read(&service, &options).unwrap();
    }
    assert_eq!(slow.join().unwrap().unwrap_err(), ReadError::Link(LinkError::CardMute));
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "never happened");
        thread::sleep(Duration::from_millis(10));
    }
}
