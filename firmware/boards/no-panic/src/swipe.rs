//! What signs and verifies: the device's end of the swipe and of enrolment.

use yika_firmware::entropy::Tested;
use yika_protocol::identity::Date;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    BootCounter, CommittedBoot, Counter, Credential, Draw, EnrolRequest, Identity, Lines, PendingEnrolment,
    PreparedNonces, SwipeRequest, TerminalCertificate, card_challenge,
};
use yika_protocol::voucher::{Code, CodeRule};

use crate::unknown::{Anything, bytes, number, text, used};

pub(crate) fn all(input: &[u8]) {
    used(EnrolRequest::decode(input).map(|request| request.encoded().len()).is_ok());
    used(TerminalCertificate::decode(input).map(|certificate| certificate.encoded().len()).is_ok());
    enrol(input);
    if let Ok(identity) = Identity::decode(input) {
        device(&identity, input);
    }
}

fn enrol(input: &[u8]) {
    let Some(seed) = Tested::new().seed(&mut Anything) else { return };
    let Ok(pending) = PendingEnrolment::begin(&seed, text(), text()) else { return };
    used(pending.request().encoded());
    let Ok(certificate) = TerminalCertificate::decode(input) else { return };
    used(pending.compare_code(&certificate).is_ok());
    used(pending.accept(certificate).map(|identity| identity.encoded().len()).is_ok());
}

fn device(identity: &Identity, input: &[u8]) {
    let Some(counter) = Counter::new(u64::from(number())) else { return };
    let Ok(code) = Code::new(input, CodeRule::default()) else { return };
    let Ok(lines) = Lines::from_encoded(bytes()) else { return };
    let request = SwipeRequest {
        order_no: text(),
        amount: Fen(number().into()),
        lines,
        draw: Draw::Everything,
        pin_verified: number() == 0,
        centre_challenge: None,
        valid_until: None,
        credential: Credential::Voucher(code),
    };
    used(card_challenge(&identity.swipe_header(counter), &request).is_ok());
    let mut nonces = nonces(identity);
    if let Some(nonces) = &mut nonces {
        used(nonces.prepare());
    }
    let nonce = nonces.as_mut().and_then(PreparedNonces::take);
    used(identity.seal_swipe(counter, &request, nonce).is_ok());
    used(identity.seal_reversal(counter).is_ok());
    used(identity.seal_status(counter).is_ok());
    used(identity.seal_void(counter, counter, text()).is_ok());
    if let Some(Ok(day)) = input.first_chunk().map(|bcd| Date::from_bcd(*bcd)) {
        used(identity.seal_day(counter, day).is_ok());
    }
    if let Ok(opened) = identity.open(bytes()) {
        used(identity.verify_evidence(&opened).is_ok());
    }
}

fn nonces(identity: &Identity) -> Option<PreparedNonces<1>> {
    struct Boots;
    impl BootCounter for Boots {
        type Error = ();
        fn commit_next(&mut self) -> Result<u32, ()> {
            Ok(number())
        }
    }
    let boot = CommittedBoot::commit(&mut Boots).ok()?;
    let seed = Tested::new().seed(&mut Anything)?;
    identity.prepared_nonces(boot, seed)
}
