//! Key files against openssl, which reads what we write and writes what we read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::Command;

use yika_protocol::sign::{Signer, Verifier};
use yika_settle::keys::{SigningKey, verifier_from_pem};
use yika_settle::{KeyError, SeededRandom};

fn openssl(dir: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&SeededRandom::new(seed)).unwrap()
}

#[test]
fn openssl_reads_an_encrypted_key_with_its_passphrase_and_agrees_on_the_public_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.pem");
    let key = key(1);
    key.save(&path, Some("correct horse"), &SeededRandom::new(2)).unwrap();
    assert!(SigningKey::is_encrypted(&path).unwrap());
    let public = openssl(dir.path(), &["pkey", "-in", "key.pem", "-passin", "pass:correct horse", "-pubout"]);
    assert_eq!(String::from_utf8(public).unwrap(), key.public_pem().unwrap());

    let again = SigningKey::load(&path, Some("correct horse")).unwrap();
    assert_eq!(again.public_pem().unwrap(), key.public_pem().unwrap());
    assert_eq!(SigningKey::load(&path, None).unwrap_err(), KeyError::PassphraseNeeded);
    assert_eq!(SigningKey::load(&path, Some("wrong horse")).unwrap_err(), KeyError::WrongPassphrase);
    assert_eq!(key.save(&path, None, &SeededRandom::new(3)).unwrap_err(), KeyError::Exists(path));
}

#[test]
fn a_public_key_is_read_by_openssl() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("pub.pem"), key(4).public_pem().unwrap()).unwrap();
    let text = openssl(dir.path(), &["pkey", "-pubin", "-in", "pub.pem", "-text", "-noout"]);
    assert!(String::from_utf8(text).unwrap().to_uppercase().contains("SM2"));
    assert!(verifier_from_pem(&key(4).public_pem().unwrap()).is_ok());
    assert_eq!(verifier_from_pem("-----BEGIN PUBLIC KEY-----\n").unwrap_err(), KeyError::Format);
}

#[test]
fn a_key_made_by_openssl_is_read_and_signs() {
    let dir = tempfile::tempdir().unwrap();
    openssl(
        dir.path(),
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "plain.pem"],
    );
    let path = dir.path().join("plain.pem");
    only_for_owner(&path);
    let ours = SigningKey::load(&path, None).unwrap();
    assert!(!SigningKey::is_encrypted(&path).unwrap());
    assert!(ours.verifier().verify(b"message", &ours.sign(b"message").unwrap()).is_ok());
    let public = openssl(dir.path(), &["pkey", "-in", "plain.pem", "-pubout"]);
    assert_eq!(String::from_utf8(public).unwrap(), ours.public_pem().unwrap());

    // PBES2 with PBKDF2, as openssl writes it.
    openssl(dir.path(), &["pkcs8", "-topk8", "-in", "plain.pem", "-out", "sealed.pem", "-passout", "pass:x"]);
    let sealed = SigningKey::load(&dir.path().join("sealed.pem"), Some("x")).unwrap();
    assert_eq!(sealed.public_pem().unwrap(), ours.public_pem().unwrap());
}

#[test]
fn the_length_of_the_lines_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let make = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "plain.pem"];
    openssl(dir.path(), &make);
    let made = std::fs::read_to_string(dir.path().join("plain.pem")).unwrap();
    let base64: String = made.lines().filter(|line| !line.starts_with('-')).collect();
    let path = dir.path().join("rows.pem");
    let public = openssl(dir.path(), &["pkey", "-in", "plain.pem", "-pubout"]);
    for (width, end) in [(76, "\n"), (20, "\r\n"), (1000, "")] {
        let rows: Vec<&str> =
            base64.as_bytes().chunks(width).map(|r| std::str::from_utf8(r).unwrap()).collect();
        let body = rows.join("\n");
        let text = format!("by hand\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----{end}");
        std::fs::write(&path, text).unwrap();
        only_for_owner(&path);
        // openssl is the measure.
        assert_eq!(openssl(dir.path(), &["pkey", "-in", "rows.pem", "-pubout"]), public, "{width}");
        let key = SigningKey::load(&path, None).unwrap();
        assert_eq!(key.public_pem().unwrap().as_bytes(), public, "{width}");
    }
    let public = String::from_utf8(public).unwrap();
    let one_row: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let wide = format!("-----BEGIN PUBLIC KEY-----\n{one_row}\n-----END PUBLIC KEY-----");
    assert!(verifier_from_pem(&wide).is_ok());
}

#[test]
fn what_is_no_sm2_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    openssl(
        dir.path(),
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "p256.pem"],
    );
    let p256 = dir.path().join("p256.pem");
    only_for_owner(&p256);
    assert_eq!(SigningKey::load(&p256, None).unwrap_err(), KeyError::Format);
    let junk = dir.path().join("junk.pem");
    for text in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        std::fs::write(&junk, text).unwrap();
        only_for_owner(&junk);
        assert_eq!(SigningKey::load(&junk, None).unwrap_err(), KeyError::Format, "{text:?}");
    }
    assert!(matches!(SigningKey::load(&dir.path().join("none"), None), Err(KeyError::Access(_))));
}

#[cfg(unix)]
#[test]
fn a_plain_key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.pem");
    key(5).save(&path, None, &SeededRandom::new(6)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    SigningKey::load(&path, None).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(SigningKey::load(&path, None).unwrap_err(), KeyError::TooOpen(path));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", key(7)), "SigningKey(***)");
}

fn only_for_owner(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}
