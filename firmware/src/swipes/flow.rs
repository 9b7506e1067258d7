//! Sending, and what an answer does.

use yika_protocol::{
    money::Fen,
    swipe::{
        Answer, Counter, DayAnswer, Kind, OpenError, Opened, Outcome, ReversalAnswer, Settled, StatusAnswer,
        SwipeAnswer, VoidAnswer, VoidOutcome,
    },
};

use super::{
    DayComparison, DayTotals, Decline, Event, Output, Receipt, Swipes, Told, VoidReceipt,
    entry::{Entry, State, Undone, is_conflict},
    pace::{GIVE_UP_AFTER, QUESTION_FOR},
};
use crate::{
    hal::{Media, Millis},
    store::{self, StoreError},
};

impl<M: Media> Swipes<M> {
    /// What is to be sent now, or an event by time. Call until `None`.
    pub fn poll(&mut self, now: Millis) -> Option<Output<'_>> {
        match self.failed {
            Some(Told::No) => {
                self.failed = Some(Told::Yes);
                return Some(Output::Event(Event::StoreFailed));
            }
            Some(Told::Yes) => return None,
            None => {}
        }
        if let Some(current) = &mut self.current {
            let (counter, since) = (current.counter, current.since);
            if now.since(since) >= GIVE_UP_AFTER {
                return Some(Output::Event(self.reverse(counter, now)));
            }
            if !current.pace.is_due(now) {
                return None;
            }
            current.pace.sent(now);
            return match self.fetch_request(counter) {
                // Rotten bytes cannot be sent again; the reversal needs none.
                Err(_) | Ok(false) => Some(Output::Event(self.reverse(counter, now))),
                Ok(true) => Some(Output::Send(&self.out)),
            };
        }
        self.poll_behind(now)
    }

    /// The cashier cancels the swipe under way: the reversal becomes durable and is sent until the centre acknowledges.
    pub fn give_up(&mut self, now: Millis) -> Option<Event> {
        let counter = self.current.as_ref()?.counter;
        Some(self.reverse(counter, now))
    }

    /// Takes a datagram of the centre. `None`: nothing that changes anything.
    #[inline(never)]
    pub fn receive(&mut self, datagram: &[u8], now: Millis) -> Option<Event> {
        if self.failed.is_some() {
            return None;
        }
        let opened = match self.identity.as_ref()?.open(datagram) {
            Ok(opened) => opened,
            Err(OpenError::Hint(hint)) => return Some(Event::Advice(hint.kind)),
            Err(_) => {
                self.ignore();
                return None;
            }
        };
        let counter = opened.header.counter;
        let next = opened.answer.next_challenge();
        let event = match &opened.answer {
            Answer::Swipe(answer) => self.swipe_answered(counter, answer, &opened, datagram),
            Answer::Reversal(answer) => self.reversal_answered(counter, answer),
            Answer::Status(answer) => self.status_answered(counter, answer),
            Answer::Void(answer) => self.void_answered(counter, answer),
            Answer::Day(answer) => self.day_answered(counter, answer),
        };
        let _ = now;
        match event {
            Ok(Some(event)) => {
                // Only an answer that was waited for brings a challenge; a late one may be long out of date.
                if !matches!(event, Event::LateAnswer { .. }) {
                    self.challenge = next.or(self.challenge);
                }
                Some(event)
            }
            Ok(None) => {
                self.ignore();
                None
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    // The purchase's own bytes into `out`.
    fn fetch_request(&mut self, counter: Counter) -> Result<bool, StoreError> {
        if self.out_holds == Some((Kind::Swipe, counter)) {
            return Ok(true);
        }
        self.out_holds = None;
        let place = self.place(counter.get());
        let found = self.store.load_sealed(place, store::Kind::Request, counter.get(), &mut self.out)?;
        if found.is_some() {
            self.out_holds = Some((Kind::Swipe, counter));
        }
        Ok(found.is_some())
    }

    // Nothing in the foreground: the question first, then the reversal or void that waited longest.
    #[inline(never)]
    fn poll_behind(&mut self, now: Millis) -> Option<Output<'_>> {
        if let Some(question) = &mut self.question {
            if now.since(question.since) >= QUESTION_FOR {
                self.question = None;
                return Some(Output::Event(Event::NoAnswer));
            }
            if question.pace.is_due(now) {
                question.pace.sent(now);
                let (counter, day) = (question.counter, question.day);
                let identity = self.identity.as_ref()?;
                let sealed = match day {
                    Some(day) => identity.seal_day(counter, day),
                    None => identity.seal_status(counter),
                };
                self.out_holds = None;
                self.out = sealed.ok()?;
                return Some(Output::Send(&self.out));
            }
        }
        let due = self.open.iter_mut().filter(|pending| pending.pace.is_due(now));
        let pending = due.min_by_key(|pending| pending.pace.next())?;
        pending.pace.sent(now);
        let (counter, void) = (pending.counter, pending.void);
        let kind = if void { Kind::Void } else { Kind::Reversal };
        if self.out_holds != Some((kind, counter)) {
            self.out_holds = None;
            let sealed = if void {
                let entry = self.entry(counter).ok().flatten()?;
                self.identity.as_ref()?.seal_void(counter, entry.original?, &entry.setl_id)
            } else {
                self.identity.as_ref()?.seal_reversal(counter)
            };
            self.out = sealed.ok()?;
            self.out_holds = Some((kind, counter));
        }
        Some(Output::Send(&self.out))
    }

    #[inline(never)]
    fn reverse(&mut self, counter: Counter, now: Millis) -> Event {
        let done = match self.entry(counter) {
            Ok(Some(mut entry)) => {
                entry.state = State::Reversing;
                self.put_entry(&entry)
            }
            Ok(None) => Err(StoreError::Failed),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {
                self.current = None;
                self.pend(counter, false, now);
                Event::Reversing { counter }
            }
            Err(error) => {
                self.fail(error);
                self.failed = Some(Told::Yes);
                Event::StoreFailed
            }
        }
    }

    fn swipe_answered(
        &mut self,
        counter: Counter,
        answer: &SwipeAnswer,
        opened: &Opened,
        datagram: &[u8],
    ) -> Result<Option<Event>, StoreError> {
        let ours = self.current.as_ref().is_some_and(|current| current.counter == counter);
        if !ours {
            return self.late(counter, answer, datagram);
        }
        let Some(mut entry) = self.entry(counter)? else { return Ok(None) };
        match &answer.outcome {
            Outcome::Settled(settled) => {
                if !adds_up(settled, entry.amount) {
                    self.counts.wrong = self.counts.wrong.saturating_add(1);
                    return Ok(None);
                }
                fill(&mut entry, answer, settled);
                self.put_entry(&entry)?;
                self.current = None;
                // Evidence only: without it the books are the same.
                let place = self.place(counter.get());
                let kept = self.store.put_sealed(place, store::Kind::Answer, counter.get(), datagram).is_ok();
                Ok(Some(Event::Settled(receipt(&entry, answer, settled, opened, kept))))
            }
            Outcome::Refused(fault) => {
                entry.state = State::Refused(*fault);
                entry.challenge = Some(answer.next_challenge);
                self.put_entry(&entry)?;
                self.current = None;
                Ok(Some(Event::Refused { counter, fault: *fault }))
            }
            Outcome::Reversed => {
                entry.state = State::Reversed(Undone::Elsewhere);
                entry.challenge = Some(answer.next_challenge);
                self.put_entry(&entry)?;
                self.current = None;
                Ok(Some(Event::ReversedElsewhere { counter }))
            }
        }
    }

    // An answer to a purchase that is being reversed: kept once when it says settled, never believed. A conflict ends the reversal,
    // as it would undo what somebody else bought.
    fn late(
        &mut self,
        counter: Counter,
        answer: &SwipeAnswer,
        datagram: &[u8],
    ) -> Result<Option<Event>, StoreError> {
        let conflict = match &answer.outcome {
            Outcome::Settled(_) => None,
            Outcome::Refused(fault) if is_conflict(*fault) => Some(*fault),
            _ => return Ok(None),
        };
        if !self.is_pending(counter, false) {
            return Ok(None);
        }
        let Some(mut entry) = self.entry(counter)?.filter(|entry| !entry.late) else { return Ok(None) };
        if let Some(fault) = conflict {
            entry.state = State::Refused(fault);
            self.put_entry(&entry)?;
            self.open.retain(|pending| pending.counter != counter);
            return Ok(Some(Event::Refused { counter, fault }));
        }
        entry.late = true;
        self.put_entry(&entry)?;
        let place = self.place(counter.get());
        let _ = self.store.put_sealed(place, store::Kind::Answer, counter.get(), datagram);
        self.counts.late = self.counts.late.saturating_add(1);
        Ok(Some(Event::LateAnswer { counter }))
    }

    fn reversal_answered(
        &mut self,
        counter: Counter,
        answer: &ReversalAnswer,
    ) -> Result<Option<Event>, StoreError> {
        if !self.is_pending(counter, false) {
            return Ok(None);
        }
        let Some(mut entry) = self.entry(counter)? else { return Ok(None) };
        entry.state = State::Reversed(Undone::Acknowledged(answer.outcome));
        entry.challenge = Some(answer.next_challenge);
        self.put_entry(&entry)?;
        self.open.retain(|pending| pending.counter != counter);
        Ok(Some(Event::Reversed { counter, outcome: answer.outcome }))
    }

    fn void_answered(&mut self, counter: Counter, answer: &VoidAnswer) -> Result<Option<Event>, StoreError> {
        if !self.is_pending(counter, true) {
            return Ok(None);
        }
        let Some(mut entry) = self.entry(counter)? else { return Ok(None) };
        let Some(original) = entry.original else { return Ok(None) };
        entry.challenge = Some(answer.next_challenge);
        let event = match &answer.outcome {
            VoidOutcome::Voided(voided) => {
                if !is_split(&[voided.acct_back, voided.fund_back, voided.cash_back], entry.amount) {
                    self.counts.wrong = self.counts.wrong.saturating_add(1);
                    return Ok(None);
                }
                entry.state = State::Voided;
                entry.day = Some(answer.business_day);
                entry.acct = voided.acct_back;
                entry.fund = voided.fund_back;
                entry.cash = voided.cash_back;
                Event::Voided(VoidReceipt {
                    counter,
                    original,
                    order_no: entry.order_no.clone(),
                    setl_id: entry.setl_id.clone(),
                    business_day: answer.business_day,
                    voided: *voided,
                })
            }
            VoidOutcome::Refused(fault) => {
                entry.state = State::VoidRefused(*fault);
                Event::VoidRefused { counter, original, fault: *fault }
            }
        };
        self.put_entry(&entry)?;
        self.open.retain(|pending| pending.counter != counter);
        Ok(Some(event))
    }

    fn status_answered(
        &mut self,
        counter: Counter,
        answer: &StatusAnswer,
    ) -> Result<Option<Event>, StoreError> {
        let asked = self
            .question
            .as_ref()
            .is_some_and(|question| question.counter == counter && question.day.is_none());
        if !asked {
            return Ok(None);
        }
        self.question = None;
        self.lost_answer = Some((counter, answer.clone()));
        Ok(Some(Event::Lost { counter, answer: answer.clone() }))
    }

    fn day_answered(&mut self, counter: Counter, answer: &DayAnswer) -> Result<Option<Event>, StoreError> {
        let asked = self
            .question
            .as_ref()
            .is_some_and(|question| question.counter == counter && question.day == Some(answer.day));
        if !asked {
            return Ok(None);
        }
        let ours = self.sums(answer.day)?;
        self.question = None;
        Ok(Some(Event::Day(DayComparison { ours, theirs: DayTotals::from(answer) })))
    }

    fn is_pending(&self, counter: Counter, void: bool) -> bool {
        self.open.iter().any(|pending| pending.counter == counter && pending.void == void)
    }

    fn ignore(&mut self) {
        self.counts.ignored = self.counts.ignored.saturating_add(1);
    }

    // A lost record becomes what the centre holds.
    pub(super) fn adopt(&mut self, counter: Counter, answer: &SwipeAnswer) -> Result<(), Decline> {
        let mut entry = Entry::new(State::Drafted, counter);
        entry.boot = self.store.boot();
        match &answer.outcome {
            Outcome::Settled(settled) => {
                entry.amount = settled.amount;
                fill(&mut entry, answer, settled);
            }
            Outcome::Refused(fault) => entry.state = State::Refused(*fault),
            Outcome::Reversed => entry.state = State::Reversed(Undone::Elsewhere),
        }
        self.put_entry(&entry).map_err(|error| self.fail(error))
    }
}

fn fill(entry: &mut Entry, answer: &SwipeAnswer, settled: &Settled) {
    entry.state = State::Settled;
    entry.day = Some(answer.business_day);
    entry.setl_id = settled.setl_id.clone();
    entry.acct = settled.acct_pay;
    entry.fund = settled.fund_pay;
    entry.cash = settled.cash;
    entry.challenge = Some(answer.next_challenge);
}

/// Account, funds and cash make up what was asked for, and none is below zero.
fn adds_up(settled: &Settled, asked: Fen) -> bool {
    settled.amount == asked && is_split(&[settled.acct_pay, settled.fund_pay, settled.cash], asked)
}

fn is_split(parts: &[Fen], whole: Fen) -> bool {
    parts.iter().all(|part| *part >= Fen::ZERO) && Fen::checked_sum(parts.iter().copied()) == Some(whole)
}

pub(super) fn receipt(
    entry: &Entry,
    answer: &SwipeAnswer,
    settled: &Settled,
    opened: &Opened,
    kept: bool,
) -> Receipt {
    let proven = kept && opened.evidence.is_some();
    Receipt {
        counter: entry.counter,
        order_no: entry.order_no.clone(),
        business_day: answer.business_day,
        settled: settled.clone(),
        evidence: opened.leaf.first_chunk().copied().filter(|_| proven),
        voided: false,
    }
}
