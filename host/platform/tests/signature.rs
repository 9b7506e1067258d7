//! The signature of profile `sandbox`: the published vector, `openssl` and Python as second and third opinion.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};
use yika_platform::cainfo::{self, CainfoError};
use yika_platform::envelope::{Request, Response};
use yika_platform::profile::{Profile, SignatureScheme};
use yika_platform::{canonical, hex};
use yika_protocol::sign::{Sm2Signer, Sm2Verifier};

#[test]
fn the_published_vector_holds() {
    let vector = vector();
    let profile = Profile::sandbox();
    let verifier = Sm2Verifier::from_sec1(&point(&vector)).unwrap();
    for message in vector["messages"].as_array().unwrap() {
        let bytes = message["message"].to_string().into_bytes();
        let expected = message["text"].as_str().unwrap();
        if message["body"] == "input" {
            let request = Request::parse(&bytes).unwrap();
            assert_eq!(canonical::text(&request.input).unwrap(), message["canonical"].as_str().unwrap());
            assert_eq!(canonical::digest_hex(&request.input).unwrap(), message["digest"].as_str().unwrap());
            assert_eq!(cainfo::request_text(&request, SignatureScheme::Sandbox).unwrap(), expected);
            cainfo::verify_request(&request, &verifier, &profile).unwrap();
            assert_eq!(request.faults(&profile), []);
        } else {
            let response = Response::parse(&bytes).unwrap();
            assert_eq!(cainfo::response_text(&response, SignatureScheme::Sandbox).unwrap(), expected);
            cainfo::verify_response(&response, &verifier, &profile).unwrap();
        }
    }
}

#[test]
fn openssl_believes_the_vector_and_what_we_sign() {
    let vector = vector();
    let folder = tempfile::tempdir().unwrap();
    let pem = vector["public_key_pem"].as_str().unwrap();
    for message in vector["messages"].as_array().unwrap() {
        let signature = message["message"]["cainfo"].as_str().unwrap();
        assert!(openssl_verifies(folder.path(), pem, message["text"].as_str().unwrap(), signature));
    }

    let signer = signer(&vector);
    let mut request = request_of(&vector);
    request.input = json!({"data": {"psn_no": "1", "note": "引号\"和\\，\u{1f600}"}});
    cainfo::sign_request(&mut request, &signer, &Profile::sandbox()).unwrap();
    let text = cainfo::request_text(&request, SignatureScheme::Sandbox).unwrap();
    assert!(openssl_verifies(folder.path(), pem, &text, &request.cainfo));
    // The check can fail: one character of the text is another.
    assert!(!openssl_verifies(folder.path(), pem, &text.replace("2102", "2103"), &request.cainfo));
}

#[test]
fn python_makes_the_same_text_from_our_bytes() {
    let vector = vector();
    let signer = signer(&vector);
    let mut request = request_of(&vector);
    request.extra.insert("dept_no".into(), "药房 = 一".into());
    request.input = json!({
        "é": "1", "\u{1f600}": "2", "\u{fb33}": "3", "e": ["\u{0}\u{1f}\u{7f}\u{2028}", "\\\"/\u{8}\t\n\u{c}\r"],
        "": {}, "a": {"b": [], "A": "", "aa": "尾"}
    });
    cainfo::sign_request(&mut request, &signer, &Profile::sandbox()).unwrap();
    let theirs: Value =
        serde_json::from_str(&python(&["text", "input"], &request.to_bytes().unwrap())).unwrap();
    assert_eq!(theirs["canonical"], canonical::text(&request.input).unwrap());
    assert_eq!(theirs["text"], cainfo::request_text(&request, SignatureScheme::Sandbox).unwrap());

    let mut response = Response { infcode: "0".into(), ..Response::default() };
    response.output = Some(json!({"setlinfo": {"setl_id": "1"}}));
    response.extra.insert("msgid".into(), request.msgid.clone());
    cainfo::sign_response(&mut response, &signer, &Profile::sandbox()).unwrap();
    let theirs: Value =
        serde_json::from_str(&python(&["text", "output"], &response.to_bytes().unwrap())).unwrap();
    assert_eq!(theirs["text"], cainfo::response_text(&response, SignatureScheme::Sandbox).unwrap());
}

#[test]
fn every_change_of_a_message_is_noticed() {
    let vector = vector();
    let profile = Profile::sandbox();
    let verifier = Sm2Verifier::from_sec1(&point(&vector)).unwrap();
    let request = request_of(&vector);
    let refused = |change: &dyn Fn(&mut Request)| {
        let mut changed = request.clone();
        change(&mut changed);
        assert_ne!(changed, request);
        cainfo::verify_request(&changed, &verifier, &profile).unwrap_err()
    };
    assert_eq!(refused(&|r| r.msgid.replace_range(29..30, "8")), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.sign_no.clear()), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.dev_no = "1".into()), CainfoError::Mismatch);
    assert_eq!(refused(&|r| drop(r.extra.insert("x".into(), "1".into()))), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.input["druginfo"]["medfee_sumamt"] = json!("66.11")), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.input["drugdetail"].as_array_mut().unwrap().swap(0, 1)), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.input["druginfo"]["medfee_sumamt"] = json!(66.10)), CainfoError::NotText);
    assert_eq!(refused(&|r| r.input["druginfo"]["memo"] = Value::Null), CainfoError::NotText);
    assert_eq!(refused(&|r| r.cainfo.clear()), CainfoError::Missing);
    assert_eq!(refused(&|r| r.cainfo = r.cainfo.to_lowercase()), CainfoError::Malformed);
    assert_eq!(refused(&|r| r.cainfo.truncate(127)), CainfoError::Malformed);
    assert_eq!(refused(&|r| r.cainfo = "0".repeat(128)), CainfoError::Mismatch);
    assert_eq!(refused(&|r| r.signtype = "SM3".into()), CainfoError::SignType);
    // Order of names and white space are no change.
    let pretty =
        serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&request.to_bytes().unwrap()).unwrap());
    cainfo::verify_request(&Request::parse(&pretty.unwrap()).unwrap(), &verifier, &profile).unwrap();
}

