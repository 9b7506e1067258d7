//! Values of records: padding, digits, dates.

use core::fmt;

use super::{CardNumber, Field, FieldError, IdentificationCode, SpecVersion, data::Generation, tag};
use crate::identity::{CertNo, Date, Ethnicity, Gender, Personal, Region};

/// How long the value of a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Exactly(u8),
    AtLeast(u8),
}

/// The length of the value behind a tag.
pub(super) fn length(tag: u8) -> Length {
    match tag {
        // Some cards hold more than nine characters; the first nine count.
        tag::CARD_NUMBER => Length::AtLeast(9),
        tag::IDENTIFICATION_CODE => Length::Exactly(16),
        tag::SPEC_VERSION | tag::ISSUED | tag::EXPIRES | tag::BIRTH_DATE => Length::Exactly(4),
        tag::ORGANISATION => Length::Exactly(12),
        tag::CERTNO => Length::Exactly(18),
        tag::NAME => Length::Exactly(30),
        tag::NAME_EXTENSION => Length::Exactly(20),
        tag::BIRTHPLACE => Length::Exactly(3),
        _ => Length::Exactly(1),
    }
}

impl Length {
    /// Le for a record of this length: tag, length, value.
    pub(super) fn le(self) -> u8 {
        match self {
            Self::Exactly(len) | Self::AtLeast(len) => len + 2,
        }
    }

    pub(super) fn allows(self, len: usize) -> bool {
        match self {
            Self::Exactly(exactly) => len == usize::from(exactly),
            Self::AtLeast(least) => len >= usize::from(least) && len <= 64,
        }
    }
}

/// Fields as they come in; turned into `CardData` at the end.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) identification_code: Option<IdentificationCode>,
    pub(super) card_class: Option<u8>,
    pub(super) version: Option<(SpecVersion, Generation)>,
    pub(super) organisation: Option<[u8; 12]>,
    pub(super) issued: Option<Date>,
    pub(super) expires: Option<Date>,
    pub(super) card_no: Option<CardNumber>,
    pub(super) certno: Option<CertNo>,
    pub(super) name: Option<Personal<50>>,
    pub(super) gender: Option<Gender>,
    pub(super) ethnicity: Option<Ethnicity>,
    pub(super) birthplace: Option<Region>,
    pub(super) birth_date: Option<Date>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(***)")
    }
}

impl Draft {
    /// Takes the value behind a tag; its length was checked by [`length`].
    pub(super) fn take(&mut self, tag: u8, value: &[u8]) -> Result<(), FieldError> {
        match tag {
            tag::IDENTIFICATION_CODE => {
                let code = value.try_into().ok().and_then(IdentificationCode::new);
                self.identification_code = Some(code.ok_or(FieldError::IdentificationCode)?);
            }
            tag::CARD_CLASS => self.card_class = character(value, Field::CardClass)?,
            tag::SPEC_VERSION => {
                let version = SpecVersion(value.try_into().map_err(|_| FieldError::Version)?);
                self.version = Some((version, version.generation().ok_or(FieldError::Version)?));
            }
            tag::ORGANISATION => self.organisation = value.try_into().ok().filter(|_| !is_filler(value)),
            tag::ISSUED => self.issued = date(value, Field::Issued)?,
            tag::EXPIRES => self.expires = date(value, Field::Expires)?,
            tag::CARD_NUMBER => {
                self.card_no = Some(CardNumber::new(value).ok_or(FieldError::CardNumber)?);
            }
            tag::CERTNO => {
                self.certno = Some(CertNo::parse(trim(value)).map_err(FieldError::CertNo)?);
            }
            tag::NAME => {
                let name = trim(value);
                if name.is_empty() {
                    return Err(FieldError::Holder(Field::Name));
                }
                self.name = Personal::new(name);
            }
            tag::NAME_EXTENSION => {
                if let Some(name) = &self.name {
                    self.name = Personal::join(name.expose(), trim(value));
                }
            }
            tag::GENDER => {
                self.gender = match character(value, Field::Gender)? {
                    None => None,
                    Some(code) => Some(Gender::from_code(code).ok_or(FieldError::Holder(Field::Gender))?),
                }
            }
            tag::ETHNICITY => {
                self.ethnicity = match value {
                    _ if is_filler(value) => None,
                    [byte] => Some(Ethnicity::from_bcd(*byte).ok_or(FieldError::Holder(Field::Ethnicity))?),
                    _ => return Err(FieldError::Holder(Field::Ethnicity)),
                }
            }
            tag::BIRTHPLACE => {
                self.birthplace = match value.try_into() {
                    _ if is_filler(value) => None,
                    Ok(bcd) => {
                        Some(Region::from_bcd(bcd).map_err(|_| FieldError::Holder(Field::Birthplace))?)
                    }
                    Err(_) => return Err(FieldError::Holder(Field::Birthplace)),
                }
            }
            tag::BIRTH_DATE => self.birth_date = date(value, Field::BirthDate)?,
            _ => (),
        }
        Ok(())
    }
}

/// Without the padding at both ends: NUL, FF, space. None of the three can be part of a GB 18030 character of more
/// than one byte, so a name is never cut inside a character.
pub(super) fn trim(mut value: &[u8]) -> &[u8] {
    while let [0x00 | 0xFF | b' ', rest @ ..] | [rest @ .., 0x00 | 0xFF | b' '] = value {
        value = rest;
    }
    value
}

