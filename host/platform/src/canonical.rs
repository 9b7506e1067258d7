//! Canonical JSON by RFC 8785, and its SM3 digest.
//!
//! The form is made by `serde_jcs`; this module pins its behaviour with the vectors of the RFC and with a Python
//! implementation (see `tests/second_opinion.rs`).

use serde_json::Value;
use yika_protocol::sign::sm3;

/// A value has no canonical form. JSON values as read by [`crate::json::parse`] always have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical;

impl std::fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the value has no canonical JSON form")
    }
}

impl std::error::Error for NotCanonical {}

/// The canonical form: no white space, names sorted by UTF-16 code units, shortest escapes, ECMAScript numbers.
///
/// ```
/// # use serde_json::json;
/// let text = yika_platform::canonical::text(&json!({"b": "1", "a": ["x", "é"]})).unwrap();
/// assert_eq!(text, r#"{"a":["x","é"],"b":"1"}"#);
/// ```
///
/// # Errors
/// [`NotCanonical`] for values that JSON cannot carry.
pub fn text(value: &Value) -> Result<String, NotCanonical> {
    serde_jcs::to_string(value).map_err(|_| NotCanonical)
}

/// 64 upper-case hex digits of SM3 over the canonical form.
///
/// # Errors
/// As [`text`].
pub fn digest_hex(value: &Value) -> Result<String, NotCanonical> {
    Ok(crate::hex::upper(&sm3(text(value)?.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_sorting_example_of_the_rfc() {
        // RFC 8785 §3.2.3: names in the order of their UTF-16 code units, so U+1F600 (D83D DE00) before U+FB33.
        let value = crate::json::parse(
            "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\
             \"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\",\
             \"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}"
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(
            text(&value).unwrap(),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
    }

    #[test]
    fn the_serialisation_example_of_the_rfc() {
        // RFC 8785 §3.2.2 input and §3.2.4 output (given there as bytes).
        let value = crate::json::parse(
            br#"{
                "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                "literals": [null, true, false]
            }"#,
        )
        .unwrap();
        assert_eq!(
            text(&value).unwrap(),
            "{\"literals\":[null,true,false],\
             \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    #[test]
    fn escapes_are_the_shortest() {
        let value = json!({"s": "\u{8}\u{9}\u{a}\u{c}\u{d}\u{0}\u{1f}\u{7f}\u{2028}\"\\/"});
        assert_eq!(text(&value).unwrap(), "{\"s\":\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{2028}\\\"\\\\/\"}");
    }

    #[test]
    fn the_digest_is_upper_case_hex() {
        // `printf '{}' | openssl dgst -sm3`
        assert_eq!(
            digest_hex(&json!({})).unwrap(),
            "F1A823AAAAAFE40E113C7F04DD72C289FAF86252C4A9B57CF1D3C9E12547F9AD"
        );
    }
}
