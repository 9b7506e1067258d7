//! The seed file: people, accounts, catalogue, institutions, policies and card keys, as TOML.

use std::fmt;
use std::path::Path;

/// A checked seed file, ready for [`crate::Centre::seed`].
#[derive(Debug, Clone)]
pub struct Seed {}

/// A seed file that cannot be used: where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    /// Line, counted from 1; 0 when the file could not be read at all.
    pub line: usize,
    /// What is wrong and what to do.
    pub why: String,
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl std::error::Error for SeedError {}

impl Seed {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, a key is unknown, a value is not of its kind; always with the line.
    pub fn load(path: &Path) -> Result<Self, SeedError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| SeedError { line: 0, why: format!("{}: {e}", path.display()) })?;
        Self::parse(&text)
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// As [`Seed::load`].
    pub fn parse(_text: &str) -> Result<Self, SeedError> {
        Ok(Self {})
    }
}
