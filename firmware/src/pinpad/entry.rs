//! Digits on their way from the pad to the card.

use core::fmt;

use heapless::Vec;
use yika_protocol::social_card::{Pin, PinError};
use zeroize::Zeroize;

/// Most digits of a card's PIN.
const MOST: usize = 12;

/// Digits typed so far. Never shown, erased on drop.
#[derive(Default)]
pub struct PinEntry(Vec<u8, MOST>);

impl PinEntry {
    /// Nothing typed.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One more digit; false when there are enough.
    pub fn push(&mut self, digit: u8) -> bool {
        digit < 10 && self.0.push(b'0'.wrapping_add(digit)).is_ok()
    }

    /// One digit back.
    pub fn back(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.zeroize();
        }
        let _ = self.0.pop();
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Drops all digits.
    pub fn clear(&mut self) {
        self.0.zeroize();
        self.0.clear();
    }

    /// The PIN; the digits here are erased.
    ///
    /// # Errors
    /// [`PinError::Malformed`] for fewer than 4 digits.
    pub fn take(&mut self) -> Result<Pin, PinError> {
        let pin = Pin::from_digits(&self.0);
        self.clear();
        pin
    }
}

impl Drop for PinEntry {
    fn drop(&mut self) {
        self.clear();
    }
}

impl fmt::Debug for PinEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinEntry(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn digits_become_a_pin_and_leave_nothing() {
        let mut entry = PinEntry::new();
        for digit in [1, 2, 3, 4, 5, 6, 7] {
            assert!(entry.push(digit));
        }
        entry.back();
        assert_eq!(entry.take(), Pin::from_digits(b"123456"));
        assert_eq!(entry.count(), 0);
        assert_eq!(entry.take(), Err(PinError::Malformed));
        assert_eq!(format!("{entry:?}"), "PinEntry(***)");
    }

    #[test]
    fn no_more_than_twelve() {
        let mut entry = PinEntry::new();
        assert!((0..12).all(|_| entry.push(9)));
        assert!(!entry.push(9) && !entry.push(10));
    }
}
