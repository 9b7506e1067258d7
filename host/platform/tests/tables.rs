//! The field tables, checked in both directions. What is expected stands in the published tables.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use common::{person_output, purchase, settled};
use serde_json::{Value, json};
use yika_platform::envelope::{Request, Response};
use yika_platform::profile::Profile;
use yika_platform::tables::{self, FaultKind, FieldFault, check_input, check_output, tables};
use yika_platform::transactions;

#[test]
fn the_published_counts_are_all_there() {
    let raw: Value = serde_json::from_str(include_str!("../data/transactions.json")).unwrap();
    let fields: usize = raw
        .as_object()
        .unwrap()
        .values()
        .flat_map(|t| t["nodes"].as_array().unwrap())
        .map(|node| node["fields"].as_array().unwrap().len())
        .sum();
    assert_eq!((tables().numbers().count(), fields), (118, 2897));
}

#[test]
fn a_sound_settlement_has_no_fault() {
    assert_eq!(input_faults(&settle_input()), []);
    let report = check_output("2102", &settled(), &Profile::sandbox());
    assert_eq!((report.faults, report.notes), (vec![], vec![]));
    assert!(check_output("1101", &person_output(), &Profile::sandbox()).is_ok());
}

#[test]
fn every_required_field_of_the_settlement_is_missed() {
    // Straight from the published table, not from the code that reads it.
    let raw: Value = serde_json::from_str(include_str!("../data/transactions.json")).unwrap();
    for node in raw["2102"]["nodes"].as_array().unwrap() {
        let (name, direction) = (node["node"].as_str().unwrap(), node["direction"].as_str().unwrap());
        for field in node["fields"].as_array().unwrap().iter().filter(|field| field["required"] == true) {
            let field = field["field"].as_str().unwrap();
            for empty in [None, Some(json!("")), Some(Value::Null)] {
                let mut body = if direction == "input" { settle_input() } else { settled() };
                let (row, path) = match name {
                    "druginfo" | "setlinfo" => (&mut body[name], format!("{direction}.{name}.{field}")),
                    "durg_trac_info" => (
                        &mut body["drugdetail"][1]["durg_trac_info"][0],
                        format!("{direction}.drugdetail[1].durg_trac_info[0].{field}"),
                    ),
                    _ => (&mut body[name][1], format!("{direction}.{name}[1].{field}")),
                };
                let row = row.as_object_mut().unwrap();
                assert!(row.remove(field).is_some(), "{path} is not in the sample");
                if let Some(empty) = empty {
                    row.insert(field.to_owned(), empty);
                }
                let faults = if direction == "input" { input_faults(&body) } else { output_faults(&body) };
                let missing = FieldFault { path: path.clone(), kind: FaultKind::Missing };
                assert!(faults.contains(&missing), "{path}: {faults:?}");
            }
        }
    }
}

#[test]
fn wrong_values_are_named_by_place_and_kind() {
    for (path, value, kind) in [
        ("/druginfo/certno", "9".repeat(21), FaultKind::TooLong { max: 20, found: 21 }),
        ("/druginfo/psn_name", "沈".repeat(51), FaultKind::TooLong { max: 50, found: 51 }),
        ("/druginfo/medfee_sumamt", "66.101".into(), FaultKind::TooPrecise { decimals: 2 }),
        ("/druginfo/medfee_sumamt", "6.6e1".into(), FaultKind::NotANumber),
        ("/druginfo/medfee_sumamt", "100000000000000.00".into(), FaultKind::TooLarge { digits: 14 }),
        ("/druginfo/begntime", "2026-11-22".into(), FaultKind::NotATime),
        ("/druginfo/begntime", "2026-11-31 09:00:00".into(), FaultKind::NotATime),
        ("/druginfo/insutype", "311".into(), FaultKind::NotInDictionary { dictionary: "insutype".into() }),
        ("/druginfo/acct_used_flag", "01".into(), FaultKind::TooLong { max: 1, found: 2 }),
        ("/drugdetail/2/cnt", "0.50001".into(), FaultKind::TooPrecise { decimals: 4 }),
        ("/drugdetail/0/pric", "12.5000001".into(), FaultKind::TooPrecise { decimals: 6 }),
        ("/drugdetail/0/feedetl_sn", "1a".into(), FaultKind::NotANumber),
        (
            "/drugdetail/0/durg_trac_info/1/trdn_flag",
            "2".into(),
            FaultKind::NotInDictionary { dictionary: "trdn_flag".into() },
        ),
        (
            "/drugdetail/0/durg_trac_info/1/drug_trac_codg",
            "8".repeat(101),
            FaultKind::TooLong { max: 100, found: 101 },
        ),
    ] {
        let mut input = settle_input();
        *input.pointer_mut(path).unwrap() = json!(value);
        let faults = input_faults(&input);
        assert_eq!(faults.len(), 1, "{path}: {faults:?}");
        assert_eq!(faults[0].kind, kind, "{path}");
        assert_eq!(faults[0].path, dotted("input", path));
    }
}

