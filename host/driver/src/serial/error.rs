//! What can go wrong with a serial port.

use std::fmt;
use yika_protocol::fault::{Fault, credential as fault};

/// A failure of a port. The names follow what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SerialError {
    /// No port has this name or identity.
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Identities of the ports that are there.
        present: Vec<String>,
    },
    /// Several ports fit.
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Identities of those that fit.
        matches: Vec<String>,
    },
    /// The system refuses this user.
    AccessDenied {
        /// The port.
        path: String,
    },
    /// Another program has it open.
    Busy {
        /// The port.
        path: String,
    },
    /// The port vanished while it was open.
    Gone,
    /// A call into the driver does not come back.
    Hangs,
    /// No serial port, or one that refuses the settings.
    Settings {
        /// The port.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// Anything else.
    Other {
        /// The system's words.
        reason: String,
    },
}

impl SerialError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotFound { .. } => &fault::PORT_NOT_FOUND,
            Self::Ambiguous { .. } => &fault::PORT_AMBIGUOUS,
            Self::AccessDenied { .. } => &fault::PORT_ACCESS_DENIED,
            Self::Busy { .. } => &fault::PORT_BUSY,
            Self::Gone => &fault::PORT_GONE,
            Self::Hangs => &fault::PORT_HANGS,
            Self::Settings { .. } => &fault::PORT_SETTINGS,
            Self::Other { .. } => &fault::PORT_OTHER,
        }
    }

    /// What the fault's text cannot know.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound { wanted, present } if present.is_empty() => wanted.clone(),
            Self::NotFound { wanted, present } => format!("{wanted} ({})", present.join(", ")),
            Self::Ambiguous { wanted, matches } => format!("{wanted} ({})", matches.join(", ")),
            Self::AccessDenied { path } | Self::Busy { path } => path.clone(),
            Self::Gone | Self::Hangs => String::new(),
            Self::Settings { path, reason } => format!("{path}: {reason}"),
            Self::Other { reason } => reason.clone(),
        }
    }
}

impl fmt::Display for SerialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl std::error::Error for SerialError {}
