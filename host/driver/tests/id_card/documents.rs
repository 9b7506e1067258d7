//! What the four documents say, and what they may not say.

use serde_json::{Value, json};
use yika_driver::resident_card::{DocumentError, ReadError};
use yika_sim::id_reader::{IdCardSpec, IdCardType};

use crate::desk::Desk;

fn read(spec: IdCardSpec) -> Value {
    serde_json::to_value(Desk::read(spec).expect("read")).expect("JSON")
}

fn of_type(card_type: IdCardType) -> IdCardSpec {
    IdCardSpec::of_type(card_type)
}

#[test]
fn a_resident_card() {
    let spec = IdCardSpec { added_address: "某省某市新路9号".to_owned(), ..IdCardSpec::default() };
    assert_eq!(
        read(spec),
        json!({
            "credential": "resident_id_card", "card_type": "resident", "certno": "990101198506150020",
            "psn_name": "沈一禾", "gend": "2", "naty": "01", "brdy": "1985-06-15", "address": "某省某市某区某路1号",
            "added_address": "某省某市新路9号", "issuer": "某市公安局某分局", "valid_from": "2020-03-01",
            "valid_until": "2040-03-01", "valid_long_term": false, "travel_permit": null, "issue_count": null,
            "country": null, "english_name": null, "version": null,
            "sam_id": "05.01-20230415-0000012345-0987654321", "photo_bytes": 1024, "fingerprint_bytes": 0,
            "reader": "/dev/desk", "doubtful": []
        })
    );
}

#[test]
fn a_residence_permit() {
    let document = read(of_type(IdCardType::Permit));
    assert_eq!(document["card_type"], "permit");
    assert_eq!(document["travel_permit"], "H00000001");
    assert_eq!(document["issue_count"], "01");
    assert_eq!(document["naty"], Value::Null);
    assert_eq!(document["address"], "某省某市某区某路1号");
    assert_eq!(document["country"], Value::Null);
}

#[test]
fn a_foreigner_s_card_of_2017() {
    let document = read(of_type(IdCardType::Foreigner2017));
    assert_eq!(document["card_type"], "foreigner_2017");
    assert_eq!(document["certno"], "ZZZ990185061501");
    assert_eq!(document["english_name"], "SHEN, YIHE");
    assert_eq!(document["psn_name"], "沈一禾");
    assert_eq!(document["country"], "ZZZ");
    assert_eq!(document["version"], "01");
    assert_eq!(document["issuer"], "9901");
    assert_eq!(document["brdy"], "1985-06-15");
    assert_eq!(document["address"], Value::Null);
}

#[test]
fn a_foreigner_s_card_of_2023_with_a_name_in_two_fields() {
    // 35 characters in the first field, 11 in the second; a space where they meet belongs to the name.
    let name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ABCDEFGHIJKLMNOPQR";
    assert_eq!(name.len(), 46);
    let spec = IdCardSpec { english_name: name.to_owned(), ..of_type(IdCardType::Foreigner2023) };
    let document = read(spec);
    assert_eq!(document["card_type"], "foreigner_2023");
    assert_eq!(document["english_name"], name);
    assert_eq!(document["certno"], "999000198506150027");
    assert_eq!(document["issue_count"], "00");
    assert_eq!(document["issuer"], Value::Null);
    let spaced = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFG TAIL";
    assert_eq!(spaced.chars().nth(34), Some(' '));
    let spec = IdCardSpec { english_name: spaced.to_owned(), ..of_type(IdCardType::Foreigner2023) };
    assert_eq!(read(spec)["english_name"], spaced);
}

#[test]
fn a_foreigner_without_a_chinese_name_is_called_by_the_other() {
    let spec = IdCardSpec { psn_name: String::new(), ..of_type(IdCardType::Foreigner2023) };
    let document = Desk::read(spec).expect("read");
    assert!(document.psn_name.is_none());
    assert_eq!(document.name().expect("a name").expose(), "SHEN, YIHE");
}

#[test]
fn a_validity_without_end() {
    let document = read(IdCardSpec { valid_until: "长期".to_owned(), ..IdCardSpec::default() });
    assert_eq!((&document["valid_until"], &document["valid_long_term"]), (&Value::Null, &json!(true)));
}

