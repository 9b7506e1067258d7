//! The engine of swipes: what is durable, what is sent, what an answer does.
//!
//! The application calls, in this order:
//!
//! | call | does |
//! |---|---|
//! | [`Swipes::open`] | recovers; a store that cannot be read is handed back with the reason |
//! | [`Swipes::provision`] | sets up a *new* device, on the operator's word only |
//! | [`Swipes::prepare`] | takes the next counter durably, mixes in the centre's challenge; the card answers [`Draft::challenge`] |
//! | [`Swipes::commit`] | the sealed bytes become durable; from here on `poll` gives them to send |
//! | [`Swipes::poll`] | what is to be sent now, or an event by time; call until `None` |
//! | [`Swipes::receive`] | a datagram of the centre |
//! | [`Swipes::give_up`] | the cashier cancels: the reversal is durable, then sent until acknowledged |
//! | [`Swipes::phase`], [`Swipes::open_reversals`] | what to show |
//! | [`Swipes::void`], [`Swipes::last_settled`], [`Swipes::receipt`], [`Swipes::find_order`] | void and reprint |
//! | [`Swipes::totals`], [`Swipes::last_day`], [`Swipes::ask_day`] | day end |
//! | [`Swipes::lost`], [`Swipes::ask_lost`], [`Swipes::resolve_lost`] | a record that is gone |
//! | [`Swipes::idle`] | while nothing else is to do: prepares one nonce |
//!
//! # What holds at every moment
//!
//! - A purchase is durable before its first byte leaves, a reversal before its first byte leaves, and an outcome
//!   before anybody is told.
//! - A purchase whose outcome is unknown when power comes back is not sent again: nobody knows whether the holder paid cash in
//!   the meantime. It is reversed, and that is acknowledged by the centre, now or in a week. Only a device that
//!   reset itself a moment ago ([`Start::Reset`](crate::hal::Start)), and only once, goes on with the identical bytes.
//! - Once reversing, always reversing. An answer *settled* that comes later is kept as evidence and never believed.
//! - A void moves money back, so it is repeated until answered and never reversed.
//! - An answer counts only out of a good seal, of the kind and counter that is waited for, with amounts that add up to what
//!   was asked. Everything else is counted and dropped.
//! - A conflict (`Y-5010`) is the word of a second writer, as one entry has the same bytes at every sending. It is durable as the entry's
//!   refusal; from then on nothing new begins, and that counter is not reversed: it is somebody else's purchase.
//! - Each counter has one entry in the ring. A missing one is a *lost record*: no more swipes until an operator has looked.

mod begin;
mod entry;
mod event;
mod flow;
mod journal;
mod pace;
mod recover;
mod totals;

pub use event::{
    DayComparison, DayTotals, Decline, Draft, Event, JournalLine, OrderNo, Output, Phase, Receipt, Recovery,
    Resolution, Standing, VoidReceipt,
};
pub use pace::{GIVE_UP_AFTER, UNSURE_AFTER};

use heapless::Vec;
use yika_protocol::{
    cbor::Writer,
    identity::Date,
    swipe::{Challenge, Counter, Datagram, Identity, Kind, PreparedNonces, StatusAnswer},
};

use crate::{
    entropy::Tested,
    hal::{Entropy, Media, Millis},
    store::{CRC, Cell, MAX_RING, PAYLOAD, Store, StoreError, Wear},
};
use entry::{Entry, State};
use pace::{Pace, VOID_SHOWN};

/// Most reversals that may wait for the centre.
pub const MAX_OPEN: usize = 8;
/// Most lost records that are told one by one.
pub const MAX_LOST: usize = 8;

/// The engine. See the [module](self).
#[derive(Debug)]
pub struct Swipes<M> {
    store: Store<M>,
    identity: Option<Identity>,
    // The highest counter ever taken; 0 before the first.
    taken: u64,
    // Entries up to here are in the folded totals.
    through: u64,
    // Of each ring place a digest of the order number, so that looking for one reads few blocks. 0: none.
    digests: [u16; MAX_RING as usize],
    drafted: Option<Counter>,
    current: Option<Current>,
    // Reversals and at most one void.
    open: Vec<Pending, { MAX_OPEN + 1 }>,
    lost: Vec<Counter, MAX_LOST>,
    // An entry in the ring conflicts with what the centre holds.
    doubled: bool,
    lost_answer: Option<(Counter, StatusAnswer)>,
    question: Option<Question>,
    challenge: Option<Challenge>,
    last_day: Option<Date>,
    nonces: Option<PreparedNonces<1>>,
    entropy: Tested,
    out: Datagram,
    out_holds: Option<(Kind, Counter)>,
    failed: Option<Told>,
    recovery: Recovery,
    counts: Counts,
}

