//! Void, reprint, day, settings.

use yika_firmware::hal::Start;
use yika_firmware::text::{self, Lang};

use crate::desk::{Desk, Weather};

fn sold(lang: Lang, fens: &[u32]) -> Desk {
    let mut desk = Desk::new(lang);
    for fen in fens {
        desk.sell(*fen);
        desk.until(text::SETTLED);
        desk.keys("ok");
    }
    desk.turn(30);
    desk
}

#[test]
fn the_last_sale_is_voided_once() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = sold(lang, &[1_000, 2_000]);
        desk.keys("left ok");
        desk.expect(text::ASK_VOID);
        desk.expect_text("20.00");
        desk.keys("left left ok");
        desk.expect(text::AMOUNT);
        desk.keys("clear left ok");
        desk.keys("ok");
        desk.until(text::VOIDED);
        desk.expect(text::RETURN_CASH);
        let slips = desk.slips();
        assert!(slips.contains(&text::SLIP_VOID.get(lang).to_string()) && slips.contains("20.00"), "{slips}");
        desk.keys("ok left ok");
        desk.expect(text::NOT_DONE);
        desk.expect_text("Y-7027");
        assert!(desk.net.borrow().centre.counts(1) && !desk.net.borrow().centre.counts(2));
        // Its slip, printed again, says so.
        desk.keys("left left left down ok");
        assert!(desk.slips().contains(&text::SLIP_VOIDED.get(lang).to_string()));
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn a_void_without_an_answer_goes_on_until_there_is_one() {
    let mut desk = sold(Lang::Zh, &[1_000]);
    desk.weather(Weather::Deaf);
    desk.keys("left ok ok");
    desk.expect(text::VOIDING);
    desk.wait(5_000);
    desk.keys("left ok right");
    desk.expect(text::VOIDING);
    desk.start(Start::PowerOn);
    desk.weather(Weather::Fine);
    desk.wait(60_000);
    assert!(!desk.net.borrow().centre.counts(1));
    assert!(desk.slips().contains("撤销凭条"));
}

#[test]
fn a_void_that_waits_for_long_frees_the_screen() {
    let mut desk = sold(Lang::Zh, &[1_000]);
    desk.weather(Weather::Deaf);
    desk.keys("left ok ok");
    desk.expect(text::VOIDING);
    desk.wait(120_000);
    assert!(!desk.shows(text::VOIDING), "the screen is held for ever");
    desk.weather(Weather::Fine);
    desk.wait(120_000);
    assert!(!desk.net.borrow().centre.counts(1));
}

#[test]
fn a_slip_is_printed_again_and_says_so() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = sold(lang, &[1_000]);
        let first = desk.slips();
        desk.keys("left down ok");
        desk.expect(text::PRINTING);
        let both = desk.slips();
        assert!(!first.contains(&text::SLIP_REPRINT.get(lang).to_string()));
        assert!(both.len() > first.len() && both.contains(&text::SLIP_REPRINT.get(lang).to_string()));
    }
}

#[test]
fn nothing_was_settled_yet() {
    let mut desk = Desk::new(Lang::En);
    for choice in ["left ok", "left down ok", "left down down ok", "left down down down ok"] {
        desk.keys(choice);
        assert!(desk.shows(text::NO_DAY) || desk.shows(text::NOT_DONE), "{choice}");
        desk.keys("left left");
    }
    assert!(!desk.pos().overflowed());
}

#[test]
fn the_day_adds_up_and_prints() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = sold(lang, &[1_000, 2_000, 3_000]);
        desk.keys("left down down ok");
        desk.expect(text::MENU_DAY);
        desk.expect_text("3");
        desk.keys("down");
        desk.expect(text::CASH);
        desk.keys("right down right");
        let slips = desk.slips();
        assert!(slips.contains(&text::SLIP_DAY_TITLE.get(lang).to_string()), "{slips}");
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn books_are_compared_and_differences_shown_first() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = sold(lang, &[1_000, 2_000]);
        desk.keys("left down down down ok");
        desk.until(text::DAY_EQUAL);
        desk.expect(text::DAY_COUNT);
        desk.keys("right");
        assert!(desk.slips().contains(&text::DAY_EQUAL.get(lang).to_string()));
        desk.keys("down down down down down ok left");
        // The centre takes one sale for a sale of another day.
        let earlier = desk.net.borrow().centre.clone();
        desk.sell(3_000);
        desk.until(text::SETTLED);
        desk.net.borrow_mut().centre = earlier;
        desk.keys("ok left down down down ok");
        desk.until(text::DAY_DIFFERENT);
        desk.expect(text::DAY_COUNT);
        desk.expect_text("3");
        desk.keys("right");
        assert!(desk.slips().contains(&text::DAY_DIFFERENT.get(lang).to_string()));
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn comparing_needs_a_network_and_nothing_open() {
    let mut desk = sold(Lang::Zh, &[1_000]);
    desk.weather(Weather::Deaf);
    desk.keys("left down down down ok");
    desk.expect(text::COMPARING);
    desk.until(text::NO_REPLY);
    desk.keys("ok");
    desk.sell(500);
    desk.wait(31_000);
    desk.keys("ok left down down down ok");
    desk.expect(text::NOT_DONE);
    desk.expect_text("Y-7031");
}

#[test]
fn settings_are_kept() {
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("left up ok");
    desk.expect(text::SET_LANGUAGE);
    desk.keys("ok");
    desk.lang = Lang::En;
    desk.expect(text::LANGUAGE_NAME);
    desk.keys("down ok");
    desk.expect(text::PAPER_80);
    desk.keys("down ok ok");
    desk.expect(text::PIN_ALWAYS);
    desk.start(Start::PowerOn);
    desk.expect(text::HOME_PRESS);
    desk.keys("left up ok down down");
    desk.expect(text::PIN_ALWAYS);
    let settings = *desk.pos().settings();
    assert_eq!(settings.paper, yika_firmware::slip::Paper::Wide);
}

#[test]
fn addresses_are_typed_digit_by_digit_and_kept() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.keys("left up ok down down down ok");
        desk.expect(text::ADDRESS_OWN);
        desk.keys("999000000000 ok");
        desk.expect(text::ADDRESS_WRONG);
        desk.keys("left left left left left left left left left left left");
        desk.keys("192000002009 ok 24 ok 192000002001 ok 198051100007 ok 07701 ok");
        desk.expect(text::SAVED);
        assert_eq!(desk.pos().settings().network.port, 7701);
        desk.start(Start::PowerOn);
        assert_eq!(desk.pos().settings().network.centre, [198, 51, 100, 7]);
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn the_terminal_tells_who_it_is() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.keys("left up ok down down down down ok");
        desk.expect_text("0101010101010101");
        desk.keys("down");
        desk.expect_text("P99010000001");
        desk.keys("down");
        desk.expect_text(crate::desk::SERIAL);
        desk.keys("down");
        desk.expect(text::INFO_STARTS);
        desk.keys("up up up up left");
        desk.expect(text::MENU_SETTINGS);
        assert!(!desk.pos().overflowed());
    }
}
