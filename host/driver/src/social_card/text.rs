//! Text of the card as the host shows it: GB18030 decoded once, personal values that mask themselves.

use serde::{Serialize, Serializer};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A personal value as text. Masked in `Debug`, erased on drop; serializing it is the one way out beside
/// [`expose`](Self::expose).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonalText(String);

impl PersonalText {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        PersonalText(text.into())
    }

    /// The plain text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for PersonalText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Decodes a name in GB18030 (GBK is a part of it).
///
/// A name that was cut to the width of its field may end in half a character; that half is dropped. Any other
/// impossible byte means that the record is damaged: `None`; so does a control character, which would go on to screens,
/// slips and the platform as it is.
pub(super) fn decode_name(bytes: &[u8]) -> Option<String> {
    let decode = |part| encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(part);
    // A character has at most four bytes, so a cut leaves at most three.
    let name = (0..4).find_map(|cut| {
        let (whole, tail) = bytes.split_at(bytes.len().checked_sub(cut)?);
        (cut == 0 || begins_a_character(tail)).then(|| decode(whole).map(|text| text.into_owned()))?
    })?;
    (!name.contains(char::is_control)).then_some(name)
}

/// Whether the bytes are the beginning of a GB18030 character and not a whole one.
fn begins_a_character(bytes: &[u8]) -> bool {
    let lead = |b: u8| (0x81..=0xFE).contains(&b);
    let digit = |b: u8| b.is_ascii_digit();
    match *bytes {
        [a] => lead(a),
        [a, b] => lead(a) && digit(b),
        [a, b, c] => lead(a) && digit(b) && lead(c),
        _ => false,
    }
}

/// Upper-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Bytes computed with Python's gb18030 codec.
    #[test]
    fn names_of_two_and_four_byte_characters() {
        assert_eq!(decode_name(b"\xD5\xC5\xC8\xFD").unwrap(), "张三");
        assert_eq!(decode_name(b"\x95\x34\xB2\x35\x81\x39\xEF\x31\xFE\x9F").unwrap(), "𠮷㐂䶮");
        assert_eq!(decode_name(b"").unwrap(), "");
        assert_eq!(decode_name(b"Alim\xA1\xA4Abla").unwrap(), "Alim·Abla");
    }

    #[test]
    fn half_a_character_at_the_end_is_dropped_and_damage_elsewhere_is_not_a_name() {
        assert_eq!(decode_name(b"\xD5\xC5\xC8").unwrap(), "张");
        assert_eq!(decode_name(b"\xD5\xC5\x95\x34").unwrap(), "张");
        assert_eq!(decode_name(b"\xD5\xC5\xFF\xD5\xC5"), None);
        assert_eq!(decode_name(b"\xD5\xC5\xFF"), None);
    }

    #[test]
    fn control_characters_are_no_part_of_a_name() {
        // Line feed, escape, delete, NUL, and U+009B, which some terminals take for the beginning of a command.
        for control in [&b"\x0A"[..], b"\x1B[2J", b"\x7F", b"\x00", b"\x81\x30\x83\x37"] {
            let name = [b"\xC9\xF2", control, b"\xD2\xBB"].concat();
            assert_eq!(decode_name(&name), None, "{control:02X?}");
        }
        assert_eq!(encoding_rs::GB18030.decode(b"\x81\x30\x83\x37").0, "\u{9B}");
    }

    #[test]
    fn masked_in_debug_plain_in_json() {
        let text = PersonalText::new("张三");
        assert_eq!(format!("{text:?}"), "***");
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"张三\"");
    }
}
