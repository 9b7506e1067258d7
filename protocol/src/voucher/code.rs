//! A code, and the rule it must pass.

use zeroize::Zeroize;

/// Longest code we keep. The codes of the field have 28 characters.
pub const MAX_CODE: usize = 64;

/// What may pass as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// Fewest characters.
    pub shortest: usize,
    /// Most characters, at most [`MAX_CODE`].
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
        /// Characters that came, as far as they were counted.
        length: usize,
    },
    /// A byte that is not printable ASCII, as keyboard layouts and input methods produce.
    NotPrintable {
        /// Where, counted from 0.
        at: usize,
    },
}

/// A scanned code. Never shown: `Debug` says how long it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    text: heapless::Vec<u8, MAX_CODE>,
}

impl Code {
    /// Checks bytes against a rule.
    ///
    /// # Errors
    /// As [`CodeError`].
    pub fn new(bytes: &[u8], rule: CodeRule) -> Result<Self, CodeError> {
        let length = bytes.len();
        if length > rule.longest.min(MAX_CODE) {
            return Err(CodeError::TooLong { length });
        }
        if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(CodeError::NotPrintable { at });
        }
        if length < rule.shortest {
            return Err(CodeError::TooShort { length });
        }
        heapless::Vec::from_slice(bytes).map(|text| Self { text }).map_err(|_| CodeError::TooLong { length })
    }

    /// The code itself, for the request that decodes it and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        core::str::from_utf8(&self.text).unwrap_or_default()
    }
}

impl core::fmt::Debug for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Code({} characters)", self.text.len())
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.text.as_mut_slice().zeroize();
    }
}
