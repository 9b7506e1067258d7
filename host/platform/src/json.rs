//! Reading JSON without surprises: a name that occurs twice in one object is refused.
//!
//! Two programs that read the same bytes must see the same fields, or a signature says nothing. JSON itself leaves
//! repeated names open (RFC 8259 §4), and I-JSON, which RFC 8785 builds on, forbids them (RFC 7493 §2.3).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Bytes are not JSON in UTF-8, hold something behind the value, are nested deeper than 127 levels or repeat a name.
/// The text names line and column, never the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    reason: String,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for NotJson {}

/// Reads one JSON value.
///
/// # Errors
/// [`NotJson`].
pub fn parse(bytes: &[u8]) -> Result<Value, NotJson> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).map_err(|error| not_json(&error))?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// serde_json quotes no content in syntax errors; for the two errors of ours the text is our own.
fn not_json(error: &serde_json::Error) -> NotJson {
    let what = if error.is_data() { "a name occurs twice in one object" } else { "not JSON in UTF-8" };
    NotJson { reason: format!("{what}, line {} column {}", error.line(), error.column()) }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated name"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn ordinary_json_is_read() {
        let value = parse(br#" {"a":["1",2,-3,0.5,true,null,{}],"b":{"a":"x"}} "#).unwrap();
        assert_eq!(value, json!({"a": ["1", 2, -3, 0.5, true, null, {}], "b": {"a": "x"}}));
    }

    #[test]
    fn a_name_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":"1","a":"1"}"#, r#"{"x":[{"a":"1","b":"2","\u0061":"3"}]}"#] {
            assert!(parse(text.as_bytes()).unwrap_err().to_string().starts_with("a name occurs twice"));
        }
    }

    #[test]
    fn broken_bytes_are_refused_without_quoting_them() {
        for bytes in [&b"{\"psn_name\":\"secret"[..], b"\xff\xfe", b"{} {}", b"", b"{\"a\":01}"] {
            let error = parse(bytes).unwrap_err().to_string();
            assert!(error.starts_with("not JSON in UTF-8") && !error.contains("secret"), "{error}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
