//! Cards of three generations and their peculiarities, read whole or refused by name.

use crate::bench::{Bench, json, keys, person, with_keys};
use serde_json::{Value, json};
use std::sync::Arc;
use yika_driver::{
    Reader, Selection,
    keys::{KeyService, KeyServiceError},
    social_card::{self, ReadOptions, ReadPlan},
};
use yika_protocol::card_keys::{KeyAnswer, KeyRequest};
use yika_sim::{CardSpec, VirtualCard};

fn expected(generation: u8, interface: &str) -> Value {
    json!({
        "credential": "social_security_card",
        "certno": "990101198506150020",
        "psn_name": "沈一禾",
        "gend": "2",
        "naty": "01",
        "brdy": "1985-06-15",
        "birthplace": "990101",
        "card_no": "A12345678",
        "card_sn": "990100D1560000050100000012345678",
        "card_class": "1",
        "spec_version": format!("{generation}.00"),
        "organisation": "990100000000000000000001",
        "issued": "2021-09-01",
        "expires": "2041-08-31",
        "reset_info": "00815431008660210901000001",
        "algorithm": if generation == 3 { "03" } else { "01" },
        "region": "990100",
        "interface": interface,
        "reader": "Bench Reader 00 00",
        "partial": false,
    })
}

#[test]
fn every_generation_and_peculiarity_gives_the_same_person() {
    let peculiar: &[&[&str]] = &[
        &[],
        &["t0"],
        &["t0", "must-fetch"],
        &["t0", "le-strict"],
        &["le-strict"],
        &["mf-first"],
        &["mf-first", "t0", "no-sfi"],
        &["ssse-is-mf"],
        &["no-sfi"],
        &["no-sfi=6981", "t0"],
        &["sfi-ignored"],
        &["rec-only"],
        &["rec-only", "no-sfi", "t0"],
        &["no-4e"],
        &["ff-padded-name"],
        &["space-padded-name"],
        &["ef-fci"],
        &["ef-p1=00", "no-sfi"],
        &["ef-p1=02", "no-sfi"],
        &["long-card-no"],
        &["strict-challenge"],
    ];
    for generation in 1..=3 {
        for quirks in peculiar {
            if generation == 3 && quirks.contains(&"strict-challenge") {
                continue; // Four challenges in a row cannot all stay valid; the newest must, and does below.
            }
            let bench = Bench::spec(person(generation, quirks, "contact"));
            let card = social_card::read(&bench.service(), &with_keys());
            let card = card.unwrap_or_else(|error| panic!("generation {generation} {quirks:?}: {error}"));
            assert_eq!(json(&card), expected(generation, "contact"), "generation {generation} {quirks:?}");
            assert_eq!(card.generation, generation);
        }
    }
}

#[test]
fn contactless_cards_give_the_same_reset_information() {
    for generation in 2..=3 {
        let bench = Bench::spec(person(generation, &[], "contactless"));
        let card = social_card::read(&bench.service(), &with_keys()).unwrap();
        assert_eq!(json(&card), expected(generation, "contactless"));
    }
}

#[test]
fn bad_cards_are_refused_by_name() {
    for (quirk, code) in [
        ("no-ssse", "Y-2001"),
        ("select-sw=6283", "Y-2002"),
        ("endless-61", "Y-2007"),
        ("endless-6c", "Y-2007"),
        ("truncated", "Y-2004"),
        ("wrong-tag", "Y-2004"),
        ("wrong-length", "Y-2004"),
        ("mute", "Y-1011"),
    ] {
        let bench = Bench::spec(person(2, &["t0", quirk], "contact"));
        let Err(error) = social_card::read(&bench.service(), &with_keys()) else {
            panic!("{quirk} was read")
        };
        assert_eq!(error.fault().code().to_string(), code, "{quirk}: {error}");
    }
}

#[test]
fn a_character_of_four_bytes_across_name_and_extension_comes_out_whole() {
    // Fourteen characters of two bytes, then one of four: bytes 29 to 32 of a field of 30.
    let name = format!("{}𠮷", "阿".repeat(14));
    let spec = person(3, &[], "contact").with_name(&name).unwrap();
    assert_eq!(spec.psn_name.len(), 30);
    let card = social_card::read(&Bench::spec(spec).service(), &with_keys()).unwrap();
    assert_eq!(card.psn_name.unwrap().expose(), name);
}

#[test]
fn a_name_cut_in_the_middle_of_a_character_loses_only_that() {
    let mut spec = person(1, &[], "contact");
    spec.psn_name = [&b"\xB0\xA2".repeat(14)[..], b"\x95\x34"].concat();
    let card = social_card::read(&Bench::spec(spec).service(), &with_keys()).unwrap();
    assert_eq!(card.psn_name.unwrap().expose(), "阿".repeat(14));
}

#[test]
fn a_damaged_name_is_no_name() {
    let mut spec = person(2, &[], "contact");
    spec.psn_name = b"\xB0\xA2\xFF\x41\xB0\xA2".to_vec();
    let error = social_card::read(&Bench::spec(spec).service(), &with_keys()).unwrap_err();
    assert_eq!(error.fault().code().to_string(), "Y-2016");
}

#[test]
fn a_settlement_read_takes_nine_apdus_on_a_t0_card() {
    let bench = Bench::spec(person(2, &["t0"], "contact"));
    let options = ReadOptions { plan: ReadPlan::Settlement, ..ReadOptions::default() };
    let card = social_card::read(&bench.service(), &options).unwrap();
    let world = bench.world();
    assert!(world.apdus <= 9, "{} APDUs: {:02X?}", world.apdus, world.headers);
    assert_eq!(world.locks, 1);
    let card = json(&card);
    for field in ["certno", "psn_name", "card_no", "card_sn", "expires", "spec_version"] {
        assert_eq!(card[field], expected(2, "contact")[field]);
    }
    assert_eq!(card["gend"], Value::Null);
}

