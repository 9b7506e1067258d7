//! The card-key service: what a terminal asks and a centre answers when a generation-3 card wants to be authenticated.
//!
//! Same envelope, signature and encoding as every transaction, sent to [`PATH`] with `infno` [`INFNO`]; no sign-in is
//! needed (`sign_no` is left out). Two provinces number the step 9013 (internal and external authentication for
//! reading); the items are those of the card driver's HSM sequence (LD/T 6001.5). All binary values are upper-case hex.
//!
//! The service opens cards, so the centre limits it per institution, and records who asked for which card.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Path of the service, relative to the centre's address.
pub const PATH: &str = "/keys/card-auth";

/// `infno` of the request.
pub const INFNO: &str = "9013";

/// `input` of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardAuthInput {
    /// The one row.
    pub data: CardAuthRow,
}

/// What the card gave.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardAuthRow {
    /// Issuing region, 6 digits (发卡地区行政区划代码).
    pub region: String,
    /// Historical bytes of the answer to reset, 26 hex digits (卡复位信息).
    pub reset_info: String,
    /// Algorithm id `01` (3DES) or `03` (SM4).
    pub algorithm: String,
    /// Card identification code, 32 hex digits (卡识别码).
    pub card_sn: String,
    /// Process factor of the internal authentication, 16 hex digits.
    pub int_factor: String,
    /// Original data of the internal authentication, 16 hex digits.
    pub int_data: String,
    /// Process factor of the external authentication, 16 hex digits: the card's newest challenge.
    pub ext_factor: String,
    /// Original data of the external authentication, 16 hex digits.
    pub ext_data: String,
}

/// `output` of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAuthOutput {
    /// The one row.
    pub data: CardAuthResult,
}

/// What the terminal needs to go on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAuthResult {
    /// The result a genuine card must have given, 16 hex digits.
    pub int_result: String,
    /// The cryptogram that opens the card, 16 hex digits.
    pub ext_result: String,
}

impl fmt::Debug for CardAuthRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardAuthRow")
            .field("region", &self.region)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CardAuthResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardAuthResult { .. }")
    }
}
