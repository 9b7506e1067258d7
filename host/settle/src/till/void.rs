//! The void (2103) of a settled purchase: repeated until answered, never reversed.

use yika_platform::amounts;
use yika_platform::msgid::MsgId;
use yika_platform::transactions::{
    self, Query, QueryRow, Settle, SettlementAmounts, Void, VoidOutput, VoidRow,
};
use yika_protocol::fault::settle as faults;

use super::Till;
use super::exchange::{Draft, Verdict, Weight, reason};
use super::reverse::{insuplc_of, sign_no_of};
use super::session::Unanswered;
use super::settle::{ANSWER, DOUBTFUL};
use crate::deps::Step;
use crate::error::{JournalError, VoidError};
use crate::journal::{Change, Kind, Message, NewMessage, Purchase, State};
use crate::outcome::{Reason, Settlement, VoidRecord};

/// How one attempt ended.
pub(super) enum VoidEnd {
    Done,
    NotSent(Reason),
    Refused(Reason),
    Open(Reason),
}

impl Till {
    /// Voids a settled purchase (2103), named by `order_no`, `msgid` or `setl_id`. Repeated until answered; never
    /// reversed. A purchase that is voided already is returned as it is.
    pub async fn void(&self, which: &str) -> Result<Settlement, VoidError> {
        let purchase = self.journal.lookup(which)?.ok_or(VoidError::NotFound)?;
        let id = purchase.id;
        match purchase.state {
            State::Voided => return Ok(purchase.settlement(true)),
            State::Settled | State::Voiding => {}
            other => return Err(VoidError::NotSettled(other.as_str())),
        }
        self.step(Step::BeforeVoid).await;
        match self.drive_void(purchase).await? {
            VoidEnd::Done => Ok(self.journal.purchase(id)?.settlement(false)),
            VoidEnd::NotSent(reason) => Err(VoidError::NotSent(reason)),
            VoidEnd::Refused(reason) => Err(VoidError::Refused(reason)),
            VoidEnd::Open(reason) => Err(VoidError::Unknown(reason)),
        }
    }

    /// One attempt to get a void answered.
    pub(super) async fn drive_void(&self, purchase: Purchase) -> Result<VoidEnd, JournalError> {
        let _claim = self.locks.acquire(&format!("void {}", purchase.id)).await;
        let mut purchase = self.journal.purchase(purchase.id)?;
        for _ in 0..3 {
            if purchase.state == State::Voided {
                return Ok(VoidEnd::Done);
            }
            let sign_no = match self.sign_no().await {
                Ok(sign_no) => sign_no,
                Err(unanswered) => return self.void_waits(&purchase, unanswered),
            };
            let asked_before = self.journal.open_message(purchase.id, Kind::Void)?;
            if asked_before.is_some() && !self.config.profile.outcome.idempotent {
                // Not to be sent twice blindly: the ids are known, so the centre can be asked.
                if let Some(end) = self.look_up(&purchase).await? {
                    return Ok(end);
                }
            }
            let first = asked_before.is_none();
            let message = match asked_before {
                Some(message) => message,
                None => match self.void_message(&purchase, &sign_no)? {
                    Some(message) => message,
                    None => return Ok(VoidEnd::Refused(reason(&faults::NOT_SETTLED, ""))),
                },
            };
            purchase = self.journal.purchase(purchase.id)?;
            self.step(Step::AfterVoid).await;
            let verdict = self.exchange::<Void>(&message.body, Weight::Settles).await;
            self.step(Step::BeforeOutcome).await;
            match self.conclude_void(&purchase, &message, verdict, first).await? {
                Some(end) => {
                    self.step(Step::AfterOutcome).await;
                    return Ok(end);
                }
                None => purchase = self.journal.purchase(purchase.id)?,
            }
        }
        Ok(VoidEnd::Open(self.void_open(&purchase, reason(&faults::VOID_UNANSWERED, ""), None)?))
    }

    fn void_message(&self, purchase: &Purchase, sign_no: &str) -> Result<Option<Message>, JournalError> {
        let Some(row) = self.query_row(purchase)? else { return Ok(None) };
        let Some(original) = self.journal.settling_message(purchase.id)? else { return Ok(None) };
        let insuplc = insuplc_of(&original);
        let data =
            VoidRow { setl_id: row.setl_id, mdtrt_id: row.mdtrt_id, psn_no: row.psn_no, exp_content: None };
        let input = transactions::write(&Void { data }, &self.config.profile)
            .map_err(|e| JournalError::Corrupt(e.to_string()))?;
        let build = |msgid: &MsgId| {
            let insuplc = (!insuplc.is_empty()).then_some(insuplc.as_str());
            let infno = &self.config.profile.pharmacy.void;
            self.build(Draft { infno, msgid, insuplc, sign_no, input: input.clone() })
                .map_err(JournalError::Corrupt)
        };
        let new = NewMessage {
            purchase: purchase.id,
            from: &[State::Settled, State::Voiding],
            to: Some(State::Voiding),
            kind: Kind::Void,
            event: "void recorded",
            institution: &self.config.institution.code,
            range: self.config.workstation.seq_range,
            now_ms: self.now_ms(),
        };
        self.journal.begin_message(&new, build)
    }

