//! Why an identity card was not read.

use crate::serial::SerialError;
use std::fmt;
use yika_protocol::{
    fault::{Fault, credential as fault},
    resident_card as protocol,
};

/// Why there is no document. Nothing half read is ever given out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// The port.
    Port(SerialError),
    /// The reader, its security module, or the card as the module sees it.
    Reader(protocol::ReadError),
    /// No card that can be read lay on the reader in time.
    NoCard,
    /// The wait was cancelled.
    Cancelled,
    /// The card was read, and what it says cannot be.
    Document(DocumentError),
}

/// What a document says and cannot be. Names the field, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentError {
    /// A field is no text, or not of its form.
    Field(&'static str),
    /// The number has a wrong form.
    Number,
    /// The number has a wrong check digit.
    CheckDigit,
}

impl DocumentError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::Field(_) => &fault::ID_FIELD_INVALID,
            Self::Number => &fault::ID_NUMBER_INVALID,
            Self::CheckDigit => &fault::ID_CHECK_DIGIT,
        }
    }
}

impl ReadError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Port(error) => error.fault(),
            Self::Reader(error) => error.fault(),
            Self::NoCard => &fault::ID_NO_CARD,
            Self::Cancelled => &fault::WAIT_CANCELLED,
            Self::Document(error) => error.fault(),
        }
    }

    /// What the fault's text cannot know. No personal data.
    pub fn detail(&self) -> String {
        match self {
            Self::Port(error) => error.detail(),
            Self::Reader(error) => {
                error.status().map_or_else(String::new, |status| format!("status {:02X}", status.code()))
            }
            Self::Document(DocumentError::Field(name)) => (*name).to_owned(),
            Self::NoCard | Self::Cancelled | Self::Document(_) => String::new(),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl std::error::Error for ReadError {}

impl From<SerialError> for ReadError {
    fn from(error: SerialError) -> Self {
        Self::Port(error)
    }
}

impl From<protocol::ReadError> for ReadError {
    fn from(error: protocol::ReadError) -> Self {
        Self::Reader(error)
    }
}

impl From<DocumentError> for ReadError {
    fn from(error: DocumentError) -> Self {
        Self::Document(error)
    }
}
