//! The till's basket: the sample loads, and each mistake is named with its line.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use common::sample;
use proptest::prelude::*;
use serde_json::{Value, json};
use yika_platform::basket::{Basket, BasketError, amount_fits};
use yika_platform::profile::Profile;
use yika_protocol::money::{Fen, Price, Quantity};

#[test]
fn the_sample_loads() {
    let basket = common::basket();
    assert_eq!(basket.order_no, "T01-20261122-000001");
    assert_eq!(basket.total(), Some(Fen(6610)));
    let codes: Vec<&str> = basket.lines.iter().map(|line| line.med_list_codg.as_str()).collect();
    assert_eq!(codes, ["XA01-YIKA-0001", "XA01-YIKA-0002", "ZA02-YIKA-0003"]);
    assert_eq!(basket.lines[2].cnt, Quantity(5000));
    assert_eq!(basket.lines[2].durg_trac_info[0].trdn_flag, "1");
}

#[test]
fn the_sample_with_the_wrong_total_is_refused_with_both_sums() {
    let bytes = std::fs::read(sample("basket-wrong-total.json")).unwrap();
    let error = Basket::parse(&bytes, &Profile::sandbox()).unwrap_err();
    assert_eq!(error, BasketError::Total { given: Fen(6620), computed: Fen(6610) });
    assert_eq!(error.fault().code().to_string(), "Y-3120");
}

#[test]
fn what_may_be_left_out_has_the_usual_value() {
    let basket = parse(json!({
        "order_no": "1",
        "lines": [{
            "med_list_codg": "X", "medins_list_codg": "Y", "cnt": 2, "pric": 12.5, "det_item_fee_sumamt": 25.0,
            "drug_trac_info": [{"drug_trac_codg": "1"}]
        }]
    }))
    .unwrap();
    assert_eq!(
        (basket.med_type.as_str(), basket.acct_used_flag.as_str(), basket.insutype),
        ("41", "1", None)
    );
    assert_eq!(basket.lines[0].rx_circ_flag, "0");
    assert_eq!(basket.lines[0].pric, Price(12_500_000));
    assert_eq!(basket.lines[0].durg_trac_info[0].trdn_flag, "0");
}

#[test]
fn each_mistake_is_named_with_its_line() {
    for (pointer, value, expected) in [
        ("/order_no", json!(""), BasketError::OrderNo),
        ("/order_no", json!("9".repeat(65)), BasketError::OrderNo),
        ("/order_no", json!("a\nb"), BasketError::OrderNo),
        ("/lines", json!([]), BasketError::LineCount { found: 0 }),
        ("/insutype", json!("3100000"), BasketError::Field { line: 0, field: "insutype" }),
        ("/acct_used_flag", json!("3"), BasketError::Field { line: 0, field: "acct_used_flag" }),
        ("/med_type", json!(" "), BasketError::Field { line: 0, field: "med_type" }),
        ("/lines/1/med_list_codg", json!(""), BasketError::Field { line: 2, field: "med_list_codg" }),
        ("/lines/1/rx_circ_flag", json!("2"), BasketError::Field { line: 2, field: "rx_circ_flag" }),
        ("/lines/2/cnt", json!("0"), BasketError::NotPositive { line: 3, field: "cnt" }),
        ("/lines/2/cnt", json!("-1"), BasketError::NotPositive { line: 3, field: "cnt" }),
        ("/lines/0/pric", json!("0"), BasketError::NotPositive { line: 1, field: "pric" }),
        (
            "/lines/2/det_item_fee_sumamt",
            json!("-3.10"),
            BasketError::NotPositive { line: 3, field: "det_item_fee_sumamt" },
        ),
        (
            "/lines/0/det_item_fee_sumamt",
            json!("25.02"),
            BasketError::LineAmount { line: 1, given: Fen(2502), computed: Some(Fen(2500)) },
        ),
        ("/lines/2/durg_trac_info", json!([]), BasketError::NoTraceCode { line: 3 }),
        (
            "/lines/0/durg_trac_info/1/drug_trac_codg",
            json!(""),
            BasketError::Field { line: 1, field: "drug_trac_codg" },
        ),
        (
            "/lines/0/durg_trac_info/1/trdn_flag",
            json!("y"),
            BasketError::Field { line: 1, field: "trdn_flag" },
        ),
    ] {
        let mut basket = sample_json();
        *basket.pointer_mut(pointer).unwrap() = value;
        assert_eq!(parse(basket).unwrap_err(), expected, "{pointer}");
    }
}

