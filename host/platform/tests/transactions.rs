//! The typed transactions against the tables, in both directions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use common::{basket, credential, person_output, purchase, queried, settled, time, voided};
use serde_json::{Value, json};
use yika_platform::profile::Profile;
use yika_platform::transactions::{
    self, BodyError, BuildError, PersonInfo, PersonQuery, PharmacyInput, Purchaser, Query, QueryRow, Reverse,
    ReverseRow, Settle, SignIn, SignInRow, SignOut, SignOutRow, Statement, StatementRow, Transaction, Void,
    VoidRow,
};
use yika_protocol::money::Fen;

#[test]
fn the_settlement_of_the_sample_basket_as_it_goes_out() {
    let input = transactions::write(&purchase().settle(), &Profile::sandbox()).unwrap();
    let vector: Value =
        serde_json::from_slice(&std::fs::read(common::sample("signature-vector.json")).unwrap()).unwrap();
    // The vector was written by a Python program from the same basket.
    assert_eq!(input, vector["messages"][0]["message"]["input"]);
}

#[test]
fn a_preview_is_the_same_without_trace_codes_and_invoice() {
    let mut basket = basket();
    basket.invono = Some("INV1".into());
    let input = PharmacyInput::new(&basket, &buyer(), time()).unwrap();
    let preview = transactions::write(&input.clone().preview(), &Profile::sandbox()).unwrap();
    let mut settle = transactions::write(&input.settle(), &Profile::sandbox()).unwrap();
    assert_eq!(settle["druginfo"].as_object_mut().unwrap().remove("invono"), Some(json!("INV1")));
    for line in settle["drugdetail"].as_array_mut().unwrap() {
        assert!(line.as_object_mut().unwrap().remove("durg_trac_info").is_some());
    }
    assert_eq!(preview, settle);
}

#[test]
fn every_answer_survives_a_round_trip() {
    round_trip::<PersonQuery>(&person_output());
    round_trip::<Settle>(&settled());
    round_trip::<Void>(&voided());
    round_trip::<Query>(&queried());
    round_trip::<SignIn>(&json!({"signinoutb": {"sign_time": "2026-11-22 08:00:00", "sign_no": "1"}}));
    round_trip::<SignOut>(&json!({"sign_time": {"sign_time": "2026-11-22 20:00:00"}}));
    round_trip::<Reverse>(&json!({}));
    round_trip::<Statement>(
        &json!({"stmtinfo": {"setl_optins": "990100", "stmt_rslt": "0", "stmt_rslt_dscr": "平"}}),
    );
    let mut preview = settled();
    preview["setlinfo"].as_object_mut().unwrap().remove("setl_id");
    round_trip::<transactions::Preview>(&preview);
}

#[test]
fn every_request_fits_its_table() {
    write(&SignIn {
        sign_in: SignInRow {
            opter_no: "0001".into(),
            mac: "00-00-5E-00-53-01".into(),
            ip: "192.0.2.7".into(),
        },
    });
    write(&SignOut { sign_out: SignOutRow { sign_no: "1".into(), opter_no: "0001".into() } });
    write(&PersonQuery { data: credential() });
    write(&purchase().settle());
    write(&purchase().preview());
    write(&Void {
        data: VoidRow { setl_id: "1".into(), mdtrt_id: "2".into(), psn_no: "3".into(), exp_content: None },
    });
    write(&Reverse {
        data: ReverseRow {
            psn_no: "3".into(),
            omsgid: "P99010100001202611220908070007".into(),
            oinfno: "2102".into(),
        },
    });
    write(&Query { data: QueryRow { psn_no: "3".into(), setl_id: "1".into(), mdtrt_id: "2".into() } });
    write(&Statement {
        data: StatementRow {
            insutype: "310".into(),
            clr_type: "41".into(),
            setl_optins: "990100".into(),
            stmt_begndate: "2026-11-01".into(),
            stmt_enddate: "2026-11-30".into(),
            medfee_sumamt: Fen(-6610),
            fund_pay_sumamt: Fen(0),
            acct_pay: Fen(0),
            fixmedins_setl_cnt: "2".into(),
            refd_setl_flag: None,
            fixmedins_refd_setl_flag: "0".into(),
        },
    });
}

#[test]
fn centres_that_answer_with_numbers_and_lone_rows_are_understood() {
    let csb = Profile::load("csb").unwrap();
    let mut answer = settled();
    for (field, value) in [
        ("medfee_sumamt", json!(66.1)),
        ("psn_cash_pay", json!(2.4)),
        ("hifmi_pay", json!(0)),
        ("age", json!(41.4)),
    ] {
        answer["setlinfo"][field] = value;
    }
    answer["setlinfo"]["hosp_part_amt"] = Value::Null;
    answer["setlinfo"]["exp_content"] = json!("");
    answer["setlinfo"] = json!([answer["setlinfo"]]);
    let read = transactions::read::<Settle>(Some(&answer), &csb).unwrap();
    let expected = transactions::read::<Settle>(Some(&settled()), &csb).unwrap();
    assert_eq!(read, expected);

    let mut person = person_output();
    person["insuinfo"] = person["insuinfo"][0].clone();
    person.as_object_mut().unwrap().remove("idetinfo");
    let read = transactions::read::<PersonQuery>(Some(&person), &csb).unwrap();
    assert_eq!(read, transactions::read::<PersonQuery>(Some(&person_output()), &csb).unwrap());
    // What comes where nothing should come is of no use and no harm.
    for odd in [json!([]), json!(["x"]), json!({"psn_no": "1"})] {
        assert!(transactions::read::<Reverse>(Some(&odd), &csb).is_ok(), "{odd}");
    }
    // The sandbox promises text.
    let refused = transactions::read::<Settle>(Some(&answer), &Profile::sandbox());
    assert!(matches!(refused, Err(BodyError::Fields(_))));
}

