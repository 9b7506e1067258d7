//! Why a card was not read.

use crate::{Words, error::LinkError};
use std::fmt;
use yika_protocol::{fault::Fault, social_card as protocol};

/// Why there is no card data. Nothing half read is ever given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Service, reader or line.
    Link(LinkError),
    /// The card itself, its data or its keys.
    Card(protocol::ReadError),
}

impl ReadError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            ReadError::Link(error) => error.fault(),
            ReadError::Card(error) => error.fault(),
        }
    }

    /// What the fault's text cannot know. No personal data.
    pub fn detail(&self) -> Words {
        match self {
            ReadError::Link(error) => error.detail(),
            ReadError::Card(error) => Words::same(error),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {}", detail.en) }
    }
}

impl std::error::Error for ReadError {}

impl From<LinkError> for ReadError {
    fn from(error: LinkError) -> Self {
        ReadError::Link(error)
    }
}

impl From<protocol::ReadError> for ReadError {
    fn from(error: protocol::ReadError) -> Self {
        ReadError::Card(error)
    }
}
