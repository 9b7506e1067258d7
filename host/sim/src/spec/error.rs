//! Why a spec file makes no card.

use std::fmt;
use std::path::PathBuf;

use yika_protocol::fault::{self, Fault};

/// An error in a card's spec file. `Display` says where and what to do, and shows no holder data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpecError {
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Not TOML, or a key that no card has.
    Syntax {
        /// Counted from 1; `None` when the parser names no place.
        line: Option<usize>,
        /// What is wrong.
        problem: String,
    },
    /// A value that no card can hold.
    Value {
        /// Counted from 1.
        line: usize,
        /// The key in the file, such as `card_sn`.
        key: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl SpecError {
    /// The line of the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Read { .. } => None,
            Self::Syntax { line, .. } => *line,
            Self::Value { line, .. } => Some(*line),
        }
    }

    /// The coded fault of the table.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        &fault::card::VIRTUAL_CARD_SPEC
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Syntax { line: Some(line), problem } => write!(f, "line {line}: {problem}"),
            Self::Syntax { line: None, problem } => f.write_str(problem),
            Self::Value { line, key, problem } => write!(f, "line {line}: {key}: {problem}"),
        }
    }
}

impl std::error::Error for SpecError {}
