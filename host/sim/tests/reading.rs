//! Files and records of the three generations, by every way of addressing them. The expected bytes follow from
//! 社会保障卡文件结构和数据项 and LD/T 32: tags, lengths and formats of the built-in person's data.

mod common;

use common::{SELECT_EF05, SELECT_EF06, SELECT_MF, SELECT_SSSE, card, card_from, exchange, send};
use yika_sim::{Card, CardSpec, Interface, VirtualCard};

const FCI_GEN2: &str = "6F1C 840F7378312E73682EC9E7BBE1B1A3D5CF A509 880101 9F0C038601 01 9000";
const FCI_GEN3: &str = "6F1C 840F7378312E73682EC9E7BBE1B1A3D5CF A509 880101 9F0C038601 03 9000";
const FCI_GEN1: &str = "6F16 840F7378312E73682EC9E7BBE1B1A3D5CF A503 880101 9000";

const CARD_SN: &str = "0110 990100D1560000050100000012345678 9000";
const CARD_NO: &str = "0709 413132333435363738 9000";
const CERTNO: &str = "0812 393930313031313938353036313530303230 9000";
const NAME: &str = "091E C9F2D2BBBACC 000000000000000000000000000000000000000000000000 9000";
const EXTENSION: &str = "4E14 0000000000000000000000000000000000000000 9000";

