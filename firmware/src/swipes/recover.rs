//! Starting up: what the store holds, and what that means now.

use heapless::Vec;
use yika_protocol::swipe::{Counter, Datagram, Identity};
use zeroize::Zeroize;

use super::{
    Counts, Current, Pace, Pending, Recovery, Swipes,
    entry::{Entry, State},
    totals::Folded,
};
use crate::{
    entropy::Tested,
    hal::{Media, Millis, Start},
    store::{Cell, MAX_RING, NotOpened, Store, StoreError},
};

impl<M: Media> Swipes<M> {
    /// Sets up a new device. Only on an operator's word: it forgets everything.
    pub fn provision(media: M) -> Result<Self, NotOpened<M>> {
        let store = Store::provision(media)?;
        Ok(Self::over(store))
    }

    /// Opens the store and decides about everything that was under way.
    pub fn open(media: M, start: Start, now: Millis) -> Result<Self, NotOpened<M>> {
        let mut swipes = Self::found(media)?;
        match swipes.recover(start, now) {
            Ok(()) => Ok(swipes),
            Err(error) => Err(swipes.lost_by(error)),
        }
    }

    /// The first half of [`Swipes::open`], for a device that has little stack: opens the store. The engine is to be put into
    /// its place and does nothing before [`Swipes::recover`].
    #[inline(never)]
    pub fn found(media: M) -> Result<Self, NotOpened<M>> {
        Ok(Self::over(Store::open(media)?))
    }

    /// Hands the media back.
    pub fn lost_by(self, error: StoreError) -> NotOpened<M> {
        NotOpened { media: self.into_media(), error }
    }

    fn over(store: Store<M>) -> Self {
        Self {
            identity: None,
            taken: 0,
            through: 0,
            digests: [0; MAX_RING as usize],
            drafted: None,
            current: None,
            open: Vec::new(),
            lost: Vec::new(),
            doubled: false,
            lost_answer: None,
            question: None,
            challenge: None,
            last_day: None,
            nonces: None,
            entropy: Tested::new(),
            out: Datagram::new(),
            out_holds: None,
            failed: None,
            recovery: Recovery { boot: store.boot(), repaired: store.wear().repaired, ..Recovery::default() },
            counts: Counts::default(),
            store,
        }
    }

    /// The second half of [`Swipes::open`]: decides about everything that was under way. After an error the engine is of no
    /// use, see [`Swipes::lost_by`].
    #[inline(never)]
    pub fn recover(&mut self, start: Start, now: Millis) -> Result<(), StoreError> {
        self.load_identity()?;
        // A cut between new keys and the new journal: nothing was open, so the old journal goes.
        if let Some(owner) = self.identity.as_ref().map(|identity| identity.terminal().0)
            && owner != *self.store.owner()
        {
            self.store.clear_journal(owner)?;
        }
        self.scan(start, now)
    }

    fn load_identity(&mut self) -> Result<(), StoreError> {
        let mut bytes: Vec<u8, { Identity::MAX_LEN }> = Vec::new();
        let loaded = self.store.load_long(Cell::Identity, &mut bytes);
        match loaded {
            Ok(()) if bytes.is_empty() => {}
            Ok(()) => match Identity::decode(&bytes) {
                Ok(identity) => self.identity = Some(identity),
                Err(_) => self.recovery.identity_lost = true,
            },
            Err(StoreError::Record(_) | StoreError::TooLong) => self.recovery.identity_lost = true,
            Err(error) => return Err(error),
        }
        bytes.zeroize();
        Ok(())
    }

