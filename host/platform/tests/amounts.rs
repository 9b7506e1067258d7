//! Identities I1–I8: each holds for a settlement worked out by hand, and each is noticed when it is broken.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use common::{purchase, queried, settled, voided};
use serde_json::{Value, json};
use yika_platform::amounts::{self, Identity, Violation};
use yika_platform::profile::{PharmacyRules, Profile};
use yika_platform::transactions::{self, Query, Settle, SettlementAmounts, Void};

#[test]
fn the_settlement_by_hand_keeps_them_all() {
    assert_eq!(check(&settled()), []);
    assert_eq!(check_void(&voided()), []);
    let query = transactions::read::<Query>(Some(&queried()), &Profile::sandbox()).unwrap();
    assert_eq!(amounts::check_amounts(&query.setlinfo.amounts), []);
    assert_eq!(query.setlinfo.amounts.psn_cash_pay.to_string(), "2.40");
}

#[test]
fn one_fen_off_is_noticed_wherever_it_is() {
    use Identity::*;
    // Which identities a field takes part in follows from the definitions.
    for (field, broken) in [
        ("medfee_sumamt", vec![I1, I5, I6, I6]),
        ("fund_pay_sumamt", vec![I1, I3, I8]),
        ("psn_part_amt", vec![I1, I2]),
        ("acct_pay", vec![I2, I8]),
        ("psn_cash_pay", vec![I2]),
        ("hifp_pay", vec![I3]),
        ("hifmi_pay", vec![I3]),
        ("hifob_pay", vec![I3]),
        ("hifes_pay", vec![I3]),
        ("cvlserv_pay", vec![I3]),
        ("maf_pay", vec![I3]),
        ("oth_pay", vec![I3]),
        ("fulamt_ownpay_amt", vec![I5]),
        ("overlmt_selfpay", vec![I5]),
        ("preselfpay_amt", vec![I5]),
        ("inscp_scp_amt", vec![I5]),
        ("balc", vec![]),
        ("act_pay_dedc", vec![]),
    ] {
        let mut answer = settled();
        add_a_fen(&mut answer["setlinfo"][field]);
        assert_eq!(identities(&check(&answer)), broken, "{field}");
    }
}

#[test]
fn lines_and_fund_rows_are_checked_one_by_one() {
    use Identity::*;
    let mut answer = settled();
    add_a_fen(&mut answer["detlcutinfo"][1]["preselfpay_amt"]);
    let found = check(&answer);
    assert_eq!(identities(&found), [I5]);
    assert_eq!(found[0].row.as_deref(), Some("2"));
    assert_eq!(found[0].left.unwrap().to_string(), "38.00");
    assert_eq!(found[0].right.unwrap().to_string(), "38.01");

    // Two lines changed against each other: the sum holds, the lines do not.
    let mut answer = settled();
    answer["detlcutinfo"][0]["det_item_fee_sumamt"] = json!("24.00");
    answer["detlcutinfo"][0]["inscp_scp_amt"] = json!("24.00");
    answer["detlcutinfo"][2]["det_item_fee_sumamt"] = json!("4.10");
    answer["detlcutinfo"][2]["fulamt_ownpay_amt"] = json!("4.10");
    assert_eq!(identities(&check(&answer)), [I6, I6]);

    // A line that nobody asked for.
    let mut answer = settled();
    answer["detlcutinfo"][0]["feedetl_sn"] = json!("4");
    assert_eq!(identities(&check(&answer)), [I6]);

    // A line that is left out, and one that comes twice.
    let mut answer = settled();
    answer["detlcutinfo"].as_array_mut().unwrap().pop();
    assert_eq!(identities(&check(&answer)), [I6]);
    let mut answer = settled();
    let again = answer["detlcutinfo"][0].clone();
    answer["detlcutinfo"].as_array_mut().unwrap().push(again);
    assert!(identities(&check(&answer)).contains(&I6));

    let mut answer = settled();
    add_a_fen(&mut answer["setldetail"][1]["fund_payamt"]);
    assert_eq!(identities(&check(&answer)), [I8]);
    // The account's row is optional, a fund's row is not.
    let mut answer = settled();
    answer["setldetail"].as_array_mut().unwrap().pop();
    assert_eq!(check(&answer), []);
    let mut answer = settled();
    answer["setldetail"].as_array_mut().unwrap().remove(0);
    assert_eq!(identities(&check(&answer)), [I8]);
}

#[test]
fn servicemens_money_counts_inside_or_beside_other_and_not_otherwise() {
    let with = |hifdm: &str, oth: &str| {
        let mut answer = settled();
        answer["setlinfo"]["hifp_pay"] = json!("20.70");
        answer["setlinfo"]["hifdm_pay"] = json!(hifdm);
        answer["setlinfo"]["oth_pay"] = json!(oth);
        identities(&check(&answer))
    };
    assert_eq!(with("3.00", "0.00"), []);
    assert_eq!(with("3.00", "3.00"), []);
    assert_eq!(with("2.00", "1.00"), []);
    assert_eq!(with("3.00", "2.00"), [Identity::I3]);
    assert_eq!(with("0.00", "0.00"), [Identity::I3]);
}

