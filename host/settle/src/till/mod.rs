//! One workstation.

mod exchange;
mod locks;
mod reconcile;
mod recover;
mod reverse;
mod session;
mod settle;
mod void;
mod voucher;

use std::fmt;
use std::sync::Mutex;

use yika_platform::business_time::BusinessTime;
use yika_platform::gateway;
use yika_platform::msgid::MsgId;
use yika_platform::tables;
use yika_protocol::sign::Sm2Verifier;

use crate::config::TillConfig;
use crate::deps::{Deps, Step};
use crate::error::{JournalError, OpenError};
use crate::journal::{Entry, Journal, Lock};
use crate::keys;
pub(crate) use exchange::not_sent_fault;
use locks::Locks;

/// One workstation of one institution, with its journal. Holds the journal's lock while it lives.
pub struct Till {
    config: TillConfig,
    deps: Deps,
    journal: Journal,
    centre_key: Option<Sm2Verifier>,
    locks: Locks,
    clock_offset_ms: Mutex<Option<i64>>,
    _lock: Lock,
}

impl Till {
    /// Opens the till on its journal. Sends nothing. What an earlier run left open is unknown from here on; let
    /// [`Till::recover`] or [`Till::run_recovery`] resolve it.
    pub async fn open(config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        let centre_key = check(&config)?;
        let lock = Lock::acquire(&config.journal.path, config.journal.lock_wait).await?;
        let journal = Journal::open(&config.journal, std::sync::Arc::clone(&deps.random))?;
        let till = Self {
            config,
            deps,
            journal,
            centre_key,
            locks: Locks::default(),
            clock_offset_ms: Mutex::new(None),
            _lock: lock,
        };
        till.purge();
        Ok(till)
    }

    /// Why no new settlement is taken at present (damage, a full disk); recovery goes on all the same.
    pub fn health(&self) -> Result<(), JournalError> {
        self.journal.takes_new()
    }

    /// The last `limit` purchases, newest first; only open ones when `open_only`.
    pub fn list(&self, open_only: bool, limit: u32) -> Result<Vec<Entry>, JournalError> {
        self.journal.list(open_only, limit)
    }

    /// One purchase by `order_no`, `msgid` or `setl_id`.
    pub fn find(&self, which: &str) -> Result<Option<Entry>, JournalError> {
        self.journal.find(which)
    }

    /// Notes that a screen has shown (or a printer printed) the outcome of this order. False when there is none.
    pub fn mark_shown(&self, order_no: &str) -> Result<bool, JournalError> {
        self.journal.shown(&self.config.institution.code, order_no)
    }

    /// Settled purchases that no screen has shown: offer each for reprint or void.
    pub fn unshown(&self) -> Result<Vec<Entry>, JournalError> {
        self.journal.unshown_purchases()?.into_iter().map(|purchase| self.journal.entry(purchase)).collect()
    }

    /// The exact bytes of the settling request (2102) of an order, as they were sent. Personal data.
    pub fn request_body(&self, order_no: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(purchase) = self.journal.lookup(order_no)? else { return Ok(None) };
        Ok(self.journal.settling_message(purchase.id)?.map(|message| message.body.to_vec()))
    }

    /// The exact bytes of the answer that settled an order. Personal data.
    pub fn answer_body(&self, order_no: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(purchase) = self.journal.lookup(order_no)? else { return Ok(None) };
        Ok(self.journal.evidence(purchase.id, settle::ANSWER)?.map(|body| body.to_vec()))
    }

    fn purge(&self) {
        let Some(days) = self.config.journal.retention_days else { return };
        let before = self.now_ms().saturating_sub(i64::from(days) * 86_400_000);
        match self.journal.purge(before) {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, days, "journal: old closed purchases removed"),
            Err(e) => tracing::warn!(error = %e, "journal: retention not applied"),
        }
    }

    fn fresh_msgid(&self) -> Result<MsgId, JournalError> {
        self.journal.msgid(&self.config.institution.code, self.config.workstation.seq_range, self.now_ms())
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.deps.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
    }

    fn business_now(&self) -> BusinessTime {
        BusinessTime::from_unix_millis(self.now_ms())
    }

    /// A place where a test may cut the power.
    async fn step(&self, step: Step) {
        if self.deps.steps.stop_at(step) {
            std::future::pending::<()>().await;
        }
    }
}

impl fmt::Debug for Till {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Till").field("institution", &self.config.institution.code).finish_non_exhaustive()
    }
}

/// Refuses a site that could not send a single message, before a queue stands at the till.
fn check(config: &TillConfig) -> Result<Option<Sm2Verifier>, OpenError> {
    let bad = |text: String| OpenError::Config(text);
    let profile = &config.profile;
    MsgId::new(&config.institution.code, BusinessTime::from_unix_millis(0), 0)
        .map_err(|e| bad(format!("institution.code: {e}")))?;
    let msgid = format!("{}202601010000000000", config.institution.code);
    let envelope = config.envelope("9001", &msgid, BusinessTime::from_unix_millis(0));
    if let Some(fault) = tables::check_request_envelope(&envelope, profile).first() {
        return Err(bad(fault.to_string()));
    }
    envelope.to_bytes().map_err(|e| bad(e.to_string()))?;
    if !config.institution.region.bytes().all(|b| b.is_ascii_digit()) || config.institution.region.len() != 6
    {
        return Err(bad("institution.region: six digits".to_owned()));
    }
    let stamp = gateway::Call { infno: "9001", unix_millis: 0, nonce: "0" };
    gateway::headers(profile, config.centre.gateway_keys.as_ref(), &stamp)
        .map_err(|e| bad(format!("gateway of profile {}: {e}", profile.name)))?;
    if !(config.centre.url.starts_with("http://") || config.centre.url.starts_with("https://")) {
        return Err(bad("centre.url: http:// or https://".to_owned()));
    }
    if !profile.signature.signs_responses {
        return Ok(None);
    }
    let pem = config.centre.key_pem.as_deref();
    let pem = pem.ok_or_else(|| bad(format!("profile {} needs the centre's public key", profile.name)))?;
    keys::verifier_from_pem(pem)
        .map(Some)
        .map_err(|_| bad("the centre's public key is not an SM2 key".to_owned()))
}
