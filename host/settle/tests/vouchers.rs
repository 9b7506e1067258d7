//! Decoding e-voucher codes: every answer a service may give, lost answers, and what is said about them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use common::{Bench, CERTNO, INSTITUTION, NAME, centre_key, till_key};
use serde_json::{Value, json};
use yika_platform::ec::{Answer, App, FieldOrder, PATH, Question, seal};
use yika_platform::envelope::Request;
use yika_platform::profile::Profile;
use yika_protocol::sign::{Sm2Signer, Sm2Verifier};
use yika_protocol::voucher::{Code, CodeRule};
use yika_settle::transport::{Call, Lost, NotSent, Reply, SendError, Sending, Transport};
use yika_settle::voucher::{EcQueryClient, Scan, Voucher, VoucherError, VoucherService};

const CODE: &str = "0123456789ABCDEFGHJKLMNPQRST";
const TOKEN: &str = "990100ec0123456789ABCDEFGHIJKLMNOPQRST";
const SECRET: &str = "yika-test-app-secret";

/// Answers in order, and keeps what it was asked.
#[derive(Default)]
struct Wire {
    answers: Mutex<VecDeque<Result<Vec<u8>, SendError>>>,
    asked: Mutex<Vec<Call>>,
}

impl Wire {
    fn with(answers: impl IntoIterator<Item = Result<Vec<u8>, SendError>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() })
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.asked.lock().unwrap().iter().map(|call| call.body.clone()).collect()
    }
}

impl Transport for Wire {
    fn send(&self, call: Call) -> Sending<'_> {
        self.asked.lock().unwrap().push(call);
        let answer = self.answers.lock().unwrap().pop_front().expect("one question too many");
        Box::pin(async { answer.map(|body| Reply { status: 200, date: None, body }) })
    }
}

const LOST: Result<Vec<u8>, SendError> = Err(SendError::Lost(Lost::Broke));
const NOT_SENT: Result<Vec<u8>, SendError> = Err(SendError::NotSent(NotSent::Connect));

fn scan() -> Scan {
    Scan::for_pharmacy(Code::new(CODE.as_bytes(), CodeRule::default()).unwrap(), "ORDER-1")
}

fn app() -> App {
    App::new("YIKATESTAPPID0001", SECRET).unwrap()
}

fn person() -> Value {
    json!({"userName": NAME, "idNo": CERTNO, "idType": "01", "ecToken": TOKEN, "insuOrg": "990100", "email": "null"})
}

/// Seals an answer as the centre does.
fn sealed(answer: Value, order: FieldOrder) -> Result<Vec<u8>, SendError> {
    let signer = Sm2Signer::with_id(&[0x22; 32], SECRET).unwrap();
    Ok(seal::seal(answer.as_object().unwrap().clone(), &app(), 1, &signer, order).unwrap())
}

fn success() -> Result<Vec<u8>, SendError> {
    sealed(json!({"code": 0, "message": "成功", "orgId": INSTITUTION, "data": person()}), FieldOrder::Bytes)
}

async fn ask_as(profile: Profile, with_key: bool, wire: &Arc<Wire>) -> Result<Voucher, VoucherError> {
    let bench = Bench::with_profile(1, profile);
    let mut config = bench.config();
    if !with_key {
        config.centre.key_pem = None;
    }
    let deps = bench.deps(Arc::clone(wire) as _);
    let client = EcQueryClient::new("http://front.invalid", app(), config, deps).unwrap();
    client.decode(&scan()).await
}

async fn ask(answer: Result<Vec<u8>, SendError>) -> Result<Voucher, VoucherError> {
    ask_as(Profile::sandbox(), true, &Wire::with([answer])).await
}

#[tokio::test]
async fn a_code_becomes_a_credential_for_one_purchase() {
    let wire = Wire::with([success()]);
    let voucher = ask_as(Profile::sandbox(), true, &wire).await.unwrap();
    assert_eq!((voucher.ec_token().expose(), voucher.psn_name().expose()), (TOKEN, NAME));
    assert_eq!((voucher.certno().expose(), voucher.insuplc_admdvs()), (CERTNO, "990100"));
    assert_eq!(voucher.credential().kind().code(), "01");

    // The question, opened as the centre opens it: everything the service needs, signed by the institution.
    let call = wire.asked.lock().unwrap()[0].clone();
    assert_eq!(call.url, format!("http://front.invalid{PATH}"));
    assert!(!String::from_utf8_lossy(&call.body).contains(CODE), "the code crosses the wire encrypted only");
    let verifier = Sm2Verifier::with_id(&till_key().verifier().public_key(), SECRET).unwrap();
    let (fields, _) =
        seal::open(seal::fields(&call.body).unwrap(), &app(), &verifier, FieldOrder::Bytes).unwrap();
    let row = Question::from_fields(&fields).unwrap().row;
    assert_eq!((row.org_id.as_str(), row.business_type.as_str()), (INSTITUTION, "02121"));
    assert_eq!((row.business_info.as_str(), row.operator_id.as_str()), ("ORDER-1", "0001"));
    assert_eq!(row.ec_qr_code.expose(), CODE);
}

