//! Cards that are no social security card, or a bad one: each its own coded fault, and the next card works.

use yika_driver::social_card::ReadError;
use yika_protocol::fault::{Fault, card as fault};
use yika_sim::{CardSpec, VirtualCard};

use crate::bench::{Bench, Person};

fn faulty(quirks: &[&str], change: impl Fn(&mut CardSpec)) -> VirtualCard {
    let mut person = Person::new(2, quirks);
    change(&mut person.spec);
    person.card()
}

fn record(tag: u8, hex: &str) -> impl Fn(&mut CardSpec) {
    let bytes = yika_tests::second_opinion::hex(hex);
    move |spec| {
        spec.records.insert(tag, bytes.clone());
    }
}

#[test]
fn each_bad_card_has_a_fault_of_its_own() {
    let same = |_: &mut CardSpec| {};
    let cases: Vec<(&str, VirtualCard, &[&Fault])> = vec![
        ("a bank card", faulty(&["no-ssse"], same), &[&fault::NOT_A_SOCIAL_CARD]),
        ("a locked card", faulty(&["select-sw=6283"], same), &[&fault::CARD_LOCKED]),
        ("a mute card", faulty(&["mute"], same), &[&fault::CARD_MUTE]),
        ("a record under another tag", faulty(&["wrong-tag=08"], same), &[&fault::RECORD_MALFORMED]),
        ("a record with a wrong length", faulty(&["wrong-length=08"], same), &[&fault::RECORD_MALFORMED]),
        ("a truncated name", faulty(&["truncated=09"], same), &[&fault::RECORD_MALFORMED]),
        ("a truncated identification code", faulty(&["truncated=01"], same), &[&fault::RECORD_MALFORMED]),
        ("61xx without end", faulty(&["t0", "endless-61"], same), &[&fault::ANSWER_LOOP]),
        ("6Cxx without end", faulty(&["t0", "endless-6c"], same), &[&fault::ANSWER_LOOP]),
        // 990101198506150012 has the right check digit; …3 has not.
        (
            "a certificate number with a wrong check digit",
            faulty(&[], record(0x08, "0812393930313031313938353036313530303133")),
            &[&fault::CERTNO_CHECK_DIGIT],
        ),
        (
            "a certificate number of letters",
            faulty(&[], record(0x08, "0812414141414141414141414141414141414141")),
            &[&fault::CERTNO_INVALID, &fault::CERTNO_CHECK_DIGIT],
        ),
        ("an expiry that is no day", faulty(&[], record(0x06, "060420410231")), &[&fault::DATE_INVALID]),
        ("an expiry that is not BCD", faulty(&[], record(0x06, "06042041083A")), &[&fault::DATE_INVALID]),
        // Generations 1 and 2 are read without any key; a third-generation card with this algorithm cannot be opened.
        (
            "an algorithm that is not public",
            {
                let mut person = Person::new(3, &[]);
                person.spec.algorithm = 2;
                person.card()
            },
            &[&fault::ALGORITHM_REFUSED],
        ),
        (
            "a version nobody knows",
            faulty(&[], |spec| spec.spec_version = *b"9.00"),
            &[&fault::VERSION_UNKNOWN],
        ),
    ];
    let (bench, slots) = Bench::with_a_dozen_slots();
    for group in cases.chunks_exact_or_rest(slots.len()) {
        let mut titles = Vec::new();
        let inserted: Vec<_> = group
            .into_iter()
            .zip(&slots)
            .map(|((title, card, faults), (reader, address))| {
                titles.push((title, faults, reader.clone()));
                yika_sim::vpcd::connect(*address, card).expect("a free slot")
            })
            .collect();
        for (title, faults, reader) in titles {
            bench.wait_for(&reader, "a card", |reader| reader.state.has_card());
            let outcome = bench.read(&reader);
            let error = outcome.expect_err(title);
            assert!(faults.contains(&error.fault()), "{title}: {error:?}");
        }
        for card in inserted {
            card.stop();
        }
        for (reader, _) in &slots {
            bench.wait_for(reader, "an empty slot", |reader| !reader.state.has_card());
        }
    }
    // After all that the same program reads a good card.
    let person = Person::new(2, &[]);
    let (reader, address) = &slots[0];
    let _card = bench.insert(reader, *address, person.card());
    assert_eq!(bench.read(reader), Ok(person.read_in(reader)));
}

#[test]
fn a_generation_3_card_of_foreign_keys_is_told_from_a_genuine_one() {
    let bench = Bench::new(&["Virtual PCD"]);
    let mut person = Person::new(3, &[]);
    person.spec.keys.irk = yika_sim::KeySource::Card(*b"another province");
    let _card = bench.insert_here(0, 0, person.card());
    let reader = bench.pcscd.reader(0, 0);
    let outcome = bench.read(&reader);
    assert!(matches!(&outcome, Err(ReadError::Card(_))), "{outcome:?}");
    assert_eq!(outcome.expect_err("not genuine").fault(), &fault::CARD_NOT_GENUINE);
}

/// Groups of at most so many, by value.
trait Groups<T> {
    fn chunks_exact_or_rest(self, size: usize) -> Vec<Vec<T>>;
}

impl<T> Groups<T> for Vec<T> {
    fn chunks_exact_or_rest(self, size: usize) -> Vec<Vec<T>> {
        let mut groups = Vec::new();
        let mut rest = self.into_iter().peekable();
        while rest.peek().is_some() {
            groups.push(rest.by_ref().take(size).collect());
        }
        groups
    }
}