#[test]
fn mutual_aid_lies_between_nothing_and_the_account() {
    for (aid, broken) in
        [("0.00", vec![]), ("40.00", vec![]), ("40.01", vec![Identity::I4]), ("-0.01", vec![Identity::I4])]
    {
        let mut answer = settled();
        answer["setlinfo"]["acct_mulaid_pay"] = json!(aid);
        assert_eq!(identities(&check(&answer)), broken, "{aid}");
    }
}

#[test]
fn the_institutions_burden_belongs_to_the_total() {
    let mut answer = settled();
    answer["setlinfo"]["hosp_part_amt"] = json!("1.00");
    assert_eq!(identities(&check(&answer)), [Identity::I1]);
    answer["setlinfo"]["psn_part_amt"] = json!("41.40");
    answer["setlinfo"]["psn_cash_pay"] = json!("1.40");
    assert_eq!(check(&answer), []);
}

#[test]
fn a_void_is_the_original_with_the_other_sign() {
    for field in ["medfee_sumamt", "hifp_pay", "acct_pay", "psn_cash_pay", "act_pay_dedc"] {
        let mut answer = voided();
        add_a_fen(&mut answer["setlinfo"][field]);
        assert!(identities(&check_void(&answer)).contains(&Identity::I7), "{field}");
    }
    // A void that comes back positive is caught, however well it adds up.
    let mut positive = voided();
    for (name, value) in positive["setlinfo"].as_object_mut().unwrap() {
        let text = value.as_str().unwrap().to_owned();
        if let Some(size) = text.strip_prefix('-')
            && !name.ends_with("_id")
        {
            *value = json!(size);
        }
    }
    for row in positive["setldetail"].as_array_mut().unwrap() {
        row["fund_payamt"] = json!(row["fund_payamt"].as_str().unwrap().trim_start_matches('-'));
    }
    let found = identities(&check_void(&positive));
    assert!(!found.is_empty() && found.iter().all(|identity| *identity == Identity::I7), "{found:?}");

    // Negating is what the centre does.
    let original = original();
    let negated = original.negated().unwrap();
    let void = transactions::read::<Void>(Some(&voided()), &Profile::sandbox()).unwrap();
    assert_eq!(SettlementAmounts { balc: void.setlinfo.amounts.balc, ..negated }, void.setlinfo.amounts);
}

#[test]
fn amounts_at_the_edge_do_not_overflow() {
    let mut answer = settled();
    for field in [
        "medfee_sumamt",
        "fund_pay_sumamt",
        "psn_part_amt",
        "acct_pay",
        "psn_cash_pay",
        "hifp_pay",
        "oth_pay",
    ] {
        answer["setlinfo"][field] = json!("99999999999999.99");
    }
    assert!(!check(&answer).is_empty());
    let mut output = transactions::read::<Settle>(Some(&settled()), &Profile::sandbox()).unwrap();
    output.setlinfo.info.amounts.fund_pay_sumamt.0 = i64::MAX;
    output.setlinfo.info.amounts.hifp_pay.0 = i64::MAX;
    output.setlinfo.info.amounts.oth_pay.0 = i64::MAX;
    let found = amounts::check_settlement(&purchase(), &output, &rules());
    assert!(found.iter().any(|violation| violation.right.is_none()));
    assert!(found.iter().all(|violation| !violation.to_string().is_empty()));
}

fn rules() -> PharmacyRules {
    Profile::sandbox().pharmacy
}

fn check(answer: &Value) -> Vec<Violation> {
    let output = transactions::read::<Settle>(Some(answer), &Profile::sandbox()).unwrap();
    amounts::check_settlement(&purchase(), &output, &rules())
}

fn original() -> SettlementAmounts {
    transactions::read::<Settle>(Some(&settled()), &Profile::sandbox()).unwrap().setlinfo.info.amounts
}

fn check_void(answer: &Value) -> Vec<Violation> {
    let output = transactions::read::<Void>(Some(answer), &Profile::sandbox()).unwrap();
    amounts::check_void(&original(), &output, &rules())
}

fn identities(found: &[Violation]) -> Vec<Identity> {
    found.iter().map(|violation| violation.identity).collect()
}

/// "12.34" becomes "12.35".
fn add_a_fen(value: &mut Value) {
    let text = value.as_str().unwrap();
    let fen: i64 = text.replace('.', "").parse().unwrap();
    let (size, sign) = ((fen + 1).abs(), if fen + 1 < 0 { "-" } else { "" });
    *value = json!(format!("{sign}{}.{:02}", size / 100, size % 100));
}
