//! A signed question beside the till's business: one envelope out, one in, nothing recorded.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::{InfCode, Response};
use yika_platform::gateway;
use yika_platform::msgid::MsgId;
use yika_protocol::fault::{self, Fault, settle as faults};
use yika_protocol::sign::Sm2Verifier;

use crate::config::TillConfig;
use crate::deps::Deps;
use crate::error::OpenError;
use crate::keys;
use crate::till::not_sent_fault;
use crate::transport::{Call, Method, SendError};

/// Who asks, signed with the institution's key, and whom.
pub(crate) struct Asker {
    config: TillConfig,
    deps: Deps,
    centre_key: Option<Sm2Verifier>,
}

/// No answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AskError {
    /// The other side says no: the fault it names, if it names one, and its words.
    Refused(Option<&'static Fault>, String),
    /// Nothing usable came: why, and what was missing.
    NoAnswer(&'static Fault, String),
}

impl Asker {
    pub(crate) fn new(config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        let centre_key = match (&config.centre.key_pem, config.profile.signature.signs_responses) {
            (_, false) => None,
            (None, true) => return Err(OpenError::Config("the centre's public key is missing".to_owned())),
            (Some(pem), true) => Some(
                keys::verifier_from_pem(pem)
                    .map_err(|_| OpenError::Config("the centre's public key is not an SM2 key".to_owned()))?,
            ),
        };
        Ok(Self { config, deps, centre_key })
    }

    /// The centre's address, without anything behind it.
    pub(crate) fn centre(&self) -> &str {
        self.config.centre.url.trim_end_matches('/')
    }

    /// Posts `input` to `url` and reads `output`.
    pub(crate) async fn ask<I: Serialize + Sync, O: DeserializeOwned>(
        &self,
        url: String,
        infno: &str,
        input: &I,
    ) -> Result<O, AskError> {
        let unanswered = |detail: String| AskError::NoAnswer(&faults::QUESTION_UNANSWERED, detail);
        let call = self.call(url, infno, input).map_err(unanswered)?;
        let reply = self.deps.transport.send(call).await.map_err(|error| match error {
            SendError::NotSent(why) => AskError::NoAnswer(not_sent_fault(why), error.to_string()),
            SendError::Lost(_) => unanswered(error.to_string()),
        })?;
        if reply.status != 200 {
            return Err(AskError::NoAnswer(&faults::ANSWER_STATUS, format!("HTTP {}", reply.status)));
        }
        let unreadable = |detail: String| AskError::NoAnswer(&faults::ANSWER_UNREADABLE, detail);
        let response = Response::parse(&reply.body).map_err(|error| unreadable(error.to_string()))?;
        if let Some(verifier) = &self.centre_key {
            cainfo::verify_response(&response, verifier, &self.config.profile)
                .map_err(|error| AskError::NoAnswer(&faults::ANSWER_SIGNATURE, error.to_string()))?;
        }
        if response.code() != InfCode::Success {
            let named = response.err_msg.strip_prefix("[Y-").and_then(|rest| rest.get(..4)?.parse().ok());
            return Err(AskError::Refused(named.and_then(fault::find), response.err_msg));
        }
        let output = response.output.ok_or_else(|| unreadable("no output".to_owned()))?;
        serde_json::from_value(output).map_err(|_| unreadable("fields of output".to_owned()))
    }

    fn call<I: Serialize>(&self, url: String, infno: &str, input: &I) -> Result<Call, String> {
        let (config, profile) = (&self.config, &self.config.profile);
        let mut nonce = [0; 18];
        self.deps.random.fill(&mut nonce).map_err(|_| "no random bytes".to_owned())?;
        let (sequence, nonce) = nonce.split_first_chunk::<2>().ok_or("no random bytes")?;
        let now_ms = i64::try_from(self.deps.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let now = BusinessTime::from_unix_millis(now_ms);
        // No money hangs on this id and nothing is stored under it: chance keeps it apart well enough.
        let msgid = MsgId::new(&config.institution.code, now, u16::from_be_bytes(*sequence) % 10_000)
            .map_err(|e| e.to_string())?;
        let mut request = config.envelope(infno, msgid.as_str(), now);
        request.input = serde_json::to_value(input).map_err(|_| "fields of input".to_owned())?;
        cainfo::sign_request(&mut request, &config.key, profile).map_err(|e| e.to_string())?;
        let nonce = yika_platform::hex::lower(nonce);
        let stamp = gateway::Call { infno, unix_millis: now_ms, nonce: &nonce };
        let headers = gateway::headers(profile, config.centre.gateway_keys.as_ref(), &stamp)
            .map_err(|e| format!("gateway: {e}"))?;
        Ok(Call {
            method: Method::Post,
            url,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.to_bytes().map_err(|e| e.to_string())?,
            timeout: config.centre.timeout.unwrap_or(Duration::from_millis(profile.timeouts.answer_ms)),
        })
    }
}
