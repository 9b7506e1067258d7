//! Bad input of every kind: a clear coded error, the right exit code, and nothing lost.

use serde_json::{Value, json};
use yika_tests::books;
use yika_tests::command::Finished;
use yika_tests::shop::Shop;

/// Exit code and error code, wherever the JSON carries it; both languages say what to do.
#[track_caller]
fn refused(finished: &Finished, exit: i32, code: &str) {
    assert_eq!(finished.code, Some(exit), "{finished:#?}");
    let document = finished.json();
    let error = &document["error"];
    for text in ["cause_zh", "cause_en", "action_zh", "action_en"] {
        assert!(error[text].as_str().is_some_and(|text| !text.is_empty()), "{text} is missing: {document:#}");
    }
    assert!(error.to_string().contains(code), "wanted {code}: {document:#}");
}

fn nothing_was_taken(shop: &Shop) {
    assert_eq!(books::live_settlements(&shop.centre_database()), 0);
    shop.books_are_equal("till-a");
    // And the shop still sells.
    let _ = shop.buy("till-a", "AFTERWARDS").exits(0);
    shop.books_are_equal("till-a");
}

fn settle_basket(change: impl FnOnce(&mut Value)) -> (Shop, Finished) {
    let shop = Shop::open();
    let basket = shop.basket_but("ORDER-1", change);
    let finished = shop.settle("till-a", &basket, &[]);
    (shop, finished)
}

#[test]
fn a_basket_whose_total_is_wrong() {
    let (shop, finished) = settle_basket(|basket| basket["medfee_sumamt"] = "66.11".into());
    refused(&finished, 2, "Y-3120");
    nothing_was_taken(&shop);
}

#[test]
fn a_line_that_is_not_price_times_quantity() {
    let (shop, finished) = settle_basket(|basket| {
        // One fen is within the platform's tolerance, two are not.
        basket["lines"][1]["det_item_fee_sumamt"] = "38.02".into();
        basket["medfee_sumamt"] = "66.12".into();
    });
    refused(&finished, 2, "Y-3120");
    nothing_was_taken(&shop);
}

#[test]
fn a_line_without_trace_codes() {
    let (shop, finished) = settle_basket(|basket| basket["lines"][2]["durg_trac_info"] = json!([]));
    refused(&finished, 2, "Y-3121");
    nothing_was_taken(&shop);
}

#[test]
fn a_basket_that_is_no_json_or_has_strange_keys() {
    let shop = Shop::open();
    for (name, text) in
        [("a.json", "{"), ("b.json", "{\"order_no\":\"X\",\"lines\":[],\"colour\":\"red\"}"), ("c.json", "")]
    {
        let basket = shop.write(name, text);
        let finished = shop.settle("till-a", &basket, &[]);
        assert_eq!(finished.code, Some(2), "{name}: {finished:#?}");
        assert!(finished.fault().starts_with("Y-3"), "{name}: {finished:#?}");
    }
    let missing = shop.settle("till-a", &shop.path("none.json"), &[]);
    refused(&missing, 2, "Y-3004");
    nothing_was_taken(&shop);
}

#[test]
fn an_item_the_catalogue_does_not_know() {
    let (shop, finished) =
        settle_basket(|basket| basket["lines"][0]["med_list_codg"] = "XA99-YIKA-9999".into());
    refused(&finished, 4, "Y-5060");
    nothing_was_taken(&shop);
}

#[test]
fn a_code_of_the_shop_mapped_to_another_item() {
    let (shop, finished) = settle_basket(|basket| basket["lines"][0]["medins_list_codg"] = "S-10002".into());
    refused(&finished, 4, "Y-5061");
    nothing_was_taken(&shop);
}

