//! Gateway headers of variants a and b, both sides. Expected signatures are computed by `openssl`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use yika_platform::gateway::{self, Call, GatewayError, GatewayKeys};
use yika_platform::profile::{Gateway, Profile};

const NOW: i64 = 1_785_571_199_123;
const CALL: Call<'_> = Call { infno: "2102", unix_millis: NOW, nonce: "n0nce42" };

#[test]
fn variant_a_signs_its_four_headers_with_hmac_sha1() {
    let headers = headers("csb");
    assert_eq!(headers["_api_name"], "2102");
    assert_eq!(headers["_api_version"], "1.0.0");
    assert_eq!(headers["_api_timestamp"], "1785571199123");
    assert_eq!(headers["_api_access_key"], "ak-99010100001");
    let text =
        "_api_access_key=ak-99010100001&_api_name=2102&_api_timestamp=1785571199123&_api_version=1.0.0";
    let expected = openssl(&["dgst", "-sha1", "-hmac", "sk-not-a-secret", "-binary"], text.as_bytes());
    let expected = openssl(&["base64", "-A"], &expected);
    assert_eq!(headers["_api_signature"].as_bytes(), expected);
}

#[test]
fn variant_b_hashes_time_token_nonce_time() {
    let headers = headers("tif");
    assert_eq!(headers["x-tif-paasid"], "ak-99010100001");
    assert_eq!(headers["x-tif-timestamp"], "1785571199");
    assert_eq!(headers["x-tif-nonce"], "n0nce42");
    let expected = openssl(&["dgst", "-sha256", "-r"], b"1785571199sk-not-a-secretn0nce421785571199");
    assert_eq!(headers["x-tif-signature"].as_bytes(), &expected[..64]);
}

#[test]
fn the_other_side_believes_them_inside_the_window_only() {
    for name in ["csb", "tif"] {
        let (profile, headers) = (Profile::load(name).unwrap(), headers(name));
        let at = |now| verify(&profile, &headers, "2102", now);
        assert_eq!(at(NOW), Ok(()), "{name}");
        assert_eq!(at(NOW + 29 * 60_000), Ok(()), "{name}");
        assert_eq!(at(NOW - 29 * 60_000), Ok(()), "{name}");
        assert_eq!(at(NOW + 31 * 60_000), Err(GatewayError::TimestampExpired), "{name}");
        assert_eq!(at(NOW - 31 * 60_000), Err(GatewayError::TimestampExpired), "{name}");
        assert_eq!(at(i64::MIN), Err(GatewayError::TimestampExpired), "{name}");
    }
    // The service name of variant a is bound to the transaction.
    let csb = Profile::load("csb").unwrap();
    assert_eq!(verify(&csb, &headers("csb"), "2103", NOW), Err(GatewayError::BadSignature));
}

#[test]
fn every_header_counts() {
    for name in ["csb", "tif"] {
        let (profile, original) = (Profile::load(name).unwrap(), headers(name));
        for header in original.keys() {
            let mut without = original.clone();
            without.remove(header);
            assert_eq!(verify(&profile, &without, "2102", NOW), Err(GatewayError::HeaderMissing), "{header}");
            let mut changed = original.clone();
            let value = changed.get_mut(header).unwrap();
            // The last digit of the time moves it by less than the window.
            let last = value.pop().unwrap();
            value.push(if last == '1' { '2' } else { '1' });
            assert!(verify(&profile, &changed, "2102", NOW).is_err(), "{header}");
        }
        let strange = GatewayKeys { id: "somebody-else".into(), secret: keys().secret.clone() };
        let get = |header: &str| original.get(header).map(String::as_str);
        let result = gateway::verify(&profile, &strange, "2102", NOW, get);
        assert_eq!(result, Err(GatewayError::UnknownCaller));
        let guessed = GatewayKeys { id: keys().id.clone(), secret: "sk-not-a-secreT".into() };
        let result = gateway::verify(&profile, &guessed, "2102", NOW, get);
        assert_eq!(result, Err(GatewayError::BadSignature));
        assert_eq!(gateway::caller(&profile, get), Some("ak-99010100001"));
    }
}

#[test]
fn without_a_gateway_there_is_nothing_and_a_described_one_is_refused() {
    let sandbox = Profile::sandbox();
    assert_eq!(gateway::headers(&sandbox, None, &CALL), Ok(vec![]));
    assert_eq!(gateway::verify(&sandbox, &keys(), "2102", NOW, |_| None), Ok(()));
    let jilin = Profile::describe("jilin").unwrap();
    assert!(matches!(jilin.gateway, Gateway::OauthPassword { .. }));
    assert_eq!(gateway::headers(&jilin, Some(&keys()), &CALL), Err(GatewayError::Unsupported));
    let csb = Profile::load("csb").unwrap();
    assert_eq!(gateway::headers(&csb, None, &CALL), Err(GatewayError::HeaderMissing));
}

#[test]
fn the_secret_is_not_printed() {
    let text = format!("{:?}", keys());
    assert!(text.contains("ak-99010100001") && !text.contains("sk-"), "{text}");
}

fn keys() -> GatewayKeys {
    GatewayKeys { id: "ak-99010100001".into(), secret: "sk-not-a-secret".into() }
}

fn headers(profile: &str) -> HashMap<&'static str, String> {
    let profile = Profile::load(profile).unwrap();
    gateway::headers(&profile, Some(&keys()), &CALL).unwrap().into_iter().collect()
}

fn verify(
    profile: &Profile,
    headers: &HashMap<&'static str, String>,
    infno: &str,
    now: i64,
) -> Result<(), GatewayError> {
    gateway::verify(profile, &keys(), infno, now, |name| headers.get(name).map(String::as_str))
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
