//! `ec.query`: the e-voucher interface's own question and answer, before and after the seal.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{DecodeRow, DecodedRow, QUERY};
use crate::json;

/// `code` of an answer to a person or cashier who cancelled the scan: nothing failed.
pub const CANCELLED: i64 = -2;

/// A question: `{"orgId", "transType": "ec.query", "data": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What was scanned. Its `orgId` stands beside `data`, too.
    pub row: DecodeRow,
}

/// An answer: `{"code", "message", "orgId", "data"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 0 is success, [`CANCELLED`] is no failure, anything else is one.
    pub code: i64,
    /// Words for people.
    pub message: String,
    /// Code of the institution.
    pub org_id: String,
    /// Who showed the code; only with code 0.
    pub row: Option<Box<DecodedRow>>,
}

/// A message cannot be read. The text never carries a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageError(pub(super) &'static str);

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MessageError {}

impl Question {
    /// As JSON fields, with `data` in clear.
    pub fn to_fields(&self) -> Map<String, Value> {
        fields(json!({"orgId": self.row.org_id, "transType": QUERY, "data": self.row}))
    }

    /// From JSON fields with `data` in clear, as an object or as a string of JSON.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn from_fields(fields: &Map<String, Value>) -> Result<Self, MessageError> {
        if fields.get("transType").and_then(Value::as_str) != Some(QUERY) {
            return Err(MessageError("transType is not ec.query"));
        }
        let data = data(fields)?.ok_or(MessageError("data is missing"))?;
        let row: DecodeRow = serde_json::from_value(data).map_err(|_| MessageError("fields of data"))?;
        if fields.get("orgId").and_then(Value::as_str) != Some(row.org_id.as_str()) {
            return Err(MessageError("orgId differs from data.orgId"));
        }
        Ok(Self { row })
    }
}

impl Answer {
    /// A success.
    pub fn success(org_id: &str, row: DecodedRow) -> Self {
        Self { code: 0, message: String::new(), org_id: org_id.to_owned(), row: Some(Box::new(row)) }
    }

    /// A failure in words.
    pub fn failure(org_id: &str, message: &str) -> Self {
        Self { code: -1, message: message.to_owned(), org_id: org_id.to_owned(), row: None }
    }

    /// As JSON fields, with `data` in clear.
    pub fn to_fields(&self) -> Map<String, Value> {
        let mut fields = fields(json!({
            "code": self.code, "message": self.message, "success": self.code == 0, "orgId": self.org_id,
        }));
        if let Some(row) = &self.row {
            fields.insert("data".to_owned(), json!(row));
        }
        fields
    }

    /// From JSON fields with `data` in clear, as an object or as a string of JSON; `code` as a number or as text.
    ///
    /// # Errors
    /// [`MessageError`]: no code, or a success without readable data.
    pub fn from_fields(fields: &Map<String, Value>) -> Result<Self, MessageError> {
        let code = match fields.get("code") {
            Some(Value::Number(code)) => code.as_i64(),
            Some(Value::String(code)) => code.trim().parse().ok(),
            _ => None,
        };
        let code = code.ok_or(MessageError("code is missing or not a number"))?;
        let text = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str).unwrap_or_default();
            if text == "null" { String::new() } else { text.to_owned() }
        };
        let row = match (code, data(fields)) {
            (0, Ok(Some(Value::Object(row)))) => Some(Box::new(decoded(row)?.tidied())),
            (0, Ok(_)) => return Err(MessageError("data is missing")),
            (0, Err(e)) => return Err(e),
            _ => None,
        };
        Ok(Self { code, message: text("message"), org_id: text("orgId"), row })
    }
}

/// Fields that nobody here knows are passed over, `null` is absent, and numbers stand for their text.
fn decoded(row: Map<String, Value>) -> Result<DecodedRow, MessageError> {
    let mut plain = Map::new();
    for name in ["userName", "idNo", "idType", "ecToken", "insuOrg"] {
        plain.insert(name.to_owned(), Value::String(String::new()));
    }
    for (name, value) in row {
        match value {
            Value::String(text) => plain.insert(name, Value::String(text)),
            Value::Number(number) => plain.insert(name, Value::String(number.to_string())),
            _ => None,
        };
    }
    serde_json::from_value(Value::Object(plain)).map_err(|_| MessageError("fields of data"))
}

/// `data` as an object, whichever way it came; `None` for nothing, which some write as the text `null`.
fn data(fields: &Map<String, Value>) -> Result<Option<Value>, MessageError> {
    match fields.get("data") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(Value::Object(object.clone()))),
        Some(Value::String(text)) if text.is_empty() || text == "null" => Ok(None),
        Some(Value::String(text)) => match json::parse(text.as_bytes()) {
            Ok(object @ Value::Object(_)) => Ok(Some(object)),
            _ => Err(MessageError("data is a text, but not one of a JSON object")),
        },
        Some(_) => Err(MessageError("data is neither an object nor a text")),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Answer, MessageError> {
        Answer::from_fields(json::parse(text.as_bytes()).unwrap().as_object().unwrap())
    }

    const ROW: &str = r#"{"userName":"沈一禾","idNo":"990101198506150020","idType":"01","ecToken":"990100ec0123456789ABCDEFGHIJKLMNOPQRST","insuOrg":"990100","birthday":"1985.06.15","chnlId":"null","email":"null","gender":2}"#;

    #[test]
    fn data_comes_as_an_object_or_as_a_text() {
        let object = answer(&format!(r#"{{"code":0,"message":"成功","orgId":"P1","data":{ROW}}}"#)).unwrap();
        let text = Value::from(ROW).to_string();
        let text = answer(&format!(r#"{{"code":"0","message":"成功","orgId":"P1","data":{text}}}"#)).unwrap();
        assert_eq!(object, text);
        let row = object.row.unwrap();
        assert_eq!(row.missing(), None);
        assert_eq!(row.ec_token.expose().len(), 38);
        assert_eq!(row.birthday.as_ref().map(|date| date.expose()), Some("1985-06-15"));
        assert_eq!((row.email.clone(), row.gender.as_deref()), (None, Some("2")));
    }

    #[test]
    fn the_text_null_is_nothing() {
        let row = answer(r#"{"code":0,"data":{"userName":"null","idNo":null,"ecToken":"T","idType":"01"}}"#)
            .unwrap();
        assert_eq!(row.row.unwrap().missing(), Some("idNo"));
        for data in ["null", r#""null""#, r#""""#] {
            assert!(answer(&format!(r#"{{"code":0,"data":{data}}}"#)).is_err(), "{data}");
        }
    }

    #[test]
    fn cancelled_is_told_from_failed() {
        let cancelled = answer(r#"{"code":-2,"message":"null","data":"null"}"#).unwrap();
        assert_eq!((cancelled.code, cancelled.message.as_str(), cancelled.row), (CANCELLED, "", None));
        let failed = answer(r#"{"code":-1,"message":"二维码已过期"}"#).unwrap();
        assert_eq!((failed.code, failed.message.as_str()), (-1, "二维码已过期"));
        assert!(answer(r#"{"message":"?"}"#).is_err() && answer(r#"{"code":true}"#).is_err());
    }
}
