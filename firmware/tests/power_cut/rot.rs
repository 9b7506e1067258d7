//! Blocks rot. One never matters; both twins of a record are noticed, always.

use yika_firmware::{
    hal::{Millis, Start},
    store::StoreError,
    swipes::{Decline, Event, Resolution, Standing, Swipes},
};
use yika_protocol::swipe::StatusAnswer;

use crate::{
    finish,
    scenarios::{SCENARIOS, World},
    world::{
        centre::{Centre, enrolled},
        device::{Device, RING, assert_books_equal, fresh},
        media::Tear,
    },
};

// Where the twins lie: the layout of the module documentation of `store`, not the code's.
const HALF: u32 = 5 + RING as u32;

fn entry_of(counter: u64) -> u32 {
    5 + (counter % RING) as u32
}

#[test]
fn any_one_block_may_rot_at_any_cut() {
    for scenario in SCENARIOS {
        let world = World::new(scenario);
        let operations = world.operations();
        for at in 0..=operations {
            // Between two operations of a whole run; a cut inside one is another test.
            let (device, centre) = world.cut(at, Tear::Nothing);
            let blocks = device.media.snapshot();
            let every: u32 = if crate::long() { 1 } else { 11 };
            for index in (0..blocks.len() as u32).filter(|index| (index + at as u32).is_multiple_of(every)) {
                // A twin that was being written is old or new; rot of the other is then a second fault at once.
                if at < operations && behind(&device, index) {
                    continue;
                }
                let mut device = device.again(&blocks);
                device.media.rot(index, at);
                device.boot(Start::PowerOn);
                let mut centre = centre.clone();
                finish(
                    &mut device,
                    &mut centre,
                    &format!("{} cut at {at}, block {index} rotten", scenario.name),
                );
            }
        }
    }
}

/// What rotted since the start is not repaired yet; a cut in the middle of a write must still leave one good twin.
#[test]
fn a_block_that_rotted_while_running_does_not_meet_a_torn_one() {
    for scenario in SCENARIOS {
        let world = World::new(scenario);
        let blocks = world.blocks();
        let every: u64 = if crate::long() { 1 } else { 13 };
        for at in 0..world.operations() {
            // The twins of everything but the keys, which nothing here writes.
            for index in (0..2 * HALF).filter(|index| ![1, 2, HALF + 1, HALF + 2].contains(index)) {
                if !(at + u64::from(index)).is_multiple_of(every) {
                    continue;
                }
                let (mut device, mut centre) =
                    world.cut_after(at, Tear::Prefix(40), |device| device.media.rot(index, at));
                assert_eq!(blocks, device.media.snapshot().len() as u32);
                device.boot(Start::PowerOn);
                finish(
                    &mut device,
                    &mut centre,
                    &format!("{} cut at {at}, {index} rotten before", scenario.name),
                );
            }
        }
    }
}

/// After a start both twins are equal again, so the next rot costs nothing either.
#[test]
fn a_start_makes_every_record_whole_again() {
    let every: u64 = if crate::long() { 1 } else { 13 };
    for scenario in SCENARIOS {
        let world = World::new(scenario);
        for at in 0..world.operations() {
            let (mut device, centre) = world.cut(at, Tear::Garbled);
            device.boot(Start::PowerOn);
            let blocks = device.media.snapshot();
            for index in (0..2 * HALF).filter(|index| (at + u64::from(*index)).is_multiple_of(every)) {
                let mut device = device.again(&blocks);
                device.media.rot(index, at);
                device.boot(Start::PowerOn);
                finish(
                    &mut device,
                    &mut centre.clone(),
                    &format!("{} cut at {at}, then {index} rotten", scenario.name),
                );
            }
        }
    }
}

// Whether the block is the twin of the one that power was lost on.
fn behind(device: &Device, index: u32) -> bool {
    let Some(last) = device.media.last() else { return false };
    index == last || index + HALF == last || last + HALF == index
}

#[test]
fn every_bit_of_a_settled_entry_is_guarded() {
    let (device, centre) = World::new(&SCENARIOS[0]).whole();
    let blocks = device.media.snapshot();
    for bit in (0..512 * 8).step_by(7) {
        let mut device = device.again(&blocks);
        device.media.flip(entry_of(1), bit);
        device.boot(Start::PowerOn);
        assert_eq!(device.recovery().repaired, 1, "bit {bit}");
        finish(&mut device, &mut centre.clone(), &format!("bit {bit}"));
    }
}

