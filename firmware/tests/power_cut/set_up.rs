//! Setting up, enrolling and naming anew, cut at every operation.

use yika_firmware::{
    hal::{Millis, Start},
    store::StoreError,
    swipes::{Decline, Swipes},
};
use yika_protocol::swipe::Identity;

use crate::world::{
    centre::enrolled,
    device::{BLOCKS, Device, assert_books_equal, fresh},
    media::{Blocks, Tear},
};

#[test]
fn media_without_a_superblock_is_a_lost_store_and_nothing_else() {
    for blocks in [vec![[0; 512]; 80], vec![[0xFF; 512]; 80], vec![[0x59; 512]; 80]] {
        let failed = Swipes::open(Blocks::from_blocks(blocks), Start::PowerOn, Millis(0)).unwrap_err();
        assert_eq!(failed.error, StoreError::Lost);
        assert_eq!(failed.error.fault().number, 7001);
    }
    let failed = Swipes::provision(Blocks::new(69)).unwrap_err();
    assert_eq!(failed.error, StoreError::TooSmall);
}

#[test]
fn a_set_up_that_was_cut_is_a_lost_store_until_done_again() {
    let terminal = enrolled(1);
    let dry = Blocks::new(BLOCKS);
    drop(Swipes::provision(dry.clone()).unwrap());
    for at in 0..dry.operations() {
        for tear in [Tear::Nothing, Tear::Prefix(40), Tear::Garbled, Tear::Whole] {
            let media = Blocks::new(BLOCKS);
            media.cut_in(at, tear);
            assert!(Swipes::provision(media.clone()).is_err() || !media.is_powered());
            media.power();
            match Swipes::open(media.clone(), Start::PowerOn, Millis(0)) {
                // Only the very last word was missing: it is set up, and empty.
                Ok(swipes) => assert!(swipes.identity().is_none() && swipes.last_counter().is_none()),
                Err(failed) => assert_eq!(failed.error, StoreError::Lost, "cut at {at}, {tear:?}"),
            }
            let mut swipes = Swipes::provision(media.clone()).unwrap();
            swipes.enrol(Identity::decode(&terminal.identity).unwrap(), Millis(0)).unwrap();
            drop(swipes);
            let mut device = Device::start(media.snapshot());
            let mut centre = terminal.centre.clone();
            device.sell("A", 500).unwrap().unwrap();
            device.settle_down(&mut centre);
            assert_books_equal(&mut device, &centre, &format!("set up again after a cut at {at}"));
        }
    }
}

#[test]
fn a_new_name_begins_a_new_journal_cut_or_not() {
    let (old, new) = (enrolled(1), enrolled(2));
    let mut device = Device::start(fresh(&old.identity));
    let mut centre = old.centre.clone();
    for order in 0..5 {
        device.sell(&format!("O{order}"), 900).unwrap().unwrap();
        device.settle_down(&mut centre);
    }
    let media = device.media.snapshot();
    let renew = |device: &mut Device| {
        device
            .with(|swipes, now| swipes.enrol(Identity::decode(&new.identity).unwrap(), now))
            .map(Result::unwrap)
    };
    let mut dry = Device::start(media.clone());
    let begin = dry.media.operations();
    renew(&mut dry);
    for at in 0..dry.media.operations() - begin {
        for tear in [Tear::Nothing, Tear::Prefix(40), Tear::Garbled, Tear::Whole] {
            let mut device = Device::start(media.clone());
            device.media.cut_in(at, tear);
            assert_eq!(renew(&mut device), None, "power goes");
            device.boot(Start::PowerOn);
            let terminal = device.swipes.as_ref().unwrap().identity().unwrap().terminal();
            // The old terminal with its books, or the new one with none; nothing in between.
            let mut centre = if terminal.0 == [1; 8] { centre.clone() } else { new.centre.clone() };
            let what = format!("new name, cut at {at}, {tear:?}");
            assert_books_equal(&mut device, &centre, &what);
            device.sell("NEXT", 700).unwrap().unwrap();
            device.settle_down(&mut centre);
            assert_books_equal(&mut device, &centre, &what);
        }
    }
}

#[test]
fn a_device_does_not_change_its_name_while_something_is_open() {
    let (old, new) = (enrolled(1), enrolled(2));
    let mut device = Device::start(fresh(&old.identity));
    device.sell("A", 500).unwrap().unwrap();
    let identity = || Identity::decode(&new.identity).unwrap();
    assert_eq!(device.with(|swipes, now| swipes.enrol(identity(), now)), Some(Err(Decline::StillOpen)));
    device.give_up();
    assert_eq!(device.with(|swipes, now| swipes.enrol(identity(), now)), Some(Err(Decline::StillOpen)));
    let mut centre = old.centre;
    device.settle_down(&mut centre);
    assert_eq!(device.with(|swipes, now| swipes.enrol(identity(), now)), Some(Ok(0)));
}

#[test]
fn old_keys_are_gone_from_the_media_after_a_new_enrolment() {
    let (old, new) = (enrolled(1), enrolled(2));
    // The private key follows the key 1 and the head of a 32-byte string.
    let at = old.identity.windows(3).position(|window| window == [0x01, 0x58, 0x20]).unwrap() + 3;
    let key = &old.identity[at..at + 32];
    let mut device = Device::start(fresh(&old.identity));
    assert!(device.media.holds(key), "the bench keeps keys in the clear, as it says");
    device.with(|swipes, now| swipes.enrol(Identity::decode(&new.identity).unwrap(), now)).unwrap().unwrap();
    assert!(!device.media.holds(key));
}