#[test]
fn names_of_fifty_characters_and_institutions_of_two_hundred_pass() {
    let mut input = settle_input();
    // The printed width is 20.
    input["druginfo"]["psn_name"] = json!("买".repeat(50));
    input["druginfo"]["psn_type"] = json!("116003");
    assert_eq!(input_faults(&input), []);
    let mut request = request();
    request.fixmedins_name = "药".repeat(200);
    assert_eq!(request.faults(&Profile::sandbox()), []);
    request.fixmedins_name.push('房');
    assert_eq!(request.faults(&Profile::sandbox())[0].kind, FaultKind::TooLong { max: 200, found: 201 });
}

#[test]
fn shapes_that_are_not_the_tables_are_refused() {
    for (change, path, kind) in [
        (json!([]), "input", FaultKind::NotAnObject),
        (json!("x"), "input", FaultKind::NotAnObject),
        (
            json!({"druginfo": [], "drugdetail": settle_input()["drugdetail"]}),
            "input.druginfo",
            FaultKind::Missing,
        ),
        (
            json!({"druginfo": settle_input()["druginfo"], "drugdetail": settle_input()["drugdetail"][0]}),
            "input.drugdetail",
            FaultKind::NotRows,
        ),
        (
            json!({"druginfo": settle_input()["druginfo"], "drugdetail": []}),
            "input.drugdetail",
            FaultKind::Missing,
        ),
        (
            json!({"druginfo": settle_input()["druginfo"], "drugdetail": ["x"]}),
            "input.drugdetail[0]",
            FaultKind::NotAnObject,
        ),
    ] {
        assert_eq!(input_faults(&change), [FieldFault { path: path.into(), kind }], "{change}");
    }
    let mut input = settle_input();
    input["druginfo"]["surprise & more"] = json!("1");
    input["extra"] = json!({});
    input["drugdetail"][0]["durg_trac_info"][0]["x"] = json!("1");
    let paths: Vec<String> = input_faults(&input).into_iter().map(|fault| fault.path).collect();
    assert_eq!(
        paths,
        ["input.extra", "input.druginfo.surprise???more", "input.drugdetail[0].durg_trac_info[0].x"]
    );
    assert_eq!(
        check_input("7777", &json!({}), &Profile::sandbox()).faults[0].kind,
        FaultKind::UnknownTransaction
    );
}

#[test]
fn what_a_province_adds_to_an_answer_is_noted_and_borne() {
    let mut answer = settled();
    answer["setlinfo"]["province_field"] = json!("1");
    answer["setlinfo"]["clr_way"] = json!("77");
    answer["extrainfo"] = json!([{"a": "b"}]);
    let report = check_output("2102", &answer, &Profile::sandbox());
    assert_eq!(report.faults, []);
    let paths: Vec<&str> = report.notes.iter().map(|note| note.path.as_str()).collect();
    assert_eq!(paths, ["output.extrainfo", "output.setlinfo.province_field", "output.setlinfo.clr_way"]);
}