#[test]
fn both_twins_gone_is_a_lost_record_and_stops_swipes() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    for order in 0..RING + 4 {
        device.sell(&format!("O{order}"), 900).unwrap().unwrap();
        device.settle_down(&mut centre);
    }
    let blocks = device.media.snapshot();
    let last = RING + 4;
    for counter in last - RING + 1..=last {
        let mut device = device.again(&blocks);
        device.media.rot(entry_of(counter), 1);
        device.media.rot(entry_of(counter) + HALF, 2);
        device.boot(Start::PowerOn);
        let lost: Vec<u64> =
            device.swipes.as_ref().unwrap().lost().iter().map(|counter| counter.get()).collect();
        // Of a place beyond the newest that can be read nobody knows whether it was used, so it counts as used. The
        // oldest entry shares its place with the next counter, which is the one told, and is in the sums already.
        let told = if counter == last - RING + 1 { last + 1 } else { counter };
        assert_eq!(lost, [told], "{counter}");
        assert_eq!(device.sell("X", 100), Some(Err(Decline::RecordLost)));
        let centre = &mut centre.clone();
        let which = Centre::counter_of(told);
        if told > last {
            device.with(|swipes, now| swipes.ask_lost(which, now)).unwrap().unwrap();
            device.settle_down(centre);
            let keep = device.with(|swipes, now| swipes.resolve_lost(which, Resolution::Keep, now));
            assert_eq!(keep, Some(Err(Decline::RecordLost)), "the centre never saw it");
            device.with(|swipes, now| swipes.resolve_lost(which, Resolution::Reverse, now)).unwrap().unwrap();
        } else {
            device.with(|swipes, now| swipes.ask_lost(which, now)).unwrap().unwrap();
            device.settle_down(centre);
            device.with(|swipes, now| swipes.resolve_lost(which, Resolution::Keep, now)).unwrap().unwrap();
            assert_eq!(device.standing(told), Some(Standing::Settled));
        }
        device.settle_down(centre);
        assert_books_equal(&mut device, centre, &format!("{counter} lost and looked into"));
        device.boot(Start::PowerOn);
        assert_books_equal(&mut device, centre, &format!("{counter} lost, after another start"));
    }
}

/// A place that no counter can have reached held nothing; it is only made whole again.
#[test]
fn a_place_that_was_never_used_may_rot_altogether() {
    let terminal = enrolled(1);
    let blocks = fresh(&terminal.identity);
    for counter in 1..=RING {
        let mut device = Device::start(blocks.clone()).again(&blocks);
        device.media.rot(entry_of(counter), 1);
        device.media.rot(entry_of(counter) + HALF, 2);
        device.boot(Start::PowerOn);
        // The very next counter may have been taken; every other not.
        let lost = device.swipes.as_ref().unwrap().lost();
        assert_eq!(lost.len(), usize::from(counter == 1), "{counter}");
        if counter > 1 {
            let mut centre = terminal.centre.clone();
            for order in 0..RING + 2 {
                device.sell(&format!("O{order}"), 900).unwrap().unwrap();
                device.settle_down(&mut centre);
            }
            assert_books_equal(&mut device, &centre, &format!("unused place of {counter}"));
        }
    }
}

/// A write that went to the wrong block is not a record of that block, though its checksum fits.
#[test]
fn a_block_at_the_wrong_place_is_not_a_record() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    for order in 0..3 {
        device.sell(&format!("O{order}"), 900).unwrap().unwrap();
        device.settle_down(&mut centre);
    }
    let mut blocks = device.media.snapshot();
    for half in [0, HALF] {
        blocks[(entry_of(2) + half) as usize] = blocks[(entry_of(3) + half) as usize];
    }
    let mut device = device.again(&blocks);
    device.boot(Start::PowerOn);
    assert_eq!(device.swipes.as_ref().unwrap().lost(), [Centre::counter_of(2)]);
}

