//! One message out, one answer in, and what the answer is worth.

use std::time::Duration;

use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::{InfCode, Request, Response};
use yika_platform::gateway;
use yika_platform::msgid::MsgId;
use yika_platform::transactions::{self, Transaction};
use yika_protocol::fault::{self, Fault, settle as faults};
use zeroize::Zeroizing;

use super::Till;
use crate::outcome::Reason;
use crate::transport::{Call, Lost, Method, NotSent, SendError};

/// What became of one sending.
pub(super) enum Verdict<O> {
    /// No byte of the body left.
    NotSent(Reason),
    /// The centre says no.
    Refused(Refusal),
    /// Something left and no answer that can be believed came back.
    Unsure { reason: Reason, evidence: Option<Vec<u8>> },
    /// The centre says yes.
    Accepted { output: Box<O>, body: Vec<u8> },
}

/// A refusal that the profile calls final, or any refusal of a message that settles nothing.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) body: Vec<u8>,
    /// The sign-in is missing or has ended.
    pub(super) sign_in: bool,
    /// The id was reversed.
    pub(super) reversed: bool,
    /// The centre knows no such thing.
    pub(super) not_found: bool,
    /// It speaks of this sending only, not of an earlier one under the same id.
    pub(super) this_sending: bool,
}

/// Whether a -1 without more may hide a success.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// A question: asking again costs nothing.
    Asks,
    /// It moves money, or may.
    Settles,
}

/// Which message to build.
pub(super) struct Draft<'a> {
    pub(super) infno: &'a str,
    pub(super) msgid: &'a MsgId,
    pub(super) insuplc: Option<&'a str>,
    pub(super) sign_no: &'a str,
    pub(super) input: Value,
}

impl Till {
    /// The signed bytes of a message. The text of an error names fields, never values.
    pub(super) fn build(&self, draft: Draft<'_>) -> Result<Vec<u8>, String> {
        let mut request = self.config.envelope(draft.infno, draft.msgid.as_str(), self.business_now());
        request.insuplc_admdvs = draft.insuplc.unwrap_or_default().to_owned();
        request.sign_no = draft.sign_no.to_owned();
        request.input = draft.input;
        self.seal_request(&mut request)
    }

    /// The same message with another sign-in and the present time, for an id that was not taken.
    pub(super) fn renew(&self, bytes: &[u8], sign_no: &str) -> Result<Vec<u8>, String> {
        let mut request = Request::parse(bytes).map_err(|e| e.to_string())?;
        request.sign_no = sign_no.to_owned();
        request.inf_time = self.business_now().to_string();
        self.seal_request(&mut request)
    }

    fn seal_request(&self, request: &mut Request) -> Result<Vec<u8>, String> {
        cainfo::sign_request(request, &self.config.key, &self.config.profile).map_err(|e| e.to_string())?;
        if let Some(fault) =
            yika_platform::tables::check_request_envelope(request, &self.config.profile).first()
        {
            return Err(fault.to_string());
        }
        request.to_bytes().map_err(|e| e.to_string())
    }

    /// Sends the bytes of a message once and judges what comes back.
    pub(super) async fn exchange<T: Transaction>(&self, bytes: &[u8], weight: Weight) -> Verdict<T::Output> {
        let Ok(request) = Request::parse(bytes) else {
            return Verdict::NotSent(reason(&faults::JOURNAL_CORRUPT, "stored request"));
        };
        let call = match self.call(&request.infno, bytes) {
            Ok(call) => call,
            Err(reason) => return Verdict::NotSent(reason),
        };
        let started = self.now_ms();
        let sent = self.deps.transport.send(call).await;
        tracing::debug!(infno = %request.infno, msgid = %request.msgid, ok = sent.is_ok(), "message sent");
        let reply = match sent {
            Ok(reply) => reply,
            Err(SendError::NotSent(why)) => return Verdict::NotSent(reason(not_sent_fault(why), "")),
            Err(SendError::Lost(why)) => return unsure(&request, weight, lost_fault(why), "", None),
        };
        if reply.status != 200 {
            let detail = format!("HTTP {}", reply.status);
            return unsure(&request, weight, &faults::ANSWER_STATUS, &detail, Some(reply.body));
        }
        let response = match Response::parse(&reply.body) {
            Ok(response) => response,
            Err(e) => {
                return unsure(
                    &request,
                    weight,
                    &faults::ANSWER_UNREADABLE,
                    &e.to_string(),
                    Some(reply.body),
                );
            }
        };
        if let Some(verifier) = &self.centre_key
            && let Err(e) = cainfo::verify_response(&response, verifier, &self.config.profile)
        {
            return unsure(&request, weight, &faults::ANSWER_SIGNATURE, &e.to_string(), Some(reply.body));
        }
        self.note_clock(&response, started);
        if response.answered_msgid().is_some_and(|id| id != request.msgid) {
            return unsure(&request, weight, &faults::ANSWER_OTHER_MESSAGE, "msgid", Some(reply.body));
        }
        match response.code() {
            InfCode::Success => match transactions::read::<T>(response.output.as_ref(), &self.config.profile)
            {
                Ok(output) => Verdict::Accepted { output: Box::new(output), body: reply.body },
                Err(e) => {
                    unsure(&request, weight, &faults::ANSWER_UNREADABLE, &e.to_string(), Some(reply.body))
                }
            },
            InfCode::Failure | InfCode::Other(_) => self.refusal(&request, &response, weight, reply.body),
            InfCode::Unreadable => {
                unsure(&request, weight, &faults::ANSWER_UNREADABLE, "infcode", Some(reply.body))
            }
        }
    }

