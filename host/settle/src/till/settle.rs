//! A pharmacy purchase (1101, 2102), and its trial (2101).

use yika_platform::amounts;
use yika_platform::basket::Basket;
use yika_platform::canonical;
use yika_platform::msgid::{MsgId, MsgIdForm};
use yika_platform::transactions::{
    self, PersonQuery, PersonQueryRow, PharmacyInput, Purchaser, Settle, SettleOutput, SettlementAmounts,
};
use yika_protocol::fault::settle as faults;
use yika_protocol::money::Fen;
use zeroize::Zeroizing;

use super::Till;
use super::exchange::{Draft, Refusal, Verdict, Weight, reason};
use super::session::Unanswered;
use crate::credential::Credential;
use crate::deps::Step;
use crate::error::{PreviewError, SettleError};
use crate::journal::{Begun, Change, Facts, NewPurchase, Purchase, State};
use crate::outcome::{Outcome, Preview, Reason, Settlement, Split};

/// Evidence: the answer that settled.
pub(super) const ANSWER: &str = "answer";
/// Evidence: an answer that was refused or not believed.
pub(super) const DOUBTFUL: &str = "doubtful";

impl Till {
    /// Settles a pharmacy purchase (9001 where needed, 1101, 2102). Calling again with the same order gives the
    /// journal's outcome; an order that was *not sent* is tried again under the same id.
    pub async fn settle_pharmacy(
        &self,
        basket: &Basket,
        credential: &Credential,
    ) -> Result<Settlement, SettleError> {
        basket.check(&self.config.profile).map_err(|e| SettleError::Input(e.to_string()))?;
        let row = credential.query_row().map_err(|field| SettleError::Input(field.to_owned()))?;
        let content = canonical_content(basket).map_err(SettleError::Input)?;
        let person = credential.person_key();
        let institution = &self.config.institution.code;
        let _one_at_a_time = self.locks.acquire(&format!("order {}", basket.order_no)).await;
        let again = match self.journal.known(institution, &basket.order_no, &content, &person)? {
            Some(Begun::Conflict) => return Err(SettleError::Conflict { order_no: basket.order_no.clone() }),
            Some(Begun::Known(p) | Begun::New(p)) if p.state != State::NotSent => {
                return Ok(p.settlement(true));
            }
            Some(Begun::Known(p) | Begun::New(p)) => Some(p),
            None => None,
        };
        self.journal.takes_new()?;
        let not_begun = |outcome, reason| match &again {
            Some(p) => {
                Settlement { outcome, reason: Some(reason), from_journal: false, ..p.settlement(false) }
            }
            None => Settlement::not_begun(&basket.order_no, outcome, reason),
        };
        self.step(Step::Person).await;
        let (sign_no, buyer) = match self.buyer(&row, basket.insutype.as_deref()).await {
            Ok(found) => found,
            Err(NoBuyer::NoInsurance(text)) => return Err(SettleError::NoInsurance(text)),
            Err(NoBuyer::Unanswered(Unanswered::Input(text))) => return Err(SettleError::Input(text)),
            Err(NoBuyer::Unanswered(Unanswered::Journal(e))) => return Err(e.into()),
            Err(NoBuyer::Unanswered(Unanswered::Refused(refusal))) => {
                return Ok(not_begun(Outcome::Refused, refusal.reason));
            }
            // Nothing of the settlement itself left this machine, whatever became of the question.
            Err(NoBuyer::Unanswered(Unanswered::NotSent(reason) | Unanswered::NoAnswer(reason))) => {
                return Ok(not_begun(Outcome::NotSent, reason));
            }
        };
        let asked = PharmacyInput::new(basket, &buyer, self.business_now())
            .map_err(|e| SettleError::Input(e.to_string()))?;
        let input = transactions::write(&asked.settle(), &self.config.profile)
            .map_err(|e| SettleError::Input(e.to_string()))?;
        let build = |msgid: &MsgId| {
            let infno = &self.config.profile.pharmacy.settle;
            let draft = Draft {
                infno,
                msgid,
                insuplc: Some(&buyer.insuplc_admdvs),
                sign_no: &sign_no,
                input: input.clone(),
            };
            self.build(draft).map_err(SettleError::Input)
        };
        self.step(Step::BeforeRecord).await;
        let purchase = match again {
            Some(known) => self.record_again(known, build)?,
            None => {
                let new = NewPurchase {
                    institution,
                    order_no: &basket.order_no,
                    content: &content,
                    person: &person,
                    insutype: &buyer.insutype,
                    range: self.config.workstation.seq_range,
                    now_ms: self.now_ms(),
                };
                match self.journal.begin(&new, build)? {
                    Begun::New(purchase) => purchase,
                    Begun::Known(purchase) => return Ok(purchase.settlement(true)),
                    Begun::Conflict => {
                        return Err(SettleError::Conflict { order_no: basket.order_no.clone() });
                    }
                }
            }
        };
        self.step(Step::AfterRecord).await;
        self.first_sending(&purchase, sign_no).await?;
        Ok(self.journal.purchase(purchase.id)?.settlement(false))
    }

