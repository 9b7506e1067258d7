//! Personal data as text: masked wherever it could be printed, wiped when dropped.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A text that belongs to a person: name, certificate number, card number, person number.
///
/// `Debug` and `Display` show at most the first and the last character, so that a log line or a test failure never
/// carries the value. Use [`Personal::expose`] where the value itself is needed: on the wire, or on a screen that
/// the operator asked for. Serde writes the value as it is: bodies are for the wire and for sealed storage only.
#[derive(
    Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Zeroize, ZeroizeOnDrop,
)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The masked form: the first character, stars, and the last one for texts of six characters and more.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        let mut masked = String::with_capacity(self.0.len());
        for (index, character) in self.0.chars().enumerate() {
            let shown = (index == 0 && count > 1) || (index + 1 == count && count >= 6);
            masked.push(if shown { character } else { '*' });
        }
        masked
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_ends_is_printed() {
        assert_eq!(format!("{}", Personal::new("沈一禾")), "沈**");
        assert_eq!(format!("{:?}", Personal::new("A12345678")), "A*******8");
        assert_eq!(Personal::new("甲").masked(), "*");
        assert_eq!(Personal::new("").masked(), "");
    }

    #[test]
    fn the_wire_carries_the_value() {
        let json = serde_json::to_string(&Personal::new("沈一禾")).unwrap();
        assert_eq!(json, "\"沈一禾\"");
    }
}
