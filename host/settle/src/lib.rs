//! One workstation's side of a settlement: signed request, journal, exact outcome, recovery, reconciliation.
//!
//! [`Till`] is the one type to start from. It is opened on a [`TillConfig`] (the site) and [`Deps`] (clock, random,
//! transport), and every purchase goes through [`Till::settle_pharmacy`]. Three promises hold whatever breaks between
//! the two sides:
//!
//! * the request and its id are on the disk before its first byte leaves;
//! * an [`Outcome`] is said only when it is known: *not sent* means that no byte of the body left;
//! * an [`Outcome::Unknown`] is resolved by the machine, under the same id, never by a second id.
//!
//! The states and the crash table are in `hw-docs/recovery.md`.

mod config;
mod credential;
mod deps;
mod error;
mod outcome;
mod question;
mod reconcile;

pub mod journal;
pub mod keys;
pub mod keyservice;
pub mod terminals;
mod till;
pub mod transport;
pub mod voucher;

pub use config::{
    Centre, Institution, JournalConfig, Operator, RecoveryPolicy, SeqRange, TillConfig, Workstation,
};
pub use credential::{Credential, CredentialKind};
pub use deps::{Clock, Deps, ManualClock, Random, SeededRandom, Step, Steps};
pub use error::{
    CancelError, JournalError, KeyError, OpenError, PreviewError, ReconcileError, RecoverError, SessionError,
    SettleError, VoidError,
};
pub use journal::{Entry, Journal};
pub use keys::SigningKey;
pub use outcome::{Outcome, Preview, Reason, Recovery, Settlement, Split, VoidRecord};
pub use reconcile::{Figures, GroupResult, Reconciliation};
pub use till::Till;
