//! Client of a card-key service: generation-3 cards are opened with its help.
//!
//! The message is [`yika_platform::keyservice`]'s: an envelope signed by the institution, like every other. Nothing is
//! recorded here; the service keeps its own record of who asked for which card.

use std::fmt;
use std::time::Duration;

use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::{InfCode, Response};
use yika_platform::gateway;
use yika_platform::keyservice::{CardAuthInput, CardAuthOutput, CardAuthResult, CardAuthRow, INFNO, PATH};
use yika_platform::msgid::MsgId;
use yika_protocol::fault::{self, Fault, settle as faults};
use yika_protocol::sign::Sm2Verifier;

use crate::config::TillConfig;
use crate::deps::Deps;
use crate::error::OpenError;
use crate::keys;
use crate::transport::{Call, Method};

/// A card-key service at some address.
pub struct KeyServiceClient {
    config: TillConfig,
    deps: Deps,
    centre_key: Option<Sm2Verifier>,
    url: String,
}

/// No key for this card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyServiceError {
    /// The service says no; its own fault when it names one, and its words.
    Refused(&'static Fault, String),
    /// No usable answer; says what was missing.
    NoAnswer(String),
}

impl KeyServiceClient {
    /// `url` is the service's address; the usual path is added when it has none. Site, key and profile are the till's;
    /// no journal is opened.
    pub fn new(url: &str, config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        let centre_key = match (&config.centre.key_pem, config.profile.signature.signs_responses) {
            (_, false) => None,
            (None, true) => return Err(OpenError::Config("the centre's public key is missing".to_owned())),
            (Some(pem), true) => Some(
                keys::verifier_from_pem(pem)
                    .map_err(|_| OpenError::Config("the centre's public key is not an SM2 key".to_owned()))?,
            ),
        };
        Ok(Self { url: with_path(url), config, deps, centre_key })
    }

    /// Asks for the two cryptograms of one card.
    pub async fn card_auth(&self, row: CardAuthRow) -> Result<CardAuthResult, KeyServiceError> {
        let call = self.call(row).map_err(KeyServiceError::NoAnswer)?;
        let reply =
            self.deps.transport.send(call).await.map_err(|e| KeyServiceError::NoAnswer(e.to_string()))?;
        if reply.status != 200 {
            return Err(KeyServiceError::NoAnswer(format!("HTTP {}", reply.status)));
        }
        let unreadable = |e: String| KeyServiceError::NoAnswer(e);
        let response = Response::parse(&reply.body).map_err(|e| unreadable(e.to_string()))?;
        if let Some(verifier) = &self.centre_key {
            cainfo::verify_response(&response, verifier, &self.config.profile)
                .map_err(|e| unreadable(e.to_string()))?;
        }
        if response.code() != InfCode::Success {
            let named = response.err_msg.strip_prefix("[Y-").and_then(|rest| rest.get(..4)?.parse().ok());
            let fault = named.and_then(fault::find).unwrap_or(&faults::KEY_SERVICE_REFUSED);
            return Err(KeyServiceError::Refused(fault, response.err_msg));
        }
        let output = response.output.ok_or_else(|| unreadable("no output".to_owned()))?;
        serde_json::from_value::<CardAuthOutput>(output)
            .map(|output| output.data)
            .map_err(|_| unreadable("fields of output".to_owned()))
    }

    fn call(&self, row: CardAuthRow) -> Result<Call, String> {
        let (config, profile) = (&self.config, &self.config.profile);
        let mut nonce = [0; 18];
        self.deps.random.fill(&mut nonce).map_err(|_| "no random bytes".to_owned())?;
        let (sequence, nonce) = nonce.split_first_chunk::<2>().ok_or("no random bytes")?;
        let now_ms = i64::try_from(self.deps.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let now = BusinessTime::from_unix_millis(now_ms);
        // No money hangs on this id and nothing is stored under it: chance keeps it apart well enough.
        let msgid = MsgId::new(&config.institution.code, now, u16::from_be_bytes(*sequence) % 10_000)
            .map_err(|e| e.to_string())?;
        let mut request = config.envelope(INFNO, msgid.as_str(), now);
        request.input =
            serde_json::to_value(CardAuthInput { data: row }).map_err(|_| "fields of input".to_owned())?;
        cainfo::sign_request(&mut request, &config.key, profile).map_err(|e| e.to_string())?;
        let nonce = yika_platform::hex::lower(nonce);
        let stamp = gateway::Call { infno: INFNO, unix_millis: now_ms, nonce: &nonce };
        let headers = gateway::headers(profile, config.centre.gateway_keys.as_ref(), &stamp)
            .map_err(|e| format!("gateway: {e}"))?;
        Ok(Call {
            method: Method::Post,
            url: self.url.clone(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.to_bytes().map_err(|e| e.to_string())?,
            timeout: config.centre.timeout.unwrap_or(Duration::from_millis(profile.timeouts.answer_ms)),
        })
    }
}

fn with_path(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    match after_scheme.split_once('/') {
        None => format!("{url}{PATH}"),
        Some((_, "")) => format!("{}{PATH}", url.trim_end_matches('/')),
        Some(_) => url.to_owned(),
    }
}

impl KeyServiceError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Refused(fault, _) => fault,
            Self::NoAnswer(_) => &faults::KEY_SERVICE_UNREACHABLE,
        }
    }

    /// The service's words or what was missing.
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused(_, text) | Self::NoAnswer(text) => text,
        }
    }
}

impl fmt::Display for KeyServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail())
    }
}

impl std::error::Error for KeyServiceError {}

impl fmt::Debug for KeyServiceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyServiceClient").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_path_is_added_where_there_is_none() {
        assert_eq!(with_path("http://a:8080"), "http://a:8080/keys/card-auth");
        assert_eq!(with_path("http://a:8080/"), "http://a:8080/keys/card-auth");
        assert_eq!(with_path("https://a/other"), "https://a/other");
    }
}
