//! 2101 pre-settlement and 2102 settlement of a pharmacy purchase.

use std::fmt;

use serde::{Deserialize, Serialize};
use yika_protocol::fault::{Fault, settle};
use yika_protocol::money::{Fen, Price, Quantity};

use crate::basket::Basket;
use crate::business_time::BusinessTime;
use crate::personal::Personal;
use crate::wire;

use super::person::PersonInfo;
use super::{SettlementAmounts, Transaction};

/// 2101. Made from the same [`PharmacyInput`] as the settlement; see [`PharmacyInput::preview`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Preview(pub PharmacyInput);

/// 2102.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settle(pub PharmacyInput);

/// What is bought, by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PharmacyInput {
    /// The purchase.
    pub druginfo: DrugInfo,
    /// Its lines.
    pub drugdetail: Vec<DrugLine>,
}

/// Head of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrugInfo {
    /// Person number from 1101.
    pub psn_no: Personal,
    /// `01` e-voucher, `02` resident ID card, `03` social security card.
    pub mdtrt_cert_type: String,
    /// Token, certificate number or card number.
    pub mdtrt_cert_no: Personal,
    /// Identification code of the card; required with type `03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_sn: Option<Personal>,
    /// Kind of certificate.
    pub psn_cert_type: String,
    /// Certificate number.
    pub certno: Personal,
    /// Kind of person from 1101.
    pub psn_type: String,
    /// Name.
    pub psn_name: Personal,
    /// Time of the purchase.
    pub begntime: BusinessTime,
    /// Total of the lines.
    #[serde(with = "wire::decimal")]
    pub medfee_sumamt: Fen,
    /// Invoice number; not in 2101.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invono: Option<String>,
    /// Insurance that is drawn on.
    pub insutype: String,
    /// Disease code of a chronic-disease purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_codg: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dise_name: Option<String>,
    /// `0` no account, `1` own account, `2` family account.
    pub acct_used_flag: String,
    /// `41` pharmacy purchase.
    pub med_type: String,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrugLine {
    /// Number of the line: digits only, not 0, at most 15, unique in the purchase.
    pub feedetl_sn: String,
    /// Prescription number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rxno: Option<Personal>,
    /// `1` for a prescription from elsewhere.
    pub rx_circ_flag: String,
    /// When.
    pub fee_ocur_time: BusinessTime,
    /// National catalogue code.
    pub med_list_codg: String,
    /// The institution's own code.
    pub medins_list_codg: String,
    /// Amount of the line.
    #[serde(with = "wire::decimal")]
    pub det_item_fee_sumamt: Fen,
    /// Quantity, four decimals.
    #[serde(with = "wire::decimal")]
    pub cnt: Quantity,
    /// Unit price, six decimals.
    #[serde(with = "wire::decimal")]
    pub pric: Price,
    /// Dose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sin_dos_dscr: Option<String>,
    /// Frequency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_frqu_dscr: Option<String>,
    /// Days the quantity lasts, two decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prd_days: Option<String>,
    /// Way of taking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medc_way_dscr: Option<String>,
    /// Code of the prescriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bilg_dr_codg: Option<String>,
    /// Name of the prescriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bilg_dr_name: Option<Personal>,
    /// Herbal pieces: `1` compound, `2` single.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcmdrug_used_way: Option<String>,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
    /// Trace codes of the packs; not in 2101. The platform spells it so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub durg_trac_info: Vec<TraceRow>,
}

/// Trace code of one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceRow {
    /// Number of the line it belongs to.
    pub feedetl_sn: String,
    /// The code.
    pub drug_trac_codg: String,
    /// `1` when the pack was split.
    pub trdn_flag: String,
}

/// The buyer: the credential shown, and what 1101 said about its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchaser {
    /// `psn_no` from 1101.
    pub psn_no: Personal,
    /// See [`DrugInfo`].
    pub mdtrt_cert_type: String,
    /// See [`DrugInfo`].
    pub mdtrt_cert_no: Personal,
    /// See [`DrugInfo`].
    pub card_sn: Option<Personal>,
    /// See [`DrugInfo`].
    pub psn_cert_type: String,
    /// See [`DrugInfo`].
    pub certno: Personal,
    /// See [`DrugInfo`].
    pub psn_name: Personal,
    /// `psn_type` of the chosen insurance.
    pub psn_type: String,
    /// `insutype` of the chosen insurance.
    pub insutype: String,
    /// `insuplc_admdvs` of the chosen insurance: for the envelope.
    pub insuplc_admdvs: String,
}