    fn refusal<O>(
        &self,
        request: &Request,
        response: &Response,
        weight: Weight,
        body: Vec<u8>,
    ) -> Verdict<O> {
        let (profile, text) = (&self.config.profile, response.err_msg.as_str());
        let sign_in = profile.says_sign_in(text);
        let reversed = profile.says_reversed(text);
        let not_found = profile.says_not_found(text);
        let is_final = weight == Weight::Asks
            || profile.is_final_code(response.code())
            || profile.is_final_refusal(text)
            || sign_in
            || reversed
            || not_found;
        if !is_final {
            return unsure(request, weight, &faults::CENTRE_UNSURE, text, Some(body));
        }
        let detail = without_personal(text, request);
        Verdict::Refused(Refusal {
            reason: Reason { fault: named_fault(text).unwrap_or(&faults::REFUSED), detail },
            body,
            sign_in,
            reversed,
            not_found,
            this_sending: profile.speaks_of_sending_only(text),
        })
    }

    fn call(&self, infno: &str, bytes: &[u8]) -> Result<Call, Reason> {
        let (profile, centre) = (&self.config.profile, &self.config.centre);
        let mut nonce = [0; 16];
        self.deps.random.fill(&mut nonce).map_err(|_| reason(&faults::RANDOM_FAILED, ""))?;
        let nonce = yika_platform::hex::lower(&nonce);
        let stamp = gateway::Call { infno, unix_millis: self.now_ms(), nonce: &nonce };
        let headers = gateway::headers(profile, centre.gateway_keys.as_ref(), &stamp)
            .map_err(|e| reason(&faults::SITE_FILE_INVALID, &format!("gateway: {e}")))?;
        Ok(Call {
            method: Method::Post,
            url: join(&centre.url, &profile.path.replace("{infno}", infno)),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: bytes.to_vec(),
            timeout: centre.timeout.unwrap_or(Duration::from_millis(profile.timeouts.answer_ms)),
        })
    }

    /// The middle between sending and receiving is taken for the moment in which the centre looked at its clock.
    fn note_clock(&self, response: &Response, started_ms: i64) {
        let Some(theirs) = parse_millis(&response.respond_time) else { return };
        let ours = started_ms.midpoint(self.now_ms());
        *self.clock_offset_ms.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(theirs - ours);
    }
}

/// The profile's path behind the centre's address; the address as it is where there is none.
fn join(url: &str, path: &str) -> String {
    match path.strip_prefix('/') {
        Some(path) => format!("{}/{path}", url.trim_end_matches('/')),
        None => format!("{url}{path}"),
    }
}

/// A reason with a detail.
pub(super) fn reason(fault: &'static Fault, detail: &str) -> Reason {
    Reason { fault, detail: detail.to_owned() }
}

fn unsure<O>(
    request: &Request,
    weight: Weight,
    fault: &'static Fault,
    detail: &str,
    evidence: Option<Vec<u8>>,
) -> Verdict<O> {
    let detail = without_personal(detail, request);
    tracing::warn!(infno = %request.infno, msgid = %request.msgid, code = %fault.code(), "no usable answer");
    // Nothing hangs on a question: "wait, the machine finds out" would be wrong advice.
    let reason = match weight {
        Weight::Settles => Reason { fault, detail },
        Weight::Asks => Reason {
            fault: &faults::QUESTION_UNANSWERED,
            detail: format!("{} {detail}", fault.code()).trim_end().to_owned(),
        },
    };
    Verdict::Unsure { reason, evidence }
}

