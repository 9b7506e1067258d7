//! What the page on identity-card readers says is what the session and the virtual reader do.

use yika_protocol::resident_card::{Session, Step, Wanted};
use yika_sim::id_reader::{IdCardSpec, IdCardType};

const PAGE: &str = include_str!("../../../../hw-docs/id-readers.md");

fn bytes(line: &str) -> Vec<u8> {
    line.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

#[test]
fn the_frames_on_the_page_are_those_of_the_session() {
    let block = PAGE.split_once("```frames\n").unwrap().1.split_once("```").unwrap().0;
    let mut session = Session::new(Wanted::default());
    let mut step = session.begin();
    let mut number = None;
    for line in block.lines() {
        if let Some(request) = line.strip_prefix("> ") {
            if matches!(step, Step::NoCard { .. }) {
                step = session.elapsed().unwrap();
            }
            assert!(
                matches!(step, Step::Send { frame, .. } if frame[..] == bytes(request)),
                "{line}: {step:?}"
            );
        } else {
            let answer = bytes(line.strip_prefix("< ").unwrap());
            let (next, taken) = session.feed(&answer).unwrap();
            assert_eq!(taken, answer.len(), "{line}");
            step = next;
            number = number.or(session.module());
        }
    }
    assert!(matches!(step, Step::Send { answer, .. } if answer > 2_000), "the page ends with the reading");
    assert_eq!(number.unwrap().to_string(), "05.01-20230415-0000012345-0987654321");
}

#[test]
fn the_samples_are_the_built_in_person_s_documents() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../hw-docs/samples");
    for (file, card_type) in [
        ("id-resident.toml", IdCardType::Resident),
        ("id-permit.toml", IdCardType::Permit),
        ("id-foreigner-2017.toml", IdCardType::Foreigner2017),
        ("id-foreigner-2023.toml", IdCardType::Foreigner2023),
    ] {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        assert_eq!(IdCardSpec::parse(&text).unwrap(), IdCardSpec::of_type(card_type), "{file}");
    }
}
