//! Why a scan brought no code.

use super::wedge::WedgeError;
use crate::serial::SerialError;
use std::fmt;
use yika_protocol::{
    fault::{Fault, credential as fault},
    voucher::CodeError,
};

/// A scan that brought no code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScanError {
    /// The serial port.
    Port(SerialError),
    /// The keyboard-mode scanner.
    Wedge(WedgeError),
    /// The time is over, and what was scanned last is no code.
    Refused(CodeError),
    /// The time is over and nothing was scanned.
    Nothing,
    /// The caller gave up waiting.
    Cancelled,
    /// Another scan with the same scanner is under way.
    InUse,
}

impl ScanError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Port(error) => error.fault(),
            Self::Wedge(error) => error.fault(),
            Self::Refused(error) => error.fault(),
            Self::Nothing => &fault::NOTHING_SCANNED,
            Self::Cancelled => &fault::WAIT_CANCELLED,
            Self::InUse => &fault::PORT_BUSY,
        }
    }

    /// What the fault's text cannot know; never a part of a code.
    pub fn detail(&self) -> String {
        match self {
            Self::Port(error) => error.detail(),
            Self::Wedge(error) => error.detail(),
            Self::Refused(error) => error.to_string(),
            Self::InUse => "another scan of this program".to_owned(),
            Self::Nothing | Self::Cancelled => String::new(),
        }
    }
}

impl From<SerialError> for ScanError {
    fn from(error: SerialError) -> Self {
        Self::Port(error)
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl std::error::Error for ScanError {}
