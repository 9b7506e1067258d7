//! What goes wrong between a scanner and a program.

use std::fmt;
use std::str::FromStr;

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanFault {
    /// The scan arrives in pieces, with pauses of up to 80 ms.
    Split,
    /// Two scans arrive in one piece.
    Merge,
    /// Bytes that are no text stand in front of the code, or in it.
    Noise,
    /// The trigger bounces: the same scan twice within 300 ms.
    Double,
    /// The suffix does not come.
    NoSuffix,
    /// Half a scan, a stall of 700 ms, then the rest.
    Stall,
    /// The plug is pulled in the middle of a scan, and put back after half a second.
    Unplug,
}

impl ScanFault {
    /// All of them.
    pub const ALL: [ScanFault; 7] =
        [Self::Split, Self::Merge, Self::Noise, Self::Double, Self::NoSuffix, Self::Stall, Self::Unplug];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Noise => "noise",
            Self::Double => "double",
            Self::NoSuffix => "no-suffix",
            Self::Stall => "stall",
            Self::Unplug => "unplug",
        }
    }
}

impl fmt::Display for ScanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The word names no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanFaultError;

impl fmt::Display for ScanFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of ")?;
        for (at, fault) in ScanFault::ALL.iter().enumerate() {
            write!(f, "{}{fault}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for ScanFaultError {}

impl FromStr for ScanFault {
    type Err = ScanFaultError;

    fn from_str(word: &str) -> Result<Self, ScanFaultError> {
        Self::ALL.into_iter().find(|fault| fault.word() == word).ok_or(ScanFaultError)
    }
}
