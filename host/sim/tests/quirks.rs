//! Each maker's peculiarity, as a reader meets it.

mod common;

use common::{SELECT_EF05, SELECT_EF06, SELECT_MF, SELECT_SSSE, card, card_from, exchange, send};
use std::time::Duration;
use yika_sim::{Card, CardAnswer, CardSpec, VirtualCard};

const FCI: &str = "6F1C 840F7378312E73682EC9E7BBE1B1A3D5CF A509 880101 9F0C03860101 9000";
const CARD_NO: &str = "0709 413132333435363738 9000";
const CERTNO: &str = "0812 393930313031313938353036313530303230 9000";

#[test]
fn t0_keeps_an_answer_until_it_is_fetched() {
    exchange(
        &mut card(2, &["t0"]),
        &[
            (SELECT_SSSE, "611E"),
            // Too much is refused, part is given with what remains, the rest fetched; then nothing waits.
            ("00C000001F", "6C1E"),
            ("00C0000010", "6F1C840F7378312E73682EC9E7BBE1B1 610E"),
            ("00C0000000", "A3D5CFA5098801019F0C038601019000"),
            ("00C0000000", "6985"),
            // Another command forgets it.
            (SELECT_SSSE, "611E"),
            (SELECT_EF05, "9000"),
            ("00C0000000", "6985"),
            // Four bytes mean a zero Le on this protocol.
            ("00B20700", CARD_NO),
        ],
    );
}

#[test]
fn must_fetch_accepts_nothing_else() {
    exchange(
        &mut card(2, &["t0", "must-fetch"]),
        &[(SELECT_SSSE, "611E"), ("00B2072C0B", "6901"), ("00C000001E", FCI), ("00B2072C0B", CARD_NO)],
    );
}

#[test]
fn le_strict_refuses_zero_too() {
    exchange(
        &mut card(2, &["t0", "le-strict"]),
        &[(SELECT_SSSE, "611E"), ("00C0000000", FCI), ("00B2072C00", "6C0B"), ("00B2072C0B", CARD_NO)],
    );
}

#[test]
fn mf_first() {
    exchange(
        &mut card(2, &["mf-first"]),
        &[
            (SELECT_SSSE, "6A82"),
            ("00A4000002DDF1", "6A82"),
            (SELECT_MF, "6F0983023F00A503880101 9000"),
            (SELECT_SSSE, FCI),
            (SELECT_SSSE, FCI),
        ],
    );
    let mut card = card(2, &["mf-first"]);
    send(&mut card, SELECT_MF);
    card.reset();
    assert_eq!(send(&mut card, SELECT_SSSE), "6A82");
}

#[test]
fn no_sfi_and_sfi_ignored() {
    for (quirk, refusal) in [("no-sfi", "6A86"), ("no-sfi=6B00", "6B00"), ("sfi-ignored", "6986")] {
        exchange(
            &mut card(2, &[quirk]),
            &[(SELECT_SSSE, FCI), ("00B2072C0B", refusal), (SELECT_EF05, "9000"), ("00B207000B", CARD_NO)],
        );
    }
    // The card that ignores the SFI reads from the wrong file without a word.
    exchange(
        &mut card(2, &["sfi-ignored"]),
        &[
            (SELECT_SSSE, FCI),
            (SELECT_EF05, "9000"),
            ("00B2013412", "0110990100D1560000050100000012345678 9000"),
        ],
    );
}

#[test]
fn rec_only() {
    for (quirk, refusal) in [("rec-only", "6A81"), ("rec-only=6A86", "6A86")] {
        exchange(
            &mut card(2, &[quirk]),
            &[
                (SELECT_SSSE, FCI),
                ("00B2072800", refusal),
                ("00B2072C00", CARD_NO),
                (SELECT_EF06, "9000"),
                ("00B2080000", refusal),
                ("00B2010400", CERTNO),
            ],
        );
    }
}

