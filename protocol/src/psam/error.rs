//! Why a module gave no keys.

use core::fmt;

use crate::{
    apdu::{ResponseError, Status},
    card_keys::{Algorithm, PsamKey},
    fault::{Fault, credential as fault},
};

/// Where in the conversation an answer was not expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsamStage {
    /// SELECT of the application.
    Select,
    /// Delivery of a key, `BF DE`.
    Delivery,
    /// Encryption, `80 FA`.
    Encryption,
}

/// Why a module gave no keys. The first five are refusals that another key service may make good
/// ([`PsamError::other_may_help`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsamError {
    /// What is in the slot has no application of a PSAM.
    NotPsam(Status),
    /// The module does not know the algorithm of the card.
    Algorithm(Algorithm),
    /// The module lacks RKSSSE, so it cannot open a card of generation 3.
    NoReadKey,
    /// The module lacks another key.
    KeyNotFound(PsamKey),
    /// The module's keys are not of the level that this card needs, or of another region.
    KeyLevel,
    /// The module is locked.
    Locked(Status),
    /// Another status word.
    Unexpected {
        /// Where.
        stage: PsamStage,
        /// What the module said.
        status: Status,
    },
    /// Not an answer, or one of a wrong length.
    Answer(ResponseError),
    /// The module asks for follow-up commands without end.
    Loop,
    /// The caller gave an answer that nobody waited for.
    OutOfTurn,
}

impl PsamError {
    /// Whether the field then asks the centre's key service instead of stopping.
    pub fn other_may_help(&self) -> bool {
        matches!(
            self,
            Self::NotPsam(_) | Self::Algorithm(_) | Self::NoReadKey | Self::KeyNotFound(_) | Self::KeyLevel
        )
    }

    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotPsam(_) => &fault::PSAM_MISSING,
            Self::Algorithm(_) => &fault::PSAM_ALGORITHM,
            Self::NoReadKey => &fault::PSAM_NO_READ_KEY,
            Self::KeyNotFound(_) => &fault::PSAM_KEY_NOT_FOUND,
            Self::KeyLevel => &fault::PSAM_KEY_LEVEL,
            Self::Locked(_) => &fault::PSAM_LOCKED,
            Self::Unexpected { .. } | Self::Answer(_) | Self::Loop | Self::OutOfTurn => &fault::PSAM_FAILED,
        }
    }

    /// The number that drivers of the common interface (SSCardDriver) return for it. A status word is its negative.
    pub fn driver_code(&self) -> i32 {
        match self {
            Self::NotPsam(_) => -2201,
            Self::Algorithm(_) => -2202,
            Self::NoReadKey => -2203,
            Self::KeyNotFound(_) => -27272,
            Self::KeyLevel => -24,
            Self::Locked(status) | Self::Unexpected { status, .. } => -i32::from(status.0),
            Self::Answer(_) | Self::Loop => -15,
            Self::OutOfTurn => -14,
        }
    }
}

impl fmt::Display for PsamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPsam(status) => write!(f, "no PSAM application ({status})"),
            Self::Algorithm(algorithm) => write!(f, "no algorithm {algorithm}"),
            Self::NoReadKey => f.write_str("no RKSSSE"),
            Self::KeyNotFound(PsamKey::Internal) => f.write_str("no IRK"),
            Self::KeyNotFound(PsamKey::Update) => f.write_str("no UKSSSE"),
            Self::KeyNotFound(PsamKey::Read) => f.write_str("no RKSSSE"),
            Self::KeyLevel => f.write_str("keys of another level or region"),
            Self::Locked(status) => write!(f, "locked ({status})"),
            Self::Unexpected { stage, status } => {
                let stage = match stage {
                    PsamStage::Select => "SELECT",
                    PsamStage::Delivery => "key delivery",
                    PsamStage::Encryption => "encryption",
                };
                write!(f, "{status} to {stage}")
            }
            Self::Answer(error) => error.fmt(f),
            Self::Loop => f.write_str("follow-up commands without end"),
            Self::OutOfTurn => f.write_str("an answer that nobody waited for"),
        }
    }
}

impl core::error::Error for PsamError {}
