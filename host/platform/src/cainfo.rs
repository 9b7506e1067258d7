//! `cainfo`: the signature over a message, by the rule of the profile.
//!
//! Rule `sandbox`. The signed text is made of the non-empty envelope fields except `cainfo`, sorted by the bytes of
//! their names, written `name=value` and joined with `&`. Among them `input` (in answers `output`) stands as 64
//! upper-case hex digits of SM3 (GB/T 32905) over its canonical form (RFC 8785); an absent or null body is left out.
//! The signature is SM2 with SM3 (GB/T 32918.2), ZA with the 16 ASCII bytes `1234567812345678`, written as 128
//! upper-case hex digits r‖s. `signtype` is `SM2` and is part of the text.
//!
//! Rule `envelope-only` (variant c of the field) leaves `input` out. It proves who sends, and **not** what is bought.

use std::fmt;

use serde_json::Value;
use yika_protocol::sign::{SignError, Signer, Verifier};

use crate::canonical::{self, NotCanonical};
use crate::envelope::{Request, Response};
use crate::hex;
use crate::profile::{Profile, SignatureScheme};

/// `signtype` of every signature of this module.
pub const SIGNTYPE: &str = "SM2";

/// Why a message cannot be signed or is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CainfoError {
    /// The message has no `cainfo` although the profile asks for one.
    Missing,
    /// `signtype` is not `SM2`.
    SignType,
    /// `cainfo` is not 128 hex digits.
    Malformed,
    /// The signature does not fit the text and the key.
    Mismatch,
    /// A leaf of `input` or `output` is not a JSON string.
    NotText,
    /// The business data has no canonical form.
    NotCanonical,
    /// The key cannot sign.
    Key,
    /// The profile's scheme is described, not implemented.
    Unsupported,
}

impl fmt::Display for CainfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the message is not signed",
            Self::SignType => "signtype is not SM2",
            Self::Malformed => "cainfo is not 128 hex digits",
            Self::Mismatch => "the signature does not fit the message and the key",
            Self::NotText => "a value in the business data is not a JSON string",
            Self::NotCanonical => "the business data has no canonical form",
            Self::Key => "the key cannot sign",
            Self::Unsupported => "the signature scheme of this profile is not implemented",
        })
    }
}

impl std::error::Error for CainfoError {}

impl From<NotCanonical> for CainfoError {
    fn from(_: NotCanonical) -> Self {
        Self::NotCanonical
    }
}

/// The text that is signed for a request.
///
/// # Errors
/// [`CainfoError::NotText`], [`CainfoError::NotCanonical`], [`CainfoError::Unsupported`].
pub fn request_text(request: &Request, scheme: SignatureScheme) -> Result<String, CainfoError> {
    text(request.fields(), "input", Some(&request.input), scheme)
}

/// The text that is signed for an answer.
///
/// # Errors
/// As [`request_text`].
pub fn response_text(response: &Response, scheme: SignatureScheme) -> Result<String, CainfoError> {
    text(response.fields(), "output", response.output.as_ref(), scheme)
}

/// Sets `signtype` and `cainfo` by the profile; nothing to do for a profile without signatures.
///
/// # Errors
/// [`CainfoError`]; the request is unchanged but for `signtype`.
pub fn sign_request(
    request: &mut Request,
    signer: &dyn Signer,
    profile: &Profile,
) -> Result<(), CainfoError> {
    if profile.signature.scheme == SignatureScheme::None {
        return Ok(());
    }
    request.signtype = SIGNTYPE.to_owned();
    request.cainfo = sign(&request_text(request, profile.signature.scheme)?, signer)?;
    Ok(())
}

/// Checks the signature of a request by the profile; `Ok` for a profile without signatures.
///
/// # Errors
/// [`CainfoError`].
pub fn verify_request(
    request: &Request,
    verifier: &dyn Verifier,
    profile: &Profile,
) -> Result<(), CainfoError> {
    if profile.signature.scheme == SignatureScheme::None {
        return Ok(());
    }
    let text = request_text(request, profile.signature.scheme)?;
    verify(&text, &request.signtype, &request.cainfo, verifier)
}

/// Signs an answer when the profile says that the centre signs.
///
/// # Errors
/// [`CainfoError`].
pub fn sign_response(
    response: &mut Response,
    signer: &dyn Signer,
    profile: &Profile,
) -> Result<(), CainfoError> {
    if !profile.signature.signs_responses {
        return Ok(());
    }
    response.signtype = SIGNTYPE.to_owned();
    response.cainfo = sign(&response_text(response, profile.signature.scheme)?, signer)?;
    Ok(())
}

/// Checks the signature of an answer when the profile says that the centre signs.
///
/// # Errors
/// [`CainfoError`].
pub fn verify_response(
    response: &Response,
    verifier: &dyn Verifier,
    profile: &Profile,
) -> Result<(), CainfoError> {
    if !profile.signature.signs_responses {
        return Ok(());
    }
    let text = response_text(response, profile.signature.scheme)?;
    verify(&text, &response.signtype, &response.cainfo, verifier)
}

fn text<'a>(
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    body_name: &'static str,
    body: Option<&Value>,
    scheme: SignatureScheme,
) -> Result<String, CainfoError> {
    let digest = match (scheme, body) {
        (SignatureScheme::Sandbox, Some(body)) if !body.is_null() => {
            if !only_text(body) {
                return Err(CainfoError::NotText);
            }
            Some(canonical::digest_hex(body)?)
        }
        (SignatureScheme::Sandbox | SignatureScheme::EnvelopeOnly, _) => None,
        (SignatureScheme::None | SignatureScheme::InputSm4, _) => return Err(CainfoError::Unsupported),
    };
    let mut parts: Vec<(&str, &str)> =
        fields.filter(|(name, value)| *name != "cainfo" && *name != body_name && !value.is_empty()).collect();
    parts.extend(digest.as_deref().map(|digest| (body_name, digest)));
    // The bytes of a &str sort like the &str itself.
    parts.sort_unstable();
    let pairs: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(pairs.join("&"))
}

/// Whether every leaf is a JSON string.
pub fn only_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(only_text),
        Value::Object(object) => object.values().all(only_text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn sign(text: &str, signer: &dyn Signer) -> Result<String, CainfoError> {
    signer.sign(text.as_bytes()).map(|signature| hex::upper(&signature)).map_err(|_| CainfoError::Key)
}

fn verify(text: &str, signtype: &str, cainfo: &str, verifier: &dyn Verifier) -> Result<(), CainfoError> {
    if cainfo.is_empty() {
        return Err(CainfoError::Missing);
    }
    if signtype != SIGNTYPE {
        return Err(CainfoError::SignType);
    }
    // Upper case only: one signature has one text, so that equal messages have equal bytes.
    if cainfo.bytes().any(|b| b.is_ascii_lowercase()) {
        return Err(CainfoError::Malformed);
    }
    let signature = hex::bytes::<64>(cainfo).ok_or(CainfoError::Malformed)?;
    verifier.verify(text.as_bytes(), &signature).map_err(|error| match error {
        SignError::Mismatch => CainfoError::Mismatch,
        SignError::PrivateKey | SignError::PublicKey | SignError::Unavailable => CainfoError::Key,
    })
}