    /// Asks what a purchase would cost (2101). Records nothing.
    pub async fn preview(&self, basket: &Basket, credential: &Credential) -> Result<Preview, PreviewError> {
        basket.check(&self.config.profile).map_err(|e| PreviewError::Input(e.to_string()))?;
        let row = credential.query_row().map_err(|field| PreviewError::Input(field.to_owned()))?;
        let (_, buyer) = self.buyer(&row, basket.insutype.as_deref()).await.map_err(|e| match e {
            NoBuyer::NoInsurance(text) => PreviewError::NoInsurance(text),
            NoBuyer::Unanswered(unanswered) => preview_error(unanswered),
        })?;
        let asked = PharmacyInput::new(basket, &buyer, self.business_now())
            .map_err(|e| PreviewError::Input(e.to_string()))?;
        let rules = &self.config.profile.pharmacy;
        let question = asked.clone().preview();
        let output =
            self.ask(&question, &rules.preview, Some(&buyer.insuplc_admdvs)).await.map_err(preview_error)?;
        if let Some(violation) = amounts::check_preview(&asked, &output, rules).first() {
            return Err(PreviewError::NoAnswer(reason(&faults::ANSWER_AMOUNTS, &violation.to_string())));
        }
        let info = &output.setlinfo;
        let insutype = info.insutype.as_deref().unwrap_or(&buyer.insutype);
        Ok(Preview { split: split(insutype, &info.clr_type, info.clr_optins.as_deref(), &info.amounts) })
    }

    /// Sends a request for the first time under its id; a refused sign-in is renewed once under the same id where the
    /// profile allows it.
    async fn first_sending(&self, purchase: &Purchase, mut sign_no: String) -> Result<(), SettleError> {
        let mut renewed = false;
        loop {
            let Some(message) = self.journal.settling_message(purchase.id)? else { return Ok(()) };
            let verdict = self.exchange::<Settle>(&message.body, Weight::Settles).await;
            self.step(Step::BeforeOutcome).await;
            if let Verdict::Refused(refusal) = &verdict
                && refusal.sign_in
                && self.config.profile.session.sign_in_refusal_keeps_id
                && !renewed
            {
                renewed = true;
                if let Ok(fresh) = self.sign_no_after(&sign_no).await
                    && let Ok(body) = self.renew(&message.body, &fresh)
                {
                    sign_no = fresh;
                    let change = Change { event: "signed in anew", ..Change::default() };
                    let still_ours = self.journal.rewrite(
                        purchase.id,
                        &[State::Sending],
                        &message.msgid,
                        &body,
                        &change,
                        self.now_ms(),
                    )?;
                    if still_ours {
                        continue;
                    }
                }
            }
            self.conclude(purchase, &message.body, verdict, Sending::First)?;
            self.step(Step::AfterOutcome).await;
            return Ok(());
        }
    }

