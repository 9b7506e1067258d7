//! Decoding over the e-voucher interface: `ec.query`, sealed with the institution's application and key.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use yika_platform::ec::{Answer, App, CANCELLED, PATH, Question, seal};
use yika_protocol::fault::{self, credential as faults, settle};
use yika_protocol::sign::{Signer, Sm2Verifier};

use super::{Decoding, SENDINGS, Scan, Voucher, VoucherError, VoucherService};
use crate::config::TillConfig;
use crate::deps::Deps;
use crate::error::OpenError;
use crate::keys;
use crate::outcome::Reason;
use crate::till::not_sent_fault;
use crate::transport::{Call, Method, SendError};

/// A front end of the e-voucher interface at some address.
pub struct EcQueryClient {
    config: TillConfig,
    deps: Deps,
    app: App,
    url: String,
    signer: Box<dyn Signer + Send + Sync>,
    /// The centre's key with the application's identifier, where the site has it: answers must then be signed.
    verifier: Option<Sm2Verifier>,
}

impl EcQueryClient {
    /// `url` is the front end's address; the usual path is added when it has none. Site, key and profile are the till's.
    ///
    /// # Errors
    /// A key cannot be used.
    pub fn new(url: &str, app: App, config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        let bad = |text: &str| OpenError::Config(text.to_owned());
        let signer = config.key.identified_as(app.secret()).map_err(|_| bad("keys.file: not usable"))?;
        let verifier = match &config.centre.key_pem {
            None => None,
            Some(pem) => {
                let key = keys::verifier_from_pem(pem)
                    .map_err(|_| bad("the centre's public key is not an SM2 key"))?;
                let key = Sm2Verifier::with_id(&key.public_key(), app.secret());
                Some(key.map_err(|_| bad("the centre's public key is not an SM2 key"))?)
            }
        };
        Ok(Self { url: with_path(url), config, deps, app, signer: Box::new(signer), verifier })
    }

    async fn ask(&self, scan: &Scan) -> Result<Voucher, VoucherError> {
        let body = self.question(scan)?;
        let mut left = SENDINGS;
        let reply = loop {
            left = left.saturating_sub(1);
            let call = Call {
                method: Method::Post,
                url: self.url.clone(),
                headers: Vec::new(),
                body: body.clone(),
                timeout: self
                    .config
                    .centre
                    .timeout
                    .unwrap_or(Duration::from_millis(self.config.profile.timeouts.answer_ms)),
            };
            match self.deps.transport.send(call).await {
                Ok(reply) => break reply,
                // The same bytes: whoever has answered them before answers them again.
                Err(SendError::Lost(_)) if left > 0 => {}
                Err(e @ SendError::Lost(_)) => return Err(no_answer(&e.to_string())),
                Err(e @ SendError::NotSent(_)) if left + 1 < SENDINGS => {
                    return Err(no_answer(&e.to_string()));
                }
                Err(SendError::NotSent(why)) => {
                    return Err(VoucherError::NotSent(Reason {
                        fault: not_sent_fault(why),
                        detail: String::new(),
                    }));
                }
            }
        };
        if reply.status != 200 {
            return Err(no_answer(&format!("HTTP {}", reply.status)));
        }
        self.judge(&reply.body, scan)
    }

    fn question(&self, scan: &Scan) -> Result<Vec<u8>, VoucherError> {
        let now = i64::try_from(self.deps.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let fields = Question { row: scan.row(&self.config) }.to_fields();
        seal::seal(fields, &self.app, now, &*self.signer, self.config.profile.voucher.field_order)
            .map_err(|e| VoucherError::Input(e.to_string()))
    }

    fn judge(&self, body: &[u8], scan: &Scan) -> Result<Voucher, VoucherError> {
        let unreadable = |e: &dyn fmt::Display| no_answer(&e.to_string());
        let fields = seal::fields(body).map_err(|e| unreadable(&e))?;
        let fields = self.opened(fields)?;
        let answer = Answer::from_fields(&fields).map_err(|e| unreadable(&e))?;
        match (answer.code, answer.row) {
            (0, Some(row)) if answer.org_id.is_empty() || answer.org_id == self.config.institution.code => {
                Voucher::new(*row)
            }
            (0, _) => Err(no_answer("orgId")),
            (CANCELLED, _) => Err(VoucherError::Cancelled),
            (_, _) => {
                let named = answer.message.strip_prefix("[Y-").and_then(|rest| rest.get(..4)?.parse().ok());
                let fault = named.and_then(fault::find).unwrap_or(&faults::VOUCHER_REFUSED);
                // A service may quote the code that it refuses.
                let detail = answer.message.replace(scan.code.expose(), "***");
                Err(VoucherError::Refused(Reason { fault, detail }))
            }
        }
    }

    /// The fields of a sealed answer with `data` in clear. Without the centre's key an answer is taken as it comes.
    fn opened(&self, mut fields: Map<String, Value>) -> Result<Map<String, Value>, VoucherError> {
        let order = self.config.profile.voucher.field_order;
        if let Some(verifier) = &self.verifier {
            return seal::open(fields, &self.app, verifier, order)
                .map(|(fields, _)| fields)
                .map_err(|e| no_answer(&e.to_string()));
        }
        if let Some(Value::String(encrypted)) = fields.remove("encData") {
            let plain = self.app.decrypt(&encrypted).ok_or_else(|| no_answer("encData"))?;
            let data = yika_platform::json::parse(&plain).map_err(|_| no_answer("encData"))?;
            fields.insert("data".to_owned(), data);
        }
        Ok(fields)
    }
}

impl VoucherService for EcQueryClient {
    fn decode<'a>(&'a self, scan: &'a Scan) -> Decoding<'a> {
        Box::pin(self.ask(scan))
    }
}

fn no_answer(detail: &str) -> VoucherError {
    VoucherError::NoAnswer(Reason { fault: &settle::QUESTION_UNANSWERED, detail: detail.to_owned() })
}

fn with_path(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    match after_scheme.split_once('/') {
        None => format!("{url}{PATH}"),
        Some((_, "")) => format!("{}{PATH}", url.trim_end_matches('/')),
        Some(_) => url.to_owned(),
    }
}

impl fmt::Debug for EcQueryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcQueryClient").field("url", &self.url).finish_non_exhaustive()
    }
}
