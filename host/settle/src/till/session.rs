//! Signing in and out (9001, 9002), and the messages that only ask.

use serde::Serialize;
use yika_platform::business_time::BusinessTime;
use yika_platform::profile::SignInRenew;
use yika_platform::transactions::{self, SignIn, SignInRow, SignOut, SignOutRow, Transaction};
use yika_protocol::fault::settle as faults;

use super::Till;
use super::exchange::{Draft, Refusal, Verdict, Weight, reason};
use crate::deps::Step;
use crate::error::{JournalError, SessionError};
use crate::outcome::Reason;

/// Why a question has no answer.
pub(super) enum Unanswered {
    NotSent(Reason),
    Refused(Refusal),
    NoAnswer(Reason),
    Journal(JournalError),
    /// The question itself does not fit its table; names the field.
    Input(String),
}

impl From<JournalError> for Unanswered {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Till {
    /// Signs the operator in (9001) even when a valid sign-in is at hand.
    pub async fn sign_in(&self) -> Result<(), SessionError> {
        let _one_at_a_time = self.locks.acquire("session").await;
        self.sign_in_now().await.map(|_| ()).map_err(session_error)
    }

    /// Signs the operator out (9002); nothing happens when nobody is signed in.
    pub async fn sign_out(&self) -> Result<(), SessionError> {
        let _one_at_a_time = self.locks.acquire("session").await;
        let (institution, opter) = (&self.config.institution.code, &self.config.operator.opter);
        let Some((sign_no, signed_ms)) = self.journal.session(institution, opter)? else { return Ok(()) };
        // The number is forgotten first: a lost answer must not leave one behind that may have ended.
        self.journal.set_session(institution, opter, None)?;
        if !self.is_current(signed_ms) {
            return Ok(());
        }
        let row = SignOutRow { sign_no: sign_no.clone(), opter_no: opter.clone() };
        self.ask_with(&SignOut { sign_out: row }, SignOut::INFNO, None, &sign_no)
            .await
            .map(|_| ())
            .map_err(session_error)
    }

    /// How far the centre's clock is ahead of ours, measured by a sign-in; over five minutes is worth a warning.
    pub async fn measure_clock_offset(&self) -> Result<time::Duration, SessionError> {
        let result = self.sign_in().await;
        // A refusal (a clock that is too far off, for one) carries the centre's time too.
        match (self.clock_offset(), result) {
            (Some(offset), Ok(()) | Err(SessionError::Refused(_))) => Ok(offset),
            (_, Err(e)) => Err(e),
            (None, Ok(())) => {
                Err(SessionError::NoAnswer(reason(&faults::QUESTION_UNANSWERED, "respond_time")))
            }
        }
    }

    /// The offset seen on the last answer, `None` before any.
    pub fn clock_offset(&self) -> Option<time::Duration> {
        let offset = *self.clock_offset_ms.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        offset.map(time::Duration::milliseconds)
    }

    /// The number of a valid sign-in, made when there is none. Empty where the profile needs none.
    pub(super) async fn sign_no(&self) -> Result<String, Unanswered> {
        if !self.config.profile.session.sign_in_required {
            return Ok(String::new());
        }
        let _one_at_a_time = self.locks.acquire("session").await;
        let (institution, opter) = (&self.config.institution.code, &self.config.operator.opter);
        match self.journal.session(institution, opter)? {
            Some((sign_no, signed_ms)) if self.is_current(signed_ms) => Ok(sign_no),
            _ => self.sign_in_now().await,
        }
    }

    /// Another number than `stale`, which the centre no longer takes.
    pub(super) async fn sign_no_after(&self, stale: &str) -> Result<String, Unanswered> {
        let _one_at_a_time = self.locks.acquire("session").await;
        let (institution, opter) = (&self.config.institution.code, &self.config.operator.opter);
        match self.journal.session(institution, opter)? {
            Some((sign_no, signed_ms)) if sign_no != stale && self.is_current(signed_ms) => Ok(sign_no),
            _ => self.sign_in_now().await,
        }
    }

    /// Asks a question under a valid sign-in, and once more when the sign-in turns out to have ended.
    pub(super) async fn ask<T: Transaction + Serialize>(
        &self,
        input: &T,
        infno: &str,
        insuplc: Option<&str>,
    ) -> Result<Box<T::Output>, Unanswered> {
        let sign_no = self.sign_no().await?;
        match self.ask_with(input, infno, insuplc, &sign_no).await {
            Err(Unanswered::Refused(refusal)) if refusal.sign_in => {
                let fresh = self.sign_no_after(&sign_no).await?;
                self.ask_with(input, infno, insuplc, &fresh).await
            }
            other => other,
        }
    }

    async fn ask_with<T: Transaction>(
        &self,
        input: &T,
        infno: &str,
        insuplc: Option<&str>,
        sign_no: &str,
    ) -> Result<Box<T::Output>, Unanswered> {
        let input =
            transactions::write(input, &self.config.profile).map_err(|e| Unanswered::Input(e.to_string()))?;
        let msgid = self.fresh_msgid()?;
        let draft = Draft { infno, msgid: &msgid, insuplc, sign_no, input };
        let bytes = zeroize::Zeroizing::new(self.build(draft).map_err(Unanswered::Input)?);
        match self.exchange::<T>(&bytes, Weight::Asks).await {
            Verdict::Accepted { output, .. } => Ok(output),
            Verdict::NotSent(reason) => Err(Unanswered::NotSent(reason)),
            Verdict::Refused(refusal) => Err(Unanswered::Refused(refusal)),
            Verdict::Unsure { reason, .. } => Err(Unanswered::NoAnswer(reason)),
        }
    }

    /// The caller holds the session lock.
    async fn sign_in_now(&self) -> Result<String, Unanswered> {
        self.step(Step::SignIn).await;
        let workstation = &self.config.workstation;
        let opter = &self.config.operator.opter;
        let row =
            SignInRow { opter_no: opter.clone(), mac: workstation.mac.clone(), ip: workstation.ip.clone() };
        let answer = self.ask_with(&SignIn { sign_in: row }, SignIn::INFNO, None, "").await?;
        let sign_no = answer.signinoutb.sign_no;
        self.journal.set_session(&self.config.institution.code, opter, Some((&sign_no, self.now_ms())))?;
        Ok(sign_no)
    }

    fn is_current(&self, signed_ms: i64) -> bool {
        let (signed, now) = (BusinessTime::from_unix_millis(signed_ms), self.business_now());
        let same_day = signed.date() == now.date();
        match self.config.profile.session.sign_in_renew {
            SignInRenew::Midnight => same_day,
            SignInRenew::Hourly => same_day && self.now_ms().abs_diff(signed_ms) < 3_600_000,
        }
    }
}

fn session_error(unanswered: Unanswered) -> SessionError {
    match unanswered {
        Unanswered::NotSent(reason) => SessionError::NotSent(reason),
        Unanswered::Refused(refusal) => SessionError::Refused(refusal.reason),
        Unanswered::NoAnswer(reason) => SessionError::NoAnswer(reason),
        Unanswered::Journal(error) => SessionError::Journal(error),
        Unanswered::Input(text) => SessionError::NotSent(reason(&faults::SITE_FILE_INVALID, &text)),
    }
}
