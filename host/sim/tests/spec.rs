//! The spec file: what it takes, what it refuses, and where it says the mistake is.

use yika_sim::{CardSpec, Generation, Interface, KeySource, Quirk, SpecError};

#[test]
fn an_empty_file_is_the_built_in_card() {
    assert!(CardSpec::parse("").unwrap() == CardSpec::default());
    assert_eq!(CardSpec::default().generation, Generation::Three);
}

#[test]
fn everything_can_be_said() {
    let spec = CardSpec::parse(
        r#"
generation = 2
interface = "contactless"
region = "990200"
card_sn = "990200D1560000050200000000000042"
card_class = "2"
spec_version = "2.00"
organisation = "990200000000000000000009"
issued = "2020-02-29"
expires = "20300228"
card_no = "X00000019"
certno = "990201197001010031"
psn_name = "甲"
name_extension = "乙"
gend = "9"
naty = "56"
birthplace = "990299"
brdy = "1970-01-02"
reset_info = "0090010203866099010203FFFF"
algorithm = "03"
pin = "8642"
pin_tries = 3
key_tries = 2
seed = 99
quirks = ["t0", "slow=20"]

[keys]
scheme = "assumed-2"
irk = "000102030405060708090A0B0C0D0E0F"
master_rksssse = "0f0e0d0c0b0a09080706050403020100"

[records]
4e = "4E00"
"#,
    );
    let spec = spec.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((spec.generation, spec.interface), (Generation::Two, Interface::Contactless));
    assert_eq!(spec.region.as_str(), "990200");
    assert_eq!(spec.card_sn[15], 0x42);
    assert_eq!((spec.card_class, spec.gend, spec.naty), (b'2', b'9', 0x56));
    assert_eq!((spec.issued, spec.expires), ([0x20, 0x20, 0x02, 0x29], [0x20, 0x30, 0x02, 0x28]));
    assert_eq!(
        (spec.psn_name.as_slice(), spec.name_extension.as_slice()),
        (&b"\xBC\xD7"[..], &b"\xD2\xD2"[..])
    );
    assert_eq!((spec.birthplace, spec.brdy), ([0x99, 0x02, 0x99], [0x19, 0x70, 0x01, 0x02]));
    assert_eq!((spec.algorithm, spec.pin_tries, spec.key_tries, spec.seed), (3, 3, 2, 99));
    assert!(spec.quirks.has(Quirk::T0) && spec.quirks.has(Quirk::Slow(20)));
    assert!(matches!(spec.keys.irk, KeySource::Card([0, 1, 2, ..])));
    assert!(matches!(spec.keys.rksssse, KeySource::Master([15, 14, ..])));
    assert_eq!(spec.records[&0x4E], [0x4E, 0x00]);
}

#[test]
fn values_follow_from_others() {
    let spec = CardSpec::parse("certno = \"990201197001010031\"\nregion = \"990300\"").unwrap();
    assert_eq!((spec.gend, spec.birthplace), (b'1', [0x99, 0x02, 0x01]));
    assert_eq!(spec.brdy, [0x19, 0x70, 0x01, 0x01]);
    assert_eq!(spec.card_sn[..3], [0x99, 0x03, 0x00]);
    let spec = CardSpec::parse("card_sn = \"990400D1560000050100000000000001\"").unwrap();
    assert_eq!(spec.region.as_str(), "990400");
}

/// What a reader has to notice, a spec can say.
#[test]
fn a_card_may_hold_a_wrong_number() {
    let spec = CardSpec::parse("certno = \"990101198506150021\"\ncard_no = \"B98765432109\"").unwrap();
    assert_eq!(spec.certno, "990101198506150021");
    assert_eq!(spec.card_no, *b"B98765432");
    assert_eq!(spec.records[&0x07], b"\x07\x0CB98765432109");
    // A record that is written out goes before the field.
    let spec = CardSpec::parse("card_no = \"B98765432109\"\n[records]\n07 = \"\"").unwrap();
    assert_eq!(spec.records[&0x07], b"");
}