pub(crate) fn not_sent_fault(why: NotSent) -> &'static Fault {
    match why {
        NotSent::BadUrl | NotSent::Resolve => &faults::NOT_SENT_ADDRESS,
        NotSent::Connect | NotSent::ConnectTimeout => &faults::NOT_SENT_CONNECT,
        NotSent::Tls => &faults::NOT_SENT_TLS,
        NotSent::BrokeEarly => &faults::NOT_SENT_BROKE,
    }
}

fn lost_fault(why: Lost) -> &'static Fault {
    match why {
        Lost::Timeout => &faults::ANSWER_TIMEOUT,
        Lost::Broke => &faults::ANSWER_BROKEN,
        Lost::TooLong => &faults::ANSWER_UNREADABLE,
    }
}

/// The fault that a refusal of the sandbox names at its start, `[Y-5nnn]`.
fn named_fault(text: &str) -> Option<&'static Fault> {
    let number = text.strip_prefix("[Y-")?.split_once(']')?.0.parse().ok()?;
    fault::find(number)
}

fn parse_millis(text: &str) -> Option<i64> {
    let (seconds, millis) = text.split_at_checked(14)?;
    let millis: i64 = if millis.is_empty() { 0 } else { millis.parse().ok()? };
    Some(BusinessTime::parse_compact(seconds).ok()?.unix_millis() + millis)
}

/// The words of the centre without what the request said about the person, and without long numbers: a centre may put
/// anything into `err_msg`, and this text goes to screens and logs.
fn without_personal(text: &str, request: &Request) -> String {
    let mut known = Zeroizing::new(Vec::new());
    collect(&request.input, &mut known);
    // Longest first: a value may hold another one.
    known.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let mut masked = text.to_owned();
    for value in known.iter() {
        masked = masked.replace(value.as_str(), "***");
    }
    mask_numbers(&masked)
}

/// Fields whose values belong to a person.
const PERSONAL: [&str; 8] =
    ["psn_no", "mdtrt_cert_no", "card_sn", "certno", "psn_name", "rxno", "bilg_dr_name", "ecQrCode"];

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if PERSONAL.contains(&name.as_str()) && text.chars().count() > 1 => {
                        into.push(text.clone());
                    }
                    other => collect(other, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// Runs of 15 and more digits (a trailing X included) are certificate and card numbers more often than not.
fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (c == 'X' && run.len() == 17) {
            run.push(c);
            continue;
        }
        masked.push_str(if run.len() >= 15 { "***" } else { &run });
        run.clear();
        if c != '\0' {
            masked.push(c);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centres_words_lose_what_the_request_said_about_the_person() {
        let request = Request {
            input: serde_json::json!({"data": {"psn_name": "沈一禾", "certno": "990101198506150017", "psn_no": "99000001"}}),
            ..Request::default()
        };
        let text = "参保人沈一禾(990101198506150017/99000001)待遇冻结，原号 99010119850615001X 单号 20261122";
        assert_eq!(without_personal(text, &request), "参保人***(***/***)待遇冻结，原号 *** 单号 20261122");
    }

    #[test]
    fn an_address_and_a_path() {
        assert_eq!(join("http://a:1/", ""), "http://a:1/");
        assert_eq!(join("http://a:1/", "/ebus/2102"), "http://a:1/ebus/2102");
        assert_eq!(join("http://a:1", "/ebus/2102"), "http://a:1/ebus/2102");
        assert_eq!(join("http://a:1/b?x=", "2102"), "http://a:1/b?x=2102");
    }

    #[test]
    fn a_named_fault_is_found() {
        assert_eq!(named_fault("[Y-4020] x").map(|f| f.number), Some(4020));
        assert!(named_fault("[Y-40] x").is_none());
        assert!(named_fault("Y-4020").is_none());
        assert!(named_fault("[Y-4020").is_none());
    }

    #[test]
    fn times_with_and_without_milliseconds() {
        // 2026-11-22 08:00:00.250 in Shanghai is midnight UTC and a quarter of a second; by `date -d ... +%s`.
        assert_eq!(parse_millis("20261122080000250"), Some(1_795_305_600_250));
        assert_eq!(parse_millis("20261122080000"), Some(1_795_305_600_000));
        assert_eq!(parse_millis("2026112208000"), None);
        assert_eq!(parse_millis("沈一禾沈一禾沈一禾"), None);
    }
}
