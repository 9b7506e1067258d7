//! A day at the counter: who is it, what would it cost, settle, look up, void, compare the books.

use crate::support::{CARD_HOLDER, World, person_query, purchase, sample_seed, statement, void};
use serde_json::{Value, json};

#[tokio::test]
async fn the_sample_purchase_is_split_as_computed_by_hand() {
    let world = World::new().await;
    // Inside the rules: 25.00 + 38.00 × 90 % = 59.20. Fund: (59.20 − 20.00) × 70 % = 27.44.
    // Burden: 66.10 − 27.44 = 38.66, of which level 03 (3.10) is cash and 35.56 from the account of 500.00.
    let mut preview = purchase(world.now());
    for line in preview["drugdetail"].as_array_mut().unwrap() {
        line.as_object_mut().unwrap().remove("durg_trac_info");
    }
    let previewed = world.transact("2101", preview).await;
    assert!(previewed.is_ok(), "{}", previewed.response().err_msg);
    assert_eq!(world.balance().await, "500.00", "a preview books nothing");

    let settled = world.transact("2102", purchase(world.now())).await;
    assert!(settled.is_ok(), "{}", settled.response().err_msg);
    for (field, amount) in [
        ("medfee_sumamt", "66.10"),
        ("fulamt_ownpay_amt", "3.10"),
        ("overlmt_selfpay", "0.00"),
        ("preselfpay_amt", "3.80"),
        ("inscp_scp_amt", "59.20"),
        ("act_pay_dedc", "20.00"),
        ("hifp_pay", "27.44"),
        ("pool_prop_selfpay", "0.7000"),
        ("fund_pay_sumamt", "27.44"),
        ("psn_part_amt", "38.66"),
        ("acct_pay", "35.56"),
        ("psn_cash_pay", "3.10"),
        ("balc", "464.44"),
    ] {
        assert_eq!(settled.setl(field), amount, "{field}");
        assert_eq!(previewed.setl(field), amount, "{field} of the preview");
    }
    assert_eq!(world.balance().await, "464.44");
    let output = settled.output();
    assert_eq!(output["setldetail"][0]["fund_pay_type"], "310100");
    assert_eq!(output["setldetail"][0]["crt_payb_lmt_amt"], "2000.00");
    assert_eq!(output["setldetail"][1]["fund_pay_type"], "310200");
    assert_eq!(output["setldetail"][1]["fund_payamt"], "35.56");
    assert_eq!(output["detlcutinfo"][1]["preselfpay_amt"], "3.80");
    assert_eq!(output["detlcutinfo"][2]["fulamt_ownpay_amt"], "3.10");
    assert_eq!(output["setlinfo"]["age"], "41.4");
    // Every row of the ledger has its counterpart.
    assert_eq!(world.count("SELECT SUM(amount) FROM ledger"), 0);

    // The year's deductible is used up: 59.20 × 70 % = 41.44; 66.10 − 41.44 − 3.10 = 21.56 from the account.
    let second = world.transact("2102", purchase(world.now())).await;
    assert_eq!(second.setl("act_pay_dedc"), "0.00");
    assert_eq!(second.setl("hifp_pay"), "41.44");
    assert_eq!(second.setl("acct_pay"), "21.56");
    assert_eq!(second.setl("balc"), "442.88");
    assert_eq!(second.output()["setldetail"][0]["crt_payb_lmt_amt"], "1972.56");
}

#[tokio::test]
async fn a_new_year_starts_with_a_new_deductible_and_cap() {
    let mut world = World::new().await;
    world.transact("2102", purchase(world.now())).await;
    world.clock.set(time::macros::datetime!(2026-12-31 16:00:00 UTC)); // midnight in Shanghai
    world.sign_in().await;
    let settled = world.transact("2102", purchase(world.now())).await;
    assert_eq!(settled.setl("act_pay_dedc"), "20.00");
    assert_eq!(settled.setl("setl_time"), "2027-01-01 00:00:00");
    assert_eq!(settled.output()["setldetail"][0]["crt_payb_lmt_amt"], "2000.00");
}

