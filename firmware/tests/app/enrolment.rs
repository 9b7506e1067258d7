//! A device becomes a terminal.

use yika_firmware::text::{self, Lang};
use yika_protocol::identity::{Institution, Secret};
use yika_protocol::link::FromTill;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    CentreId, CentreIdentity, CompareCode, EnrolRequest, Limits, Opening, TerminalCertificate, TerminalId,
    Terms,
};

use crate::desk::{Desk, set_up};
use crate::till::{Said, ask, heard};
use crate::world::centre::enrolled;

fn new_device() -> Desk {
    Desk::with(Lang::Zh, set_up(None), enrolled(1).centre)
}

pub(crate) fn issue(request: &[u8]) -> (EnrolRequest, TerminalCertificate) {
    let centre = CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([0x11; 32])).unwrap();
    let request = EnrolRequest::decode(request).unwrap();
    let terms = Terms {
        terminal: TerminalId([9; 8]),
        institution: Institution::parse(b"P99010000001").unwrap(),
        limits: Limits { per_swipe: Fen(200_000), no_challenge: Fen(200_000), per_day: Fen(2_000_000) },
        not_before: 1_790_000_000,
        not_after: 1_950_000_000,
    };
    let certificate = centre.issue(&request, terms).unwrap();
    (request, certificate)
}

fn begin(desk: &mut Desk) -> (EnrolRequest, TerminalCertificate) {
    ask(desk, 1, &FromTill::EnrolBegin);
    let said = heard(desk);
    let [(1, Said::Request(request))] = said.as_slice() else { panic!("{said:?}") };
    // Asked again, the same request.
    ask(desk, 2, &FromTill::EnrolBegin);
    assert_eq!(heard(desk), [(2, Said::Request(request.clone()))]);
    issue(request)
}

#[test]
fn both_sides_compare_six_digits_and_only_then_is_it_a_terminal() {
    for operator_first in [true, false] {
        let mut desk = new_device();
        desk.expect(text::ENROL_NONE);
        desk.keys("ok");
        desk.expect(text::ENROL);
        let (request, certificate) = begin(&mut desk);
        ask(&mut desk, 3, &FromTill::EnrolGrant { certificate: &certificate.encoded() });
        let said = heard(&mut desk);
        let [(3, Said::Waiting(opening))] = said.as_slice() else { panic!("{said:?}") };
        let code = CompareCode::of(&request, &certificate, &Opening(*opening)).unwrap();
        desk.expect(text::ENROL_CODE);
        assert_eq!(code.digits(), code.to_string().as_bytes());
        if operator_first {
            desk.keys("ok");
            desk.expect(text::ENROL_PC);
            assert!(desk.pos().swipes().unwrap().identity().is_none());
            ask(&mut desk, 4, &FromTill::EnrolConfirm);
        } else {
            ask(&mut desk, 4, &FromTill::EnrolConfirm);
            assert_eq!(heard(&mut desk), [(4, Said::Waiting(*opening))]);
            assert!(desk.pos().swipes().unwrap().identity().is_none());
            desk.keys("ok");
        }
        assert_eq!(heard(&mut desk), [(4, Said::Enrolled)]);
        desk.expect(text::ENROL_DONE);
        desk.keys("ok");
        desk.expect(text::HOME_PRESS);
        ask(&mut desk, 5, &FromTill::EnrolConfirm);
        assert_eq!(heard(&mut desk), [(5, Said::Enrolled)]);
        desk.start(yika_firmware::hal::Start::PowerOn);
        assert_eq!(desk.pos().swipes().unwrap().identity().unwrap().terminal(), TerminalId([9; 8]));
    }
}

#[test]
fn another_certificate_ends_it() {
    let mut desk = new_device();
    let (_, certificate) = begin(&mut desk);
    let mut forged = certificate.clone();
    forged.limits.per_swipe = Fen(99_999_999);
    ask(&mut desk, 3, &FromTill::EnrolGrant { certificate: &forged.encoded() });
    assert_eq!(heard(&mut desk), [(3, Said::Refused(5103))]);
    desk.expect_text("Y-5103");
    ask(&mut desk, 4, &FromTill::EnrolConfirm);
    assert_eq!(heard(&mut desk), [(4, Said::Refused(7020))]);
    assert!(!desk.pos().overflowed());
}

#[test]
fn the_operator_may_say_no() {
    let mut desk = new_device();
    let (_, certificate) = begin(&mut desk);
    ask(&mut desk, 3, &FromTill::EnrolGrant { certificate: &certificate.encoded() });
    heard(&mut desk);
    desk.keys("left");
    desk.expect(text::ENROL_NONE);
    ask(&mut desk, 4, &FromTill::EnrolConfirm);
    assert_eq!(heard(&mut desk), [(4, Said::Refused(7020))]);
}

#[test]
fn a_bad_noise_source_makes_no_key() {
    let mut desk = new_device();
    desk.board().break_entropy();
    ask(&mut desk, 1, &FromTill::EnrolBegin);
    assert_eq!(heard(&mut desk), [(1, Said::Refused(7006))]);
}

#[test]
fn nothing_may_be_open() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(crate::desk::Weather::Deaf);
    desk.sell(500);
    desk.wait(31_000);
    desk.keys("ok");
    ask(&mut desk, 1, &FromTill::EnrolBegin);
    assert_eq!(heard(&mut desk), [(1, Said::Refused(7031))]);
}
