//! What a reader module says about how a command went.

/// The third status byte of an answer. Source: GA 467, return values of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// `90`: done.
    Done,
    /// `9F`: a card was found.
    Found,
    /// `91`: the card does not hold this item.
    NoSuchItem,
    /// `10`: the module received a wrong check byte.
    ReceivedCheck,
    /// `11`: the module received a wrong length.
    ReceivedLength,
    /// `21`: the module does not know the command.
    UnknownCommand,
    /// `23`: not allowed now. `24`: unknown reason. The value tells which.
    NotAllowed(u8),
    /// `31`: the card did not accept the module.
    CardRefusedModule,
    /// `32`: the module did not accept the card.
    ModuleRefusedCard,
    /// `33`: the content is not signed as it should be.
    ContentNotGenuine,
    /// `37`: the fingerprint is not signed as it should be.
    FingerprintNotGenuine,
    /// `3F`: what the card gave has a wrong length.
    CardLength,
    /// `40`: a card of another kind.
    OtherCardKind,
    /// `41`: reading failed.
    ReadFailed,
    /// `47`: no random number from the card.
    NoRandom,
    /// `60`: the module failed its own test.
    ModuleBroken,
    /// `66`: the module is not authorised.
    ModuleNotAuthorised,
    /// `80`: no card found.
    NotFound,
    /// `81`: the card could not be chosen.
    NotSelected,
    /// Any other value.
    Other(u8),
}

impl From<u8> for Status {
    fn from(value: u8) -> Self {
        match value {
            0x90 => Self::Done,
            0x9F => Self::Found,
            0x91 => Self::NoSuchItem,
            0x10 => Self::ReceivedCheck,
            0x11 => Self::ReceivedLength,
            0x21 => Self::UnknownCommand,
            0x23 | 0x24 => Self::NotAllowed(value),
            0x31 => Self::CardRefusedModule,
            0x32 => Self::ModuleRefusedCard,
            0x33 => Self::ContentNotGenuine,
            0x37 => Self::FingerprintNotGenuine,
            0x3F => Self::CardLength,
            0x40 => Self::OtherCardKind,
            0x41 => Self::ReadFailed,
            0x47 => Self::NoRandom,
            0x60 => Self::ModuleBroken,
            0x66 => Self::ModuleNotAuthorised,
            0x80 => Self::NotFound,
            0x81 => Self::NotSelected,
            other => Self::Other(other),
        }
    }
}

impl Status {
    /// The value as the module sent it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0x90,
            Self::Found => 0x9F,
            Self::NoSuchItem => 0x91,
            Self::ReceivedCheck => 0x10,
            Self::ReceivedLength => 0x11,
            Self::UnknownCommand => 0x21,
            Self::NotAllowed(value) | Self::Other(value) => value,
            Self::CardRefusedModule => 0x31,
            Self::ModuleRefusedCard => 0x32,
            Self::ContentNotGenuine => 0x33,
            Self::FingerprintNotGenuine => 0x37,
            Self::CardLength => 0x3F,
            Self::OtherCardKind => 0x40,
            Self::ReadFailed => 0x41,
            Self::NoRandom => 0x47,
            Self::ModuleBroken => 0x60,
            Self::ModuleNotAuthorised => 0x66,
            Self::NotFound => 0x80,
            Self::NotSelected => 0x81,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_code() {
        for value in 0..=u8::MAX {
            assert_eq!(Status::from(value).code(), value);
        }
    }
}
