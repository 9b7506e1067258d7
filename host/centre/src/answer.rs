//! Making answers: the envelope around an output or a refusal, signed by the centre.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::envelope::Response;
use yika_platform::profile::Profile;

use crate::StoreError;
use crate::keyfile::CentreKey;
use crate::refusal::Refusal;

/// What the answer says.
pub(crate) enum Content<'a> {
    /// Success, with business data where the transaction has some.
    Output(Option<Value>),
    /// A refusal.
    Refused(&'a Refusal),
    /// −1 without a final code, as a centre that stumbles after it committed.
    Stumbled,
}

/// What every answer carries.
pub(crate) struct Frame<'a> {
    /// Region of the centre, 6 digits.
    pub(crate) region: &'a str,
    /// Last ten digits of `inf_refmsgid`.
    pub(crate) serial: u64,
    /// The sender's id, repeated so that a signed answer cannot pass for the answer to another message.
    pub(crate) msgid: &'a str,
    pub(crate) received: BusinessTime,
    pub(crate) now: BusinessTime,
    /// By whose rules the answer is signed.
    pub(crate) profile: &'a Profile,
}

/// Makes and signs an answer.
///
/// # Errors
/// A value cannot be signed: a mistake in this program, reported as a failure.
pub(crate) fn answer(
    frame: &Frame<'_>,
    content: Content<'_>,
    key: &CentreKey,
) -> Result<Vec<u8>, StoreError> {
    let mut response = Response {
        infcode: if matches!(content, Content::Output(_)) { "0" } else { "-1" }.to_owned(),
        inf_refmsgid: format!("{}{}{:010}", frame.region, frame.now.compact(), frame.serial % 10_000_000_000),
        refmsg_time: frame.received.compact_millis(),
        respond_time: frame.now.compact_millis(),
        ..Response::default()
    };
    if !frame.msgid.is_empty() {
        response.extra.insert("msgid".to_owned(), frame.msgid.to_owned());
    }
    match content {
        Content::Output(output) => response.output = output,
        Content::Refused(refusal) => response.set_err_msg(&refusal.err_msg()),
        Content::Stumbled => response.set_err_msg("系统异常，请稍后再试 / internal error, try again later"),
    }
    cainfo::sign_response(&mut response, &key.signer, frame.profile)
        .map_err(|e| StoreError(format!("the answer cannot be signed: {e}")))?;
    response.to_bytes().map_err(|e| StoreError(format!("the answer cannot be written: {e}")))
}

/// Serials of answers that are not stored: they start with 9, stored ones count up from 1.
#[derive(Debug, Default)]
pub(crate) struct LooseSerial(AtomicU64);

impl LooseSerial {
    pub(crate) fn next(&self) -> u64 {
        9_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed) % 1_000_000_000
    }
}
