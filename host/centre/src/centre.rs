//! The centre itself: opened once, shared by every connection.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;
use yika_platform::ec::{IssueRequest, Issued};
use yika_platform::envelope::Request;
use yika_platform::profile::Profile;
use yika_protocol::fault::centre as faults;
use yika_protocol::swipe::{Header, Kind, peek};

use crate::answer::LooseSerial;
use crate::engine::{Arrival, Departure, Engine, Headers, TurnedAway};
use crate::fault_book::{FaultBook, Held, LateDelivery};
use crate::keyfile::CentreKey;
use crate::refusal::{Refusal, Stop};
use crate::store::Store;
use crate::swipe::{self, Answered, Operation, Swipes};
use crate::vault::Vault;
use crate::{CentreConfig, Clock, Fault, FaultRule, Running, Seed, TlsError, serve, tls};

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

/// What becomes of a connection after a message.
pub(crate) enum Reaction {
    Answer {
        status: u16,
        body: Vec<u8>,
    },
    /// Close without a byte.
    HangUp,
}

impl Centre {
    /// Opens or creates the database and the keys beside it.
    ///
    /// # Errors
    /// A file cannot be made or read, a key or the database is not ours, TLS settings do not fit.
    pub fn open(config: CentreConfig) -> Result<Self, OpenError> {
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

    /// Takes a message through faults and engine. What is committed is committed even when the caller goes away.
    pub(crate) async fn receive(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let (infno, institution, msgid) = match Request::parse(&body) {
            Ok(request) => (request.infno, request.fixmedins_code, request.msgid),
            Err(_) => Default::default(),
        };
        let struck = self.inner.faults.meet(&infno, &institution);
        if !struck.is_empty() {
            tracing::info!(infno, msgid, faults = ?struck, "faults strike");
        }
        if struck.contains(&Fault::LateDuplicate) {
            let (body, headers) = (body.clone(), headers.clone());
            let (institution, infno, msgid) = (institution.clone(), infno.clone(), msgid.clone());
            self.inner.faults.hold(Held { institution, infno, msgid, body, headers });
        }
        if struck.contains(&Fault::LoseRequest) {
            return Reaction::HangUp;
        }
        let centre = self.clone();
        let faults = struck.clone();
        let answered = tokio::task::spawn_blocking(move || centre.answer(&body, &headers, &faults)).await;
        dally(&struck).await;
        if struck.contains(&Fault::LoseAnswer) {
            return Reaction::HangUp;
        }
        match answered {
            Ok(Ok(mut departure)) => {
                if struck.contains(&Fault::Corrupt) {
                    corrupt(&mut departure.body);
                }
                tracing::info!(infno, msgid, institution, outcome = %departure.outcome, "answered");
                Reaction::Answer { status: departure.status, body: departure.body }
            }
            Ok(Err(error)) => {
                tracing::error!(infno, msgid, institution, %error, "not answered");
                failed()
            }
            Err(_) => {
                tracing::error!(infno, msgid, institution, "an answering thread panicked");
                failed()
            }
        }
    }

    /// Takes a request to the key service through the engine.
    pub(crate) async fn receive_card_auth(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let centre = self.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let inner = &centre.inner;
            let arrival = Arrival { now: centre.now(), ..Arrival::plain(&body, &headers) };
            inner.engine.card_auth(&arrival, inner.card_auth_per_minute)
        });
        match answered.await {
            Ok(Ok(departure)) => {
                tracing::info!(outcome = %departure.outcome, "card authentication");
                Reaction::Answer { status: departure.status, body: departure.body }
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "card authentication not answered");
                failed()
            }
            Err(_) => failed(),
        }
    }

    /// Takes a message to the e-voucher interface through faults and engine. A fault rule calls it `6101` like the
    /// transaction; losses, delays and a skewed clock strike it, for any institution.
    pub(crate) async fn receive_ec_query(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let struck = self.inner.faults.meet("6101", "");
        if struck.contains(&Fault::LoseRequest) {
            return Reaction::HangUp;
        }
        let (centre, skew) = (self.clone(), skew(&struck));
        let answered = tokio::task::spawn_blocking(move || {
            let arrival = Arrival { now: centre.now() + skew, ..Arrival::plain(&body, &headers) };
            centre.inner.engine.ec_query(&arrival)
        })
        .await;
        dally(&struck).await;
        match answered {
            Ok(Ok(_)) if struck.contains(&Fault::LoseAnswer) => Reaction::HangUp,
            Ok(Ok(departure)) => {
                tracing::info!(outcome = %departure.outcome, "e-voucher decoded");
                Reaction::Answer { status: departure.status, body: departure.body }
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "e-voucher not answered");
                failed()
            }
            Err(_) => failed(),
        }
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

    /// Takes a datagram through faults and engine. A fault rule calls it `swipe`, `reversal`, `void`, `status` or `day`.
    pub(crate) async fn receive_swipe(
        &self,
        datagram: Vec<u8>,
        source: Option<IpAddr>,
        way: &'static str,
    ) -> Option<Vec<u8>> {
        let header = peek(&datagram).ok().filter(|header| header.kind.is_request());
        let institution = header.and_then(|header| self.swipes().institution(&header).ok().flatten());
        let (Some(header), Some(institution)) = (header, institution) else {
            return self.answer_datagram(datagram, source, way).await.map(|answered| answered.bytes);
        };
        let (word, id) = (swipe::word(header.kind), swipe_name(&header));
        let struck = self.inner.faults.meet(word, &institution);
        if !struck.is_empty() {
            tracing::info!(kind = word, id, faults = ?struck, "faults strike");
        }
        if struck.contains(&Fault::LateDuplicate) {
            self.inner.faults.hold(Held {
                institution: institution.clone(),
                infno: word.to_owned(),
                msgid: id.clone(),
                body: datagram.clone(),
                headers: Headers::default(),
            });
        }
        if struck.contains(&Fault::LoseRequest) {
            return None;
        }
        if struck.contains(&Fault::Duplicate) {
            self.answer_datagram(datagram.clone(), source, way).await;
        }
        let answered = self.answer_datagram(datagram, source, way).await;
        if header.kind == Kind::Reversal && answered.is_some() {
            for held in self.inner.faults.release(&institution, &id) {
                let late = self.answer_datagram(held.body, source, way).await;
                let outcome = late.map_or("not answered", |late| late.outcome).to_owned();
                tracing::info!(id, outcome, "late duplicate delivered");
                self.inner.faults.delivered(LateDelivery { infno: held.infno, msgid: id.clone(), outcome });
            }
        }
        dally(&struck).await;
        let mut bytes = answered?.bytes;
        if struck.contains(&Fault::Corrupt) {
            corrupt(&mut bytes);
        }
        (!struck.contains(&Fault::LoseAnswer)).then_some(bytes)
    }

    async fn answer_datagram(
        &self,
        datagram: Vec<u8>,
        source: Option<IpAddr>,
        way: &'static str,
    ) -> Option<Answered> {
        let (send, receive) = tokio::sync::oneshot::channel();
        self.inner.swipes.take(datagram, source, way, Box::new(move |answered| drop(send.send(answered))));
        receive.await.ok()
    }

    /// Takes a request about terminals through the engine.
    pub(crate) async fn receive_terminals(
        &self,
        operation: Operation,
        body: Vec<u8>,
        headers: Headers,
    ) -> Reaction {
        let centre = self.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let arrival = Arrival { now: centre.now(), ..Arrival::plain(&body, &headers) };
            centre.inner.engine.terminals(&arrival, operation)
        });
        match answered.await {
            Ok(Ok(departure)) => {
                tracing::info!(outcome = %departure.outcome, ?operation, "terminals");
                Reaction::Answer { status: departure.status, body: departure.body }
            }
            Ok(Err(error)) => {
                tracing::error!(%error, ?operation, "terminals not answered");
                failed()
            }
            Err(_) => failed(),
        }
    }

    /// The answer to a body that is too large to be read.
    pub(crate) fn too_large(&self) -> Reaction {
        let away = TurnedAway::new(413, Refusal::new(&faults::TOO_LARGE));
        match self.inner.engine.turn_away("", &away, self.now()) {
            Ok(departure) => Reaction::Answer { status: departure.status, body: departure.body },
            Err(_) => failed(),
        }
    }

    fn answer(&self, body: &[u8], headers: &Headers, struck: &[Fault]) -> Result<Departure, StoreError> {
        let arrival = Arrival {
            now: self.now() + skew(struck),
            sign_in_expires: struck.contains(&Fault::SignInExpired),
            stumbles: struck.contains(&Fault::MinusOneAfterCommit),
            ..Arrival::plain(body, headers)
        };
        let mut departure = self.inner.engine.transact(&arrival)?;
        if struck.contains(&Fault::Duplicate) {
            departure = self.inner.engine.transact(&arrival)?;
        }
        if let Some((institution, msgid)) = &departure.reversed {
            self.deliver_late(institution, msgid);
        }
        Ok(departure)
    }

    /// Delivers once more what was kept for an id that has just been reversed.
    fn deliver_late(&self, institution: &str, msgid: &str) {
        for held in self.inner.faults.release(institution, msgid) {
            let arrival = Arrival { now: self.now(), ..Arrival::plain(&held.body, &held.headers) };
            let outcome = match self.inner.engine.transact(&arrival) {
                Ok(departure) => departure.outcome,
                Err(_) => "not answered".to_owned(),
            };
            tracing::info!(infno = held.infno, msgid = held.msgid, outcome, "late duplicate delivered");
            self.inner.faults.delivered(LateDelivery { infno: held.infno, msgid: held.msgid, outcome });
        }
    }

    fn now(&self) -> i64 {
        millis(self.inner.clock.now())
    }
}

/// Lets an answer leave later where a fault says so.
async fn dally(struck: &[Fault]) {
    let delays = struck.iter().map(|fault| if let Fault::Delay(ms) = fault { *ms } else { 0 });
    let delay = delays.fold(0, u64::saturating_add);
    if delay > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
    }
}

/// Changes one bit in the middle.
fn corrupt(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
}

/// The id of a swipe where a message id stands.
fn swipe_name(header: &Header) -> String {
    format!("{}{:012X}", header.terminal, header.counter.get())
}

/// How far the clock is ahead, in milliseconds.
fn skew(struck: &[Fault]) -> i64 {
    struck.iter().map(|fault| if let Fault::ClockSkew(seconds) = fault { seconds * 1000 } else { 0 }).sum()
}

pub(crate) fn millis(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Nothing was committed and nothing can be said: the sender must take the outcome as unknown.
fn failed() -> Reaction {
    Reaction::Answer { status: 500, body: b"internal error\n".to_vec() }
}

impl fmt::Debug for Centre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Centre").field("database", &self.inner.database).finish_non_exhaustive()
    }
}
