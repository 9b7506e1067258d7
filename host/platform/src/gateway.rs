//! The gateway in front of a centre: headers that a caller adds and that the gateway checks.
//!
//! Variant (a), cloud service bus: `_api_name`, `_api_version`, `_api_timestamp` (13 digits), `_api_access_key` and
//! `_api_signature` = Base64 of HMAC-SHA1 under the secret key over the four others as `name=value`, sorted by name,
//! joined with `&`. Variant (b), TIF: `x-tif-paasid`, `x-tif-timestamp` (seconds), `x-tif-nonce` and
//! `x-tif-signature` = hex of SHA-256 over timestamp ‖ token ‖ nonce ‖ timestamp.
//!
//! Neither covers the body. They keep strangers out; they do not protect an amount.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use ring::{digest, hmac};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hex;
use crate::profile::{Gateway, Profile};

/// Who calls, as the province gave it out: access key and secret key (a), or paasid and token (b).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct GatewayKeys {
    /// Access key or paasid: public.
    pub id: String,
    /// Secret key or token: never logged, never sent.
    pub secret: String,
}

impl fmt::Debug for GatewayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayKeys").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What changes from call to call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Transaction number.
    pub infno: &'a str,
    /// Milliseconds since 1970-01-01 UTC.
    pub unix_millis: i64,
    /// Fresh random text, needed by variant (b) only: 1 to 64 letters and digits.
    pub nonce: &'a str,
}

/// Why a gateway turns a caller away (HTTP 401).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayError {
    /// A header is missing.
    HeaderMissing,
    /// The time stamp is unreadable or too far off.
    TimestampExpired,
    /// Unknown access key or paasid.
    UnknownCaller,
    /// The signature does not fit.
    BadSignature,
    /// The profile's gateway is described, not implemented.
    Unsupported,
}

