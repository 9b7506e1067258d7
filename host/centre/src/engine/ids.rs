//! The rules of ids, and everything that comes behind them.

use ring::digest;
use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::hex;
use yika_protocol::fault::centre as faults;

use super::sender::Caller;
use super::{Arrival, Departure, Engine};
use crate::StoreError;
use crate::answer::{Content, Frame, answer};
use crate::business::{self, Context, Done, Settings};
use crate::refusal::{Refusal, Stop};
use crate::store::{IdState, Message, Work};

impl Engine {
    /// What the id says, then what the rest says. Runs inside one transaction.
    pub(super) fn by_id(
        &self,
        work: &mut Work<'_>,
        request: &Request,
        caller: &Caller<'_>,
        arrival: &Arrival<'_>,
    ) -> Result<Departure, StoreError> {
        let settings = Settings::read(work)?;
        let digest = hex::upper(digest::digest(&digest::SHA256, arrival.body).as_ref());
        let psn_no = named_person(&request.input);
        let reply = Reply { engine: self, request, caller, arrival, settings: &settings };

        let existing = work.message(&caller.institution.code, &request.msgid)?;
        let mut free = true;
        if let Some(mut row) = existing {
            free = false;
            match row.state {
                IdState::Answered if row.digest.as_deref() == Some(&digest) => {
                    return reply.stored(&row, "stored answer");
                }
                IdState::Answered => return reply.refuse(&Refusal::new(&faults::ID_CONFLICT)),
                IdState::Reversed => return reply.stored(&row, "reversed"),
                // A tombstone speaks for the people it names, and for messages that name nobody.
                IdState::Tombstone => {
                    let named = match &psn_no {
                        None => true,
                        Some(psn_no) => work.is_reversed_for(&row.fixmedins_code, &row.msgid, psn_no)?,
                    };
                    if named {
                        row.state = IdState::Reversed;
                        row.digest = Some(digest);
                        work.put_message(&row)?;
                        return reply.stored(&row, "reversed");
                    }
                }
            }
        }
        if let Err(refusal) = reply.signed_in(work)? {
            return reply.refuse(&refusal);
        }
        let mut row = Message {
            fixmedins_code: caller.institution.code.clone(),
            msgid: request.msgid.clone(),
            infno: request.infno.clone(),
            state: IdState::Answered,
            digest: Some(digest),
            psn_no,
            setl_id: None,
            received: arrival.now,
            answer: None,
        };
        // A tombstone that names another person gives its row up; the 2601 itself stays on record in `reversal`.
        if free && !work.take_id(&row)? {
            return Err(StoreError("an id was taken while its message was being checked".into()));
        }
        let done = work.attempt(|work| reply.business(work));
        let mut reversed = None;
        let (body, outcome) = match done {
            Ok(done) => {
                row.setl_id = done.setl_id;
                if let Some(mut original) = done.reversed {
                    // Made now, so that the answer of a reversed id never changes again.
                    let refusal = Refusal::new(&faults::REVERSED);
                    original.answer =
                        Some(reply.lasting(work, &original.msgid, Content::Refused(&refusal))?);
                    work.put_message(&original)?;
                    reversed = Some((original.fixmedins_code.clone(), original.msgid.clone()));
                }
                (reply.lasting(work, &row.msgid, Content::Output(done.output))?, "ok".to_owned())
            }
            Err(Stop::Refused(refusal)) => {
                let body = reply.lasting(work, &row.msgid, Content::Refused(&refusal))?;
                (body, refusal.fault.code().to_string())
            }
            Err(Stop::Failed(error)) => return Err(error),
        };
        row.answer = Some(body.clone());
        work.put_message(&row)?;
        reply.depart(body, outcome, reversed)
    }
}

/// Everything known about a message while it is answered.
pub(super) struct Reply<'a> {
    pub(super) engine: &'a Engine,
    pub(super) request: &'a Request,
    pub(super) caller: &'a Caller<'a>,
    pub(super) arrival: &'a Arrival<'a>,
    pub(super) settings: &'a Settings,
}

