//! The devices of a counter: what they are called, where they are, and how they bring a credential.

use super::{Credential, Kind, Trouble};
use crate::{
    Cancel,
    resident_card::{self, IdReader},
    scanner::{CodeScanner, ScanError, WedgeError},
    serial::SerialError,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// What a device is called. The site gives it, and it stays with the device when it is plugged in elsewhere or found
/// under another number after a reboot; a device without one is called by its identity.
pub type Label = Arc<str>;

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A PC/SC reader for people's cards.
    CardReader,
    /// A PC/SC reader that is not for people: a security module sits in it, or the site skips it.
    OtherReader,
    /// A reader of identity cards.
    IdReader,
    /// A scanner.
    Scanner,
    /// The service of the PC/SC readers.
    CardService,
}

/// How a device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeviceState {
    /// It is not there.
    Absent,
    /// It is there.
    Present,
    /// It does not work.
    Failed {
        /// Why.
        error: Trouble,
    },
}

/// One device at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// What it is called.
    pub device: Label,
    /// What it is.
    pub kind: DeviceKind,
    /// Its lasting identity, or where the site says it is while it was not seen.
    pub at: String,
    /// How it is.
    #[serde(flatten)]
    pub state: DeviceState,
    /// Whether a card is in it. Only of card readers.
    pub card: Option<bool>,
}

/// A device that the site names.
pub struct Configured {
    /// What it is called; unique.
    pub label: Label,
    /// Where it is: an identity, a path, or of a card reader also a part of its name. Devices with the same place share
    /// one port: they are armed in turns.
    pub at: String,
    /// What it does.
    pub function: Function,
}

/// What a device does.
pub enum Function {
    /// A PC/SC reader.
    CardReader,
    /// A reader of identity cards, or another device with this way of working.
    IdReader(Box<dyn Armable>),
    /// A scanner.
    Scanner(Box<dyn Armable>),
}

/// A device that brings a credential while it is armed, and does nothing otherwise.
pub trait Armable: Send + Sync {
    /// Waits for a credential, at most `limit`. What is presented meanwhile and cannot be used is told to `unusable` at
    /// once, if the wait goes on.
    fn wait(&self, limit: Duration, cancel: &Cancel, unusable: Box<dyn FnMut(Trouble) + Send>) -> Waited;

    /// Lets go of the port, so that another device on it has its turn.
    fn release(&self);
}

/// How a wait ended.
#[derive(Debug)]
pub enum Waited {
    /// A credential came.
    Credential(Credential),
    /// Nothing came in time, and the device is well; or the wait was cancelled.
    Nothing,
    /// Something was presented and cannot be used.
    Unusable(Trouble),
    /// The device does not work.
    Failed(Trouble),
    /// The device is not there.
    Gone(Trouble),
}

fn of_port(error: &SerialError) -> Waited {
    let trouble = Trouble::new(error.fault(), error.detail());
    match error {
        SerialError::NotFound { .. } | SerialError::Gone => Waited::Gone(trouble),
        _ => Waited::Failed(trouble),
    }
}

impl Armable for IdReader {
    fn wait(&self, limit: Duration, cancel: &Cancel, _: Box<dyn FnMut(Trouble) + Send>) -> Waited {
        use resident_card::ReadError;
        use yika_protocol::resident_card::ReadError as Module;
        let error = match self.read(Some(limit), cancel) {
            Ok(document) => return Waited::Credential(Credential::IdCard(Box::new(document))),
            Err(error) => error,
        };
        let trouble = Trouble::new(error.fault(), error.detail());
        match error {
            ReadError::Port(error) => of_port(&error),
            ReadError::NoCard | ReadError::Cancelled => Waited::Nothing,
            ReadError::Reader(Module::ReaderSilent | Module::Module(_)) => Waited::Failed(trouble),
            ReadError::Reader(_) | ReadError::Document(_) => Waited::Unusable(trouble),
        }
    }

    fn release(&self) {
        self.close();
    }
}

impl Armable for CodeScanner {
    fn wait(&self, limit: Duration, cancel: &Cancel, mut unusable: Box<dyn FnMut(Trouble) + Send>) -> Waited {
        let refused = move |error: yika_protocol::voucher::CodeError| {
            unusable(Trouble::new(error.fault(), error.to_string()));
        };
        let error = match self.scan(limit, cancel, refused) {
            Ok(scan) => return Waited::Credential(Credential::Voucher(Box::new(scan))),
            Err(error) => error,
        };
        let trouble = Trouble::new(error.fault(), error.detail());
        match error {
            ScanError::Port(error) => of_port(&error),
            ScanError::Wedge(WedgeError::NotFound { .. } | WedgeError::Gone { .. }) => Waited::Gone(trouble),
            ScanError::Wedge(_) | ScanError::InUse => Waited::Failed(trouble),
            // Each was told when it happened.
            ScanError::Refused(_) | ScanError::Nothing | ScanError::Cancelled => Waited::Nothing,
        }
    }

    fn release(&self) {}
}

impl Function {
    pub(super) fn kind(&self) -> DeviceKind {
        match self {
            Function::CardReader => DeviceKind::CardReader,
            Function::IdReader(_) => DeviceKind::IdReader,
            Function::Scanner(_) => DeviceKind::Scanner,
        }
    }
}

impl DeviceKind {
    /// What it can bring.
    pub(super) fn brings(self) -> Option<Kind> {
        match self {
            DeviceKind::CardReader => Some(Kind::Card),
            DeviceKind::IdReader => Some(Kind::IdCard),
            DeviceKind::Scanner => Some(Kind::Voucher),
            DeviceKind::OtherReader | DeviceKind::CardService => None,
        }
    }
}
