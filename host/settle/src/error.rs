//! Why an operation was not done. Each error maps to one [`Fault`].

use std::fmt;
use std::path::PathBuf;

use yika_protocol::fault::{Fault, settle as faults};

use crate::outcome::Reason;

/// The journal cannot do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalError {
    /// Another process holds it; names the lock file and the process.
    Busy(String),
    /// The file is damaged or is no journal.
    Corrupt(String),
    /// No room on the disk (or the configured bound is reached).
    Full,
    /// The file or its folder is not accessible.
    Access(String),
    /// Its key file is missing, unreadable, open to others, or does not fit.
    Key(String),
    /// It was written by a newer version.
    TooNew {
        /// Version of the file.
        found: u32,
        /// Newest version this program reads.
        current: u32,
    },
    /// The random source failed.
    Random,
    /// No free message id can be made.
    Ids,
}

/// A till could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// A value of the site is not usable; names the field.
    Config(String),
    /// The journal could not be opened.
    Journal(JournalError),
}

/// A settlement was not begun: nothing was recorded and nothing was sent under the order's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettleError {
    /// The basket or credential cannot be sent; names the place.
    Input(String),
    /// The same `order_no` exists with other content or another person.
    Conflict {
        /// The order in question.
        order_no: String,
    },
    /// The person is not insured for the basket's `insutype`; names what there is.
    NoInsurance(String),
    /// The journal takes no new settlement; what is open is still being resolved.
    Journal(JournalError),
}

/// A trial settlement gave no figures. It changes nothing anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewError {
    /// The basket or credential cannot be sent; names the place.
    Input(String),
    /// The person is not insured for the basket's `insutype`; names what there is.
    NoInsurance(String),
    /// The centre refused.
    Refused(Reason),
    /// Nothing left this machine.
    NotSent(Reason),
    /// No usable answer.
    NoAnswer(Reason),
    /// The journal cannot give an id.
    Journal(JournalError),
}

/// A void was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoidError {
    /// No such purchase in the journal.
    NotFound,
    /// Only a settled purchase can be voided; says what it is.
    NotSettled(&'static str),
    /// Nothing left this machine; it is settled as before.
    NotSent(Reason),
    /// The centre refused the void.
    Refused(Reason),
    /// Not answered yet; the machine goes on asking.
    Unknown(Reason),
    /// The journal cannot record it.
    Journal(JournalError),
}

/// A cancellation was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelError {
    /// No such purchase in the journal.
    NotFound,
    /// It is settled: void it instead.
    Settled,
    /// The journal cannot record it.
    Journal(JournalError),
}

/// Recovery could not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoverError {
    /// No such purchase in the journal.
    NotFound,
    /// The journal is not readable.
    Journal(JournalError),
}

/// Sign-in, sign-out or clock measurement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionError {
    /// The centre refused.
    Refused(Reason),
    /// Nothing left this machine.
    NotSent(Reason),
    /// No usable answer.
    NoAnswer(Reason),
    /// The journal cannot give an id.
    Journal(JournalError),
}

/// The books could not be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReconcileError {
    /// The range is empty or no dates.
    Range,
    /// The centre refused.
    Refused(Reason),
    /// Nothing left this machine.
    NotSent(Reason),
    /// No usable answer.
    NoAnswer(Reason),
    /// The journal is not readable.
    Journal(JournalError),
}

/// A key file could not be made or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// The file exists already.
    Exists(PathBuf),
    /// The file is not accessible.
    Access(String),
    /// An unencrypted key that others may read.
    TooOpen(PathBuf),
    /// The file is no SM2 key in PKCS#8 PEM.
    Format,
    /// A passphrase is needed.
    PassphraseNeeded,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// The random source failed.
    Random,
}