/// Nothing but padding: `F` or `0` digits, or spaces.
fn is_filler(value: &[u8]) -> bool {
    trim(value).is_empty()
}

fn date(value: &[u8], field: Field) -> Result<Option<Date>, FieldError> {
    if is_filler(value) {
        return Ok(None);
    }
    let bcd = value.try_into().map_err(|_| FieldError::Date(field))?;
    Date::from_bcd(bcd).map(Some).map_err(|_| FieldError::Date(field))
}

fn character(value: &[u8], field: Field) -> Result<Option<u8>, FieldError> {
    match trim(value) {
        [] => Ok(None),
        [code] if code.is_ascii_graphic() => Ok(Some(*code)),
        _ => Err(FieldError::Holder(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::CertNoError;
    use proptest::prelude::*;

    fn taken(tag: u8, value: &[u8]) -> Result<Draft, FieldError> {
        let mut draft = Draft::default();
        draft.take(tag, value).map(|()| draft)
    }

    #[test]
    fn dates_are_dates_or_empty() {
        assert_eq!(
            taken(tag::ISSUED, &[0x20, 0x19, 0x12, 0x31]).unwrap().issued,
            Date::new(2019, 12, 31).ok()
        );
        for filler in [[0xFF; 4], [0x00; 4], [0x20; 4]] {
            assert_eq!(taken(tag::EXPIRES, &filler).unwrap().expires, None);
        }
        for bad in [
            [0x20, 0x19, 0x02, 0x29],
            [0x20, 0x19, 0x1A, 0x01],
            [0x20, 0x19, 0x00, 0x00],
            [0x20, 0x19, 0xFF, 0xFF],
        ] {
            assert_eq!(taken(tag::BIRTH_DATE, &bad).unwrap_err(), FieldError::Date(Field::BirthDate));
        }
    }

    #[test]
    fn a_name_is_joined_from_its_trimmed_parts() {
        // 30 bytes that end inside a four-byte character; the extension begins with its other half.
        let mut first = [b'A'; 30];
        first[28..].copy_from_slice(&[0x81, 0x39]);
        let mut second = [0xFF; 20];
        second[..2].copy_from_slice(&[0xEF, 0x34]);
        let mut draft = taken(tag::NAME, &first).unwrap();
        draft.take(tag::NAME_EXTENSION, &second).unwrap();
        let name = draft.name.unwrap();
        assert_eq!(name.expose().len(), 32);
        assert_eq!(name.expose()[28..], [0x81, 0x39, 0xEF, 0x34]);
        let mut padded = [0; 30];
        padded[..4].copy_from_slice(&[0xD5, 0xC5, 0xC8, 0xFD]);
        let mut draft = taken(tag::NAME, &padded).unwrap();
        draft.take(tag::NAME_EXTENSION, &[0; 20]).unwrap();
        assert_eq!(draft.name.unwrap().expose(), [0xD5, 0xC5, 0xC8, 0xFD]);
        let mut right_aligned = [b' '; 30];
        right_aligned[26..].copy_from_slice(&[0xD5, 0xC5, 0xC8, 0xFD]);
        assert_eq!(
            taken(tag::NAME, &right_aligned).unwrap().name.unwrap().expose(),
            [0xD5, 0xC5, 0xC8, 0xFD]
        );
        assert_eq!(taken(tag::NAME, &[0; 30]).unwrap_err(), FieldError::Holder(Field::Name));
    }

    #[test]
    fn a_certificate_number_is_checked() {
        assert_eq!(
            taken(tag::CERTNO, b"11010519491231002X").unwrap().certno.unwrap().expose(),
            "11010519491231002X"
        );
        assert_eq!(
            taken(tag::CERTNO, b"110105491231002\0\0\0").unwrap().certno.unwrap().expose(),
            "110105491231002"
        );
        assert_eq!(
            taken(tag::CERTNO, b"110105194912310021").unwrap_err(),
            FieldError::CertNo(CertNoError::CheckDigit)
        );
        assert_eq!(taken(tag::CERTNO, &[0xFF; 18]).unwrap_err(), FieldError::CertNo(CertNoError::Length));
    }

    #[test]
    fn holder_codes_are_codes_or_empty() {
        assert_eq!(taken(tag::GENDER, b"2").unwrap().gender, Some(Gender::Female));
        assert_eq!(taken(tag::GENDER, &[0]).unwrap().gender, None);
        assert_eq!(taken(tag::GENDER, b"7").unwrap_err(), FieldError::Holder(Field::Gender));
        assert_eq!(taken(tag::ETHNICITY, &[0x56]).unwrap().ethnicity, Ethnicity::new(56));
        assert_eq!(taken(tag::ETHNICITY, &[0xFF]).unwrap().ethnicity, None);
        assert_eq!(taken(tag::ETHNICITY, &[0x57]).unwrap_err(), FieldError::Holder(Field::Ethnicity));
        assert_eq!(
            taken(tag::BIRTHPLACE, &[0x99, 0x01, 0x00]).unwrap().birthplace.unwrap().as_str(),
            "990100"
        );
        assert_eq!(taken(tag::BIRTHPLACE, &[0xFF; 3]).unwrap().birthplace, None);
        assert_eq!(taken(tag::BIRTHPLACE, &[0x9A, 0, 0]).unwrap_err(), FieldError::Holder(Field::Birthplace));
    }

    proptest! {
        #[test]
        fn any_value_is_taken_or_refused(tag: u8, value in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = taken(tag, &value);
        }
    }
}
