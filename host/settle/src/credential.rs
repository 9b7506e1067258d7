//! What the person showed.

use std::fmt;

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
