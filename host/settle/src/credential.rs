//! What the person showed.

use std::fmt;

use yika_platform::personal::Personal;
use yika_platform::transactions::PersonQueryRow;
use zeroize::Zeroizing;

/// Kind of credential: `mdtrt_cert_type` of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// Medical-insurance e-voucher, `01`.
    EVoucher,
    /// Resident ID card, `02`.
    ResidentId,
    /// Social security card, `03`.
    SocialCard,
}

impl CredentialKind {
    /// `mdtrt_cert_type`.
    pub fn code(self) -> &'static str {
        match self {
            Self::EVoucher => "01",
            Self::ResidentId => "02",
            Self::SocialCard => "03",
        }
    }
}

/// What the person showed at the till. `Debug` never shows whose it is.
#[derive(Clone)]
pub struct Credential {
    kind: CredentialKind,
    number: Zeroizing<String>,
    card_sn: Option<Zeroizing<String>>,
    certno: Option<Zeroizing<String>>,
    psn_name: Option<Zeroizing<String>>,
    psn_cert_type: String,
}

impl Credential {
    /// A social security card: card number (9 characters), identification code (`card_sn`, hex), and from the card the
    /// certificate number and name where they were readable.
    pub fn social_card(card_no: &str, card_sn: &str, certno: Option<&str>, psn_name: Option<&str>) -> Self {
        Self::build(CredentialKind::SocialCard, card_no, Some(card_sn), certno, psn_name)
    }

    /// A resident ID card.
    pub fn resident_id(certno: &str, psn_name: &str) -> Self {
        Self::build(CredentialKind::ResidentId, certno, None, Some(certno), Some(psn_name))
    }

    /// An e-voucher token, with certificate number and name where the decoding service gave them.
    pub fn e_voucher(token: &str, certno: Option<&str>, psn_name: Option<&str>) -> Self {
        Self::build(CredentialKind::EVoucher, token, None, certno, psn_name)
    }

    /// `psn_cert_type` other than `01` (resident ID number), e.g. `99` for another certificate.
    #[must_use]
    pub fn with_psn_cert_type(mut self, code: &str) -> Self {
        self.psn_cert_type = code.to_owned();
        self
    }

    /// Which credential it is.
    pub fn kind(&self) -> CredentialKind {
        self.kind
    }

    /// The row of a person query (1101); names the field that is missing. Certificate number and name are required by
    /// the table: a card that did not give them cannot be settled with.
    pub(crate) fn query_row(&self) -> Result<PersonQueryRow, &'static str> {
        let required = |value: &Option<Zeroizing<String>>, name| {
            value
                .as_ref()
                .filter(|text| !text.is_empty())
                .map(|text| Personal::new(text.as_str()))
                .ok_or(name)
        };
        if self.number.is_empty() {
            return Err("mdtrt_cert_no");
        }
        let card_sn = match self.kind {
            CredentialKind::SocialCard => Some(required(&self.card_sn, "card_sn")?),
            CredentialKind::EVoucher | CredentialKind::ResidentId => None,
        };
        Ok(PersonQueryRow {
            mdtrt_cert_type: self.kind.code().to_owned(),
            mdtrt_cert_no: Personal::new(self.number.as_str()),
            card_sn,
            begntime: None,
            psn_cert_type: self.psn_cert_type.clone(),
            certno: required(&self.certno, "certno")?,
            psn_name: required(&self.psn_name, "psn_name")?,
        })
    }

    /// What makes two credentials the same person: the certificate number, whatever was shown.
    pub(crate) fn person_key(&self) -> Zeroizing<Vec<u8>> {
        let certno = self.certno.as_ref().filter(|text| !text.is_empty()).unwrap_or(&self.number);
        Zeroizing::new(format!("{} {}", self.psn_cert_type, certno.as_str()).into_bytes())
    }

    fn build(
        kind: CredentialKind,
        number: &str,
        card_sn: Option<&str>,
        certno: Option<&str>,
        psn_name: Option<&str>,
    ) -> Self {
        let secret = |s: &str| Zeroizing::new(s.to_owned());
        Self {
            kind,
            number: secret(number),
            card_sn: card_sn.map(secret),
            certno: certno.map(secret),
            psn_name: psn_name.map(secret),
            psn_cert_type: "01".to_owned(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("kind", &self.kind).finish_non_exhaustive()
    }
}
