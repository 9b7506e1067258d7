//! What comes back: the card's status word, or one that the reader makes up (PC/SC part 10, 2.5.2).

use std::fmt;

use yika_protocol::{
    apdu::Status,
    fault::{Fault, credential as fault},
};

/// An answer to [`PinVerify`](super::PinVerify).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadAnswer {
    /// The PIN went to the card, and the card answered this.
    Card(Status),
    /// The reader ended it; no PIN reached the card.
    Pad(PadError),
}

/// Why no PIN reached the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadError {
    /// `6400`: nothing was typed in time.
    Timeout,
    /// `6401`: the holder pressed cancel.
    Cancelled,
    /// `6402`: two new PINs differ. A verification never says so.
    Mismatch,
    /// `6403`: too few or too many digits.
    Length,
    /// `6B80`, or something that is no status word: the reader does not understand the request.
    Refused,
    /// The reader has no keys, or does not offer them.
    NoPad,
}

impl PadAnswer {
    /// Tells the two apart.
    pub fn parse(answer: &[u8]) -> Self {
        let Some((_, status)) = answer.split_last_chunk::<2>() else {
            return PadAnswer::Pad(PadError::Refused);
        };
        match u16::from_be_bytes(*status) {
            0x6400 => PadAnswer::Pad(PadError::Timeout),
            0x6401 => PadAnswer::Pad(PadError::Cancelled),
            0x6402 => PadAnswer::Pad(PadError::Mismatch),
            0x6403 => PadAnswer::Pad(PadError::Length),
            0x6B80 => PadAnswer::Pad(PadError::Refused),
            card => PadAnswer::Card(Status(card)),
        }
    }
}

impl PadError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            PadError::Timeout => &fault::PINPAD_TIMEOUT,
            PadError::Cancelled => &fault::PINPAD_CANCELLED,
            PadError::Mismatch => &fault::PINPAD_MISMATCH,
            PadError::Length => &fault::PINPAD_LENGTH,
            PadError::Refused | PadError::NoPad => &fault::PINPAD_FAILED,
        }
    }

    /// The number that drivers of the common interface (SSCardDriver) return for it.
    pub fn driver_code(self) -> i32 {
        match self {
            PadError::Timeout => -32,
            PadError::Cancelled => -31,
            PadError::Mismatch => -34,
            PadError::Length => -33,
            PadError::Refused | PadError::NoPad => -13,
        }
    }
}

impl fmt::Display for PadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            PadError::Timeout => "nothing was typed in time",
            PadError::Cancelled => "the holder pressed cancel",
            PadError::Mismatch => "two PINs differ",
            PadError::Length => "a wrong number of digits",
            PadError::Refused => "the reader refuses the request",
            PadError::NoPad => "the reader has no keys",
        };
        write!(f, "{words} ({})", self.driver_code())
    }
}

impl std::error::Error for PadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_own_words_and_the_cards() {
        for (answer, expected) in [
            (&[0x64, 0x00][..], PadAnswer::Pad(PadError::Timeout)),
            (&[0x64, 0x01], PadAnswer::Pad(PadError::Cancelled)),
            (&[0x64, 0x02], PadAnswer::Pad(PadError::Mismatch)),
            (&[0x64, 0x03], PadAnswer::Pad(PadError::Length)),
            (&[0x6B, 0x80], PadAnswer::Pad(PadError::Refused)),
            (&[], PadAnswer::Pad(PadError::Refused)),
            (&[0x90], PadAnswer::Pad(PadError::Refused)),
            (&[0x90, 0x00], PadAnswer::Card(Status(0x9000))),
            (&[0x63, 0xC2], PadAnswer::Card(Status(0x63C2))),
            (&[0x69, 0x83], PadAnswer::Card(Status(0x6983))),
        ] {
            assert_eq!(PadAnswer::parse(answer), expected, "{answer:02X?}");
        }
    }

    #[test]
    fn each_has_the_number_of_the_common_interface() {
        let all = [PadError::Timeout, PadError::Cancelled, PadError::Mismatch, PadError::Length];
        assert_eq!(all.map(PadError::driver_code), [-32, -31, -34, -33]);
        assert_eq!(all.map(|error| error.fault().number), [6320, 6321, 6322, 6323]);
    }
}
