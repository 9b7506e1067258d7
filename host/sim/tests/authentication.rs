//! Keys and rights. The cryptograms were computed with the openssl command (enc -sm4-ecb, -des-ede-ecb), and the card's
//! challenges for seed 1 with a SplitMix64 written in Python, both by the rules that hw-docs/card.md states.

mod common;

use common::{SELECT_EF05, SELECT_EF06, SELECT_SSSE, card, card_from, exchange, send};

const CHALLENGE: &str = "0084000008";
const CHALLENGES: [&str; 4] =
    ["910A2DEC89025CC1 9000", "BEEB8DA1658EEC67 9000", "F893A2EEFB32555E 9000", "71C18690EE42C90B 9000"];
/// Process factor 01…08 and original data 11…18.
const INTERNAL: &str = "0088000010 0102030405060708 1112131415161718";
const CERTNO: &str = "0812 393930313031313938353036313530303230 9000";
const OK: &str = "9000";

/// EXTERNAL AUTHENTICATE under key 0A with the second challenge as process factor.
const EXTERNAL_2: &str = "0082000A10 27D1C4C9E8D68F11 1112131415161718";
/// The same with the first.
const EXTERNAL_1: &str = "0082000A10 02608D00DB076811 1112131415161718";

#[test]
fn internal_authentication() {
    for (generation, expected) in [(1, "08F2996BC01387B5"), (2, "08F2996BC01387B5"), (3, "41BF9E7F1ED77BE6")]
    {
        let mut card = card(generation, &[]);
        assert_eq!(send(&mut card, INTERNAL), "6A88", "the MF has no keys");
        send(&mut card, SELECT_SSSE);
        assert_eq!(send(&mut card, INTERNAL), format!("{expected}9000"));
        // With a key version behind.
        assert_eq!(
            send(&mut card, "0088000011010203040506070811121314151617 1801"),
            format!("{expected}9000")
        );
        assert_eq!(send(&mut card, "00880000080102030405060708"), "6700");
        assert_eq!(send(&mut card, &INTERNAL.replacen("0088000010", "0088000110", 1)), "6A88");
    }
}

#[test]
fn internal_authentication_over_t0() {
    let mut card = card(3, &["t0"]);
    exchange(
        &mut card,
        &[(SELECT_SSSE, "611E"), (INTERNAL, "6108"), ("00C0000008", "41BF9E7F1ED77BE6 9000")],
    );
}

#[test]
fn the_second_assumed_scheme() {
    let mut card = card_from("[keys]\nscheme = \"assumed-2\"");
    send(&mut card, SELECT_SSSE);
    assert_eq!(send(&mut card, INTERNAL), "155125D8F39A60159000");
}

#[test]
fn the_newest_challenge_is_the_process_factor() {
    let mut card = card(3, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            (CHALLENGE, CHALLENGES[0]),
            (CHALLENGE, CHALLENGES[1]),
            (EXTERNAL_1, "63CE"),
            // Used up, though it was wrong.
            (EXTERNAL_2, "6984"),
        ],
    );
}

#[test]
fn external_authentication_opens_the_holder_file() {
    let mut card = card(3, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            (EXTERNAL_2, "6984"),
            (CHALLENGE, CHALLENGES[0]),
            (CHALLENGE, CHALLENGES[1]),
            (EXTERNAL_2, OK),
            (SELECT_EF05, OK),
            ("00B2050006", "050420210901 9000"),
            (SELECT_EF06, OK),
            ("00B2080014", CERTNO),
            ("00B2013414", CERTNO),
        ],
    );
    // The right belongs to the selected application and ends with it.
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[("00B2013414", "6982")]);
}

#[test]
fn a_reset_takes_the_right_away() {
    use yika_sim::Card;
    let mut card = card(3, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[(CHALLENGE, CHALLENGES[0]), (EXTERNAL_1, OK), ("00B2013414", CERTNO)]);
    card.reset();
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[("00B2013414", "6982"), (EXTERNAL_1, "6984"), (CHALLENGE, CHALLENGES[1])]);
}

#[test]
fn a_strict_card_wants_the_challenge_used_at_once() {
    let mut card = card(3, &["strict-challenge"]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            (CHALLENGE, CHALLENGES[0]),
            ("00B2072C0B", "0709413132333435363738 9000"),
            (EXTERNAL_1, "6984"),
            (CHALLENGE, CHALLENGES[1]),
            (EXTERNAL_2, OK),
        ],
    );
}

#[test]
fn a_key_blocks_after_its_tries_and_a_success_counts_anew() {
    let mut card = card_from("key_tries = 2");
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            (CHALLENGE, CHALLENGES[0]),
            (EXTERNAL_2, "63C1"),
            (CHALLENGE, CHALLENGES[1]),
            (EXTERNAL_2, OK),
            (CHALLENGE, CHALLENGES[2]),
            (EXTERNAL_2, "63C1"),
            (CHALLENGE, CHALLENGES[3]),
            (EXTERNAL_2, "63C0"),
            (EXTERNAL_2, "6983"),
            ("0082000B10 00000000000000000000000000000000", "6A88"),
            ("0082000A08 0000000000000000", "6700"),
        ],
    );
}

#[test]
fn challenges_have_4_8_or_16_bytes_and_only_8_count() {
    let mut card = card(3, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            ("0084000004", "910A2DEC 9000"),
            (EXTERNAL_1, "6984"),
            ("0084000010", "BEEB8DA1658EEC67F893A2EEFB32555E 9000"),
            ("0084000000", "6C08"),
            ("0084000009", "6700"),
            ("00840000", "6700"),
        ],
    );
}

#[test]
fn records_change_under_the_update_key() {
    let mut card = card(2, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            ("00DC07280B 0709423938373635343332", "6982"),
            (CHALLENGE, CHALLENGES[0]),
            ("0082000410 A4F28FDB5A71B1BF 1112131415161718", OK),
            ("00DC07280B 0709423938373635343332", OK),
            ("00B207280B", "0709423938373635343332 9000"),
            ("00DC072C0B 0709433938373635343332", OK),
            ("00DC07280B 0609423938373635343332", "6A80"),
            ("00DC07280A 07094239383736353433", "6A85"),
            ("00DC07280A 07084239383736353433", "6A85"),
            ("00DC092820 0709", "6700"),
            ("00B207280B", "0709433938373635343332 9000"),
        ],
    );
}

#[test]
fn ssf33_is_named_and_refused() {
    let mut card = card_from("generation = 2\nalgorithm = \"02\"");
    let fci = send(&mut card, SELECT_SSSE);
    assert!(fci.ends_with("9F0C038601029000"), "{fci}");
    assert_eq!(send(&mut card, INTERNAL), "6A81");
}

#[test]
fn card_keys_can_be_given_directly() {
    // The IRK of the built-in card, so the same result as from its master: it is the key that counts. Another key gives
    // another result.
    let mut other = card_from("[keys]\nirk = \"000102030405060708090A0B0C0D0E0F\"");
    send(&mut other, SELECT_SSSE);
    let answer = send(&mut other, INTERNAL);
    assert!(answer.ends_with("9000") && !answer.starts_with("41BF9E7F"), "{answer}");
}
