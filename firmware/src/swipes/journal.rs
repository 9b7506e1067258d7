//! Looking back: receipts, orders, days, lost records.

use heapless::Vec;
use yika_protocol::{
    identity::Date,
    money::Fen,
    swipe::{Answer, Counter, Outcome, Settled, StatusAnswer},
};

use super::{
    DayTotals, Decline, JournalLine, MAX_LOST, MAX_OPEN, Pace, Question, Receipt, Resolution, Standing,
    Swipes, digest_of,
    entry::{Entry, State},
    flow,
    totals::Folded,
};
use crate::{
    hal::{Media, Millis},
    store::{self, Cell, StoreError},
};

impl<M: Media> Swipes<M> {
    /// The slip of a settled purchase that is still in the journal. When the centre's stored answer is gone, name,
    /// balance and evidence are missing from it.
    #[inline(never)]
    pub fn receipt(&mut self, counter: Counter) -> Option<Receipt> {
        let entry = self.entry(counter).ok().flatten().filter(|entry| entry.state == State::Settled)?;
        let voided = self.is_voided(counter).ok()?;
        let place = self.place(counter.get());
        // What is to be sent next is fetched again: one more datagram on the stack would be dearer.
        self.out_holds = None;
        let found =
            self.store.load_sealed(place, store::Kind::Answer, counter.get(), &mut self.out).ok().flatten();
        let opened = found.and_then(|()| self.identity.as_ref()?.open(&self.out).ok());
        let kept = opened.as_ref().and_then(|opened| match &opened.answer {
            Answer::Swipe(answer) if opened.header.counter == counter => match &answer.outcome {
                Outcome::Settled(settled) => Some(flow::receipt(&entry, answer, settled, opened, true)),
                _ => None,
            },
            _ => None,
        });
        let receipt = kept.or_else(|| bare(&entry))?;
        Some(Receipt { voided, ..receipt })
    }

    /// The slip of the newest settled purchase in the journal.
    pub fn last_settled(&mut self) -> Option<Receipt> {
        let counter = self.newest(|entry| entry.state == State::Settled)?;
        self.receipt(counter)
    }

    /// How the newest swipe of this order stands.
    pub fn find_order(&mut self, order_no: &str) -> Option<JournalLine> {
        let entry = self.find_entry(order_no, |entry| entry.original.is_none()).ok().flatten()?;
        Some(line(&entry))
    }

    /// One line of the journal, while it is in the ring.
    pub fn line(&mut self, counter: Counter) -> Option<JournalLine> {
        self.entry(counter).ok().flatten().map(|entry| line(&entry))
    }

    /// The newest business day that money moved on.
    pub fn last_day(&self) -> Option<Date> {
        self.last_day
    }

    /// What this device holds of a business day.
    pub fn totals(&mut self, day: Date) -> Result<DayTotals, Decline> {
        self.sums(day).map_err(|_| Decline::StoreFailed)
    }

    /// Asks the centre what its ledger holds of a day; the answer is [`Event::Day`](super::Event::Day).
    pub fn ask_day(&mut self, day: Date, now: Millis) -> Result<(), Decline> {
        // Before the first swipe there is nothing to compare.
        let counter = Counter::new(self.taken).ok_or(Decline::NothingToVoid)?;
        self.ask(counter, Some(day), now)
    }

    /// Records that are gone. While there are any, no swipe begins.
    pub fn lost(&self) -> &[Counter] {
        &self.lost
    }

    /// Asks the centre what it holds for a lost record; the answer is [`Event::Lost`](super::Event::Lost).
    pub fn ask_lost(&mut self, counter: Counter, now: Millis) -> Result<(), Decline> {
        if !self.lost.contains(&counter) {
            return Err(Decline::NothingToVoid);
        }
        self.ask(counter, None, now)
    }

    /// The operator decides about a lost record. To keep or reverse it, the centre must have said first what it
    /// holds; it says nothing about a void, which can only be written off and shows in the comparison of the day.
    /// Beyond [`MAX_LOST`] records the next ones are told after another start.
    pub fn resolve_lost(
        &mut self,
        counter: Counter,
        decision: Resolution,
        now: Millis,
    ) -> Result<(), Decline> {
        self.works()?;
        if !self.lost.contains(&counter) {
            return Err(Decline::NothingToVoid);
        }
        match decision {
            Resolution::Keep => match self.told(counter) {
                Some(StatusAnswer::Answered(answer)) => self.adopt(counter, &answer)?,
                // It may still arrive, or nobody asked: there is nothing to keep.
                _ => return Err(Decline::RecordLost),
            },
            Resolution::Reverse => {
                // Only what the centre would acknowledge, which it never does for a void.
                if self.told(counter).is_none() {
                    return Err(Decline::RecordLost);
                }
                if self.open_reversals() >= MAX_OPEN {
                    return Err(Decline::TooManyOpen);
                }
                self.write_entry(&Entry::new(State::Reversing, counter))?;
                self.pend(counter, false, now);
            }
            Resolution::WriteOff => self.write_entry(&Entry::new(State::WrittenOff, counter))?,
        }
        self.lost_answer = None;
        self.lost.retain(|lost| *lost != counter);
        self.recovery.lost = self.recovery.lost.saturating_sub(1);
        Ok(())
    }