    /// `None`: the way is clear for another message.
    async fn conclude_void(
        &self,
        purchase: &Purchase,
        message: &Message,
        verdict: Verdict<VoidOutput>,
        first: bool,
    ) -> Result<Option<VoidEnd>, JournalError> {
        match verdict {
            Verdict::Accepted { output, body } => match self.believe_void(purchase, message, &output)? {
                Ok(()) => {
                    let void = VoidRecord {
                        msgid: message.msgid.clone(),
                        setl_id: Some(output.setlinfo.setl_id.clone()),
                        setl_time: Some(output.setlinfo.setl_time.to_string()),
                        done: true,
                    };
                    self.voided(purchase, void, Some((message, &body)))?;
                    Ok(Some(VoidEnd::Done))
                }
                Err(why) => Ok(Some(VoidEnd::Open(self.void_open(purchase, why, Some((message, &body)))?))),
            },
            Verdict::NotSent(why) if first && message.attempts == 0 => {
                let change = Change {
                    to: Some(State::Settled),
                    clear_void: true,
                    close: Some(&message.msgid),
                    event: "void not sent",
                    ..Change::default()
                };
                self.journal.apply(purchase.id, &[State::Voiding], &change, self.now_ms())?;
                Ok(Some(VoidEnd::NotSent(why)))
            }
            Verdict::NotSent(why) => Ok(Some(VoidEnd::Open(self.void_open(purchase, why, None)?))),
            Verdict::Unsure { reason, evidence } => {
                let evidence = evidence.as_deref().map(|bytes| (message, bytes));
                Ok(Some(VoidEnd::Open(self.void_open(purchase, reason, evidence)?)))
            }
            Verdict::Refused(refusal) => {
                let window_ms = u64::from(self.config.profile.session.clock_window_minutes) * 60_000;
                let stale = self.now_ms().abs_diff(message.created_ms) * 2 >= window_ms;
                if refusal.sign_in
                    && let Err(unanswered) = self.sign_no_after(&sign_no_of(message)).await
                {
                    return self.void_waits(purchase, unanswered).map(Some);
                }
                if refusal.sign_in || stale && !first {
                    // This message was not taken and never will be; an earlier void of the same purchase would have
                    // been. A new message is safe: the centre voids a settlement once.
                    self.close_void(purchase, message, &refusal.body)?;
                    return Ok(None);
                }
                // Refused for good, or because it is done already: the ids tell.
                if let Some(end) = self.look_up(purchase).await? {
                    return Ok(Some(end));
                }
                let change = Change {
                    to: Some(State::Settled),
                    clear_void: true,
                    evidence: Some((DOUBTFUL, &message.msgid, &refusal.body)),
                    sent: Some(&message.msgid),
                    close: Some(&message.msgid),
                    event: "void refused",
                    ..Change::default()
                };
                self.journal.apply(purchase.id, &[State::Voiding], &change, self.now_ms())?;
                Ok(Some(VoidEnd::Refused(refusal.reason)))
            }
        }
    }