#[test]
fn mistakes_are_named_with_their_line() {
    let cases = [
        ("generation = 4", 1, "generations"),
        ("\ncolour = \"red\"", 2, "colour"),
        ("generation = 2\npin = 123456", 2, "expected a text in quotes"),
        ("generation = 2\n\nregion = \"9901\"", 3, "6 digits"),
        ("region = \"990100\"\ncard_sn = \"990200D1560000050100000000000001\"", 2, "990200"),
        ("card_sn = \"99020AD1560000050100000000000001\"", 1, "6 digits"),
        ("card_sn = \"990200D15600000501\"", 1, "32 hex digits"),
        ("certno = \"99010119850615002\"", 1, "18 characters"),
        ("certno = \"A90101198506150020\"", 1, "18 characters"),
        ("card_no = \"A12345678901234567890\"", 1, "9 letters"),
        ("card_no = \"A1234567\"", 1, "9 letters"),
        ("issued = \"2021-02-29\"", 1, "calendar"),
        ("psn_name = \"一二三四五六七八九十一二三四五六七八九十一二三四五六\"", 1, "50 bytes"),
        ("generation = 1\npsn_name = \"一二三四五六七八九十一二三四五六\"", 2, "30 bytes"),
        ("generation = 1\nname_extension = \"一\"", 2, "no name extension"),
        ("psn_name = \"一\"\nname_hex = \"D2BB\"", 2, "not both"),
        ("naty = \"57\"", 1, "ethnicity"),
        ("gend = \"3\"", 1, "gender"),
        ("reset_info = \"0081\"", 1, "26 hex digits"),
        ("algorithm = \"04\"", 1, "algorithm"),
        ("pin = \"123\"", 1, "4 to 16"),
        ("pin_tries = 0", 1, "1 to 15"),
        ("generation = \"two\"", 1, "expected a whole number"),
        ("quirks = \"t0\"", 1, "expected a list"),
        ("quirks = [\n  \"t0\",\n  \"t1\",\n]", 3, "no quirk is called \"t1\""),
        ("[keys]\nirk = \"00\"", 2, "32 hex digits"),
        ("[keys]\nsecret = \"00\"", 2, "secret"),
        (
            "[keys]\nirk = \"000102030405060708090A0B0C0D0E0F\"\nmaster_irk = \"000102030405060708090A0B0C0D0E0F\"",
            2,
            "not both",
        ),
        ("[keys]\nscheme = \"best\"", 2, "assumed-1"),
        ("[records]\n123 = \"00\"", 2, "two hex digits"),
        ("[records]\n4E = \"\"\n4e = \"\"", 3, "twice"),
        ("[records]\n08 = \"0\"", 2, "two for each byte"),
        ("generation = ", 1, ""),
    ];
    for (text, line, word) in cases {
        let error = CardSpec::parse(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
        assert_eq!(error.line(), Some(line), "{text}: {error}");
        let shown = error.to_string();
        assert!(shown.starts_with(&format!("line {line}: ")) && shown.contains(word), "{text}: {shown}");
        assert!(!shown.contains("123456"), "{shown}");
        assert_eq!(error.fault().number, 1050);
    }
}

#[test]
fn a_missing_file_says_which() {
    let error = CardSpec::load("no/such/card.toml".as_ref()).unwrap_err();
    assert!(matches!(error, SpecError::Read { .. }));
    assert!(error.to_string().contains("card.toml"));
}

#[test]
fn debug_shows_no_holder() {
    let spec = CardSpec::default();
    let shown = format!("{spec:?}");
    assert!(
        shown.contains("Three") && !shown.contains(&spec.certno) && !shown.contains(&spec.pin),
        "{shown}"
    );
    assert!(!shown.to_uppercase().contains("59494B41"), "{shown}");
}

#[test]
fn the_samples_load() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../hw-docs/samples");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("card") && name.ends_with(".toml") {
            CardSpec::load(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            found += 1;
        }
    }
    assert!(found >= 6, "{found} samples");
    let documented = CardSpec::load(format!("{folder}/card.toml").as_ref()).unwrap();
    assert!(documented == CardSpec::default(), "card.toml says what the built-in card is");
}

#[test]
fn the_manual_names_every_quirk_and_key() {
    let manual = include_str!("../../../hw-docs/virtual-bench.md");
    for quirk in Quirk::NAMES {
        assert!(manual.contains(&format!("`{quirk}")), "quirk {quirk}");
    }
    // The parser lists its keys when it meets one it does not know.
    for text in ["nonsense = 1", "[keys]\nnonsense = 1"] {
        let known = CardSpec::parse(text).unwrap_err().to_string();
        let keys: Vec<&str> = known.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() >= 7, "{known}");
        for key in keys {
            let written = [format!("`{key}`"), format!("`keys.{key}`"), format!("`{key}.")];
            assert!(key == "keys" || written.iter().any(|key| manual.contains(key)), "key {key}");
        }
    }
}
