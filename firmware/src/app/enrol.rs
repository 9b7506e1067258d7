//! Enrolment, setting up, and everything else the PC says.

use yika_protocol::fault::{Fault, centre, device};
use yika_protocol::link::{DeviceInfo, FromDevice, FromTill, Receiver};
use yika_protocol::swipe::{EnrolError, PendingEnrolment, TerminalCertificate};

use crate::entropy::Tested;
use crate::hal::{Board, Entropy, Media, Millis, Network, SerialLine};
use crate::swipes::{Decline, Standing, Swipes};
use crate::text;
use crate::till::{Ended, Last};

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
    pub(super) fn poll_till(&mut self, now: Millis) {
        // A frame of the largest kind takes a few turns; keys and card have theirs in between.
        for _ in 0..256 {
            let Some(byte) = self.board.till().read() else { break };
            // The receiver lends out the frame, so it steps aside while the frame is served.
            let mut receiver = core::mem::replace(&mut self.till.receiver, Receiver::new());
            let mut whole = false;
            if let Some(Ok(frame)) = receiver.push(byte) {
                whole = true;
                self.till.heard(now);
                match FromTill::decode(frame) {
                    Ok(message) => self.on_till(frame.number, message, now),
                    Err(_) => self.refuse(frame.number, &device::BAD_SALE),
                }
            }
            self.till.receiver = receiver;
            if whole {
                break;
            }
        }
        let running = self.sale_state(now);
        let order_no = self.sale.order_no.clone();
        let running = running.filter(|_| self.sale.from_till).map(|state| (order_no.as_str(), state));
        let terminal = self.terminal();
        self.till.poll(self.board.till(), running, terminal);
    }

    fn refuse(&mut self, number: u16, fault: &'static Fault) {
        self.till.say(number, &FromDevice::Refused(fault.number));
    }

    fn on_till(&mut self, number: u16, message: FromTill<'_>, now: Millis) {
        match message {
            FromTill::Hello => self.introduce(number),
            FromTill::Sale(sale) => self.on_till_sale(number, &sale, now),
            FromTill::Cancel { order_no } => self.on_till_cancel(number, order_no, now),
            FromTill::Datagram(bytes) => {
                let Engine::Ready(swipes) = &mut self.engine else { return };
                if let Some(event) = swipes.receive(bytes, now) {
                    self.on_event(event, now);
                }
            }
            FromTill::EnrolBegin => self.enrol_begin(number),
            FromTill::EnrolGrant { certificate } => self.enrol_grant(number, certificate),
            FromTill::EnrolConfirm => self.enrol_confirm(number, now),
        }
    }

    fn introduce(&mut self, number: u16) {
        let info = DeviceInfo {
            serial: self.serial,
            model: B::NAME,
            firmware: env!("CARGO_PKG_VERSION"),
            terminal: self.terminal(),
            needs_carrier: !self.board.network().up(),
            open_reversals: u8::try_from(self.swipes().map_or(0, Swipes::open_reversals)).unwrap_or(u8::MAX),
            bench: self.board.entropy().injected(),
        };
        self.till.say(number, &FromDevice::Info(info));
    }

    #[inline(never)]
    fn on_till_sale(&mut self, number: u16, asked: &yika_protocol::link::Sale<'_>, now: Millis) {
        let Some(sale) = Self::described(asked) else {
            self.refuse(number, &device::BASKET_TOO_BIG);
            return;
        };
        if self.sale.from_till && self.sale.order_no == sale.order_no {
            if self.sale.is(&sale) {
                self.till.asked(number);
            } else {
                self.refuse(number, &centre::ID_CONFLICT);
            }
            return;
        }
        if let Some(ended) = self.ended_before(&sale, number) {
            match ended {
                Ok(()) => self.till.repeat(number),
                Err(fault) => self.refuse(number, fault),
            }
            return;
        }
        if !self.is_free() {
            self.refuse(number, &device::SWIPE_RUNNING);
            return;
        }
        if let Err(fault) = self.may_begin(now) {
            self.refuse(number, fault);
            return;
        }
        self.till.forget(&sale.order_no);
        self.till.asked(number);
        self.begin_from_till(sale);
    }

    /// Whether this order came to an end that must be told again. A sale that was refused or cancelled may be tried again
    /// under the same number once the till has heard of it: no money moved.
    #[inline(never)]
    fn ended_before(&mut self, sale: &super::Sale, number: u16) -> Option<Result<(), &'static Fault>> {
        let at_hand = self.till.ended(&sale.order_no).is_some();
        // A repetition that was under way when the result left must not begin the sale again.
        if at_hand && (self.till.owes() || self.till.is_repetition(number)) {
            return Some(Ok(()));
        }
        let Engine::Ready(swipes) = &mut self.engine else { return None };
        let line = swipes.find_order(&sale.order_no)?;
        match line.standing {
            Standing::Settled if line.amount != sale.amount => Some(Err(&centre::ID_CONFLICT)),
            Standing::Settled => {
                let receipt = swipes.receipt(line.counter)?;
                self.till.end(Last {
                    order_no: sale.order_no.clone(),
                    counter: Some(line.counter),
                    ended: Ended::Settled(receipt),
                });
                Some(Ok(()))
            }
            // Answered by the reversal's own end; until then the till waits.
            Standing::Open | Standing::Reversing => Some(Err(&device::STILL_OPEN)),
            _ => None,
        }
    }

    fn on_till_cancel(&mut self, number: u16, order_no: &str, now: Millis) {
        if !self.sale.from_till || self.sale.order_no != order_no {
            if self.till.ended(order_no).is_some() {
                self.till.repeat(number);
            } else {
                self.refuse(number, &centre::SETTLEMENT_UNKNOWN);
            }
            return;
        }
        self.till.asked(number);
        if self.sale.counter.is_none() {
            // Nothing was sent. A PIN on its way to the card comes back to a sale that is gone, and is dropped.
            self.cancel_sale();
            return;
        }
        self.give_up(now);
    }

    /// Whether a sale of the till may take the screen.
    fn is_free(&self) -> bool {
        let quiet = matches!(
            self.scene,
            Scene::Home
                | Scene::Amount(_)
                | Scene::Settled { .. }
                | Scene::Cancelled { .. }
                | Scene::Trouble { .. }
                | Scene::Note { .. }
                | Scene::Menu(_)
                | Scene::Settings(_)
                | Scene::Info(_)
                | Scene::Voided(_)
                | Scene::Day { .. }
                | Scene::Compared(..)
        );
        quiet && self.sale.order_no.is_empty()
    }

    fn sale_state(&self, now: Millis) -> Option<yika_protocol::link::SaleState> {
        use yika_protocol::link::SaleState;
        Some(match &self.scene {
            _ if self.sale.order_no.is_empty() => return None,
            Scene::Pin { .. } | Scene::PinChecking => SaleState::WaitingForPin,
            Scene::Cancelled { .. } => SaleState::Reversing,
            _ if self.sale.counter.is_none() => SaleState::WaitingForCredential,
            _ => match self.swipes()?.phase(now) {
                crate::swipes::Phase::Waiting { .. } => SaleState::Sent,
                crate::swipes::Phase::Unsure { .. } => SaleState::Unknown,
                _ => SaleState::Reversing,
            },
        })
    }

    #[inline(never)]
    fn enrol_begin(&mut self, number: u16) {
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
    fn enrol_grant(&mut self, number: u16, bytes: &[u8]) {
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

    fn enrol_confirm(&mut self, number: u16, now: Millis) {
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
