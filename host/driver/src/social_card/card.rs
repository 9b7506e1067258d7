//! The social security card as the program sees it.

use super::text::PersonalText;
use crate::Words;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;
use yika_protocol::identity::Date;

/// What was read from a card. `None` where the card, its generation or the plan did not give it.
///
/// Serializes to one JSON object with the platform's field names. `Debug` shows no personal value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocialSecurityCard {
    /// Social security number (社会保障号码), the certificate number.
    pub certno: Option<PersonalText>,
    /// Name with its extension, decoded.
    pub psn_name: Option<PersonalText>,
    /// Gender code of GB/T 2261.1: `1`, `2`, `9`, `0`.
    pub gend: Option<PersonalText>,
    /// Ethnicity code of GB/T 3304, two digits.
    pub naty: Option<PersonalText>,
    /// Date of birth, `YYYY-MM-DD`.
    pub brdy: Option<PersonalText>,
    /// Region of birth, six digits.
    pub birthplace: Option<PersonalText>,
    /// Card number (卡号), nine characters.
    pub card_no: Option<PersonalText>,
    /// Card identification code (卡识别码), 32 hex digits.
    pub card_sn: PersonalText,
    /// Card class (卡的类别), one character.
    pub card_class: Option<String>,
    /// Version of the card specification: `1.00`, `2.00`, `3.00`.
    pub spec_version: Option<String>,
    /// Initialising organisation, 24 hex digits.
    pub organisation: Option<String>,
    /// Date of issue.
    pub issued: Option<Date>,
    /// Valid until.
    pub expires: Option<Date>,
    /// Reset information (卡复位信息): the historical bytes, hex.
    pub reset_info: Option<PersonalText>,
    /// Algorithm identifier: `01`, `03`.
    pub algorithm: String,
    /// Issuing region: first six digits of the identification code.
    pub region: String,
    /// How the card was read.
    pub interface: CardInterface,
    /// Name of the reader.
    pub reader: String,
    /// Generation: 1, 2 or 3. Not in JSON, where `spec_version` says it.
    pub generation: u8,
    /// Why only a part could be read; `None` when all that was planned is here.
    pub partial: Option<PartialReason>,
}

/// Contact or contactless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardInterface {
    /// ISO/IEC 7816.
    Contact,
    /// ISO/IEC 14443.
    Contactless,
}

impl CardInterface {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            CardInterface::Contact => "contact",
            CardInterface::Contactless => "contactless",
        }
    }
}

/// Why a card of generation 3 gave only what needs no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartialReason {
    /// No key service was given.
    NoKeyService,
    /// The key service failed.
    KeyService(crate::keys::KeyServiceError),
    /// The reset information of this card gives no card factor, so nobody can compute its keys.
    NoCardFactor,
}

impl PartialReason {
    /// The word in JSON (`partial_reason`).
    pub fn as_str(&self) -> &'static str {
        use crate::keys::KeyServiceError as E;
        match self {
            PartialReason::NoKeyService => "no_key_service",
            PartialReason::KeyService(E::Unreachable { .. }) => "key_service_unreachable",
            PartialReason::KeyService(E::Refused { .. }) => "key_service_refused",
            PartialReason::KeyService(E::Slow) => "key_service_slow",
            PartialReason::KeyService(E::Psam(failure)) => failure.as_str(),
            PartialReason::NoCardFactor => "no_card_factor",
        }
    }
}

impl SocialSecurityCard {
    /// Whether the card's validity is over on `today`. A card without an expiry never is.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|expires| expires < today)
    }

    /// One line without personal data.
    pub fn summary(&self) -> Words {
        let version = self.spec_version.as_deref().unwrap_or("?");
        let interface = match self.interface {
            CardInterface::Contact => "接触",
            CardInterface::Contactless => "非接触",
        };
        let (part, partial) =
            if self.partial.is_some() { ("，部分信息", ", partial") } else { ("", "") };
        let region = &self.region;
        Words::new(
            format!("社会保障卡 {version}，{interface}，地区 {region}{part}"),
            format!("social security card {version}, {}, region {region}{partial}", self.interface.as_str()),
        )
    }
}

impl fmt::Debug for SocialSecurityCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocialSecurityCard")
            .field("spec_version", &self.spec_version)
            .field("region", &self.region)
            .field("algorithm", &self.algorithm)
            .field("interface", &self.interface)
            .field("reader", &self.reader)
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

impl Serialize for SocialSecurityCard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = |date: Option<Date>| date.map(|date| date.to_string());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("credential", "social_security_card")?;
        map.serialize_entry("certno", &self.certno)?;
        map.serialize_entry("psn_name", &self.psn_name)?;
        map.serialize_entry("gend", &self.gend)?;
        map.serialize_entry("naty", &self.naty)?;
        map.serialize_entry("brdy", &self.brdy)?;
        map.serialize_entry("birthplace", &self.birthplace)?;
        map.serialize_entry("card_no", &self.card_no)?;
        map.serialize_entry("card_sn", &self.card_sn)?;
        map.serialize_entry("card_class", &self.card_class)?;
        map.serialize_entry("spec_version", &self.spec_version)?;
        map.serialize_entry("organisation", &self.organisation)?;
        map.serialize_entry("issued", &date(self.issued))?;
        map.serialize_entry("expires", &date(self.expires))?;
        map.serialize_entry("reset_info", &self.reset_info)?;
        map.serialize_entry("algorithm", &self.algorithm)?;
        map.serialize_entry("region", &self.region)?;
        map.serialize_entry("interface", self.interface.as_str())?;
        map.serialize_entry("reader", &self.reader)?;
        map.serialize_entry("partial", &self.partial.is_some())?;
        if let Some(reason) = &self.partial {
            map.serialize_entry("partial_reason", reason.as_str())?;
        }
        map.end()
    }
}
