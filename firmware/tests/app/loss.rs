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
        desk.lose(3);
        desk.expect(text::LOST_RECORD);
        desk.keys("left ok");
        desk.expect(text::LOST_RECORD);
        desk.keys("ok");
        desk.until(text::LOST_HELD);
        desk.keys(if keep { "right" } else { "left" });
        desk.wait(20_000);
        assert_eq!(desk.net.borrow().centre.counts(3), keep);
        assert!(desk.pos().swipes().unwrap().lost().is_empty());
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn a_lost_void_is_closed_once_the_centre_is_known_to_be_there() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.sell(1_000);
        desk.until(text::SETTLED);
        desk.keys("ok left ok ok");
        desk.until(text::VOIDED);
        desk.lose(2);
        desk.expect(text::LOST_RECORD);
        // Silence alone proves nothing.
        desk.weather(Weather::Down);
        desk.keys("ok");
        desk.wait(31_000);
        desk.expect(text::NO_REPLY);
        desk.weather(Weather::Fine);
        desk.keys("ok ok");
        desk.expect(text::LOST_RECORD);
        desk.keys("ok");
        desk.wait(10_000);
        desk.expect(text::LOST_ASKING);
        desk.wait(6_000);
        desk.expect(text::LOST_VOID);
        desk.keys("right left right");
        desk.expect(text::ASK_WRITE_OFF);
        desk.keys("ok");
        assert!(!desk.pos().overflowed());
        desk.start(Start::PowerOn);
        assert!(desk.pos().swipes().unwrap().lost().is_empty());
        desk.sell(700);
        desk.until(text::SETTLED);
        // The day says what this device no longer knows.
        desk.keys("ok left down down down ok");
        desk.until(text::DAY_DIFFERENT);
        assert!(!desk.net.borrow().centre.counts(1));
        assert!(!desk.pos().overflowed());
    }
}

#[test]
fn a_lost_void_that_never_arrived_is_cancelled_and_the_purchase_counts() {
    let mut desk = Desk::new(Lang::Zh);
    desk.sell(1_000);
    desk.until(text::SETTLED);
    desk.weather(Weather::Deaf);
    desk.keys("ok left ok ok");
    desk.lose(2);
    desk.weather(Weather::Fine);
    desk.expect(text::LOST_RECORD);
    desk.keys("ok");
    desk.until(text::LOST_NOT_HELD);
    desk.keys("left");
    desk.until(text::CANCELLED_DONE);
    assert!(desk.net.borrow().centre.counts(1));
    desk.keys("ok left down down down ok");
    desk.until(text::DAY_EQUAL);
}

#[test]
fn an_old_store_put_back_pauses_the_device_in_words_and_stays_so() {
    for lang in [Lang::Zh, Lang::En] {
        let mut desk = Desk::new(lang);
        desk.sell(1_000);
        desk.until(text::SETTLED);
        let old = desk.media.snapshot();
        for _ in 0..2 {
            desk.keys("ok");
            desk.sell(1_000);
            desk.until(text::SETTLED);
        }
        let centre = desk.net.borrow().centre.clone();
        let mut back = Desk::with(Lang::Zh, old, centre);
        back.lang = lang;
        back.keys("ok");
        back.sell(1_000);
        // Nothing was taken, and why.
        back.until(text::NOT_SETTLED);
        back.expect_text("Y-7032");
        back.keys("down down down ok");
        back.wait(500);
        back.expect(text::PAUSED);
        back.keys("ok");
        back.expect_text("Y-7032");
        back.expect(text::PAUSED);
        for start in [Start::Reset, Start::PowerOn] {
            back.start(start);
            back.expect(text::PAUSED);
            back.expect_text("Y-7032");
        }
        // An hour later nothing was undone, and the day can be compared.
        back.keys("ok");
        back.wait_long(3_600_000);
        back.expect(text::PAUSED);
        assert!((1..=3).all(|counter| back.net.borrow().centre.counts(counter)));
        back.keys("left down down down ok");
        back.until(text::DAY_DIFFERENT);
        assert!(!back.pos().overflowed());
    }
}
