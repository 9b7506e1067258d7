//! Second opinions that share no code with the project: openssl on signatures, Python on the signed text.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::command::root;

/// The signed text of a message, as the Python script derives it from the written rules.
#[derive(Debug)]
pub struct SignedText {
    /// RFC 8785 form of the body.
    pub canonical: String,
    /// 64 upper-case hex digits.
    pub digest: String,
    /// What is signed.
    pub text: String,
    /// 128 upper-case hex digits, as they stand in the message.
    pub cainfo: String,
}

/// Derives the signed text of `message`, whose body is its field `body` (`input` or `output`).
///
/// # Panics
/// When Python is missing or refuses the message.
#[must_use]
pub fn signed_text(message: &[u8], body: &str) -> SignedText {
    let script = root().join("tests/second_opinion/signature_text.py");
    let mut child = Command::new("python3")
        .arg(script)
        .arg(body)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    child.stdin.take().expect("its input").write_all(message).expect("python3 reads");
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "python3 refuses the message");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON from python3");
    let field = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    SignedText {
        canonical: field("canonical"),
        digest: field("digest"),
        text: field("text"),
        cainfo: field("cainfo"),
    }
}

/// Whether openssl accepts `signature` (r‖s, 128 hex digits) over `text` under the public key in the PEM file.
///
/// # Panics
/// When openssl is missing or the signature is not 128 hex digits.
#[must_use]
pub fn openssl_accepts(public_key: &Path, text: &str, signature: &str) -> bool {
    let folder = tempfile::tempdir().expect("a private folder");
    let (message, der) = (folder.path().join("text"), folder.path().join("signature.der"));
    std::fs::write(&message, text).expect("the text");
    std::fs::write(&der, der_signature(&hex(signature))).expect("the signature");
    let output = Command::new("openssl")
        .args([
            "pkeyutl",
            "-verify",
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            "distid:1234567812345678",
            "-pubin",
        ])
        .arg("-inkey")
        .arg(public_key)
        .arg("-in")
        .arg(&message)
        .arg("-sigfile")
        .arg(&der)
        .output()
        .expect("openssl starts");
    let words =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // A key or an option that openssl does not understand must not pass for "refused".
    assert!(words.contains("Signature Verif"), "openssl did not come to a verdict: {words}");
    output.status.success()
}

/// Another program that holds a card for itself until this value is dropped.
#[derive(Debug)]
pub struct Holder(Child);

impl Holder {
    /// Takes the card in this reader.
    ///
    /// # Panics
    /// When the card cannot be had.
    #[must_use]
    pub fn of(reader: &str) -> Holder {
        let mut child = Command::new("python3")
            .arg(root().join("tests/second_opinion/hold_reader.py"))
            .arg(reader)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "held", "the other program got the card");
        Holder(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // The end of its input tells it to let go.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// ECDSA-Sig-Value of RFC 5480, which openssl also uses for SM2: SEQUENCE of two INTEGERs.
fn der_signature(rs: &[u8]) -> Vec<u8> {
    assert_eq!(rs.len(), 64, "r and s of 32 bytes each");
    let integer = |bytes: &[u8]| {
        let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len() - 1);
        let mut body = bytes[first..].to_vec();
        if body[0] & 0x80 != 0 {
            body.insert(0, 0);
        }
        let mut out = vec![0x02, body.len() as u8];
        out.extend(body);
        out
    };
    let body = [integer(&rs[..32]), integer(&rs[32..])].concat();
    let mut out = vec![0x30, body.len() as u8];
    out.extend(body);
    out
}

/// Bytes from hex digits of either case.
///
/// # Panics
/// When the text is not hex.
#[must_use]
pub fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "not hex: {text}");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits"))
        .collect()
}
