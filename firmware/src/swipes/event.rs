//! What the engine tells the application.

use heapless::String;
use yika_protocol::{
    fault::{Fault, device},
    identity::Date,
    money::Fen,
    swipe::{
        Counter, DayAnswer, Header, HintKind, MAX_ORDER_NO, ReversalOutcome, Settled, StatusAnswer, Voided,
    },
};

/// An order number of the till or of the device itself.
pub type OrderNo = String<MAX_ORDER_NO>;

/// What `Swipes::poll` has for the application.
#[derive(Debug)]
pub enum Output<'a> {
    /// Send these bytes to the centre.
    Send(&'a [u8]),
    /// Something came to an end by time.
    Event(Event),
}

/// Something the application shows or prints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // No heap; and the receipt is the usual case.
pub enum Event {
    /// The swipe is settled, and that is durable: print the slip.
    Settled(Receipt),
    /// The centre refused; no money moved and none will. `Y-nnnn` of a coded fault.
    Refused {
        /// Which swipe.
        counter: Counter,
        /// Number of the fault.
        fault: u16,
    },
    /// No answer in time, or the cashier gave up: the reversal is durable and is sent until the centre acknowledges.
    /// The swipe does not count and never will; swipe again or take cash.
    Reversing {
        /// Which swipe.
        counter: Counter,
    },
    /// The centre acknowledged a reversal.
    Reversed {
        /// Which swipe.
        counter: Counter,
        /// What the centre found.
        outcome: ReversalOutcome,
    },
    /// The centre says that the swipe under way was reversed, though not by this device: a second device has the same
    /// identity. It does not count; investigate.
    ReversedElsewhere {
        /// Which swipe.
        counter: Counter,
    },
    /// An answer *settled* came after the reversal began. Kept as evidence, never believed.
    LateAnswer {
        /// Which swipe.
        counter: Counter,
    },
    /// The void is done.
    Voided(VoidReceipt),
    /// The centre refused the void: the purchase still counts.
    VoidRefused {
        /// The void.
        counter: Counter,
        /// The purchase.
        original: Counter,
        /// Number of the fault.
        fault: u16,
    },
    /// The centre's ledger of a day beside our own.
    Day(DayComparison),
    /// What the centre holds for a lost record.
    Lost {
        /// Which swipe.
        counter: Counter,
        /// What the centre holds.
        answer: StatusAnswer,
    },
    /// No answer to a question about a day or a lost record; ask again later.
    NoAnswer,
    /// The centre, or somebody in its place, gave an unsealed hint. Advice to show; nothing changed.
    Advice(HintKind),
    /// The store can no longer be written. Nothing is sent any more; restart the device. What became of a swipe
    /// under way is decided at the restart: do not charge again.
    StoreFailed,
}

/// A settled purchase, for screen and slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which swipe.
    pub counter: Counter,
    /// The till's number of the sale.
    pub order_no: OrderNo,
    /// The centre's business day.
    pub business_day: Date,
    /// Settlement id, split, balance, masked name.
    pub settled: Settled,
    /// Short digest of the centre's evidence, as printed; `None` when the stored answer is gone.
    pub evidence: Option<[u8; 8]>,
    /// Whether it was voided since.
    pub voided: bool,
}

/// A void that was done, for screen and slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidReceipt {
    /// The void.
    pub counter: Counter,
    /// The purchase.
    pub original: Counter,
    /// The purchase's order number.
    pub order_no: OrderNo,
    /// The purchase's settlement id.
    pub setl_id: String<30>,
    /// The day that the void belongs to.
    pub business_day: Date,
    /// What went back.
    pub voided: Voided,
}

/// Count and sums of one business day. Sums are net: purchases of the day minus voids of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTotals {
    /// The day.
    pub day: Date,
    /// Purchases settled on it.
    pub count: u32,
    /// Voids on it.
    pub voids: u32,
    /// Net from personal accounts.
    pub acct: Fen,
    /// Net from funds.
    pub fund: Fen,
    /// Net cash part.
    pub cash: Fen,
}

/// Our totals beside those of the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayComparison {
    /// What this device holds.
    pub ours: DayTotals,
    /// What the centre's ledger holds.
    pub theirs: DayTotals,
}

impl DayComparison {
    /// Whether both books are equal.
    pub fn equal(&self) -> bool {
        self.ours == self.theirs
    }
}

impl From<&DayAnswer> for DayTotals {
    fn from(answer: &DayAnswer) -> Self {
        Self {
            day: answer.day,
            count: answer.count,
            voids: answer.voids,
            acct: answer.acct,
            fund: answer.fund,
            cash: answer.cash,
        }
    }
}

/// A purchase that took its counter and waits for the card's answer. Dropping it is always safe: nothing was sent.
#[derive(Debug)]
pub struct Draft {
    pub(super) header: Header,
    pub(super) challenge: [u8; 16],
}