    /// Puts a verdict on a settling request on record. A purchase that is being reversed keeps that state: what
    /// arrives late is evidence only.
    pub(super) fn conclude(
        &self,
        purchase: &Purchase,
        request: &[u8],
        verdict: Verdict<SettleOutput>,
        sending: Sending,
    ) -> Result<(), crate::error::JournalError> {
        let now_ms = self.now_ms();
        let sent = Some(purchase.msgid.as_str());
        let open = [State::Sending, State::Unknown];
        let apply = |change: &Change<'_>| self.journal.apply(purchase.id, &open, change, now_ms).map(|_| ());
        let unknown = |reason: Reason, evidence: Option<&[u8]>| {
            apply(&Change {
                to: Some(State::Unknown),
                reason: Some(reason),
                next_ms: Some(self.next_attempt(purchase.failures)),
                failed: true,
                evidence: evidence.map(|bytes| (DOUBTFUL, purchase.msgid.as_str(), bytes)),
                sent,
                event: "unknown",
                ..Change::default()
            })
        };
        match verdict {
            Verdict::Accepted { output, body } => match self.believe(purchase, request, &output) {
                Ok(facts) => apply(&Change {
                    to: Some(State::Settled),
                    clear_reason: true,
                    facts: Some(facts),
                    evidence: Some((ANSWER, &purchase.msgid, &body)),
                    sent,
                    event: "settled",
                    ..Change::default()
                }),
                Err(reason) => unknown(reason, Some(&body)),
            },
            Verdict::Refused(refusal) if refusal.reversed => apply(&Change {
                to: Some(State::Reversed),
                reason: Some(reason(&faults::REVERSED, &refusal.reason.detail)),
                evidence: Some((DOUBTFUL, &purchase.msgid, &refusal.body)),
                sent,
                event: "reversed",
                ..Change::default()
            }),
            // Speaks of these bytes as they came now; an earlier sending of the same bytes may have been taken.
            Verdict::Refused(Refusal { this_sending: true, reason, body, .. })
                if sending == Sending::Again =>
            {
                unknown(reason, Some(&body))
            }
            Verdict::Refused(refusal) => apply(&Change {
                to: Some(State::Refused),
                reason: Some(refusal.reason),
                evidence: Some((DOUBTFUL, &purchase.msgid, &refusal.body)),
                sent,
                event: "refused",
                ..Change::default()
            }),
            Verdict::NotSent(reason) if sending == Sending::First => apply(&Change {
                to: Some(State::NotSent),
                reason: Some(reason),
                event: "not sent",
                ..Change::default()
            }),
            Verdict::NotSent(reason) => apply(&Change {
                to: Some(State::Unknown),
                reason: purchase.reason.is_none().then_some(reason),
                next_ms: Some(self.next_attempt(purchase.failures)),
                failed: true,
                event: "not sent again",
                ..Change::default()
            }),
            Verdict::Unsure { reason, evidence } => unknown(reason, evidence.as_deref()),
        }
    }

    /// Is this the answer to our request, and do its amounts hold?
    fn believe(&self, purchase: &Purchase, request: &[u8], output: &SettleOutput) -> Result<Facts, Reason> {
        let info = &output.setlinfo.info;
        let asked = self.asked(request).ok_or_else(|| reason(&faults::JOURNAL_CORRUPT, "stored request"))?;
        if info.medins_setl_id != purchase.msgid {
            return Err(reason(&faults::ANSWER_OTHER_MESSAGE, "medins_setl_id"));
        }
        if info.psn_no != asked.druginfo.psn_no {
            return Err(reason(&faults::ANSWER_OTHER_MESSAGE, "psn_no"));
        }
        let rules = &self.config.profile.pharmacy;
        let violations = amounts::check_settlement(&asked, output, rules);
        if !violations.is_empty() {
            let texts: Vec<String> = violations.iter().take(3).map(ToString::to_string).collect();
            return Err(reason(&faults::ANSWER_AMOUNTS, &texts.join("; ")));
        }
        let insutype = info.insutype.as_deref().unwrap_or(&asked.druginfo.insutype);
        Ok(Facts {
            setl_id: output.setlinfo.setl_id.clone(),
            mdtrt_id: info.mdtrt_id.clone(),
            setl_time: info.setl_time.to_string(),
            split: split(insutype, &info.clr_type, info.clr_optins.as_deref(), &info.amounts),
        })
    }

    /// What a stored settling request asked for.
    pub(super) fn asked(&self, request: &[u8]) -> Option<PharmacyInput> {
        let request = yika_platform::envelope::Request::parse(request).ok()?;
        transactions::read_input::<Settle>(&request.input, &self.config.profile).ok().map(|settle| settle.0)
    }

    /// Signs in where needed and looks the person up.
    async fn buyer(
        &self,
        row: &PersonQueryRow,
        insutype: Option<&str>,
    ) -> Result<(String, Purchaser), NoBuyer> {
        let info =
            self.ask(&PersonQuery { data: row.clone() }, "1101", None).await.map_err(NoBuyer::Unanswered)?;
        if !same_certno(row.certno.expose(), info.baseinfo.certno.expose()) {
            let other = reason(&faults::ANSWER_OTHER_MESSAGE, "certno");
            return Err(NoBuyer::Unanswered(Unanswered::NoAnswer(Reason {
                fault: &faults::QUESTION_UNANSWERED,
                detail: format!("{} {}", other.fault.code(), other.detail),
            })));
        }
        let buyer = Purchaser::new(row, &info, insutype).map_err(|e| NoBuyer::NoInsurance(e.to_string()))?;
        let sign_no = self.sign_no().await.map_err(NoBuyer::Unanswered)?;
        Ok((sign_no, buyer))
    }