#[test]
fn kinds_of_fci() {
    exchange(&mut card(3, &["no-fci"]), &[(SELECT_SSSE, "9000")]);
    exchange(&mut card(3, &["no-fci", "t0"]), &[(SELECT_SSSE, "9000"), ("00C0000000", "6985")]);
    exchange(
        &mut card(3, &["no-alg"]),
        &[(SELECT_SSSE, "6F16 840F7378312E73682EC9E7BBE1B1A3D5CF A503880101 9000")],
    );
    exchange(
        &mut card_from("generation = 2\ninterface = \"contactless\"\nquirks = [\"fci-needs-le\"]"),
        &[(SELECT_SSSE, "9000"), ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF00", FCI)],
    );
    exchange(&mut card(2, &["ef-fci"]), &[(SELECT_SSSE, FCI), (SELECT_EF05, "6F07 820104 8302EF05 9000")]);
    exchange(&mut card(2, &["ef-fci", "t0"]), &[(SELECT_SSSE, "611E"), (SELECT_EF05, "6109")]);
}

#[test]
fn only_one_way_to_select_a_file() {
    let (by_00, by_02) = ("00A4000002EF05", "00A4020002EF05");
    exchange(&mut card(2, &["ef-p1=00"]), &[(SELECT_SSSE, FCI), (by_02, "6A86"), (by_00, "9000")]);
    exchange(&mut card(2, &["ef-p1=02"]), &[(SELECT_SSSE, FCI), (by_00, "6A86"), (by_02, "9000")]);
}

#[test]
fn an_application_that_is_locked() {
    exchange(&mut card(2, &["select-sw=6283"]), &[(SELECT_SSSE, "6283"), ("00B2072C0B", "6A82")]);
}

#[test]
fn records_that_differ() {
    let read = |quirk: &str, apdu: &str| {
        let mut card = card(2, &[quirk]);
        send(&mut card, SELECT_SSSE);
        send(&mut card, apdu)
    };
    assert_eq!(read("long-card-no", "00B2072800"), "070C4131323334353637383939309000");
    assert_eq!(read("version-00", "00B2032800"), "0304000000009000");
    assert_eq!(read("no-4e", "00B24E3000"), "6A83");
    assert_eq!(read("no-4e=6A88", "00B24E3000"), "6A88");
    assert_eq!(read("no-4e=6A88", "00B2033400"), "6A88");
    assert_eq!(read("no-4e", "00B2043400"), "0A01329000");
    assert_eq!(read("no-4e-packed", "00B2033400"), "0A01329000");
    assert_eq!(read("no-4e-packed", "00B24E3000"), "6A83");
    let pad = |byte: &str, count| byte.repeat(count);
    assert_eq!(read("ff-padded-name", "00B2093000"), format!("091EC9F2D2BBBACC{}9000", pad("FF", 24)));
    assert_eq!(read("ff-padded-name", "00B24E3000"), format!("4E14{}9000", pad("FF", 20)));
    assert_eq!(read("space-padded-name", "00B2093000"), format!("091EC9F2D2BBBACC{}9000", pad("20", 24)));
    assert_eq!(read("wrong-tag", "00B2083000"), CERTNO.replace(' ', "").replacen("08", "48", 1));
    assert_eq!(read("wrong-tag=0A", "00B20A3000"), "4A01329000");
    assert_eq!(read("wrong-length", "00B2083000"), CERTNO.replace(' ', "").replacen("0812", "0813", 1));
    assert_eq!(read("truncated", "00B2093000"), format!("091EC9F2D2BBBACC{}9000", pad("00", 9)));
}

#[test]
fn records_written_by_hand() {
    let mut card = card_from(
        "generation = 2\n[records]\n08 = \"0812393930313031313938353036313530303231\"\n0B = \"\"\n0E = \"0E0155\"",
    );
    exchange(
        &mut card,
        &[
            (SELECT_SSSE, FCI),
            ("00B2083014", "0812 393930313031313938353036313530303231 9000"),
            ("00B20B3000", "6A83"),
            ("00B20E3003", "0E0155 9000"),
        ],
    );
}

#[test]
fn endless_answers_never_end() {
    let mut card = card(2, &["t0", "endless-61"]);
    assert_eq!(send(&mut card, SELECT_SSSE), "6110");
    for _ in 0..50 {
        assert_eq!(send(&mut card, "00C0000010"), "6110");
    }
    let mut card = common::card(2, &["endless-6c"]);
    send(&mut card, SELECT_SSSE);
    let mut le = String::from("12");
    for _ in 0..50 {
        let answer = send(&mut card, &format!("00B20128{le}"));
        assert!(answer.len() == 4 && answer.starts_with("6C") && answer[2..] != le, "{answer}");
        le = answer[2..].to_owned();
    }
}

#[test]
fn a_bank_card_is_no_social_security_card() {
    exchange(
        &mut card(2, &["no-ssse"]),
        &[
            (SELECT_SSSE, "6A82"),
            (
                "00A404000E 315041592E5359532E4444463031",
                "6F15 840E315041592E5359532E4444463031 A503880101 9000",
            ),
            ("0020000003123456", "6A88"),
        ],
    );
}

#[test]
fn mute_and_slow() {
    let mut mute = VirtualCard::new(CardSpec::default().with_quirks(["mute"]).unwrap());
    mute.power_on();
    assert_eq!(mute.atr(), None);
    assert_eq!(mute.transmit(&common::hex(SELECT_SSSE)), CardAnswer::Mute);
    assert_eq!(card(2, &["slow=250"]).work_time(), Duration::from_millis(250));
    assert_eq!(card(2, &[]).work_time(), Duration::ZERO);
}
