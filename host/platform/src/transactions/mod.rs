//! The transactions as types, with the platform's own field names.
//!
//! | number | input | output | what |
//! |---|---|---|---|
//! | 9001 | [`SignIn`] | [`SignedIn`] | sign in |
//! | 9002 | [`SignOut`] | [`SignedOut`] | sign out |
//! | 1101 | [`PersonQuery`] | [`PersonInfo`] | who is it and how insured |
//! | 2101 | [`Preview`] | [`PreviewOutput`] | pharmacy pre-settlement |
//! | 2102 | [`Settle`] | [`SettleOutput`] | pharmacy settlement |
//! | 2103 | [`Void`] | [`VoidOutput`] | void of a settlement |
//! | 2601 | [`Reverse`] | [`Nothing`] | reversal of a message |
//! | 3201 | [`Statement`] | [`StatementResult`] | totals of a period compared |
//! | 5203 | [`Query`] | [`QueryOutput`] | a settlement looked up |
//!
//! [`write()`] and [`read`] stand at the border: each checks against the field table first.

mod person;
mod pharmacy;
mod query;
mod session;
mod split;
mod statement;
mod void;

pub use person::{BaseInfo, IdentityRow, InsuranceRow, PersonInfo, PersonQuery, PersonQueryRow};
pub use pharmacy::{
    BuildError, CutRow, DrugInfo, DrugLine, FundRow, PharmacyInput, Preview, PreviewInfo, PreviewOutput,
    Purchaser, Settle, SettleInfo, SettleOutput, TraceRow,
};
pub use query::{Query, QueryInfo, QueryOutput, QueryRow};
pub use session::{SignIn, SignInRow, SignOut, SignOutRow, SignedIn, SignedInRow, SignedOut, SignedOutRow};
pub use split::SettlementAmounts;
pub use statement::{Statement, StatementInfo, StatementResult, StatementRow};
pub use void::{Nothing, Reverse, ReverseRow, Void, VoidInfo, VoidOutput, VoidRow};

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::profile::Profile;
use crate::tables::{self, FieldFault, tables};
use crate::wire;

/// The input of a transaction.
pub trait Transaction: Serialize + DeserializeOwned {
    /// Number in the tables. What a province calls it may differ: see [`crate::profile::PharmacyRules`].
    const INFNO: &'static str;
    /// What the centre answers.
    type Output: Serialize + DeserializeOwned;
}

/// Business data does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// Against the field table; the list is never empty.
    Fields(Vec<FieldFault>),
    /// It fits the table, but not the type: the text names field and reason, not the value.
    Shape(String),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fields(faults) => {
                let shown: Vec<String> = faults.iter().take(5).map(ToString::to_string).collect();
                f.write_str(&shown.join("; "))?;
                match faults.len().saturating_sub(5) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            Self::Shape(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for BodyError {}

/// Turns an input into JSON and checks it against its table.
///
/// # Errors
/// [`BodyError`].
pub fn write<T: Transaction>(input: &T, profile: &Profile) -> Result<Value, BodyError> {
    let value = to_value(input)?;
    checked(tables::check_input(T::INFNO, &value, profile).faults)?;
    Ok(value)
}

/// Checks an input against its table and reads it: the centre's side.
///
/// # Errors
/// [`BodyError`].
pub fn read_input<T: Transaction>(input: &Value, profile: &Profile) -> Result<T, BodyError> {
    checked(tables::check_input(T::INFNO, input, profile).faults)?;
    from_value(normalised(T::INFNO, input, false))
}

/// Turns an output into JSON and checks it against its table: the centre's side.
///
/// # Errors
/// [`BodyError`].
pub fn write_output<T: Transaction>(output: &T::Output, profile: &Profile) -> Result<Value, BodyError> {
    let value = to_value(output)?;
    checked(tables::check_output(T::INFNO, &value, profile).faults)?;
    Ok(value)
}

/// Checks an output against its table and reads it. `None` is what an answer without business data carries.
///
/// # Errors
/// [`BodyError`].
pub fn read<T: Transaction>(output: Option<&Value>, profile: &Profile) -> Result<T::Output, BodyError> {
    let absent = Value::Object(serde_json::Map::new());
    let output = output.unwrap_or(&absent);
    checked(tables::check_output(T::INFNO, output, profile).faults)?;
    from_value(normalised(T::INFNO, output, true))
}

fn checked(faults: Vec<FieldFault>) -> Result<(), BodyError> {
    if faults.is_empty() { Ok(()) } else { Err(BodyError::Fields(faults)) }
}

fn normalised(infno: &str, body: &Value, output: bool) -> Value {
    match tables().get(infno) {
        // Whatever a centre adds to an answer that should carry nothing is of no use.
        Some(transaction) if output && transaction.output.nodes.is_empty() => {
            Value::Object(serde_json::Map::new())
        }
        Some(transaction) => {
            wire::normalise(body.clone(), if output { &transaction.output } else { &transaction.input })
        }
        None => body.clone(),
    }
}

fn to_value<T: Serialize>(body: &T) -> Result<Value, BodyError> {
    serde_json::to_value(body).map_err(|error| BodyError::Shape(error.to_string()))
}

fn from_value<T: DeserializeOwned>(body: Value) -> Result<T, BodyError> {
    serde_json::from_value(body).map_err(|error| BodyError::Shape(without_values(&error.to_string())))
}

/// serde quotes unexpected values (`invalid type: string "…"`): the text is cut so that no value is repeated.
fn without_values(message: &str) -> String {
    match (message.starts_with("missing field"), message.split_once(':')) {
        (true, _) | (false, None) => message.to_owned(),
        (false, Some((kind, _))) => kind.to_owned(),
    }
}
