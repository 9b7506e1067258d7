//! The card is torn out before, during or after any command: never half a record, and the next read works.

use serde_json::Value;
use yika_driver::LinkError;
use yika_driver::social_card::ReadError;
use yika_sim::vpcd::{Options, connect_with};
use yika_sim::{Moment, Plan, Tear, Torn};
use yika_tests::random::seeds;

use crate::bench::{Bench, PATIENCE, Person};

/// What a person who pulled the card may be told; anything else would send them looking in the wrong place.
fn names_the_tear(error: &ReadError) -> bool {
    use LinkError as Link;
    matches!(
        error,
        ReadError::Link(
            Link::CardRemoved | Link::NoCard | Link::CardReset | Link::Transmission | Link::CardMute
        )
    )
}

fn judge(title: &str, outcome: &Result<Value, ReadError>, whole: &Value) {
    match outcome {
        Ok(read) => assert_eq!(read, whole, "{title}: what is read is read whole"),
        Err(error) => assert!(names_the_tear(error), "{title}: {error:?}"),
    }
}

/// Puts torn cards into all slots at once, reads each, then reads a whole card in the same slot.
fn run(people: &[(String, Person, Plan)]) {
    let (bench, slots) = Bench::with_a_dozen_slots();
    for group in people.chunks(slots.len()) {
        let options = Options::default();
        let torn: Vec<_> = group
            .iter()
            .zip(&slots)
            .map(|((_, person, plan), (_, address))| {
                let card = Torn::new(person.card(), plan.clone());
                connect_with(*address, card, options.clone()).expect("a free slot")
            })
            .collect();
        for ((title, person, _), (reader, _)) in group.iter().zip(&slots) {
            bench.wait_for(reader, "a card", |reader| reader.state.has_card());
            judge(title, &bench.read(reader), &person.read_in(reader));
        }
        // The card goes back in whole; the same program reads it without a restart.
        let again: Vec<_> = torn
            .into_iter()
            .zip(&slots)
            .map(|(running, (_, address))| {
                let card = running.stop().into_inner();
                connect_with(*address, card, options.clone()).expect("a free slot")
            })
            .collect();
        for ((title, person, _), (reader, _)) in group.iter().zip(&slots) {
            let expected = person.read_in(reader);
            let started = std::time::Instant::now();
            // The service needs a moment to notice that it is out and in again.
            let read = loop {
                match bench.read(reader) {
                    Err(error) if names_the_tear(&error) && started.elapsed() < PATIENCE => {}
                    outcome => break outcome,
                }
            };
            assert_eq!(read, Ok(expected), "{title}: the next read");
        }
        for card in again {
            card.stop();
        }
        for (reader, _) in &slots {
            bench.wait_for(reader, "an empty slot", |reader| !reader.state.has_card());
        }
    }
}

#[test]
fn at_every_command_of_a_generation_2_and_a_generation_3_card() {
    let mut people = Vec::new();
    for (generation, quirks) in [(2, &["t0"][..]), (3, &[])] {
        // A full read takes about 18 and 24 commands; tears behind the last one do nothing.
        for apdu in 1..=26 {
            let moments = [Moment::Before, Moment::Executed, Moment::Cut(1), Moment::After];
            // One moment a command, so that all four meet every kind of command over the two generations.
            let moment = moments[(apdu as usize + generation as usize) % moments.len()];
            let tear = Tear { apdu, moment };
            let title = format!("generation {generation} torn at {tear}");
            people.push((title, Person::new(generation, quirks), Plan::At(vec![tear])));
        }
    }
    run(&people);
}

#[test]
fn at_moments_drawn_from_seeds() {
    let people: Vec<_> = seeds(24)
        .map(|seed| {
            let generation = [1, 2, 3][seed as usize % 3];
            let quirks: &[&str] =
                [&[][..], &["t0"], &["mf-first", "no-sfi"], &["rec-only"]][seed as usize / 3 % 4];
            let title = format!("generation {generation} {quirks:?} torn by seed {seed}");
            (title, Person::new(generation, quirks), Plan::Seeded { seed, within: 20 })
        })
        .collect();
    run(&people);
}