#[test]
fn characters_of_every_plane_come_through_and_a_cut_one_is_dropped() {
    for name in ["张\u{20BB7}", "\u{2A6A5}\u{30EDE}", "王\u{E815}", "阿卜杜拉·买买提"] {
        let document = read(IdCardSpec { psn_name: name.to_owned(), ..IdCardSpec::default() });
        assert_eq!(document["psn_name"], name);
    }
    // Thirty-five units: the last has room for half of the character only.
    let address = format!("{}\u{20BB7}", "路".repeat(34));
    let document = read(IdCardSpec { address, ..IdCardSpec::default() });
    assert_eq!(document["address"], "路".repeat(34));
}

#[test]
fn every_code_of_the_standard_is_known_and_others_are_kept_and_told() {
    for code in (1..=56).chain([97, 98]) {
        let naty = format!("{code:02}");
        let document = read(IdCardSpec { naty: naty.clone(), ..IdCardSpec::default() });
        assert_eq!((&document["naty"], &document["doubtful"]), (&json!(naty), &json!([])));
    }
    let document = read(IdCardSpec { naty: "57".to_owned(), gend: "5".to_owned(), ..IdCardSpec::default() });
    assert_eq!((&document["naty"], &document["gend"]), (&json!("57"), &json!("5")));
    assert_eq!(document["doubtful"], json!(["gend", "naty"]));
    let document = read(IdCardSpec { brdy: "1985-06-16".to_owned(), ..IdCardSpec::default() });
    assert_eq!(document["doubtful"], json!(["brdy"]), "the number says another day");
}

#[test]
fn bad_documents_are_refused_each_with_its_own_code() {
    let with = |change: &dyn Fn(&mut IdCardSpec)| {
        let mut spec = IdCardSpec::default();
        change(&mut spec);
        Desk::read(spec).expect_err("refused")
    };
    let wrong_digit = with(&|spec| spec.certno = "990101198506150021".to_owned());
    assert_eq!(wrong_digit, ReadError::Document(DocumentError::CheckDigit));
    assert_eq!(wrong_digit.fault().number, 6111);
    for number in ["", "99010119850615002", "990101850615002", "9901011985061500AB", "990101198513150020"] {
        let error = with(&|spec| spec.certno = number.to_owned());
        assert_eq!(error.fault().number, 6110, "{number}");
    }
    for (field, change) in [
        ("brdy", (|spec| spec.brdy = "19850230".to_owned()) as fn(&mut IdCardSpec)),
        ("valid_from", |spec| spec.valid_from = "2020030A".to_owned()),
        ("valid_until", |spec| spec.valid_until = "永久".to_owned()),
    ] {
        let error = with(&change);
        assert_eq!(error, ReadError::Document(DocumentError::Field(field)));
        assert!(!error.to_string().contains("19850230"), "the value stays inside: {error}");
    }
    for number in ["ZZ9990185061501", "zzz990185061501", "ZZZ99018506150A", "990101198506150020"] {
        let spec = IdCardSpec { certno: number.to_owned(), ..of_type(IdCardType::Foreigner2017) };
        assert_eq!(Desk::read(spec).expect_err("refused").fault().number, 6110, "{number}");
    }
}

#[test]
fn a_text_that_is_no_text_is_refused_by_its_field() {
    // A name of two lone second halves of a pair, then the rest of the built-in card's layout as spaces.
    let mut text = [0x20, 0x00].repeat(128);
    text[..4].copy_from_slice(&[0xB7, 0xDF, 0xB7, 0xDF]);
    let number: Vec<u8> = "990101198506150020".encode_utf16().flat_map(u16::to_le_bytes).collect();
    text[122..158].copy_from_slice(&number);
    let text_hex = text.iter().map(|byte| format!("{byte:02X}")).collect();
    let error = Desk::read(IdCardSpec { text_hex, ..IdCardSpec::default() }).expect_err("refused");
    assert_eq!(error, ReadError::Document(DocumentError::Field("psn_name")));
    assert_eq!(error.fault().number, 6109);
}

#[test]
fn a_photo_is_bytes_and_never_fails_a_reading() {
    for photo_bytes in [0, 1, 512, 1024] {
        let document = Desk::read(IdCardSpec { photo_bytes, ..IdCardSpec::default() }).expect("read");
        assert_eq!(document.photo.expose().len(), usize::from(photo_bytes));
    }
}

#[test]
fn nothing_personal_is_in_debug_output() {
    let document = Desk::read(IdCardSpec::default()).expect("read");
    let shown = format!("{document:?} {:?} {:?}", document.brdy, document.certno);
    for secret in ["990101198506150020", "沈一禾", "1985", "某路"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