#[test]
fn variant_c_signs_the_envelope_and_not_the_amounts() {
    let vector = vector();
    let (signer, hubei) = (signer(&vector), Profile::load("hubei").unwrap());
    let mut request = Request {
        infno: "2102".into(),
        msgid: "m".into(),
        opter_name: "甲".into(),
        input: json!({"druginfo": {"medfee_sumamt": "1.00"}}),
        ..Request::default()
    };
    cainfo::sign_request(&mut request, &signer, &hubei).unwrap();
    let text = cainfo::request_text(&request, hubei.signature.scheme).unwrap();
    assert_eq!(text, "infno=2102&msgid=m&opter_name=甲&signtype=SM2");
    let verifier = signer.verifier();
    // The weakness that the documents warn of: another amount, and the signature still fits.
    request.input["druginfo"]["medfee_sumamt"] = json!("1000000.00");
    assert_eq!(cainfo::verify_request(&request, &verifier, &hubei), Ok(()));
    request.msgid = "n".into();
    assert_eq!(cainfo::verify_request(&request, &verifier, &hubei), Err(CainfoError::Mismatch));
}

#[test]
fn a_profile_without_signature_asks_for_none_and_jilin_is_not_pretended() {
    let vector = vector();
    let mut request = request_of(&vector);
    let csb = Profile::load("csb").unwrap();
    request.cainfo.clear();
    cainfo::sign_request(&mut request, &signer(&vector), &csb).unwrap();
    assert_eq!(request.cainfo, "");
    assert_eq!(cainfo::verify_request(&request, &signer(&vector).verifier(), &csb), Ok(()));
    let jilin = Profile::describe("jilin").unwrap();
    assert_eq!(cainfo::sign_request(&mut request, &signer(&vector), &jilin), Err(CainfoError::Unsupported));
    assert_eq!(
        cainfo::verify_request(&request, &signer(&vector).verifier(), &jilin),
        Err(CainfoError::Unsupported)
    );
}

fn json_text() -> impl Strategy<Value = Value> {
    let leaf = any::<String>().prop_map(Value::String);
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    // Many values per case: each case starts a Python.
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_the_form_that_python_gives(values in proptest::collection::vec(json_text(), 40)) {
        let value = Value::Array(values);
        prop_assert_eq!(canonical::text(&value).unwrap(), python(&["canonical"], value.to_string().as_bytes()));
    }
}

fn vector() -> Value {
    let path = repository().join("hw-docs/samples/signature-vector.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn point(vector: &Value) -> [u8; 65] {
    hex::bytes(vector["public_key"].as_str().unwrap()).unwrap()
}

fn signer(vector: &Value) -> Sm2Signer {
    Sm2Signer::from_bytes(&hex::bytes(vector["private_key"].as_str().unwrap()).unwrap()).unwrap()
}

fn request_of(vector: &Value) -> Request {
    Request::parse(vector["messages"][0]["message"].to_string().as_bytes()).unwrap()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn python(arguments: &[&str], input: &[u8]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference.py");
    let mut child = Command::new("python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn openssl_verifies(folder: &Path, pem: &str, text: &str, signature: &str) -> bool {
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).unwrap();
        folder.join(name)
    };
    let signature = hex::bytes::<64>(signature).unwrap();
    let output = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sm3"])
        .args(["-pkeyopt", "distid:1234567812345678", "-inkey"])
        .arg(file("key.pem", pem.as_bytes()))
        .arg("-in")
        .arg(file("text", text.as_bytes()))
        .arg("-sigfile")
        .arg(file("signature", &der(&signature)))
        .output()
        .expect("openssl is needed for this test");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Signature Verif"), "openssl did not check anything: {output:?}");
    output.status.success() && said.contains("Signature Verified Successfully")
}

/// ECDSA-Sig-Value as `openssl` takes it: a sequence of two integers.
fn der(signature: &[u8; 64]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let start = half.iter().position(|byte| *byte != 0).unwrap_or(half.len() - 1);
        let mut bytes = half[start..].to_vec();
        if bytes[0] & 0x80 != 0 {
            bytes.insert(0, 0);
        }
        let mut item = vec![0x02, bytes.len() as u8];
        item.extend(bytes);
        item
    };
    let mut body = integer(&signature[..32]);
    body.extend(integer(&signature[32..]));
    let mut sequence = vec![0x30, body.len() as u8];
    sequence.extend(body);
    sequence
}
