//! The published field tables: which fields a transaction has, of which type and length, and which are required.
//!
//! The tables are data (`data/transactions.json`, 118 transactions of the interface specification for designated
//! medical institutions); what they say in prose or get wrong stands in `data/nodes.toml`. Both directions are
//! checked at the border: nothing leaves a till and nothing is believed by it that its table does not know.
//!
//! Lengths count characters, not bytes.

mod check;
mod field_type;
mod load;

pub use check::{check_input, check_output, check_request_envelope, check_response_envelope};
pub use field_type::FieldType;
pub use load::{Field, Node, Rows, Side, Tables, Transaction, When, tables};

use std::fmt;

/// One thing that does not fit the table. Never carries the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Where, e.g. `input.drugdetail[2].cnt`.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no table for this transaction number.
    UnknownTransaction,
    /// A node must be an object.
    NotAnObject,
    /// A node must be an array of objects.
    NotRows,
    /// The table has no such field or node.
    Unknown,
    /// A required field or node is absent or empty.
    Missing,
    /// The value must be a JSON string.
    NotText,
    /// More characters than the field holds.
    TooLong {
        /// Characters allowed.
        max: usize,
        /// Characters found.
        found: usize,
    },
    /// Not a plain decimal number.
    NotANumber,
    /// More digits before the point than the field holds.
    TooLarge {
        /// Digits allowed before the point.
        digits: u32,
    },
    /// More decimals than the field holds.
    TooPrecise {
        /// Decimals allowed.
        decimals: u32,
    },
    /// Not a date `yyyy-MM-dd`.
    NotADate,
    /// Not a time `yyyy-MM-dd HH:mm:ss`.
    NotATime,
    /// The code is not in the dictionary of that name.
    NotInDictionary {
        /// Name of the dictionary.
        dictionary: String,
    },
    /// `&` or a control character in an envelope value.
    ForbiddenCharacter,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}

impl std::error::Error for FieldFault {}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTransaction => f.write_str("no table for this transaction"),
            Self::NotAnObject => f.write_str("must be an object"),
            Self::NotRows => f.write_str("must be an array of objects"),
            Self::Unknown => f.write_str("not in the table"),
            Self::Missing => f.write_str("required"),
            Self::NotText => f.write_str("must be a JSON string"),
            Self::TooLong { max, found } => write!(f, "{found} characters, at most {max}"),
            Self::NotANumber => f.write_str("must be a decimal number"),
            Self::TooLarge { digits } => write!(f, "at most {digits} digits before the point"),
            Self::TooPrecise { decimals } => write!(f, "at most {decimals} decimals"),
            Self::NotADate => f.write_str("must be a date yyyy-MM-dd"),
            Self::NotATime => f.write_str("must be a time yyyy-MM-dd HH:mm:ss"),
            Self::NotInDictionary { dictionary } => write!(f, "not a code of {dictionary}"),
            Self::ForbiddenCharacter => f.write_str("must not hold '&' or control characters"),
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What makes the message wrong.
    pub faults: Vec<FieldFault>,
    /// What is odd but borne: fields and codes that a province adds to its answers.
    pub notes: Vec<FieldFault>,
}

impl Report {
    /// True when there is no fault; notes do not count.
    pub fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }
}
