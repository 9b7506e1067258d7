//! Showing a code: what the phone of a person asks the sandbox centre for. No real platform has this message.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::personal::Personal;

/// Path of the message, relative to the centre's address. POST, JSON both ways.
pub const ISSUE_PATH: &str = "/vouchers/issue";

/// Whose code is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// `psn_no`, or certificate number, of a person of the register.
    pub person: Personal,
}

/// A fresh code. An error is `{"error": "[Y-5050] …"}` with status 404.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The code: 28 capitals and digits, to be drawn as QR. Whoever holds it can pay with it.
    pub code: String,
    /// Until when it may be decoded, `yyyy-MM-dd HH:mm:ss` in Shanghai.
    pub expires: String,
    /// The same as seconds from now.
    pub valid_seconds: u32,
}

impl Drop for Issued {
    fn drop(&mut self) {
        self.code.zeroize();
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("expires", &self.expires).finish_non_exhaustive()
    }
}
