//! Faults that a cashier meets, told in the words of the one fault table.
//!
//! Only faults named in `build/refusals.rs` have their words and glyphs in the device; of any other number it shows the
//! number, which the manual explains.

use super::packed::{NUMBERS, Packed};
use super::{COUNT, Lang};

/// The words of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Its number.
    pub number: u16,
    /// Where its cause stands among the texts; the action stands behind.
    cause: usize,
}

impl Refusal {
    /// What happened.
    #[must_use]
    pub fn cause(&self, lang: Lang) -> Packed {
        Packed::at(self.cause, lang)
    }

    /// What to do about it.
    #[must_use]
    pub fn action(&self, lang: Lang) -> Packed {
        Packed::at(self.cause.wrapping_add(1), lang)
    }
}

/// Every fault whose words the device carries.
pub fn known() -> impl Iterator<Item = Refusal> {
    let causes = (COUNT..).step_by(2);
    NUMBERS.iter().zip(causes).map(|(number, cause)| Refusal { number: *number, cause })
}

/// The words for a number, when the device carries them.
#[must_use]
pub fn refusal(number: u16) -> Option<Refusal> {
    known().find(|refusal| refusal.number == number)
}
