//! Sales that go well, and sales that are refused.

use yika_firmware::text::{self, Lang};
use yika_sim::{CardSpec, Generation};

use crate::desk::{Desk, Weather};

#[test]
fn a_card_pays_and_the_slip_says_it_all() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.expect(text::HOME_PRESS);
        desk.keys("ok 1234 ok");
        desk.expect(text::PRESENT);
        desk.card(true);
        desk.until(text::SETTLED);
        // The model centre pays half from the fund and leaves ten in a hundred in cash.
        let (acct, fund, cash) = crate::world::centre::split(1234);
        desk.expect(text::COLLECT_CASH);
        let money = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        desk.expect_text(&money(cash));
        let slip = desk.slips();
        for figure in [1234, acct, fund, cash].map(money) {
            assert!(slip.contains(&figure), "{figure} in\n{slip}");
        }
        for text in [text::SLIP_TITLE, text::SLIP_BENCH, text::CREDENTIAL_CARD, text::SLIP_KEEP] {
            let text = text.get(lang).to_string();
            assert!(slip.contains(&text), "{text} in\n{slip}");
        }
        assert!(slip.contains("张**") && slip.contains("P99010000001") && slip.contains("[QR S0000"));
        assert_eq!(desk.board().paper().unknown(), 0);
        // The other pages, and home.
        desk.keys("down");
        desk.expect(text::FUND);
        desk.expect_text("张**");
        desk.keys("down");
        desk.expect(text::SLIP_SETTLEMENT);
        desk.keys("ok ok");
        desk.expect(text::HOME_PRESS);
        assert_eq!(desk.net.borrow().sent.len(), 1, "one datagram for a sale");
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn every_generation_pays() {
    for generation in [1, 2, 3] {
        let mut desk = Desk::new(Lang::Zh);
        desk.board().replace_card(CardSpec::generation(Generation::from_number(generation).unwrap()));
        desk.board().set_card(false);
        desk.turn(3);
        desk.keys("ok 500 ok");
        desk.card(true);
        desk.until(text::SETTLED);
    }
}

#[test]
fn a_code_pays() {
    let mut desk = Desk::new(Lang::Zh);
    desk.sell(800);
    desk.until(text::SETTLED);
    assert!(desk.slips().contains("医保码"));
}

#[test]
fn an_identity_card_pays() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("ok 800 ok");
    desk.board().lay_id(true);
    desk.until(text::SETTLED);
    assert!(desk.slips().contains("身份证"));
}

#[test]
fn five_keys_are_enough() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("ok up up left up ok");
    desk.expect(text::PRESENT);
    desk.expect_text("12.00");
    desk.keys("left");
    desk.expect(text::HOME_PRESS);
    // Nothing but keys, to every corner.
    desk.keys("left down down ok left down down down ok down down down down ok left left");
    desk.expect(text::MENU);
}

#[test]
fn nothing_is_sent_before_a_credential_and_cancelling_is_free() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("ok 800 ok");
    desk.wait(2_000);
    desk.keys("left");
    desk.expect(text::HOME_PRESS);
    desk.keys("ok 800 ok");
    desk.wait(121_000);
    desk.expect(text::HOME_PRESS);
    assert!(desk.net.borrow().sent.is_empty());
}

#[test]
fn a_pin_is_asked_for_checked_and_reported() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("left up ok down down ok ok left left");
    desk.keys("ok 5120 ok");
    desk.card(true);
    desk.until(text::PIN);
    desk.keys("right");
    desk.expect(text::PIN);
    desk.pin("999999");
    desk.until(text::PIN_WRONG);
    desk.expect(text::PIN_LEFT);
    let before = desk.board().card().pin_tries_left();
    // A key lost on the way costs no try.
    desk.board().press_pad(yika_firmware::pinpad::PadKey::Digit(1));
    desk.board().lose_pad_key();
    desk.board().press_pad(yika_firmware::pinpad::PadKey::Digit(3));
    desk.turn(300);
    desk.expect(text::PIN_AGAIN);
    assert_eq!(desk.board().card().pin_tries_left(), before);
    desk.pin("12");
    desk.turn(300);
    desk.expect(text::PIN_SHORT);
    desk.net.borrow_mut().centre.refuses = vec![5120];
    let pin = desk.card.pin.clone();
    desk.pin(&pin);
    // Without the flag the model centre refuses this amount.
    desk.until(text::SETTLED);
}

