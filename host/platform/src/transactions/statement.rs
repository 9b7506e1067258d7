//! 3201: the totals of a period compared with the centre's.

use serde::{Deserialize, Serialize};
use yika_protocol::money::Fen;

use crate::wire;

use super::Transaction;

/// 3201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The one row.
    pub data: StatementRow,
}

/// Totals of one group: insurance, kind of clearing and settling office. The period runs by the centre's settlement
/// time, both days included; a void counts as a negative row of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// Insurance.
    pub insutype: String,
    /// Kind of clearing.
    pub clr_type: String,
    /// Settling office: six characters.
    pub setl_optins: String,
    /// First day, `yyyy-MM-dd`.
    pub stmt_begndate: String,
    /// Last day, `yyyy-MM-dd`.
    pub stmt_enddate: String,
    /// Sum of the bills.
    #[serde(with = "wire::decimal")]
    pub medfee_sumamt: Fen,
    /// Sum of the funds.
    #[serde(with = "wire::decimal")]
    pub fund_pay_sumamt: Fen,
    /// Sum of the accounts.
    #[serde(with = "wire::decimal")]
    pub acct_pay: Fen,
    /// Number of rows, voids included.
    pub fixmedins_setl_cnt: String,
    /// `0` settlements, `1` voids; absent for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refd_setl_flag: Option<String>,
    /// The institution's own flag of the same meaning; required by the table.
    pub fixmedins_refd_setl_flag: String,
}

/// Answer to 3201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementResult {
    /// The one row.
    pub stmtinfo: StatementInfo,
}

/// Whether the books are equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementInfo {
    /// Settling office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setl_optins: Option<String>,
    /// `0` equal, `1` not.
    pub stmt_rslt: String,
    /// In words, with the centre's figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stmt_rslt_dscr: Option<String>,
}

impl StatementInfo {
    /// Whether the centre found both books equal.
    pub fn equal(&self) -> bool {
        self.stmt_rslt == "0"
    }
}

impl Transaction for Statement {
    const INFNO: &'static str = "3201";
    type Output = StatementResult;
}
