//! Masks for people: enough to compare at the counter, too little to copy.

use core::fmt;

/// Displays a text with all but its first and last characters as `*`.
///
/// A text too short to hide at least half of itself is hidden whole.
#[derive(Clone, Copy)]
pub struct Masked<'a> {
    text: &'a str,
    head: usize,
    tail: usize,
}

/// A name keeps its first character: `张**`.
pub fn mask_name(name: &str) -> Masked<'_> {
    Masked { text: name, head: 1, tail: 0 }
}

/// A certificate number keeps three characters in front and two behind: `990*************12`.
pub fn mask_certno(certno: &str) -> Masked<'_> {
    Masked { text: certno, head: 3, tail: 2 }
}

/// A card number keeps its last three characters: `******019`.
pub fn mask_card_no(card_no: &str) -> Masked<'_> {
    Masked { text: card_no, head: 0, tail: 3 }
}

/// An identification code or reset information keeps the first six digits (the region) and the last two.
pub fn mask_hex(hex: &str) -> Masked<'_> {
    Masked { text: hex, head: 6, tail: 2 }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.text.chars().count();
        let (head, tail) = if (self.head + self.tail) * 2 <= count { (self.head, self.tail) } else { (0, 0) };
        for (at, character) in self.text.chars().enumerate() {
            let shown = at < head || at >= count - tail;
            fmt::Write::write_char(f, if shown { character } else { '*' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn enough_to_compare_too_little_to_copy() {
        assert_eq!(mask_name("张三丰").to_string(), "张**");
        assert_eq!(mask_name("张三").to_string(), "张*");
        assert_eq!(mask_name("张").to_string(), "*");
        assert_eq!(mask_name("").to_string(), "");
        assert_eq!(mask_certno("990101199001011237").to_string(), "990*************37");
        assert_eq!(mask_certno("9901").to_string(), "****");
        assert_eq!(mask_card_no("X00000019").to_string(), "******019");
        assert_eq!(
            mask_hex("990100D15600000501AABBCCDDEEFF00").to_string(),
            "990100************************00"
        );
    }
}