    fn told(&self, counter: Counter) -> Option<StatusAnswer> {
        self.lost_answer.as_ref().filter(|(asked, _)| *asked == counter).map(|(_, answer)| answer.clone())
    }

    fn write_entry(&mut self, entry: &Entry) -> Result<(), Decline> {
        self.put_entry(entry).map_err(|error| self.fail(error))
    }

    fn ask(&mut self, counter: Counter, day: Option<Date>, now: Millis) -> Result<(), Decline> {
        self.works()?;
        if self.identity.is_none() {
            return Err(Decline::NotEnrolled);
        }
        if self.current.is_some() {
            return Err(Decline::Busy);
        }
        self.question = Some(Question { counter, day, since: now, pace: Pace::patient(now) });
        Ok(())
    }

    pub(super) fn sums(&mut self, day: Date) -> Result<DayTotals, StoreError> {
        let folded = match self.store.load(Cell::Totals).map(Folded::decode) {
            Ok(Ok(folded)) => folded,
            Ok(Err(_)) => return Err(StoreError::Record(Cell::Totals)),
            Err(error) => return Err(error),
        };
        let mut totals = folded.of(day);
        for number in folded.through.saturating_add(1)..=self.taken {
            let Some(counter) = Counter::new(number) else { break };
            match self.entry(counter) {
                Ok(Some(entry)) if entry.day == Some(day) => totals.add(&entry),
                Ok(_) | Err(StoreError::Record(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(totals)
    }

    pub(super) fn is_voided(&mut self, original: Counter) -> Result<bool, StoreError> {
        // A void is younger than its purchase.
        for number in original.get().saturating_add(1)..=self.taken {
            let Some(counter) = Counter::new(number) else { break };
            // A void carries its purchase's order number, so only equal digests are read.
            if self.digest(original.get()) != self.digest(number) {
                continue;
            }
            if let Some(entry) = self.entry(counter)?
                && entry.original == Some(original)
                && matches!(entry.state, State::Voiding | State::Voided)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn find_entry(
        &mut self,
        order_no: &str,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Option<Entry>, StoreError> {
        let digest = digest_of(order_no);
        let ring = u64::from(self.store.ring());
        let oldest = self.taken.saturating_sub(ring).saturating_add(1);
        for number in (oldest..=self.taken).rev() {
            let Some(counter) = Counter::new(number) else { break };
            if self.digest(number) != digest {
                continue;
            }
            match self.entry(counter) {
                Ok(Some(entry)) if entry.order_no == order_no && wanted(&entry) => return Ok(Some(entry)),
                Ok(_) | Err(StoreError::Record(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn newest(&mut self, wanted: impl Fn(&Entry) -> bool) -> Option<Counter> {
        let ring = u64::from(self.store.ring());
        let oldest = self.taken.saturating_sub(ring).saturating_add(1);
        (oldest..=self.taken).rev().find_map(|number| {
            let entry = self.entry(Counter::new(number)?).ok().flatten()?;
            wanted(&entry).then_some(entry.counter)
        })
    }

    fn digest(&self, counter: u64) -> u16 {
        self.digests.get(usize::from(self.place(counter))).copied().unwrap_or(0)
    }
}

fn line(entry: &Entry) -> JournalLine {
    JournalLine {
        counter: entry.counter,
        standing: Standing::from(entry),
        order_no: entry.order_no.clone(),
        amount: entry.amount,
        late_answer: entry.late,
    }
}

// What the entry alone can tell.
fn bare(entry: &Entry) -> Option<Receipt> {
    Some(Receipt {
        counter: entry.counter,
        order_no: entry.order_no.clone(),
        business_day: entry.day?,
        settled: Settled {
            setl_id: entry.setl_id.clone(),
            amount: entry.amount,
            acct_pay: entry.acct,
            fund_pay: entry.fund,
            cash: entry.cash,
            balance: Fen::ZERO,
            slip_name: Vec::new(),
        },
        evidence: None,
        voided: false,
    })
}

const _: () = assert!(MAX_LOST <= MAX_OPEN);
