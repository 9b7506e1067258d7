//! The message envelope: one JSON object per request and per answer, UTF-8.
//!
//! Every value of the envelope is a string; the business data is an object under `input` or `output`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::json::{self, NotJson};
use crate::profile::Profile;
use crate::tables::{self, FieldFault};

/// Longest canonical text of `input` or `output` in characters.
pub const BODY_CHARACTERS: usize = 40_000;

/// Longest `err_msg` that is written, in characters.
pub const ERR_MSG_CHARACTERS: usize = 200;

/// A request. Empty text means that the field is absent; absent fields are not written.
///
/// `Debug` shows transaction number, message id and institution, and never the business data.
#[derive(Clone, Default, PartialEq)]
pub struct Request {
    /// Transaction number.
    pub infno: String,
    /// Message id of the sender, see [`crate::msgid::MsgId`].
    pub msgid: String,
    /// Region of the institution, 6 digits. The spelling without `d` is the platform's own.
    pub mdtrtarea_admvs: String,
    /// Region where the person is insured. Required as soon as `input` names a `psn_no`: without it the platform takes
    /// a stranger for a local.
    pub insuplc_admdvs: String,
    /// Which of several centre systems is meant.
    pub recer_sys_code: String,
    /// Device number.
    pub dev_no: String,
    /// Device safety information.
    pub dev_safe_info: String,
    /// Signature; see [`crate::cainfo`].
    pub cainfo: String,
    /// Kind of signature, `SM2`.
    pub signtype: String,
    /// Version of the interface.
    pub infver: String,
    /// 1 operator, 2 self-service terminal, 3 mobile terminal.
    pub opter_type: String,
    /// Operator or terminal number.
    pub opter: String,
    /// Name of the operator.
    pub opter_name: String,
    /// Time of the transaction, `yyyy-MM-dd HH:mm:ss` in Shanghai.
    pub inf_time: String,
    /// Code of the institution, 12 characters.
    pub fixmedins_code: String,
    /// Name of the institution.
    pub fixmedins_name: String,
    /// Sign-in number from 9001.
    pub sign_no: String,
    /// Fields that a province adds, by name.
    pub extra: BTreeMap<String, String>,
    /// The business data.
    pub input: Value,
}

/// An answer.
#[derive(Clone, Default, PartialEq)]
pub struct Response {
    /// `0` success, `-1` failure; further numbers by province.
    pub infcode: String,
    /// Message id of the receiver: region (6) + `yyyyMMddHHmmss` (14) + serial (10).
    pub inf_refmsgid: String,
    /// When the request came in, `yyyyMMddHHmmssSSS`.
    pub refmsg_time: String,
    /// When the answer went out, `yyyyMMddHHmmssSSS`.
    pub respond_time: String,
    /// What went wrong. Empty on success.
    pub err_msg: String,
    /// Signature of the centre; see [`crate::cainfo`].
    pub cainfo: String,
    /// Kind of signature, `SM2`.
    pub signtype: String,
    /// Further fields, by name. The sandbox repeats the sender's `msgid` here, so that a signed answer cannot be
    /// shown as the answer to another question.
    pub extra: BTreeMap<String, String>,
    /// The business data; `None` when there is none.
    pub output: Option<Value>,
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not JSON, or a name twice.
    NotJson(NotJson),
    /// JSON, but no object.
    NotAnObject,
    /// A value of the envelope is not a string.
    NotText {
        /// Which field.
        field: String,
    },
    /// A name or value holds `&`, a control character, or a name something else than letters, digits and `_`.
    ForbiddenCharacter {
        /// Which field, as far as it can be printed.
        field: String,
    },
    /// No `input`, or not an object.
    NoInput,
    /// No `infcode`, so this is no answer of a centre.
    NoInfcode,
    /// `output` is text, but not the text of a JSON value.
    BadOutput,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(reason) => write!(f, "{reason}"),
            Self::NotAnObject => f.write_str("the message is not a JSON object"),
            Self::NotText { field } => write!(f, "{field} is not a JSON string"),
            // In words: an answer that quotes this may not hold the character either.
            Self::ForbiddenCharacter { field } => {
                write!(f, "{field} holds an ampersand or a control character")
            }
            Self::NoInput => f.write_str("there is no input object"),
            Self::NoInfcode => f.write_str("there is no infcode"),
            Self::BadOutput => f.write_str("output is neither an object nor the text of one"),
        }
    }
}

impl std::error::Error for EnvelopeError {}

impl From<NotJson> for EnvelopeError {
    fn from(reason: NotJson) -> Self {
        Self::NotJson(reason)
    }
}

/// What `infcode` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfCode {
    /// 0
    Success,
    /// -1: failed, or (on a settling transaction, unless the profile calls the text final) unknown.
    Failure,
    /// Any other number, e.g. -2 "business error" of some gateways.
    Other(i64),
    /// Not a number at all.
    Unreadable,
}

