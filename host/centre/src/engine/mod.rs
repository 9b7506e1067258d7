//! One message, from bytes to bytes, in the order: form and authentication → id → sign-in, clock → business.

mod ids;
mod question;
mod sender;

use std::collections::BTreeMap;
use std::sync::Arc;

use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::msgid::{MsgId, MsgIdForm};
use yika_platform::profile::Profile;
use yika_protocol::fault::centre as faults;

use crate::answer::{Content, Frame, LooseSerial, answer};
use crate::business::Settings;
use crate::keyfile::CentreKey;
use crate::refusal::Refusal;
use crate::store::{Store, Work};
use crate::{Random, StoreError};

use sender::Early;

pub(crate) use sender::Caller;

/// Largest body that is read, in bytes: 40 000 characters of input, envelope and signature with room to spare.
pub(crate) const LARGEST_BODY: usize = 512 * 1024;

/// Headers by lower-case name.
pub(crate) type Headers = BTreeMap<String, String>;

/// What answers messages. Shared by all connections.
pub(crate) struct Engine {
    pub(crate) store: Store,
    pub(crate) key: CentreKey,
    pub(crate) profiles: BTreeMap<String, Profile>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) loose: LooseSerial,
}

/// A message as it came, and what faults do to it.
pub(crate) struct Arrival<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) headers: &'a Headers,
    /// The centre's clock, in milliseconds, skewed where a fault says so.
    pub(crate) now: i64,
    /// The sign-in ends before it is checked.
    pub(crate) sign_in_expires: bool,
    /// The answer says −1 whatever was committed.
    pub(crate) stumbles: bool,
}

impl<'a> Arrival<'a> {
    /// A message without faults, at the beginning of time.
    pub(crate) fn plain(body: &'a [u8], headers: &'a Headers) -> Self {
        Self { body, headers, now: 0, sign_in_expires: false, stumbles: false }
    }
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Departure {
    /// HTTP status.
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The id that an accepted 2601 reversed: institution and message id.
    pub(crate) reversed: Option<(String, String)>,
    /// `ok` or a fault code, for logs.
    pub(crate) outcome: String,
}

/// A message turned away before its id counts.
pub(crate) struct TurnedAway {
    status: u16,
    refusal: Refusal,
    /// The field's own words of the gateway, in place of the coded text.
    words: Option<&'static str>,
}

impl TurnedAway {
    pub(crate) fn new(status: u16, refusal: Refusal) -> Self {
        Self { status, refusal, words: None }
    }
}

impl Engine {
    /// Answers a transaction.
    ///
    /// # Errors
    /// The database failed: nothing was committed, and the sender must be left in the dark rather than told something.
    pub(crate) fn transact(&self, arrival: &Arrival<'_>) -> Result<Departure, StoreError> {
        self.authentic(arrival, |work, request, caller| self.by_id(work, request, caller, arrival))
    }

    /// Runs `job` over a message whose sender and id are in order, inside one transaction; any other is turned away.
    fn authentic(
        &self,
        arrival: &Arrival<'_>,
        job: impl FnOnce(&mut Work<'_>, &Request, &Caller<'_>) -> Result<Departure, StoreError>,
    ) -> Result<Departure, StoreError> {
        let request = match Request::parse(arrival.body) {
            Ok(request) => request,
            Err(e) => {
                let away = TurnedAway::new(400, Refusal::with(&faults::MALFORMED, e));
                return self.turn_away("", &away, arrival.now);
            }
        };
        match self.authenticate(&request, arrival) {
            Ok(caller) => self.store.write(|work| job(work, &request, &caller)),
            Err(Early::Away(away)) => self.turn_away(&request.msgid, &away, arrival.now),
            Err(Early::Failed(error)) => Err(error),
        }
    }

    /// The answer to a message whose id does not count. Nothing is stored.
    pub(crate) fn turn_away(
        &self,
        msgid: &str,
        away: &TurnedAway,
        now: i64,
    ) -> Result<Departure, StoreError> {
        let region = self.store.write(|work| Settings::read(work))?.region;
        let now = BusinessTime::from_unix_millis(now);
        let sandbox = self.profiles.get("sandbox").ok_or_else(|| StoreError("no sandbox profile".into()))?;
        // An id that cannot be signed is not repeated.
        let msgid = if MsgId::parse(msgid, MsgIdForm::Lenient).is_ok() { msgid } else { "" };
        let serial = self.loose.next();
        let frame = Frame { region: &region, serial, msgid, received: now, now, profile: sandbox };
        let body = match away.words {
            Some(words) => words.as_bytes().to_vec(),
            None => answer(&frame, Content::Refused(&away.refusal), &self.key)?,
        };
        Ok(Departure {
            status: away.status,
            body,
            reversed: None,
            outcome: away.refusal.fault.code().to_string(),
        })
    }
}
