//! Baskets, card specs and other files that people hand over.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use support::{Desk, repository};

fn settle(basket: &str) -> support::Ran {
    let desk = Desk::with_site(&["--no-passphrase"]);
    desk.write("basket.json", basket);
    desk.run(&["settle", "pharmacy", "--basket", "basket.json"])
}

/// One good line; the test changes what it is about.
fn basket(line: &str, head: &str) -> String {
    format!(
        r#"{{"order_no":"T1"{head},"lines":[{{"med_list_codg":"XA01-YIKA-0001","medins_list_codg":"A1",{line},
           "durg_trac_info":[{{"drug_trac_codg":"81000000000000000001"}}]}}]}}"#
    )
}

#[test]
fn a_wrong_basket_is_told_before_anyone_needs_a_card() {
    let good = r#""cnt":"2","pric":"12.50","det_item_fee_sumamt":"25.00""#;
    let cases = [
        ("{".to_owned(), "Y-3101", "line 1"),
        (basket(good, r#","colour":"blue""#), "Y-3101", "unknown field `colour`"),
        (
            basket(r#""cnt":"2","pric":"12.50","det_item_fee_sumamt":"26.00""#, ""),
            "Y-3120",
            "line 1: det_item_fee_sumamt is 26.00",
        ),
        (
            basket(good, r#","medfee_sumamt":"24.00""#),
            "Y-3120",
            "medfee_sumamt is 24.00, the lines add up to 25.00",
        ),
        (basket(r#""cnt":"0","pric":"12.50","det_item_fee_sumamt":"0.00""#, ""), "Y-3101", "line 1"),
        (r#"{"order_no":"T1","lines":[]}"#.to_owned(), "Y-3101", "0 lines"),
        (basket(good, "").replace("81000000000000000001", ""), "Y-3101", "line 1"),
    ];
    for (text, fault, said) in cases {
        let ran = settle(&text);
        assert_eq!(ran.code, 2, "{text}: {}", ran.err);
        assert!(ran.err.contains(fault) && ran.err.contains(said), "{fault} {said:?} not in {}", ran.err);
    }
}

#[test]
fn a_missing_basket_and_a_basket_in_another_encoding_are_told() {
    let desk = Desk::with_site(&["--no-passphrase"]);
    let missing = desk.run(&["settle", "pharmacy", "--basket", "nowhere.json"]);
    assert!(missing.code == 2 && missing.err.contains("Y-3004"), "{}", missing.err);
    std::fs::write(desk.path("basket.json"), b"{\"order_no\":\"\xBD\xBA\"}").expect("written");
    let gbk = desk.run(&["settle", "pharmacy", "--basket", "basket.json"]);
    assert!(gbk.code == 2 && gbk.err.contains("UTF-8"), "{}", gbk.err);
}

#[test]
fn the_sample_basket_gets_as_far_as_the_key_and_then_as_far_as_the_card() {
    let desk = Desk::with_site(&["--no-passphrase"]);
    let sample = repository("hw-docs/samples/basket.json");
    let (code, document) = desk.json(&["settle", "pharmacy", "--basket", sample.to_str().expect("UTF-8")]);
    assert_eq!((code, document["error"]["code"].as_str()), (2, Some("Y-3111")), "{document}");
    assert_eq!(desk.run(&["keys", "new", "--out", "yika.key", "--no-passphrase"]).code, 0);
    let (code, document) = desk.json(&[
        "settle",
        "pharmacy",
        "--basket",
        sample.to_str().expect("UTF-8"),
        "--credential",
        "card",
    ]);
    assert_eq!(code, 3, "{document}");
    assert_eq!(document["error"]["code"], "Y-1001", "{document}");
}

#[test]
fn a_wrong_centre_address_is_usage() {
    let desk = Desk::with_site(&["--no-passphrase"]);
    let sample = repository("hw-docs/samples/basket.json");
    let basket = sample.to_str().expect("UTF-8");
    let ran = desk.run(&["settle", "pharmacy", "--basket", basket, "--centre", "centre.example"]);
    assert!(ran.code == 2 && ran.err.contains("Y-3006"), "{}", ran.err);
}

#[test]
fn a_wrong_card_spec_names_its_line_and_a_wrong_tear_is_usage() {
    let desk = Desk::new();
    desk.write("card.toml", "generation = 2\ncolour = \"blue\"\n");
    let ran = desk.run(&["sim", "card", "--spec", "card.toml"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("card.toml:2"), "{}", ran.err);
    for tear in ["never", "0:before", "random:0", "random:x"] {
        let ran = desk.run(&["sim", "card", "--tear", tear]);
        assert!(ran.code == 2 && ran.err.contains("Y-3006"), "{tear}: {}", ran.err);
    }
}

#[test]
fn without_a_virtual_reader_the_virtual_card_says_so() {
    let desk = Desk::new();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port().to_string();
    drop(holder);
    let ran = desk.run(&["sim", "card", "--port", &port, "--wait", "1"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
}

#[test]
fn wrong_dates_are_usage() {
    let desk = Desk::with_site(&["--no-passphrase"]);
    for date in ["today", "2026-13-01", "20260101"] {
        let ran = desk.run(&["reconcile", "--from", date]);
        assert!(ran.code == 2 && ran.err.contains("Y-3006"), "{date}: {}", ran.err);
    }
}

#[test]
fn an_empty_journal_is_an_empty_list_and_an_unknown_order_is_told() {
    let desk = Desk::with_site(&["--no-passphrase"]);
    let (code, document) = desk.json(&["journal", "list"]);
    assert_eq!((code, document["entries"].as_array().map(Vec::len)), (0, Some(0)));
    let (code, document) = desk.json(&["journal", "show", "T404"]);
    assert_eq!((code, document["error"]["code"].as_str()), (4, Some("Y-4026")));
}
