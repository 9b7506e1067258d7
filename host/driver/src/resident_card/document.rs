//! The document as the program sees it.

use crate::social_card::PersonalText;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;
use yika_protocol::{identity::Date, resident_card::DocumentKind};

/// Which document lay on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardType {
    /// Resident identity card (居民身份证).
    Resident,
    /// Residence permit for residents of Hong Kong, Macau and Taiwan (港澳台居民居住证).
    Permit,
    /// Foreigner's permanent residence card of 2017 (外国人永久居留身份证).
    Foreigner2017,
    /// The same, of 2023.
    Foreigner2023,
}

impl CardType {
    /// The word in JSON (`card_type`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Permit => "permit",
            Self::Foreigner2017 => "foreigner_2017",
            Self::Foreigner2023 => "foreigner_2023",
        }
    }
}

impl From<DocumentKind> for CardType {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Resident => Self::Resident,
            DocumentKind::Permit => Self::Permit,
            DocumentKind::Foreigner2017 => Self::Foreigner2017,
            DocumentKind::Foreigner2023 => Self::Foreigner2023,
        }
    }
}

/// What was read. `None` where this document has no such field, or has it empty.
///
/// Serializes to one JSON object with the platform's field names, every field in it, `null` for `None`; photo and
/// fingerprint appear as their sizes only. `Debug` shows no personal value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResidentDocument {
    /// Which document.
    pub card_type: CardType,
    /// Number of the holder: 18 characters with a good check digit (GB 11643), but 15 characters on the foreigner's card
    /// of 2017 (three letters, twelve digits), whose check rule is not published.
    pub certno: PersonalText,
    /// Name; of a foreigner the Chinese name.
    pub psn_name: Option<PersonalText>,
    /// Gender, the code of GB/T 2261.1 as the card gives it.
    pub gend: Option<PersonalText>,
    /// Ethnicity, the code of GB/T 3304 as the card gives it.
    pub naty: Option<PersonalText>,
    /// Date of birth.
    pub brdy: Option<Birthday>,
    /// Address printed on the card.
    pub address: Option<PersonalText>,
    /// Address that was added to the chip later; only when it was asked for.
    pub added_address: Option<PersonalText>,
    /// Who issued it; on the card of 2017 the code of the authority that accepted the application.
    pub issuer: Option<String>,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// Last day of validity; `None` when it has no end.
    pub valid_until: Option<Date>,
    /// Valid for good (`长期`).
    pub valid_long_term: bool,
    /// Number of the travel permit.
    pub travel_permit: Option<PersonalText>,
    /// How often the permit was issued, or the card replaced.
    pub issue_count: Option<String>,
    /// Country or region, three letters of GB/T 2659.
    pub country: Option<PersonalText>,
    /// Name in Latin letters.
    pub english_name: Option<PersonalText>,
    /// Version of the document; on the card of 2023 its relation to earlier numbers.
    pub version: Option<String>,
    /// Number of the reader's security module.
    pub sam_id: Option<String>,
    /// The photo in its proprietary compressed form (WLT), which only the makers' library turns into a picture.
    pub photo: Photo,
    /// The fingerprint item, two of 512 bytes; only when it was asked for and the card has it.
    pub fingerprint: Photo,
    /// The port it was read on.
    pub reader: String,
    /// Fields kept as they came although their code or date is not what the standards know: `gend`, `naty`, `brdy`.
    pub doubtful: Vec<&'static str>,
}

/// Bytes of a picture of a person, wiped on drop; shows its size only.
#[derive(Clone, Default, PartialEq, Eq, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Photo(Vec<u8>);

impl Photo {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Photo(bytes.to_vec())
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// A date of birth; masks itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Birthday(Date);

impl Birthday {
    pub(super) fn new(date: Date) -> Self {
        Birthday(date)
    }

    /// The day.
    pub fn expose(self) -> Date {
        self.0
    }
}

impl fmt::Debug for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****-**-**")
    }
}

impl ResidentDocument {
    /// Whether the document is valid on `today`. What has no dates is.
    pub fn is_valid(&self, today: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= today)
            && self.valid_until.is_none_or(|until| today <= until)
    }

    /// The name that goes to the platform: the Chinese name, else the Latin one.
    pub fn name(&self) -> Option<&PersonalText> {
        self.psn_name.as_ref().or(self.english_name.as_ref())
    }

    /// One line without personal data.
    pub fn summary(&self) -> String {
        let photo = self.photo.expose().len();
        format!("{} document, photo of {photo} bytes, read on {}", self.card_type.as_str(), self.reader)
    }
}

impl fmt::Debug for ResidentDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResidentDocument")
            .field("card_type", &self.card_type)
            .field("photo", &self.photo)
            .field("reader", &self.reader)
            .field("doubtful", &self.doubtful)
            .finish_non_exhaustive()
    }
}

impl Serialize for ResidentDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = |date: Option<Date>| date.map(|date| date.to_string());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("credential", "resident_id_card")?;
        map.serialize_entry("card_type", self.card_type.as_str())?;
        map.serialize_entry("certno", &self.certno)?;
        map.serialize_entry("psn_name", &self.psn_name)?;
        map.serialize_entry("gend", &self.gend)?;
        map.serialize_entry("naty", &self.naty)?;
        map.serialize_entry("brdy", &date(self.brdy.map(Birthday::expose)))?;
        map.serialize_entry("address", &self.address)?;
        map.serialize_entry("added_address", &self.added_address)?;
        map.serialize_entry("issuer", &self.issuer)?;
        map.serialize_entry("valid_from", &date(self.valid_from))?;
        map.serialize_entry("valid_until", &date(self.valid_until))?;
        map.serialize_entry("valid_long_term", &self.valid_long_term)?;
        map.serialize_entry("travel_permit", &self.travel_permit)?;
        map.serialize_entry("issue_count", &self.issue_count)?;
        map.serialize_entry("country", &self.country)?;
        map.serialize_entry("english_name", &self.english_name)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("sam_id", &self.sam_id)?;
        map.serialize_entry("photo_bytes", &self.photo.expose().len())?;
        map.serialize_entry("fingerprint_bytes", &self.fingerprint.expose().len())?;
        map.serialize_entry("reader", &self.reader)?;
        map.serialize_entry("doubtful", &self.doubtful)?;
        map.end()
    }
}
