//! What the till asks: sales, datagrams to carry, enrolment.

use yika_protocol::fault::{Fault, centre, device};
use yika_protocol::link::{self, DeviceInfo, FromDevice, FromTill, Receiver, SaleState};

use crate::hal::{Board, Entropy, Media, Millis, Network, SerialLine};
use crate::swipes::{Phase, Standing, Swipes};
use crate::till::{Ended, Last};

use super::sale::Sale;
use super::scene::Scene;
use super::{App, Engine, IdCards};

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

    pub(super) fn refuse(&mut self, number: u16, fault: &'static Fault) {
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
    fn on_till_sale(&mut self, number: u16, asked: &link::Sale<'_>, now: Millis) {
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
        if let Err(fault) = self.may_begin(sale.amount, now) {
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
    fn ended_before(&mut self, sale: &Sale, number: u16) -> Option<Result<(), &'static Fault>> {
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
    pub(super) fn is_free(&self) -> bool {
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

    fn sale_state(&self, now: Millis) -> Option<SaleState> {
        Some(match &self.scene {
            _ if self.sale.order_no.is_empty() => return None,
            Scene::Pin { .. } | Scene::PinChecking => SaleState::WaitingForPin,
            Scene::Cancelled { .. } => SaleState::Reversing,
            _ if self.sale.counter.is_none() => SaleState::WaitingForCredential,
            _ => match self.swipes()?.phase(now) {
                Phase::Waiting { .. } => SaleState::Sent,
                Phase::Unsure { .. } => SaleState::Unknown,
                _ => SaleState::Reversing,
            },
        })
    }
}
