//! What the machine does about open purchases, by itself.

use std::sync::Arc;
use std::time::Duration;

use yika_platform::transactions::Settle;
use yika_protocol::fault::settle as faults;

use super::Till;
use super::exchange::{Weight, reason};
use super::settle::Sending;
use crate::deps::Step;
use crate::error::{CancelError, JournalError, RecoverError};
use crate::journal::{Change, Purchase, State};
use crate::outcome::{Recovery, Settlement};

/// Refusals in a row that say nothing about the purchase, after which asking again is given up for a reversal.
const FUTILE: u32 = 6;

impl Till {
    /// One round over everything open, regardless of waiting times.
    pub async fn recover(&self) -> Result<Recovery, RecoverError> {
        let mut recovery = Recovery::default();
        for purchase in self.journal.open_purchases()? {
            let id = purchase.id;
            // One purchase that cannot be worked on must not keep the others from it.
            if let Err(e) = self.work_on(purchase).await {
                tracing::error!(code = %e.fault().code(), "recovery: a purchase could not be worked on");
            }
            let now = self.journal.purchase(id)?;
            recovery.still_open += usize::from(now.state.is_open());
            recovery.touched.push(now.settlement(true));
        }
        Ok(recovery)
    }

    /// Works on one order until it is closed or `patience` ends; the outcome may still be unknown then.
    pub async fn wait_resolved(
        &self,
        order_no: &str,
        patience: Duration,
    ) -> Result<Settlement, RecoverError> {
        let give_up = tokio::time::Instant::now() + patience;
        let mut wait = Duration::from_millis(200);
        loop {
            let purchase = self.journal.lookup(order_no)?.ok_or(RecoverError::NotFound)?;
            if !purchase.state.is_open() {
                return Ok(purchase.settlement(true));
            }
            let id = purchase.id;
            let worked = tokio::time::timeout_at(give_up, self.work_on(purchase)).await;
            let purchase = self.journal.purchase(id)?;
            let out_of_time = worked.is_err() || tokio::time::Instant::now() + wait > give_up;
            if !purchase.state.is_open() || out_of_time {
                return Ok(purchase.settlement(true));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }

    /// Resolves what is open, for ever, with growing waits. Spawn it beside the till; drop it to stop.
    pub async fn run_recovery(self: Arc<Self>) {
        const TICK: Duration = Duration::from_secs(1);
        let mut first_round = true;
        let mut next_purge_ms = self.now_ms().saturating_add(86_400_000);
        loop {
            let now_ms = self.now_ms();
            match self.journal.open_purchases() {
                Ok(open) => {
                    for purchase in open {
                        if (first_round || purchase.next_ms <= now_ms)
                            && let Err(e) = self.work_on(purchase).await
                        {
                            tracing::error!(code = %e.fault().code(), "recovery: a purchase could not be worked on");
                        }
                    }
                }
                Err(e) => tracing::error!(code = %e.fault().code(), "recovery: the journal is not readable"),
            }
            first_round = false;
            if now_ms >= next_purge_ms {
                self.purge();
                next_purge_ms = now_ms.saturating_add(86_400_000);
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Gives an unknown purchase up: it will be reversed (2601) and will not count, even if it was settled.
    ///
    /// The decision is durable before anything is sent and cannot be taken back. It may be called while the settlement
    /// is still waiting for its answer.
    pub async fn cancel(&self, order_no: &str) -> Result<Settlement, CancelError> {
        let purchase = self.journal.lookup(order_no)?.ok_or(CancelError::NotFound)?;
        match purchase.state {
            State::Settled | State::Voiding => return Err(CancelError::Settled),
            State::NotSent | State::Refused | State::Reversed | State::Voided => {
                return Ok(purchase.settlement(true));
            }
            State::Sending | State::Unknown => {
                self.step(Step::BeforeReversal).await;
                self.give_up(&purchase, "cancelled")?;
            }
            State::Reversing => {}
        }
        let now = self.journal.purchase(purchase.id)?;
        match now.state {
            State::Reversing => self.drive_reversal(now).await?,
            // The answer was quicker than the cashier.
            State::Settled | State::Voiding => return Err(CancelError::Settled),
            _ => {}
        }
        Ok(self.journal.purchase(purchase.id)?.settlement(false))
    }

    /// One attempt for one open purchase. Nothing happens when somebody else in this process is at it.
    pub(super) async fn work_on(&self, purchase: Purchase) -> Result<(), JournalError> {
        match purchase.state {
            State::Sending | State::Unknown => self.drive_unknown(purchase).await,
            State::Reversing => self.drive_reversal(purchase).await,
            State::Voiding => self.drive_void(purchase).await.map(|_| ()),
            State::NotSent | State::Settled | State::Refused | State::Reversed | State::Voided => Ok(()),
        }
    }

    async fn drive_unknown(&self, purchase: Purchase) -> Result<(), JournalError> {
        let Some(_claim) = self.locks.try_acquire(&format!("order {}", purchase.order_no)) else {
            return Ok(());
        };
        // It may have been closed while we waited for our turn.
        let purchase = self.journal.purchase(purchase.id)?;
        if !matches!(purchase.state, State::Sending | State::Unknown) {
            return Ok(());
        }
        let rules = &self.config.profile.outcome;
        let too_long = self.config.recovery.reverse_after.is_some_and(|limit| {
            u128::from(self.now_ms().abs_diff(purchase.created_ms)) >= limit.as_millis()
        });
        let message = match self.journal.settling_message(purchase.id) {
            Ok(message) => message,
            Err(e @ (JournalError::Corrupt(_) | JournalError::Key(_))) => {
                // Without its bytes it can neither be resent nor reversed: the person number is in them.
                self.note_stuck(&purchase, &e)?;
                return Err(e);
            }
            Err(e) => return Err(e),
        };
        let Some(message) = message else { return Ok(()) };
        if !rules.idempotent || too_long || purchase.failures >= FUTILE && self.is_futile(&purchase) {
            if !self.config.profile.is_reversible(&self.config.profile.pharmacy.settle) {
                return self.note_stuck(&purchase, &JournalError::Corrupt("2601".to_owned()));
            }
            self.step(Step::BeforeReversal).await;
            self.give_up(&purchase, "reversing")?;
            let purchase = self.journal.purchase(purchase.id)?;
            return if purchase.state == State::Reversing {
                self.drive_reversal(purchase).await
            } else {
                Ok(())
            };
        }
        let verdict = self.exchange::<Settle>(&message.body, Weight::Settles).await;
        self.step(Step::BeforeOutcome).await;
        self.conclude(&purchase, &message.body, verdict, Sending::Again)?;
        self.step(Step::AfterOutcome).await;
        Ok(())
    }

    /// Once reversing, always reversing.
    fn give_up(&self, purchase: &Purchase, event: &'static str) -> Result<bool, JournalError> {
        let now_ms = self.now_ms();
        let change = Change {
            to: Some(State::Reversing),
            reason: Some(reason(&faults::REVERSING, "")),
            next_ms: Some(now_ms),
            event,
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Sending, State::Unknown], &change, now_ms)
    }

    /// Refusals that speak of the sending only come back however often one asks.
    fn is_futile(&self, purchase: &Purchase) -> bool {
        purchase.reason.as_ref().is_some_and(|reason| {
            let text = format!("[{}]", reason.fault.code());
            self.config.profile.speaks_of_sending_only(&text)
        })
    }

    fn note_stuck(&self, purchase: &Purchase, why: &JournalError) -> Result<(), JournalError> {
        let now_ms = self.now_ms();
        let change = Change {
            reason: Some(reason(why.fault(), &why.detail())),
            next_ms: Some(self.next_attempt(purchase.failures)),
            failed: true,
            event: "stuck",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[purchase.state], &change, now_ms).map(|_| ())
    }

    /// Doubling waits with an upper bound.
    pub(super) fn next_attempt(&self, failures: u32) -> i64 {
        let policy = &self.config.recovery;
        let wait = policy.first_wait.saturating_mul(1 << failures.min(16)).min(policy.longest_wait);
        self.now_ms().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }
}