    /// Asks by the ids (5203) whether the settlement is voided. `None`: it is not.
    async fn look_up(&self, purchase: &Purchase) -> Result<Option<VoidEnd>, JournalError> {
        let Some(row) = self.query_row(purchase)? else { return Ok(None) };
        let insuplc = self.journal.settling_message(purchase.id)?.map(|m| insuplc_of(&m)).unwrap_or_default();
        let insuplc = (!insuplc.is_empty()).then_some(insuplc.as_str());
        let answer = match self.ask(&Query { data: row }, "5203", insuplc).await {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) => {
                let open = self.void_open(purchase, refusal.reason, None)?;
                return Ok(Some(VoidEnd::Open(open)));
            }
            Err(unanswered) => return self.void_waits(purchase, unanswered).map(Some),
        };
        if answer.setlinfo.refd_setl_flag != "1" {
            return Ok(None);
        }
        let void = VoidRecord {
            msgid: purchase.void.as_ref().map(|v| v.msgid.clone()).unwrap_or_default(),
            setl_id: None,
            // The query tells that it is voided, not when; the books are compared by day.
            setl_time: Some(self.business_now().to_string()),
            done: true,
        };
        self.voided(purchase, void, None)?;
        Ok(Some(VoidEnd::Done))
    }

    /// Is this the answer to our void, and does it take back what was settled?
    fn believe_void(
        &self,
        purchase: &Purchase,
        message: &Message,
        output: &VoidOutput,
    ) -> Result<Result<(), Reason>, JournalError> {
        let info = &output.setlinfo;
        if info.medins_setl_id != message.msgid {
            return Ok(Err(reason(&faults::ANSWER_OTHER_MESSAGE, "medins_setl_id")));
        }
        let Some(original) = self.settled_amounts(purchase)? else {
            return Ok(Err(reason(&faults::JOURNAL_CORRUPT, "stored answer")));
        };
        let violations = amounts::check_void(&original, output, &self.config.profile.pharmacy);
        match violations.first() {
            None => Ok(Ok(())),
            Some(violation) => Ok(Err(reason(&faults::ANSWER_AMOUNTS, &violation.to_string()))),
        }
    }

    fn settled_amounts(&self, purchase: &Purchase) -> Result<Option<SettlementAmounts>, JournalError> {
        let Some(body) = self.journal.evidence(purchase.id, ANSWER)? else { return Ok(None) };
        let Ok(response) = yika_platform::envelope::Response::parse(&body) else { return Ok(None) };
        let output = transactions::read::<Settle>(response.output.as_ref(), &self.config.profile);
        Ok(output.ok().map(|output| output.setlinfo.info.amounts.clone()))
    }

    fn query_row(&self, purchase: &Purchase) -> Result<Option<QueryRow>, JournalError> {
        let Some(facts) = &purchase.facts else { return Ok(None) };
        let Some(original) = self.journal.settling_message(purchase.id)? else { return Ok(None) };
        Ok(self.asked(&original.body).map(|asked| QueryRow {
            psn_no: asked.druginfo.psn_no.clone(),
            setl_id: facts.setl_id.clone(),
            mdtrt_id: facts.mdtrt_id.clone(),
        }))
    }

    fn voided(
        &self,
        purchase: &Purchase,
        void: VoidRecord,
        answer: Option<(&Message, &[u8])>,
    ) -> Result<(), JournalError> {
        let msgid = void.msgid.clone();
        let change = Change {
            to: Some(State::Voided),
            clear_reason: true,
            void: Some(void),
            evidence: answer.map(|(message, body)| ("void", message.msgid.as_str(), body)),
            sent: answer.map(|(message, _)| message.msgid.as_str()),
            close: Some(&msgid),
            event: "voided",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Voiding], &change, self.now_ms()).map(|_| ())
    }

    fn close_void(&self, purchase: &Purchase, message: &Message, body: &[u8]) -> Result<(), JournalError> {
        let change = Change {
            evidence: Some((DOUBTFUL, &message.msgid, body)),
            sent: Some(&message.msgid),
            close: Some(&message.msgid),
            event: "void message dead",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Voiding], &change, self.now_ms()).map(|_| ())
    }

    fn void_open(
        &self,
        purchase: &Purchase,
        why: Reason,
        evidence: Option<(&Message, &[u8])>,
    ) -> Result<Reason, JournalError> {
        let change = Change {
            reason: Some(why.clone()),
            next_ms: Some(self.next_attempt(purchase.failures)),
            failed: true,
            evidence: evidence.map(|(message, bytes)| (DOUBTFUL, message.msgid.as_str(), bytes)),
            sent: evidence.map(|(message, _)| message.msgid.as_str()),
            event: "void open",
            ..Change::default()
        };
        self.journal.apply(purchase.id, &[State::Voiding], &change, self.now_ms())?;
        Ok(why)
    }

    fn void_waits(&self, purchase: &Purchase, unanswered: Unanswered) -> Result<VoidEnd, JournalError> {
        let why = match unanswered {
            Unanswered::Journal(e) => return Err(e),
            Unanswered::NotSent(reason) if purchase.state == State::Settled => {
                return Ok(VoidEnd::NotSent(reason));
            }
            Unanswered::NoAnswer(reason) if purchase.state == State::Settled => {
                return Ok(VoidEnd::NotSent(reason));
            }
            Unanswered::Refused(refusal) if purchase.state == State::Settled => {
                return Ok(VoidEnd::Refused(refusal.reason));
            }
            Unanswered::NotSent(reason) | Unanswered::NoAnswer(reason) => reason,
            Unanswered::Refused(refusal) => refusal.reason,
            Unanswered::Input(text) => reason(&faults::SITE_FILE_INVALID, &text),
        };
        Ok(VoidEnd::Open(self.void_open(purchase, why, None)?))
    }
}
