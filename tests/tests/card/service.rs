//! The PC/SC service stops, crashes and comes back while a program uses it.

use std::time::{Duration, Instant};

use yika_driver::social_card::ReadError;
use yika_driver::{CardService, LinkError};
use yika_sim::vpcd::{Options, connect_with};

use crate::bench::{Bench, PATIENCE, Person};

/// A card that stays in its reader while the service goes and comes.
fn staying() -> Options {
    Options { reconnect: Some(Duration::from_millis(20)), ..Options::default() }
}

#[test]
fn a_program_reads_before_and_after_a_restart_of_the_service_and_says_so_in_between() {
    let mut bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(2, &[]);
    let reader = bench.pcscd.reader(0, 0);
    let _card = connect_with(bench.pcscd.address(0, 0), person.card(), staying()).expect("a free slot");
    bench.wait_for(&reader, "a card", |reader| reader.state.has_card());
    assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)));

    for crash in [false, true] {
        if crash {
            bench.pcscd.crash()
        } else {
            bench.pcscd.halt()
        }
        let outcome = bench.read(&reader);
        assert!(
            matches!(outcome, Err(ReadError::Link(LinkError::NoService | LinkError::ServiceStopped))),
            "crash {crash}: {outcome:?}"
        );
        bench.pcscd.resume();
        bench.wait_for(&reader, "the card again", |reader| reader.state.has_card());
        assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)), "crash {crash}: the next read");
    }
}

#[test]
fn a_service_that_dies_in_the_middle_of_a_read_does_not_take_the_program_along() {
    let mut bench = Bench::new(&["Virtual PCD"]);
    // Slow enough that the service surely dies between two commands.
    let person = Person::new(2, &["slow=40"]);
    let reader = bench.pcscd.reader(0, 0);
    let card = connect_with(bench.pcscd.address(0, 0), person.card(), staying()).expect("a free slot");
    bench.wait_for(&reader, "a card", |reader| reader.state.has_card());
    let watch = card.watch();
    let before = watch.apdus();
    let (service, name) = (bench.service.clone(), reader.clone());
    let reading = std::thread::spawn(move || {
        let options = yika_driver::social_card::ReadOptions {
            reader: yika_driver::reader::Selection::named(name),
            deadline: PATIENCE,
            ..Default::default()
        };
        yika_driver::social_card::read(&service, &options)
    });
    let started = Instant::now();
    while watch.apdus() < before + 3 {
        assert!(started.elapsed() < PATIENCE, "the read never began");
        std::thread::sleep(Duration::from_millis(2));
    }
    bench.pcscd.crash();
    let outcome = reading.join().expect("the program lives");
    // The driver may have waited for the service to come back; it did not within the driver's own patience.
    let told = matches!(outcome, Err(ReadError::Link(LinkError::NoService | LinkError::ServiceStopped)));
    assert!(told, "{outcome:?}");
    bench.pcscd.resume();
    bench.wait_for(&reader, "the card again", |reader| reader.state.has_card());
    assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)));
}

#[test]
fn without_a_service_every_question_has_the_same_clear_answer() {
    let mut bench = Bench::new(&["Virtual PCD"]);
    bench.pcscd.halt();
    let fresh = CardService::pcsc();
    assert_eq!(fresh.readers().map(|_| ()), Err(LinkError::NoService));
    assert!(matches!(bench.read("Virtual PCD"), Err(ReadError::Link(LinkError::NoService))));
    bench.pcscd.resume();
    assert_eq!(fresh.readers().map(|readers| readers.len()), Ok(2), "the same program sees it come");
}
