//! Every generation, every maker's habit, contact and contactless.

use yika_driver::reader::Selection;
use yika_driver::social_card::{ReadOptions, ReadPlan};

use crate::bench::{Bench, Person, with_keys};

/// Habits that change the way to the data, not the data.
const HABITS: &[&[&str]] = &[
    &[],
    &["t0"],
    &["t0", "must-fetch"],
    &["le-strict"],
    &["t0", "le-strict"],
    &["mf-first"],
    &["t0", "mf-first"],
    &["ssse-is-mf"],
    &["no-sfi"],
    &["no-sfi=6986"],
    &["no-sfi", "ef-p1=00"],
    &["no-sfi", "ef-p1=02"],
    &["no-sfi", "ef-fci"],
    &["sfi-ignored"],
    &["rec-only"],
    &["rec-only", "no-sfi"],
    &["rec-only", "no-4e-packed"],
    &["fci-needs-le"],
    &["strict-challenge"],
    &["long-card-no"],
    &["no-4e"],
    &["no-4e=6A82"],
    &["ff-padded-name"],
    &["space-padded-name"],
    &["slow=5"],
    &["t0", "mf-first", "no-sfi", "le-strict", "no-4e", "long-card-no", "ff-padded-name"],
];

/// Habits that only a card with the old algorithm can have: without the FCI nobody learns which one it is.
const OLD_HABITS: &[&[&str]] = &[&["no-fci"], &["no-alg"], &["t0", "no-fci", "mf-first"]];

#[test]
fn every_generation_with_every_habit_gives_every_field() {
    let mut people = Vec::new();
    for generation in [1, 2, 3] {
        let old: &[&[&str]] = if generation < 3 { OLD_HABITS } else { &[] };
        for habits in HABITS.iter().chain(old) {
            people.push((format!("generation {generation} {habits:?}"), Person::new(generation, habits)));
        }
        people.push((
            format!("generation {generation} contactless"),
            Person::new(generation, &[]).contactless(),
        ));
    }
    let version = |person: Person| person.but("spec_version", serde_json::Value::Null);
    people.push(("generation 2 without a version".into(), version(Person::new(2, &["version-00"]))));

    let (bench, slots) = Bench::with_a_dozen_slots();
    for group in people.chunks(slots.len()) {
        let inserted: Vec<_> = group
            .iter()
            .zip(&slots)
            .map(|(_, (_, address))| *address)
            .zip(group)
            .map(|(address, (_, person))| {
                yika_sim::vpcd::connect(address, person.card()).expect("a free slot")
            })
            .collect();
        for ((title, person), (reader, _)) in group.iter().zip(&slots) {
            bench.wait_for(reader, "a card", |reader| reader.state.has_card());
            assert_eq!(bench.read(reader).as_ref(), Ok(&person.read_in(reader)), "{title}");
        }
        for card in inserted {
            card.stop();
        }
        for (reader, _) in &slots {
            bench.wait_for(reader, "an empty slot", |reader| !reader.state.has_card());
        }
    }
}

#[test]
fn a_settlement_needs_at_most_nine_commands_on_a_generation_2_card_with_t0() {
    let bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(2, &["t0"]);
    let card = bench.insert_here(0, 0, person.card());
    let reader = bench.pcscd.reader(0, 0);
    let before = card.watch().apdus();
    let options =
        ReadOptions { plan: ReadPlan::Settlement, reader: Selection::named(&reader), ..with_keys() };
    let read = bench.read_with(&options).expect("a card");
    let commands = card.watch().apdus() - before;
    assert!(commands <= 9, "{commands} commands: {:?}", card.watch().log());
    let expected = person.read_in(&reader);
    for field in ["card_sn", "spec_version", "expires", "card_no", "certno", "psn_name", "reset_info"] {
        assert_eq!(read[field], expected[field], "{field}");
    }
}

#[test]
fn a_generation_3_card_without_a_key_service_is_partial_with_the_reason() {
    let bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(3, &[]);
    let _card = bench.insert_here(0, 0, person.card());
    let reader = bench.pcscd.reader(0, 0);
    let mut expected = person.read_in(&reader);
    // EF06, the holder's file, stays closed.
    for field in ["certno", "psn_name", "gend", "naty", "birthplace", "brdy"] {
        expected[field] = serde_json::Value::Null;
    }
    expected["partial"] = true.into();
    expected["partial_reason"] = "no_key_service".into();
    let options = ReadOptions { reader: Selection::named(&reader), ..ReadOptions::default() };
    assert_eq!(bench.read_with(&options), Ok(expected));
}
