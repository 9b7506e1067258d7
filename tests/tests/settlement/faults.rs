//! The centre misbehaves on demand: the machine finds out, and the books end equal.

use serde_json::Value;
use yika_tests::books;
use yika_tests::command::Finished;
use yika_tests::shop::{PERSON, Shop};

/// After everything has come to rest: the order was taken so often, the till says so too, and the money agrees.
fn came_to(shop: &Shop, order_no: &str, outcome: &str, taken: i64) -> Value {
    let _ = shop.at("till-a", &["journal", "recover"]).exits(0);
    let entry = shop.entry("till-a", order_no).expect("the journal knows the order");
    assert_eq!(entry["outcome"], outcome, "{entry:#}");
    let msgid = entry["msgid"].as_str().expect("an id");
    assert_eq!(books::booked(&shop.centre_database(), msgid).taken(), taken, "{entry:#}");
    let payments = books::account_payments(&shop.centre_database(), PERSON);
    assert_eq!(books::balance(&shop.centre_database(), PERSON), 50_000 - payments);
    shop.books_are_equal("till-a");
    entry
}

fn buy_with(fault: &str) -> (Shop, Finished) {
    let shop = Shop::open();
    shop.fault(fault);
    let bought = shop.buy("till-a", "ORDER-1");
    (shop, bought)
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_id() {
    let (shop, bought) = buy_with("lose-answer:2102:1");
    let bought = bought.exits(0).json();
    assert_eq!(bought["outcome"], "settled");
    let entry = came_to(&shop, "ORDER-1", "settled", 1);
    assert_eq!(entry["setl_id"], bought["setl_id"]);
}

#[test]
fn a_lost_request_is_sent_again_under_the_same_id() {
    let (shop, bought) = buy_with("lose-request:2102:1");
    assert_eq!(bought.exits(0).json()["outcome"], "settled");
    came_to(&shop, "ORDER-1", "settled", 1);
}

#[test]
fn a_request_processed_twice_is_booked_once() {
    let (shop, bought) = buy_with("duplicate:2102:1");
    let _ = bought.exits(0);
    came_to(&shop, "ORDER-1", "settled", 1);
    assert_eq!(books::live_settlements(&shop.centre_database()), 1);
}

#[test]
fn an_error_after_the_commit_is_not_believed() {
    let (shop, bought) = buy_with("minus-one-after-commit:2102:1");
    assert_eq!(bought.exits(0).json()["outcome"], "settled");
    came_to(&shop, "ORDER-1", "settled", 1);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let (shop, bought) = buy_with("delay=700:2102:1");
    let _ = bought.exits(0);
    came_to(&shop, "ORDER-1", "settled", 1);
}

#[test]
fn an_outcome_still_unknown_is_said_so_and_found_out_later() {
    let shop = Shop::open();
    // Enough to outlive the first command's own patience of two seconds.
    shop.fault("lose-answer:2102:*");
    let bought = shop.settle("till-a", &shop.basket("ORDER-1"), &["--wait", "2"]).exits(5).json();
    assert_eq!(bought["outcome"], "unknown", "{bought}");
    assert!(bought["error"]["action_en"].is_string(), "what to do: {bought}");
    let different = shop.at("till-a", &["reconcile"]);
    assert_eq!(
        different.code,
        Some(5),
        "while it is open nobody can say that the books are equal: {different:?}"
    );
    shop.clear_faults();
    came_to(&shop, "ORDER-1", "settled", 1);
}

#[test]
fn a_sign_in_that_ended_is_renewed_for_the_same_purchase() {
    let shop = Shop::open();
    let _ = shop.buy("till-a", "ORDER-0").exits(0);
    shop.fault("sign-in-expired:2102:1");
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(bought["outcome"], "settled");
    came_to(&shop, "ORDER-1", "settled", 1);
}

#[test]
fn a_centre_whose_clock_is_far_off_refuses_and_takes_nothing() {
    // Two hours, to the side on which it is still the same day in Beijing: on another day the till would sign in anew.
    let since_epoch = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let afternoon = (since_epoch + 8 * 3600) % 86_400 >= 12 * 3600;
    let (shop, bought) =
        buy_with(if afternoon { "clock-skew=-7200:2102:1" } else { "clock-skew=7200:2102:1" });
    let refused = bought.exits(4).json();
    assert_eq!(refused["outcome"], "refused", "{refused}");
    assert!(refused["error"].to_string().contains("Y-5030"), "{refused}");
    came_to(&shop, "ORDER-1", "refused", 0);
}

/// Near enough for the centre, too far for the till: the purchase stands, and the cashier's side hears of the clock.
#[test]
fn a_clock_more_than_five_minutes_off_is_warned_about() {
    let shop = Shop::open();
    shop.fault("clock-skew=240:*:*");
    let near = shop.buy("till-a", "ORDER-1").exits(0);
    assert!(!near.err.contains("Y-4041"), "{near:?}");
    shop.clear_faults();
    shop.fault("clock-skew=400:*:*");
    let far = shop.buy("till-a", "ORDER-2").exits(0);
    assert_eq!(far.json()["outcome"], "settled");
    assert!(far.err.contains("Y-4041"), "{far:?}");
    let known = shop.buy("till-a", "ORDER-2").exits(0);
    assert!(!known.err.contains("Y-4041"), "nothing was asked, so nothing was measured: {known:?}");
}

#[test]
fn a_cancelled_unknown_is_reversed_and_a_late_duplicate_of_it_changes_nothing() {
    let shop = Shop::open();
    // The centre keeps the bytes and will deliver them once more after the reversal.
    shop.fault("late-duplicate:2102:1");
    shop.fault("lose-answer:2102:*");
    let bought = shop.settle("till-a", &shop.basket("ORDER-1"), &["--wait", "0"]).exits(5).json();
    let cancelled = shop.at("till-a", &["cancel", "--order-no", "ORDER-1"]).json();
    assert_eq!(cancelled["outcome"], "reversed", "{cancelled}");
    shop.clear_faults();
    came_to(&shop, "ORDER-1", "reversed", 0);
    assert_eq!(books::balance(&shop.centre_database(), PERSON), 50_000);
    // Asked for once more, the order stays what it is; a new order number buys.
    let again = shop.buy("till-a", "ORDER-1");
    assert_eq!(again.json()["outcome"], "reversed", "{again:?}");
    assert_eq!(again.json()["msgid"], bought["msgid"]);
    let _ = shop.buy("till-a", "ORDER-2").exits(0);
    shop.books_are_equal("till-a");
}

#[test]
fn a_reversal_that_overtakes_its_purchase_leaves_a_tombstone() {
    let shop = Shop::open();
    shop.fault("lose-request:2102:*");
    let _ = shop.settle("till-a", &shop.basket("ORDER-1"), &["--wait", "0"]).exits(5);
    let cancelled = shop.at("till-a", &["cancel", "--order-no", "ORDER-1"]).json();
    assert_eq!(cancelled["outcome"], "reversed", "{cancelled}");
    shop.clear_faults();
    let entry = came_to(&shop, "ORDER-1", "reversed", 0);
    let msgid = entry["msgid"].as_str().expect("an id");
    assert_eq!(books::booked(&shop.centre_database(), msgid), books::Booked { settled: 0, undone: 0 });
}

#[test]
fn a_void_whose_answer_is_lost_happens_once() {
    let shop = Shop::open();
    let _ = shop.buy("till-a", "ORDER-1").exits(0);
    shop.fault("lose-answer:2103:1");
    let voided = shop.at("till-a", &["void", "--order-no", "ORDER-1"]).exits(0).json();
    assert_eq!(voided["outcome"], "voided", "{voided}");
    came_to(&shop, "ORDER-1", "voided", 0);
    assert_eq!(books::balance(&shop.centre_database(), PERSON), 50_000);
}
