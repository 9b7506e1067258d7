//! Bad lines by seed: whatever happens to the bytes, no document is wrong or mixed, and a mended line is read.
//!
//! `YIKA_SEEDS=10000` runs so many seeds, `YIKA_SEED=17` only that one.

use std::time::Duration;

use yika_driver::Cancel;
use yika_driver::resident_card::ResidentDocument;
use yika_sim::id_reader::{IdCardSpec, IdFault, IdFaults};

use crate::desk::{Deed, Desk, person};

/// Deeds of a seed, from a generator of its own so that it does not depend on the one that spoils answers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: a number")))
}

fn seeds() -> Vec<u64> {
    match variable("YIKA_SEED") {
        Some(seed) => vec![seed],
        None => (0..variable("YIKA_SEEDS").unwrap_or(300)).collect(),
    }
}

/// Whole and unmixed: every field is that of the person whose number it is.
fn check(document: &ResidentDocument, seed: u64) {
    let certno = document.certno.expose();
    let owner = (0..4).map(person).find(|spec| spec.certno == certno);
    let owner: IdCardSpec = owner.unwrap_or_else(|| panic!("seed {seed}: nobody's number"));
    assert_eq!(document.psn_name.as_ref().expect("a name").expose(), owner.psn_name, "seed {seed}");
    assert_eq!(document.address.as_ref().expect("an address").expose(), owner.address, "seed {seed}");
    let alone = Desk::read(owner).expect("a good line reads it");
    assert_eq!(document.photo, alone.photo, "seed {seed}: another one's photo");
    assert!(document.doubtful.is_empty(), "seed {seed}");
}

#[test]
fn no_wrong_no_mixed_document_and_always_read_in_the_end() {
    let mut read = 0;
    for seed in seeds() {
        let mut dice = Dice(seed ^ 0x5EED);
        let mut kinds = IdFault::ALL.to_vec();
        kinds.retain(|_| dice.below(2) == 0);
        let faults = IdFaults::new(kinds, seed, 1 + dice.below(6));
        let spec =
            IdCardSpec { speed: [115_200, 9_600][dice.below(4) as usize / 3], ..person(seed as usize) };
        let desk = Desk::new(spec, faults);
        let reader = desk.reader();
        for _ in 0..6 {
            for _ in 0..dice.below(4) {
                let at = desk.now() + Duration::from_millis(dice.below(2_500));
                let deed = match dice.below(8) {
                    0 => Deed::Unplug,
                    1 | 2 => Deed::Plug,
                    3 => Deed::Lift,
                    _ => Deed::Lay(Box::new(person(dice.below(4) as usize))),
                };
                desk.later(at, deed);
            }
            let began = desk.now();
            let wait = (dice.below(3) > 0).then(|| Duration::from_millis(dice.below(4_000)));
            let result = reader.read(wait, &Cancel::default());
            // Waiting for a card, then at worst a reading that is asked for twice.
            let longest = wait.unwrap_or_default() + Duration::from_secs(20);
            assert!(desk.now() - began < longest, "seed {seed}: {:?}", desk.now() - began);
            if let Ok(document) = result {
                check(&document, seed);
                let there = desk.laid_between(began, desk.now());
                let certno = document.certno.expose();
                assert!(there.iter().any(|who| who == certno), "seed {seed}: a card that was not there");
                read += 1;
            }
            desk.pass(Duration::from_millis(dice.below(1_500)));
        }
        // Late answers pile up behind each other; they have come in this time.
        desk.pass(Duration::from_secs(30));
        desk.mend();
        desk.does(Deed::Lift);
        desk.pass(Duration::from_secs(2));
        desk.does(Deed::Lay(Box::new(person(1))));
        let document = reader.read(Some(Duration::from_secs(2)), &Cancel::default());
        let document = document.unwrap_or_else(|error| panic!("seed {seed}: not recovered: {error}"));
        check(&document, seed);
        assert_eq!(document.certno.expose(), person(1).certno, "seed {seed}");
    }
    assert!(read > 0 || seeds().len() < 10, "the bad lines let nothing through at all");
}

#[test]
fn each_fault_alone_is_survived() {
    for fault in IdFault::ALL {
        let mut read = 0;
        for seed in 0..40 {
            let desk = Desk::new(person(0), IdFaults::new(vec![fault], seed, 3));
            let reader = desk.reader();
            for _ in 0..8 {
                if let Ok(document) = reader.read(None, &Cancel::default()) {
                    check(&document, seed);
                    read += 1;
                }
                desk.does(Deed::Lift);
                desk.pass(Duration::from_secs(2));
                desk.does(Deed::Lay(Box::new(person(0))));
            }
        }
        // Splitting, merging and noise cost nothing; the others cost the answers they hit.
        let least = match fault {
            IdFault::Split | IdFault::Merge | IdFault::Noise => 300,
            IdFault::Delay | IdFault::Checksum | IdFault::Half => 120,
            IdFault::Silent => 40,
            IdFault::Unplug => 20,
        };
        assert!(read >= least, "{fault:?}: {read} of 320");
    }
}
