//! The e-voucher envelope, with `openssl` as the second opinion.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64ct::{Base64, Encoding as _};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use yika_platform::ec::seal::{self, SealError};
use yika_platform::ec::{App, FieldOrder, Question};
use yika_protocol::sign::Sm2Signer;

const SECRET: &str = "EXAMPLESECRET0001";
const NOW: i64 = 1_795_320_000_000;

fn app() -> App {
    App::new("EXAMPLEAPPID0001", SECRET).unwrap()
}

/// An invented key; its identifier in ZA is the application secret.
fn signer() -> Sm2Signer {
    Sm2Signer::with_id(&[0x35; 32], SECRET).unwrap()
}

fn question() -> Map<String, Value> {
    let row = json!({
        "orgId": "P99010100001", "businessType": "02121", "operatorId": "0001", "operatorName": "示例药师",
        "officeId": "01", "officeName": "药房", "ecQrCode": "0123456789012345678901234567",
    });
    Question { row: serde_json::from_value(row).unwrap() }.to_fields()
}

#[test]
fn openssl_decrypts_what_is_sealed_and_believes_its_signature() {
    let sealed = seal::seal(question(), &app(), NOW, &signer(), FieldOrder::Bytes).unwrap();
    let sealed: Value = serde_json::from_slice(&sealed).unwrap();
    assert!(sealed.get("data").is_none(), "the code must not stand in clear beside encData");

    // The key by openssl: SM4-ECB of the secret under the first 16 characters of the id, first 16 hex digits.
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
    let key_text = hex(&openssl(&["enc", "-sm4-ecb", "-K", &hex(b"EXAMPLEAPPID0001")], SECRET.as_bytes()));
    let encrypted: Vec<u8> = (0..sealed["encData"].as_str().unwrap().len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&sealed["encData"].as_str().unwrap()[at..at + 2], 16).unwrap())
        .collect();
    let plain = openssl(&["enc", "-d", "-sm4-ecb", "-K", &hex(&key_text.as_bytes()[..16])], &encrypted);
    // Sorted by hand: b < e < o; officeId < officeName < operatorId < operatorName < orgId.
    let data = "{\"businessType\":\"02121\",\"ecQrCode\":\"0123456789012345678901234567\",\"officeId\":\"01\",\
                \"officeName\":\"药房\",\"operatorId\":\"0001\",\"operatorName\":\"示例药师\",\"orgId\":\"P99010100001\"}";
    assert_eq!(String::from_utf8(plain).unwrap(), data);

    let text = format!(
        "appId=EXAMPLEAPPID0001&data={data}&encType=SM4&orgId=P99010100001&signType=SM2&timestamp={NOW}&\
         transType=ec.query&version=1.0.0&key={SECRET}"
    );
    let signature = Base64::decode_vec(sealed["signData"].as_str().unwrap()).unwrap();
    assert_eq!(signature.len(), 64);
    assert!(openssl_verifies(&text, &signature));
    assert!(!openssl_verifies(&text.replace("02121", "02122"), &signature), "the check can fail");
}

#[test]
fn what_is_sealed_opens_and_nothing_changed_does() {
    let verifier = signer().verifier();
    for order in [FieldOrder::Bytes, FieldOrder::IgnoreCase] {
        let sealed = seal::seal(question(), &app(), NOW, &signer(), order).unwrap();
        let fields = seal::fields(&sealed).unwrap();
        let (opened, stamp) = seal::open(fields.clone(), &app(), &verifier, order).unwrap();
        assert_eq!(stamp, NOW);
        assert_eq!(Question::from_fields(&opened).unwrap().to_fields(), question());

        let changed = |name: &str, value: Value| {
            let mut fields = fields.clone();
            fields.insert(name.to_owned(), value);
            seal::open(fields, &app(), &verifier, order).map(|_| ()).unwrap_err()
        };
        assert_eq!(changed("appId", json!("EXAMPLEAPPID0002")), SealError::OtherApp);
        assert_eq!(changed("encType", json!("AES")), SealError::Algorithm);
        assert_eq!(changed("timestamp", json!("1")), SealError::Signature);
        assert_eq!(changed("timestamp", json!(true)), SealError::Timestamp);
        assert_eq!(changed("encData", json!("00")), SealError::Encryption);
        assert_eq!(changed("encData", json!(app().encrypt(b"{}"))), SealError::Signature);
        assert_eq!(changed("signData", json!("")), SealError::Signature);
        assert_eq!(changed("more", json!("1")), SealError::Signature);
        // `extra` is not covered, and `data` in clear is not read.
        let mut fields = fields.clone();
        fields.insert("extra".into(), json!({"a": "b"}));
        fields.insert("data".into(), json!({"orgId": "P99010100009"}));
        let (opened, _) = seal::open(fields, &app(), &verifier, order).unwrap();
        assert_eq!(opened["data"]["orgId"], "P99010100001");
    }
}

#[test]
fn the_two_orders_do_not_pass_for_one_another() {
    let mut fields = question();
    fields.insert("Zone".into(), "1".into());
    let sealed = seal::seal(fields, &app(), NOW, &signer(), FieldOrder::Bytes).unwrap();
    let fields = seal::fields(&sealed).unwrap();
    let other = seal::open(fields.clone(), &app(), &signer().verifier(), FieldOrder::IgnoreCase);
    assert_eq!(other.unwrap_err(), SealError::Signature);
    assert!(seal::open(fields, &app(), &signer().verifier(), FieldOrder::Bytes).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>, text: String) {
        for bytes in [body, json!({"appId": "EXAMPLEAPPID0001", "encType": "SM4", "signType": "SM2", "timestamp": "1",
            "encData": text, "signData": text}).to_string().into_bytes()] {
            if let Ok(fields) = seal::fields(&bytes) {
                prop_assert!(seal::open(fields.clone(), &app(), &signer().verifier(), FieldOrder::Bytes).is_err());
                let _ = Question::from_fields(&fields);
                let _ = yika_platform::ec::Answer::from_fields(&fields);
            }
        }
    }
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is needed for this test");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn openssl_verifies(text: &str, signature: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let output = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sm3", "-keyform", "DER"])
        .args(["-pkeyopt", &format!("distid:{SECRET}"), "-inkey"])
        .arg(file("key.der", &spki(&signer().public_key())))
        .arg("-in")
        .arg(file("text", text.as_bytes()))
        .arg("-sigfile")
        .arg(file("signature", &der(signature)))
        .output()
        .expect("openssl is needed for this test");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Signature Verif"), "openssl did not check anything: {output:?}");
    said.contains("Signature Verified Successfully")
}

/// SubjectPublicKeyInfo of a point of the SM2 curve (GB/T 35276).
fn spki(point: &[u8; 65]) -> Vec<u8> {
    let mut key = vec![
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81,
        0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D, 0x03, 0x42, 0x00,
    ];
    key.extend_from_slice(point);
    key
}

/// ECDSA-Sig-Value as `openssl` takes it: a sequence of two integers.
fn der(signature: &[u8]) -> Vec<u8> {
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
