//! Requests are read strictly, answers tolerantly, and nothing that comes over the wire makes either panic.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod common;

use common::settled;
use proptest::prelude::*;
use serde_json::{Value, json};
use yika_platform::cainfo;
use yika_platform::envelope::{EnvelopeError, InfCode, Request, Response};
use yika_platform::profile::{Profile, SignatureScheme};
use yika_platform::transactions::{self, PersonQuery, Query, Reverse, Settle, Statement, Void};

#[test]
fn a_request_goes_out_and_comes_in_as_it_is() {
    let mut request = Request {
        infno: "2601".into(),
        msgid: "P99010100001202611220908070007".into(),
        opter_name: "示例药师".into(),
        input: json!({"data": {"psn_no": "1"}}),
        ..Request::default()
    };
    request.extra.insert("recer_admdvs".into(), "990100".into());
    let bytes = request.to_bytes().unwrap();
    assert_eq!(Request::parse(&bytes).unwrap(), request);
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["infno", "input", "msgid", "opter_name", "recer_admdvs"],
        "empty fields are not written"
    );
}

#[test]
fn a_request_with_anything_but_text_is_refused() {
    let parse = |text: &str| Request::parse(text.as_bytes()).unwrap_err();
    assert_eq!(parse(r#"{"infno":2102,"input":{}}"#), EnvelopeError::NotText { field: "infno".into() });
    assert_eq!(parse(r#"{"x":{"y":"z"},"input":{}}"#), EnvelopeError::NotText { field: "x".into() });
    assert_eq!(parse(r#"{"infno":"2102"}"#), EnvelopeError::NoInput);
    assert_eq!(parse(r#"{"infno":"2102","input":"{}"}"#), EnvelopeError::NoInput);
    assert_eq!(parse(r#"{"infno":"2102","input":null}"#), EnvelopeError::NoInput);
    assert_eq!(parse(r#"[]"#), EnvelopeError::NotAnObject);
    for bad in ["a&b", "a\\nb", "\\u0000", "\\u007f", "\\u0085"] {
        let error = parse(&format!(r#"{{"opter_name":"{bad}","input":{{}}}}"#));
        assert_eq!(error, EnvelopeError::ForbiddenCharacter { field: "opter_name".into() }, "{bad}");
        assert!(!error.to_string().contains('&'), "an answer has to be able to say it");
    }
    // A name could smuggle a field into the signed text.
    assert_eq!(
        parse(r#"{"x=1&infno":"2102","input":{}}"#),
        EnvelopeError::ForbiddenCharacter { field: "x=1&infno".into() }
    );
    assert!(matches!(parse(r#"{"infno":"2101","infno":"2102","input":{}}"#), EnvelopeError::NotJson(_)));
    let unsendable = Request { opter_name: "a&b".into(), input: json!({}), ..Request::default() };
    assert!(unsendable.to_bytes().is_err());
}

#[test]
fn answers_of_many_gateways_are_read() {
    for (text, code) in [
        (r#"{"infcode":0,"output":{"a":"b"}}"#, InfCode::Success),
        (r#"{"infcode":"0","output":"{\"a\":\"b\"}"}"#, InfCode::Success),
        (r#"{"infcode":0.0,"output":{"a":"b"}}"#, InfCode::Success),
        ("\u{feff}{\"infcode\":\" 0 \",\"output\":{\"a\":\"b\"}}", InfCode::Success),
        (r#"{"infcode":-1,"output":{"a":"b"},"warn_msg":null,"cainfo":null}"#, InfCode::Failure),
        (r#"{"infcode":"-2","output":{"a":"b"},"traceId":{"x":[1]}}"#, InfCode::Other(-2)),
        (r#"{"infcode":"OK","output":{"a":"b"}}"#, InfCode::Unreadable),
    ] {
        let response = Response::parse(text.as_bytes()).unwrap();
        assert_eq!(response.code(), code, "{text}");
        assert_eq!(response.output, Some(json!({"a": "b"})), "{text}");
    }
    for absent in ["null", r#""""#, r#""null""#, r#"" null ""#] {
        let response = Response::parse(format!(r#"{{"infcode":"0","output":{absent}}}"#).as_bytes()).unwrap();
        assert_eq!(response.output, None, "{absent}");
    }
    let response =
        Response::parse(br#"{"infcode":-1,"err_msg":null,"refmsg_time":20261122090807512}"#).unwrap();
    assert_eq!((response.err_msg.as_str(), response.refmsg_time.as_str()), ("", "20261122090807512"));
}

#[test]
fn what_is_no_answer_of_a_centre_is_an_error_and_never_a_settlement() {
    for text in [
        "",
        "<html>502 Bad Gateway</html>",
        "{}",
        r#"{"infcode":null}"#,
        r#"{"infcode":""}"#,
        r#"{"infcode":[0]}"#,
        r#"{"code":0,"output":{}}"#,
        r#"{"infcode":"0","output":"{\"a\":"}"#,
        r#"{"infcode":"0","output":5}"#,
        r#"{"infcode":"-1","infcode":"0"}"#,
        r#"{"infcode":"0","output":{"setlinfo":{"setl_id":"1","setl_id":"2"}}}"#,
    ] {
        assert!(Response::parse(text.as_bytes()).is_err(), "{text}");
    }
    // The first half of a real answer, whatever the cut.
    let whole = json!({"infcode": "0", "output": settled()}).to_string();
    for cut in whole.char_indices().map(|(index, _)| index).step_by(97) {
        assert!(Response::parse(&whole.as_bytes()[..cut]).is_err());
    }
}

#[test]
fn the_text_of_a_failure_can_always_be_signed_and_fits() {
    let mut response = Response { infcode: "-1".into(), ..Response::default() };
    response.set_err_msg(&format!("[Y-5041] 库存 A&B\r\n\tat line 7 {}", "长".repeat(300)));
    assert!(response.err_msg.starts_with("[Y-5041] 库存 A B   at line 7 长"));
    assert_eq!(response.err_msg.chars().count(), 200);
    let bytes = response.to_bytes().unwrap();
    let read = Response::parse(&bytes).unwrap();
    assert_eq!(read, response);
    let text = cainfo::response_text(&read, SignatureScheme::Sandbox).unwrap();
    assert!(text.starts_with("err_msg=[Y-5041]") && text.ends_with("&infcode=-1"), "{text}");
}

#[test]
fn the_answer_says_which_question_it_answers() {
    let mut response = Response { infcode: "0".into(), ..Response::default() };
    assert_eq!(response.answered_msgid(), None);
    response.extra.insert("msgid".into(), "P99010100001202611220908070007".into());
    let read = Response::parse(&response.to_bytes().unwrap()).unwrap();
    assert_eq!(read.answered_msgid(), Some("P99010100001202611220908070007"));
}

/// JSON that looks like an answer, with odd values in every place.
fn odd_answer() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9.e-]{0,20}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("infcode".to_owned()),
        Just("output".to_owned()),
        Just("setlinfo".to_owned()),
        Just("setldetail".to_owned()),
        Just("medfee_sumamt".to_owned()),
        Just("data".to_owned()),
        any::<String>(),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map(names.clone(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .prop_map(|value| value.to_string().into_bytes())
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop_oneof![any::<Vec<u8>>(), odd_answer()]) {
        for profile in [Profile::sandbox(), Profile::load("csb").unwrap()] {
            if let Ok(response) = Response::parse(&bytes) {
                let _ = (response.code(), response.to_bytes());
                let _ = cainfo::response_text(&response, SignatureScheme::Sandbox);
                let _ = transactions::read::<Settle>(response.output.as_ref(), &profile);
                let _ = transactions::read::<Void>(response.output.as_ref(), &profile);
                let _ = transactions::read::<Query>(response.output.as_ref(), &profile);
                let _ = transactions::read::<PersonQuery>(response.output.as_ref(), &profile);
                let _ = transactions::read::<Statement>(response.output.as_ref(), &profile);
                let _ = transactions::read::<Reverse>(response.output.as_ref(), &profile);
            }
            if let Ok(request) = Request::parse(&bytes) {
                let _ = request.faults(&profile);
            }
        }
    }

    /// A real answer with one leaf replaced is read or refused, and an answer that is read can be written again.
    #[test]
    fn a_real_answer_with_one_odd_leaf(place in 0usize..60, leaf in any::<String>()) {
        let mut answer = settled();
        let info = answer["setlinfo"].as_object_mut().unwrap();
        let name = info.keys().nth(place % info.len()).unwrap().clone();
        info.insert(name, Value::from(leaf));
        if let Ok(output) = transactions::read::<Settle>(Some(&answer), &Profile::sandbox()) {
            prop_assert!(transactions::write_output::<Settle>(&output, &Profile::sandbox()).is_ok());
        }
    }
}