#[test]
fn without_keys_a_third_generation_card_gives_what_its_issuer_file_gives() {
    let bench = Bench::spec(person(3, &[], "contact"));
    let card = social_card::read(&bench.service(), &ReadOptions::default()).unwrap();
    let card = json(&card);
    assert_eq!((&card["partial"], &card["partial_reason"]), (&json!(true), &json!("no_key_service")));
    assert_eq!((&card["certno"], &card["psn_name"]), (&Value::Null, &Value::Null));
    assert_eq!((&card["card_no"], &card["issued"]), (&json!("A12345678"), &json!("2021-09-01")));
}

/// A key service that answers as the test says.
struct Answers<F>(F);

impl<F: Fn(&KeyRequest) -> Result<KeyAnswer, KeyServiceError> + Send + Sync> KeyService for Answers<F> {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        (self.0)(request)
    }
}

fn read_with(
    answer: impl Fn(&KeyRequest) -> Result<KeyAnswer, KeyServiceError> + Send + Sync + 'static,
) -> Result<Value, String> {
    let bench = Bench::spec(person(3, &[], "contact"));
    let options = ReadOptions { keys: Some(Arc::new(Answers(answer))), ..ReadOptions::default() };
    let read = social_card::read(&bench.service(), &options);
    read.map(|card| json(&card)).map_err(|error| error.fault().code().to_string())
}

#[test]
fn a_key_service_that_fails_leaves_a_partial_card_with_the_reason() {
    let unreachable = |_: &_| Err(KeyServiceError::Unreachable { detail: "refused".into() });
    assert_eq!(read_with(unreachable).unwrap()["partial_reason"], "key_service_unreachable");
    let refused = |_: &_| Err(KeyServiceError::Refused { detail: "limit".into() });
    assert_eq!(read_with(refused).unwrap()["partial_reason"], "key_service_refused");
    let panics = |_: &_| panic!("a broken key service, on purpose");
    assert_eq!(read_with(panics).unwrap()["partial_reason"], "key_service_unreachable");
}

#[test]
fn a_forged_card_and_a_wrong_answer_are_told_apart() {
    let forged = |request: &KeyRequest| {
        let mut answer = keys().authenticate(request)?;
        answer.internal_result[0] ^= 1;
        Ok(answer)
    };
    assert_eq!(read_with(forged), Err("Y-2020".into()));
    let foreign = |request: &KeyRequest| {
        let mut answer = keys().authenticate(request)?;
        answer.external_original[0] ^= 1;
        Ok(answer)
    };
    assert_eq!(read_with(foreign), Err("Y-2023".into()));
    let wrong = |request: &KeyRequest| {
        let mut answer = keys().authenticate(request)?;
        answer.external_cryptogram[0] ^= 1;
        Ok(answer)
    };
    assert_eq!(read_with(wrong), Err("Y-2021".into()));
}

#[test]
fn the_card_is_closed_again_after_keys_opened_it() {
    let bench = Bench::spec(person(3, &[], "contact"));
    let service = bench.service();
    social_card::read(&service, &with_keys()).unwrap();
    let card = social_card::read(&service, &ReadOptions::default()).unwrap();
    assert!(card.partial.is_some(), "the next program finds a card that is closed");
}

#[test]
fn nothing_personal_is_shown_by_debug() {
    let bench = Bench::spec(person(2, &[], "contact"));
    let card = social_card::read(&bench.service(), &with_keys()).unwrap();
    let shown = format!("{card:?} {:?} {:?} {}", card.certno, card.psn_name, card.summary().en);
    for secret in ["990101198506150020", "沈", "A12345678", "12345678", "1985", "00815431"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_reader_is_chosen_by_name_id_or_rule() {
    let bench = Bench::default();
    for reader in ["Maker PSAM 00 00", "Other CCID 01 00", "Virtual PCD 02 00", "Virtual PCD 02 01"] {
        bench.plug(reader);
    }
    bench.change(|world| world.slots[1].failed = Some(yika_driver::LinkError::Transmission));
    bench.insert(0, VirtualCard::new(CardSpec::default()));
    bench.insert(3, VirtualCard::new(person(2, &[], "contact")));
    let service = bench.service();
    let read = |selection: Selection| {
        let options = ReadOptions { reader: selection, ..ReadOptions::default() };
        social_card::read(&service, &options)
            .map(|card| card.reader.clone())
            .map_err(|error| error.fault().code().to_string())
    };
    assert_eq!(read(Selection::default()).unwrap(), "Virtual PCD 02 01");
    assert_eq!(read(Selection::named("name:virtual-pcd/1")).unwrap(), "Virtual PCD 02 01");
    assert_eq!(read(Selection::named("virtual")).unwrap(), "Virtual PCD 02 01");
    assert_eq!(read(Selection::named("Maker PSAM 00 00")).unwrap(), "Maker PSAM 00 00");
    assert_eq!(read(Selection::named("name:virtual-pcd/0")), Err("Y-1008".into()));
    assert_eq!(read(Selection::named("nobody")), Err("Y-1006".into()));
    assert_eq!(read(Selection::named("Other CCID")), Err("Y-1015".into()));
    let readers: Vec<Reader> = service.readers().unwrap();
    assert_eq!(readers.len(), 4, "the failed reader hides no other");
}
