//! The reversal (2601) of a purchase whose fate is not known.

use yika_platform::business_time::BusinessTime;
use yika_platform::msgid::MsgId;
use yika_platform::transactions::{self, Reverse, ReverseRow};
use yika_protocol::fault::settle as faults;

use super::Till;
use super::exchange::{Draft, Refusal, Verdict, Weight, reason};
use super::session::Unanswered;
use super::settle::DOUBTFUL;
use crate::deps::Step;
use crate::error::JournalError;
use crate::journal::{Change, Kind, Message, NewMessage, Purchase, State};
use crate::outcome::Reason;

impl Till {
    /// One attempt to get a reversal acknowledged.
    pub(super) async fn drive_reversal(&self, purchase: Purchase) -> Result<(), JournalError> {
        let Some(_claim) = self.locks.try_acquire(&format!("reversal {}", purchase.id)) else {
            return Ok(());
        };
        let purchase = self.journal.purchase(purchase.id)?;
        if purchase.state != State::Reversing {
            return Ok(());
        }
        for _ in 0..2 {
            let sign_no = match self.sign_no().await {
                Ok(sign_no) => sign_no,
                Err(unanswered) => return self.reversal_waits(&purchase, unanswered),
            };
            let Some(message) = self.reversal_message(&purchase, &sign_no)? else { return Ok(()) };
            self.step(Step::AfterReversal).await;
            let verdict = self.exchange::<Reverse>(&message.body, Weight::Settles).await;
            self.step(Step::BeforeOutcome).await;
            if let Verdict::Refused(Refusal { sign_in: true, .. }) = &verdict {
                // A reversal may come again under another id: it is named by the id of its original.
                let used = sign_no_of(&message);
                self.close_reversal(&purchase, &message, None, "reversal without sign-in")?;
                match self.sign_no_after(&used).await {
                    Ok(_) => continue,
                    Err(unanswered) => return self.reversal_waits(&purchase, unanswered),
                }
            }
            self.conclude_reversal(&purchase, &message, verdict).await?;
            self.step(Step::AfterOutcome).await;
            return Ok(());
        }
        self.failed_reversal(&purchase, reason(&faults::REVERSAL_REFUSED, ""), None)
    }

    /// The open reversal of a purchase, or a new one. A request that has grown older than half of the centre's clock
    /// window is replaced: resent as it is, it would be refused for its time.
    fn reversal_message(&self, purchase: &Purchase, sign_no: &str) -> Result<Option<Message>, JournalError> {
        let window_ms = i64::from(self.config.profile.session.clock_window_minutes) * 60_000;
        match self.journal.open_message(purchase.id, Kind::Reverse)? {
            Some(message) if self.now_ms().abs_diff(message.created_ms) * 2 < window_ms.unsigned_abs() => {
                return Ok(Some(message));
            }
            Some(stale) => self.close_reversal(purchase, &stale, None, "reversal too old")?,
            None => {}
        }
        let Some(original) = self.journal.settling_message(purchase.id)? else { return Ok(None) };
        let damaged = || JournalError::Corrupt("stored request".to_owned());
        let psn_no = self.asked(&original.body).ok_or_else(damaged)?.druginfo.psn_no.clone();
        let insuplc = insuplc_of(&original);
        let infno = self.config.profile.pharmacy.settle.clone();
        let row = ReverseRow { psn_no, omsgid: purchase.msgid.clone(), oinfno: infno };
        let input = transactions::write(&Reverse { data: row }, &self.config.profile)
            .map_err(|e| JournalError::Corrupt(e.to_string()))?;
        let build = |msgid: &MsgId| {
            let insuplc = (!insuplc.is_empty()).then_some(insuplc.as_str());
            let draft = Draft { infno: "2601", msgid, insuplc, sign_no, input: input.clone() };
            self.build(draft).map_err(JournalError::Corrupt)
        };
        let new = NewMessage {
            purchase: purchase.id,
            from: &[State::Reversing],
            to: None,
            kind: Kind::Reverse,
            event: "reversal recorded",
            institution: &self.config.institution.code,
            range: self.config.workstation.seq_range,
            now_ms: self.now_ms(),
        };
        self.journal.begin_message(&new, build)
    }

