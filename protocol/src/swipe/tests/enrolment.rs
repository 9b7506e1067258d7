//! How a terminal comes to be, and what does not make one.

use super::*;
use crate::{fault::Fault, identity::Secret};

fn centre() -> CentreIdentity {
    CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([0x11; 32])).unwrap()
}

#[test]
fn both_sides_show_one_code_and_share_one_secret() {
    let pending = PendingEnrolment::begin(&seed(1), "SN-1", "bench").unwrap();
    let request = EnrolRequest::decode(&pending.request().encoded()).unwrap();
    let certificate = centre().issue(&request, terms()).unwrap();
    let received = TerminalCertificate::decode(&certificate.encoded()).unwrap();
    assert_eq!(received, certificate);
    let shown = pending.compare_code(&received).unwrap();
    assert_eq!(CompareCode::of(&request, &certificate, pending.opening()), Ok(shown));
    let text = std::format!("{shown}");
    assert_eq!(text.len(), 6);
    assert_eq!(CompareCode::parse(&text), Some(shown));
    for bad in ["", "12345", "1234567", "12345a", "+12345", "１２３４５６"] {
        assert_eq!(CompareCode::parse(bad), None, "{bad}");
    }

    let keys = centre().terminal_keys(&certificate).unwrap();
    let identity = pending.accept(received).unwrap();
    let datagram = identity.seal_status(Counter::FIRST).unwrap();
    assert!(keys.open_request(&datagram).unwrap().verify(&device_verifier(&certificate).unwrap()).is_ok());
}

#[test]
fn somebody_in_the_middle_changes_the_code() {
    let device = PendingEnrolment::begin(&seed(1), "SN-1", "bench").unwrap();
    let middle = PendingEnrolment::begin(&seed(2), "SN-1", "bench").unwrap();
    let thief = CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([0x12; 32])).unwrap();
    // He shows the device a centre of his own, and the centre a device of his own.
    let to_device = thief.issue(device.request(), terms()).unwrap();
    let from_centre = centre().issue(middle.request(), terms()).unwrap();
    let (shown, computed) = (
        device.compare_code(&to_device).unwrap(),
        CompareCode::of(middle.request(), &from_centre, middle.opening()).unwrap(),
    );
    assert_ne!(shown, computed);
    // The device's opening does not fit his request, so he cannot borrow it.
    assert_eq!(CompareCode::of(middle.request(), &from_centre, device.opening()), Err(EnrolError::Opening));
}

#[test]
fn a_certificate_is_for_one_device_and_one_centre() {
    let device = PendingEnrolment::begin(&seed(1), "SN-1", "bench").unwrap();
    let other = PendingEnrolment::begin(&seed(2), "SN-1", "bench").unwrap();
    let certificate = centre().issue(device.request(), terms()).unwrap();
    assert_eq!(other.compare_code(&certificate), Err(EnrolError::OtherDevice));
    assert_eq!(other.accept(certificate.clone()).err(), Some(EnrolError::OtherDevice));
    let elsewhere = CentreIdentity::new(CentreId(*b"CENTRE-2"), &Secret::new([0x11; 32])).unwrap();
    assert_eq!(elsewhere.terminal_keys(&certificate).err(), Some(EnrolError::OtherDevice));
    let altered = TerminalCertificate { serial: Label::try_from("SN-2").unwrap(), ..certificate };
    assert_eq!(device.accept(altered).err(), Some(EnrolError::Signature));
}

#[test]
fn one_wrong_bit_in_a_record_is_refused() {
    let shop = Shop::new();
    let (mut request, mut certificate) = (shop.request.encoded(), shop.identity.certificate().encoded());
    for bit in (0..request.len() * 8).step_by(13) {
        request[bit / 8] ^= 1 << (bit % 8);
        assert!(EnrolRequest::decode(&request).is_err(), "bit {bit}");
        request[bit / 8] ^= 1 << (bit % 8);
    }
    for bit in (0..certificate.len() * 8).step_by(13) {
        certificate[bit / 8] ^= 1 << (bit % 8);
        assert!(TerminalCertificate::decode(&certificate).is_err(), "bit {bit}");
        certificate[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_second_enrolment_shares_nothing_with_the_first() {
    // The same device key and centre, only another name: another certificate, so another secret.
    let again = || PendingEnrolment::begin(&seed(1), "SN-1", "bench").unwrap();
    let first = centre().issue(again().request(), terms()).unwrap();
    let second =
        centre().issue(again().request(), Terms { terminal: TerminalId([7; 8]), ..terms() }).unwrap();
    assert_ne!(
        centre().terminal_keys(&first).unwrap().secret(),
        centre().terminal_keys(&second).unwrap().secret()
    );
}

#[test]
fn terms_must_be_possible() {
    let pending = PendingEnrolment::begin(&seed(1), "SN-1", "bench").unwrap();
    let limits = Limits { per_swipe: Fen(-1), ..terms().limits };
    for bad in [Terms { limits, ..terms() }, Terms { not_before: 10, not_after: 9, ..terms() }] {
        assert_eq!(centre().issue(pending.request(), bad).err(), Some(EnrolError::Terms));
    }
    for (serial, model) in [("", "m"), ("s", ""), ("a b", "m"), ("s", &"m".repeat(33))] {
        assert_eq!(PendingEnrolment::begin(&seed(1), serial, model).err(), Some(EnrolError::Label));
    }
    let certificate = centre().issue(pending.request(), terms()).unwrap();
    let (from, to) = (terms().not_before, terms().not_after);
    for (second, valid) in [(from - 1, false), (from, true), (to, true), (to + 1, false)] {
        assert_eq!(certificate.is_valid_at(second), valid);
    }
}

#[test]
fn the_stored_record_must_fit_itself() {
    let shop = Shop::new();
    let good = shop.identity.encoded();
    assert!(Identity::decode(&good).is_ok());
    for len in 0..good.len() {
        assert!(Identity::decode(&good[..len]).is_err());
    }
    // The private key begins behind version and heads; another key is not the certificate's.
    let mut other = good.clone();
    other[10] ^= 1;
    assert_eq!(Identity::decode(&other).err(), Some(EnrolError::OtherDevice));
    let mut newer = good.clone();
    newer[2] = CURRENT_VERSION + 1;
    assert_eq!(Identity::decode(&newer).err(), Some(EnrolError::Version(CURRENT_VERSION + 1)));
}

#[test]
fn every_error_has_its_fault() {
    let faults: [&Fault; 8] = [
        BuildError::OrderNo.fault(),
        BuildError::TooLarge.fault(),
        BuildError::Unsigned.fault(),
        OpenError::Seal.fault(),
        OpenError::Version(9).fault(),
        EnrolError::Signature.fault(),
        EnrolError::Opening.fault(),
        EnrolError::Terms.fault(),
    ];
    assert!(faults.iter().all(|fault| (7100..7120).contains(&fault.number)));
}
