//! A sale from its beginning to the datagram.

use heapless::String;
use yika_protocol::fault::Fault;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Credential, Draw};

use crate::hal::{Board, Media, Millis};
use crate::swipes::{Decline, OrderNo};
use crate::text;
use crate::text::number::{decimal, hex};
use crate::till::{Ended, Last};

use super::scene::{Page, Scene, Then, Trouble};
use super::settings::PinRule;
use super::{App, Engine, IdCards, Sale};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    /// Whether a sale of this amount may begin; if not, the screen says why.
    pub(super) fn may_begin(&self, amount: Fen, now: Millis) -> Result<(), &'static Fault> {
        let Engine::Ready(swipes) = &self.engine else { return Err(Decline::StoreFailed.fault()) };
        swipes.can_begin(amount, now).map_err(Decline::fault)
    }

    /// A sale typed in here. Its number is this terminal's, never used before: the number of the start is durable.
    #[inline(never)]
    pub(super) fn begin_typed(&mut self, amount: Fen, now: Millis) {
        if let Err(fault) = self.may_begin(amount, now) {
            self.trouble(text::NOT_SETTLED, fault, Then::Home);
            return;
        }
        self.orders = self.orders.saturating_add(1);
        let mut order_no: OrderNo = String::new();
        let [.., a, b, c, d] = self.terminal().map_or([0; 8], |terminal| terminal.0);
        let boot = self.swipes().map_or(0, |swipes| swipes.recovery().boot);
        for part in [&hex(&[a, b, c, d]), &decimal(u64::from(boot), 6), &decimal(u64::from(self.orders), 4)] {
            if !order_no.is_empty() {
                let _ = order_no.push('-');
            }
            let _ = order_no.push_str(text::number::ascii(part));
        }
        // The amount alone: what it may draw on is the account.
        self.sale = Sale { order_no, amount, ..Sale::default() };
        self.present();
    }

    /// A sale of the till.
    pub(super) fn begin_from_till(&mut self, sale: Sale) {
        self.sale = sale;
        self.present();
    }

    /// Waits for a credential.
    #[inline(never)]
    pub(super) fn present(&mut self) {
        self.sale.forget_credential();
        self.unseen = false;
        self.advice = None;
        self.pin.clear();
        self.scanner.reset();
        self.ids.start();
        self.go(Scene::Present);
        // A card that was left in from before has to be meant: it is read at once only if it was put in for this sale.
        if self.slot.present() {
            self.read_card();
        }
    }

    pub(super) fn read_card(&mut self) {
        self.ids.stop();
        self.slot.read();
        self.go(Scene::Reading);
    }

    /// Something was shown.
    pub(super) fn credential(&mut self, credential: Credential, now: Millis) {
        self.ids.stop();
        let card = matches!(credential, Credential::Card(_));
        self.sale.credential = Some(credential);
        if card && (self.pin_required() || self.settings.pin == PinRule::Optional) {
            self.ask_pin(false, None);
        } else {
            self.prepare(now);
        }
    }

    /// Whether the holder cannot go on without a PIN.
    pub(super) fn pin_required(&self) -> bool {
        self.sale.pin_wanted || self.settings.pin == PinRule::Always
    }

    pub(super) fn ask_pin(&mut self, wrong: bool, left: Option<u8>) {
        self.pin.clear();
        self.go(Scene::Pin { wrong, left, again: false, short: false });
    }

    /// Takes the counter; then the card answers, or the swipe leaves at once.
    #[inline(never)]
    pub(super) fn prepare(&mut self, now: Millis) {
        let Engine::Ready(swipes) = &mut self.engine else { return };
        let Some(mut request) = self.sale.request() else { return };
        let prepared = swipes.prepare(&mut request, now);
        let challenge = request.centre_challenge;
        match prepared {
            Err(decline) => self.declined(decline),
            Ok(draft) => {
                if matches!(self.sale.credential, Some(Credential::Card(_))) {
                    self.slot.prove(draft.challenge());
                    self.go(Scene::Proving);
                }
                self.sale.challenge = challenge;
                self.sale.draft = Some(draft);
                if !matches!(self.sale.credential, Some(Credential::Card(_))) {
                    self.commit(now);
                }
            }
        }
    }

    /// Everything is there: durable, then on its way.
    #[inline(never)]
    pub(super) fn commit(&mut self, now: Millis) {
        let Engine::Ready(swipes) = &mut self.engine else { return };
        let Some(draft) = self.sale.draft.take() else { return };
        let Some(request) = self.sale.request() else { return };
        match swipes.commit(draft, &request, now) {
            Ok(counter) => {
                self.sale.counter = Some(counter);
                self.slot.release();
                self.go(Scene::Sending { since: now });
            }
            Err(decline) => self.declined(decline),
        }
    }

    /// The engine declines. Nothing was sent and nothing moved.
    #[inline(never)]
    pub(super) fn declined(&mut self, decline: Decline) {
        self.slot.release();
        self.ids.stop();
        if let Decline::AlreadySettled(counter) = decline {
            let receipt = match &mut self.engine {
                Engine::Ready(swipes) => swipes.receipt(counter),
                _ => None,
            };
            if let Some(receipt) = receipt {
                self.sale_ended(Some(counter), Ended::Settled(receipt.clone()));
                self.go(Scene::Settled { receipt, page: Page::Money, repeated: true });
                return;
            }
        }
        let fault = decline.fault();
        self.sale_ended(None, Ended::Refused(fault.number));
        match decline {
            Decline::StoreFailed => self.go(Scene::Stopped { trouble: Trouble::from(fault), skipped: 0 }),
            Decline::RecordLost => match self.first_lost() {
                Some(counter) => self.go(Scene::Lost(counter)),
                None => self.trouble(text::NOT_SETTLED, fault, Then::Home),
            },
            Decline::TooManyOpen => self.trouble(text::PAUSED, fault, Then::Home),
            Decline::NotEnrolled => self.trouble(text::NOT_DONE, fault, Then::Home),
            _ => self.trouble(text::NOT_SETTLED, fault, Then::Home),
        }
    }

    /// Given up before anything was sent.
    pub(super) fn cancel_sale(&mut self) {
        self.slot.release();
        self.ids.stop();
        self.pin.clear();
        self.sale_ended(None, Ended::Cancelled);
        self.home();
    }

    /// Tells the till, if the sale was the till's, and forgets everything about the sale.
    #[inline(never)]
    pub(super) fn sale_ended(&mut self, counter: Option<yika_protocol::swipe::Counter>, ended: Ended) {
        if self.sale.from_till {
            self.till.end(Last { order_no: self.sale.order_no.clone(), counter, ended });
        }
        self.sale = Sale::default();
    }

    /// A sale as the till described it.
    #[inline(never)]
    pub(super) fn described(sale: &yika_protocol::link::Sale<'_>) -> Option<Sale> {
        let mut taken = Sale {
            order_no: OrderNo::try_from(sale.order_no).ok()?,
            amount: sale.amount,
            everything: sale.draw == Draw::Everything,
            pin_wanted: sale.pin == yika_protocol::link::PinWish::Wanted,
            from_till: true,
            ..Sale::default()
        };
        taken.set_lines(&sale.lines).then_some(taken)
    }
}