#[test]
fn a_lost_open_swipe_is_reversed_on_the_operators_word() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 900).unwrap().unwrap();
    for datagram in device.outbox() {
        centre.answer(&datagram); // Settled there; the answer is lost, and power with it.
    }
    let mut device = device.again(&device.media.snapshot());
    device.media.rot(entry_of(1), 1);
    device.media.rot(entry_of(1) + HALF, 2);
    device.boot(Start::PowerOn);
    let which = Centre::counter_of(1);
    assert_eq!(device.swipes.as_ref().unwrap().lost(), [which]);
    let reverse =
        |device: &mut Device| device.with(|swipes, now| swipes.resolve_lost(which, Resolution::Reverse, now));
    assert_eq!(reverse(&mut device), Some(Err(Decline::RecordLost)), "ask first");
    device.with(|swipes, now| swipes.ask_lost(which, now)).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert!(matches!(device.events.last(), Some(Event::Lost { answer: StatusAnswer::Answered(_), .. })));
    reverse(&mut device).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_eq!(centre.holds(1), "undone");
    assert_books_equal(&mut device, &centre, "lost while open");
}

#[test]
fn lost_keys_lost_totals_and_a_lost_superblock_are_said() {
    let terminal = enrolled(1);
    let (device, centre) = World::new(&SCENARIOS[0]).whole();
    let blocks = device.media.snapshot();
    let rotten = |cells: &[u32]| {
        let device = device.again(&blocks);
        for cell in cells {
            device.media.rot(*cell, 1);
            device.media.rot(*cell + HALF, 2);
        }
        device
    };
    let failed = Swipes::open(rotten(&[0]).media, Start::PowerOn, Millis(0)).unwrap_err();
    assert_eq!(failed.error, StoreError::Lost);

    for part in [1, 2] {
        let mut device = rotten(&[part]);
        device.boot(Start::PowerOn);
        assert!(device.recovery().identity_lost);
        assert_eq!(device.sell("X", 100), Some(Err(Decline::NotEnrolled)));
        assert!(device.swipes.as_ref().unwrap().identity().is_none());
    }

    let mut device = rotten(&[4]);
    device.boot(Start::PowerOn);
    assert!(device.recovery().totals_lost);
    device.boot(Start::PowerOn);
    assert!(device.recovery().totals_lost, "it stays known");
    finish(&mut device, &mut centre.clone(), "totals lost, nothing had left the ring");

    let mut device = rotten(&[3]);
    device.boot(Start::PowerOn);
    assert!(device.with(|swipes, _| swipes.settings::<8>()).unwrap().is_none());
    finish(&mut device, &mut centre.clone(), "settings lost");
    drop(terminal);
}

#[test]
fn a_rotten_answer_costs_the_evidence_and_nothing_else() {
    let (device, _) = World::new(&SCENARIOS[0]).whole();
    let blocks = device.media.snapshot();
    let mut whole = device.again(&blocks);
    whole.boot(Start::PowerOn);
    let before = whole.with(|swipes, _| swipes.last_settled()).unwrap().unwrap();
    assert_eq!(before.settled.slip_name, b"\xD5\xC5**");
    let mut rotten = device.again(&blocks);
    rotten.media.rot(2 * HALF + 3, 1);
    rotten.boot(Start::PowerOn);
    let after = rotten.with(|swipes, _| swipes.last_settled()).unwrap().unwrap();
    assert_eq!(after.evidence, None);
    assert!(after.settled.slip_name.is_empty());
    assert_eq!(
        (after.settled.setl_id.clone(), after.settled.acct_pay),
        (before.settled.setl_id.clone(), before.settled.acct_pay)
    );
}

#[test]
fn a_block_that_takes_no_writes_is_lived_with_and_two_stop_the_device() {
    let terminal = enrolled(1);
    let mut centre = terminal.centre.clone();
    let mut device = Device::start(fresh(&terminal.identity));
    device.media.wear_out(entry_of(1));
    device.sell("A", 900).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "one bad block");
    assert!(device.swipes.as_ref().unwrap().wear().degraded > 0);

    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 900).unwrap().unwrap();
    let sent = device.outbox();
    device.media.wear_out(entry_of(1));
    device.media.wear_out(entry_of(1) + HALF);
    for datagram in sent {
        let answer = centre.answer(&datagram).unwrap();
        device.deliver(&answer);
    }
    // Settled there, but nothing can be made durable here: it says so and sends nothing more.
    assert!(device.outbox().is_empty());
    assert!(matches!(device.events.last(), Some(yika_firmware::swipes::Event::StoreFailed)));
    assert_eq!(device.sell("B", 900), Some(Err(Decline::StoreFailed)));
}