impl Reply<'_> {
    /// The sign-in of the message, or why it does not count. Such a refusal is never stored: a `sign_no` that ended
    /// stays ended, so the same id may come again with a new one.
    fn signed_in(&self, work: &mut Work<'_>) -> Result<Result<(), Refusal>, StoreError> {
        let Self { request, caller, arrival, .. } = self;
        if request.infno == "9001" || !caller.profile.session.sign_in_required {
            return Ok(Ok(()));
        }
        let missing = || Ok(Err(Refusal::new(&faults::NOT_SIGNED_IN)));
        if request.sign_no.is_empty() {
            return missing();
        }
        let Some(sign_in) = work.sign_in(&request.sign_no)? else { return missing() };
        if sign_in.fixmedins_code != caller.institution.code || sign_in.opter_no != request.opter {
            return missing();
        }
        if sign_in.ended.is_none() && arrival.now < sign_in.expires && !arrival.sign_in_expires {
            return Ok(Ok(()));
        }
        work.end_sign_in(&sign_in.sign_no, arrival.now)?;
        Ok(Err(Refusal::new(&faults::SIGN_IN_EXPIRED)))
    }

    fn business(&self, work: &mut Work<'_>) -> Result<Done, Stop> {
        let now = BusinessTime::from_unix_millis(self.arrival.now);
        let window = u64::from(self.caller.profile.session.clock_window_minutes) * 60_000;
        let inf_time: BusinessTime = self
            .request
            .inf_time
            .parse()
            .map_err(|_| Stop::refused_with(&faults::FIELDS, "inf_time: yyyy-MM-dd HH:mm:ss"))?;
        if inf_time.unix_millis().abs_diff(self.arrival.now) > window {
            return Err(Stop::refused_with(&faults::CLOCK, format!("{now} at the centre")));
        }
        if !self.caller.institution.active {
            return Err(Stop::refused(&faults::INSTITUTION_INACTIVE));
        }
        let context = Context {
            now,
            institution: &self.caller.institution,
            profile: self.caller.profile,
            settings: self.settings,
            random: &*self.engine.random,
        };
        business::run(&context, work, self.request)
    }

    fn write(&self, msgid: &str, content: Content<'_>, serial: u64) -> Result<Vec<u8>, StoreError> {
        let now = BusinessTime::from_unix_millis(self.arrival.now);
        let frame = Frame {
            region: &self.settings.region,
            serial,
            msgid,
            received: now,
            now,
            profile: self.caller.profile,
        };
        answer(&frame, content, &self.engine.key)
    }

    /// An answer that will be stored, or is all that is said to a question.
    pub(super) fn lasting(
        &self,
        work: &Work<'_>,
        msgid: &str,
        content: Content<'_>,
    ) -> Result<Vec<u8>, StoreError> {
        let serial = work.next("refmsg")?;
        self.write(msgid, content, serial.unsigned_abs())
    }

    /// A refusal that is not stored.
    fn refuse(&self, refusal: &Refusal) -> Result<Departure, StoreError> {
        let body = self.write(&self.request.msgid, Content::Refused(refusal), self.engine.loose.next())?;
        self.depart(body, refusal.fault.code().to_string(), None)
    }

    /// The answer that stands in the row of the id.
    fn stored(&self, row: &Message, outcome: &str) -> Result<Departure, StoreError> {
        let body = row.answer.clone().ok_or_else(|| StoreError("an answered id has no answer".into()))?;
        self.depart(body, outcome.to_owned(), None)
    }

    pub(super) fn depart(
        &self,
        body: Vec<u8>,
        outcome: String,
        reversed: Option<(String, String)>,
    ) -> Result<Departure, StoreError> {
        let body = if self.arrival.stumbles {
            self.write(&self.request.msgid, Content::Stumbled, self.engine.loose.next())?
        } else {
            body
        };
        Ok(Departure { status: 200, body, reversed, outcome })
    }
}

/// The `psn_no` of an input, wherever its one row stands.
fn named_person(input: &Value) -> Option<String> {
    let nodes = input.as_object()?;
    nodes
        .values()
        .filter_map(|node| match node {
            Value::Array(rows) => rows.first(),
            other => Some(other),
        })
        .find_map(|row| row.get("psn_no")?.as_str())
        .filter(|psn_no| !psn_no.is_empty())
        .map(str::to_owned)
}