#[test]
fn a_till_that_signs_with_a_key_the_centre_does_not_know() {
    let shop = Shop::open();
    shop.new_key("stolen");
    shop.add_till_of("till-x", "5000-9999", &shop.url(), "sandbox", "stolen");
    let finished = shop.buy("till-x", "ORDER-1");
    assert!(matches!(finished.code, Some(3 | 4)), "{finished:#?}");
    assert_eq!(books::live_settlements(&shop.centre_database()), 0);
    nothing_was_taken(&shop);
}

#[test]
fn a_centre_that_is_down_and_comes_back() {
    let mut shop = Shop::open();
    let _ = shop.buy("till-a", "ORDER-0").exits(0);
    // A second-generation card needs no key service, so that the till gets as far as the centre.
    let spec = shop.write("gen2.toml", "generation = 2\n");
    shop.insert_card(Some(&spec));
    shop.kill_centre();
    let finished = shop.buy("till-a", "ORDER-1");
    refused(&finished, 6, "Y-4002");
    assert_eq!(finished.json()["outcome"], "not_sent", "{finished:?}");
    shop.start_centre();
    let bought = shop.buy("till-a", "ORDER-1").exits(0).json();
    assert_eq!(bought["outcome"], "settled", "the same order, now sent");
    assert_eq!(books::live_settlements(&shop.centre_database()), 2);
    shop.books_are_equal("till-a");
}

#[test]
fn cards_that_cannot_pay() {
    let mut shop = Shop::open();
    let cases: [(&str, &str, i32, &str); 6] = [
        ("a bank card", "generation = 2\nquirks = [\"no-ssse\"]\n", 3, "Y-2001"),
        ("a truncated record", "generation = 2\nquirks = [\"truncated=08\"]\n", 3, "Y-2004"),
        ("a mute card", "generation = 2\nquirks = [\"mute\"]\n", 3, "Y-1011"),
        ("an expired card", "generation = 2\nexpires = \"2020-12-31\"\n", 4, "Y-3009"),
        (
            "a person nobody registered",
            "generation = 2\ncard_no = \"Z99999999\"\ncard_sn = \"990100D1560000050100000099999999\"\ncertno = \"99010119700101001X\"\npsn_name = \"何未名\"\n",
            4,
            "Y-5050",
        ),
        (
            "a person whose insurance is suspended",
            "generation = 2\ncard_no = \"A12345681\"\ncard_sn = \"990100D1560000050100000012345681\"\ncertno = \"990101199602290044\"\npsn_name = \"温一帆\"\n",
            4,
            "Y-",
        ),
    ];
    for (title, spec, exit, code) in cases {
        let spec = shop.write("card.toml", spec);
        shop.insert_card_of_any_kind(&spec);
        let finished = shop.buy("till-a", title);
        refused(&finished, exit, code);
    }
    shop.remove_card();
    let empty = shop.buy("till-a", "no card");
    refused(&empty, 3, "Y-1008");
    shop.insert_card(None);
    nothing_was_taken(&shop);
}

#[test]
fn a_foreign_card_opens_with_its_own_region_or_not_at_all() {
    let mut shop = Shop::open();
    // Third generation of a region whose keys the centre does not hold.
    let spec = shop.write("foreign.toml", "region = \"990200\"\n");
    shop.insert_card(Some(&spec));
    let finished = shop.buy("till-a", "ORDER-1");
    refused(&finished, 3, "Y-");
    shop.insert_card(None);
    nothing_was_taken(&shop);
}

#[test]
fn a_site_file_with_an_error_names_the_line() {
    let shop = Shop::open();
    let site = std::fs::read_to_string(shop.site("till-a")).expect("the site file");
    let line = 1 + site
        .lines()
        .position(|line| line.starts_with("code"))
        .expect("a line with the institution's code");
    std::fs::write(shop.site("till-x"), site.replacen("P99010100001", "P9901010000", 1)).expect("a file");
    let finished = shop.at("till-x", &["journal", "list"]);
    refused(&finished, 2, "Y-3002");
    assert!(
        finished.json()["error"]["detail"].to_string().contains(&format!(":{line}")),
        "line {line}: {}",
        finished.out
    );
}