#[test]
fn the_answers_to_reset() {
    let contact = card(2, &[]).atr().unwrap();
    assert_eq!(contact, common::hex("3B6D0000 00815431008660210901000001"));
    let spec = CardSpec::default().with_interface(Interface::Contactless);
    let contactless = VirtualCard::new(spec).atr().unwrap();
    assert_eq!(contactless[..17], common::hex("3B8D8001 00815431008660210901000001"));
    assert_eq!(contactless.len(), 18);
    // ISO 7816-3: everything from T0 to TCK XORs to zero.
    assert_eq!(contactless[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
}

#[test]
fn generation_2_over_t0_as_a_driver_reads_it() {
    exchange(
        &mut card(2, &["t0"]),
        &[
            (SELECT_SSSE, "611E"),
            ("00C000001E", FCI_GEN2),
            ("00B2012C12", CARD_SN),
            ("00B2032C06", "0304 322E3030 9000"),
            ("00B2062C06", "0604 20410831 9000"),
            ("00B2072C0B", CARD_NO),
            ("00B2013414", CERTNO),
            ("00B2023420", NAME),
            ("00B2033416", EXTENSION),
        ],
    );
}

#[test]
fn every_record_of_generation_2_by_tag() {
    exchange(
        &mut card(2, &[]),
        &[
            (SELECT_SSSE, FCI_GEN2),
            (SELECT_EF05, "9000"),
            ("00B2010012", CARD_SN),
            ("00B2020003", "020131 9000"),
            ("00B2030006", "0304322E3030 9000"),
            ("00B204000E", "040C990100000000000000000001 9000"),
            ("00B2050006", "050420210901 9000"),
            ("00B2060006", "060420410831 9000"),
            ("00B207000B", CARD_NO),
            (SELECT_EF06, "9000"),
            ("00B2080014", CERTNO),
            ("00B2090020", NAME),
            ("00B24E0016", EXTENSION),
            ("00B20A0003", "0A0132 9000"),
            ("00B20B0003", "0B0101 9000"),
            ("00B20C0005", "0C03990101 9000"),
            ("00B20D0006", "0D0419850615 9000"),
            ("00B20E0000", "6A83"),
        ],
    );
}

#[test]
fn sex_is_record_4_in_generation_2_and_record_3_in_generation_1() {
    exchange(
        &mut card(2, &[]),
        &[
            (SELECT_SSSE, FCI_GEN2),
            ("00B2033416", EXTENSION),
            ("00B2043403", "0A01329000"),
            ("00B2083400", "6A83"),
        ],
    );
    exchange(
        &mut card(1, &[]),
        &[
            (SELECT_SSSE, FCI_GEN1),
            ("00B2032C06", "0304 312E3030 9000"),
            ("00B2033403", "0A0132 9000"),
            ("00B2063406", "0D0419850615 9000"),
            ("00B2073400", "6A83"),
            ("00B24E3016", "6A83"),
        ],
    );
}

#[test]
fn generation_3_shows_the_card_and_hides_the_holder() {
    exchange(
        &mut card(3, &[]),
        &[
            (SELECT_SSSE, FCI_GEN3),
            ("00B2072C0B", CARD_NO),
            ("00B2032C06", "0304 332E3030 9000"),
            ("00B2013414", "6982"),
            (SELECT_EF06, "9000"),
            ("00B2080014", "6982"),
            ("00B24E0016", "6982"),
        ],
    );
}

#[test]
fn le_zero_reads_all_and_a_wrong_le_is_told_the_right_one() {
    exchange(
        &mut card(2, &[]),
        &[
            (SELECT_SSSE, FCI_GEN2),
            ("00B2072C00", CARD_NO),
            ("00B2072C0A", "6C0B"),
            ("00B2072C20", "6C0B"),
            ("00B2072C0B", CARD_NO),
            ("00B2072C", "6700"),
        ],
    );
}

#[test]
fn the_ways_to_select() {
    exchange(
        &mut card(2, &[]),
        &[
            // No EF is current, and none belongs to the MF.
            ("00B2010012", "6986"),
            ("00B2012C12", "6A82"),
            (SELECT_EF05, "6A82"),
            // By identifier, as a child, silently, and by the first bytes of the name.
            ("00A4000002DDF1", FCI_GEN2),
            ("00A40300", "6F09 83023F00 A503880101 9000"),
            ("00A4010002DDF1", FCI_GEN2),
            ("00A4040C0F 7378312E73682EC9E7BBE1B1A3D5CF", "9000"),
            ("00A4040005 7378312E73", FCI_GEN2),
            ("00A4000002EF06", "9000"),
            ("00B2080014", CERTNO),
            // An application below, then its sibling, then back by name from there.
            ("00A4040006 D15600000503", "6F0D 8406D15600000503 A503880101 9000"),
            ("00A4040205 D156000005", "6F0D 8406D15600000504 A503880101 9000"),
            ("00A4000002DF01", "6F0D 8406D15600000500 A503880101 9000"),
            (SELECT_SSSE, FCI_GEN2),
            ("00A4040008 A000000333010101", "6F0F 8408A000000333010101 A503880101 9000"),
            (SELECT_MF, "6F09 83023F00 A503880101 9000"),
            // Refusals leave the selection alone.
            ("00A4040006 D15600000503", "6A82"),
            ("00A4040004 73783200", "6A82"),
            ("00A4040400", "6A86"),
            ("00A4080002EF05", "6A86"),
            ("00A4000003EF0500", "6700"),
            ("00A4000002EF05", "6A82"),
        ],
    );
}

#[test]
fn reading_by_sfi_makes_the_file_current() {
    exchange(
        &mut card(2, &[]),
        &[
            (SELECT_SSSE, FCI_GEN2),
            ("00B2072C0B", CARD_NO),
            ("00B2010412", CARD_SN),
            ("00B2FF3000", "6A83"),
            ("00B2010414", CERTNO),
            ("00B2013C00", "6A82"),
            ("00B201FC00", "6A86"),
            ("00B2010500", "6A81"),
            ("00B2000400", "6A83"),
            // The applications have no files here.
            ("00A4040006D15600000503", "6F0D 8406D15600000503 A503880101 9000"),
            ("00B2010412", "6986"),
        ],
    );
}

#[test]
fn commands_that_do_not_exist() {
    exchange(
        &mut card(2, &[]),
        &[
            ("00B0000010", "6986"),
            (SELECT_SSSE, FCI_GEN2),
            (SELECT_EF05, "9000"),
            ("00B0000010", "6981"),
            ("0012000000", "6D00"),
            ("8012000000", "6D00"),
            ("A0A40000023F00", "6E00"),
            ("00A4", "6700"),
            ("00C0000010", "6985"),
        ],
    );
}

#[test]
fn a_long_name_goes_on_in_the_extension_even_inside_a_character() {
    // 13 characters of two bytes and one of four (U+3402 is 8139EF31) just fill the record.
    let mut card = card_from("generation = 2\npsn_name = \"阿依努尔·买买提明阿卜杜热㐂\"");
    exchange(
        &mut card,
        &[
            (SELECT_SSSE, FCI_GEN2),
            ("00B2093020", "091E B0A2D2C0C5ACB6FBA1A4C2F2C2F2CCE1C3F7B0A2B2B7B6C5C8C8 8139EF31 9000"),
        ],
    );
    // One more, and byte 30 falls inside the last.
    let mut card = card_from("generation = 2\npsn_name = \"阿依努尔·买买提明阿卜杜热合㐂\"");
    exchange(
        &mut card,
        &[
            (SELECT_SSSE, FCI_GEN2),
            ("00B2093020", "091E B0A2D2C0C5ACB6FBA1A4C2F2C2F2CCE1C3F7B0A2B2B7B6C5C8C8BACF 8139 9000"),
            ("00B24E3016", "4E14 EF31 000000000000000000000000000000000000 9000"),
        ],
    );
}

#[test]
fn fifteen_digit_numbers_are_padded() {
    let mut card = card_from("generation = 1\ncertno = \"990101850615002\"");
    assert_eq!(send(&mut card, SELECT_SSSE), FCI_GEN1.replace(' ', ""));
    exchange(
        &mut card,
        &[
            ("00B2013414", "0812 393930313031383530363135303032 000000 9000"),
            ("00B2033403", "0A0132 9000"),
            ("00B2063406", "0D0419850615 9000"),
        ],
    );
}

#[test]
fn an_empty_date_is_filled_with_f() {
    let mut card = card_from("generation = 2\nexpires = \"\"");
    exchange(&mut card, &[(SELECT_SSSE, FCI_GEN2), ("00B2062C06", "0604FFFFFFFF9000")]);
}

#[test]
fn the_ssse_can_be_the_mf() {
    exchange(
        &mut card(2, &["ssse-is-mf"]),
        &[
            ("00B2072C0B", CARD_NO),
            (SELECT_MF, FCI_GEN2),
            (SELECT_SSSE, FCI_GEN2),
            ("00A4040006D15600000503", "6F0D 8406D15600000503 A503880101 9000"),
        ],
    );
}

#[test]
fn without_power_there_is_no_answer() {
    let mut card = card(2, &[]);
    card.power_off();
    assert_eq!(card.transmit(&common::hex(SELECT_SSSE)), yika_sim::CardAnswer::Mute);
}
