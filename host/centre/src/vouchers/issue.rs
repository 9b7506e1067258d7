//! Issuing codes: what a real platform does on the person's phone. Sandbox only, and only when the centre is told to.

use yika_platform::business_time::BusinessTime;
use yika_platform::ec::{IssueRequest, Issued};
use yika_protocol::fault::centre as faults;

use super::{CODE_LENGTH, CODE_SECONDS, MEMORY_MILLIS, draw};
use crate::business::eighteen;
use crate::engine::Engine;
use crate::refusal::Stop;

impl Engine {
    /// A fresh code for a person of the register, by `psn_no` or certificate number.
    ///
    /// # Errors
    /// Nobody has this number, or the database failed.
    pub(crate) fn issue_voucher(&self, request: &IssueRequest, now: i64) -> Result<Issued, Stop> {
        self.store.write(|work| {
            let wanted = request.person.expose();
            let person = match work.person(wanted)? {
                Some(person) => person,
                None => work
                    .people_by_certno(&eighteen(wanted))?
                    .into_iter()
                    .next()
                    .ok_or_else(|| Stop::refused(&faults::PERSON_UNKNOWN))?,
            };
            let expires = now.saturating_add(i64::from(CODE_SECONDS) * 1000);
            // 140 random bits do not meet twice; a source that repeats itself is broken.
            let code = draw(&*self.random, CODE_LENGTH)?;
            if !work.add_voucher(&code, &person.psn_no, expires, now.saturating_sub(MEMORY_MILLIS))? {
                return Err(crate::StoreError("the random source repeats itself".into()).into());
            }
            Ok(Issued {
                code: code.as_str().to_owned(),
                expires: BusinessTime::from_unix_millis(expires).to_string(),
                valid_seconds: CODE_SECONDS,
            })
        })
    }
}
