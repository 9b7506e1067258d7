//! `msgid`: institution code (12) + `yyyyMMddHHmmss` (14) + sequence (4), 30 characters in all.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::business_time::BusinessTime;

/// Message id of the sender. It is the only handle on a settlement whose answer was lost, so it is kept as text,
/// exactly as sent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MsgId(String);

/// How strictly message ids are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MsgIdForm {
    /// Institution (12) + time (14) + sequence (4 digits).
    #[default]
    Strict,
    /// Anything of 1 to 30 letters, digits, `-`, `_` and `.`; the field knows such ids.
    Lenient,
}

/// Why a text is not a message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MsgIdError {
    /// Not exactly 30 characters (strict) or not 1 to 30 (lenient).
    Length,
    /// A character that may not stand in an id.
    Character,
    /// The first twelve characters are no institution code: a letter and eleven digits.
    Institution,
    /// The middle is no time.
    Time,
    /// The sequence is not four digits, or above 9999.
    Sequence,
}

impl fmt::Display for MsgIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a message id has 30 characters",
            Self::Character => "a message id has letters, digits, '-', '_' and '.' only",
            Self::Institution => "a message id starts with the institution code: a letter and 11 digits",
            Self::Time => "characters 13 to 26 of a message id are a time yyyyMMddHHmmss",
            Self::Sequence => "a message id ends with 4 digits",
        })
    }
}

impl core::error::Error for MsgIdError {}

impl MsgId {
    /// Builds an id. `institution` is the 12-character code, `sequence` 0 to 9999.
    pub fn new(institution: &str, time: BusinessTime, sequence: u16) -> Result<Self, MsgIdError> {
        check_institution(institution)?;
        if sequence > 9999 {
            return Err(MsgIdError::Sequence);
        }
        Ok(Self(format!("{institution}{}{sequence:04}", time.compact())))
    }

    /// Reads an id in the given form.
    pub fn parse(text: &str, form: MsgIdForm) -> Result<Self, MsgIdError> {
        match form {
            MsgIdForm::Strict => {
                if text.len() != 30 {
                    return Err(MsgIdError::Length);
                }
                if !text.is_ascii() {
                    return Err(MsgIdError::Character);
                }
                let (institution, rest) = text.split_at(12);
                let (time, sequence) = rest.split_at(14);
                check_institution(institution)?;
                BusinessTime::parse_compact(time).map_err(|_| MsgIdError::Time)?;
                if !sequence.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(MsgIdError::Sequence);
                }
            }
            MsgIdForm::Lenient => {
                if text.is_empty() || text.len() > 30 {
                    return Err(MsgIdError::Length);
                }
                if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
                    return Err(MsgIdError::Character);
                }
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The institution code in front, when the id has the strict form.
    pub fn institution(&self) -> Option<&str> {
        self.strict_part(0, 12)
    }

    /// The time in the middle, when the id has the strict form.
    pub fn time(&self) -> Option<BusinessTime> {
        BusinessTime::parse_compact(self.strict_part(12, 26)?).ok()
    }

    /// The four digits at the end, when the id has the strict form.
    pub fn sequence(&self) -> Option<u16> {
        self.strict_part(26, 30)?.parse().ok()
    }

    fn strict_part(&self, from: usize, to: usize) -> Option<&str> {
        Self::parse(&self.0, MsgIdForm::Strict).ok()?;
        self.0.get(from..to)
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for MsgId {
    type Error = MsgIdError;

    /// Lenient: an id that was sent once must be readable again whatever the profile says today.
    fn try_from(text: String) -> Result<Self, MsgIdError> {
        Self::parse(&text, MsgIdForm::Lenient)
    }
}

impl From<MsgId> for String {
    fn from(id: MsgId) -> Self {
        id.0
    }
}

fn check_institution(code: &str) -> Result<(), MsgIdError> {
    let mut bytes = code.bytes();
    let letter = bytes.next().is_some_and(|b| b.is_ascii_uppercase());
    if code.len() == 12 && letter && bytes.all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(MsgIdError::Institution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> BusinessTime {
        "2026-11-22 09:08:07".parse().unwrap()
    }

    #[test]
    fn twelve_and_fourteen_and_four() {
        let id = MsgId::new("P99010100001", moment(), 7).unwrap();
        assert_eq!(id.as_str(), "P99010100001202611220908070007");
        assert_eq!(id.institution(), Some("P99010100001"));
        assert_eq!(id.time(), Some(moment()));
        assert_eq!(id.sequence(), Some(7));
        assert_eq!(MsgId::parse(id.as_str(), MsgIdForm::Strict), Ok(id));
    }

    #[test]
    fn strict_refuses_what_the_field_also_sends() {
        let field = "240510084440-H99130200746-4357";
        assert_eq!(field.len(), 30);
        assert_eq!(MsgId::parse(field, MsgIdForm::Strict), Err(MsgIdError::Institution));
        let lenient = MsgId::parse(field, MsgIdForm::Lenient).unwrap();
        assert_eq!(lenient.institution(), None);
        assert_eq!(MsgId::parse("P9901010000120261322090807000", MsgIdForm::Strict), Err(MsgIdError::Length));
        assert_eq!(MsgId::parse("P99010100001202613220908070007", MsgIdForm::Strict), Err(MsgIdError::Time));
        assert_eq!(
            MsgId::parse("P9901010000120261122090807000x", MsgIdForm::Strict),
            Err(MsgIdError::Sequence)
        );
        assert_eq!(
            MsgId::parse("P9901010000１2026112209080700", MsgIdForm::Strict),
            Err(MsgIdError::Character)
        );
        assert_eq!(MsgId::parse("a&b", MsgIdForm::Lenient), Err(MsgIdError::Character));
        assert_eq!(MsgId::new("P9901010000", moment(), 7), Err(MsgIdError::Institution));
        assert_eq!(MsgId::new("P99010100001", moment(), 10_000), Err(MsgIdError::Sequence));
    }
}
