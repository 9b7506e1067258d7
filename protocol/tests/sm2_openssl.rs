//! SM2 signatures against openssl, both ways, and against published vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod second_opinion;

use std::{fs, path::Path, process::Command};

use second_opinion::{base64, hex, to_der};
use yika_protocol::sign::{DEFAULT_ID, SignError, Signer, Sm2Signer, Sm2Verifier, Verifier, sm3};

fn openssl(dir: &Path, args: &[&str]) -> std::process::Output {
    Command::new("openssl").current_dir(dir).args(args).output().expect("openssl is installed")
}

fn from_der(der: &[u8]) -> [u8; 64] {
    let mut out = [0; 64];
    let mut rest = &der[2..];
    for half in 0..2 {
        let len = rest[1] as usize;
        let value = &rest[2..2 + len];
        let value = value.strip_prefix(&[0]).unwrap_or(value);
        out[half * 32 + 32 - value.len()..half * 32 + 32].copy_from_slice(value);
        rest = &rest[2 + len..];
    }
    out
}

/// SEC 1 private key in DER: version, scalar, named curve SM2, public point.
fn private_pem(private: &[u8; 32], public: &[u8; 65]) -> String {
    let curve = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];
    let body =
        [&[0x02, 0x01, 0x01, 0x04, 0x20][..], private, &curve, &[0xA1, 0x44, 0x03, 0x42, 0x00], public]
            .concat();
    let der = [&[0x30, body.len() as u8][..], &body].concat();
    format!("-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n", base64(&der))
}

#[test]
fn openssl_and_we_accept_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let private = *b"a private key for tests, 32 byte";
    let signer = Sm2Signer::from_bytes(&private).unwrap();
    let message = "姓名=测试&amount=12.34".as_bytes();
    fs::write(dir.path().join("key.pem"), private_pem(&private, &signer.public_key())).unwrap();
    fs::write(dir.path().join("message"), message).unwrap();
    let made = openssl(dir.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let id = format!("distid:{DEFAULT_ID}");
    let options = ["-rawin", "-digest", "sm3", "-pkeyopt", &id];

    // Ours, verified by openssl.
    let signature = signer.sign(message).unwrap();
    fs::write(dir.path().join("ours.der"), to_der(&signature)).unwrap();
    let verify =
        ["pkeyutl", "-verify", "-in", "message", "-pubin", "-inkey", "public.pem", "-sigfile", "ours.der"];
    let checked = openssl(dir.path(), &[&verify[..], &options].concat());
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    // The check can fail: another message is refused by openssl, too.
    fs::write(dir.path().join("message"), b"other").unwrap();
    assert!(!openssl(dir.path(), &[&verify[..], &options].concat()).status.success());
    fs::write(dir.path().join("message"), message).unwrap();

    // openssl's, verified by us.
    let sign = ["pkeyutl", "-sign", "-in", "message", "-inkey", "key.pem", "-out", "theirs.der"];
    let signed = openssl(dir.path(), &[&sign[..], &options].concat());
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let theirs = from_der(&fs::read(dir.path().join("theirs.der")).unwrap());
    let verifier = Sm2Verifier::from_sec1(&signer.public_key()).unwrap();
    assert_eq!(verifier.verify(message, &theirs), Ok(()));
    assert_eq!(verifier.verify(b"other", &theirs), Err(SignError::Mismatch));
}

/// GB/T 32918.5-2017 annex A: signature over the recommended curve with the default identifier.
#[test]
fn the_example_of_the_standard_verifies() {
    let private: [u8; 32] =
        hex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8").try_into().unwrap();
    let public = hex("0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
         CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13");
    let signature: [u8; 64] = hex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3\
         B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
    .try_into()
    .unwrap();
    let signer = Sm2Signer::from_bytes(&private).unwrap();
    assert_eq!(signer.public_key().as_slice(), public);
    let verifier = Sm2Verifier::from_sec1(&public).unwrap();
    assert_eq!(verifier.verify(b"message digest", &signature), Ok(()));
    assert_eq!(verifier.verify(b"message digesT", &signature), Err(SignError::Mismatch));
    let ours = signer.sign(b"message digest").unwrap();
    assert_eq!(verifier.verify(b"message digest", &ours), Ok(()));
}

/// GB/T 32905-2016 annex A.1.
#[test]
fn sm3_of_abc() {
    let expected = hex("66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0");
    assert_eq!(sm3(b"abc").as_slice(), expected);
}

#[test]
fn what_is_no_key_or_signature() {
    assert_eq!(Sm2Signer::from_bytes(&[0; 32]).unwrap_err(), SignError::PrivateKey);
    assert_eq!(Sm2Signer::from_bytes(&[0xFF; 32]).unwrap_err(), SignError::PrivateKey);
    // n − 1: a scalar of the field, but 1 + d has no inverse.
    let n_minus_1: [u8; 32] =
        hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122").try_into().unwrap();
    assert_eq!(Sm2Signer::from_bytes(&n_minus_1).unwrap_err(), SignError::PrivateKey);
    let mut off_curve = Sm2Signer::from_bytes(&[1; 32]).unwrap().public_key();
    off_curve[64] ^= 1;
    for bad in [&off_curve[..], &[], &[0], &[4; 64], &[0; 65]] {
        assert_eq!(Sm2Verifier::from_sec1(bad).unwrap_err(), SignError::PublicKey);
    }
    let verifier = Sm2Signer::from_bytes(&[1; 32]).unwrap().verifier();
    for bad in [[0; 64], [0xFF; 64], [1; 64]] {
        assert_eq!(verifier.verify(b"", &bad), Err(SignError::Mismatch));
    }
}

#[test]
fn every_bit_of_message_and_signature_counts() {
    let signer = Sm2Signer::from_bytes(&[7; 32]).unwrap();
    let verifier = signer.verifier();
    let message = *b"fen";
    let signature = signer.sign(&message).unwrap();
    assert_eq!(signer.sign(&message), Ok(signature), "deterministic");
    for bit in 0..24 {
        let mut other = message;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verifier.verify(&other, &signature), Err(SignError::Mismatch));
    }
    for bit in (0..512).step_by(7) {
        let mut other = signature;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verifier.verify(&message, &other), Err(SignError::Mismatch));
    }
    let other_id = Sm2Verifier::with_id(&signer.public_key(), "another id").unwrap();
    assert_eq!(other_id.verify(&message, &signature), Err(SignError::Mismatch));
}

#[test]
fn a_key_is_never_shown() {
    assert_eq!(format!("{:?}", Sm2Signer::from_bytes(&[7; 32]).unwrap()), "Sm2Signer(***)");
}