/// A purchase cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// The person has no insurance in force of the kind the basket asks for.
    NotInsured {
        /// The kind asked for; `None` when the basket leaves it open and there is not exactly one.
        insutype: Option<String>,
    },
    /// The total does not fit.
    TotalTooLarge,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInsured { insutype: Some(insutype) } => write!(f, "no insurance {insutype} in force"),
            Self::NotInsured { insutype: None } => {
                f.write_str("the basket names no insurance and the person has none, or several, in force")
            }
            Self::TotalTooLarge => f.write_str("the total does not fit"),
        }
    }
}

impl std::error::Error for BuildError {}

impl BuildError {
    /// The coded fault: what to do about it.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotInsured { .. } => &settle::NO_INSURANCE,
            Self::TotalTooLarge => &settle::BASKET_AMOUNTS,
        }
    }
}

impl Purchaser {
    /// Joins the credential of a [`super::PersonQueryRow`] with the answer to it. `insutype` is the basket's; `None` takes
    /// the only insurance in force.
    ///
    /// # Errors
    /// [`BuildError::NotInsured`].
    pub fn new(
        credential: &super::PersonQueryRow,
        info: &PersonInfo,
        insutype: Option<&str>,
    ) -> Result<Self, BuildError> {
        let fail = || BuildError::NotInsured { insutype: insutype.map(str::to_owned) };
        let mut fitting = info
            .insuinfo
            .iter()
            .filter(|row| row.in_force() && insutype.is_none_or(|insutype| row.insutype == insutype));
        let row = fitting.next().ok_or_else(fail)?;
        if insutype.is_none() && fitting.next().is_some() {
            return Err(fail());
        }
        Ok(Self {
            psn_no: info.baseinfo.psn_no.clone(),
            mdtrt_cert_type: credential.mdtrt_cert_type.clone(),
            mdtrt_cert_no: credential.mdtrt_cert_no.clone(),
            card_sn: credential.card_sn.clone(),
            psn_cert_type: info.baseinfo.psn_cert_type.clone(),
            certno: info.baseinfo.certno.clone(),
            psn_name: info.baseinfo.psn_name.clone(),
            psn_type: row.psn_type.clone(),
            insutype: row.insutype.clone(),
            insuplc_admdvs: row.insuplc_admdvs.clone(),
        })
    }
}

impl PharmacyInput {
    /// The purchase of a checked basket. Lines are numbered from 1; the same basket, buyer and time give the same input.
    ///
    /// # Errors
    /// [`BuildError::TotalTooLarge`].
    pub fn new(basket: &Basket, buyer: &Purchaser, time: BusinessTime) -> Result<Self, BuildError> {
        let medfee_sumamt = basket.total().ok_or(BuildError::TotalTooLarge)?;
        let drugdetail = basket
            .lines
            .iter()
            .zip(1u32..)
            .map(|(line, number)| {
                let feedetl_sn = number.to_string();
                DrugLine {
                    rxno: line.rxno.clone(),
                    rx_circ_flag: line.rx_circ_flag.clone(),
                    fee_ocur_time: time,
                    med_list_codg: line.med_list_codg.clone(),
                    medins_list_codg: line.medins_list_codg.clone(),
                    det_item_fee_sumamt: line.det_item_fee_sumamt,
                    cnt: line.cnt,
                    pric: line.pric,
                    sin_dos_dscr: line.sin_dos_dscr.clone(),
                    used_frqu_dscr: line.used_frqu_dscr.clone(),
                    prd_days: line.prd_days.clone(),
                    medc_way_dscr: line.medc_way_dscr.clone(),
                    bilg_dr_codg: line.bilg_dr_codg.clone(),
                    bilg_dr_name: line.bilg_dr_name.clone(),
                    tcmdrug_used_way: line.tcmdrug_used_way.clone(),
                    exp_content: line.exp_content.clone(),
                    durg_trac_info: line
                        .durg_trac_info
                        .iter()
                        .map(|trace| TraceRow {
                            feedetl_sn: feedetl_sn.clone(),
                            drug_trac_codg: trace.drug_trac_codg.clone(),
                            trdn_flag: trace.trdn_flag.clone(),
                        })
                        .collect(),
                    feedetl_sn,
                }
            })
            .collect();
        Ok(Self {
            druginfo: DrugInfo {
                psn_no: buyer.psn_no.clone(),
                mdtrt_cert_type: buyer.mdtrt_cert_type.clone(),
                mdtrt_cert_no: buyer.mdtrt_cert_no.clone(),
                card_sn: buyer.card_sn.clone(),
                psn_cert_type: buyer.psn_cert_type.clone(),
                certno: buyer.certno.clone(),
                psn_type: buyer.psn_type.clone(),
                psn_name: buyer.psn_name.clone(),
                begntime: time,
                medfee_sumamt,
                invono: basket.invono.clone(),
                insutype: buyer.insutype.clone(),
                dise_codg: basket.dise_codg.clone(),
                dise_name: basket.dise_name.clone(),
                acct_used_flag: basket.acct_used_flag.clone(),
                med_type: basket.med_type.clone(),
                exp_content: basket.exp_content.clone(),
            },
            drugdetail,
        })
    }

