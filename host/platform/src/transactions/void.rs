//! 2103 void and 2601 reversal.
//!
//! A void takes a known settlement back, by its ids; a reversal takes back a message whose fate is unknown, by its
//! `msgid`.

use serde::{Deserialize, Serialize};

use crate::business_time::BusinessTime;
use crate::personal::Personal;

use super::{FundRow, SettlementAmounts, Transaction};

/// 2103.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// The one row.
    pub data: VoidRow,
}

/// Which settlement is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidRow {
    /// Settlement id.
    pub setl_id: String,
    /// Visit id.
    pub mdtrt_id: String,
    /// Person number.
    pub psn_no: Personal,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
}

/// Answer to 2103: a settlement of its own with negative amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidOutput {
    /// The void.
    pub setlinfo: VoidInfo,
    /// One row per fund.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setldetail: Vec<FundRow>,
}

/// The void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidInfo {
    /// Visit id, that of the original.
    pub mdtrt_id: String,
    /// Settlement id of the void itself.
    pub setl_id: String,
    /// Clearing office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clr_optins: Option<String>,
    /// When, by the centre's clock.
    pub setl_time: BusinessTime,
    /// All negative, but the balance.
    #[serde(flatten)]
    pub amounts: SettlementAmounts,
    /// `msgid` of the request.
    pub medins_setl_id: String,
}

/// 2601.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// The one row.
    pub data: ReverseRow,
}

/// Which message is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReverseRow {
    /// Person number of the original.
    pub psn_no: Personal,
    /// `msgid` of the original.
    pub omsgid: String,
    /// `infno` of the original.
    pub oinfno: String,
}

/// No business data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

impl Transaction for Void {
    const INFNO: &'static str = "2103";
    type Output = VoidOutput;
}

impl Transaction for Reverse {
    const INFNO: &'static str = "2601";
    type Output = Nothing;
}