/// What came in and was not believed, since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not for us, not waited for, or without a good seal.
    pub ignored: u32,
    /// Out of a good seal, but with amounts that do not add up.
    pub wrong: u32,
    /// *Settled* after the reversal began.
    pub late: u32,
}

#[derive(Debug)]
struct Current {
    counter: Counter,
    since: Millis,
    pace: Pace,
}

#[derive(Debug)]
struct Pending {
    counter: Counter,
    void: bool,
    since: Millis,
    pace: Pace,
}

#[derive(Debug)]
struct Question {
    counter: Counter,
    // A day, or else a lost record.
    day: Option<Date>,
    since: Millis,
    pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

impl<M: Media> Swipes<M> {
    /// Whether the device has a certificate, and which.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// What was found at start.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// What was not believed.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes and repairs of the store.
    pub fn wear(&self) -> Wear {
        self.store.wear()
    }

    /// The highest counter taken so far.
    pub fn last_counter(&self) -> Option<Counter> {
        Counter::new(self.taken)
    }

    /// The media, for tests and for setting up anew.
    pub fn into_media(self) -> M {
        self.store.into_media()
    }

    /// How far the swipe or void under way is.
    pub fn phase(&self, now: Millis) -> Phase {
        if self.failed.is_some() {
            return Phase::Failed;
        }
        if let Some(current) = &self.current {
            let counter = current.counter;
            return if now.since(current.since) < UNSURE_AFTER {
                Phase::Waiting { counter }
            } else {
                Phase::Unsure { counter }
            };
        }
        if let Some(void) =
            self.open.iter().find(|pending| pending.void && now.since(pending.since) < VOID_SHOWN)
        {
            return Phase::Voiding { counter: void.counter };
        }
        if self.question.is_some() { Phase::Asking } else { Phase::Idle }
    }

    /// Whether the centre holds other bytes under a counter that this device drew: a second device has its identity, or its
    /// store is an old copy. No swipe or void begins before it is enrolled under a new name; what is open goes on.
    pub fn is_doubled(&self) -> bool {
        self.doubled
    }

    /// How many reversals wait for the centre.
    pub fn open_reversals(&self) -> usize {
        self.open.iter().filter(|pending| !pending.void).count()
    }

    /// Whether a void waits for the centre, shown or behind.
    pub fn open_void(&self) -> Option<Counter> {
        self.open.iter().find(|pending| pending.void).map(|pending| pending.counter)
    }

    /// The moment at which [`Swipes::poll`] has something to do, if nothing comes in before.
    pub fn next_due(&self) -> Option<Millis> {
        let current = self.current.as_ref();
        let give_up = current.map(|current| current.since.plus(GIVE_UP_AFTER));
        let resend = current.map(|current| current.pace.next());
        let behind = self.open.iter().map(|pending| pending.pace.next()).filter(|_| current.is_none());
        let question =
            self.question.as_ref().map(|question| question.pace.next()).filter(|_| current.is_none());
        behind.chain(give_up).chain(resend).chain(question).min()
    }

    /// Settings of the application as they were kept; `None` when there are none or they are lost.
    pub fn settings<const N: usize>(&mut self) -> Option<Vec<u8, N>> {
        let bytes = self.store.load(Cell::Settings).ok()?;
        if bytes.is_empty() {
            return None;
        }
        Vec::from_slice(bytes).ok()
    }

    /// Keeps settings of the application, 1 to 488 bytes.
    pub fn set_settings(&mut self, bytes: &[u8]) -> Result<(), Decline> {
        self.store.put(Cell::Settings, bytes).map_err(|_| Decline::StoreFailed)
    }

