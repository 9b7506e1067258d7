//! Cards, codes, identity cards, PIN.

use yika_protocol::fault::card as fault;
use yika_protocol::social_card::{PinError, PinOutcome};
use yika_protocol::swipe::Credential;
use yika_protocol::voucher::Code;

use crate::hal::{Board, Media, Millis};
use crate::pinpad::PadKey;
use crate::slot::{CardError, CardEvent};
use crate::text;

use super::id_card::IdEvent;
use super::sale::unanswered;
use super::scene::{Scene, Then};
use super::{App, IdCards};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn poll_slot(&mut self, now: Millis) {
        // While a card is at work the line has no time to lose.
        for _ in 0..32 {
            match self.slot.poll(self.board.slot()) {
                Some(event) => self.on_card(event, now),
                None if self.slot.busy() => {}
                None => return,
            }
        }
    }

    #[inline(never)]
    fn on_card(&mut self, event: CardEvent, now: Millis) {
        self.dirty = true;
        match (event, &self.scene) {
            (CardEvent::Inserted, Scene::Present) => self.read_card(),
            // The holder took it out and put it in again: that is an answer to the message on the screen.
            (CardEvent::Inserted, Scene::Trouble { then: Then::Present, .. }) => {
                self.present();
            }
            (
                CardEvent::Removed,
                Scene::Reading | Scene::Proving | Scene::PinChecking | Scene::Pin { .. },
            ) => {
                self.sale.forget_credential();
                self.pin.clear();
                self.trouble(text::NOT_SETTLED, &fault::CARD_REMOVED, Then::Present);
            }
            (CardEvent::Read(card), Scene::Reading) => {
                self.credential(Credential::Card(unanswered(&card)), now);
            }
            (CardEvent::Pin(outcome), Scene::PinChecking) => self.on_pin(outcome, now),
            (CardEvent::Proved(cryptogram), Scene::Proving) => {
                if let Some(Credential::Card(card)) = &mut self.sale.credential {
                    card.cryptogram = cryptogram;
                }
                self.commit(now);
            }
            (CardEvent::Failed(CardError::Pin(PinError::LastTry)), Scene::PinChecking) => {
                self.failed(&fault::PIN_LAST_TRY);
            }
            (CardEvent::Failed(error), Scene::Reading | Scene::Proving | Scene::PinChecking) => {
                self.failed(error.fault());
            }
            _ => {}
        }
    }

    /// The card did not do it. Nothing was sent; the same sale can go on with another try or another credential.
    fn failed(&mut self, fault: &'static yika_protocol::fault::Fault) {
        self.slot.release();
        self.sale.forget_credential();
        self.trouble(text::NOT_SETTLED, fault, Then::Present);
    }

    fn on_pin(&mut self, outcome: PinOutcome, now: Millis) {
        match outcome {
            PinOutcome::Verified => {
                self.sale.pin_verified = true;
                self.prepare(now);
            }
            PinOutcome::Wrong { tries_left } => self.ask_pin(true, tries_left),
            PinOutcome::Blocked => self.failed(&fault::PIN_BLOCKED),
        }
    }

    /// A key of the pad while the PIN is asked for.
    pub(super) fn on_pin_key(&mut self, key: PadKey, now: Millis) {
        self.dirty = true;
        self.touched = now;
        if let Scene::Pin { again, short, .. } = &mut self.scene {
            *again = false;
            *short = false;
        }
        match key {
            PadKey::Digit(digit) => {
                self.pin.push(digit);
            }
            PadKey::Back => self.pin.back(),
            PadKey::Cancel => self.cancel_sale(),
            PadKey::Enter if self.pin.count() == 0 && !self.pin_required() => self.skip_pin(now),
            PadKey::Enter => match self.pin.take() {
                Ok(pin) => {
                    self.slot.verify_pin(pin);
                    self.go(Scene::PinChecking);
                }
                Err(_) => {
                    if let Scene::Pin { short, .. } = &mut self.scene {
                        *short = true;
                    }
                }
            },
        }
    }

    /// Goes on without a PIN, where that is allowed.
    pub(super) fn skip_pin(&mut self, now: Millis) {
        if !self.pin_required() {
            self.pin.clear();
            self.prepare(now);
        }
    }

    pub(super) fn on_code(&mut self, code: Code, now: Millis) {
        match self.scene {
            Scene::Present | Scene::Trouble { then: Then::Present, .. } => {
                self.slot.release();
                self.credential(Credential::Voucher(code), now);
            }
            _ => {}
        }
    }

    pub(super) fn on_id(&mut self, event: IdEvent, now: Millis) {
        match (event, &self.scene) {
            (IdEvent::Found, Scene::Present) => self.go(Scene::ReadingId),
            (IdEvent::Read(card), Scene::Present | Scene::ReadingId) => {
                self.slot.release();
                self.credential(Credential::IdCard(card), now);
            }
            // A reader that is switched off is no reason to disturb: card and code still work.
            (IdEvent::Failed(fault), Scene::ReadingId) => {
                self.ids.stop();
                self.trouble(text::NOT_SETTLED, fault, Then::Present);
            }
            _ => {}
        }
    }
}
