//! Beginning a purchase or a void: the counter first, then the bytes, then the line.

use yika_protocol::{
    cbor::Writer,
    money::Fen,
    swipe::{BuildError, Counter, Header, Kind, SwipeRequest, card_challenge},
};

use super::{
    Current, Decline, Draft, MAX_OPEN, OrderNo, Pace, Swipes,
    entry::{Entry, State},
    totals::Folded,
};
use crate::{
    hal::{Media, Millis},
    store::{self, Cell, PAYLOAD, StoreError},
};

/// The largest amount that a row of the screen shows whole, sixteen characters. No more is taken, whatever the certificate allows.
const MOST_SHOWN: Fen = Fen(999_999_999_999_999);

impl<M: Media> Swipes<M> {
    /// Takes the next counter durably and mixes the centre's challenge into the request. The card then answers for
    /// [`Draft::challenge`]; for other credentials go straight on to [`Swipes::commit`]. The card's
    /// cryptogram may be anything yet.
    #[inline(never)]
    pub fn prepare(&mut self, request: &mut SwipeRequest<'_>, now: Millis) -> Result<Draft, Decline> {
        self.can_begin(request.amount, now)?;
        if let Some(counter) = self.settled_before(request.order_no)? {
            return Err(Decline::AlreadySettled(counter));
        }
        let counter = self.next_counter()?;
        request.centre_challenge = self.challenge;
        let header = self.identity.as_ref().ok_or(Decline::NotEnrolled)?.swipe_header(counter);
        let challenge = card_challenge(&header, request).map_err(declined)?;
        self.take(counter)?;
        let mut entry = Entry::new(State::Drafted, counter);
        entry.boot = self.store.boot();
        self.put_entry(&entry).map_err(|error| self.fail(error))?;
        self.drafted = Some(counter);
        Ok(Draft { header, challenge })
    }

    /// Seals the purchase and makes it durable; [`Swipes::poll`] then sends it. `request` must be the one that was
    /// prepared, now with the card's cryptogram.
    #[inline(never)]
    pub fn commit(
        &mut self,
        draft: Draft,
        request: &SwipeRequest<'_>,
        now: Millis,
    ) -> Result<Counter, Decline> {
        self.ready(now)?;
        let Header { counter, .. } = draft.header;
        // The card answered for exactly this, or it is not sent.
        if self.drafted != Some(counter) || card_challenge(&draft.header, request) != Ok(draft.challenge) {
            return Err(Decline::Changed);
        }
        let nonce = self.nonces.as_mut().and_then(|nonces| nonces.take());
        let identity = self.identity.as_ref().ok_or(Decline::NotEnrolled)?;
        self.out_holds = None;
        identity.seal_swipe_into(counter, request, nonce, &mut self.out).map_err(declined)?;
        self.drafted = None;
        let mut entry = Entry::new(State::Open, counter);
        entry.order_no = OrderNo::try_from(request.order_no).map_err(|_| Decline::BadSale)?;
        entry.amount = request.amount;
        entry.boot = self.store.boot();
        let place = self.place(counter.get());
        self.store
            .put_sealed(place, store::Kind::Request, counter.get(), &self.out)
            .and_then(|()| self.put_entry(&entry))
            .map_err(|error| self.fail(error))?;
        self.out_holds = Some((Kind::Swipe, counter));
        // It may have been used for this one; the answer brings the next.
        self.challenge = None;
        self.question = None;
        self.current = Some(Current { counter, since: now, pace: Pace::purchase(now) });
        Ok(counter)
    }

    /// Takes back a settled purchase. Durable at once, then repeated until the centre answers; it cannot be cancelled.
    #[inline(never)]
    pub fn void(&mut self, original: Counter, now: Millis) -> Result<Counter, Decline> {
        self.ready(now)?;
        if self.open_void().is_some() {
            return Err(Decline::Busy);
        }
        let purchase = match self.entry(original) {
            Ok(Some(entry)) if entry.state == State::Settled => entry,
            Ok(_) | Err(StoreError::Record(_)) => return Err(Decline::NothingToVoid),
            Err(error) => return Err(self.fail(error)),
        };
        if self.is_voided(original).map_err(|error| self.fail(error))? {
            return Err(Decline::NothingToVoid);
        }
        let counter = self.next_counter()?;
        self.take(counter)?;
        let mut entry = Entry::new(State::Voiding, counter);
        entry.boot = self.store.boot();
        entry.original = Some(original);
        entry.amount = purchase.amount;
        entry.order_no = purchase.order_no;
        entry.setl_id = purchase.setl_id;
        self.put_entry(&entry).map_err(|error| self.fail(error))?;
        self.pend(counter, true, now);
        Ok(counter)
    }

