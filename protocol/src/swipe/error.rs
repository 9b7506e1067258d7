//! What can go wrong with a message.

use core::fmt;

use super::Hint;
use crate::{
    cbor::DecodeError,
    fault::{Fault, device as fault},
};

/// Why a request or an answer cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// The order number is not 1 to 32 printable ASCII characters without spaces.
    OrderNo,
    /// The amount is not above zero.
    Amount,
    /// This line of the basket, counted from 0, has a value out of its range.
    Line(usize),
    /// The credential has a value out of its range.
    Credential,
    /// The settlement id is not 1 to 30 printable ASCII characters.
    SetlId,
    /// An amount of the answer is below zero.
    AnswerAmount,
    /// The message does not fit [`MAX_DATAGRAM`](super::MAX_DATAGRAM) bytes.
    TooLarge,
    /// The header is not one of a message of this kind.
    Header,
    /// No signature could be made.
    Unsigned,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderNo => f.write_str("an order number has 1 to 32 printable characters"),
            Self::Amount => f.write_str("the amount is not above zero"),
            Self::Line(line) => write!(f, "line {} has a value out of range", line.saturating_add(1)),
            Self::Credential => f.write_str("the credential has a value out of range"),
            Self::SetlId => f.write_str("a settlement id has 1 to 30 printable characters"),
            Self::AnswerAmount => f.write_str("an amount is below zero"),
            Self::TooLarge => f.write_str("the message does not fit one datagram"),
            Self::Header => f.write_str("the header belongs to another kind of message"),
            Self::Unsigned => f.write_str("no signature could be made"),
        }
    }
}

impl core::error::Error for BuildError {}

impl BuildError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::TooLarge => &fault::SWIPE_TOO_LARGE,
            Self::Unsigned => &fault::SWIPE_UNSIGNED,
            _ => &fault::SWIPE_INPUT,
        }
    }
}

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Not a message at all.
    Junk,
    /// A message in a version that is not understood.
    Version(u8),
    /// A message of a kind that is not for this side.
    Kind,
    /// A message of another terminal.
    Terminal,
    /// The seal does not fit: other keys, or altered bytes.
    Seal,
    /// The seal is good, but what is in it is not understood.
    Malformed(DecodeError),
    /// Unsealed advice, from the centre or from anybody. Never changes what became of a purchase.
    Hint(Hint),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Junk => f.write_str("not a message"),
            Self::Version(version) => write!(f, "message of version {version}, which is not understood"),
            Self::Kind => f.write_str("a message for the other side"),
            Self::Terminal => f.write_str("a message of another terminal"),
            Self::Seal => f.write_str("the seal does not fit"),
            Self::Malformed(error) => write!(f, "sealed, but {error}"),
            Self::Hint(hint) => write!(f, "advice without a seal: {}", hint.kind),
        }
    }
}

impl core::error::Error for OpenError {}

impl OpenError {
    /// The coded fault, from the side of a device.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::Version(_) => &fault::ANSWER_VERSION,
            Self::Malformed(_) => &fault::ANSWER_MALFORMED,
            Self::Junk | Self::Kind | Self::Terminal | Self::Seal | Self::Hint(_) => {
                &fault::ANSWER_NOT_BELIEVED
            }
        }
    }
}
