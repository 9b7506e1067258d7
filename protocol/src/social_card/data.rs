//! What a read hands over.

use core::{fmt, str};

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    apdu::{Atr, Interface},
    card_keys::Algorithm,
    identity::{CertNo, Date, Ethnicity, Gender, Hex, Personal, Region, mask_card_no},
};

/// The data of one card. What was not read, or is empty on the card, is `None`. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct CardData {
    /// Generation, from the specification version.
    pub generation: Generation,
    /// Algorithm of the card's keys, from the FCI of SSSE; `01` when the card names none.
    pub algorithm: Algorithm,
    /// Contact or contactless, from the answer to reset; contact when there was none.
    pub interface: Interface,
    /// Historical bytes of the answer to reset (卡复位信息).
    pub reset_info: Option<ResetInfo>,
    /// Card identification code (卡识别码, the platform's `card_sn`).
    pub identification_code: IdentificationCode,
    /// Card class (卡的类别), one ASCII character.
    pub card_class: Option<u8>,
    /// Specification version (规范版本).
    pub spec_version: SpecVersion,
    /// Initialising organisation (初始化机构编号), 12 bytes = 24 hex digits.
    pub organisation: Option<[u8; 12]>,
    /// Date of issue.
    pub issued: Option<Date>,
    /// Valid until.
    pub expires: Option<Date>,
    /// Card number (卡号), at most nine characters.
    pub card_no: CardNumber,
    /// Certificate number (社会保障号码).
    pub certno: Option<CertNo>,
    /// Name in GB 18030: tag 09 and tag 4E, each trimmed, joined. Decode it as a whole: a character of four bytes
    /// may stand across the joint.
    pub name: Option<Personal<50>>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Ethnicity.
    pub ethnicity: Option<Ethnicity>,
    /// Place of birth.
    pub birthplace: Option<Region>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Set when the holder's data could not be opened, with the reason.
    pub partial: Option<Partial>,
}

impl fmt::Debug for CardData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardData")
            .field("generation", &self.generation)
            .field("algorithm", &self.algorithm)
            .field("interface", &self.interface)
            .field("region", &self.identification_code.region())
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

/// Generation of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// LB 002-2000; version `1.xx`.
    One,
    /// Version `2.xx`, or an empty version field.
    Two,
    /// Version `3.xx`: EF06 opens only after external authentication.
    Three,
}

impl Generation {
    /// 1, 2 or 3.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

/// Why a generation 3 card gave only the data of EF05.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partial {
    /// No key service is configured.
    NoKeyService,
    /// The key service did not answer in time, or could not be reached.
    KeyServiceUnreachable,
    /// The key service refused.
    KeyServiceRefused,
    /// The answer to reset has fewer than eight historical bytes: no derivation factor.
    NoCardFactor,
}

impl Partial {
    /// A stable word for JSON and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoKeyService => "no_key_service",
            Self::KeyServiceUnreachable => "key_service_unreachable",
            Self::KeyServiceRefused => "key_service_refused",
            Self::NoCardFactor => "no_card_factor",
        }
    }
}

/// The 16 bytes of the card identification code. `Debug` shows the region only.
#[derive(Clone, PartialEq, Eq, Hash, Zeroize, ZeroizeOnDrop)]
pub struct IdentificationCode {
    bytes: [u8; 16],
    #[zeroize(skip)]
    region: Region,
}

impl IdentificationCode {
    /// Checks that the first six digits are a region.
    pub fn new(bytes: [u8; 16]) -> Option<Self> {
        let [a, b, c, ..] = bytes;
        let region = Region::from_bcd([a, b, c]).ok()?;
        (region.as_bytes() != b"000000").then_some(Self { bytes, region })
    }

    /// The 16 bytes.
    pub fn expose(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// 32 upper-case hex digits.
    pub fn hex(&self) -> Hex<'_> {
        Hex(&self.bytes)
    }

    /// The issuing region: the first six digits.
    pub fn region(&self) -> Region {
        self.region
    }
}

impl fmt::Debug for IdentificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentificationCode({}…)", self.region)
    }
}

/// The card number: nine characters, and what the card holds behind them.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber {
    raw: Personal<64>,
    // Invariant: so many leading bytes of `raw` are ASCII letters or digits.
    len: usize,
}

