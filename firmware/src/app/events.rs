//! What the engine tells: how money moved, or did not.

use yika_protocol::fault::{centre, device};
use yika_protocol::swipe::Counter;

use crate::hal::{Board, Media, Millis};
use crate::slip::{self, Slip, Sums};
use crate::swipes::{DayTotals, Decline, Event, Receipt, VoidReceipt};
use crate::text;
use crate::text::number::digits_of;
use crate::till::Ended;

use super::scene::{Page, Scene, Then, Trouble};
use super::{App, Engine, IdCards};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    pub(super) fn on_event(&mut self, event: Event, now: Millis) {
        self.dirty = true;
        match event {
            Event::Settled(receipt) => self.on_settled(receipt),
            Event::Refused { counter, fault } => self.on_refused(counter, fault),
            Event::Reversing { counter } => self.go(Scene::Cancelled { counter, done: false }),
            Event::Reversed { counter, .. } => self.on_reversed(counter),
            Event::ReversedElsewhere { counter } => {
                if self.sale.counter == Some(counter) {
                    self.sale_ended(Some(counter), Ended::Undone);
                }
                self.note(text::NOTICE, text::CLONED, Then::Home);
            }
            // Kept by the engine as evidence; the cashier was told that it does not count, and so it is.
            Event::LateAnswer { .. } => {}
            Event::Voided(receipt) => self.on_voided(receipt),
            Event::VoidRefused { fault, .. } if fault == centre::ID_CONFLICT.number => {
                self.trouble(text::VOID_REFUSED, Decline::Doubled.fault(), Then::Home);
            }
            Event::VoidRefused { fault, .. } => self.trouble(text::VOID_REFUSED, fault, Then::Home),
            Event::Day(comparison) => match self.scene {
                Scene::Comparing => self.go(Scene::Compared(comparison, 0)),
                Scene::LostAsking { counter, silent: true } => self.go(Scene::LostVoid(counter)),
                _ => {}
            },
            Event::Lost { counter, answer } => {
                if matches!(self.scene, Scene::LostAsking { .. }) {
                    self.go(Scene::LostHeld { counter, answer });
                }
            }
            Event::NoAnswer => self.on_silence(now),
            Event::Advice(hint) => self.advice = Some(hint),
            Event::StoreFailed => {
                self.go(Scene::Stopped { trouble: Trouble::from(&device::STORE_FAILED), skipped: 0 });
            }
        }
    }

    #[inline(never)]
    fn on_settled(&mut self, receipt: Receipt) {
        let slip = self.sale_slip(&receipt, false);
        self.print(Slip::Sale(slip));
        if self.sale.counter == Some(receipt.counter) {
            self.sale_ended(Some(receipt.counter), Ended::Settled(receipt.clone()));
        }
        self.go(Scene::Settled { receipt, page: Page::Money, repeated: false });
    }

    fn on_refused(&mut self, counter: Counter, fault: u16) {
        if fault == centre::ID_CONFLICT.number {
            // A sale that is on its way already has an answer of its own to come.
            if self.sale.counter.is_none_or(|sent| sent == counter) {
                self.declined(Decline::Doubled);
            }
            return;
        }
        if self.sale.counter != Some(counter) {
            self.trouble(text::NOT_SETTLED, fault, Then::Home);
            return;
        }
        // The same sale can go on: with a PIN, or with the fresh challenge that came with the answer. The till is told only
        // when the cashier leaves it at that.
        let again = fault == centre::PIN_REQUIRED.number || fault == centre::LIMIT_NO_CHALLENGE.number;
        if again {
            self.sale.pin_wanted |= fault == centre::PIN_REQUIRED.number;
            self.sale.forget_credential();
            self.trouble(text::NOT_SETTLED, fault, Then::Present);
            return;
        }
        self.sale_ended(Some(counter), Ended::Refused(fault));
        self.trouble(text::NOT_SETTLED, fault, Then::Home);
    }

    fn on_reversed(&mut self, reversed: Counter) {
        if self.sale.counter == Some(reversed) {
            self.sale_ended(Some(reversed), Ended::Undone);
        }
        if let Scene::Cancelled { counter, done } = &mut self.scene
            && *counter == reversed
        {
            *done = true;
        }
    }

    /// Nothing came to a question. Of a void that it holds the centre says nothing, so before a lost record is taken for one the
    /// centre must have answered something else.
    fn on_silence(&mut self, now: Millis) {
        match self.scene {
            Scene::LostAsking { counter, silent: false } => {
                // Where there was a void there was a settled purchase, and so a day.
                let asked = self.swipes_mut().and_then(|swipes| swipes.ask_day(swipes.last_day()?, now).ok());
                match asked {
                    Some(()) => self.go(Scene::LostAsking { counter, silent: true }),
                    None => self.note(text::NO_REPLY, text::NO_REPLY_BODY, Then::Home),
                }
            }
            Scene::Comparing | Scene::LostAsking { .. } => {
                self.note(text::NO_REPLY, text::NO_REPLY_BODY, Then::Home);
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn on_voided(&mut self, receipt: VoidReceipt) {
        let amount =
            self.swipes_mut().and_then(|swipes| swipes.line(receipt.original)).map(|line| line.amount);
        let back = &receipt.voided;
        let slip = slip::Void {
            reprint: false,
            order_no: receipt.order_no.clone(),
            setl_id: receipt.setl_id.clone(),
            day: digits_of(receipt.business_day),
            counter: receipt.counter.get(),
            amount: amount.unwrap_or_default(),
            account: back.acct_back,
            fund: back.fund_back,
            cash: back.cash_back,
            balance: back.balance,
        };
        self.print(Slip::Void(slip));
        self.go(Scene::Voided(receipt));
    }

    /// The slip of a purchase.
    #[inline(never)]
    pub(super) fn sale_slip(&self, receipt: &Receipt, reprint: bool) -> slip::Sale {
        let money = &receipt.settled;
        slip::Sale {
            reprint,
            voided: receipt.voided,
            order_no: receipt.order_no.clone(),
            setl_id: money.setl_id.clone(),
            day: digits_of(receipt.business_day),
            counter: receipt.counter.get(),
            shown: if self.sale.counter == Some(receipt.counter) { self.sale.shown() } else { None },
            name: money.slip_name.clone(),
            amount: money.amount,
            account: money.acct_pay,
            fund: money.fund_pay,
            cash: money.cash,
            balance: money.balance,
            evidence: receipt.evidence,
        }
    }

    /// The totals of the last day money moved on, when there is one.
    #[inline(never)]
    pub(super) fn last_totals(&mut self) -> Option<DayTotals> {
        let Engine::Ready(swipes) = &mut self.engine else { return None };
        let day = swipes.last_day()?;
        swipes.totals(day).ok()
    }
}

/// As the slip prints them.
pub(super) fn sums(totals: &DayTotals) -> Sums {
    Sums {
        count: totals.count,
        voids: totals.voids,
        account: totals.acct,
        fund: totals.fund,
        cash: totals.cash,
    }
}
