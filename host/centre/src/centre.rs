//! The centre itself: opened once, shared by every connection.

mod receive;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;
use yika_platform::ec::{IssueRequest, Issued};
use yika_platform::profile::Profile;

use crate::answer::LooseSerial;
use crate::engine::Engine;
use crate::fault_book::{FaultBook, LateDelivery};
use crate::keyfile::CentreKey;
use crate::refusal::Stop;
use crate::store::Store;
use crate::swipe::{self, Answered, Swipes};
use crate::vault::Vault;
use crate::{CentreConfig, Clock, FaultRule, Running, Seed, TlsError, files, serve, tls};

pub(crate) use receive::Reaction;

/// A settlement centre. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Centre {
    inner: Arc<Inner>,
}

struct Inner {
    database: PathBuf,
    engine: Arc<Engine>,
    swipes: Swipes,
    clock: Arc<dyn Clock>,
    faults: FaultBook,
    allow_faults: bool,
    issue_vouchers: bool,
    card_auth_per_minute: u32,
    tls: Option<TlsAcceptor>,
}

/// Why a centre cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// A file of the centre cannot be made, read or protected.
    File(PathBuf, std::io::Error),
    /// A key file or the database file is not what it should be.
    Key(PathBuf, String),
    /// One of database, vault key and signing key is missing, or empty, while another is there. Nothing was made.
    Lost {
        /// What is missing.
        path: PathBuf,
        /// The file is there without a byte in it.
        empty: bool,
        /// A file that was found.
        beside: PathBuf,
    },
    /// The database failed.
    Store(StoreError),
    /// TLS cannot be set up.
    Tls(TlsError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, e) => write!(f, "{}: {e}", path.display()),
            Self::Key(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Lost { path, empty, beside } => {
                let state = if *empty { "empty" } else { "missing" };
                write!(
                    f,
                    "{}: {state}, while {} is there; none is made anew",
                    path.display(),
                    beside.display()
                )
            }
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
    /// Code mappings written.
    pub mappings: usize,
    /// Policies written.
    pub policies: usize,
    /// Card key sets written.
    pub card_keys: usize,
}

impl Centre {
    /// Opens the database and the keys beside it, or creates all three when none of them is there.
    ///
    /// # Errors
    /// A file cannot be made or read, one of the three is lost, a key or the database is not ours, TLS settings do not fit.
    pub fn open(config: CentreConfig) -> Result<Self, OpenError> {
        files::whole(&config)?;
        let vault = Vault::open(&config.vault_key, Arc::clone(&config.random))
            .map_err(|e| OpenError::File(config.vault_key.clone(), e))?;
        let key = CentreKey::open(&config.signing_key, &*config.random)?;
        let store = Store::open(&config.database, vault)?;
        let tls = config.tls.as_ref().map(tls::acceptor).transpose().map_err(OpenError::Tls)?;
        // A built-in profile that is only described cannot be checked, so no institution may use it: the seed says so.
        let profiles: BTreeMap<String, Profile> = Profile::BUILT_IN
            .iter()
            .filter_map(|(name, _)| Some(((*name).to_owned(), Profile::load(name).ok()?)))
            .collect();
        let engine =
            Arc::new(Engine { store, key, profiles, random: config.random, loose: LooseSerial::default() });
        let swipes = Swipes::new(
            Arc::clone(&engine),
            Arc::clone(&config.clock),
            config.key_module,
            config.swipe_limits,
        );
        Ok(Self {
            inner: Arc::new(Inner {
                database: config.database,
                engine,
                swipes,
                clock: config.clock,
                faults: FaultBook::new(&config.faults),
                allow_faults: config.allow_faults,
                issue_vouchers: config.issue_vouchers,
                card_auth_per_minute: config.card_auth_per_minute,
                tls,
            }),
        })
    }

    /// Writes a seed. May be repeated: rows are replaced, balances only set the first time (or with `reset = true`).
    ///
    /// # Errors
    /// The database failed; nothing was written then.
    pub fn seed(&self, seed: &Seed) -> Result<SeedReport, StoreError> {
        seed.write(&self.inner.engine.store, self.now())
    }

    /// The centre's SM2 public key as SubjectPublicKeyInfo in PEM, as `GET /certificate` gives it.
    pub fn public_key_pem(&self) -> String {
        self.inner.engine.key.public_pem.clone()
    }

    /// Adds a rule of misbehaviour.
    pub fn add_fault(&self, rule: FaultRule) {
        tracing::info!(rule = %rule, "fault rule added");
        self.inner.faults.add(rule);
    }

    /// The rules that may still strike.
    pub fn faults(&self) -> Vec<FaultRule> {
        self.inner.faults.rules()
    }

    /// Forgets every rule and every kept message.
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// Serves on the listener in the background of the current tokio runtime until stopped.
    ///
    /// # Errors
    /// The listener's address cannot be read.
    pub fn start(&self, listener: TcpListener) -> std::io::Result<Running> {
        let (address, centre) = (listener.local_addr()?, self.clone());
        Ok(Running::start(address, |until| async move {
            if let Err(error) = serve(centre, listener, until).await {
                tracing::error!(%error, "the listener failed");
            }
        }))
    }

    /// Answers swipes on the socket in the background of the current tokio runtime until stopped.
    ///
    /// # Errors
    /// The socket's address cannot be read.
    pub fn start_swipes(&self, socket: UdpSocket) -> std::io::Result<Running> {
        let (address, centre) = (socket.local_addr()?, self.clone());
        Ok(Running::start(address, |until| async move {
            tokio::select! {
                () = swipe::listen(centre, socket) => {}
                () = until => {}
            }
        }))
    }

    /// Takes one datagram without a socket and waits for its answer, a hint included; `None` when there is none. For models
    /// and tests that bring a network of their own; fault rules are not asked. Blocks: not for async code.
    pub fn answer_swipe(&self, datagram: &[u8], source: Option<IpAddr>) -> Option<Vec<u8>> {
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        let reply = move |answered: Answered| drop(send.send(answered.bytes));
        self.inner.swipes.take(datagram.to_vec(), source, "direct", Box::new(reply));
        receive.recv().ok()
    }

    /// Counts and times of swipes, as `GET /metrics` gives them.
    pub fn metrics(&self) -> String {
        self.inner.swipes.metrics()
    }

    pub(crate) fn tls(&self) -> Option<TlsAcceptor> {
        self.inner.tls.clone()
    }

    pub(crate) fn allows_faults(&self) -> bool {
        self.inner.allow_faults
    }

    pub(crate) fn late_deliveries(&self) -> Vec<LateDelivery> {
        self.inner.faults.deliveries()
    }

    /// Whether the database answers.
    pub(crate) fn is_well(&self) -> bool {
        self.inner.engine.store.write::<_, StoreError>(|work| work.setting("schema")).is_ok()
    }

    /// A fresh e-voucher code for the phone of a person, where this centre issues codes.
    pub(crate) fn issue_voucher(&self, request: &IssueRequest) -> Result<Issued, Stop> {
        self.inner.engine.issue_voucher(request, self.now())
    }

    pub(crate) fn issues_vouchers(&self) -> bool {
        self.inner.issue_vouchers
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn swipes(&self) -> &Swipes {
        &self.inner.swipes
    }

    pub(crate) fn has_faults(&self) -> bool {
        self.inner.faults.any()
    }

    fn now(&self) -> i64 {
        millis(self.inner.clock.now())
    }
}

pub(crate) fn millis(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

impl fmt::Debug for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Centre").field("database", &self.inner.database).finish_non_exhaustive()
    }
}
