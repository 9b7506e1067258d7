//! What becomes of a message behind its seal and its signature. Runs inside the transaction of a batch.
//!
//! One row per id, taken by swipe, void and reversal alike: the same bytes get the stored answer, other bytes a refusal
//! that is not stored, and an id once reversed says *reversed* for ever, also when the reversal came first.

mod permission;

use yika_platform::business_time::BusinessTime;
use yika_platform::hex;
use yika_protocol::fault::{Fault, centre as faults};
use yika_protocol::identity::Date;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    Answer, Challenge, ChallengeWindow, Counter, Credential, DayAnswer, Freshness, HintKind, Kind, Outcome,
    ReversalAnswer, ReversalOutcome, StatusAnswer, SwipeAnswer, VoidAnswer, VoidOutcome, Voided,
};

use super::intake::{Content, Job, Purchase};
use super::{challenges, outcome};
use crate::StoreError;
use crate::business::{Context, Settings, swipe as business};
use crate::engine::Engine;
use crate::refusal::Stop;
use crate::store::{self, IdState, Institution, SwipeKind, SwipeRow, Terminal, TerminalState, Work};

/// How long a terminal that was revoked or replaced may close what it had open. In milliseconds.
const GRACE: i64 = 30 * 86_400_000;

/// How long a challenge is fresh, in seconds: the first swipe of a morning still has the last challenge of the evening.
const FRESH: u64 = 24 * 3600;

/// What goes back, and what is kept of it.
pub(super) enum Verdict {
    /// The answer stands already.
    Stored(Vec<u8>),
    /// A new answer, to be sealed with its evidence.
    Fresh { answer: Box<Answer>, keep: Keep, outcome: &'static str, refused: Option<u16> },
    /// Nothing; a hint when it is the terminal's own doing.
    Silence(&'static str, Option<HintKind>),
}

/// Where the bytes of a new answer go.
pub(super) enum Keep {
    /// Nowhere.
    Nothing,
    /// Into a row: its answer, or its answer to the reversal.
    In { row: Box<SwipeRow>, new: bool, reversal: bool },
}

/// A batch under way.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a Engine,
    pub(super) settings: &'a Settings,
    pub(super) now: BusinessTime,
}

/// One message with everything that is known about its sender.
struct Case<'a> {
    bench: &'a Bench<'a>,
    job: &'a Job,
    /// 28 characters: the id where a message id stands.
    msgid: String,
    counter: i64,
    terminal: Terminal,
    institution: Institution,
    window: ChallengeWindow,
}

impl Bench<'_> {
    /// Decides about one message.
    ///
    /// # Errors
    /// The database failed.
    pub(super) fn decide(&self, work: &mut Work<'_>, job: &Job) -> Result<Verdict, StoreError> {
        let name = job.header.terminal.to_string();
        let Some(terminal) = work.terminal(&name)?.filter(|t| t.state != TerminalState::Pending) else {
            return Ok(Verdict::Silence("unknown-terminal", Some(HintKind::UnknownTerminal)));
        };
        if terminal.ended.is_some_and(|ended| self.now.unix_millis().saturating_sub(ended) > GRACE) {
            return Ok(Verdict::Silence("ended", Some(HintKind::Revoked)));
        }
        let institution = work
            .institution(&terminal.fixmedins_code)?
            .ok_or_else(|| StoreError("a terminal names no institution".into()))?;
        let counter = i64::try_from(job.header.counter.get()).unwrap_or(i64::MAX);
        let msgid = format!("{name}{counter:012X}");
        let window = challenges::read(&terminal.challenges);
        let case = Case { bench: self, job, msgid, counter, terminal, institution, window };
        match &job.content {
            Content::Swipe(purchase) => case.swipe(work, purchase),
            Content::Void { original, setl_id } => case.void(work, *original, setl_id),
            Content::Reversal => case.reversal(work),
            Content::Status => case.status(work),
            Content::Day(day) => case.day(work, *day),
            Content::Unread(fault) => case.unread(work, fault),
        }
    }
}

