//! A code, and the rule it must pass.

use core::fmt;

use zeroize::Zeroize;

use crate::fault::{Fault, credential as fault};

/// Longest code we keep. The codes of the field have 28 characters.
pub const MAX_CODE: usize = 64;

/// What may pass as a code: printable ASCII without spaces, this many characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// Fewest characters.
    pub shortest: usize,
    /// Most characters; more than [`MAX_CODE`] counts as [`MAX_CODE`].
    pub longest: usize,
}

impl Default for CodeRule {
    /// A window around the 28 characters of today's codes, since no public text fixes the length.
    fn default() -> Self {
        Self { shortest: 16, longest: 48 }
    }
}

/// Why bytes are not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeError {
    /// Fewer characters than the rule allows.
    TooShort {
        /// Characters that came.
        length: usize,
    },
    /// More characters than the rule allows.
    TooLong {
        /// Characters that came.
        length: usize,
    },
    /// A byte that is not printable ASCII: a wrong line speed, a keyboard layout, an input method.
    NotPrintable {
        /// Where, counted from 0.
        at: usize,
    },
    /// Characters came, the end of the code did not; or what came next may be the rest of such a piece.
    Unfinished {
        /// Characters that came.
        length: usize,
    },
}

impl CodeError {
    /// The coded fault.
    #[must_use]
    pub const fn fault(self) -> &'static Fault {
        match self {
            Self::TooShort { .. } | Self::TooLong { .. } => &fault::CODE_LENGTH,
            Self::NotPrintable { .. } => &fault::CODE_NOT_PRINTABLE,
            Self::Unfinished { .. } => &fault::CODE_UNFINISHED,
        }
    }
}

impl fmt::Display for CodeError {
    /// Numbers only, never a character of what came.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } | Self::TooLong { length } => write!(f, "{length} characters"),
            Self::NotPrintable { at } => write!(f, "character {}", at.saturating_add(1)),
            Self::Unfinished { length } => write!(f, "{length} characters without an end"),
        }
    }
}

impl core::error::Error for CodeError {}

/// A scanned code. Never shown: `Debug` and `Display` say how long it is. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    text: heapless::Vec<u8, MAX_CODE>,
}

impl Code {
    /// Checks bytes against a rule.
    ///
    /// # Errors
    /// As [`CodeError`]. A byte that is not printable is told before a length: it says more about what is wrong.
    pub fn new(bytes: &[u8], rule: CodeRule) -> Result<Self, CodeError> {
        let length = bytes.len();
        if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(CodeError::NotPrintable { at });
        }
        if length > rule.longest {
            return Err(CodeError::TooLong { length });
        }
        if length < rule.shortest {
            return Err(CodeError::TooShort { length });
        }
        heapless::Vec::from_slice(bytes).map(|text| Self { text }).map_err(|_| CodeError::TooLong { length })
    }

    /// The code itself, for the request that decodes it and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Checked to be ASCII when it was made.
        core::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Number of characters.
    #[must_use]
    pub fn length(&self) -> usize {
        self.text.len()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} characters)", self.text.len())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in &self.text {
            f.write_str("*")?;
        }
        Ok(())
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    const CODE: &[u8] = b"2800000000000000000000000001";

    #[test]
    fn a_code_is_printable_ascii_of_a_fitting_length() {
        let rule = CodeRule::default();
        assert_eq!(Code::new(CODE, rule).unwrap().length(), 28);
        assert_eq!(Code::new(&CODE[..15], rule), Err(CodeError::TooShort { length: 15 }));
        assert_eq!(Code::new(&[b'1'; 49], rule), Err(CodeError::TooLong { length: 49 }));
        assert_eq!(Code::new(b"28000000 0000000000000000001", rule), Err(CodeError::NotPrintable { at: 8 }));
        assert_eq!(Code::new("２８".as_bytes(), rule), Err(CodeError::NotPrintable { at: 0 }));
        let wide = CodeRule { shortest: 0, longest: usize::MAX };
        assert_eq!(Code::new(&[b'1'; MAX_CODE], wide).unwrap().length(), MAX_CODE);
        assert_eq!(Code::new(&[b'1'; MAX_CODE + 1], wide), Err(CodeError::TooLong { length: MAX_CODE + 1 }));
    }

    #[test]
    fn a_code_is_never_shown() {
        let code = Code::new(CODE, CodeRule::default()).unwrap();
        assert_eq!(format!("{code:?} {code}"), format!("Code(28 characters) {}", "*".repeat(28)));
        assert_eq!(code.expose().as_bytes(), CODE);
    }
}