    /// A purchase that never left takes the same id again, with fresh bytes.
    fn record_again(
        &self,
        known: Purchase,
        build: impl Fn(&MsgId) -> Result<Vec<u8>, SettleError>,
    ) -> Result<Purchase, SettleError> {
        let msgid = MsgId::parse(&known.msgid, MsgIdForm::Lenient)
            .map_err(|e| SettleError::Journal(crate::error::JournalError::Corrupt(e.to_string())))?;
        let body = Zeroizing::new(build(&msgid)?);
        let change = Change {
            to: Some(State::Sending),
            clear_reason: true,
            event: "tried again",
            ..Change::default()
        };
        self.journal.rewrite(known.id, &[State::NotSent], &known.msgid, &body, &change, self.now_ms())?;
        Ok(self.journal.purchase(known.id)?)
    }
}

/// Whether a byte under this id may have left before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    First,
    Again,
}

enum NoBuyer {
    Unanswered(Unanswered),
    NoInsurance(String),
}

impl Settlement {
    fn not_begun(order_no: &str, outcome: Outcome, reason: Reason) -> Self {
        Self {
            order_no: order_no.to_owned(),
            outcome,
            msgid: None,
            setl_id: None,
            mdtrt_id: None,
            setl_time: None,
            split: None,
            void: None,
            reason: Some(reason),
            reversing: false,
            shown: false,
            from_journal: false,
        }
    }
}

fn preview_error(unanswered: Unanswered) -> PreviewError {
    match unanswered {
        Unanswered::NotSent(reason) => PreviewError::NotSent(reason),
        Unanswered::Refused(refusal) => PreviewError::Refused(refusal.reason),
        Unanswered::NoAnswer(reason) => PreviewError::NoAnswer(reason),
        Unanswered::Journal(error) => PreviewError::Journal(error),
        Unanswered::Input(text) => PreviewError::Input(text),
    }
}

/// Whether two certificate numbers are one person's. An old card may hold the 15 digits of before 1999, which lack the
/// century of the birth year and the check digit (GB 11643).
fn same_certno(a: &str, b: &str) -> bool {
    let short = |text: &str| match (text.len(), text.is_ascii()) {
        (18, true) => format!("{}{}", text.get(..6).unwrap_or_default(), text.get(8..17).unwrap_or_default()),
        _ => text.to_owned(),
    };
    if a.len() == b.len() { a.eq_ignore_ascii_case(b) } else { short(a) == short(b) }
}

/// Two baskets are the same when their canonical JSON (RFC 8785) is.
pub(super) fn canonical_content(basket: &Basket) -> Result<Zeroizing<Vec<u8>>, String> {
    let value = serde_json::to_value(basket).map_err(|e| e.to_string())?;
    canonical::text(&value).map(|text| Zeroizing::new(text.into_bytes())).map_err(|e| e.to_string())
}

pub(super) fn split(
    insutype: &str,
    clr_type: &str,
    clr_optins: Option<&str>,
    a: &SettlementAmounts,
) -> Split {
    Split {
        insutype: insutype.to_owned(),
        clr_type: clr_type.to_owned(),
        clr_optins: clr_optins.map(str::to_owned),
        medfee_sumamt: a.medfee_sumamt,
        fulamt_ownpay_amt: a.fulamt_ownpay_amt,
        overlmt_selfpay: a.overlmt_selfpay,
        preselfpay_amt: a.preselfpay_amt,
        inscp_scp_amt: a.inscp_scp_amt,
        fund_pay_sumamt: a.fund_pay_sumamt,
        hifp_pay: a.hifp_pay,
        psn_part_amt: a.psn_part_amt,
        acct_pay: a.acct_pay,
        acct_mulaid_pay: a.acct_mulaid_pay,
        psn_cash_pay: a.psn_cash_pay,
        hosp_part_amt: a.hosp_part_amt.unwrap_or(Fen::ZERO),
        balc: a.balc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_number_and_its_new_form_are_one_person() {
        assert!(same_certno("990101198506150017", "990101198506150017"));
        assert!(same_certno("99010119850615001x", "99010119850615001X"));
        assert!(same_certno("990101850615001", "990101198506150017"));
        assert!(!same_certno("990101850615002", "990101198506150017"));
        assert!(!same_certno("990101198506150017", "990101198506150025"));
        assert!(!same_certno("", "990101198506150017"));
        assert!(!same_certno("沈一禾沈一禾", "990101198506150017"));
    }
}
