//! The text that is signed: fields sorted by name, and the two ways in which the field sorts them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How field names are sorted. Sources differ, and a signature made one way does not pass where the other is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldOrder {
    /// By their bytes: capitals before small letters.
    #[default]
    Bytes,
    /// Without regard to the case of ASCII letters; names that differ in nothing else, by their bytes.
    IgnoreCase,
}

impl FieldOrder {
    /// Fields of an object in this order.
    fn sorted(self, object: &Map<String, Value>) -> Vec<(&str, &Value)> {
        let mut fields: Vec<_> = object.iter().map(|(name, value)| (name.as_str(), value)).collect();
        match self {
            Self::Bytes => fields.sort_unstable_by_key(|(name, _)| *name),
            Self::IgnoreCase => fields.sort_by_cached_key(|(name, _)| (name.to_ascii_lowercase(), *name)),
        }
        fields
    }

    /// The text `name=value&…&key=secret` of a message: non-empty fields but `signData`, `encData` and `extra`. Objects
    /// and arrays stand as compact JSON, their own fields sorted alike.
    pub(super) fn signed_text(self, message: &Map<String, Value>, secret: &str) -> String {
        let mut text = String::new();
        for (name, value) in self.sorted(message) {
            if matches!(name, "signData" | "encData" | "extra") {
                continue;
            }
            let value = match value {
                Value::Null => continue,
                Value::String(value) if value.is_empty() => continue,
                Value::String(value) => value.clone(),
                other => self.json(other),
            };
            text.push_str(name);
            text.push('=');
            text.push_str(&value);
            text.push('&');
        }
        text.push_str("key=");
        text.push_str(secret);
        text
    }

    /// Compact JSON with sorted fields. Assumed: members that are `null` are left out, empty texts stay, and only what
    /// JSON must escape is escaped, as the usual libraries of the field do.
    pub(super) fn json(self, value: &Value) -> String {
        let mut text = String::new();
        self.write(value, &mut text);
        text
    }

    fn write(self, value: &Value, text: &mut String) {
        match value {
            Value::Object(object) => {
                text.push('{');
                let fields = self.sorted(object).into_iter().filter(|(_, value)| !value.is_null());
                for (index, (name, value)) in fields.enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    text.push_str(&Value::from(name).to_string());
                    text.push(':');
                    self.write(value, text);
                }
                text.push('}');
            }
            Value::Array(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.write(item, text);
                }
                text.push(']');
            }
            leaf => text.push_str(&leaf.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_two_orders_differ_where_a_capital_meets_a_small_letter() {
        let message = object(json!({"termid": "2", "termId": "1", "Zone": "0", "appId": "3"}));
        // LC_ALL=C sort, and sort -f, over the names.
        assert_eq!(FieldOrder::Bytes.signed_text(&message, "S"), "Zone=0&appId=3&termId=1&termid=2&key=S");
        assert_eq!(
            FieldOrder::IgnoreCase.signed_text(&message, "S"),
            "appId=3&termId=1&termid=2&Zone=0&key=S"
        );
    }

    #[test]
    fn empty_fields_signatures_and_extra_do_not_count() {
        let message = object(json!({
            "b": "", "a": "1", "c": null, "signData": "x", "encData": "y", "extra": {"k": "v"}, "ok": true, "n": -2,
        }));
        assert_eq!(FieldOrder::Bytes.signed_text(&message, "S"), "a=1&n=-2&ok=true&key=S");
    }

    #[test]
    fn nested_objects_are_sorted_alike_and_compact() {
        let message =
            object(json!({"data": {"b": [{"z": "1", "Y": "2"}], "a": "沈\"\\/", "n": null, "e": ""}}));
        assert_eq!(
            FieldOrder::Bytes.signed_text(&message, "S"),
            r#"data={"a":"沈\"\\/","b":[{"Y":"2","z":"1"}],"e":""}&key=S"#
        );
    }
}
