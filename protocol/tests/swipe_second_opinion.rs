//! The swipe's samples through programs that share no code with the project: Python with its own SM2, SM3, SM4-GCM and CBOR,
//! written from the page, and openssl.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod second_opinion;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use second_opinion::{base64, hex, to_der};

const SAMPLES: &str = include_str!("../../hw-docs/samples/swipe/v1.json");

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn python(samples: &Path) -> Output {
    Command::new("python3")
        .arg(repository("tests/second_opinion/swipe.py"))
        .arg(samples)
        .arg(repository("hw-docs/swipe.cddl"))
        .output()
        .expect("python3 is installed")
}

/// A field of a sample, or of the keys.
fn field(sample: &str, field: &str) -> Vec<u8> {
    let start = if sample == "keys" { "\"keys\": {".to_owned() } else { format!("\"name\": \"{sample}\"") };
    let object = SAMPLES.split(&start).nth(1).expect("the sample").split('}').next().unwrap();
    let value =
        object.split(&format!("\"{field}\": \"")).nth(1).expect("the field").split('"').next().unwrap();
    hex(value)
}

#[test]
fn python_rebuilds_every_sample_bit_for_bit() {
    let output = python(&repository("hw-docs/samples/swipe/v1.json"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "23 samples rebuilt\n");
}

#[test]
fn python_sees_one_wrong_digit_in_any_sample() {
    let folder = tempfile::tempdir().unwrap();
    let altered = folder.path().join("altered.json");
    // The last hex digit of each datagram and of each record.
    let ends: Vec<usize> = SAMPLES
        .match_indices("\"\n    }")
        .chain(SAMPLES.match_indices("\",\n    \""))
        .map(|(at, _)| at)
        .collect();
    assert!(ends.len() > 20);
    for end in ends.into_iter().step_by(4) {
        let mut samples = SAMPLES.as_bytes().to_vec();
        samples[end - 1] = if samples[end - 1] == b'0' { b'1' } else { b'0' };
        fs::write(&altered, samples).unwrap();
        assert!(!python(&altered).status.success(), "digit before {end}");
    }
}

#[test]
fn openssl_verifies_the_signatures() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("device.pem"), public_pem(&field("keys", "device_P"))).unwrap();
    for sample in
        ["swipe-bare", "swipe-card", "swipe-voucher", "swipe-id-card", "reversal", "status", "void", "day"]
    {
        let message = [
            b"yika swipe v1 request\0",
            &field("keys", "centre")[..],
            &field(sample, "header"),
            &field(sample, "body"),
        ];
        for (message, good) in [(message.concat(), true), ([&message.concat()[..], &[0]].concat(), false)] {
            fs::write(path("message"), message).unwrap();
            fs::write(path("signature"), to_der(&field(sample, "signature"))).unwrap();
            let output = Command::new("openssl")
                .current_dir(folder.path())
                .args([
                    "pkeyutl",
                    "-verify",
                    "-rawin",
                    "-digest",
                    "sm3",
                    "-pkeyopt",
                    "distid:1234567812345678",
                ])
                .args(["-pubin", "-inkey", "device.pem", "-in", "message", "-sigfile", "signature"])
                .output()
                .expect("openssl is installed");
            assert_eq!(
                output.status.success(),
                good,
                "{sample}: {}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
    }
}

#[test]
fn openssl_decrypts_what_is_sealed() {
    // openssl 3.0 has no SM4-GCM on its command line; its counter mode is the same stream from block 2 on.
    for (sample, rest) in
        [("swipe-card", "signature"), ("swipe-settled", "evidence"), ("status-unseen", "evidence")]
    {
        let plaintext = [field(sample, "body"), field(sample, rest)].concat();
        let datagram = field(sample, "datagram");
        let ciphertext = &datagram[datagram.len() - 16 - plaintext.len()..datagram.len() - 16];
        let iv = [&field(sample, "nonce")[..], &[0, 0, 0, 2]].concat();
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut openssl = Command::new("openssl")
            .args(["enc", "-d", "-sm4-ctr", "-K", &digits(&field(sample, "cipher_key")), "-iv", &digits(&iv)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        openssl.stdin.take().unwrap().write_all(ciphertext).unwrap();
        assert_eq!(openssl.wait_with_output().unwrap().stdout, plaintext, "{sample}");
    }
}

/// SubjectPublicKeyInfo of an SM2 point.
fn public_pem(point: &[u8]) -> String {
    let head = hex("3059301306072A8648CE3D020106082A811CCF5501822D034200");
    let der = [&head[..], point].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", base64(&der))
}