impl CardNumber {
    /// Characters that count; some cards hold more (LD/T 32 readers take the first nine).
    pub const LEN: usize = 9;

    /// Trims padding, cuts to nine, checks for letters and digits.
    pub fn new(value: &[u8]) -> Option<Self> {
        let text = super::fields::trim(value.get(..Self::LEN).unwrap_or(value));
        let clean = !text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric);
        let starts = value.starts_with(text);
        if clean && starts { Some(Self { raw: Personal::new(value)?, len: text.len() }) } else { None }
    }

    /// The plain number.
    pub fn expose(&self) -> &str {
        self.raw.expose().get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// All bytes that the card holds, for an audit.
    pub fn raw(&self) -> &[u8] {
        self.raw.expose()
    }
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&mask_card_no(self.expose()), f)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardNumber({self})")
    }
}

/// The four characters of the specification version.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpecVersion(pub [u8; 4]);

impl SpecVersion {
    /// `1` is generation 1; `2` or an empty field generation 2; `3` generation 3.
    pub fn generation(&self) -> Option<Generation> {
        match self.0 {
            [b'1', ..] => Some(Generation::One),
            [b'2' | 0x00, ..] => Some(Generation::Two),
            [b'3', ..] => Some(Generation::Three),
            _ => None,
        }
    }

    /// The text, e.g. `2.00`; `None` for an empty or unprintable field.
    pub fn as_str(&self) -> Option<&str> {
        let text = super::fields::trim(&self.0);
        let printable = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
        if printable { str::from_utf8(text).ok() } else { None }
    }
}

impl fmt::Debug for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpecVersion({})", self.as_str().unwrap_or(""))
    }
}

/// Historical bytes of the answer to reset: 13 on the usual card. Its end is the serial number of one card, so
/// `Debug` shows only the length.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ResetInfo(Vec<u8, 15>);

impl ResetInfo {
    /// From a checked answer to reset; `None` when it has no historical bytes.
    pub fn from_atr(atr: &Atr) -> Option<Self> {
        let bytes = Vec::from_slice(atr.historical()).ok()?;
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Upper-case hex digits, 26 on the usual card.
    pub fn hex(&self) -> Hex<'_> {
        Hex(&self.0)
    }
}

impl fmt::Debug for ResetInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResetInfo({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn a_card_number_is_cut_to_nine() {
        let long = CardNumber::new(b"X00000019001").unwrap();
        assert_eq!((long.expose(), long.raw()), ("X00000019", &b"X00000019001"[..]));
        assert_eq!(format!("{long:?}"), "CardNumber(******019)");
        assert_eq!(CardNumber::new(b"X000019\0\0").unwrap().expose(), "X000019");
        assert!(CardNumber::new(&[0xFF; 9]).is_none());
        assert!(CardNumber::new(&[0; 9]).is_none());
        assert!(CardNumber::new(b"").is_none());
        assert!(CardNumber::new(b"X0000 019").is_none());
        assert!(CardNumber::new(b"\0X0000019").is_none());
        assert!(CardNumber::new(&[b'1'; 65]).is_none());
    }

    #[test]
    fn the_version_gives_the_generation() {
        for (version, generation, text) in [
            (*b"1.00", Some(Generation::One), Some("1.00")),
            (*b"2.00", Some(Generation::Two), Some("2.00")),
            ([0; 4], Some(Generation::Two), None),
            (*b"3.00", Some(Generation::Three), Some("3.00")),
            (*b"4.00", None, Some("4.00")),
            ([0xFF; 4], None, None),
        ] {
            assert_eq!(
                (SpecVersion(version).generation(), SpecVersion(version).as_str()),
                (generation, text)
            );
        }
    }

    #[test]
    fn an_identification_code_begins_with_a_region() {
        let mut bytes = [0xFF; 16];
        assert!(IdentificationCode::new(bytes).is_none());
        assert!(IdentificationCode::new([0; 16]).is_none());
        bytes[..8].copy_from_slice(&[0x99, 0x01, 0x00, 0xD1, 0x56, 0x00, 0x00, 0x05]);
        let code = IdentificationCode::new(bytes).unwrap();
        assert_eq!(code.region().as_str(), "990100");
        assert_eq!(format!("{}", code.hex()), "990100D156000005FFFFFFFFFFFFFFFF");
        assert_eq!(format!("{code:?}"), "IdentificationCode(990100…)");
    }
}
