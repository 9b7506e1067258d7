//! From the text block of the chip to the document of the host.

use super::{
    document::{Birthday, CardType, Photo, ResidentDocument},
    error::DocumentError,
    text,
};
use crate::social_card::PersonalText;
use yika_protocol::{
    identity::{CertNo, CertNoError, Date, Ethnicity, Gender},
    resident_card::{DocumentKind, Field, Session, TextBlock},
};

/// What a validity without end says.
const LONG_TERM: &str = "长期";

/// The document of a finished session.
pub(super) fn document(session: &Session, reader: &str) -> Result<ResidentDocument, DocumentError> {
    let block = session.text().ok_or(DocumentError::Field("text"))?;
    let kind = block.kind().ok_or(DocumentError::Field("card_type"))?;
    let fields = Fields { block };
    let number = fields.personal("certno", Field::Number)?.ok_or(DocumentError::Number)?;
    let certno = checked_number(kind, number)?;
    let mut doubtful = Vec::new();

    let gend = fields.personal("gend", Field::Gender)?;
    let known_gender = |code: &PersonalText| matches!(code.expose().as_bytes(), [code] if Gender::from_code(*code).is_some());
    if gend.as_ref().is_some_and(|code| !known_gender(code)) {
        doubtful.push("gend");
    }
    let naty = fields.personal("naty", Field::Ethnicity)?;
    if naty.as_ref().is_some_and(|code| Ethnicity::parse(code.expose().as_bytes()).is_none()) {
        doubtful.push("naty");
    }
    let brdy = fields.date("brdy", Field::BirthDate)?;
    let in_number = CertNo::parse(certno.expose().as_bytes()).ok().and_then(|number| number.birth_date());
    if brdy.is_some() && in_number.is_some() && brdy != in_number {
        doubtful.push("brdy");
    }

    let until = fields.plain("valid_until", Field::ValidUntil)?;
    let valid_long_term = until.as_deref() == Some(LONG_TERM);
    let added_address = match session.added_address() {
        Some(bytes) => personal("added_address", TextBlock::units_of(bytes))?,
        None => None,
    };
    Ok(ResidentDocument {
        card_type: CardType::from(kind),
        certno,
        psn_name: fields.personal("psn_name", Field::Name)?,
        gend,
        naty,
        brdy: brdy.map(Birthday::new),
        address: fields.personal("address", Field::Address)?,
        added_address,
        issuer: fields.plain("issuer", Field::Issuer)?,
        valid_from: fields.date("valid_from", Field::ValidFrom)?,
        valid_until: if valid_long_term { None } else { fields.date("valid_until", Field::ValidUntil)? },
        valid_long_term,
        travel_permit: fields.personal("travel_permit", Field::TravelPermit)?,
        issue_count: fields.plain("issue_count", Field::IssueCount)?,
        country: fields.personal("country", Field::Country)?,
        english_name: fields.english_name()?,
        version: fields.plain("version", Field::Version)?,
        sam_id: session.module().map(|number| number.to_string()),
        photo: Photo::new(session.photo()),
        fingerprint: Photo::new(session.fingerprint()),
        reader: reader.to_owned(),
        doubtful,
    })
}

/// The number in the form its document must have.
fn checked_number(kind: DocumentKind, number: PersonalText) -> Result<PersonalText, DocumentError> {
    let text = number.expose().as_bytes();
    if kind == DocumentKind::Foreigner2017 {
        let well = text.len() == 15
            && text.iter().take(3).all(u8::is_ascii_uppercase)
            && text.iter().skip(3).all(u8::is_ascii_digit);
        return if well { Ok(number) } else { Err(DocumentError::Number) };
    }
    match CertNo::parse(text) {
        Ok(_) if text.len() != 18 => Err(DocumentError::Number),
        Ok(checked) => Ok(PersonalText::new(checked.expose())),
        Err(CertNoError::CheckDigit) => Err(DocumentError::CheckDigit),
        Err(_) => Err(DocumentError::Number),
    }
}

struct Fields<'a> {
    block: TextBlock<'a>,
}

impl Fields<'_> {
    fn personal(&self, name: &'static str, field: Field) -> Result<Option<PersonalText>, DocumentError> {
        match self.block.field(field) {
            Some(text) => personal(name, text.units()),
            None => Ok(None),
        }
    }

    fn plain(&self, name: &'static str, field: Field) -> Result<Option<String>, DocumentError> {
        Ok(self.personal(name, field)?.map(|text| text.expose().to_owned()))
    }

    /// Eight digits, or nothing at all.
    fn date(&self, name: &'static str, field: Field) -> Result<Option<Date>, DocumentError> {
        let Some(text) = self.personal(name, field)? else { return Ok(None) };
        Date::from_ascii(text.expose().as_bytes()).map(Some).map_err(|_| DocumentError::Field(name))
    }

    /// The Latin name. The card of 2023 goes on in a second field when the first is full.
    fn english_name(&self) -> Result<Option<PersonalText>, DocumentError> {
        const NAME: &str = "english_name";
        let Some(first) = self.block.field(Field::EnglishName) else { return Ok(None) };
        match self.block.field(Field::EnglishNameRest).filter(|rest| !rest.is_empty()) {
            // A space may stand where the fields meet, so the first is taken in its full width.
            Some(rest) => personal(NAME, first.all_units().chain(rest.units())),
            None => personal(NAME, first.units()),
        }
    }
}

fn personal(
    name: &'static str,
    units: impl Iterator<Item = u16>,
) -> Result<Option<PersonalText>, DocumentError> {
    let text = text::decode(units).ok_or(DocumentError::Field(name))?;
    Ok((!text.is_empty()).then(|| PersonalText::new(text.as_str())))
}
