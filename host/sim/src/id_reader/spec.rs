//! Which card lies on the reader, and how the reader is.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use yika_protocol::fault::{self, Fault};

use super::layout::{self, TEXT};

/// The four documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdCardType {
    /// 居民身份证.
    #[default]
    Resident,
    /// 港澳台居民居住证.
    Permit,
    /// 外国人永久居留身份证, 2017.
    #[serde(rename = "foreigner_2017")]
    Foreigner2017,
    /// 外国人永久居留身份证, 2023.
    #[serde(rename = "foreigner_2023")]
    Foreigner2023,
}

/// A card and the reader under it. Everything may be left out of the TOML form; an invented person stands in its place, the
/// same one as on the virtual social security card. Put no real holder's data here.
///
/// No value is checked: a card that no authority would issue is what tests need. Dates are written as `YYYY-MM-DD` or
/// `YYYYMMDD`; other text (`长期`) goes to the chip as it is.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdCardSpec {
    /// Which document.
    pub card_type: IdCardType,
    /// Number of the holder.
    pub certno: String,
    /// Name; of a foreigner the Chinese name.
    pub psn_name: String,
    /// Name in Latin letters.
    pub english_name: String,
    /// Gender, one digit.
    pub gend: String,
    /// Ethnicity, two digits.
    pub naty: String,
    /// Birth date.
    pub brdy: String,
    /// Address.
    pub address: String,
    /// Address added later; empty: the card has no such item.
    pub added_address: String,
    /// Issuer.
    pub issuer: String,
    /// First day of validity.
    pub valid_from: String,
    /// Last day of validity, or `长期`.
    pub valid_until: String,
    /// Number of the travel permit.
    pub travel_permit: String,
    /// How often issued or replaced.
    pub issue_count: String,
    /// Country, three letters.
    pub country: String,
    /// Version.
    pub version: String,
    /// The whole text block as 512 hex digits instead of the fields.
    pub text_hex: String,
    /// Bytes of the photo, at most 1024.
    pub photo_bytes: u16,
    /// Bytes of the fingerprint item: 0 or 1024.
    pub fingerprint_bytes: u16,
    /// Number of the security module.
    pub sam_id: String,
    /// Line speed of the reader, in baud.
    pub speed: u32,
    /// How long the module thinks about most commands, in milliseconds.
    pub answer_ms: u16,
    /// How long it takes to read the card, in milliseconds.
    pub read_ms: u16,
    /// Lets the card be read again without lifting it, which some modules do.
    pub reread: bool,
    /// Status (two hex digits) that a command answers instead: `module`, `find`, `select`, `read`, `added_address`.
    pub answers: BTreeMap<String, String>,
}

impl Default for IdCardSpec {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            card_type: IdCardType::Resident,
            certno: text("990101198506150020"),
            psn_name: text("沈一禾"),
            english_name: String::new(),
            gend: text("2"),
            naty: text("01"),
            brdy: text("1985-06-15"),
            address: text("某省某市某区某路1号"),
            added_address: String::new(),
            issuer: text("某市公安局某分局"),
            valid_from: text("2020-03-01"),
            valid_until: text("2040-03-01"),
            travel_permit: String::new(),
            issue_count: String::new(),
            country: String::new(),
            version: String::new(),
            text_hex: String::new(),
            photo_bytes: 1024,
            fingerprint_bytes: 0,
            sam_id: text("05.01-20230415-0000012345-0987654321"),
            speed: 115_200,
            answer_ms: 15,
            read_ms: 350,
            reread: false,
            answers: BTreeMap::new(),
        }
    }
}

impl IdCardSpec {
    /// The built-in person's document of this type.
    #[must_use]
    pub fn of_type(card_type: IdCardType) -> Self {
        let text = str::to_owned;
        let base = Self { card_type, ..Self::default() };
        match card_type {
            IdCardType::Resident => base,
            IdCardType::Permit => Self { travel_permit: text("H00000001"), issue_count: text("01"), ..base },
            IdCardType::Foreigner2017 => Self {
                certno: text("ZZZ990185061501"),
                english_name: text("SHEN, YIHE"),
                country: text("ZZZ"),
                version: text("01"),
                issuer: text("9901"),
                ..base
            },
            IdCardType::Foreigner2023 => Self {
                certno: text("999000198506150027"),
                english_name: text("SHEN, YIHE"),
                country: text("ZZZ"),
                issue_count: text("00"),
                version: text("001"),
                ..base
            },
        }
    }

    /// Reads the TOML form.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub fn parse(text: &str) -> Result<Self, IdSpecError> {
        let wrong = |error: toml::de::Error| {
            let line =
                error.span().map(|span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
            // The parser's sentence may repeat a value; its first line and what it expected do not.
            let problem = match error.message().split_once(", expected ") {
                Some((_, expected)) if error.message().starts_with("invalid ") => {
                    format!("expected {expected}")
                }
                _ => error.message().to_owned(),
            };
            IdSpecError { line, problem }
        };
        let given: toml::Table = toml::from_str(text).map_err(wrong)?;
        let checked: Self = toml::from_str(text).map_err(wrong)?;
        // What is left out depends on the type, which only now is known.
        let whole = Self::of_type(checked.card_type).with_given(&given, checked);
        whole.check().map_err(|problem| IdSpecError { line: None, problem })?;
        Ok(whole)
    }