impl Case<'_> {
    fn swipe(mut self, work: &mut Work<'_>, purchase: &Purchase) -> Result<Verdict, StoreError> {
        if let Some(mut row) = work.swipe(&self.terminal.terminal, self.counter)? {
            return match row.state {
                IdState::Answered if self.repeats(&row) => stored(row.answer),
                IdState::Answered => {
                    self.spend(purchase);
                    let next = self.standing_challenge(work)?;
                    let answer = self.swipe_answer(Outcome::Refused(faults::ID_CONFLICT.number), next)?;
                    Ok(fresh(answer, Keep::Nothing, "conflict", Some(faults::ID_CONFLICT.number)))
                }
                IdState::Reversed | IdState::Tombstone => match row.answer.take() {
                    Some(answer) => stored(Some(answer)),
                    None => {
                        row.state = IdState::Reversed;
                        row.digest = Some(self.job.digest.clone());
                        self.spend(purchase);
                        let next = self.new_challenge(work)?;
                        let answer = self.swipe_answer(Outcome::Reversed, next)?;
                        let keep = Keep::In { row: Box::new(row), new: false, reversal: false };
                        Ok(fresh(answer, keep, "reversed", None))
                    }
                },
            };
        }
        let mut row = self.row(SwipeKind::Swipe, IdState::Answered);
        row.order_no = Some(purchase.order_no.to_owned());
        row.pin_verified = purchase.pin_verified;
        if let Credential::IdCard(card) = &purchase.credential {
            row.reader = Some(hex::upper(&card.sam_id));
        }
        let freshness = self.spend(purchase);
        let judged = self.may_swipe(work, purchase, freshness);
        let done = judged.and_then(|()| {
            work.attempt(|work| {
                self.in_context(work, |context, work| business::settle(context, work, &self.bought(purchase)))
            })
        });
        let (outcome, word) = match done {
            Ok((settlement, person)) => {
                row.setl_id = Some(settlement.setl_id.clone());
                let sum = self.terminal.day_amount.checked_add(settlement.medfee_sumamt);
                self.terminal.day_amount = sum.ok_or_else(|| StoreError("a sum does not fit".into()))?;
                (Outcome::Settled(outcome::settled(&settlement, &person)?), "settled")
            }
            Err(Stop::Refused(refusal)) => {
                row.refused = Some(refusal.fault.number);
                (Outcome::Refused(refusal.fault.number), "refused")
            }
            Err(Stop::Failed(error)) => return Err(error),
        };
        let refused = row.refused;
        self.seen();
        let next = self.new_challenge(work)?;
        let answer = self.swipe_answer(outcome, next)?;
        Ok(fresh(answer, Keep::In { row: Box::new(row), new: true, reversal: false }, word, refused))
    }

    fn void(mut self, work: &mut Work<'_>, original: Counter, setl_id: &str) -> Result<Verdict, StoreError> {
        if let Some(row) = work.swipe(&self.terminal.terminal, self.counter)? {
            if row.state == IdState::Answered && self.repeats(&row) {
                return stored(row.answer);
            }
            let fault = if row.state == IdState::Answered { &faults::ID_CONFLICT } else { &faults::REVERSED };
            let next = self.standing_challenge(work)?;
            let answer = self.void_answer(VoidOutcome::Refused(fault.number), next)?;
            return Ok(fresh(answer, Keep::Nothing, "conflict", Some(fault.number)));
        }
        let mut row = self.row(SwipeKind::Void, IdState::Answered);
        let done = self.may_start().map_err(Stop::refused).and_then(|()| {
            let original = self.original(work, original, setl_id)?;
            work.attempt(|work| {
                self.in_context(work, |context, work| business::void(context, work, &original, &self.msgid))
            })
        });
        let (outcome, word) = match done {
            Ok(void) => {
                let [acct_back, fund_back, cash_back] = void.paid().map(|paid| Fen(-paid.0));
                let voided = Voided { acct_back, fund_back, cash_back, balance: void.balc };
                row.setl_id = Some(void.setl_id);
                (VoidOutcome::Voided(voided), "voided")
            }
            Err(Stop::Refused(refusal)) => {
                row.refused = Some(refusal.fault.number);
                (VoidOutcome::Refused(refusal.fault.number), "refused")
            }
            Err(Stop::Failed(error)) => return Err(error),
        };
        let refused = row.refused;
        self.seen();
        let next = self.new_challenge(work)?;
        let answer = self.void_answer(outcome, next)?;
        Ok(fresh(answer, Keep::In { row: Box::new(row), new: true, reversal: false }, word, refused))
    }

    fn reversal(mut self, work: &mut Work<'_>) -> Result<Verdict, StoreError> {
        let (mut row, new) = match work.swipe(&self.terminal.terminal, self.counter)? {
            Some(row) => (row, false),
            None if self.too_far_ahead() => return Ok(Verdict::Silence("epoch", Some(HintKind::Epoch))),
            None => (self.row(SwipeKind::Swipe, IdState::Tombstone), true),
        };
        // A void is repeated until it is answered, never reversed.
        if row.kind == SwipeKind::Void {
            return Ok(Verdict::Silence("reversal-of-void", None));
        }
        if let Some(reversal) = row.reversal.take() {
            return stored(Some(reversal));
        }
        let outcome = match (&row.setl_id, row.state) {
            (Some(setl_id), IdState::Answered) => {
                let done = self
                    .in_context(work, |context, work| business::reverse(context, work, setl_id, &self.msgid));
                match done {
                    Ok(()) => ReversalOutcome::Undone,
                    Err(Stop::Failed(error)) => return Err(error),
                    Err(Stop::Refused(refusal)) => return Err(StoreError(refusal.err_msg())),
                }
            }
            _ => ReversalOutcome::NeverHappened,
        };
        if row.state == IdState::Answered {
            row.state = IdState::Reversed;
            // The next sending of the swipe gets another answer, once and for all.
            row.answer = None;
        }
        let next_challenge = self.new_challenge(work)?;
        let answer = Answer::Reversal(ReversalAnswer { outcome, next_challenge });
        let word = if outcome == ReversalOutcome::Undone { "undone" } else { "never-happened" };
        Ok(fresh(answer, Keep::In { row: Box::new(row), new, reversal: true }, word, None))
    }

    /// Not stored: the answer changes when the swipe comes.
    fn status(mut self, work: &mut Work<'_>) -> Result<Verdict, StoreError> {
        let answer = match work.swipe(&self.terminal.terminal, self.counter)? {
            None => StatusAnswer::Unseen,
            Some(row) if row.kind == SwipeKind::Void => {
                return Ok(Verdict::Silence("status-of-void", None));
            }
            Some(row) => StatusAnswer::Answered(SwipeAnswer {
                outcome: outcome::of_row(work, &row)?,
                business_day: date(row.business_day)?,
                next_challenge: self.standing_challenge(work)?,
            }),
        };
        let word = if answer == StatusAnswer::Unseen { "unseen" } else { "status" };
        Ok(fresh(Answer::Status(answer), Keep::Nothing, word, None))
    }

    /// Not stored: the ledger of today grows.
    fn day(mut self, work: &mut Work<'_>, date: Date) -> Result<Verdict, StoreError> {
        let day = i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day());
        let totals = self.totals(work, day)?;
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let answer = DayAnswer {
            day: date,
            count: count(totals.settlements),
            voids: count(totals.voids),
            acct: totals.acct_pay,
            fund: totals.fund_pay,
            cash: totals.cash,
            next_challenge: self.standing_challenge(work)?,
        };
        Ok(fresh(Answer::Day(answer), Keep::Nothing, "day", None))
    }

    /// A good seal around something that cannot be believed: said, and not stored.
    fn unread(mut self, work: &mut Work<'_>, fault: &'static Fault) -> Result<Verdict, StoreError> {
        let answer = match self.job.header.kind {
            Kind::Swipe => {
                let next = self.standing_challenge(work)?;
                self.swipe_answer(Outcome::Refused(fault.number), next)?
            }
            Kind::Void => {
                let next = self.standing_challenge(work)?;
                self.void_answer(VoidOutcome::Refused(fault.number), next)?
            }
            _ => return Ok(Verdict::Silence("unread", None)),
        };
        Ok(fresh(answer, Keep::Nothing, "unread", Some(fault.number)))
    }

    fn bought<'b>(&'b self, purchase: &'b Purchase) -> business::Bought<'b> {
        business::Bought {
            msgid: &self.msgid,
            credential: &purchase.credential,
            amount: purchase.amount,
            goods: &purchase.goods,
            draw: purchase.draw,
        }
    }

    fn repeats(&self, row: &SwipeRow) -> bool {
        row.digest.as_deref() == Some(&self.job.digest)
    }

    fn row(&self, kind: SwipeKind, state: IdState) -> SwipeRow {
        SwipeRow {
            terminal: self.terminal.terminal.clone(),
            counter: self.counter,
            kind,
            state,
            digest: (state == IdState::Answered).then(|| self.job.digest.clone()),
            order_no: None,
            pin_verified: false,
            reader: None,
            refused: None,
            setl_id: None,
            business_day: today(self.bench.now).unwrap_or_default(),
            received: self.bench.now.unix_millis(),
            answer: None,
            reversal: None,
        }
    }

    /// The counter was answered.
    fn seen(&mut self) {
        if !self.too_far_ahead() {
            self.terminal.counter = self.terminal.counter.max(self.counter);
        }
    }

    /// How fresh the challenge of a swipe is. Whatever becomes of the swipe, the challenge is over with it.
    fn spend(&mut self, purchase: &Purchase) -> Freshness {
        let freshness = self.window.look(purchase.centre_challenge, self.seconds(), FRESH);
        if let Some(challenge) = purchase.centre_challenge {
            self.window.used(challenge);
        }
        freshness
    }

    /// Unix seconds.
    fn seconds(&self) -> u64 {
        u64::try_from(self.bench.now.unix_millis() / 1000).unwrap_or(0)
    }

    fn totals(&self, work: &Work<'_>, day: i64) -> Result<store::DayTotals, StoreError> {
        let text = format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100);
        let start = BusinessTime::parse_date(&text).map_err(|_| StoreError("a day that is none".into()))?;
        let period = (start.unix_millis(), start.next_midnight().unix_millis());
        work.day_totals(&self.terminal.terminal, day, period)
    }

    fn swipe_answer(&self, outcome: Outcome, next_challenge: Challenge) -> Result<Answer, StoreError> {
        let business_day = date(today(self.bench.now)?)?;
        Ok(Answer::Swipe(SwipeAnswer { outcome, business_day, next_challenge }))
    }

    fn void_answer(&self, outcome: VoidOutcome, next_challenge: Challenge) -> Result<Answer, StoreError> {
        let business_day = date(today(self.bench.now)?)?;
        Ok(Answer::Void(VoidAnswer { outcome, business_day, next_challenge }))
    }

    /// The challenge for the terminal's next card when nothing new was settled: the newest that it has not used. Anybody can
    /// replay a question, so the answer must not push that one out of the window.
    fn standing_challenge(&mut self, work: &Work<'_>) -> Result<Challenge, StoreError> {
        let Some(challenge) = self.window.newest(self.seconds(), FRESH) else {
            return self.new_challenge(work);
        };
        let challenges = challenges::write(&self.window);
        if self.terminal.challenges != challenges {
            self.terminal.challenges = challenges;
            work.advance_terminal(&self.terminal)?;
        }
        Ok(challenge)
    }

    /// A new challenge for the terminal's next card, remembered with the highest counter.
    fn new_challenge(&mut self, work: &Work<'_>) -> Result<Challenge, StoreError> {
        let mut challenge = [0; 8];
        self.bench
            .engine
            .random
            .fill(&mut challenge)
            .map_err(|e| StoreError(format!("random bytes: {e}")))?;
        self.window.give(challenge, self.seconds());
        self.terminal.challenges = challenges::write(&self.window);
        work.advance_terminal(&self.terminal)?;
        Ok(challenge)
    }

    fn in_context<T>(
        &self,
        work: &mut Work<'_>,
        job: impl FnOnce(&Context<'_>, &Work<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let profile = self.bench.engine.profiles.get(&self.institution.profile);
        let context = Context {
            now: self.bench.now,
            institution: &self.institution,
            profile: profile.ok_or_else(|| StoreError("an institution's profile is not built in".into()))?,
            settings: self.bench.settings,
            random: &*self.bench.engine.random,
        };
        job(&context, work)
    }
}

fn stored(bytes: Option<Vec<u8>>) -> Result<Verdict, StoreError> {
    bytes.map(Verdict::Stored).ok_or_else(|| StoreError("an answered swipe has no answer".into()))
}

fn fresh(answer: Answer, keep: Keep, outcome: &'static str, refused: Option<u16>) -> Verdict {
    Verdict::Fresh { answer: Box::new(answer), keep, outcome, refused }
}

/// The business day as a number, `yyyymmdd`.
fn today(now: BusinessTime) -> Result<i64, StoreError> {
    let compact = now.compact();
    compact
        .get(..8)
        .and_then(|day| day.parse().ok())
        .ok_or_else(|| StoreError("the clock shows no day".into()))
}

fn date(day: i64) -> Result<Date, StoreError> {
    Date::from_ascii(format!("{day:08}").as_bytes()).map_err(|_| StoreError("a day that is none".into()))
}
