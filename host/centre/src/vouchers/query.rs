//! `ec.query`: decoding over the e-voucher interface, beside transaction 6101.
//!
//! Sealed messages are known by application and signature, and answered sealed. Messages in clear are taken only from
//! institutions behind a gateway, whose headers then speak for them.

use serde_json::{Map, Value};
use yika_platform::ec::{Answer, App, FieldOrder, Question, seal};
use yika_platform::gateway::{self, GatewayKeys};
use yika_platform::profile::{Gateway, Profile};
use yika_protocol::fault::centre as faults;
use yika_protocol::sign::Sm2Verifier;

use crate::StoreError;
use crate::engine::{Arrival, Departure, Engine};
use crate::refusal::{Refusal, Stop};
use crate::store::{Institution, Work};

/// `{infno}` of a gateway's API name for this interface, and what logs call it.
const INFNO: &str = "6101";

/// Who sends sealed messages, and how it sorts fields.
struct Application {
    app: App,
    institution: Institution,
    order: FieldOrder,
}

/// A question whose sender is known.
struct Known {
    institution: Institution,
    question: Question,
    stamp: Option<i64>,
}

impl Engine {
    /// Answers a message to the e-voucher interface.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn ec_query(&self, arrival: &Arrival<'_>) -> Result<Departure, StoreError> {
        let Ok(fields) = seal::fields(arrival.body) else {
            return self.ec_answer(None, "", &Err(Refusal::new(&faults::MALFORMED)), arrival.now);
        };
        self.store.write(|work| {
            let sealed = seal::is_sealed(&fields);
            let application = match fields.get("appId").and_then(Value::as_str) {
                Some(id) if sealed => self.application(work, id)?,
                _ => None,
            };
            let known = match &application {
                Some(application) => by_seal(fields, application),
                None if sealed => Err(Refusal::with(&faults::VOUCHER_SEAL, "appId")),
                None => self.by_gateway(work, &fields, arrival)?,
            };
            let org_id = known.as_ref().map_or(String::new(), |known| known.institution.code.clone());
            let answered = match known {
                Err(refusal) => Err(refusal),
                // What was written before a refusal must not stay.
                Ok(known) => match work.attempt(|work| self.answer_query(work, &known, arrival.now)) {
                    Ok(answer) => Ok(answer),
                    Err(Stop::Refused(refusal)) => Err(refusal),
                    Err(Stop::Failed(error)) => return Err(error),
                },
            };
            self.ec_answer(application.as_ref(), &org_id, &answered, arrival.now)
        })
    }

    fn answer_query(&self, work: &Work<'_>, known: &Known, now: i64) -> Result<Answer, Stop> {
        let Known { institution, question, stamp } = known;
        let window = u64::from(self.profile_of(institution)?.session.clock_window_minutes) * 60_000;
        if stamp.is_some_and(|stamp| stamp.abs_diff(now) > window) {
            return Err(Stop::refused(&faults::CLOCK));
        }
        if !institution.active {
            return Err(Stop::refused(&faults::INSTITUTION_INACTIVE));
        }
        let row = super::decode(work, institution, &question.row, now, &*self.random)?;
        Ok(Answer::success(&institution.code, row))
    }

    fn application(&self, work: &Work<'_>, id: &str) -> Result<Option<Application>, StoreError> {
        let Some((app, code)) = work.ec_app(id)? else { return Ok(None) };
        let institution = work
            .institution(&code)?
            .ok_or_else(|| StoreError("an application names no institution".into()))?;
        let order = self.profile_of(&institution)?.voucher.field_order;
        Ok(Some(Application { app, institution, order }))
    }

    fn by_gateway(
        &self,
        work: &Work<'_>,
        fields: &Map<String, Value>,
        arrival: &Arrival<'_>,
    ) -> Result<Result<Known, Refusal>, StoreError> {
        let code = fields.get("orgId").and_then(Value::as_str).unwrap_or_default();
        let Some(institution) = work.institution(code)? else {
            return Ok(Err(Refusal::new(&faults::UNKNOWN_INSTITUTION)));
        };
        let profile = self.profile_of(&institution)?;
        if profile.gateway == Gateway::None {
            return Ok(Err(Refusal::with(&faults::VOUCHER_SEAL, "not signed")));
        }
        let keys = institution.secrets.as_ref().map(|secrets| GatewayKeys {
            id: secrets.id.clone(),
            secret: secrets.secret.as_str().to_owned(),
        });
        let keys = keys.ok_or_else(|| StoreError("an institution's gateway secrets are missing".into()))?;
        let header = |name: &str| arrival.headers.get(name).map(String::as_str);
        Ok(match gateway::verify(profile, &keys, INFNO, arrival.now, header) {
            Ok(()) => question(fields, institution, None),
            Err(e) => Err(Refusal::with(&faults::GATEWAY_HEADERS, e.text())),
        })
    }

    fn profile_of(&self, institution: &Institution) -> Result<&Profile, StoreError> {
        self.profiles
            .get(&institution.profile)
            .ok_or_else(|| StoreError(format!("profile {} is not built in", institution.profile)))
    }

    /// The bytes of an answer, sealed for an application that is known.
    fn ec_answer(
        &self,
        application: Option<&Application>,
        org_id: &str,
        answered: &Result<Answer, Refusal>,
        now: i64,
    ) -> Result<Departure, StoreError> {
        let (fields, outcome) = match answered {
            Ok(answer) => (answer.to_fields(), "ok".to_owned()),
            Err(refusal) => {
                let answer = Answer::failure(org_id, &refusal.err_msg());
                (answer.to_fields(), refusal.fault.code().to_string())
            }
        };
        let body = match application {
            None => Value::Object(fields).to_string().into_bytes(),
            Some(Application { app, order, .. }) => {
                let broken = |why: &str| StoreError(format!("an answer cannot be sealed: {why}"));
                let signer = self.key.signer.identified_as(app.secret());
                let signer = signer.map_err(|e| broken(&e.to_string()))?;
                seal::seal(fields, app, now, &signer, *order).map_err(|e| broken(&e.to_string()))?
            }
        };
        Ok(Departure { status: 200, body, reversed: None, outcome })
    }
}

fn by_seal(fields: Map<String, Value>, application: &Application) -> Result<Known, Refusal> {
    let Application { app, institution, order } = application;
    let key = institution.public_key.as_deref();
    let verifier = key.and_then(|key| Sm2Verifier::with_id(key, app.secret()).ok());
    let verifier =
        verifier.ok_or_else(|| Refusal::with(&faults::VOUCHER_SEAL, "no public key is registered"))?;
    let (fields, stamp) =
        seal::open(fields, app, &verifier, *order).map_err(|e| Refusal::with(&faults::VOUCHER_SEAL, e))?;
    question(&fields, institution.clone(), Some(stamp))
}

fn question(
    fields: &Map<String, Value>,
    institution: Institution,
    stamp: Option<i64>,
) -> Result<Known, Refusal> {
    let question = Question::from_fields(fields).map_err(|e| Refusal::with(&faults::FIELDS, e))?;
    Ok(Known { institution, question, stamp })
}