    /// This card with the values of `from` under the keys that were given.
    fn with_given(self, given: &toml::Table, from: Self) -> Self {
        macro_rules! take {
            ($($key:ident),*) => {
                Self { $($key: if given.contains_key(stringify!($key)) { from.$key } else { self.$key }),* }
            };
        }
        take!(
            card_type,
            certno,
            psn_name,
            english_name,
            gend,
            naty,
            brdy,
            address,
            added_address,
            issuer,
            valid_from,
            valid_until,
            travel_permit,
            issue_count,
            country,
            version,
            text_hex,
            photo_bytes,
            fingerprint_bytes,
            sam_id,
            speed,
            answer_ms,
            read_ms,
            reread,
            answers
        )
    }

    /// What cannot be built at all.
    fn check(&self) -> Result<(), String> {
        if !self.text_hex.is_empty() && hex(&self.text_hex).is_none_or(|bytes| bytes.len() != TEXT) {
            return Err("text_hex: 512 hex digits".to_owned());
        }
        if self.photo_bytes > 1024 || self.fingerprint_bytes > 1024 {
            return Err("photo_bytes, fingerprint_bytes: at most 1024".to_owned());
        }
        if ![115_200, 57_600, 38_400, 19_200, 9_600].contains(&self.speed) {
            return Err("speed: 115200, 57600, 38400, 19200 or 9600".to_owned());
        }
        self.sam_number().ok_or("sam_id: NN.NN-NNNNNNNN-NNNNNNNNNN-NNNNNNNNNN")?;
        for (command, status) in &self.answers {
            if !["module", "find", "select", "read", "added_address"].contains(&command.as_str()) {
                return Err(format!("answers.{command}: module, find, select, read or added_address"));
            }
            if hex(status).is_none_or(|bytes| bytes.len() != 1) {
                return Err(format!("answers.{command}: two hex digits, as in \"41\""));
            }
        }
        Ok(())
    }

    /// The text block.
    pub(super) fn text_block(&self) -> [u8; TEXT] {
        if let Some(raw) = hex(&self.text_hex).and_then(|bytes| bytes.try_into().ok()) {
            return raw;
        }
        let plain = |date: &str| match date.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => format!("{year}{month}{day}"),
            _ => date.to_owned(),
        };
        layout::text_block(&Self {
            brdy: plain(&self.brdy),
            valid_from: plain(&self.valid_from),
            valid_until: plain(&self.valid_until),
            ..self.clone()
        })
    }

    /// The 16 bytes of the module's number.
    pub(super) fn sam_number(&self) -> Option<[u8; 16]> {
        let (head, rest) = self.sam_id.split_once('-')?;
        let (class, maker) = head.split_once('.')?;
        let mut bytes = Vec::with_capacity(16);
        for small in [class, maker] {
            bytes.extend_from_slice(&small.parse::<u16>().ok()?.to_le_bytes());
        }
        let parts: Vec<&str> = rest.split('-').collect();
        for part in parts {
            bytes.extend_from_slice(&part.parse::<u32>().ok()?.to_le_bytes());
        }
        bytes.try_into().ok()
    }

    /// The status that this command is to answer, if the file says so.
    pub(super) fn forced(&self, command: &str) -> Option<u8> {
        hex(self.answers.get(command)?)?.first().copied()
    }
}

impl fmt::Debug for IdCardSpec {
    /// Shows what kind of card it is and nothing of its holder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdCardSpec").field("card_type", &self.card_type).finish_non_exhaustive()
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| if let [high, low] = pair { Some(high << 4 | low) } else { None }).collect()
}

/// Why a spec file makes no card. Shows no holder data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdSpecError {
    line: Option<usize>,
    problem: String,
}

impl IdSpecError {
    /// The line of the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The coded fault of the table.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        &fault::credential::VIRTUAL_ID_SPEC
    }
}

impl fmt::Display for IdSpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl std::error::Error for IdSpecError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_leaves_out_is_the_built_in_person_s_of_that_type() {
        let card = IdCardSpec::parse("card_type = \"foreigner_2023\"\nenglish_name = \"OTHER\"").unwrap();
        assert_eq!(
            card,
            IdCardSpec { english_name: "OTHER".to_owned(), ..IdCardSpec::of_type(card.card_type) }
        );
        assert_eq!(IdCardSpec::parse("").unwrap(), IdCardSpec::default());
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_without_the_value() {
        for (text, line) in [
            ("psn_name = \"a\"\ncertnr = \"1\"", Some(2)),
            ("\ncertno = 990101198506150020", Some(2)),
            ("card_type = \"passport\"", Some(1)),
            ("speed = 1200", None),
            ("sam_id = \"5\"", None),
            ("[answers]\nread = \"4\"", None),
            ("[answers]\nwrite = \"41\"", None),
            ("text_hex = \"00\"", None),
        ] {
            let error = IdCardSpec::parse(text).unwrap_err();
            assert_eq!(error.line(), line, "{text}: {error}");
            assert!(!error.to_string().contains("990101198506150020"), "{error}");
            assert_eq!(error.fault().number, 6150);
        }
    }

    #[test]
    fn the_module_s_number_has_little_endian_parts() {
        // Worked out by hand: 5, 1, 20230415 = 0134B10F, 12345 = 3039, 987654321 = 3ADE68B1.
        let number = IdCardSpec::default().sam_number().unwrap();
        assert_eq!(
            number,
            [0x05, 0, 0x01, 0, 0x0F, 0xB1, 0x34, 0x01, 0x39, 0x30, 0, 0, 0xB1, 0x68, 0xDE, 0x3A]
        );
    }
}