#[test]
fn a_blocked_pin_ends_the_try_not_the_sale() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("left up ok down down ok ok left left ok 800 ok");
    desk.card(true);
    desk.until(text::PIN);
    for _ in 0..12 {
        if desk.shows(text::NOT_SETTLED) {
            break;
        }
        desk.pin("000000");
        desk.wait(1_000);
    }
    desk.expect(text::NOT_SETTLED);
    desk.expect_text("Y-2041");
    desk.keys("ok");
    desk.card(false);
    desk.until(text::NOT_SETTLED);
    desk.keys("ok");
    desk.scan();
    desk.until(text::SETTLED);
}

#[test]
fn a_pin_may_be_skipped_where_it_is_optional() {
    let mut desk = Desk::new(Lang::En);
    desk.keys("left up ok down down ok left left ok 800 ok");
    desk.card(true);
    desk.until(text::PIN);
    desk.expect(text::PIN_SKIP);
    desk.keys("right");
    desk.until(text::SETTLED);
}

#[test]
fn a_centre_that_wants_a_pin_gets_one_in_the_same_sale() {
    let mut desk = Desk::new(Lang::Zh);
    desk.net.borrow_mut().centre.refuses = vec![5120];
    desk.keys("ok 5120 ok");
    desk.card(true);
    desk.until(text::NOT_SETTLED);
    desk.expect_text("Y-5120");
    desk.keys("ok");
    desk.until(text::PIN);
    let pin = desk.card.pin.clone();
    desk.pin(&pin);
    desk.until(text::SETTLED);
}

#[test]
fn refusals_are_told_in_words_or_by_number() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.net.borrow_mut().centre.refuses = vec![5032, 700];
        desk.sell(5032);
        desk.until(text::NOT_SETTLED);
        desk.expect_text("Y-5032");
        let words = text::refusal(5032).unwrap();
        let first: String = match lang {
            Lang::Zh => words.cause(lang).into_iter().take(6).collect(),
            Lang::En => words.cause(lang).into_iter().take(12).collect(),
        };
        desk.expect_text(first.trim_end());
        desk.keys("down down down down down down down down");
        desk.keys("ok");
        desk.sell(700);
        desk.until(text::NOT_SETTLED);
        desk.expect_text("Y-5301");
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn a_card_pulled_out_takes_nothing() {
    for after in 1..40 {
        let mut desk = Desk::new(Lang::Zh);
        desk.keys("ok 800 ok");
        desk.board().set_card(true);
        desk.turn(after);
        desk.board().set_card(false);
        desk.turn(5);
        let sent = desk.net.borrow().sent.len();
        if sent == 0 {
            desk.expect_text("Y-1009");
            desk.card(true);
            desk.until(text::SETTLED);
        }
        assert!(desk.net.borrow().sent.len() <= 1);
    }
}

#[test]
fn what_is_no_code_is_told() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("ok 800 ok");
    desk.board().send_scanner(b"123\r");
    desk.turn(5);
    desk.expect(text::NOT_SETTLED);
    desk.scan();
    desk.until(text::SETTLED);
}

#[test]
fn more_than_the_limit_is_not_sent() {
    let mut desk = Desk::new(Lang::Zh);
    desk.sell(200_001);
    desk.until(text::NOT_SETTLED);
    desk.expect_text("Y-7024");
    assert!(desk.net.borrow().sent.is_empty());
}

#[test]
fn without_a_network_the_screen_says_so() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Down);
    desk.wait(500);
    desk.expect(text::OFFLINE);
}
