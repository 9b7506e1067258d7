//! The seam between a card and whatever reads it.
//!
//! A reader supplies power and carries bytes; everything else is the card's. The trait is what a test, the
//! fault decorators and the client of the virtual reader all speak, so that each can stand on any other.

use std::fmt;
use std::time::Duration;

/// A smart card as its reader sees it.
///
/// One APDU in, one answer out; short APDUs of ISO 7816-4 (at most 261 bytes in, 258 out). An implementation
/// must take arbitrary bytes without panicking: real cards are sent nonsense too.
pub trait Card: Send {
    /// The answer to reset (ISO 7816-3; for a contactless card the form PC/SC makes up for it), `None` from a
    /// card that stays mute. Asking changes nothing, and needs no power.
    fn atr(&self) -> Option<Vec<u8>>;

    /// Power comes: a cold start. Volatile state (selection, rights, challenges) is as new.
    fn power_on(&mut self);

    /// Power goes. What the card keeps in its memory (files, PIN counter) stays.
    fn power_off(&mut self);

    /// Warm reset. Unless a card says otherwise, the same as power off and on.
    fn reset(&mut self) {
        self.power_off();
        self.power_on();
    }

    /// The card is put into the reader again, without power yet. Matters only to a card that had left.
    fn insert(&mut self) {
        self.power_off();
    }

    /// One command APDU, one answer.
    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer;

    /// How long the card works on each command. The model never sleeps: whoever stands between it and the
    /// reader waits this long, or counts it.
    fn work_time(&self) -> Duration {
        Duration::ZERO
    }
}

impl<C: Card + ?Sized> Card for Box<C> {
    fn atr(&self) -> Option<Vec<u8>> {
        (**self).atr()
    }
    fn power_on(&mut self) {
        (**self).power_on();
    }
    fn power_off(&mut self) {
        (**self).power_off();
    }
    fn reset(&mut self) {
        (**self).reset();
    }
    fn insert(&mut self) {
        (**self).insert();
    }
    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        (**self).transmit(apdu)
    }
    fn work_time(&self) -> Duration {
        (**self).work_time()
    }
}

/// What comes back from a card for one APDU.
///
/// `Debug` shows lengths and the status word, never the data: answers carry personal data.
#[derive(Clone, PartialEq, Eq)]
pub enum CardAnswer {
    /// A whole answer: 0–256 bytes of data and the two bytes of the status word.
    Response(Vec<u8>),
    /// The card was torn out while it answered: these first bytes arrived (fewer than `expected`), then nothing.
    /// Some readers hand them up as if they were an answer, others report an error; a test should try both.
    Cut {
        /// What arrived, at least one byte.
        bytes: Vec<u8>,
        /// How long the whole answer would have been.
        expected: usize,
    },
    /// The card is no longer in the reader.
    Removed,
    /// The card is in the reader and says nothing; a real reader gives up after its waiting time.
    Mute,
}

impl CardAnswer {
    /// The status word of a whole answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response(bytes) => match bytes.as_slice() {
                [.., sw1, sw2] => Some(u16::from_be_bytes([*sw1, *sw2])),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole answer, data and status word, or `None` when the card gave none.
    #[must_use]
    pub fn into_response(self) -> Option<Vec<u8>> {
        match self {
            Self::Response(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl fmt::Debug for CardAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(bytes) => {
                let sw = self.status().unwrap_or_default();
                write!(f, "Response({} bytes, {sw:04X})", bytes.len().saturating_sub(2))
            }
            Self::Cut { bytes, expected } => write!(f, "Cut({} of {expected} bytes)", bytes.len()),
            Self::Removed => f.write_str("Removed"),
            Self::Mute => f.write_str("Mute"),
        }
    }
}
