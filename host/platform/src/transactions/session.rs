//! 9001 sign-in and 9002 sign-out.

use serde::{Deserialize, Serialize};

use crate::business_time::BusinessTime;

use super::Transaction;

/// 9001.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The one row.
    #[serde(rename = "signIn")]
    pub sign_in: SignInRow,
}

/// Who signs in, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRow {
    /// Operator number.
    pub opter_no: String,
    /// MAC address of the workstation.
    pub mac: String,
    /// IP address of the workstation.
    pub ip: String,
}

/// Answer to 9001.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The one row.
    pub signinoutb: SignedInRow,
}

/// The sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInRow {
    /// When, by the centre's clock.
    pub sign_time: BusinessTime,
    /// Number for the envelope of every further message.
    pub sign_no: String,
}

/// 9002.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOut {
    /// The one row.
    #[serde(rename = "signOut")]
    pub sign_out: SignOutRow,
}

/// Which sign-in ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOutRow {
    /// Number from 9001.
    pub sign_no: String,
    /// Operator number.
    pub opter_no: String,
}

/// Answer to 9002. The table names node and field alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOut {
    /// The one row.
    pub sign_time: SignedOutRow,
}

/// The sign-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOutRow {
    /// When, by the centre's clock.
    pub sign_time: BusinessTime,
}

impl Transaction for SignIn {
    const INFNO: &'static str = "9001";
    type Output = SignedIn;
}

impl Transaction for SignOut {
    const INFNO: &'static str = "9002";
    type Output = SignedOut;
}
