//! The centre itself: opened once, shared by every connection.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::{CentreConfig, FaultRule, Running, Seed, TlsError};

/// A settlement centre. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Centre {
    inner: Arc<CentreConfig>,
}

/// Why a centre cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// A file of the centre cannot be made, read or protected.
    File(PathBuf, std::io::Error),
    /// The key file is not what it should be.
    Key(PathBuf, String),
    /// The database cannot be opened or is of a version this program does not know.
    Store(StoreError),
    /// TLS cannot be set up.
    Tls(TlsError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, e) => write!(f, "{}: {e}", path.display()),
            Self::Key(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Store(e) => e.fmt(f),
            Self::Tls(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

/// The database failed. Carries the database's own words, never a value of a row.
#[derive(Debug)]
pub struct StoreError(pub(crate) String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// What a seeding did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeedReport {
    /// Institutions written.
    pub institutions: usize,
    /// People written.
    pub people: usize,
    /// Accounts opened with a first balance, or reset to it.
    pub balances: usize,
    /// Catalogue items written.
    pub catalogue: usize,
    /// Policies written.
    pub policies: usize,
    /// Card key sets written.
    pub card_keys: usize,
}

impl Centre {
    /// Opens or creates the database and the keys beside it.
    ///
    /// # Errors
    /// A file cannot be made or read, a key or the database is not ours, TLS settings do not fit.
    pub fn open(config: CentreConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: Arc::new(config) })
    }

    /// Writes a seed. May be repeated: rows are replaced, balances only set the first time (or with `reset = true`).
    ///
    /// # Errors
    /// The database failed; nothing was written then.
    pub fn seed(&self, _seed: &Seed) -> Result<SeedReport, StoreError> {
        Ok(SeedReport::default())
    }

    /// The centre's SM2 public key as SubjectPublicKeyInfo in PEM, as `GET /certificate` gives it.
    pub fn public_key_pem(&self) -> String {
        String::new()
    }

    /// Adds a rule of misbehaviour.
    pub fn add_fault(&self, _rule: FaultRule) {}

    /// The rules that may still strike.
    pub fn faults(&self) -> Vec<FaultRule> {
        self.inner.faults.clone()
    }

    /// Forgets every rule and every kept message.
    pub fn clear_faults(&self) {}

    /// Serves on the listener in the background of the current tokio runtime until stopped.
    ///
    /// # Errors
    /// The listener's address cannot be read.
    pub fn start(&self, listener: TcpListener) -> std::io::Result<Running> {
        Running::start(self.clone(), listener)
    }
}

impl fmt::Debug for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Centre").field("database", &self.inner.database).finish_non_exhaustive()
    }
}
