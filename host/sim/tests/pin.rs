//! VERIFY, its counter, and CHANGE PIN.

mod common;

use common::{SELECT_SSSE, card, card_from, exchange, send};
use yika_sim::Card;

const RIGHT: &str = "0020000003123456";
const WRONG: &str = "0020000003111111";

#[test]
fn the_counter_goes_down_survives_resets_and_comes_back() {
    let mut card = card(2, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[(WRONG, "63C5"), (WRONG, "63C4")]);
    card.reset();
    card.power_off();
    card.power_on();
    exchange(&mut card, &[(RIGHT, "6A88")]);
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[(WRONG, "63C3"), (RIGHT, "9000"), (WRONG, "63C5")]);
}

#[test]
fn a_blocked_pin_stays_blocked() {
    let mut card = card_from("generation = 2\npin_tries = 3\npin = \"8642\"");
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[(WRONG, "63C2"), (WRONG, "63C1"), (WRONG, "63C0")]);
    assert_eq!(card.pin_tries_left(), 0);
    card.reset();
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[("00200000028642", "6983")]);
}

#[test]
fn odd_pins_end_in_f() {
    let mut card = card_from("generation = 2\npin = \"12345\"");
    send(&mut card, SELECT_SSSE);
    exchange(&mut card, &[("002000000312345F", "9000")]);
    assert!(card.pin_verified());
    send(&mut card, SELECT_SSSE);
    assert!(!card.pin_verified(), "another selection, another state");
}

#[test]
fn malformed_verify_spends_no_try() {
    let mut card = card(2, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            ("00200000", "6700"),
            ("002000000112", "6700"),
            ("0020000009 123456789012345678", "6700"),
            ("0020000103123456", "6A88"),
            ("0020010003123456", "6A86"),
        ],
    );
    assert_eq!(card.pin_tries_left(), 6);
}

#[test]
fn the_holder_can_change_it() {
    let mut card = card(2, &[]);
    send(&mut card, SELECT_SSSE);
    exchange(
        &mut card,
        &[
            ("805E010007 111111 FF 654321", "63C5"),
            ("805E010007 123456 FF 65432A", "6A80"),
            ("805E010006 123456 654321", "6A80"),
            ("805E010007 123456 FF 654321", "9000"),
            (RIGHT, "63C5"),
            ("0020000003654321", "9000"),
        ],
    );
}
