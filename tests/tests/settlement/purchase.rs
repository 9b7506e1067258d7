//! A purchase, asked for again, voided, cancelled.

use yika_tests::books;
use yika_tests::shop::{PERSON, Shop};

/// The sample person's account before anything is bought, in fen (500.00 yuan in the seed).
const OPENING: i64 = 50_000;

#[test]
fn a_basket_of_three_lines_is_split_by_the_rules_and_both_books_agree() {
    let shop = Shop::open();
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    // By hand from the seed. Lines: 2 × 12.50 fully insured; 38.00 of which a tenth is paid first; 0.5 × 6.20 self-paid.
    // Within the policy: 25.00 + 34.20 = 59.20. After the year's first 20.00 the fund pays 70 % of 39.20 = 27.44.
    // The person bears 66.10 − 27.44 = 38.66, of which the account pays all but the self-paid 3.10.
    for (field, amount) in [
        ("medfee_sumamt", "66.10"),
        ("fulamt_ownpay_amt", "3.10"),
        ("overlmt_selfpay", "0.00"),
        ("preselfpay_amt", "3.80"),
        ("inscp_scp_amt", "59.20"),
        ("fund_pay_sumamt", "27.44"),
        ("hifp_pay", "27.44"),
        ("psn_part_amt", "38.66"),
        ("acct_pay", "35.56"),
        ("psn_cash_pay", "3.10"),
        ("balc", "464.44"),
    ] {
        assert_eq!(bought[field], amount, "{field}");
    }
    assert_eq!(bought["outcome"], "settled");
    let msgid = bought["msgid"].as_str().expect("an id");
    assert!(msgid.len() == 30 && msgid.starts_with("P99010100001"), "{msgid}");
    assert_eq!(books::booked(&shop.centre_database(), msgid).taken(), 1);
    assert_eq!(books::balance(&shop.centre_database(), PERSON), OPENING - 3_556);
    let reconciled = shop.books_are_equal("till-a");
    assert_eq!(reconciled["groups"][0]["medfee_sumamt"], "66.10");
}

#[test]
fn the_same_order_again_is_the_same_settlement_and_other_content_a_conflict() {
    let shop = Shop::open();
    let first = shop.buy("till-a", "ORDER-1").exits(0).json();
    let again = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(again["setl_id"], first["setl_id"]);
    assert_eq!(again["msgid"], first["msgid"]);
    assert_eq!(books::live_settlements(&shop.centre_database()), 1);

    let other = shop.basket_but("ORDER-1", |basket| {
        basket["lines"].as_array_mut().expect("lines").truncate(1);
        basket["medfee_sumamt"] = "25.00".into();
    });
    let conflict = shop.settle("till-a", &other, &[]);
    assert_eq!(conflict.fault(), "Y-3102", "{conflict:?}");
    assert_eq!(books::live_settlements(&shop.centre_database()), 1);
    shop.books_are_equal("till-a");
}

#[test]
fn a_preview_settles_nothing() {
    let shop = Shop::open();
    let preview = shop.settle("till-a", &shop.basket("ORDER-1"), &["--preview"]).exits(0).json();
    assert_eq!(preview["fund_pay_sumamt"], "27.44");
    assert_eq!(books::live_settlements(&shop.centre_database()), 0);
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(bought["fund_pay_sumamt"], "27.44", "the preview did not use up the deductible");
}

#[test]
fn a_void_gives_everything_back_once() {
    let shop = Shop::open();
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    let voided = shop.at("till-a", &["void", "--order-no", "ORDER-1"]).exits(0).json();
    assert_eq!(voided["outcome"], "voided", "{voided}");
    let again = shop.at("till-a", &["void", "--order-no", "ORDER-1"]);
    assert!(matches!(again.code, Some(0 | 4)), "{again:?}");
    let msgid = bought["msgid"].as_str().expect("an id");
    assert_eq!(books::booked(&shop.centre_database(), msgid), books::Booked { settled: 1, undone: 1 });
    assert_eq!(books::balance(&shop.centre_database(), PERSON), OPENING);
    shop.books_are_equal("till-a");
    // The year's deductible came back as well: the next purchase is split like the first.
    assert_eq!(shop.buy("till-a", "ORDER-2").exits(0).json()["fund_pay_sumamt"], "27.44");
    shop.books_are_equal("till-a");
}