#[test]
fn a_profile_moves_widths_requirements_codes_and_fields() {
    let mut profile = Profile::sandbox();
    let mut input = settle_input();
    input["druginfo"]["insutype"] = json!("31099");
    input["druginfo"]["city_flag"] = json!("12345");
    assert_eq!(check_input("2102", &input, &profile).faults.len(), 2);
    profile.fields.dictionaries.insert("insutype".into(), ["31099".to_owned()].into());
    profile.fields.added.insert("2102.input.druginfo.city_flag".into(), "C5".into());
    assert_eq!(check_input("2102", &input, &profile).faults, []);
    profile.fields.added.insert("2102.input.druginfo.city_flag".into(), "C4".into());
    profile.fields.required.insert("2102.input.druginfo.invono".into(), true);
    profile.fields.lengths.insert("psn_name".into(), 2);
    let faults: Vec<String> =
        check_input("2102", &input, &profile).faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "input.druginfo.city_flag: 5 characters, at most 4",
            "input.druginfo.psn_name: 3 characters, at most 2",
            "input.druginfo.invono: required"
        ]
    );
    profile.fields.required.insert("2102.input.druginfo.psn_name".into(), false);
    input["druginfo"].as_object_mut().unwrap().remove("psn_name");
    assert_eq!(check_input("2102", &input, &profile).faults.len(), 2);
}

#[test]
fn the_envelope_has_a_table_too() {
    let profile = Profile::sandbox();
    assert_eq!(request().faults(&profile), []);
    let fault_of = |change: &dyn Fn(&mut Request)| {
        let mut changed = request();
        change(&mut changed);
        let faults = changed.faults(&profile);
        assert_eq!(faults.len(), 1, "{faults:?}");
        (faults[0].path.clone(), faults[0].kind.clone())
    };
    for (name, change) in [
        ("msgid", (|r: &mut Request| r.msgid.clear()) as fn(&mut Request)),
        ("mdtrtarea_admvs", |r| r.mdtrtarea_admvs.clear()),
        ("recer_sys_code", |r| r.recer_sys_code.clear()),
        ("infver", |r| r.infver.clear()),
        ("opter_type", |r| r.opter_type.clear()),
        ("opter", |r| r.opter.clear()),
        ("opter_name", |r| r.opter_name.clear()),
        ("inf_time", |r| r.inf_time.clear()),
        ("fixmedins_code", |r| r.fixmedins_code.clear()),
        ("fixmedins_name", |r| r.fixmedins_name.clear()),
        // Without it the platform takes a stranger for a local; the input names a psn_no.
        ("insuplc_admdvs", |r| r.insuplc_admdvs.clear()),
    ] {
        assert_eq!(fault_of(&change), (name.to_owned(), FaultKind::Missing));
    }
    assert_eq!(fault_of(&|r| r.inf_time = "2026-11-22T09:08:07".into()).1, FaultKind::NotATime);
    assert_eq!(fault_of(&|r| r.opter = "9".repeat(31)).1, FaultKind::TooLong { max: 30, found: 31 });
    assert_eq!(fault_of(&|r| r.opter_name = "A&B".into()).1, FaultKind::ForbiddenCharacter);
    assert_eq!(fault_of(&|r| r.opter_name = "A\u{85}B".into()).1, FaultKind::ForbiddenCharacter);
    assert_eq!(fault_of(&|r| r.mdtrtarea_admvs = "99O100".into()).1, FaultKind::NotANumber);
    assert_eq!(fault_of(&|r| r.opter_type = "4".into()).0, "opter_type");
    assert_eq!(fault_of(&|r| r.msgid = "P99010100001202611320908070007".into()).1, FaultKind::NotATime);
    // Lenient ids are the profile's matter.
    let mut lenient = request();
    lenient.msgid = "240510084440-H99130200746-4357".into();
    assert!(!lenient.faults(&profile).is_empty());
    assert_eq!(lenient.faults(&Profile::load("tif").unwrap()), []);
}