impl GatewayError {
    /// The text of the 401 answer. The first four are the field's own.
    pub fn text(self) -> &'static str {
        match self {
            Self::HeaderMissing => "缺少服务网关的请求头!",
            Self::TimestampExpired => "签名时间戳超时!",
            Self::UnknownCaller => "非法用户!",
            Self::BadSignature => "签名不一致!",
            Self::Unsupported => "不支持的网关方式!",
        }
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for GatewayError {}

/// The headers that a caller adds to its request; none for a profile without gateway.
///
/// # Errors
/// [`GatewayError::Unsupported`]; [`GatewayError::HeaderMissing`] when `keys` are needed and not given.
pub fn headers(
    profile: &Profile,
    keys: Option<&GatewayKeys>,
    call: &Call<'_>,
) -> Result<Vec<(&'static str, String)>, GatewayError> {
    match &profile.gateway {
        Gateway::None => Ok(Vec::new()),
        Gateway::CsbHmac { api_name, api_version, .. } => {
            let keys = keys.ok_or(GatewayError::HeaderMissing)?;
            let name = api_name.replace("{infno}", call.infno);
            let timestamp = format!("{:013}", call.unix_millis.max(0));
            let signature =
                hmac::sign(&csb_key(keys), csb_text(&name, api_version, &timestamp, &keys.id).as_bytes());
            Ok(vec![
                ("_api_name", name),
                ("_api_version", api_version.clone()),
                ("_api_timestamp", timestamp),
                ("_api_access_key", keys.id.clone()),
                ("_api_signature", Base64::encode_string(signature.as_ref())),
            ])
        }
        Gateway::Tif { .. } => {
            let keys = keys.ok_or(GatewayError::HeaderMissing)?;
            let timestamp = (call.unix_millis.max(0) / 1000).to_string();
            let signature = tif_signature(&timestamp, &keys.secret, call.nonce);
            Ok(vec![
                ("x-tif-paasid", keys.id.clone()),
                ("x-tif-timestamp", timestamp),
                ("x-tif-nonce", call.nonce.to_owned()),
                ("x-tif-signature", signature),
            ])
        }
        Gateway::OauthPassword { .. } => Err(GatewayError::Unsupported),
    }
}

/// What the gateway checks. `header` looks a header up by its lower-case name.
///
/// # Errors
/// [`GatewayError`], in the order of the gateway of variant (a): headers, time stamp, caller, signature.
pub fn verify<'h>(
    profile: &Profile,
    keys: &GatewayKeys,
    infno: &str,
    now_unix_millis: i64,
    header: impl Fn(&str) -> Option<&'h str>,
) -> Result<(), GatewayError> {
    let get = |name| header(name).filter(|value| !value.is_empty()).ok_or(GatewayError::HeaderMissing);
    match &profile.gateway {
        Gateway::None => Ok(()),
        Gateway::CsbHmac { api_name, api_version, window_minutes } => {
            let (name, version) = (get("_api_name")?, get("_api_version")?);
            let (timestamp, caller) = (get("_api_timestamp")?, get("_api_access_key")?);
            let signature = get("_api_signature")?;
            let millis = digits(timestamp, 13).ok_or(GatewayError::TimestampExpired)?;
            check_window(millis, now_unix_millis, *window_minutes)?;
            if caller != keys.id {
                return Err(GatewayError::UnknownCaller);
            }
            let text = csb_text(name, version, timestamp, caller);
            let expected = hmac::sign(&csb_key(keys), text.as_bytes());
            // The name of the service is part of what was signed, so it must be the one of this transaction.
            let addressed = name == api_name.replace("{infno}", infno) && version == api_version;
            if addressed && same(Base64::encode_string(expected.as_ref()).as_bytes(), signature.as_bytes()) {
                Ok(())
            } else {
                Err(GatewayError::BadSignature)
            }
        }
        Gateway::Tif { window_minutes } => {
            let (caller, timestamp) = (get("x-tif-paasid")?, get("x-tif-timestamp")?);
            let (nonce, signature) = (get("x-tif-nonce")?, get("x-tif-signature")?);
            let seconds = digits(timestamp, 10).ok_or(GatewayError::TimestampExpired)?;
            check_window(seconds.saturating_mul(1000), now_unix_millis, *window_minutes)?;
            if caller != keys.id {
                return Err(GatewayError::UnknownCaller);
            }
            let expected = tif_signature(timestamp, &keys.secret, nonce);
            // Implementers differ in the case of the hex digits.
            if same(expected.as_bytes(), signature.to_ascii_lowercase().as_bytes()) {
                Ok(())
            } else {
                Err(GatewayError::BadSignature)
            }
        }
        Gateway::OauthPassword { .. } => Err(GatewayError::Unsupported),
    }
}

/// The caller that the headers name, before anything is checked: by it the gateway finds the keys.
pub fn caller<'h>(profile: &Profile, header: impl Fn(&str) -> Option<&'h str>) -> Option<&'h str> {
    match profile.gateway {
        Gateway::None | Gateway::OauthPassword { .. } => None,
        Gateway::CsbHmac { .. } => header("_api_access_key"),
        Gateway::Tif { .. } => header("x-tif-paasid"),
    }
}

fn csb_key(keys: &GatewayKeys) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, keys.secret.as_bytes())
}

fn csb_text(name: &str, version: &str, timestamp: &str, access_key: &str) -> String {
    // Sorted by name: _api_access_key, _api_name, _api_timestamp, _api_version.
    format!("_api_access_key={access_key}&_api_name={name}&_api_timestamp={timestamp}&_api_version={version}")
}

fn tif_signature(timestamp: &str, token: &str, nonce: &str) -> String {
    let text = format!("{timestamp}{token}{nonce}{timestamp}");
    hex::lower(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn check_window(millis: i64, now: i64, window_minutes: u32) -> Result<(), GatewayError> {
    let window = u64::from(window_minutes) * 60_000;
    if millis.abs_diff(now) <= window { Ok(()) } else { Err(GatewayError::TimestampExpired) }
}

/// Compares without telling by its time how far the texts agree: both are hashed under one key first.
fn same(a: &[u8], b: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"compare");
    hmac::verify(&key, b, hmac::sign(&key, a).as_ref()).is_ok()
}
