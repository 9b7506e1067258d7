//! Power goes at every operation of the store, in every way, in every scenario; afterwards both books are equal.
//!
//! The model is pure and small: a centre that follows the rules of ids, and a cashier who remembers what the device
//! said. What must hold is in `world::device::assert_books_equal`.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "power_cut/crash_table.rs"]
mod crash_table;
#[path = "power_cut/rot.rs"]
mod rot;
#[path = "power_cut/scenarios.rs"]
mod scenarios;
#[path = "power_cut/set_up.rs"]
mod set_up;
mod world;

use scenarios::{SCENARIOS, Scenario, World};
use world::{
    device::{Device, assert_books_equal},
    media::Tear,
    random::long,
};
use yika_firmware::hal::Start;

/// Every operation, every tear, both kinds of start; then the line works again.
#[test]
fn a_cut_at_every_operation_leaves_both_books_equal() {
    for scenario in SCENARIOS {
        let world = World::new(scenario);
        let operations = world.operations();
        assert!(operations > 4, "{} writes something", scenario.name);
        for at in 0..operations {
            for tear in Tear::ALL {
                let (device, centre) = world.cut(at, tear);
                assert!(!device.alive(), "{}: the cut came", scenario.name);
                let after = device.media.snapshot();
                for start in [Start::PowerOn, Start::Reset] {
                    let what = format!("{} cut at {at} of {operations}, {tear:?}, {start:?}", scenario.name);
                    let mut device = device.again(&after);
                    device.boot(start);
                    finish(&mut device, &mut centre.clone(), &what);
                }
            }
        }
    }
}

/// The recovery is cut as well, at each of its operations.
#[test]
fn a_cut_during_the_recovery_changes_nothing() {
    const TEARS: [Tear; 4] = [Tear::Nothing, Tear::Prefix(40), Tear::Garbled, Tear::Whole];
    // The short run plays one in so many.
    let every = if long() { 1 } else { 17 };
    let mut played = 0_u32;
    for scenario in SCENARIOS {
        let world = World::new(scenario);
        for at in 0..world.operations() {
            for first in TEARS {
                let (device, centre) = world.cut(at, first);
                let after = device.media.snapshot();
                for second in TEARS {
                    for again in 0.. {
                        played += 1;
                        if !played.is_multiple_of(every) && again < 12 {
                            continue;
                        }
                        let mut device = device.again(&after);
                        device.media.cut_in(again, second);
                        device.try_boot(Start::PowerOn);
                        if device.media.is_powered() {
                            break; // The recovery was shorter than that.
                        }
                        let what = format!(
                            "{} cut at {at} {first:?}, recovery cut at {again} {second:?}",
                            scenario.name
                        );
                        let mut centre = centre.clone();
                        device.boot(Start::PowerOn);
                        finish(&mut device, &mut centre, &what);
                    }
                }
            }
        }
    }
}

/// A device that resets itself goes on with the identical bytes, but only once: after that it is reversed.
#[test]
fn a_second_reset_during_one_purchase_reverses_it() {
    let terminal = world::centre::enrolled(1);
    let mut device = Device::start(world::device::fresh(&terminal.identity));
    let mut centre = terminal.centre;
    let counter = device.sell("A", 900).unwrap().unwrap();
    let first = device.outbox();
    device.boot(Start::Reset);
    assert_eq!(device.recovery().resumed.map(|counter| counter.get()), Some(counter));
    assert_eq!(device.outbox(), first, "identical bytes");
    device.boot(Start::Reset);
    let recovery = device.recovery();
    assert_eq!((recovery.resumed, recovery.reversing.map(|counter| counter.get())), (None, Some(counter)));
    device.settle_down(&mut centre);
    assert_eq!(centre.holds(counter), "never happened");
    assert_books_equal(&mut device, &centre, "reset twice");
}

/// Power goes between two operations: nothing is torn, but nothing more happens either.
#[test]
fn a_cut_while_waiting_for_the_centre_leaves_both_books_equal() {
    for scenario in SCENARIOS {
        for step in 0..12 {
            let world = World::new(scenario);
            let (mut device, mut centre) = world.stop_after(step);
            device.boot(Start::PowerOn);
            finish(&mut device, &mut centre, &format!("{} stopped after step {step}", scenario.name));
        }
    }
}

/// The line is perfect from now on; what is open closes, the books are equal, and the device still sells.
fn finish(device: &mut Device, centre: &mut world::centre::Centre, what: &str) {
    assert!(device.alive(), "{what}: the store opens");
    device.settle_down(centre);
    assert_books_equal(device, centre, what);
    // Not every time: it takes as long as all the rest.
    if !what.len().is_multiple_of(3) {
        return;
    }
    let counter =
        device.sell("AFTER", 2_100).unwrap().unwrap_or_else(|decline| panic!("{what}: {decline:?}"));
    device.settle_down(centre);
    assert!(centre.counts(counter), "{what}: the next swipe settles");
    assert_books_equal(device, centre, what);
}

#[test]
fn a_scenario_without_a_cut_ends_as_it_says() {
    for Scenario { name, settled, .. } in SCENARIOS {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == *name).unwrap();
        let world = World::new(scenario);
        let (mut device, mut centre) = world.whole();
        device.settle_down(&mut centre);
        assert_books_equal(&mut device, &centre, name);
        let counting = centre.counters().filter(|counter| centre.counts(*counter)).count();
        assert_eq!(counting, *settled, "{name}");
    }
}
