//! The envelope of the e-voucher, mobile payment and e-prescription interfaces: `data` encrypted, everything signed.
//!
//! Fields: `appId`, `version` 1.0.0, `timestamp` (milliseconds), `encType` SM4, `signType` SM2, `transType`, `encData`,
//! `signData`. `encData` is the upper-case hex of SM4-ECB over the JSON of `data` (see [`App::encrypt`]). `signData` is the
//! Base64 of the SM2 signature r‖s (GB/T 32918.2, ZA with the application secret as identifier) over the text of the
//! non-empty fields, `data` in clear among them, sorted by name as the profile says ([`FieldOrder`]).
//!
//! Assumed, since no source says so: PKCS#7 padding, and r‖s rather than DER inside the Base64.

use std::fmt;

use serde_json::{Map, Value};
use yika_protocol::sign::{Signer, Verifier};

use super::app::{base64, signature};
use super::{App, FieldOrder};
use crate::json;

/// Why a message cannot be sealed or is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// Not one JSON object in UTF-8.
    NotJson,
    /// `appId` is another application's.
    OtherApp,
    /// `encType` is not SM4 or `signType` not SM2.
    Algorithm,
    /// `encData` is missing or does not decrypt to JSON.
    Encryption,
    /// `signData` is missing or does not fit message and key.
    Signature,
    /// `timestamp` is missing or no number of milliseconds.
    Timestamp,
    /// The key cannot sign.
    Key,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "not a JSON object in UTF-8",
            Self::OtherApp => "appId is another application's",
            Self::Algorithm => "encType is not SM4 or signType not SM2",
            Self::Encryption => "encData does not decrypt",
            Self::Signature => "signData does not fit the message and the key",
            Self::Timestamp => "timestamp is not a number of milliseconds",
            Self::Key => "the key cannot sign",
        })
    }
}

impl std::error::Error for SealError {}

/// Encrypts and signs: adds `appId`, `version`, `timestamp`, `encType`, `signType`, `signData`, and puts `encData` in the
/// place of `data`. `signer` carries the application secret as its identifier.
///
/// # Errors
/// [`SealError::Key`].
pub fn seal(
    mut fields: Map<String, Value>,
    app: &App,
    unix_millis: i64,
    signer: &dyn Signer,
    order: FieldOrder,
) -> Result<Vec<u8>, SealError> {
    for (name, value) in [
        ("appId", app.id().to_owned()),
        ("version", "1.0.0".to_owned()),
        ("timestamp", unix_millis.to_string()),
        ("encType", "SM4".to_owned()),
        ("signType", "SM2".to_owned()),
    ] {
        fields.insert(name.to_owned(), Value::String(value));
    }
    let text = zeroize::Zeroizing::new(order.signed_text(&fields, app.secret()));
    let signed = signer.sign(text.as_bytes()).map_err(|_| SealError::Key)?;
    fields.insert("signData".to_owned(), Value::String(base64(&signed)));
    if let Some(data) = fields.remove("data") {
        let plain = zeroize::Zeroizing::new(order.json(&data));
        fields.insert("encData".to_owned(), Value::String(app.encrypt(plain.as_bytes())));
    }
    Ok(Value::Object(fields).to_string().into_bytes())
}

/// Checks and decrypts what [`seal`] made. Gives the fields with `data` in clear, and the time stamp in milliseconds.
///
/// # Errors
/// [`SealError`].
pub fn open(
    fields: Map<String, Value>,
    app: &App,
    verifier: &dyn Verifier,
    order: FieldOrder,
) -> Result<(Map<String, Value>, i64), SealError> {
    let mut fields = fields;
    let text =
        |fields: &Map<String, Value>, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    if text(&fields, "appId").as_deref() != Some(app.id()) {
        return Err(SealError::OtherApp);
    }
    if text(&fields, "encType").as_deref() != Some("SM4")
        || text(&fields, "signType").as_deref() != Some("SM2")
    {
        return Err(SealError::Algorithm);
    }
    let stamp = match fields.get("timestamp") {
        Some(Value::String(stamp)) => stamp.parse().ok(),
        Some(Value::Number(stamp)) => stamp.as_i64(),
        _ => None,
    };
    let stamp: i64 = stamp.ok_or(SealError::Timestamp)?;
    // `data` in clear beside `encData` would let two readers see two messages.
    fields.remove("data");
    if let Some(encrypted) = fields.remove("encData") {
        let plain = encrypted.as_str().and_then(|text| app.decrypt(text)).ok_or(SealError::Encryption)?;
        let data = json::parse(&plain).map_err(|_| SealError::Encryption)?;
        fields.insert("data".to_owned(), data);
    }
    let sign_data =
        text(&fields, "signData").and_then(|text| signature(&text)).ok_or(SealError::Signature)?;
    let signed = zeroize::Zeroizing::new(order.signed_text(&fields, app.secret()));
    verifier.verify(signed.as_bytes(), &sign_data).map_err(|_| SealError::Signature)?;
    Ok((fields, stamp))
}

/// The JSON fields of a body; whether they are sealed shows in `signData`.
///
/// # Errors
/// [`SealError::NotJson`].
pub fn fields(body: &[u8]) -> Result<Map<String, Value>, SealError> {
    match json::parse(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(SealError::NotJson),
    }
}

/// Whether a message carries a signature.
pub fn is_sealed(fields: &Map<String, Value>) -> bool {
    fields.contains_key("signData") || fields.contains_key("encData")
}