#[tokio::test]
async fn cancelled_is_no_failure_and_refusals_say_why() {
    let cancelled = json!({"code": -2, "message": "null", "data": "null"});
    let error = ask(sealed(cancelled, FieldOrder::Bytes)).await.unwrap_err();
    assert_eq!(error, VoucherError::Cancelled);
    assert_eq!(error.fault().number, 6220);

    let coded = json!({"code": -1, "message": "[Y-5031] 电子凭证已过期 / the e-voucher code has expired"});
    assert_eq!(ask(sealed(coded, FieldOrder::Bytes)).await.unwrap_err().fault().number, 5031);
    let uncoded = json!({"code": 1004, "message": format!("二维码{CODE}已失效")});
    let error = ask(sealed(uncoded, FieldOrder::Bytes)).await.unwrap_err();
    assert_eq!((error.fault().number, error.detail().as_str()), (6221, "二维码***已失效"));
}

#[tokio::test]
async fn data_as_a_text_is_the_same_and_null_is_nothing() {
    let text = json!({"code": "0", "orgId": INSTITUTION, "data": person().to_string()});
    assert_eq!(ask(sealed(text, FieldOrder::Bytes)).await.unwrap().ec_token().expose(), TOKEN);
    for (field, value) in [("ecToken", json!("null")), ("idNo", json!(null)), ("userName", json!(""))] {
        let mut row = person();
        row[field] = value;
        let answer = json!({"code": 0, "orgId": INSTITUTION, "data": row});
        let error = ask(sealed(answer, FieldOrder::Bytes)).await.unwrap_err();
        assert_eq!(
            error,
            VoucherError::Incomplete(match field {
                "ecToken" => "ecToken",
                "idNo" => "idNo",
                _ => "userName",
            })
        );
    }
    for data in [json!("null"), json!(null), json!("no JSON"), json!(7)] {
        let answer = json!({"code": 0, "orgId": INSTITUTION, "data": data});
        let error = ask(sealed(answer, FieldOrder::Bytes)).await.unwrap_err();
        assert!(matches!(error, VoucherError::NoAnswer(_)), "{error}");
    }
}

#[tokio::test]
async fn what_the_centre_did_not_seal_is_not_believed() {
    let clear = json!({"code": 0, "orgId": INSTITUTION, "data": person()}).to_string().into_bytes();
    for answer in [clear.clone(), b"<html>".to_vec(), Vec::new(), b"[]".to_vec()] {
        assert!(matches!(ask(Ok(answer)).await.unwrap_err(), VoucherError::NoAnswer(_)));
    }
    let other_key = Sm2Signer::with_id(&[0x23; 32], SECRET).unwrap();
    let fields = json!({"code": 0, "orgId": INSTITUTION, "data": person()});
    let forged =
        seal::seal(fields.as_object().unwrap().clone(), &app(), 1, &other_key, FieldOrder::Bytes).unwrap();
    assert!(matches!(ask(Ok(forged)).await.unwrap_err(), VoucherError::NoAnswer(_)));
    let elsewhere = json!({"code": 0, "orgId": "P99010100009", "data": person()});
    assert!(matches!(ask(sealed(elsewhere, FieldOrder::Bytes)).await, Err(VoucherError::NoAnswer(_))));
    // A site without the centre's key takes front ends as they are.
    assert!(ask_as(Profile::sandbox(), false, &Wire::with([Ok(clear)])).await.is_ok());
    assert!(ask_as(Profile::sandbox(), false, &Wire::with([success()])).await.is_ok());
}