    async fn conclude_reversal(
        &self,
        purchase: &Purchase,
        message: &Message,
        verdict: Verdict<transactions::Nothing>,
    ) -> Result<(), JournalError> {
        let (acknowledged, body) = match verdict {
            Verdict::Accepted { body, .. } => (true, body),
            Verdict::Refused(Refusal { reversed: true, body, .. }) => (true, body),
            Verdict::Refused(Refusal { not_found: true, body, .. }) => (false, body),
            Verdict::Refused(refusal) => {
                let refused = Reason { fault: &faults::REVERSAL_REFUSED, detail: refusal.reason.detail };
                let evidence = Some((message, refusal.body.as_slice()));
                self.close_reversal(purchase, message, None, "reversal refused")?;
                return self.failed_reversal(purchase, refused, evidence);
            }
            Verdict::NotSent(reason) => return self.failed_reversal(purchase, reason, None),
            Verdict::Unsure { reason, evidence } => {
                let evidence = evidence.as_deref().map(|bytes| (message, bytes));
                return self.failed_reversal(purchase, reason, evidence);
            }
        };
        if self.config.profile.outcome.tombstone && acknowledged {
            return self.reversed(purchase, message, &body);
        }
        self.close_reversal(purchase, message, Some(&body), "reversal answered")?;
        self.close_after_flight(purchase, message, &body).await
    }

    /// Without a tombstone an original that is still under way could settle after its reversal. So the reversal is
    /// repeated after the longest flight time, and believed when the totals of the centre agree as well.
    async fn close_after_flight(
        &self,
        purchase: &Purchase,
        message: &Message,
        body: &[u8],
    ) -> Result<(), JournalError> {
        let Some(original) = self.journal.settling_message(purchase.id)? else { return Ok(()) };
        let flight_ms = i64::try_from(self.config.profile.outcome.longest_flight_seconds)
            .unwrap_or(i64::MAX / 2000)
            .saturating_mul(1000);
        let landed_ms = original.sent_ms.saturating_add(flight_ms);
        if message.created_ms < landed_ms {
            let change = Change {
                next_ms: Some(landed_ms),
                event: "waiting for the longest flight time",
                ..Change::default()
            };
            return self.journal.apply(purchase.id, &[State::Reversing], &change, self.now_ms()).map(|_| ());
        }
        let begin = BusinessTime::from_unix_millis(purchase.created_ms).date();
        let end = self.business_now().date();
        match self.group_is_equal(&purchase.insutype, &begin, &end).await {
            Ok(true) => self.reversed(purchase, message, body),
            Ok(false) => self.failed_reversal(purchase, reason(&faults::BOOKS_DIFFER, ""), None),
            Err(unanswered) => self.reversal_waits(purchase, unanswered),
        }
    }

    fn reversed(&self, purchase: &Purchase, message: &Message, body: &[u8]) -> Result<(), JournalError> {
        let change = Change {
            to: Some(State::Reversed),
            reason: Some(reason(&faults::REVERSED, "")),
            evidence: Some(("reversal", &message.msgid, body)),
            sent: Some(&message.msgid),
            close: Some(&message.msgid),
            event: "reversed",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Reversing], &change, self.now_ms()).map(|_| ())
    }

    fn close_reversal(
        &self,
        purchase: &Purchase,
        message: &Message,
        body: Option<&[u8]>,
        event: &'static str,
    ) -> Result<(), JournalError> {
        let change = Change {
            evidence: body.map(|bytes| ("reversal", message.msgid.as_str(), bytes)),
            sent: Some(&message.msgid),
            close: Some(&message.msgid),
            event,
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Reversing], &change, self.now_ms()).map(|_| ())
    }

    fn failed_reversal(
        &self,
        purchase: &Purchase,
        why: Reason,
        evidence: Option<(&Message, &[u8])>,
    ) -> Result<(), JournalError> {
        let change = Change {
            reason: Some(why),
            next_ms: Some(self.next_attempt(purchase.failures)),
            failed: true,
            evidence: evidence.map(|(message, bytes)| (DOUBTFUL, message.msgid.as_str(), bytes)),
            sent: evidence.map(|(message, _)| message.msgid.as_str()),
            event: "reversal open",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Reversing], &change, self.now_ms()).map(|_| ())
    }

    fn reversal_waits(&self, purchase: &Purchase, unanswered: Unanswered) -> Result<(), JournalError> {
        let why = match unanswered {
            Unanswered::Journal(e) => return Err(e),
            Unanswered::NotSent(reason) | Unanswered::NoAnswer(reason) => reason,
            Unanswered::Refused(refusal) => refusal.reason,
            Unanswered::Input(text) => reason(&faults::SITE_FILE_INVALID, &text),
        };
        self.failed_reversal(purchase, why, None)
    }
}

pub(super) fn insuplc_of(message: &Message) -> String {
    yika_platform::envelope::Request::parse(&message.body).map(|r| r.insuplc_admdvs).unwrap_or_default()
}

pub(super) fn sign_no_of(message: &Message) -> String {
    yika_platform::envelope::Request::parse(&message.body).map(|r| r.sign_no).unwrap_or_default()
}
