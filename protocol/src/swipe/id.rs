//! Who sends which message: terminal, counter, kind, version.

use core::fmt;

use super::{CURRENT_VERSION, MIN_VERSION};
use crate::cbor::{DecodeError, Full, Map, Writer};

/// Counters that share one key epoch.
pub const COUNTERS_PER_EPOCH: u64 = 4096;

/// Eight random bytes that a centre hands out: what it asks the next card to answer for. See
/// [`SwipeRequest::centre_challenge`](super::SwipeRequest::centre_challenge).
pub type Challenge = [u8; 8];

/// A terminal, named by the centre at enrolment with eight random bytes; a new enrolment gives a new name. Shown as 16
/// hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalId(pub [u8; 8]);

/// A centre. Shown as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CentreId(pub [u8; 8]);

/// Number of a message that moves money: 48 bits, never used twice by one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter(u64);

impl Counter {
    /// The first of a terminal.
    pub const FIRST: Counter = Counter(1);
    /// The last there is.
    pub const LAST: Counter = Counter((1 << 48) - 1);

    /// `None` for 0, which no message has, and beyond 48 bits.
    pub const fn new(number: u64) -> Option<Self> {
        if number >= Self::FIRST.0 && number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The number behind this one; `None` at the end.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0.saturating_add(1))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The block of counters whose messages share their keys.
    pub const fn epoch(self) -> u64 {
        self.0 / COUNTERS_PER_EPOCH
    }
}

/// What both sides call one swipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SwipeId {
    /// The terminal.
    pub terminal: TerminalId,
    /// Its counter.
    pub counter: Counter,
}

/// What a message is. Odd numbers go to the centre, the next even number is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A purchase.
    Swipe = 1,
    /// What became of it.
    SwipeAnswer = 2,
    /// The purchase with this counter shall not count.
    Reversal = 3,
    /// It does not.
    ReversalAnswer = 4,
    /// What became of the purchase with this counter?
    Status = 5,
    /// The stored answer, or *unseen*.
    StatusAnswer = 6,
    /// A settled purchase shall be taken back.
    Void = 7,
    /// What became of that.
    VoidAnswer = 8,
    /// What does the centre's ledger hold for a business day?
    Day = 9,
    /// Count and sums.
    DayAnswer = 10,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 10] = [
        Kind::Swipe,
        Kind::SwipeAnswer,
        Kind::Reversal,
        Kind::ReversalAnswer,
        Kind::Status,
        Kind::StatusAnswer,
        Kind::Void,
        Kind::VoidAnswer,
        Kind::Day,
        Kind::DayAnswer,
    ];

    /// From its number on the wire.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The number on the wire.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether a terminal sends it.
    pub const fn is_request(self) -> bool {
        self.number() % 2 == 1
    }

    /// The answer that belongs to a request; `None` for an answer.
    pub const fn answer(self) -> Option<Kind> {
        match self {
            Kind::Swipe => Some(Kind::SwipeAnswer),
            Kind::Reversal => Some(Kind::ReversalAnswer),
            Kind::Status => Some(Kind::StatusAnswer),
            Kind::Void => Some(Kind::VoidAnswer),
            Kind::Day => Some(Kind::DayAnswer),
            _ => None,
        }
    }
}

/// The open part of every message. It is associated data of the seal and part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Version of the message, [`MIN_VERSION`] to [`CURRENT_VERSION`].
    pub version: u8,
    /// What it is.
    pub kind: Kind,
    /// The terminal that sends it or is to get it.
    pub terminal: TerminalId,
    /// The counter: of the swipe, of the void, or for [`Kind::Day`] the last one used.
    pub counter: Counter,
}

impl Header {
    /// Most bytes of [`Header::encoded`].
    pub const MAX_LEN: usize = 36;

    /// The header of this terminal's message in the current version.
    pub const fn new(kind: Kind, terminal: TerminalId, counter: Counter) -> Self {
        Self { version: CURRENT_VERSION, kind, terminal, counter }
    }

    /// The header of the answer to this request: same version, terminal and counter. `None` for an answer.
    pub fn answer(self) -> Option<Header> {
        Some(Header { kind: self.kind.answer()?, ..self })
    }

    /// Which swipe it is about.
    pub const fn swipe_id(self) -> SwipeId {
        SwipeId { terminal: self.terminal, counter: self.counter }
    }

    /// The deterministic encoding of the map `{0: version, 1: kind, 2: terminal, 3: epoch, 4: counter}`: part of
    /// the associated data, of what is signed, of the card challenge and of the evidence.
    pub fn encoded(&self) -> heapless::Vec<u8, { Header::MAX_LEN }> {
        let mut buffer = [0; Header::MAX_LEN];
        let mut writer = Writer::new(&mut buffer);
        // 1 + 2 + 2 + 10 + 10 + 10 bytes at most, so it always fits.
        let _ = writer.map(5).and_then(|()| self.write_fields(&mut writer));
        heapless::Vec::from_slice(writer.written()).unwrap_or_default()
    }

    pub(super) fn write_fields(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.uint(0)?;
        writer.uint(u64::from(self.version))?;
        writer.uint(1)?;
        writer.uint(u64::from(self.kind.number()))?;
        writer.uint(2)?;
        writer.bytes(&self.terminal.0)?;
        writer.uint(3)?;
        writer.uint(self.counter.epoch())?;
        writer.uint(4)?;
        writer.uint(self.counter.get())
    }

    pub(super) fn read_fields(map: &mut Map<'_, '_>) -> Result<Self, HeaderError> {
        let version: u8 = map.required(0)?.number()?;
        if !(MIN_VERSION..=CURRENT_VERSION).contains(&version) {
            return Err(HeaderError::Version(version));
        }
        let kind = Kind::from_number(map.required(1)?.number()?).ok_or(DecodeError::Range)?;
        let terminal = TerminalId(map.required(2)?.array_of()?);
        let epoch = map.required(3)?.uint()?;
        let counter = Counter::new(map.required(4)?.uint()?).ok_or(DecodeError::Range)?;
        if counter.epoch() != epoch {
            return Err(DecodeError::Range.into());
        }
        Ok(Self { version, kind, terminal, counter })
    }
}

pub(super) enum HeaderError {
    Version(u8),
    Junk,
}

impl From<DecodeError> for HeaderError {
    fn from(_: DecodeError) -> Self {
        Self::Junk
    }
}

macro_rules! shown_as_hex {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
    };
}

shown_as_hex!(TerminalId);
shown_as_hex!(CentreId);
