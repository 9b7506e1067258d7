//! Enrolment, and setting up a new device.

use yika_protocol::fault::{Fault, centre, device};
use yika_protocol::link::FromDevice;
use yika_protocol::swipe::{EnrolError, PendingEnrolment, TerminalCertificate};

use crate::entropy::Tested;
use crate::hal::{Board, Media, Millis};
use crate::swipes::{Decline, Swipes};
use crate::text;

use super::scene::{EnrolStep, Scene, Then, Trouble};
use super::{App, Engine, IdCards, Press};

/// An enrolment between request and certificate. In RAM only.
pub(super) struct Enrolling {
    pending: PendingEnrolment,
    certificate: Option<TerminalCertificate>,
    /// The centre confirmed, says the PC.
    confirmed: bool,
    /// Number of the PC's last question.
    number: u16,
}

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn enrol_begin(&mut self, number: u16) {
        // A question asked again gets the same request.
        if self.enrolling.is_none() {
            if let Err(fault) = self.make_key(number) {
                self.refuse(number, fault);
                return;
            }
            self.go(Scene::Enrol(EnrolStep::Asked));
        }
        if let Some(enrolling) = &mut self.enrolling {
            enrolling.number = number;
            let request = enrolling.pending.request().encoded();
            self.till.say(number, &FromDevice::EnrolRequest(&request));
        }
    }

    #[inline(never)]
    fn make_key(&mut self, number: u16) -> Result<(), &'static Fault> {
        let Engine::Ready(swipes) = &self.engine else { return Err(&device::STORE_LOST) };
        let open = swipes.open_reversals() > 0 || swipes.open_void().is_some();
        if open || !self.is_free() && !matches!(self.scene, Scene::Enrol(_)) {
            return Err(&device::STILL_OPEN);
        }
        let seed = Tested::new().seed(self.board.entropy()).ok_or(&device::ENTROPY_FAILED)?;
        let pending = PendingEnrolment::begin(&seed, self.serial, B::NAME).map_err(|_| &device::BAD_SALE)?;
        self.enrolling = Some(Enrolling { pending, certificate: None, confirmed: false, number });
        Ok(())
    }

    #[inline(never)]
    pub(super) fn enrol_grant(&mut self, number: u16, bytes: &[u8]) {
        let code = self.enrolling.as_ref().map(|enrolling| {
            let certificate = TerminalCertificate::decode(bytes)?;
            if enrolling.certificate.as_ref().is_some_and(|known| *known != certificate) {
                return Err(EnrolError::OtherDevice);
            }
            let code = enrolling.pending.compare_code(&certificate)?;
            Ok((certificate, code))
        });
        match code {
            None => self.refuse(number, &device::NOT_ENROLLED),
            Some(Err(_)) => {
                self.enrolling = None;
                self.refuse(number, &centre::COMPARE_CODE);
                self.trouble(text::ENROL_FAILED, &centre::COMPARE_CODE, Then::Home);
            }
            Some(Ok((certificate, code))) => {
                let Some(enrolling) = &mut self.enrolling else { return };
                enrolling.certificate = Some(certificate);
                enrolling.number = number;
                let opening = enrolling.pending.opening().clone();
                if !matches!(self.scene, Scene::Enrol(EnrolStep::Agreed(_))) {
                    self.go(Scene::Enrol(EnrolStep::Compare(code.digits())));
                }
                self.till.say(number, &FromDevice::EnrolWaiting { opening });
            }
        }
    }

    pub(super) fn enrol_confirm(&mut self, number: u16, now: Millis) {
        if let Some(enrolling) = &mut self.enrolling {
            enrolling.confirmed = true;
            enrolling.number = number;
            if !self.enrol_finish(now)
                && let Some(enrolling) = &self.enrolling
            {
                let opening = enrolling.pending.opening().clone();
                self.till.say(number, &FromDevice::EnrolWaiting { opening });
            }
        } else if let Some(terminal) = self.terminal() {
            // Asked again after the end.
            self.till.say(number, &FromDevice::Enrolled { terminal });
        } else {
            self.refuse(number, &device::NOT_ENROLLED);
        }
    }

    /// Both the operator here and the PC agreed: from now on the device is this terminal.
    #[inline(never)]
    fn enrol_finish(&mut self, now: Millis) -> bool {
        let agreed = matches!(self.scene, Scene::Enrol(EnrolStep::Agreed(_)));
        let ready = self
            .enrolling
            .as_ref()
            .is_some_and(|enrolling| enrolling.confirmed && enrolling.certificate.is_some());
        if !agreed || !ready {
            return false;
        }
        let Some(Enrolling { pending, certificate: Some(certificate), number, .. }) = self.enrolling.take()
        else {
            return false;
        };
        let enrolled = match (pending.accept(certificate), &mut self.engine) {
            (Ok(identity), Engine::Ready(swipes)) => swipes.enrol(identity, now).map_err(Decline::fault),
            (Ok(_), _) => Err(&device::STORE_LOST),
            (Err(_), _) => Err(&centre::COMPARE_CODE),
        };
        match (enrolled, self.terminal()) {
            (Ok(_), Some(terminal)) => {
                self.till.say(number, &FromDevice::Enrolled { terminal });
                self.note(text::ENROL_DONE, text::ENROL_DONE_BODY, Then::Home);
            }
            (Err(fault), _) => {
                self.refuse(number, fault);
                self.trouble(text::ENROL_FAILED, fault, Then::Home);
            }
            (Ok(_), None) => self.home(),
        }
        true
    }

    pub(super) fn in_enrolment(&mut self, step: EnrolStep, press: Press, now: Millis) {
        match (step, press) {
            (EnrolStep::Compare(code), Press::Ok) => {
                self.go(Scene::Enrol(EnrolStep::Agreed(code)));
                self.enrol_finish(now);
            }
            (_, Press::Left | Press::Cancel | Press::Clear) => {
                self.enrolling = None;
                self.home();
            }
            _ => self.scene = Scene::Enrol(step),
        }
    }

    /// A new device, says the operator: the store is made.
    #[inline(never)]
    pub(super) fn set_up(&mut self) {
        let engine = core::mem::replace(&mut self.engine, Engine::Gone);
        self.engine = match engine {
            Engine::Lost(lost) => match Swipes::provision(lost.media) {
                Ok(swipes) => Engine::Ready(swipes),
                Err(lost) => Engine::Lost(lost),
            },
            other => other,
        };
        match &self.engine {
            Engine::Ready(_) => self.home(),
            _ => self.store_lost(),
        }
    }

    pub(super) fn store_lost(&mut self) {
        let fault = match &self.engine {
            Engine::Lost(lost) => lost.error.fault(),
            _ => &device::STORE_LOST,
        };
        self.go(Scene::StoreLost { trouble: Trouble::from(fault), skipped: 0 });
    }
}
