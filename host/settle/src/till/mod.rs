//! One workstation.

use std::sync::Arc;
use std::time::Duration;

use yika_platform::basket::Basket;

use crate::config::TillConfig;
use crate::credential::Credential;
use crate::deps::Deps;
use crate::error::{
    CancelError, JournalError, OpenError, PreviewError, ReconcileError, RecoverError, SessionError,
    SettleError, VoidError,
};
use crate::journal::Entry;
use crate::outcome::{Preview, Recovery, Settlement};
use crate::reconcile::Reconciliation;

/// One workstation of one institution, with its journal. Holds the journal's lock while it lives.
pub struct Till {
    config: TillConfig,
    deps: Deps,
}

impl Till {
    /// Opens the till on its journal. Sends nothing. What an earlier run left open is unknown from here on; let
    /// [`Till::recover`] or [`Till::run_recovery`] resolve it.
    pub async fn open(config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        Ok(Self { config, deps })
    }

    /// Settles a pharmacy purchase (9001 where needed, 1101, 2102). Calling again with the same order gives the
    /// journal's outcome; an order that was *not sent* is tried again under the same id.
    pub async fn settle_pharmacy(
        &self,
        basket: &Basket,
        credential: &Credential,
    ) -> Result<Settlement, SettleError> {
        let _ = (basket, credential, &self.config, &self.deps);
        todo!()
    }

    /// Asks what a purchase would cost (2101). Records nothing.
    pub async fn preview(&self, basket: &Basket, credential: &Credential) -> Result<Preview, PreviewError> {
        let _ = (basket, credential);
        todo!()
    }

    /// Voids a settled purchase (2103), named by `order_no` or `setl_id`. Repeated until answered; never reversed.
    pub async fn void(&self, which: &str) -> Result<Settlement, VoidError> {
        let _ = which;
        todo!()
    }

    /// Gives an unknown purchase up: it will be reversed (2601) and will not count, even if it was settled.
    pub async fn cancel(&self, order_no: &str) -> Result<Settlement, CancelError> {
        let _ = order_no;
        todo!()
    }

    /// One round over everything open, regardless of waiting times.
    pub async fn recover(&self) -> Result<Recovery, RecoverError> {
        todo!()
    }

    /// Works on one order until it is closed or `patience` ends; the outcome may still be unknown then.
    pub async fn wait_resolved(
        &self,
        order_no: &str,
        patience: Duration,
    ) -> Result<Settlement, RecoverError> {
        let _ = (order_no, patience);
        todo!()
    }

    /// Resolves what is open, for ever, with growing waits. Spawn it beside the till; drop it to stop.
    pub async fn run_recovery(self: Arc<Self>) {
        todo!()
    }

    /// Compares the totals of the days `begin ..= end` (`yyyy-MM-dd`) with the centre (3201).
    pub async fn reconcile(&self, begin: &str, end: &str) -> Result<Reconciliation, ReconcileError> {
        let _ = (begin, end);
        todo!()
    }

    /// Signs the operator in (9001) even when a valid sign-in is at hand.
    pub async fn sign_in(&self) -> Result<(), SessionError> {
        todo!()
    }

    /// Signs the operator out (9002); nothing happens when nobody is signed in.
    pub async fn sign_out(&self) -> Result<(), SessionError> {
        todo!()
    }

    /// How far the centre's clock is ahead of ours, measured by a sign-in; over five minutes is worth a warning.
    pub async fn measure_clock_offset(&self) -> Result<time::Duration, SessionError> {
        todo!()
    }

    /// The offset seen on the last answer, `None` before any.
    pub fn clock_offset(&self) -> Option<time::Duration> {
        todo!()
    }

    /// The last `limit` purchases, newest first; only open ones when `open_only`.
    pub fn list(&self, open_only: bool, limit: u32) -> Result<Vec<Entry>, JournalError> {
        let _ = (open_only, limit);
        todo!()
    }

    /// One purchase by `order_no`, `msgid` or `setl_id`.
    pub fn find(&self, which: &str) -> Result<Option<Entry>, JournalError> {
        let _ = which;
        todo!()
    }

    /// Notes that a screen has shown (or a printer printed) the outcome of this order.
    pub fn mark_shown(&self, order_no: &str) -> Result<(), JournalError> {
        let _ = order_no;
        todo!()
    }

    /// Settled purchases that no screen has shown: offer each for reprint or void.
    pub fn unshown(&self) -> Result<Vec<Entry>, JournalError> {
        todo!()
    }

    /// The exact bytes of the settling request (2102) of an order, as they were sent. Personal data.
    pub fn request_body(&self, order_no: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let _ = order_no;
        todo!()
    }

    /// The exact bytes of the answer that settled an order. Personal data.
    pub fn answer_body(&self, order_no: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let _ = order_no;
        todo!()
    }
}
