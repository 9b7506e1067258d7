//! Why the card could not do what was wanted.

use core::fmt;

use yika_protocol::apdu::AtrError;
use yika_protocol::fault::{Fault, card as fault};
use yika_protocol::iso7816::LineError;
use yika_protocol::social_card::{PinError, ReadError};

/// Why a wish failed. Every variant has a coded [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// No card is in the slot.
    NoCard,
    /// The slot itself failed.
    Slot,
    /// The card never answered a reset.
    Mute,
    /// What it answered is no answer to reset.
    Reset(AtrError),
    /// It speaks neither T=0 nor T=1, or insists on a rate that the slot does not have.
    Protocol,
    /// The conversation broke down and resets did not help.
    Line(LineError),
    /// The card is not fit for a swipe.
    Read(ReadError),
    /// It says nothing in its answer to reset that its keys could be found by.
    NoResetInfo,
    /// The PIN could not be checked.
    Pin(PinError),
    /// Another card answers now than was read.
    OtherCard,
    /// Program error: the wish needs a card that was read.
    OutOfTurn,
}

impl CardError {
    /// The coded fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NoCard => &fault::NO_CARD,
            Self::Slot => &fault::READER_GONE,
            Self::Mute => &fault::CARD_MUTE,
            Self::Reset(error) => error.fault(),
            Self::Protocol => &fault::CARD_UNSUPPORTED,
            Self::Line(LineError::Silence) => &fault::CARD_MUTE,
            Self::Line(_) => &fault::TRANSMISSION_FAILED,
            Self::Read(error) => error.fault(),
            Self::NoResetInfo => &fault::RESET_ANSWER_INVALID,
            Self::Pin(error) => error.fault(),
            Self::OtherCard => &fault::CARD_REMOVED,
            Self::OutOfTurn => &fault::SESSION_OUT_OF_TURN,
        }
    }
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::Pin(error) => error.fmt(f),
            other => other.fault().fmt(f),
        }
    }
}

impl core::error::Error for CardError {}