#[tokio::test]
async fn account_or_not_is_the_buyers_choice() {
    let world = World::new().await;
    let mut cash = purchase(world.now());
    cash["druginfo"]["acct_used_flag"] = json!("0");
    let settled = world.transact("2102", cash).await;
    assert_eq!(settled.setl("acct_pay"), "0.00");
    assert_eq!(settled.setl("psn_cash_pay"), "38.66");
    assert_eq!(settled.setl("balc"), "500.00");
    assert_eq!(settled.output()["setldetail"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_pays_no_more_than_it_holds() {
    let world = World::new().await;
    let mut retired = purchase(world.now());
    for (field, value) in [
        ("psn_no", "99010000000000000002"),
        ("mdtrt_cert_no", "A12345679"),
        ("card_sn", "990100D1560000050100000012345679"),
        ("certno", "990101194903120011"),
        ("psn_name", "陆一川"),
        ("psn_type", "12"),
    ] {
        retired["druginfo"][field] = json!(value);
    }
    let settled = world.transact("2102", retired).await;
    assert_eq!(settled.setl("acct_pay"), "8.50");
    assert_eq!(settled.setl("psn_cash_pay"), "30.16"); // 38.66 − 8.50
    assert_eq!(settled.setl("balc"), "0.00");
}

#[tokio::test]
async fn residents_have_no_account() {
    let world = World::new().await;
    let mut child = purchase(world.now());
    for (field, value) in [
        ("psn_no", "99010000000000000003"),
        ("mdtrt_cert_type", "02"),
        ("mdtrt_cert_no", "990101201008150030"),
        ("certno", "990101201008150030"),
        ("psn_name", "安小满"),
        ("psn_type", "1403"),
        ("insutype", "390"),
    ] {
        child["druginfo"][field] = json!(value);
    }
    child["druginfo"].as_object_mut().unwrap().remove("card_sn");
    let settled = world.transact("2102", child).await;
    assert!(settled.is_ok(), "{}", settled.response().err_msg);
    // (59.20 − 50.00) × 50 % = 4.60.
    assert_eq!(settled.setl("hifp_pay"), "4.60");
    assert_eq!(settled.setl("acct_pay"), "0.00");
    assert_eq!(settled.setl("psn_cash_pay"), "61.50");
}

#[tokio::test]
async fn a_void_gives_everything_back_once() {
    let world = World::new().await;
    let settled = world.transact("2102", purchase(world.now())).await;
    let voided = world.transact("2103", void(&settled)).await;
    assert!(voided.is_ok(), "{}", voided.response().err_msg);
    for field in [
        "medfee_sumamt",
        "inscp_scp_amt",
        "act_pay_dedc",
        "hifp_pay",
        "psn_part_amt",
        "acct_pay",
        "psn_cash_pay",
    ] {
        assert_eq!(voided.setl(field), format!("-{}", settled.setl(field)), "{field}");
    }
    assert_ne!(voided.setl("setl_id"), settled.setl("setl_id"));
    assert_eq!(voided.setl("mdtrt_id"), settled.setl("mdtrt_id"));
    assert_eq!(voided.setl("balc"), "500.00");
    assert_eq!(world.balance().await, "500.00");
    // The deductible counts anew.
    let again = world.transact("2102", purchase(world.now())).await;
    assert_eq!(again.setl("act_pay_dedc"), "20.00");

    assert_eq!(world.transact("2103", void(&settled)).await.code(), "Y-5071");
    assert_eq!(world.transact("2103", void(&voided)).await.code(), "Y-5072");
    let mut stranger = void(&settled);
    stranger["data"]["psn_no"] = json!("99010000000000000002");
    assert_eq!(world.transact("2103", stranger).await.code(), "Y-5070");
    assert_eq!(world.balance().await, "464.44");
}

#[tokio::test]
async fn a_settlement_is_found_again_with_its_state() {
    let world = World::new().await;
    let settled = world.transact("2102", purchase(world.now())).await;
    let found = world.transact("5203", void(&settled)).await;
    assert!(found.is_ok(), "{}", found.response().err_msg);
    assert_eq!(found.setl("psn_pay"), "38.66");
    assert_eq!(found.setl("cash_payamt"), "3.10");
    assert_eq!(found.setl("medins_setl_id"), settled.setl("medins_setl_id"));
    assert_eq!(found.setl("refd_setl_flag"), "0");
    let voided = world.transact("2103", void(&settled)).await;
    assert_eq!(world.transact("5203", void(&settled)).await.setl("refd_setl_flag"), "1");
    let of_void = world.transact("5203", void(&voided)).await;
    assert_eq!(of_void.setl("medfee_sumamt"), "-66.10");
    assert_eq!(of_void.setl("refd_setl_flag"), "1");
    let nobody = json!({"data": {"setl_id": "S0", "mdtrt_id": "M0", "psn_no": CARD_HOLDER}});
    assert_eq!(world.transact("5203", nobody).await.code(), "Y-5070");
}

#[tokio::test]
async fn the_books_of_a_day_are_compared() {
    let world = World::new().await;
    let result =
        |reply: &crate::support::Reply| reply.output()["stmtinfo"]["stmt_rslt"].as_str().unwrap().to_owned();
    assert_eq!(result(&world.transact("3201", statement(["0", "0.00", "0.00", "0.00"])).await), "0");
    let first = world.transact("2102", purchase(world.now())).await;
    let second = world.transact("2102", purchase(world.now())).await;
    let sums = ["2", "132.20", "68.88", "57.12"]; // 27.44 + 41.44, 35.56 + 21.56
    assert_eq!(result(&world.transact("3201", statement(sums)).await), "0");
    for wrong in [
        ["1", "132.20", "68.88", "57.12"],
        ["2", "132.21", "68.88", "57.12"],
        ["2", "132.20", "68.89", "57.12"],
        ["2", "132.20", "68.88", "57.11"],
    ] {
        assert_eq!(result(&world.transact("3201", statement(wrong)).await), "1");
    }
    // A void is a row of its own with negative amounts.
    world.transact("2103", void(&second)).await;
    assert_eq!(result(&world.transact("3201", statement(["3", "66.10", "27.44", "35.56"])).await), "0");
    // A reversed settlement counts as if it had never been.
    let msgid = first.setl("medins_setl_id");
    assert!(world.transact("2601", crate::support::reversal(&msgid, CARD_HOLDER)).await.is_ok());
    assert_eq!(result(&world.transact("3201", statement(["2", "0.00", "0.00", "0.00"])).await), "0");
    // Other groups are empty; other days too.
    let mut other = statement(["0", "0.00", "0.00", "0.00"]);
    other["data"]["insutype"] = json!("390");
    assert_eq!(result(&world.transact("3201", other).await), "0");
    let mut yesterday = statement(["0", "0.00", "0.00", "0.00"]);
    yesterday["data"]["stmt_begndate"] = json!("2026-11-21");
    yesterday["data"]["stmt_enddate"] = json!("2026-11-21");
    assert_eq!(result(&world.transact("3201", yesterday.clone()).await), "0");
    yesterday["data"]["stmt_enddate"] = json!("2026-11-20");
    assert_eq!(world.transact("3201", yesterday).await.code(), "Y-5078");
}

#[tokio::test]
async fn what_is_refused_and_why() {
    let world = World::new().await;
    let now = world.now();
    let with = |path: &[&str], value: Value| {
        let mut input = purchase(now);
        let mut place = &mut input;
        for step in path {
            place = match step.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[*step],
            };
        }
        *place = value;
        input
    };
    let cases: Vec<(Value, &str)> = vec![
        (with(&["druginfo", "mdtrt_cert_no"], json!("A00000000")), "Y-5050"),
        (with(&["druginfo", "card_sn"], json!("990100D1560000050100000000000000")), "Y-5051"),
        (with(&["druginfo", "psn_name"], json!("沈一木")), "Y-5051"),
        (with(&["druginfo", "certno"], json!("990101194903120011")), "Y-5051"),
        (with(&["druginfo", "psn_no"], json!("99010000000000000002")), "Y-5051"),
        (with(&["druginfo", "insutype"], json!("390")), "Y-5053"),
        (with(&["druginfo", "acct_used_flag"], json!("2")), "Y-5068"),
        (with(&["druginfo", "med_type"], json!("11")), "Y-5067"),
        (with(&["druginfo", "medfee_sumamt"], json!("66.11")), "Y-5063"),
        (with(&["druginfo", "begntime"], json!("yesterday")), "Y-5041"),
        (with(&["druginfo", "mdtrt_cert_type"], json!("09")), "Y-5041"),
        (with(&["druginfo", "psn_no"], json!("")), "Y-5041"),
        (with(&["drugdetail", "0", "med_list_codg"], json!("XX-UNKNOWN")), "Y-5060"),
        (with(&["drugdetail", "0", "medins_list_codg"], json!("S-10002")), "Y-5061"),
        (with(&["drugdetail", "0", "det_item_fee_sumamt"], json!("25.02")), "Y-5062"),
        (with(&["drugdetail", "0", "cnt"], json!("-2.0000")), "Y-5066"),
        (with(&["drugdetail", "0", "feedetl_sn"], json!("0")), "Y-5065"),
        (with(&["drugdetail", "0", "feedetl_sn"], json!("02")), "Y-5064"),
        (with(&["drugdetail", "0", "durg_trac_info"], json!([])), "Y-5064"),
        (with(&["drugdetail", "0", "cnt"], json!("2.00001")), "Y-5041"),
        (with(&["drugdetail"], json!([])), "Y-5041"),
    ];
    for (input, code) in cases {
        let reply = world.transact("2102", input.clone()).await;
        assert_eq!(reply.code(), code, "{} for {input}", reply.response().err_msg);
        assert!(!reply.response().err_msg.contains("沈"), "a name in a refusal");
    }
    assert_eq!(world.balance().await, "500.00");
    assert_eq!(world.count("SELECT COUNT(*) FROM settlement"), 0);

    let mut suspended = person_query();
    for (field, value) in [
        ("mdtrt_cert_no", "A12345681"),
        ("card_sn", "990100D1560000050100000012345681"),
        ("certno", "990101199602290044"),
        ("psn_name", "温一帆"),
    ] {
        suspended["data"][field] = json!(value);
    }
    let found = world.transact("1101", suspended).await;
    assert_eq!(found.output()["insuinfo"][0]["psn_insu_stas"], "2");
    let mut elsewhere = world.request("2102", purchase(now));
    elsewhere.insuplc_admdvs = "990200".into();
    world.sign(&mut elsewhere);
    assert_eq!(world.send(&elsewhere).await.code(), "Y-5055");
    assert_eq!(world.transact("2207", json!({"data": {}})).await.code(), "Y-5040");
}

#[tokio::test]
async fn a_fen_of_rounding_is_borne() {
    let world = World::new().await;
    // 12.345 × 1 = 12.345: 12.35 is half-up, 12.34 within a fen; 12.33 is 1.5 fen away.
    for (amount, code) in [("12.35", ""), ("12.34", ""), ("12.33", "Y-5062"), ("12.36", "Y-5062")] {
        let mut input = purchase(world.now());
        let now = world.now().to_string();
        input["drugdetail"] = json!([crate::support::line(
            "1",
            "XA01-YIKA-0001",
            "S-10001",
            "1.0000",
            "12.345000",
            amount,
            &now
        )]);
        input["druginfo"]["medfee_sumamt"] = json!(amount);
        assert_eq!(world.transact("2102", input).await.code(), code, "{amount}");
    }
}

#[tokio::test]
async fn a_voucher_works_until_it_expires() {
    let seed = sample_seed().replace(
        "ec_token = \"99YIKASAMPLETOKEN0001\"",
        "ec_token = \"99YIKASAMPLETOKEN0001\"\nec_token_expires = \"2026-11-22 12:05:00\"",
    );
    let world = World::with(&seed, |_| {}).await;
    let mut query = person_query();
    query["data"]["mdtrt_cert_type"] = json!("01");
    query["data"]["mdtrt_cert_no"] = json!("99YIKASAMPLETOKEN0001");
    query["data"].as_object_mut().unwrap().remove("card_sn");
    assert!(world.transact("1101", query.clone()).await.is_ok());
    world.clock.advance(time::Duration::minutes(5));
    assert_eq!(world.transact("1101", query).await.code(), "Y-5031");
}

#[tokio::test]
async fn a_box_sold_twice_is_recorded() {
    let world = World::new().await;
    world.transact("2102", purchase(world.now())).await;
    assert_eq!(world.count("SELECT SUM(repeated) FROM trace_code"), 0);
    let second = world.transact("2102", purchase(world.now())).await;
    assert!(second.is_ok());
    assert_eq!(world.count("SELECT SUM(repeated) FROM trace_code"), 3);
}
