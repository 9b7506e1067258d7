//! Cards, readers, the card service, identity cards, scans and serial ports come and go in an order that a seed chooses.
//!
//! Whatever happens: no session stays stuck, no credential is another person's or made of two, none is given to a call for which
//! it was not presented, and every event is told once. `YIKA_SEED=n` runs one seed, `YIKA_SEEDS=n` the first n.

mod bus;
mod counter;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use yika_driver::terminal::{Kind, Kinds, PresentError, What};
use yika_tests::random::{Random, seeds};

use crate::bus::Bus;
use crate::counter::{Counter, PATIENCE, Person};

/// Most of a seed's time is waiting, so many run side by side.
const SIDE_BY_SIDE: usize = 8;

fn every_seed(few: u64, run: impl Fn(u64) + Sync) {
    let seeds = Mutex::new(seeds(few));
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(seed) = seeds.lock().ok().and_then(|mut seeds| seeds.next()) {
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(seed)));
                    if outcome.is_err() {
                        eprintln!("failed with YIKA_SEED={seed}");
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(failed.load(Ordering::Relaxed), 0, "seeds failed; each is named above");
}

#[test]
fn whatever_is_pulled_and_plugged_no_session_sticks_and_no_credential_is_wrong() {
    every_seed(24, |seed| {
        let mut random = Random::new(seed);
        let mut counter = Counter::new(&mut random);
        let mut steps = Vec::new();
        for _ in 0..10 + random.below(15) {
            steps.push(counter.step(&mut random));
            if random.once_in(2) {
                std::thread::sleep(Duration::from_micros(random.below(12_000) as u64));
            }
            counter.check();
        }
        let story = steps.join(", ");
        counter.settle();
        for kind in [Kind::Card, Kind::IdCard, Kind::Voucher] {
            counter.serve(kind, &story);
        }
        counter.close(&story);
    });
}

#[test]
fn no_card_movement_is_lost_or_told_twice_however_fast() {
    every_seed(20, |seed| {
        let mut random = Random::new(seed ^ 0xCA4D);
        let bus = Bus::new();
        let terminal = counter::terminal(&bus, Vec::new());
        let people = Person::all();
        // The first look, so that later movements are movements.
        while terminal.devices().iter().filter(|device| device.card == Some(false)).count() < 2 {
            std::thread::sleep(Duration::from_micros(300));
        }
        let (_, mut events) = terminal.events();
        let mut insertions = [0_usize; 2];
        for _ in 0..40 {
            let reader = random.below(2);
            let there = bus.world().readers[reader].card.is_some();
            if there {
                bus.remove(reader);
            } else {
                bus.insert(reader, random.pick(&people).card());
                insertions[reader] += 1;
            }
            if random.once_in(3) {
                std::thread::sleep(Duration::from_micros(random.below(3_000) as u64));
            }
        }
        (0..2).for_each(|reader| bus.remove(reader));
        let (mut ins, mut outs) = (0, 0);
        let all = insertions.iter().sum::<usize>();
        while ins < all || outs < all {
            let event =
                counter::next(&mut events).unwrap_or_else(|| panic!("{ins} in and {outs} out of {all}"));
            match event.what {
                What::CardIn { .. } => ins += 1,
                What::CardOut { .. } => outs += 1,
                What::Unusable { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        std::thread::sleep(Duration::from_millis(30));
        assert!(events.try_next().is_none(), "nothing more happened");
    });
}

#[test]
fn a_call_ends_by_time_by_a_second_call_or_for_want_of_a_device_and_says_which() {
    let bus = Bus::new();
    let terminal = counter::terminal(&bus, Vec::new());
    let nothing = terminal.next_credential(Kinds::ALL, Duration::from_millis(40)).wait();
    assert_eq!(nothing, Err(PresentError::Nothing { last: None }));
    assert_eq!(nothing.map_err(|error| error.fault().number).err(), Some(6402));

    let first = terminal.next_credential(Kinds::ALL, PATIENCE);
    let second = terminal.next_credential(Kinds::ALL, PATIENCE).wait();
    assert_eq!(second, Err(PresentError::InUse));
    drop(first);
    let vouchers = terminal.next_credential(Kinds::only(Kind::Voucher), PATIENCE).wait();
    assert_eq!(vouchers, Err(PresentError::NoDevice), "and the dropped call is over");
    let waiting = terminal.next_credential(Kinds::ALL, PATIENCE);
    drop(terminal);
    assert_eq!(waiting.wait(), Err(PresentError::Stopped));
}

#[test]
fn a_card_that_cannot_be_used_is_told_at_once_and_the_next_one_is_taken() {
    let bus = Bus::new();
    let terminal = counter::terminal(&bus, Vec::new());
    let (_, mut events) = terminal.events();
    let call = terminal.next_credential(Kinds::ALL, PATIENCE);
    // No social security card: it refuses every application.
    bus.insert(0, Box::new(counter::Stranger));
    let told = counter::wait_for(&mut events, |what| matches!(what, What::Unusable { .. }), 1);
    let What::Unusable { error } = &told[0].what else { panic!("{told:?}") };
    assert_eq!(error.fault.number / 1000, 2, "the card's own fault: {error:?}");
    bus.remove(0);
    let person = &Person::all()[1];
    bus.insert(0, person.card());
    let presented = call.wait().expect("the second card");
    person.is(&presented.credential);
}

#[test]
fn a_label_follows_its_device_through_replugging_and_another_number() {
    let bus = Bus::new();
    let port = bus.add_port(0x0001, false, None);
    let devices = vec![counter::scanner(&bus, port, "the scanner")];
    let terminal = counter::terminal(&bus, devices);
    let (_, mut events) = terminal.events();
    for _ in 0..3 {
        let scan = counter::keep_scanning(&terminal, &bus, port);
        assert_eq!(&*scan.device, "the scanner");
        bus.plug_port(port, false);
        counter::wait_for(&mut events, |what| matches!(what, What::DeviceWent { .. }), 1);
        bus.plug_port(port, true);
        let came = counter::wait_for(&mut events, |what| matches!(what, What::DeviceCame { .. }), 1);
        assert_eq!(&*came[0].device, "the scanner");
    }
}

#[test]
fn devices_on_one_port_have_their_turns() {
    let bus = Bus::new();
    let port = bus.add_port(0x0002, true, None);
    let devices = vec![counter::scanner(&bus, port, "codes"), counter::id_reader(&bus, port, "documents")];
    let terminal = counter::terminal(&bus, devices);
    for round in 0..3 {
        let scan = counter::keep_scanning(&terminal, &bus, port);
        assert_eq!(&*scan.device, "codes", "round {round}");
        let person = &Person::all()[round];
        let call = terminal.next_credential(Kinds::ALL, PATIENCE);
        bus.lay(port, person.document());
        let document = call.wait().expect("a document");
        assert_eq!(&*document.device, "documents");
        person.is(&document.credential);
        bus.lift(port);
    }
}