    /// Reads the whole journal, and decides.
    pub(super) fn scan(&mut self, start: Start, now: Millis) -> Result<(), StoreError> {
        self.taken = 0;
        self.digests = [0; MAX_RING as usize];
        self.open.clear();
        self.lost.clear();
        self.recovery.lost = 0;
        self.doubled = false;
        self.challenge = None;
        self.last_day = None;
        self.current = None;
        self.drafted = None;
        let ring = self.store.ring();
        // Which lap round the ring each place is in; nothing when it holds no entry.
        let mut laps = [None; MAX_RING as usize];
        let mut newest = None;
        for (place, lap) in (0..ring).zip(&mut laps) {
            let Some(entry) = self.at(place)? else { continue };
            let number = entry.counter.get();
            *lap = Some(lap_of(number, ring));
            self.taken = self.taken.max(number);
            // A draft that was dropped used no challenge up.
            if entry.state != State::Drafted && newest.as_ref().is_none_or(|(newest, _, _)| number > *newest)
            {
                newest = Some((number, entry.challenge, entry.state == State::Settled));
            }
            self.meet(entry, start, now)?;
        }
        self.skip_lost_newest()?;
        self.load_totals()?;
        let oldest = self.taken.saturating_sub(u64::from(ring)).saturating_add(1);
        for number in oldest..=self.taken {
            let Some(counter) = Counter::new(number) else { break };
            let lap = laps.get(usize::from(self.place(number))).copied().flatten();
            if lap == Some(lap_of(number, ring)) {
                continue;
            }
            newest = newest.filter(|(newest, _, _)| *newest > number);
            self.recovery.lost = self.recovery.lost.saturating_add(1);
            if !self.lost.is_full() {
                let _ = self.lost.push(counter);
            }
        }
        if let Some((number, challenge, settled)) = newest {
            self.challenge = challenge;
            self.recovery.last_settled = Counter::new(number).filter(|_| settled);
        }
        Ok(())
    }

    fn at(&mut self, place: u16) -> Result<Option<Entry>, StoreError> {
        match self.store.load(Cell::Entry(place)) {
            Ok([]) | Err(StoreError::Record(_)) => Ok(None),
            Ok(bytes) => Ok(Entry::decode(bytes).ok()),
            Err(error) => Err(error),
        }
    }

    // A lost record behind the newest that is known may have been a newer one: its counter is not used again.
    fn skip_lost_newest(&mut self) -> Result<(), StoreError> {
        let known = self.taken;
        for step in 1..u64::from(self.store.ring()) {
            let number = known.saturating_add(step);
            let place = self.place(number);
            if !self.is_lost(place)? {
                break;
            }
            self.taken = number;
        }
        // Places that were never used and that no counter can have reached: only made whole again.
        for place in 0..self.store.ring() {
            let reached =
                u64::from(place) <= self.taken && place != 0 || self.taken >= u64::from(self.store.ring());
            if !reached && self.store.is_lost(Cell::Entry(place))? {
                self.store.put(Cell::Entry(place), &[])?;
            }
        }
        Ok(())
    }

    fn is_lost(&mut self, place: u16) -> Result<bool, StoreError> {
        match self.store.load(Cell::Entry(place)) {
            Ok([]) => Ok(false),
            Ok(bytes) => Ok(Entry::decode(bytes).is_err()),
            Err(StoreError::Record(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn load_totals(&mut self) -> Result<(), StoreError> {
        match self.store.load(Cell::Totals).map(Folded::decode) {
            Ok(Ok(folded)) => {
                self.through = folded.through;
                self.recovery.totals_lost = folded.damaged;
                self.last_day = self.last_day.max(folded.days.iter().map(|day| day.day).max());
                return Ok(());
            }
            Ok(Err(_)) | Err(StoreError::Record(_)) => {}
            Err(error) => return Err(error),
        }
        // What is still in the ring counts; what left it is gone from the sums, and that stays known.
        let ring = u64::from(self.store.ring());
        let folded = Folded { through: self.taken.saturating_sub(ring), damaged: true, ..Folded::default() };
        self.put_totals(&folded)?;
        self.recovery.totals_lost = true;
        Ok(())
    }

    fn meet(&mut self, mut entry: Entry, start: Start, now: Millis) -> Result<(), StoreError> {
        self.note(&entry);
        let counter = entry.counter;
        match entry.state {
            State::Open => {
                let again = start == Start::Reset && entry.boot.checked_add(1) == Some(self.store.boot());
                if again && self.current.is_none() {
                    self.current = Some(Current { counter, since: now, pace: Pace::purchase(now) });
                    self.recovery.resumed = Some(counter);
                } else {
                    entry.state = State::Reversing;
                    self.put_entry(&entry)?;
                    self.pend(counter, false, now);
                    self.recovery.reversing = Some(counter);
                }
            }
            State::Reversing => self.pend(counter, false, now),
            State::Voiding => self.pend(counter, true, now),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn pend(&mut self, counter: Counter, void: bool, now: Millis) {
        // Never full: at most eight reversals and one void are let in.
        let _ = self.open.push(Pending { counter, void, since: now, pace: Pace::patient(now) });
    }
}

// Two entries at one place differ by whole laps; 16 bits are enough to tell neighbours apart.
fn lap_of(counter: u64, ring: u16) -> u16 {
    let lap = counter.checked_div(u64::from(ring)).unwrap_or(0);
    (lap & 0xFFFF) as u16
}
