//! 6101, and the same rows in `ec.query`: from a scanned code to token and person.

use serde::{Deserialize, Serialize};
use yika_protocol::identity::Date;

use crate::personal::Personal;
use crate::transactions::Transaction;

/// 6101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decode {
    /// The one row.
    #[serde(rename = "InData")]
    pub in_data: DecodeRow,
}

/// What was scanned, where and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecodeRow {
    /// Code of the institution.
    pub org_id: String,
    /// What the code is used for, e.g. `02121` purchase at a pharmacy.
    pub business_type: String,
    /// Which purchase: the till's order number. The same code may be decoded again for the same purchase, and for no
    /// other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub business_info: String,
    /// Operator number, or terminal number of a self-service terminal.
    pub operator_id: String,
    /// Name of the operator.
    pub operator_name: String,
    /// Number of the department.
    pub office_id: String,
    /// Name of the department.
    pub office_name: String,
    /// `SelfService` on a kiosk.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device_type: String,
    /// The scanned code. Bearer secret.
    pub ec_qr_code: Personal,
}

/// Answer to 6101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeOutput {
    /// The one row.
    #[serde(rename = "OutData")]
    pub out_data: DecodedRow,
}

/// Who showed the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecodedRow {
    /// Name.
    pub user_name: Personal,
    /// Certificate number.
    pub id_no: Personal,
    /// Kind of certificate, `01` resident ID.
    pub id_type: String,
    /// Token of one purchase: the certificate number of `mdtrt_cert_type` 01. Its length is not fixed.
    pub ec_token: Personal,
    /// Region where insured.
    pub insu_org: String,
    /// Number of the authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_no: Option<String>,
    /// Reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ec_index_no: Option<String>,
    /// Gender code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// Date of birth; platforms write `1985.06.15` as well as `1985-06-15`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Personal>,
    /// Nationality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Address for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Personal>,
}

impl Transaction for Decode {
    const INFNO: &'static str = "6101";
    type Output = DecodeOutput;
}

impl DecodedRow {
    /// The text `null` as nothing, and a dotted date of birth as a date: what answers of the field need before use.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        fn nothing(text: &str) -> bool {
            text.is_empty() || text == "null"
        }
        for text in [&mut self.user_name, &mut self.id_no, &mut self.ec_token] {
            if nothing(text.expose()) {
                *text = Personal::default();
            }
        }
        for text in [&mut self.id_type, &mut self.insu_org] {
            if nothing(text) {
                text.clear();
            }
        }
        for text in [&mut self.auth_no, &mut self.ec_index_no, &mut self.gender, &mut self.nationality] {
            text.take_if(|text| nothing(text));
        }
        for text in [&mut self.birthday, &mut self.email] {
            text.take_if(|text| nothing(text.expose()));
        }
        if let Some(birthday) = &self.birthday {
            let date: Option<Date> = birthday.expose().replace('.', "-").parse().ok();
            self.birthday = date.map(|date| Personal::new(date.to_string()));
        }
        self
    }

    /// The first required item that is missing.
    pub fn missing(&self) -> Option<&'static str> {
        [
            ("ecToken", self.ec_token.is_empty()),
            ("idNo", self.id_no.is_empty()),
            ("idType", self.id_type.is_empty()),
            ("userName", self.user_name.is_empty()),
        ]
        .into_iter()
        .find_map(|(name, missing)| missing.then_some(name))
    }
}