impl Request {
    /// Reads a request strictly: an object, every value but `input` a string, `input` an object, no name twice, no
    /// `&` and no control character in any envelope value.
    ///
    /// # Errors
    /// [`EnvelopeError`]. Never panics, whatever the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let Value::Object(object) = json::parse(bytes)? else { return Err(EnvelopeError::NotAnObject) };
        let mut request = Self::default();
        let mut input = None;
        for (name, value) in object {
            if name == "input" {
                input = Some(value);
                continue;
            }
            check_name(&name)?;
            let text = match value {
                Value::String(text) => text,
                Value::Null => continue,
                _ => return Err(EnvelopeError::NotText { field: name }),
            };
            check_value(&name, &text)?;
            match request.slot(&name) {
                Some(slot) => *slot = text,
                None => drop(request.extra.insert(name, text)),
            }
        }
        match input {
            Some(input @ Value::Object(_)) => request.input = input,
            _ => return Err(EnvelopeError::NoInput),
        }
        Ok(request)
    }

    /// The body as it goes over the wire, UTF-8, without empty fields.
    ///
    /// # Errors
    /// [`EnvelopeError::ForbiddenCharacter`] for a value that could not be signed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        let mut object = Map::new();
        for (name, value) in self.fields() {
            check_name(name)?;
            check_value(name, value)?;
            object.insert(name.to_owned(), Value::String(value.to_owned()));
        }
        object.insert("input".to_owned(), self.input.clone());
        Ok(Value::Object(object).to_string().into_bytes())
    }

    /// Every non-empty envelope field but `input`, in no particular order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        REQUEST_FIELDS
            .iter()
            .map(|(name, get)| (*name, get(self).as_str()))
            .chain(self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .filter(|(_, value)| !value.is_empty())
    }

    /// Faults of the envelope itself against its table (types, lengths, required fields), then of `input` against the
    /// table of its transaction. Empty when all is well.
    pub fn faults(&self, profile: &Profile) -> Vec<FieldFault> {
        let mut faults = tables::check_request_envelope(self, profile);
        faults.extend(tables::check_input(profile.table_number(&self.infno), &self.input, profile).faults);
        faults
    }

    fn slot(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "infno" => &mut self.infno,
            "msgid" => &mut self.msgid,
            "mdtrtarea_admvs" => &mut self.mdtrtarea_admvs,
            "insuplc_admdvs" => &mut self.insuplc_admdvs,
            "recer_sys_code" => &mut self.recer_sys_code,
            "dev_no" => &mut self.dev_no,
            "dev_safe_info" => &mut self.dev_safe_info,
            "cainfo" => &mut self.cainfo,
            "signtype" => &mut self.signtype,
            "infver" => &mut self.infver,
            "opter_type" => &mut self.opter_type,
            "opter" => &mut self.opter,
            "opter_name" => &mut self.opter_name,
            "inf_time" => &mut self.inf_time,
            "fixmedins_code" => &mut self.fixmedins_code,
            "fixmedins_name" => &mut self.fixmedins_name,
            "sign_no" => &mut self.sign_no,
            _ => return None,
        })
    }
}

type Get = fn(&Request) -> &String;

const REQUEST_FIELDS: [(&str, Get); 17] = [
    ("infno", |r| &r.infno),
    ("msgid", |r| &r.msgid),
    ("mdtrtarea_admvs", |r| &r.mdtrtarea_admvs),
    ("insuplc_admdvs", |r| &r.insuplc_admdvs),
    ("recer_sys_code", |r| &r.recer_sys_code),
    ("dev_no", |r| &r.dev_no),
    ("dev_safe_info", |r| &r.dev_safe_info),
    ("cainfo", |r| &r.cainfo),
    ("signtype", |r| &r.signtype),
    ("infver", |r| &r.infver),
    ("opter_type", |r| &r.opter_type),
    ("opter", |r| &r.opter),
    ("opter_name", |r| &r.opter_name),
    ("inf_time", |r| &r.inf_time),
    ("fixmedins_code", |r| &r.fixmedins_code),
    ("fixmedins_name", |r| &r.fixmedins_name),
    ("sign_no", |r| &r.sign_no),
];