    /// The settlement (2102) of this purchase.
    pub fn settle(self) -> Settle {
        Settle(self)
    }

    /// The pre-settlement (2101) of this purchase: without invoice number and trace codes, which its table lacks.
    pub fn preview(mut self) -> Preview {
        self.druginfo.invono = None;
        for line in &mut self.drugdetail {
            line.durg_trac_info.clear();
        }
        Preview(self)
    }
}

/// Answer to 2102.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleOutput {
    /// The settlement.
    pub setlinfo: SettleInfo,
    /// One row per fund (and possibly per account).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setldetail: Vec<FundRow>,
    /// One row per line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detlcutinfo: Vec<CutRow>,
}

/// Answer to 2101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewOutput {
    /// What a settlement would give.
    pub setlinfo: PreviewInfo,
    /// One row per fund (and possibly per account).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setldetail: Vec<FundRow>,
    /// One row per line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detlcutinfo: Vec<CutRow>,
}

/// A settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleInfo {
    /// Settlement id: what a void and a query name.
    pub setl_id: String,
    /// The rest is as in the pre-settlement.
    #[serde(flatten)]
    pub info: PreviewInfo,
}

/// Person, circumstances and amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewInfo {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gend: Option<String>,
    /// Ethnicity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naty: Option<String>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brdy: Option<Personal>,
    /// Age; required in 2102.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
    /// Insurance; required in 2102.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insutype: Option<String>,
    /// Kind of person.
    pub psn_type: String,
    /// Civil servant.
    pub cvlserv_flag: String,
    /// When, by the centre's clock: books are compared by this time.
    pub setl_time: BusinessTime,
    /// Kind of credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mdtrt_cert_type: Option<String>,
    /// Kind of treatment.
    pub med_type: String,
    /// Who pays what.
    #[serde(flatten)]
    pub amounts: SettlementAmounts,
    /// `msgid` of the request: ties the answer to the question.
    pub medins_setl_id: String,
    /// Clearing office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clr_optins: Option<String>,
    /// Way of clearing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clr_way: Option<String>,
    /// Kind of clearing.
    pub clr_type: String,
    /// JSON text of a province's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp_content: Option<String>,
}

/// One fund's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundRow {
    /// Which fund; `310200` is the personal account and no fund.
    pub fund_pay_type: String,
    /// Amount inside the rules.
    #[serde(with = "wire::decimal")]
    pub inscp_scp_amt: Fen,
    /// What the fund could still pay before this settlement.
    #[serde(with = "wire::decimal")]
    pub crt_payb_lmt_amt: Fen,
    /// What it pays.
    #[serde(with = "wire::decimal")]
    pub fund_payamt: Fen,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_pay_type_name: Option<String>,
    /// How it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setl_proc_info: Option<String>,
}

/// How one line was taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutRow {
    /// Number of the line.
    pub feedetl_sn: String,
    /// Amount of the line.
    #[serde(with = "wire::decimal")]
    pub det_item_fee_sumamt: Fen,
    /// Quantity.
    #[serde(with = "wire::decimal")]
    pub cnt: Quantity,
    /// Unit price.
    #[serde(with = "wire::decimal")]
    pub pric: Price,
    /// Price limit.
    #[serde(with = "wire::decimal")]
    pub pric_uplmt_amt: Price,
    /// The person's first share, 0 to 1.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub selfpay_prop: Option<Quantity>,
    /// Wholly outside the rules.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub fulamt_ownpay_amt: Option<Fen>,
    /// Above the price limit.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub overlmt_amt: Option<Fen>,
    /// First share.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub preselfpay_amt: Option<Fen>,
    /// Inside the rules.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub inscp_scp_amt: Option<Fen>,
    /// Class: `01` A, `02` B, `03` C.
    pub chrgitm_lv: String,
    /// Category of the fee.
    pub med_chrgitm_type: String,
    /// Basic drug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bas_medn_flag: Option<String>,
    /// Negotiated drug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi_nego_drug_flag: Option<String>,
    /// Drug for children.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chld_medc_flag: Option<String>,
    /// Special item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_sp_item_flag: Option<String>,
    /// Reimbursed directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drt_reim_flag: Option<String>,
    /// Remark, also what went wrong with this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// The institution's own burden; 2101 only.
    #[serde(default, with = "wire::decimal_opt", skip_serializing_if = "Option::is_none")]
    pub hosp_part_amt: Option<Fen>,
}

impl Transaction for Preview {
    const INFNO: &'static str = "2101";
    type Output = PreviewOutput;
}

impl Transaction for Settle {
    const INFNO: &'static str = "2102";
    type Output = SettleOutput;
}
