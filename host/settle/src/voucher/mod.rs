//! From a scanned e-voucher code to a credential.
//!
//! A [`VoucherService`] decodes: the till itself by transaction 6101, or [`EcQueryClient`] over the e-voucher interface.
//! Codes are bearer secrets: they are never recorded and never logged. Nothing hangs on a decode, so nothing of it is
//! put into the journal; a lost answer is asked for again with the same bytes, which is no reuse.

mod ec_query;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use yika_platform::ec::{self, DecodeRow, DecodedRow};
use yika_platform::personal::Personal;
use yika_protocol::fault::{Fault, credential as faults, settle};
use yika_protocol::voucher::Code;

use crate::config::TillConfig;
use crate::credential::Credential;
use crate::error::JournalError;
use crate::outcome::Reason;

pub use ec_query::EcQueryClient;

/// How often the same bytes are sent when an answer is lost. A code lives for a minute only.
pub(crate) const SENDINGS: u32 = 3;

/// A code, and what it is to be used for.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The code as scanned.
    pub code: Code,
    /// The till's number of the purchase. The service gives the same answer again for the same number.
    pub order_no: String,
    /// `businessType`, e.g. [`ec::PHARMACY_PURCHASE`].
    pub business_type: &'static str,
    /// `officeId`: number of the department, or of the shop's counter.
    pub office_id: String,
    /// `officeName`.
    pub office_name: String,
}

impl Scan {
    /// A code for a purchase at a pharmacy's one counter.
    pub fn for_pharmacy(code: Code, order_no: &str) -> Self {
        Self {
            code,
            order_no: order_no.to_owned(),
            business_type: ec::PHARMACY_PURCHASE,
            office_id: "01".to_owned(),
            office_name: "药房".to_owned(),
        }
    }

    /// The row of the question.
    pub(crate) fn row(&self, config: &TillConfig) -> DecodeRow {
        DecodeRow {
            org_id: config.institution.code.clone(),
            business_type: self.business_type.to_owned(),
            business_info: self.order_no.clone(),
            operator_id: config.operator.opter.clone(),
            // The table holds 30 characters, the envelope 50.
            operator_name: config.operator.opter_name.chars().take(30).collect(),
            office_id: self.office_id.clone(),
            office_name: self.office_name.clone(),
            device_type: if config.operator.opter_type == "2" {
                "SelfService".to_owned()
            } else {
                String::new()
            },
            ec_qr_code: Personal::new(self.code.expose()),
        }
    }
}

/// Who showed the code.
#[derive(Debug, Clone)]
pub struct Voucher {
    row: DecodedRow,
}

impl Voucher {
    /// `None` with the name of the item that is missing.
    pub(crate) fn new(row: DecodedRow) -> Result<Self, VoucherError> {
        let row = row.tidied();
        match row.missing() {
            None => Ok(Self { row }),
            Some(field) => Err(VoucherError::Incomplete(field)),
        }
    }

    /// The credential for one purchase: `mdtrt_cert_type` 01 with the token, certificate number and name.
    pub fn credential(&self) -> Credential {
        let (token, certno, name) = (&self.row.ec_token, &self.row.id_no, &self.row.user_name);
        Credential::e_voucher(token.expose(), Some(certno.expose()), Some(name.expose()))
            .with_psn_cert_type(&self.row.id_type)
    }

    /// `userName`.
    pub fn psn_name(&self) -> &Personal {
        &self.row.user_name
    }

    /// `idNo`.
    pub fn certno(&self) -> &Personal {
        &self.row.id_no
    }

    /// `ecToken`: stands for the certificate number in every message of one purchase. Whoever holds it can pay with it.
    pub fn ec_token(&self) -> &Personal {
        &self.row.ec_token
    }

    /// `insuOrg`: the region where the person is insured.
    pub fn insuplc_admdvs(&self) -> &str {
        &self.row.insu_org
    }
}

/// A code was not decoded. Nothing was taken in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoucherError {
    /// The question cannot be sent; names the field.
    Input(String),
    /// Nothing left this machine.
    NotSent(Reason),
    /// The service refused: expired, used, unknown, …
    Refused(Reason),
    /// Cashier or person cancelled. Nothing failed.
    Cancelled,
    /// No usable answer.
    NoAnswer(Reason),
    /// The answer lacks this item.
    Incomplete(&'static str),
    /// The journal cannot give an id.
    Journal(JournalError),
}

impl VoucherError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Input(_) => &settle::SITE_FILE_INVALID,
            Self::NotSent(reason) | Self::Refused(reason) => reason.fault,
            Self::Cancelled => &faults::VOUCHER_CANCELLED,
            Self::NoAnswer(_) => &faults::VOUCHER_UNANSWERED,
            Self::Incomplete(_) => &faults::VOUCHER_INCOMPLETE,
            Self::Journal(e) => e.fault(),
        }
    }

    /// The service's words, the field, or what was missing.
    pub fn detail(&self) -> String {
        match self {
            Self::Input(text) => text.clone(),
            Self::NotSent(reason) | Self::Refused(reason) => reason.detail.clone(),
            // The reason has a code of its own, which says more than "no answer".
            Self::NoAnswer(reason) => {
                format!("{} {}", reason.fault.code(), reason.detail).trim_end().to_owned()
            }
            Self::Incomplete(field) => (*field).to_owned(),
            Self::Cancelled => String::new(),
            Self::Journal(e) => e.detail(),
        }
    }
}

impl From<JournalError> for VoucherError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl fmt::Display for VoucherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            detail if detail.is_empty() => self.fault().fmt(f),
            detail => write!(f, "{}: {detail}", self.fault()),
        }
    }
}

impl std::error::Error for VoucherError {}

/// The future a [`VoucherService`] gives back.
pub type Decoding<'a> = Pin<Box<dyn Future<Output = Result<Voucher, VoucherError>> + Send + 'a>>;

/// Turns a scanned code into a person and a token for one purchase.
pub trait VoucherService: Send + Sync {
    /// Decodes.
    fn decode<'a>(&'a self, scan: &'a Scan) -> Decoding<'a>;
}