#[test]
fn an_answer_that_lacks_what_its_table_requires_is_refused_by_name() {
    let profile = Profile::sandbox();
    let mut answer = settled();
    answer["setlinfo"].as_object_mut().unwrap().remove("psn_cash_pay");
    answer["setlinfo"]["setl_id"] = json!("");
    let error = transactions::read::<Settle>(Some(&answer), &profile).unwrap_err().to_string();
    assert!(error.contains("output.setlinfo.psn_cash_pay: required"), "{error}");
    assert!(error.contains("output.setlinfo.setl_id: required"), "{error}");
    assert!(transactions::read::<Settle>(None, &profile).is_err());
    // 2601 answers with nothing at all.
    assert!(transactions::read::<Reverse>(None, &profile).is_ok());
    // A province's own fields are borne.
    let mut answer = settled();
    answer["setlinfo"]["province_field"] = json!("x");
    answer["newnode"] = json!([{"a": "b"}]);
    assert!(transactions::read::<Settle>(Some(&answer), &profile).is_ok());
}

#[test]
fn the_insurance_is_the_baskets_or_the_only_one_in_force() {
    let mut info = person();
    let pick = |info: &PersonInfo, insutype| Purchaser::new(&credential(), info, insutype);
    assert_eq!(pick(&info, None).unwrap().insutype, "310");
    assert_eq!(pick(&info, Some("390")), Err(BuildError::NotInsured { insutype: Some("390".into()) }));

    let mut second = info.insuinfo[0].clone();
    second.insutype = "390".into();
    second.insuplc_admdvs = "990200".into();
    info.insuinfo.push(second);
    assert_eq!(pick(&info, None), Err(BuildError::NotInsured { insutype: None }));
    assert_eq!(pick(&info, Some("390")).unwrap().insuplc_admdvs, "990200");

    info.insuinfo[0].psn_insu_stas = Some("2".into());
    assert_eq!(pick(&info, None).unwrap().insutype, "390");
    assert_eq!(pick(&info, Some("310")), Err(BuildError::NotInsured { insutype: Some("310".into()) }));
}

#[test]
fn nothing_personal_is_printed() {
    let info = person();
    let printed = [
        format!("{:?}", credential()),
        format!("{info:?}"),
        format!("{:?}", buyer()),
        format!("{:?}", purchase()),
        format!("{:?}", transactions::read::<Settle>(Some(&settled()), &Profile::sandbox()).unwrap()),
        format!("{:?}", transactions::read::<Query>(Some(&queried()), &Profile::sandbox()).unwrap()),
        format!("{:?}", yika_platform::envelope::Request { input: settled(), ..Default::default() }),
        format!("{:?}", yika_platform::envelope::Response { output: Some(settled()), ..Default::default() }),
    ];
    for text in printed {
        for secret in [
            "沈一禾",
            "990101198506150020",
            "A12345678",
            "990100D1560000050100000012345678",
            "99010000000000000001",
            "1985-06-15",
            "RX20261122000017",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    // An error about a field does not repeat its value.
    let mut answer = settled();
    answer["setlinfo"]["psn_name"] = json!("沈一禾".repeat(40));
    answer["setlinfo"]["brdy"] = json!("15.6.1985");
    let error = transactions::read::<Settle>(Some(&answer), &Profile::sandbox()).unwrap_err();
    assert!(!error.to_string().contains("沈") && !error.to_string().contains("15.6."), "{error}");
    assert!(!format!("{error:?}").contains("沈"), "{error:?}");
}

fn person() -> PersonInfo {
    transactions::read::<PersonQuery>(Some(&person_output()), &Profile::sandbox()).unwrap()
}

fn buyer() -> Purchaser {
    Purchaser::new(&credential(), &person(), None).unwrap()
}

fn write<T: Transaction + PartialEq + std::fmt::Debug>(input: &T) {
    let profile = Profile::sandbox();
    let value = transactions::write(input, &profile).unwrap_or_else(|error| panic!("{}: {error}", T::INFNO));
    assert_eq!(&transactions::read_input::<T>(&value, &profile).unwrap(), input);
}

fn round_trip<T: Transaction>(answer: &Value) {
    let profile = Profile::sandbox();
    let read = transactions::read::<T>(Some(answer), &profile)
        .unwrap_or_else(|error| panic!("{}: {error}", T::INFNO));
    let mut written = transactions::write_output::<T>(&read, &profile).unwrap();
    // Empty arrays may be left out or written.
    if written.get("idetinfo") == Some(&json!([])) && answer.get("idetinfo").is_none() {
        written.as_object_mut().unwrap().remove("idetinfo");
    }
    assert_eq!(&written, answer, "{}", T::INFNO);
}
