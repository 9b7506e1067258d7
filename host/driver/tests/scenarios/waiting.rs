//! Waiting for a card or a reader.

use crate::bench::{Bench, person};
use std::{
    thread,
    time::{Duration, Instant},
};
use yika_driver::{
    Cancel, LinkError, Selection,
    doctor::{self, Level, Part},
    social_card::{self, ReadOptions},
};
use yika_sim::VirtualCard;

fn card() -> VirtualCard {
    VirtualCard::new(person(2, &[], "contact"))
}

#[test]
fn a_card_that_comes_later_is_seen_at_once() {
    let bench = Bench::default();
    bench.plug("A 00 00");
    let service = bench.service();
    let later = bench.clone();
    let insert = thread::spawn(move || {
        thread::sleep(Duration::from_millis(120));
        later.insert(0, card());
    });
    let start = Instant::now();
    let options = ReadOptions { wait: Some(Duration::from_secs(20)), ..ReadOptions::default() };
    social_card::read(&service, &options).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
    insert.join().unwrap();
}

#[test]
fn a_reader_or_a_service_that_comes_later_is_waited_for_too() {
    let bench = Bench::default();
    bench.change(|world| world.dead_until = Some(Instant::now() + Duration::from_millis(150)));
    let service = bench.service();
    let later = bench.clone();
    let plug = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        later.plug("A 00 00");
        later.insert(0, card());
    });
    let reader = service.wait_for_card(&Selection::default(), Duration::from_secs(20), &Cancel::default());
    assert_eq!(reader.unwrap().name.display(), "A 00 00");
    plug.join().unwrap();
}

#[test]
fn a_wait_ends_by_time_with_what_is_missing() {
    let bench = Bench::default();
    let service = bench.service();
    let wait = |selection: &Selection| {
        service.wait_for_card(selection, Duration::from_millis(60), &Cancel::default()).unwrap_err()
    };
    assert_eq!(wait(&Selection::default()), LinkError::NoReader);
    bench.plug("A 00 00");
    assert_eq!(wait(&Selection::default()), LinkError::NoCard);
    assert!(matches!(wait(&Selection::named("B")), LinkError::NotFound { .. }));
}

#[test]
fn a_wait_can_be_cancelled() {
    let bench = Bench::default();
    bench.plug("A 00 00");
    let service = bench.service();
    let cancel = Cancel::default();
    let other = cancel.clone();
    let start = Instant::now();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        other.cancel();
    });
    let error = service.wait_for_card(&Selection::default(), Duration::from_secs(60), &cancel).unwrap_err();
    assert_eq!(error, LinkError::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(10));
    thread.join().unwrap();
}

#[test]
fn the_doctor_names_the_part_that_is_wrong() {
    let bench = Bench::default();
    let service = bench.service();
    let worst = || {
        let findings = doctor::examine(&service, &Selection::default());
        let worst = findings.into_iter().filter(|f| f.part != Part::Session).max_by_key(|f| f.level).unwrap();
        (worst.part, worst.level, worst.fault.map(|fault| fault.code().to_string()))
    };
    bench.change(|world| world.dead_until = Some(Instant::now() + Duration::from_secs(3600)));
    assert_eq!(worst(), (Part::Service, Level::Bad, Some("Y-1001".into())));
    bench.change(|world| world.dead_until = None);
    assert_eq!(worst(), (Part::Reader, Level::Bad, Some("Y-1004".into())));
    bench.plug("A 00 00");
    assert_eq!(worst(), (Part::Card, Level::Warn, Some("Y-1008".into())));
    bench.insert(0, VirtualCard::new(person(2, &["no-ssse"], "contact")));
    assert_eq!(worst(), (Part::Card, Level::Bad, Some("Y-2001".into())));
    bench.insert(0, card());
    let findings = doctor::examine(&service, &Selection::default());
    let card = findings.iter().find(|finding| finding.part == Part::Card).unwrap();
    assert_eq!(
        (card.level, card.detail.zh.as_str(), card.detail.en.as_str()),
        (
            Level::Ok,
            "社会保障卡 2.00，接触，地区 990100",
            "social security card 2.00, contact, region 990100"
        )
    );
    bench.plug("B 01 00");
    bench.change(|world| world.slots[1].failed = Some(LinkError::Transmission));
    assert_eq!(worst(), (Part::Reader, Level::Warn, Some("Y-1015".into())));
}