    /// Whether a purchase of this amount could begin now; of nothing, when it is not known yet.
    pub fn can_begin(&self, amount: Fen, now: Millis) -> Result<(), Decline> {
        let limit = self.ready(now)?;
        if self.open_reversals() >= MAX_OPEN {
            return Err(Decline::TooManyOpen);
        }
        if amount > limit.min(MOST_SHOWN) { Err(Decline::OverLimit) } else { Ok(()) }
    }

    // The most one purchase may come to.
    fn ready(&self, now: Millis) -> Result<Fen, Decline> {
        self.works()?;
        let identity = self.identity.as_ref().ok_or(Decline::NotEnrolled)?;
        if self.doubled {
            return Err(Decline::Doubled);
        }
        if self.recovery.lost > 0 {
            return Err(Decline::RecordLost);
        }
        if self.current.is_some() || matches!(self.phase(now), super::Phase::Voiding { .. }) {
            return Err(Decline::Busy);
        }
        Ok(identity.certificate().limits.per_swipe)
    }

    fn next_counter(&self) -> Result<Counter, Decline> {
        Counter::new(self.taken.saturating_add(1)).ok_or(Decline::CounterUsedUp)
    }

    // Makes room for the entry of this counter. One place ahead, so that a damaged newest entry never hides an
    // older one that is not in the sums yet.
    fn take(&mut self, counter: Counter) -> Result<(), Decline> {
        let ring = u64::from(self.store.ring());
        let needed = counter.get().saturating_add(1).saturating_sub(ring);
        if self.through < needed {
            self.fold(needed)?;
        }
        self.taken = counter.get();
        Ok(())
    }

    // A batch at a time, so that the place of the sums is not worn with every swipe.
    fn fold(&mut self, needed: u64) -> Result<(), Decline> {
        let mut folded = match self.store.load(Cell::Totals).map(Folded::decode) {
            Ok(Ok(folded)) => folded,
            Ok(Err(_)) => return Err(self.fail(StoreError::Record(Cell::Totals))),
            Err(error) => return Err(self.fail(error)),
        };
        let batch = u64::from(self.store.ring() / 8);
        let until = needed.saturating_add(batch).min(self.taken);
        for number in folded.through.saturating_add(1)..=until {
            let Some(counter) = Counter::new(number) else { break };
            match self.entry(counter).map_err(|error| self.fail(error))? {
                Some(entry) if !entry.is_open() => folded.fold(&entry),
                Some(_) if number <= needed => return Err(Decline::OldEntryOpen),
                Some(_) => break,
                // Not in the ring any more or never written: looked at when it was found lost.
                None => folded.through = number,
            }
        }
        self.put_totals(&folded).map_err(|error| self.fail(error))?;
        self.through = folded.through;
        Ok(())
    }

    pub(super) fn put_totals(&mut self, folded: &Folded) -> Result<(), StoreError> {
        let mut buffer = [0; PAYLOAD];
        let mut writer = Writer::new(&mut buffer);
        folded.encode(&mut writer).map_err(|_| StoreError::TooLong)?;
        self.store.put(Cell::Totals, writer.written())
    }

    fn settled_before(&mut self, order_no: &str) -> Result<Option<Counter>, Decline> {
        let found = self.find_entry(order_no, |entry| entry.state == State::Settled);
        let Some(entry) = found.map_err(|error| self.fail(error))? else { return Ok(None) };
        let voided = self.is_voided(entry.counter).map_err(|error| self.fail(error))?;
        Ok((!voided).then_some(entry.counter))
    }
}

fn declined(error: BuildError) -> Decline {
    match error {
        BuildError::TooLarge => Decline::TooBig,
        _ => Decline::BadSale,
    }
}
