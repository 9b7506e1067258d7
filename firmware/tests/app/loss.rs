//! Lost answers, lost power, lost records: what the cashier is told, and that the books stay equal.

use yika_firmware::hal::Start;
use yika_firmware::text::{self, Lang};

use crate::desk::{Desk, Weather};

#[test]
fn no_answer_becomes_a_reversal_by_itself() {
    for weather in [Weather::Deaf, Weather::Dumb, Weather::Down] {
        for lang in [Lang::Zh, Lang::En] {
            let mut desk = Desk::new(lang);
            desk.weather(weather);
            desk.sell(1_000);
            desk.wait(2_000);
            desk.expect(text::SENDING);
            desk.expect(text::DO_NOT_CHARGE);
            desk.wait(10_000);
            desk.expect(text::NO_ANSWER);
            desk.expect(text::DO_NOT_CHARGE);
            desk.wait(20_000);
            desk.expect(text::CANCELLED);
            desk.expect(text::CANCELLED_SENDING);
            desk.keys("ok");
            desk.wait(500);
            desk.expect(text::HOME_OPEN);
            desk.weather(Weather::Fine);
            desk.wait(120_000);
            assert!(!desk.shows(text::HOME_OPEN));
            assert!(!desk.net.borrow().centre.counts(1));
            assert!(desk.slips().is_empty());
            assert!(!desk.pos().overflowed());
        }
    }
}

#[test]
fn the_cashier_may_cancel_after_ten_seconds_and_not_before() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Deaf);
    desk.sell(1_000);
    desk.keys("right ok left");
    desk.expect(text::SENDING);
    desk.wait(10_500);
    desk.keys("right");
    desk.expect(text::ASK_GIVE_UP);
    desk.keys("left");
    desk.wait(300);
    desk.expect(text::NO_ANSWER);
    desk.keys("right ok");
    desk.expect(text::CANCELLED);
    desk.weather(Weather::Fine);
    desk.until(text::CANCELLED_DONE);
    // And the next customer pays.
    desk.keys("ok");
    desk.sell(700);
    desk.until(text::SETTLED);
    assert!(!desk.net.borrow().centre.counts(1) && desk.net.borrow().centre.counts(2));
}

#[test]
fn an_answer_while_the_question_stands_wins() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Dumb);
    desk.sell(1_000);
    desk.wait(10_500);
    desk.keys("right");
    desk.expect(text::ASK_GIVE_UP);
    desk.weather(Weather::Fine);
    desk.until(text::SETTLED);
}

#[test]
fn eight_open_and_the_device_declines_in_words() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Deaf);
    for _ in 0..8 {
        desk.sell(1_000);
        desk.wait(31_000);
        desk.expect(text::CANCELLED);
        desk.keys("ok");
    }
    desk.wait(500);
    desk.expect(text::PAUSED);
    desk.keys("ok");
    desk.expect_text("Y-7021");
    desk.keys("ok");
    desk.weather(Weather::Fine);
    desk.wait(200_000);
    desk.expect(text::HOME_PRESS);
    assert_eq!(desk.net.borrow().centre.taken(), 0);
}

#[test]
fn power_lost_while_waiting_is_told_at_the_next_start() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Dumb);
    desk.sell(1_000);
    desk.wait(1_000);
    desk.start(Start::PowerOn);
    desk.expect(text::CANCELLED);
    desk.weather(Weather::Fine);
    desk.until(text::CANCELLED_DONE);
    assert!(!desk.net.borrow().centre.counts(1));
}

#[test]
fn a_reset_of_its_own_goes_on_with_the_swipe() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Dumb);
    desk.sell(1_000);
    desk.wait(1_000);
    desk.start(Start::Reset);
    desk.expect(text::SENDING);
    desk.weather(Weather::Fine);
    desk.until(text::SETTLED);
    assert!(desk.net.borrow().centre.counts(1));
    assert!(desk.slips().contains("10.00"));
}

#[test]
fn a_settled_sale_that_nobody_saw_is_offered_again() {
    let mut desk = Desk::new(Lang::Zh);
    desk.sell(1_000);
    desk.until(text::SETTLED);
    desk.start(Start::PowerOn);
    desk.expect(text::UNSEEN);
    desk.keys("left down ok");
    assert!(desk.slips().contains("重打"));
}

#[test]
fn a_store_that_is_gone_is_never_taken_for_a_new_one() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.sell(1_000);
        desk.until(text::SETTLED);
        let centre = desk.net.borrow().centre.clone();
        let mut lost = Desk::with(lang, vec![[0xFF; 512]; 512], centre);
        // No settings either: a lost store speaks Chinese.
        lost.lang = Lang::Zh;
        lost.expect(text::STORE_LOST);
        lost.keys("down down up");
        lost.keys("ok left");
        lost.expect(text::STORE_LOST);
        // Only on the operator's word, said twice.
        lost.keys("right ok");
        lost.expect(text::ASK_SETUP);
        lost.keys("left");
        lost.expect(text::STORE_LOST);
        lost.keys("right down");
        lost.keys("ok");
        lost.wait(500);
        lost.expect(text::ENROL_NONE);
        assert!(!lost.pos().overflowed());
    }
}

#[test]
fn a_lost_record_is_looked_into_before_the_next_swipe() {
    for keep in [true, false] {
        let mut desk = Desk::new(Lang::Zh);
        for _ in 0..3 {
            desk.sell(1_000);
            desk.until(text::SETTLED);
            desk.keys("ok");
        }
        // The blocks that the third sale wrote rot away, both twins of them.
        let written = {
            let media = desk.media.clone();
            let last = media.last().unwrap();
            let near: Vec<u32> =
                media.written().into_iter().filter(|index| index.abs_diff(last) < 8).collect();
            near
        };
        let mut lost = false;
        for index in written {
            desk.media.rot(index, 99);
        }
        desk.start(Start::PowerOn);
        if desk.shows(text::LOST_RECORD) {
            lost = true;
            desk.keys("ok");
            desk.until(text::LOST_HELD);
            desk.keys(if keep { "right" } else { "left" });
            desk.wait(20_000);
            desk.keys("ok left");
        }
        if lost {
            assert_eq!(desk.net.borrow().centre.counts(3), keep);
            assert!(desk.pos().swipes().unwrap().lost().is_empty());
        }
        assert!(!desk.pos().overflowed());
    }
}