    /// Becomes the terminal that a certificate names. A new name begins a new journal, so nothing may be open; a device whose keys
    /// are lost cannot close anything any more and gives up what is open. Returns how many entries were given up.
    #[inline(never)]
    pub fn enrol(&mut self, identity: Identity, now: Millis) -> Result<usize, Decline> {
        self.works()?;
        let open = self.open.len().saturating_add(usize::from(self.current.is_some()));
        if open > 0 && self.identity.is_some() {
            return Err(Decline::StillOpen);
        }
        self.store.put(Cell::Identity, &identity.encoded()).map_err(|error| self.fail(error))?;
        let owner = identity.terminal().0;
        self.identity = Some(identity);
        self.nonces = None;
        self.out_holds = None;
        self.recovery.identity_lost = false;
        if *self.store.owner() != owner {
            self.store.clear_journal(owner).map_err(|error| self.fail(error))?;
        }
        self.scan(crate::hal::Start::PowerOn, now).map_err(|error| self.fail(error))?;
        Ok(open)
    }

    /// While the device has nothing to do: takes noise, or prepares one nonce, which is one point multiplication.
    /// `true` when it prepared one.
    pub fn idle(&mut self, source: &mut impl Entropy) -> bool {
        let Some(identity) = &self.identity else { return false };
        if self.failed.is_some() || self.current.is_some() {
            return false;
        }
        match &mut self.nonces {
            Some(nonces) => nonces.prepare(),
            None => {
                let Some(seed) = self.entropy.poll(source) else { return false };
                // Durable before the first nonce exists. If it cannot be, swipes go on without prepared nonces.
                if let Ok(boot) = yika_protocol::swipe::CommittedBoot::commit(&mut self.store) {
                    self.nonces = identity.prepared_nonces(boot, seed);
                }
                false
            }
        }
    }

    /// Whether the noise source failed its health test.
    pub fn entropy_failed(&self) -> bool {
        self.entropy.failed()
    }

    /// How many nonces are prepared.
    pub fn prepared(&self) -> usize {
        self.nonces.as_ref().map_or(0, PreparedNonces::len)
    }

    fn works(&self) -> Result<(), Decline> {
        if self.failed.is_some() { Err(Decline::StoreFailed) } else { Ok(()) }
    }

    fn fail(&mut self, _: StoreError) -> Decline {
        if self.failed.is_none() {
            self.failed = Some(Told::No);
        }
        Decline::StoreFailed
    }

    fn place(&self, counter: u64) -> u16 {
        let ring = u64::from(self.store.ring()).max(1);
        u16::try_from(counter.checked_rem(ring).unwrap_or(0)).unwrap_or(0)
    }

    // The entry of this counter, if its place still holds it.
    fn entry(&mut self, counter: Counter) -> Result<Option<Entry>, StoreError> {
        let cell = Cell::Entry(self.place(counter.get()));
        let bytes = self.store.load(cell)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let entry = Entry::decode(bytes).map_err(|_| StoreError::Record(cell))?;
        Ok((entry.counter == counter).then_some(entry))
    }

    fn put_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let mut buffer = [0; PAYLOAD];
        let mut writer = Writer::new(&mut buffer);
        entry.encode(&mut writer).map_err(|_| StoreError::TooLong)?;
        let place = self.place(entry.counter.get());
        self.store.put(Cell::Entry(place), writer.written())?;
        self.note(entry);
        Ok(())
    }

    // What RAM remembers of an entry that is durable.
    fn note(&mut self, entry: &Entry) {
        let place = usize::from(self.place(entry.counter.get()));
        if let Some(digest) = self.digests.get_mut(place) {
            *digest = digest_of(&entry.order_no);
        }
        self.doubled |= entry.conflicts();
        if totals::moves_money(entry) {
            self.last_day = self.last_day.max(entry.day);
        }
    }
}

// 16 bits of a checksum, never 0 for an order number.
fn digest_of(order_no: &str) -> u16 {
    if order_no.is_empty() {
        return 0;
    }
    let [a, b, ..] = CRC.checksum(order_no.as_bytes()).to_be_bytes();
    u16::from_be_bytes([a, b]).max(1)
}

impl From<&Entry> for Standing {
    fn from(entry: &Entry) -> Self {
        match entry.state {
            State::Drafted => Self::Dropped,
            State::Open => Self::Open,
            State::Reversing => Self::Reversing,
            State::Reversed(_) => Self::Reversed,
            State::Refused(fault) => Self::Refused(fault),
            State::Settled => Self::Settled,
            State::Voiding => Self::Voiding,
            State::Voided => Self::Voided,
            State::VoidRefused(fault) => Self::VoidRefused(fault),
            State::WrittenOff => Self::WrittenOff,
        }
    }
}
