//! Two readers, security modules, cards that change hands.

use std::thread::sleep;
use std::time::{Duration, Instant};

use yika_driver::LinkError;
use yika_driver::reader::{Role, Selection};
use yika_driver::social_card::{ReadError, ReadOptions};
use yika_sim::CardSpec;
use yika_tests::second_opinion::Holder;

use crate::bench::{Bench, PATIENCE, Person, with_keys};

fn by_rule() -> ReadOptions {
    ReadOptions { reader: Selection::default(), ..with_keys() }
}

/// The same person with another certificate number, to tell two cards apart.
fn another(generation: u8) -> Person {
    let mut other = Person::new(generation, &[]);
    let spec =
        CardSpec::parse("certno = \"99010119700101001X\"\ncard_no = \"C11112222\"").expect("a good spec");
    other.spec.certno = spec.certno;
    other.spec.card_no = spec.card_no;
    other.but("certno", "99010119700101001X").but("card_no", "C11112222")
}

#[test]
fn two_slots_are_two_readers_with_ids_of_their_own() {
    let bench = Bench::new(&["Virtual PCD"]);
    let readers = bench.service.readers().expect("readers");
    let names: Vec<String> = readers.iter().map(|reader| reader.name.display()).collect();
    assert_eq!(names, ["Virtual PCD 00 00", "Virtual PCD 00 01"]);
    assert_ne!(readers[0].id, readers[1].id);

    let (first, second) = (Person::new(2, &[]), another(3));
    let _first = bench.insert_here(0, 0, first.card());
    let _second = bench.insert_here(0, 1, second.card());
    for (reader, person) in [(&readers[0], &first), (&readers[1], &second)] {
        let name = reader.name.display();
        assert_eq!(bench.read(&name), Ok(person.read_in(&name)), "by name");
        assert_eq!(bench.read(reader.id.as_str()), Ok(person.read_in(&name)), "by id");
    }
    assert!(
        matches!(bench.read("virtual pcd"), Err(ReadError::Link(LinkError::Ambiguous { .. }))),
        "both match"
    );
    let unknown = bench.read("No Such Reader");
    assert!(
        matches!(&unknown, Err(ReadError::Link(LinkError::NotFound { present, .. })) if present.len() == 2),
        "{unknown:?}"
    );
}

#[test]
fn by_rule_the_reader_with_the_card_is_taken_and_a_security_module_never() {
    let bench = Bench::new(&["Counter SAM", "Counter Reader"]);
    let readers = bench.service.readers().expect("readers");
    let roles: Vec<Role> = readers.iter().map(|reader| reader.role).collect();
    assert_eq!(roles, [Role::Sam, Role::Sam, Role::User, Role::User]);

    let module = another(2);
    let _module = bench.insert_here(0, 0, module.card());
    let nothing = bench.read_with(&by_rule());
    assert!(
        matches!(nothing, Err(ReadError::Link(LinkError::NoCard))),
        "the module is not a person's card: {nothing:?}"
    );

    let person = Person::new(2, &[]);
    let _card = bench.insert_here(1, 1, person.card());
    assert_eq!(bench.read_with(&by_rule()), Ok(person.read_in(&bench.pcscd.reader(1, 1))));
    let named = bench.pcscd.reader(0, 0);
    assert_eq!(
        bench.read(&named),
        Ok(module.read_in(&named)),
        "in full name even the module's slot can be read"
    );
}

#[test]
fn a_card_swapped_between_two_reads_gives_the_new_person() {
    let bench = Bench::new(&["Virtual PCD"]);
    let reader = bench.pcscd.reader(0, 0);
    let people = [Person::new(2, &[]), another(2), Person::new(3, &[]), another(1)];
    for person in &people {
        let card = bench.insert_here(0, 0, person.card());
        assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)));
        card.stop();
        bench.wait_for(&reader, "an empty slot", |reader| !reader.state.has_card());
        let empty = bench.read(&reader);
        assert!(matches!(empty, Err(ReadError::Link(LinkError::NoCard))), "{empty:?}");
    }
}

#[test]
fn a_wait_for_a_card_ends_when_one_comes() {
    let bench = Bench::new(&["Virtual PCD"]);
    let reader = bench.pcscd.reader(0, 1);
    let person = Person::new(2, &[]);
    let (card, address) = (person.card(), bench.pcscd.address(0, 1));
    let late = std::thread::spawn(move || {
        sleep(Duration::from_millis(300));
        yika_sim::vpcd::connect(address, card).expect("a free slot")
    });
    let options = ReadOptions { wait: Some(PATIENCE), ..by_rule() };
    assert_eq!(bench.read_with(&options), Ok(person.read_in(&reader)));
    late.join().expect("a card").stop();
}

#[test]
fn a_card_held_by_another_program_is_waited_for_and_then_named_busy() {
    let bench = Bench::new(&["Virtual PCD"]);
    let reader = bench.pcscd.reader(0, 0);
    let person = Person::new(2, &[]);
    let _card = bench.insert_here(0, 0, person.card());
    let hold = Holder::of(&reader);
    let started = Instant::now();
    let busy = bench.read(&reader);
    match busy {
        // The likely holder is named: here a Python program.
        Err(ReadError::Link(LinkError::Busy { holders })) => {
            assert!(holders.iter().any(|holder| holder.program.contains("python")), "{holders:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < PATIENCE, "told in bounded time");
    drop(hold);
    assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)), "free again");
}
