//! What people present, and why a call ended without it.

use super::{Label, Trouble};
use crate::{resident_card::ResidentDocument, scanner::Scan, social_card::SocialSecurityCard};
use serde::Serialize;
use std::fmt;
use yika_protocol::fault::{Fault, credential as fault};

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Social security card, in a PC/SC reader.
    Card,
    /// E-voucher code, before a scanner.
    Voucher,
    /// Resident identity card or one of its relatives, on a serial reader.
    IdCard,
}

/// Which kinds a call accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Social security cards.
    pub card: bool,
    /// E-voucher codes.
    pub voucher: bool,
    /// Identity cards.
    pub id_card: bool,
}

impl Kinds {
    /// Whatever the person has.
    pub const ALL: Kinds = Kinds { card: true, voucher: true, id_card: true };

    /// This one only.
    pub fn only(kind: Kind) -> Self {
        Kinds { card: kind == Kind::Card, voucher: kind == Kind::Voucher, id_card: kind == Kind::IdCard }
    }

    /// Whether this kind is accepted.
    pub fn accept(self, kind: Kind) -> bool {
        match kind {
            Kind::Card => self.card,
            Kind::Voucher => self.voucher,
            Kind::IdCard => self.id_card,
        }
    }
}

/// A credential that was presented. `Debug` shows no personal value and no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A card that was read.
    Card(Box<SocialSecurityCard>),
    /// A code that was scanned, not decoded yet.
    Voucher(Box<Scan>),
    /// An identity card that was read.
    IdCard(Box<ResidentDocument>),
}

impl Credential {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Credential::Card(_) => Kind::Card,
            Credential::Voucher(_) => Kind::Voucher,
            Credential::IdCard(_) => Kind::IdCard,
        }
    }
}

/// A credential and where it was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The credential.
    pub credential: Credential,
    /// The device.
    pub device: Label,
}

/// Why a call brought no credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentError {
    /// The time is over. What was presented and could not be used, if anything was, is here.
    Nothing {
        /// The last device that said no, and why.
        last: Option<(Label, Trouble)>,
    },
    /// Another call of this terminal waits already: one counter serves one person at a time.
    InUse,
    /// No device of this site can bring what is wanted.
    NoDevice,
    /// The terminal has ended.
    Stopped,
}

impl PresentError {
    /// The coded fault: that of the device that said no, where one did.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Nothing { last: Some((_, trouble)) } => trouble.fault,
            Self::Nothing { last: None } => &fault::NOTHING_PRESENTED,
            Self::InUse => &fault::TERMINAL_IN_USE,
            Self::NoDevice => &fault::NO_SUITABLE_DEVICE,
            Self::Stopped => &fault::TERMINAL_STOPPED,
        }
    }

    /// What the fault's text cannot know. No personal data.
    pub fn detail(&self) -> String {
        match self {
            Self::Nothing { last: Some((device, trouble)) } if trouble.detail.is_empty() => {
                device.to_string()
            }
            Self::Nothing { last: Some((device, trouble)) } => format!("{device}: {}", trouble.detail),
            _ => String::new(),
        }
    }
}

impl fmt::Display for PresentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}

impl std::error::Error for PresentError {}
