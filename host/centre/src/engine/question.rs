//! A signed question that is not a transaction: to the card-key service, about terminals.
//!
//! Same envelope and authentication as a transaction, and an answer in the same frame. There is no sign-in, and nothing is
//! stored under the id. Each kind of question has an `infno` of its own, so that the signature also says which one is meant.

use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_protocol::fault::centre as faults;

use super::ids::Reply;
use super::sender::Caller;
use super::{Arrival, Departure, Engine};
use crate::StoreError;
use crate::answer::Content;
use crate::business::Settings;
use crate::refusal::Stop;
use crate::store::Work;

impl Engine {
    /// Answers a question with the `output` that `job` gives, or with its refusal. What was written before a refusal stays:
    /// a wrong code counts, a refused card is on record.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn question(
        &self,
        arrival: &Arrival<'_>,
        job: impl FnOnce(&Work<'_>, &Request, &Caller<'_>) -> Result<Value, Stop>,
    ) -> Result<Departure, StoreError> {
        self.authentic(arrival, |work, request, caller| {
            let settings = Settings::read(work)?;
            let reply = Reply { engine: self, request, caller, arrival, settings: &settings };
            let (body, outcome) = match job(work, request, caller) {
                Ok(output) => {
                    (reply.lasting(work, &request.msgid, Content::Output(Some(output)))?, "ok".to_owned())
                }
                Err(Stop::Refused(refusal)) => {
                    let body = reply.lasting(work, &request.msgid, Content::Refused(&refusal))?;
                    (body, refusal.fault.code().to_string())
                }
                Err(Stop::Failed(error)) => return Err(error),
            };
            reply.depart(body, outcome, None)
        })
    }
}

impl Caller<'_> {
    /// Whether this is the question that its path stands for, and asked just now.
    pub(crate) fn asks(&self, request: &Request, infno: &str, now: i64) -> Result<(), Stop> {
        let sent: BusinessTime =
            request.inf_time.parse().map_err(|_| Stop::refused_with(&faults::FIELDS, "inf_time"))?;
        let window = u64::from(self.profile.session.clock_window_minutes) * 60_000;
        if sent.unix_millis().abs_diff(now) > window {
            return Err(Stop::refused(&faults::CLOCK));
        }
        if request.infno != infno {
            return Err(Stop::refused(&faults::UNKNOWN_TRANSACTION));
        }
        Ok(())
    }
}