impl Draft {
    /// What the card has to answer for: the two 8-byte halves of INTERNAL AUTHENTICATE.
    pub fn challenge(&self) -> &[u8; 16] {
        &self.challenge
    }

    /// The swipe's counter.
    pub fn counter(&self) -> Counter {
        self.header.counter
    }
}

/// How far the swipe or void under way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is under way. Reversals may be.
    Idle,
    /// The purchase is sent and sent again; "wait, do not charge again". Less than ten seconds so far.
    Waiting {
        /// Which swipe.
        counter: Counter,
    },
    /// Ten seconds and no answer: the cashier may cancel, and after thirty the device does.
    Unsure {
        /// Which swipe.
        counter: Counter,
    },
    /// A void is repeated until answered.
    Voiding {
        /// The void.
        counter: Counter,
    },
    /// A question about a day or a lost record is under way.
    Asking,
    /// The store failed: only a restart helps.
    Failed,
}

/// Why the engine declines. Nothing changed and nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// The device has no certificate.
    NotEnrolled,
    /// Eight reversals wait for the centre.
    TooManyOpen,
    /// A swipe, void or question is under way.
    Busy,
    /// This order is settled already: reprint or void that one.
    AlreadySettled(Counter),
    /// Amount, order number or lines are not valid.
    BadSale,
    /// Above the limit of the certificate.
    OverLimit,
    /// The basket does not fit one datagram.
    TooBig,
    /// What is to be sent is not what the card answered for.
    Changed,
    /// There is no such settled purchase.
    NothingToVoid,
    /// The journal's oldest entry is still open and its place is needed.
    OldEntryOpen,
    /// A record is lost; it must be looked into first.
    RecordLost,
    /// The counter is at its end.
    CounterUsedUp,
    /// Something is open that only the present key can finish.
    StillOpen,
    /// The identity is used elsewhere, or the store is an old copy.
    Doubled,
    /// The store failed.
    StoreFailed,
}

impl Decline {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::NotEnrolled => &device::NOT_ENROLLED,
            Self::TooManyOpen => &device::TOO_MANY_OPEN,
            Self::Busy => &device::SWIPE_RUNNING,
            Self::AlreadySettled(_) => &device::ORDER_SETTLED,
            Self::BadSale => &device::BAD_SALE,
            Self::OverLimit => &device::OVER_LIMIT,
            Self::TooBig => &device::BASKET_TOO_BIG,
            Self::Changed => &device::REQUEST_CHANGED,
            Self::NothingToVoid => &device::NOTHING_TO_VOID,
            Self::OldEntryOpen => &device::OLD_ENTRY_OPEN,
            Self::RecordLost => &device::RECORD_LOST,
            Self::CounterUsedUp => &device::COUNTER_USED_UP,
            Self::StillOpen => &device::STILL_OPEN,
            Self::Doubled => &device::IDENTITY_DOUBLED,
            Self::StoreFailed => &device::STORE_FAILED,
        }
    }
}

/// What the operator decides about a lost record, after the centre said what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The purchase counts as the centre holds it. Only after the centre answered.
    Keep,
    /// The purchase shall not count: it is reversed like any other. Only after the centre answered.
    Reverse,
    /// Looked into elsewhere; this device does nothing more about it.
    WriteOff,
}

/// How one counter stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Taken, nothing sent.
    Dropped,
    /// Under way.
    Open,
    /// Settled; [`Receipt::voided`] tells whether it was taken back since.
    Settled,
    /// Refused with this fault number.
    Refused(u16),
    /// It does not count; the centre has not acknowledged yet.
    Reversing,
    /// It does not count.
    Reversed,
    /// A void, under way.
    Voiding,
    /// A void, done.
    Voided,
    /// A void, refused with this fault number.
    VoidRefused(u16),
    /// A lost record that was written off.
    WrittenOff,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLine {
    /// Which swipe or void.
    pub counter: Counter,
    /// How it stands.
    pub standing: Standing,
    /// The till's number of the sale.
    pub order_no: OrderNo,
    /// What was asked for, or taken back.
    pub amount: Fen,
    /// An answer *settled* came after the reversal began.
    pub late_answer: bool,
}

/// What was found at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// This start's number.
    pub boot: u32,
    /// A swipe that was under way and goes on with its identical bytes: the device only reset itself.
    pub resumed: Option<Counter>,
    /// A swipe that was under way when power went: it is being reversed now.
    pub reversing: Option<Counter>,
    /// Blocks whose twin was damaged and was written anew.
    pub repaired: u32,
    /// Journal entries that are gone; see `lost()`.
    pub lost: u32,
    /// Keys and certificate are gone: enrol again.
    pub identity_lost: bool,
    /// Folded day totals are gone: totals of earlier days may be short.
    pub totals_lost: bool,
    /// The newest entry is a settled swipe, which perhaps no screen has shown: offer a reprint.
    pub last_settled: Option<Counter>,
}