impl JournalError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Busy(_) => &faults::JOURNAL_BUSY,
            Self::Corrupt(_) => &faults::JOURNAL_CORRUPT,
            Self::Full => &faults::JOURNAL_FULL,
            Self::Access(_) => &faults::JOURNAL_ACCESS,
            Self::Key(_) => &faults::JOURNAL_KEY,
            Self::TooNew { .. } => &faults::JOURNAL_TOO_NEW,
            Self::Random => &faults::RANDOM_FAILED,
            Self::Ids => &faults::MSGID_EXHAUSTED,
        }
    }

    /// The place or the cause, for the line under the fault. Empty when there is none.
    pub fn detail(&self) -> String {
        match self {
            Self::Busy(text) | Self::Corrupt(text) | Self::Access(text) | Self::Key(text) => text.clone(),
            Self::TooNew { found, current } => format!("{found} > {current}"),
            Self::Full | Self::Random | Self::Ids => String::new(),
        }
    }
}

impl OpenError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Config(_) => &faults::SITE_FILE_INVALID,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Config(text) => text.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl SettleError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Input(_) => &faults::BASKET_INVALID,
            Self::Conflict { .. } => &faults::ORDER_CONFLICT,
            Self::NoInsurance(_) => &faults::NO_INSURANCE,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Input(text) | Self::NoInsurance(text) => text.clone(),
            Self::Conflict { order_no } => order_no.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl PreviewError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Input(_) => &faults::BASKET_INVALID,
            Self::NoInsurance(_) => &faults::NO_INSURANCE,
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.fault,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Input(text) | Self::NoInsurance(text) => text.clone(),
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.detail.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl VoidError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotFound => &faults::ORDER_NOT_FOUND,
            Self::NotSettled(_) => &faults::NOT_SETTLED,
            Self::NotSent(r) | Self::Refused(r) => r.fault,
            Self::Unknown(_) => &faults::VOID_UNANSWERED,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound => String::new(),
            Self::NotSettled(state) => (*state).to_owned(),
            Self::NotSent(r) | Self::Refused(r) | Self::Unknown(r) => r.detail.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl CancelError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotFound => &faults::ORDER_NOT_FOUND,
            Self::Settled => &faults::SETTLED_ALREADY,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound | Self::Settled => String::new(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl RecoverError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotFound => &faults::ORDER_NOT_FOUND,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound => String::new(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl SessionError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.fault,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.detail.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl ReconcileError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Range => &faults::DATE_RANGE,
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.fault,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Range => String::new(),
            Self::Refused(r) | Self::NotSent(r) | Self::NoAnswer(r) => r.detail.clone(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl KeyError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Exists(_) => &faults::KEY_EXISTS,
            Self::Access(_) => &faults::KEY_ACCESS,
            Self::TooOpen(_) => &faults::KEY_TOO_OPEN,
            Self::Format => &faults::KEY_FORMAT,
            Self::PassphraseNeeded => &faults::PASSPHRASE_NEEDED,
            Self::WrongPassphrase => &faults::PASSPHRASE_WRONG,
            Self::Random => &faults::RANDOM_FAILED,
        }
    }

    /// The place or the cause.
    pub fn detail(&self) -> String {
        match self {
            Self::Exists(path) | Self::TooOpen(path) => path.display().to_string(),
            Self::Access(text) => text.clone(),
            Self::Format | Self::PassphraseNeeded | Self::WrongPassphrase | Self::Random => String::new(),
        }
    }
}

macro_rules! shown_by_fault {
    ($($error:ty),+ $(,)?) => {$(
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let detail = self.detail();
                if detail.is_empty() { write!(f, "{}", self.fault()) } else { write!(f, "{}: {detail}", self.fault()) }
            }
        }

        impl std::error::Error for $error {}
    )+};
}

shown_by_fault!(
    JournalError,
    OpenError,
    SettleError,
    PreviewError,
    VoidError,
    CancelError,
    RecoverError,
    SessionError,
    ReconcileError,
    KeyError,
);

macro_rules! from_journal {
    ($($error:ty),+ $(,)?) => {$(
        impl From<JournalError> for $error {
            fn from(error: JournalError) -> Self {
                Self::Journal(error)
            }
        }
    )+};
}

from_journal!(
    OpenError,
    SettleError,
    PreviewError,
    VoidError,
    CancelError,
    RecoverError,
    SessionError,
    ReconcileError,
);
