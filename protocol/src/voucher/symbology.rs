//! Which kind of bar code a code was read from.

use core::fmt;

/// A kind of bar code, as an AIM identifier (ISO/IEC 15424: `]`, a letter, a modifier) names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbology {
    /// `]Q`: QR code.
    Qr,
    /// `]C`: Code 128 or GS1-128.
    Code128,
    /// Another one, by its letter.
    Other(u8),
}

impl Symbology {
    /// By the letter of its AIM identifier.
    #[must_use]
    pub const fn from_letter(letter: u8) -> Self {
        match letter {
            b'Q' => Self::Qr,
            b'C' => Self::Code128,
            other => Self::Other(other),
        }
    }

    /// A short name for people and programs, `other` where the letter is not known here.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Code128 => "code128",
            Self::Other(b'A') => "code39",
            Self::Other(b'd') => "data_matrix",
            Self::Other(b'E') => "ean",
            Self::Other(b'e') => "gs1_databar",
            Self::Other(b'F') => "codabar",
            Self::Other(b'G') => "code93",
            Self::Other(b'I') => "itf",
            Self::Other(b'L') => "pdf417",
            Self::Other(b'z') => "aztec",
            Self::Other(_) => "other",
        }
    }

    /// Takes an AIM identifier off the front of a scan.
    pub(super) fn split(scan: &[u8]) -> (Option<Self>, &[u8]) {
        match scan {
            [b']', letter, modifier, rest @ ..]
                if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
            {
                (Some(Self::from_letter(*letter)), rest)
            }
            _ => (None, scan),
        }
    }
}

impl fmt::Display for Symbology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