#[test]
fn mistakes_of_form_point_at_the_place() {
    let broken = "{\n  \"order_no\": \"1\",\n  \"lines\": [ { \"cnt\": \"two\" } ]\n}";
    let error = Basket::parse(broken.as_bytes(), &Profile::sandbox()).unwrap_err().to_string();
    assert!(error.contains("line 3"), "{error}");
    let mut basket = sample_json();
    basket["lines"][0]["pirc"] = json!("1");
    assert!(parse(basket).unwrap_err().to_string().contains("pirc"));
    let mut basket = sample_json();
    basket["lines"][0].as_object_mut().unwrap().remove("pric");
    assert!(parse(basket).unwrap_err().to_string().contains("pric"));
    for (pointer, value) in [
        ("/lines/0/cnt", json!("1.00001")),
        ("/lines/0/pric", json!(0.1234567)),
        ("/lines/0/det_item_fee_sumamt", json!("1e2")),
        ("/lines/0/det_item_fee_sumamt", json!(null)),
        ("/lines/0/det_item_fee_sumamt", json!("99999999999999999999")),
    ] {
        let mut basket = sample_json();
        *basket.pointer_mut(pointer).unwrap() = value.clone();
        assert!(matches!(parse(basket), Err(BasketError::Malformed { .. })), "{pointer} {value}");
    }
}

#[test]
fn files_of_windows_tills() {
    let marked = [b"\xEF\xBB\xBF", sample_json().to_string().as_bytes()].concat();
    assert!(Basket::parse(&marked, &Profile::sandbox()).is_ok());
    // The name in GB 18030, as an old till saves it: 34 bytes of JSON, then CA BE, which happens to be UTF-8, then C0,
    // which never is.
    let gbk = [br#"{"order_no":"1","lines":[{"name":""#.as_slice(), b"\xCA\xBE\xC0\xFD\"}]}"].concat();
    let error = Basket::parse(&gbk, &Profile::sandbox()).unwrap_err().to_string();
    assert_eq!(error, "not UTF-8 from byte 37 on; saved as GBK?");
}

#[test]
fn trace_codes_are_the_profiles_rule() {
    let mut basket = sample_json();
    basket["lines"][0].as_object_mut().unwrap().remove("durg_trac_info");
    let mut profile = Profile::sandbox();
    let bytes = basket.to_string().into_bytes();
    assert_eq!(Basket::parse(&bytes, &profile), Err(BasketError::NoTraceCode { line: 1 }));
    profile.pharmacy.trace_codes_required = false;
    assert!(Basket::parse(&bytes, &profile).is_ok());
}

#[test]
fn a_fen_of_tolerance_on_the_exact_product() {
    // 3 × 3.333333 = 9.999999: 10.00 by rounding; 9.99 and 10.00 lie within a fen, 9.98 and 10.01 do not.
    let fits = |amount| amount_fits(Price(3_333_333), Quantity(30_000), Fen(amount));
    assert_eq!([fits(998), fits(999), fits(1000), fits(1001)], [false, true, true, false]);
    // Half-cent line: 0.5 × 0.01 = 0.005.
    let fits = |amount| amount_fits(Price(10_000), Quantity(5_000), Fen(amount));
    assert_eq!([fits(0), fits(1), fits(2)], [true, true, false]);
    assert!(!amount_fits(Price(i64::MAX), Quantity(i64::MAX), Fen(i64::MAX)));
    assert!(!amount_fits(Price(i64::MIN), Quantity(i64::MAX), Fen(i64::MAX)));
}

#[test]
fn a_total_beyond_the_field_is_refused() {
    let line = json!({
        "med_list_codg": "X", "medins_list_codg": "Y", "cnt": "1000000", "pric": "99000000",
        "det_item_fee_sumamt": "99000000000000.00", "durg_trac_info": [{"drug_trac_codg": "1"}]
    });
    assert!(parse(json!({"order_no": "1", "lines": [line]})).is_ok());
    assert_eq!(parse(json!({"order_no": "1", "lines": [line, line]})), Err(BasketError::TotalTooLarge));
}

proptest! {
    #[test]
    fn what_a_till_rounds_is_accepted(price in 1i64..100_000_000, quantity in 1i64..10_000_000) {
        let amount = Price(price).times(Quantity(quantity)).unwrap();
        prop_assert!(amount_fits(Price(price), Quantity(quantity), amount));
        prop_assert!(!amount_fits(Price(price), Quantity(quantity), Fen(amount.0 + 2)));
    }

    #[test]
    fn any_bytes_are_a_basket_or_not(bytes: Vec<u8>) {
        let _ = Basket::parse(&bytes, &Profile::sandbox());
    }
}

fn sample_json() -> Value {
    serde_json::from_slice(&std::fs::read(sample("basket.json")).unwrap()).unwrap()
}

fn parse(basket: Value) -> Result<Basket, BasketError> {
    let text = serde_json::to_string_pretty(&basket).unwrap();
    Basket::parse(text.as_bytes(), &Profile::sandbox())
}
