//! Between JSON values and typed fields.
//!
//! On the wire every leaf is a string (rule of the sandbox; other centres also answer with numbers). Before the
//! typed structs see an answer it is brought into one shape: numbers and flags become their text, `null` and empty
//! text disappear, a lone row becomes an array where the table says "many" and the other way round.

use core::fmt;
use core::str::FromStr;

use serde_json::{Map, Value};

use crate::tables::{Node, Rows, Side};

/// Brings the body of a message into the shape of its table.
pub(crate) fn normalise(body: Value, side: &Side) -> Value {
    let body = plain(body).unwrap_or(Value::Null);
    let Value::Object(mut object) = body else { return body };
    for node in &side.nodes {
        if let Some(value) = object.remove(&node.name) {
            object.insert(node.name.clone(), rows(value, node));
        }
    }
    Value::Object(object)
}

fn rows(value: Value, node: &Node) -> Value {
    let nested = |mut row: Value| {
        if let Value::Object(object) = &mut row {
            for node in &node.nested {
                if let Some(value) = object.remove(&node.name) {
                    object.insert(node.name.clone(), rows(value, node));
                }
            }
        }
        row
    };
    match (value, node.rows) {
        (Value::Array(rows), Rows::Many | Rows::Either) => {
            Value::Array(rows.into_iter().map(nested).collect())
        }
        (Value::Array(mut rows), Rows::One) if rows.len() == 1 => rows.pop().map_or(Value::Null, nested),
        (row @ Value::Object(_), Rows::Many) => Value::Array(vec![nested(row)]),
        (other, _) => nested(other),
    }
}

/// Leaves as text, without what is absent; `None` when nothing remains.
fn plain(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Value::String(text)),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(plain).collect())),
        Value::Object(object) => {
            let object: Map<String, Value> =
                object.into_iter().filter_map(|(name, value)| Some((name, plain(value)?))).collect();
            Some(Value::Object(object))
        }
    }
}

/// A decimal as the JSON of a till may carry it: a string or a number.
pub(crate) struct Decimal<T>(pub(crate) T);

impl<T> serde::de::Visitor<'_> for DecimalVisitor<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number or its text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.trim().parse().map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    /// The shortest text that reads back as this number: what was written, for up to 15 digits.
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

struct DecimalVisitor<T>(core::marker::PhantomData<T>);

impl<'de, T> serde::Deserialize<'de> for Decimal<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor(core::marker::PhantomData)).map(Decimal)
    }
}

/// `#[serde(with = "wire::decimal")]` for amounts, prices, quantities and ratios: text on the wire.
pub(crate) mod decimal {
    use super::{Decimal, FromStr, fmt};
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        T::Err: fmt::Display,
        D: Deserializer<'de>,
    {
        Decimal::deserialize(deserializer).map(|decimal| decimal.0)
    }
}

/// The same for optional fields; use with `default` and `skip_serializing_if`.
pub(crate) mod decimal_opt {
    use super::{Decimal, FromStr, fmt};
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr,
        T::Err: fmt::Display,
        D: Deserializer<'de>,
    {
        Option::<Decimal<T>>::deserialize(deserializer).map(|decimal| decimal.map(|decimal| decimal.0))
    }
}