#[test]
fn the_envelope_of_an_answer_is_checked_and_borne_where_it_can_be() {
    let answer = |change: &dyn Fn(&mut Response)| {
        let mut response = Response {
            infcode: "0".into(),
            inf_refmsgid: "990100202611220908080000000001".into(),
            refmsg_time: "20261122090807512".into(),
            respond_time: "20261122090807533".into(),
            ..Response::default()
        };
        change(&mut response);
        let report = tables::check_response_envelope(&response);
        let paths = |list: &[FieldFault]| list.iter().map(|f| f.path.clone()).collect::<Vec<_>>().join(" ");
        (paths(&report.faults), paths(&report.notes))
    };
    let none = String::new;
    assert_eq!(answer(&|_| ()), (none(), none()));
    assert_eq!(answer(&|r| r.infcode = "OK".into()).0, "infcode");
    assert_eq!(answer(&|r| r.inf_refmsgid.push('1')), ("inf_refmsgid".into(), none()));
    assert_eq!(answer(&|r| r.inf_refmsgid.clear()), (none(), "inf_refmsgid".into()));
    assert_eq!(answer(&|r| r.respond_time = "20261322090807533".into()), (none(), "respond_time".into()));
    assert_eq!(answer(&|r| r.refmsg_time = "2026-11-22 09:08:07".into()), (none(), "refmsg_time".into()));
    assert_eq!(answer(&|r| r.infcode = "-1".into()), (none(), "err_msg".into()));
    assert_eq!(answer(&|r| r.err_msg = "长".repeat(201)), (none(), "err_msg".into()));
    assert_eq!(answer(&|r| r.output = Some(json!({"a": "b".repeat(40_000)}))).0, "output");
}

#[test]
fn a_card_has_an_identification_code() {
    let mut input = settle_input();
    input["druginfo"].as_object_mut().unwrap().remove("card_sn");
    let missing = FieldFault { path: "input.druginfo.card_sn".into(), kind: FaultKind::Missing };
    assert_eq!(input_faults(&input), [missing]);
    input["druginfo"]["mdtrt_cert_type"] = json!("02");
    assert_eq!(input_faults(&input), []);
    let mut query = json!({"data": {
        "mdtrt_cert_type": "03", "mdtrt_cert_no": "A12345678", "psn_cert_type": "01",
        "certno": "990101198506150020", "psn_name": "沈一禾"
    }});
    assert_eq!(check_input("1101", &query, &Profile::sandbox()).faults[0].path, "input.data.card_sn");
    query["data"]["mdtrt_cert_type"] = json!("01");
    assert!(check_input("1101", &query, &Profile::sandbox()).is_ok());
}

#[test]
fn forty_thousand_characters_of_business_data_and_no_more() {
    let mut input = settle_input();
    let line = input["drugdetail"][0].clone();
    let lines = input["drugdetail"].as_array_mut().unwrap();
    for number in 4..200 {
        let mut line = line.clone();
        line["feedetl_sn"] = json!(number.to_string());
        lines.push(line);
    }
    let request = Request { input, ..request() };
    let faults = request.faults(&Profile::sandbox());
    assert!(
        matches!(faults[..], [FieldFault { kind: FaultKind::TooLong { max: 40_000, .. }, .. }]),
        "{faults:?}"
    );
}

#[test]
fn tables_that_are_too_unclear_only_ask_for_text() {
    // 2170 has nodes without a direction.
    assert!(!tables().get("2170").unwrap().output.checked);
    let odd = json!({"anything": {"goes": "x"}});
    assert!(tables::check_output("2170", &odd, &Profile::sandbox()).is_ok());
    let number = json!({"anything": {"goes": 1}});
    assert_eq!(tables::check_output("2170", &number, &Profile::sandbox()).faults[0].kind, FaultKind::NotText);
}

fn settle_input() -> Value {
    transactions::write(&purchase().settle(), &Profile::sandbox()).unwrap()
}

fn request() -> Request {
    let vector: Value =
        serde_json::from_slice(&std::fs::read(common::sample("signature-vector.json")).unwrap()).unwrap();
    Request::parse(vector["messages"][0]["message"].to_string().as_bytes()).unwrap()
}

fn input_faults(input: &Value) -> Vec<FieldFault> {
    check_input("2102", input, &Profile::sandbox()).faults
}

fn output_faults(output: &Value) -> Vec<FieldFault> {
    check_output("2102", output, &Profile::sandbox()).faults
}

/// `/drugdetail/2/cnt` as the checks write it: `input.drugdetail[2].cnt`.
fn dotted(root: &str, pointer: &str) -> String {
    pointer.split('/').skip(1).fold(root.to_owned(), |path, part| match part.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => format!("{path}.{part}"),
    })
}
