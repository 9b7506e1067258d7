//! 1101: who is it, and how insured.

use serde::{Deserialize, Serialize};
use yika_protocol::money::Fen;

use crate::business_time::BusinessTime;
use crate::personal::Personal;
use crate::wire;

use super::Transaction;

/// 1101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonQuery {
    /// The one row.
    pub data: PersonQueryRow,
}

/// The credential, as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonQueryRow {
    /// `01` e-voucher, `02` resident ID card, `03` social security card.
    pub mdtrt_cert_type: String,
    /// Token, certificate number or card number, in that order of types.
    pub mdtrt_cert_no: Personal,
    /// Identification code of the card; required with type `03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_sn: Option<Personal>,
    /// For the insurance as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begntime: Option<BusinessTime>,
    /// Kind of certificate, `01` resident ID.
    pub psn_cert_type: String,
    /// Certificate number.
    pub certno: Personal,
    /// Name.
    pub psn_name: Personal,
}

/// Answer to 1101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonInfo {
    /// The person.
    pub baseinfo: BaseInfo,
    /// Insurances. Several are possible: the cashier picks one.
    #[serde(default)]
    pub insuinfo: Vec<InsuranceRow>,
    /// Special identities.
    #[serde(default)]
    pub idetinfo: Vec<IdentityRow>,
}

/// The person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseInfo {
    /// Person number at the platform.
    pub psn_no: Personal,
    /// Kind of certificate.
    pub psn_cert_type: String,
    /// Certificate number.
    pub certno: Personal,
    /// Name.
    pub psn_name: Personal,
    /// Gender code (GB/T 2261.1).
    pub gend: String,
    /// Ethnicity code (GB/T 3304).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naty: Option<String>,
    /// Date of birth, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brdy: Option<Personal>,
    /// Age in years, one decimal.
    pub age: String,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
}

/// One insurance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsuranceRow {
    /// Balance of the personal account.
    #[serde(with = "wire::decimal")]
    pub balc: Fen,
    /// Kind: `310` employees, `390` residents, …
    pub insutype: String,
    /// Kind of person: `11` in work, `12` retired, …
    pub psn_type: String,
    /// `1` in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psn_insu_stas: Option<String>,
    /// Since when, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psn_insu_date: Option<String>,
    /// Suspended when, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paus_insu_date: Option<String>,
    /// Civil servant: `0` or `1`.
    pub cvlserv_flag: String,
    /// Region where insured: goes into every further envelope.
    pub insuplc_admdvs: String,
    /// Employer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emp_name: Option<Personal>,
}

impl InsuranceRow {
    /// Whether the insurance is in force: `psn_insu_stas` is `1`, or the centre does not say.
    pub fn in_force(&self) -> bool {
        self.psn_insu_stas.as_deref().is_none_or(|stas| stas == "1")
    }
}

/// One special identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRow {
    /// Kind.
    pub psn_idet_type: String,
    /// Degree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psn_type_lv: Option<String>,
    /// Remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// Since when.
    pub begntime: BusinessTime,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endtime: Option<BusinessTime>,
}

impl Transaction for PersonQuery {
    const INFNO: &'static str = "1101";
    type Output = PersonInfo;
}
