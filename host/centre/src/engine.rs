//! One message, from bytes to bytes, in the order: form and authentication → id → sign-in, clock → business.

use std::collections::BTreeMap;

use ring::digest;
use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo::{self, CainfoError};
use yika_platform::envelope::Request;
use yika_platform::gateway::{self, GatewayKeys};
use yika_platform::hex;
use yika_platform::msgid::{MsgId, MsgIdForm};
use yika_platform::profile::{Gateway, Profile, SignatureScheme};
use yika_platform::tables;
use yika_protocol::fault::centre as faults;
use yika_protocol::sign::Sm2Verifier;

use crate::answer::{Content, Frame, LooseSerial, answer};
use crate::business::{self, Context, Done, Settings};
use crate::keyfile::CentreKey;
use crate::refusal::{Refusal, Stop};
use crate::store::{Institution, Message, State, Store, Work};
use crate::{Random, StoreError};

/// Largest body that is read, in bytes: 40 000 characters of input, envelope and signature with room to spare.
pub(crate) const LARGEST_BODY: usize = 512 * 1024;

/// Headers by lower-case name.
pub(crate) type Headers = BTreeMap<String, String>;

/// What answers messages. Shared by all connections.
pub(crate) struct Engine {
    pub(crate) store: Store,
    pub(crate) key: CentreKey,
    pub(crate) profiles: BTreeMap<String, Profile>,
    pub(crate) random: std::sync::Arc<dyn Random>,
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

/// A sender whose message is authentic.
pub(crate) struct Caller<'a> {
    pub(crate) institution: Institution,
    pub(crate) profile: &'a Profile,
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
        let request = match self.read(arrival.body) {
            Ok(request) => request,
            Err(away) => return self.turn_away("", &away, arrival.now),
        };
        match self.authenticate(&request, arrival) {
            Ok(caller) => self.store.write(|work| self.by_id(work, &request, &caller, arrival)),
            Err(Early::Away(away)) => self.turn_away(&request.msgid, &away, arrival.now),
            Err(Early::Failed(error)) => Err(error),
        }
    }

    /// Reads a body as an envelope.
    pub(crate) fn read(&self, body: &[u8]) -> Result<Request, TurnedAway> {
        Request::parse(body).map_err(|e| TurnedAway::new(400, Refusal::with(&faults::MALFORMED, e)))
    }

    /// Checks who sent the message, and that its id is one the sender may use.
    pub(crate) fn authenticate(&self, request: &Request, arrival: &Arrival<'_>) -> Result<Caller<'_>, Early> {
        let (institution, profile) = self.sender(request, arrival.headers, arrival.now)?;
        let malformed =
            |why: &dyn std::fmt::Display| TurnedAway::new(200, Refusal::with(&faults::MALFORMED, why));
        if let Some(fault) = tables::check_request_envelope(request, profile).first() {
            // The id is the one field with a fault of its own.
            if fault.path.ends_with("msgid") {
                return Err(TurnedAway::new(200, Refusal::with(&faults::MSGID, fault)).into());
            }
            return Err(malformed(fault).into());
        }
        let bad_id = |why: &dyn std::fmt::Display| TurnedAway::new(200, Refusal::with(&faults::MSGID, why));
        let msgid = MsgId::parse(&request.msgid, profile.session.msgid).map_err(|e| bad_id(&e))?;
        if profile.session.msgid == MsgIdForm::Strict && msgid.institution() != Some(&institution.code) {
            return Err(bad_id(&"it starts with another institution's code").into());
        }
        Ok(Caller { institution, profile })
    }

    /// The institution behind a message, by gateway and signature.
    fn sender(
        &self,
        request: &Request,
        headers: &Headers,
        now: i64,
    ) -> Result<(Institution, &Profile), Early> {
        let away = |refusal| Early::Away(TurnedAway::new(200, refusal));
        let code = request.fixmedins_code.as_str();
        let institution = self
            .store
            .write::<_, StoreError>(|work| work.institution(code))?
            .ok_or_else(|| away(Refusal::new(&faults::UNKNOWN_INSTITUTION)))?;
        let profile = self
            .profiles
            .get(&institution.profile)
            .ok_or_else(|| StoreError(format!("profile {} is not built in", institution.profile)))?;
        if profile.gateway != Gateway::None {
            let keys = institution.secrets.as_ref().map(|secrets| GatewayKeys {
                id: secrets.id.clone(),
                secret: secrets.secret.as_str().to_owned(),
            });
            let keys =
                keys.ok_or_else(|| StoreError("an institution's gateway secrets are missing".into()))?;
            let header = |name: &str| headers.get(name).map(String::as_str);
            gateway::verify(profile, &keys, &request.infno, now, header).map_err(|e| {
                Early::Away(TurnedAway {
                    status: 401,
                    refusal: Refusal::new(&faults::GATEWAY_HEADERS),
                    words: Some(e.text()),
                })
            })?;
        }
        if profile.signature.scheme != SignatureScheme::None {
            let key = institution.public_key.as_deref().and_then(|key| Sm2Verifier::from_sec1(key).ok());
            let key = key.ok_or_else(|| StoreError("an institution's public key is missing".into()))?;
            cainfo::verify_request(request, &key, profile).map_err(|e| {
                away(match e {
                    CainfoError::NotText => Refusal::with(&faults::MALFORMED, e),
                    _ => Refusal::new(&faults::SIGNATURE),
                })
            })?;
        } else if profile.fields.leaves_are_text && !cainfo::only_text(&request.input) {
            return Err(away(Refusal::with(&faults::MALFORMED, "a leaf of input is not a JSON string")));
        }
        Ok((institution, profile))
    }

    /// What the id says, then what the rest says. Runs inside one transaction.
    fn by_id(
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
                State::Answered if row.digest.as_deref() == Some(&digest) => {
                    return reply.stored(&row, "stored answer");
                }
                State::Answered => return reply.refuse(&Refusal::new(&faults::ID_CONFLICT)),
                State::Reversed => return reply.stored(&row, "reversed"),
                // A tombstone speaks for the people it names, and for messages that name nobody.
                State::Tombstone => {
                    let named = match &psn_no {
                        None => true,
                        Some(psn_no) => work.is_reversed_for(&row.fixmedins_code, &row.msgid, psn_no)?,
                    };
                    if named {
                        row.state = State::Reversed;
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
            state: State::Answered,
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

/// Why a message did not get as far as its id.
pub(crate) enum Early {
    Away(TurnedAway),
    Failed(StoreError),
}

impl From<TurnedAway> for Early {
    fn from(away: TurnedAway) -> Self {
        Self::Away(away)
    }
}

impl From<StoreError> for Early {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Everything known about a message while it is answered.
struct Reply<'a> {
    engine: &'a Engine,
    request: &'a Request,
    caller: &'a Caller<'a>,
    arrival: &'a Arrival<'a>,
    settings: &'a Settings,
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

    /// An answer that will be stored.
    fn lasting(&self, work: &Work<'_>, msgid: &str, content: Content<'_>) -> Result<Vec<u8>, StoreError> {
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

    fn depart(
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
