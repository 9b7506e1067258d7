//! 5203: a settlement looked up by its ids.

use serde::{Deserialize, Serialize};
use yika_protocol::money::Fen;

use crate::business_time::BusinessTime;
use crate::personal::Personal;
use crate::wire;

use super::{FundRow, SettlementAmounts, Transaction, split};

/// 5203.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The one row.
    pub data: QueryRow,
}

/// Which settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryRow {
    /// Person number.
    pub psn_no: Personal,
    /// Settlement id.
    pub setl_id: String,
    /// Visit id.
    pub mdtrt_id: String,
}

/// Answer to 5203.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryOutput {
    /// The settlement.
    pub setlinfo: QueryInfo,
    /// One row per fund.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setldetail: Vec<FundRow>,
}

/// A settlement as the centre keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryInfo {
    /// Settlement id.
    pub setl_id: String,
    /// Visit id.
    pub mdtrt_id: String,
    /// Person number.
    pub psn_no: Personal,
    /// Name.
    pub psn_name: Personal,
    /// Kind of certificate.
    pub psn_cert_type: String,
    /// Certificate number.
    pub certno: Personal,
    /// Gender.
    pub gend: String,
    /// Ethnicity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naty: Option<String>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brdy: Option<Personal>,
    /// Age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
    /// Insurance.
    pub insutype: String,
    /// Kind of person.
    pub psn_type: String,
    /// Civil servant.
    pub cvlserv_flag: String,
    /// Region of the insured place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insu_optins: Option<String>,
    /// Employer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emp_name: Option<Personal>,
    /// Where it was paid: `2` at the institution.
    pub pay_loc: String,
    /// Institution.
    pub fixmedins_code: String,
    /// Its name.
    pub fixmedins_name: String,
    /// First day, `yyyy-MM-dd`.
    pub begndate: String,
    /// Last day, `yyyy-MM-dd`.
    pub enddate: String,
    /// When, by the centre's clock.
    pub setl_time: BusinessTime,
    /// Kind of credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mdtrt_cert_type: Option<String>,
    /// Kind of treatment.
    pub med_type: String,
    /// Kind of clearing.
    pub clr_type: String,
    /// Way of clearing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clr_way: Option<String>,
    /// Clearing office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clr_optins: Option<String>,
    /// Who pays what. `act_pay_dedc` is required here; the person's amounts are called `psn_pay` and `cash_payamt`.
    #[serde(flatten, with = "split::query")]
    pub amounts: SettlementAmounts,
    /// `msgid` under which it was settled or voided.
    pub medins_setl_id: String,
    /// `0` a settlement, `1` a void.
    pub refd_setl_flag: String,
    /// Year, four digits.
    pub year: String,
    /// Disease code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_codg: Option<String>,
    /// Disease name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_name: Option<String>,
    /// Invoice number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invono: Option<String>,
    /// Fund for people with preferential treatment.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub pref_fund_pay: Option<Fen>,
}

impl Transaction for Query {
    const INFNO: &'static str = "5203";
    type Output = QueryOutput;
}
