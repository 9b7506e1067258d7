//! What a centre needs from outside: files, clock, random bytes, certificates.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;

use crate::{FaultRule, KeyModule, SwipeLimits};

/// The time, as the centre sees it. The binaries give the system's; tests give [`ManualClock`].
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock; a negative duration moves it back.
    pub fn advance(&self, by: time::Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Sets the clock.
    pub fn set(&self, now: OffsetDateTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unpredictable bytes for keys, nonces and sign-in numbers.
pub trait Random: Send + Sync {
    /// Fills the whole buffer, or reports that the source failed.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}

impl Random for ring::rand::SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        ring::rand::SecureRandom::fill(self, buffer)
            .map_err(|_| std::io::Error::other("the system's random source failed"))
    }
}

/// Predictable bytes from a seed, for tests only: xorshift64*, never a source of real keys.
#[derive(Debug)]
pub struct SequenceRandom(Mutex<u64>);

impl SequenceRandom {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed ^ 0x9E37_79B9_7F4A_7C15))
    }
}

impl Random for SequenceRandom {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            *state ^= *state >> 12;
            *state ^= *state << 25;
            *state ^= *state >> 27;
            let word = state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).unwrap_or(&word));
        }
        Ok(())
    }
}

/// Certificate chain, key and, when client certificates are wanted, the CA that issues them. PEM files.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Certificate chain of the centre, leaf first.
    pub certificate: PathBuf,
    /// Private key of the leaf (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
    /// CA of the client certificates. When given, a client without a certificate of this CA is turned away.
    pub client_ca: Option<PathBuf>,
}

/// Why TLS could not be set up.
#[derive(Debug)]
pub enum TlsError {
    /// A PEM file cannot be read, or holds nothing of the kind wanted.
    File(PathBuf, String),
    /// Certificate and key do not go together, or the CA is unusable.
    Unusable(String),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Unusable(why) => write!(f, "TLS settings: {why}"),
        }
    }
}

impl std::error::Error for TlsError {}

/// Everything [`crate::Centre::open`] needs. Start from [`CentreConfig::new`] and change what differs.
#[derive(Clone)]
pub struct CentreConfig {
    /// SQLite file. Made with mode 0600 at first start; `-wal` and `-shm` files stand beside it while it is open.
    pub database: PathBuf,
    /// Key file that seals personal data and stored bodies, 32 bytes, 0600. Default: database path + `.vault`. Made at first start, and never again beside a database.
    pub vault_key: PathBuf,
    /// SM2 private key of the centre, PKCS#8 PEM, 0600. Default: database path + `.sm2`. Made at first start, and never again beside a database.
    pub signing_key: PathBuf,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub random: Arc<dyn Random>,
    /// TLS; plain HTTP when absent.
    pub tls: Option<Tls>,
    /// Misbehaviour from the start.
    pub faults: Vec<FaultRule>,
    /// Whether `POST /sandbox/faults` may add rules. Off by default: the path then answers 404.
    pub allow_faults: bool,
    /// Whether [`yika_platform::ec::ISSUE_PATH`] gives e-voucher codes to whoever asks, for anybody. Off by default: the path
    /// then answers 404. For a sandbox only.
    pub issue_vouchers: bool,
    /// Card authentications per institution and minute (default 60); more are refused.
    pub card_auth_per_minute: u32,
    /// How much the swipe service bears.
    pub swipe_limits: SwipeLimits,
    /// Who checks cards for swipes. Default: software, with the master keys of the database.
    pub key_module: Option<Arc<dyn KeyModule>>,
}

impl CentreConfig {
    /// The defaults for a database file.
    pub fn new(database: impl AsRef<Path>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let database = database.as_ref().to_path_buf();
        let beside = |extension: &str| {
            let mut name = database.clone().into_os_string();
            name.push(extension);
            PathBuf::from(name)
        };
        Self {
            vault_key: beside(".vault"),
            signing_key: beside(".sm2"),
            database,
            clock,
            random,
            tls: None,
            faults: Vec::new(),
            allow_faults: false,
            issue_vouchers: false,
            card_auth_per_minute: 60,
            swipe_limits: SwipeLimits::default(),
            key_module: None,
        }
    }
}

impl fmt::Debug for CentreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CentreConfig").field("database", &self.database).finish_non_exhaustive()
    }
}
