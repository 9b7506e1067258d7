//! Who sent a message: gateway, signature, and an id of the sender's own.

use yika_platform::cainfo::{self, CainfoError};
use yika_platform::envelope::Request;
use yika_platform::gateway::{self, GatewayKeys};
use yika_platform::msgid::{MsgId, MsgIdForm};
use yika_platform::profile::{Gateway, Profile, SignatureScheme};
use yika_platform::tables;
use yika_protocol::fault::centre as faults;
use yika_protocol::sign::Sm2Verifier;

use super::{Arrival, Engine, Headers, TurnedAway};
use crate::StoreError;
use crate::refusal::Refusal;
use crate::store::Institution;

/// A sender whose message is authentic.
pub(crate) struct Caller<'a> {
    pub(crate) institution: Institution,
    pub(crate) profile: &'a Profile,
}

/// Why a message did not get as far as its id.
pub(super) enum Early {
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

impl Engine {
    /// Checks who sent the message, and that its id is one the sender may use.
    pub(super) fn authenticate(&self, request: &Request, arrival: &Arrival<'_>) -> Result<Caller<'_>, Early> {
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
}
