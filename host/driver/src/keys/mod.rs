//! The key service: who opens a card of generation 3.
//!
//! The keys live in a hardware module, in a PSAM in the terminal ([`PsamKeys`]) or behind the centre, never in a
//! program of the counter. The driver hands over what the card said and gets two cryptograms back.

use std::fmt;
use yika_protocol::{
    card_keys::{CardKeyScheme, KeyAnswer, KeyRequest, MasterKeys},
    fault::{Fault, card as fault},
};

mod fallback;
mod psam;

pub use fallback::PsamFirst;
pub use psam::{PsamFailure, PsamKeys, PsamOptions};

/// Computes the authentication of one card. Blocks; the driver gives it a thread and stops waiting when it is slow.
pub trait KeyService: Send + Sync {
    /// What a genuine card answers, and what opens it.
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError>;
}

/// Why there is no key answer. `detail` is for the log and for support; it holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyServiceError {
    /// No line to the service, or no proper answer from it.
    Unreachable {
        /// What the line said.
        detail: String,
    },
    /// The service answered no: institution unknown, limit reached, algorithm not supported.
    Refused {
        /// The reason it gave.
        detail: String,
    },
    /// No answer in time.
    Slow,
    /// The PSAM of the terminal gave none.
    Psam(PsamFailure),
}

impl KeyServiceError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            KeyServiceError::Unreachable { .. } => &fault::KEY_SERVICE_UNREACHABLE,
            KeyServiceError::Refused { .. } => &fault::KEY_SERVICE_REFUSED,
            KeyServiceError::Slow => &fault::KEY_SERVICE_SLOW,
            KeyServiceError::Psam(failure) => failure.fault(),
        }
    }

    /// What the service or the line said; empty when nothing.
    pub fn detail(&self) -> String {
        match self {
            KeyServiceError::Unreachable { detail } | KeyServiceError::Refused { detail } => detail.clone(),
            KeyServiceError::Slow => String::new(),
            KeyServiceError::Psam(failure) => failure.detail(),
        }
    }
}

impl fmt::Display for KeyServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        if self.detail().is_empty() { Ok(()) } else { write!(f, ": {}", self.detail()) }
    }
}

impl std::error::Error for KeyServiceError {}

/// A key service in memory, for tests and for a bench without a centre. Never for real master keys.
#[derive(Debug)]
pub struct LocalKeys {
    /// Master keys.
    pub masters: MasterKeys,
    /// How the open questions about card keys are answered.
    pub scheme: CardKeyScheme,
}

impl KeyService for LocalKeys {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        self.masters
            .answer(self.scheme, request)
            .map_err(|refused| KeyServiceError::Refused { detail: refused.to_string() })
    }
}