#[tokio::test]
async fn the_order_of_fields_is_the_profiles() {
    let text = Profile::BUILT_IN[0].1.replace("field_order = \"bytes\"", "field_order = \"ignore-case\"");
    let profile = Profile::parse(&text, Path::new("x")).unwrap();
    // `Zone` is first in bytes and last without regard to case.
    let answer = json!({"code": 0, "orgId": INSTITUTION, "data": person(), "Zone": "1"});
    let wire = || Wire::with([sealed(answer.clone(), FieldOrder::IgnoreCase)]);
    assert!(ask_as(profile, true, &wire()).await.is_ok());
    assert!(matches!(ask_as(Profile::sandbox(), true, &wire()).await, Err(VoucherError::NoAnswer(_))));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_with_the_same_bytes() {
    let wire = Wire::with([LOST, LOST, success()]);
    assert!(ask_as(Profile::sandbox(), true, &wire).await.is_ok());
    let bodies = wire.bodies();
    assert!(bodies.len() == 3 && bodies.iter().all(|body| *body == bodies[0]));

    let error = ask_as(Profile::sandbox(), true, &Wire::with([LOST, LOST, LOST])).await.unwrap_err();
    assert_eq!(error.fault().number, 6222);
    let error = ask_as(Profile::sandbox(), true, &Wire::with([NOT_SENT])).await.unwrap_err();
    assert!(matches!(error, VoucherError::NotSent(_)));
    // Something left before: nobody may say that nothing did.
    let error = ask_as(Profile::sandbox(), true, &Wire::with([LOST, NOT_SENT])).await.unwrap_err();
    assert!(matches!(error, VoucherError::NoAnswer(_)));
}

// By transaction 6101, on a centre that wants no sign-in and signs nothing, so that its answers can be written by hand.

fn plain_profile(idempotent: bool) -> Profile {
    let text = Profile::BUILT_IN[0]
        .1
        .replace("signs_responses = true", "signs_responses = false")
        .replace("sign_in_required = true", "sign_in_required = false")
        .replace("idempotent = true", &format!("idempotent = {idempotent}"))
        .replace("decode = \"6101\"", "decode = \"1162\"");
    Profile::parse(&text, Path::new("x")).unwrap()
}

fn answered(output: Value) -> Result<Vec<u8>, SendError> {
    Ok(json!({"infcode": "0", "inf_refmsgid": "1", "refmsg_time": "", "respond_time": "", "err_msg": "",
        "output": output})
    .to_string()
    .into_bytes())
}

fn refused(text: &str) -> Result<Vec<u8>, SendError> {
    Ok(json!({"infcode": "-1", "inf_refmsgid": "1", "refmsg_time": "", "respond_time": "", "err_msg": text})
        .to_string()
        .into_bytes())
}

async fn transact(idempotent: bool, wire: &Arc<Wire>) -> Result<Voucher, VoucherError> {
    let bench = Bench::with_profile(2, plain_profile(idempotent));
    let till = bench.till_on(Arc::clone(wire) as _).await;
    till.decode(&scan()).await
}

#[tokio::test]
async fn the_transaction_decodes_too_and_a_lost_answer_keeps_its_id() {
    let mut row = person();
    row.as_object_mut().unwrap().remove("email");
    let output = json!({ "OutData": row });
    let wire = Wire::with([LOST, answered(output.clone())]);
    let voucher = transact(true, &wire).await.unwrap();
    assert_eq!(voucher.ec_token().expose(), TOKEN);
    let bodies = wire.bodies();
    assert_eq!(bodies[0], bodies[1]);
    let request = Request::parse(&bodies[0]).unwrap();
    assert_eq!(request.infno, "1162", "the profile's number");
    let row = &request.input["InData"];
    assert_eq!((row["ecQrCode"].as_str(), row["businessInfo"].as_str()), (Some(CODE), Some("ORDER-1")));

    // Where nobody promises that the same bytes get the same answer, they are sent once.
    let wire = Wire::with([LOST]);
    assert!(matches!(transact(false, &wire).await, Err(VoucherError::NoAnswer(_))));
    assert!(matches!(transact(true, &Wire::with([NOT_SENT])).await, Err(VoucherError::NotSent(_))));
    let error = transact(true, &Wire::with([refused(&format!("[Y-5033] 不是有效的码 {CODE}"))])).await;
    let error = error.unwrap_err();
    assert_eq!(error.fault().number, 5033);
    assert!(!error.to_string().contains(CODE), "{error}");
}

#[test]
fn neither_code_nor_token_is_shown_by_debug() {
    let answer = Answer::from_fields(json!({"code": 0, "data": person()}).as_object().unwrap()).unwrap();
    let text = format!("{:?} {:?} {:?} {:?}", scan(), answer, app(), centre_key());
    for secret in [CODE, TOKEN, CERTNO, NAME, SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
}