impl Response {
    /// Reads an answer tolerantly: `infcode` a number or a string, `output` an object or the text of one, `null` and
    /// `"null"` as absent, numbers as their text, a leading byte order mark ignored, nested values under unknown names
    /// dropped. A name twice is refused even here.
    ///
    /// # Errors
    /// [`EnvelopeError`]. Never panics, whatever the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let Value::Object(object) = json::parse(bytes)? else { return Err(EnvelopeError::NotAnObject) };
        let mut response = Self::default();
        for (name, value) in object {
            if name == "output" {
                response.output = read_output(value)?;
                continue;
            }
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            match response.slot(&name) {
                Some(slot) => *slot = text,
                None => drop(response.extra.insert(name, text)),
            }
        }
        if response.infcode.trim().is_empty() {
            return Err(EnvelopeError::NoInfcode);
        }
        Ok(response)
    }

    /// The body as it goes over the wire, UTF-8. `infcode`, `inf_refmsgid`, the times and `err_msg` are always there,
    /// if need be empty. Set the text of a failure with [`Response::set_err_msg`].
    ///
    /// # Errors
    /// [`EnvelopeError::ForbiddenCharacter`] for a value that could not be signed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        let mut object = Map::new();
        for name in ["infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg"] {
            object.insert(name.to_owned(), Value::String(String::new()));
        }
        for (name, value) in self.fields() {
            check_name(name)?;
            check_value(name, value)?;
            object.insert(name.to_owned(), Value::String(value.to_owned()));
        }
        object.insert("output".to_owned(), self.output.clone().unwrap_or(Value::Null));
        Ok(Value::Object(object).to_string().into_bytes())
    }

    /// Every non-empty envelope field but `output`, in no particular order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        [
            ("infcode", &self.infcode),
            ("inf_refmsgid", &self.inf_refmsgid),
            ("refmsg_time", &self.refmsg_time),
            ("respond_time", &self.respond_time),
            ("err_msg", &self.err_msg),
            ("cainfo", &self.cainfo),
            ("signtype", &self.signtype),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_str()))
        .chain(self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .filter(|(_, value)| !value.is_empty())
    }

    /// What `infcode` says.
    pub fn code(&self) -> InfCode {
        match self.infcode.trim().parse::<i64>() {
            Ok(0) => InfCode::Success,
            Ok(-1) => InfCode::Failure,
            Ok(other) => InfCode::Other(other),
            // Some gateways write 0.0 and the like.
            Err(_) => match self.infcode.trim().parse::<f64>() {
                Ok(0.0) => InfCode::Success,
                Ok(-1.0) => InfCode::Failure,
                _ => InfCode::Unreadable,
            },
        }
    }

    /// The sender's message id as repeated by the centre, when it repeats it.
    pub fn answered_msgid(&self) -> Option<&str> {
        self.extra.get("msgid").map(String::as_str)
    }

    /// Sets `err_msg` so that it can be signed and fits: `&` and control characters become spaces, at most 200
    /// characters.
    pub fn set_err_msg(&mut self, text: &str) {
        self.err_msg = text
            .chars()
            .take(ERR_MSG_CHARACTERS)
            .map(|c| if c == '&' || c.is_control() { ' ' } else { c })
            .collect();
    }

    fn slot(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "infcode" => &mut self.infcode,
            "inf_refmsgid" => &mut self.inf_refmsgid,
            "refmsg_time" => &mut self.refmsg_time,
            "respond_time" => &mut self.respond_time,
            "err_msg" => &mut self.err_msg,
            "cainfo" => &mut self.cainfo,
            "signtype" => &mut self.signtype,
            _ => return None,
        })
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("infno", &self.infno)
            .field("msgid", &self.msgid)
            .field("fixmedins_code", &self.fixmedins_code)
            .field("inf_time", &self.inf_time)
            .field("signed", &!self.cainfo.is_empty())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("infcode", &self.infcode)
            .field("inf_refmsgid", &self.inf_refmsgid)
            .field("respond_time", &self.respond_time)
            .field("output", &self.output.is_some())
            .field("signed", &!self.cainfo.is_empty())
            .finish_non_exhaustive()
    }
}

fn read_output(value: Value) -> Result<Option<Value>, EnvelopeError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if matches!(text.trim(), "" | "null") => Ok(None),
        Value::String(text) => match json::parse(text.as_bytes()).map_err(|_| EnvelopeError::BadOutput)? {
            Value::Null => Ok(None),
            nested @ (Value::Object(_) | Value::Array(_)) => Ok(Some(nested)),
            _ => Err(EnvelopeError::BadOutput),
        },
        nested @ (Value::Object(_) | Value::Array(_)) => Ok(Some(nested)),
        Value::Bool(_) | Value::Number(_) => Err(EnvelopeError::BadOutput),
    }
}

fn check_name(name: &str) -> Result<(), EnvelopeError> {
    let sound =
        !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if sound { Ok(()) } else { Err(EnvelopeError::ForbiddenCharacter { field: printable(name) }) }
}

fn check_value(name: &str, value: &str) -> Result<(), EnvelopeError> {
    if value.chars().any(|c| c == '&' || c.is_control()) {
        return Err(EnvelopeError::ForbiddenCharacter { field: name.to_owned() });
    }
    Ok(())
}

fn printable(name: &str) -> String {
    name.chars().take(64).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}
