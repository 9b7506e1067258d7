//! What a virtual card is: its generation, its holder, its keys, its quirks.

pub(crate) mod check;
mod error;
mod file;
pub(crate) mod person;
mod quirk;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

pub use error::SpecError;
pub(crate) use file::{line_of, problem};
pub use quirk::{Quirk, QuirkError, Quirks};
use yika_protocol::card_keys::CardKeyScheme;
use yika_protocol::identity::Region;

/// A card before it is made, every value in the form the chip stores it.
///
/// [`CardSpec::default`] is a generation 3 card of an invented person; [`CardSpec::load`] and
/// [`CardSpec::parse`] read the TOML form, where everything is optional. The fields are public so that a test can
/// make a card that no issuer would.
///
/// `Debug` shows what kind of card it is and nothing of its holder, PIN or keys. A spec describes an invented person, so
/// its values are plain otherwise: put no real holder's data here.
///
/// ```
/// use yika_sim::{Card, CardSpec, VirtualCard};
///
/// let spec = CardSpec::parse("generation = 2\nquirks = [\"t0\"]").unwrap();
/// let mut card = VirtualCard::new(spec);
/// card.power_on();
/// let select = b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";
/// assert_eq!(card.transmit(select).status(), Some(0x611E));
/// ```
#[derive(Clone, PartialEq)]
pub struct CardSpec {
    /// Which of the three standards the card follows.
    pub generation: Generation,
    /// The contacts or the antenna; decides the answer to reset.
    pub interface: Interface,
    /// 行政区划代码 of the issuer, 6 digits; the keys are diversified by it.
    pub region: Region,
    /// 卡识别码, tag 01.
    pub card_sn: [u8; 16],
    /// 卡的类别, tag 02, one ASCII character.
    pub card_class: u8,
    /// 规范版本, tag 03, such as `2.00`.
    pub spec_version: [u8; 4],
    /// 初始化机构编号, tag 04, BCD.
    pub organisation: [u8; 12],
    /// 发卡日期, tag 05, BCD; `FFFFFFFF` when not filled.
    pub issued: [u8; 4],
    /// 卡有效期, tag 06, BCD; `FFFFFFFF` when not filled.
    pub expires: [u8; 4],
    /// 卡号, tag 07, 9 characters.
    pub card_no: [u8; 9],
    /// 社会保障号码, tag 08, 18 characters, or 15 on very old cards.
    pub certno: String,
    /// 姓名, tag 09, GB18030, at most 30 bytes.
    pub psn_name: Vec<u8>,
    /// 姓名扩展, tag 4E, GB18030, at most 20 bytes. Generation 1 has no room for it.
    pub name_extension: Vec<u8>,
    /// 性别, tag 0A, one ASCII character.
    pub gend: u8,
    /// 民族, tag 0B, BCD.
    pub naty: u8,
    /// 出生地, tag 0C, BCD.
    pub birthplace: [u8; 3],
    /// 出生日期, tag 0D, BCD; `FFFFFFFF` when not filled.
    pub brdy: [u8; 4],
    /// 卡复位信息: the 13 historical bytes of the answer to reset.
    pub reset_info: [u8; 13],
    /// 算法标识: 1 3DES, 2 SSF33 (the card names it, and cannot do it), 3 SM4.
    pub algorithm: u8,
    /// The PIN, 4 to 16 decimal digits.
    pub pin: String,
    /// Wrong PINs in a row until the card blocks, 1 to 15.
    pub pin_tries: u8,
    /// Wrong external authentications in a row until the key blocks, 1 to 15.
    pub key_tries: u8,
    /// Where the card's keys come from.
    pub keys: KeySpec,
    /// Records that stand on the card as these very bytes instead of what the fields say, by tag; an empty value
    /// takes the record away.
    pub records: BTreeMap<u8, Vec<u8>>,
    /// Peculiarities.
    pub quirks: Quirks,
    /// Seed of the card's random numbers: the same seed gives the same challenges.
    pub seed: u64,
}

/// The three generations of the card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generation {
    /// LB002-2000: version `1.00`, no name extension, 3DES.
    One,
    /// 文件结构和数据项 V2.0: version `2.00`, 3DES.
    Two,
    /// LD/T 32-2015: version `3.00`, SM4; EF06 only after external authentication.
    Three,
}

impl Generation {
    /// From the number people use.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::One => "1.00",
            Self::Two => "2.00",
            Self::Three => "3.00",
        }
    }

    fn algorithm(self) -> u8 {
        match self {
            Self::One | Self::Two => 1,
            Self::Three => 3,
        }
    }
}

/// How the card is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interface {
    /// ISO 7816-3.
    Contact,
    /// ISO 14443-4.
    Contactless,
}

/// A double-length key.
pub type Key = [u8; 16];

/// Where the three keys of a card come from: each is given, or diversified from its master by region and card.
#[derive(Clone, PartialEq)]
pub struct KeySpec {
    /// Internal authentication key: proves that the card is genuine.
    pub irk: KeySource,
    /// Read key of EF06 on generation 3 (key id 0A).
    pub rksssse: KeySource,
    /// Update key of EF05 and EF06 (key id 04).
    pub uksssse: KeySource,
    /// How keys are diversified and authentication is computed where public sources leave it open.
    pub scheme: CardKeyScheme,
}

/// A card key, or the master it is diversified from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The master key of the issuers' hierarchy.
    Master(Key),
    /// The key in the card, whatever the masters are.
    Card(Key),
}

impl CardSpec {
    /// Reads a spec file.
    ///
    /// # Errors
    /// [`SpecError::Read`] when the file cannot be read, else as [`CardSpec::parse`].
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SpecError::Read { path: path.to_owned(), reason: source.to_string() })?;
        Self::parse(&text)
    }

    /// Reads the TOML form. An empty text is the default card.
    ///
    /// # Errors
    /// [`SpecError::Syntax`] for a text that is not TOML or has a key no card has, [`SpecError::Value`] for a
    /// value no card can hold; both name the line.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        file::parse(text)
    }

    /// The built-in person's card in this generation.
    #[must_use]
    pub fn generation(generation: Generation) -> Self {
        check::default_card(generation)
    }

    /// The same card with these quirks as well, written as in a spec file.
    ///
    /// # Errors
    /// [`QuirkError`] for the first word that is not a quirk.
    pub fn with_quirks<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Result<Self, QuirkError> {
        for word in words {
            self.quirks.push(word.parse()?);
        }
        Ok(self)
    }

    /// The same card over the other interface.
    #[must_use]
    pub fn with_interface(mut self, interface: Interface) -> Self {
        self.interface = interface;
        self
    }

    /// The same card for a holder of this name: encoded in GB18030, cut after 30 bytes wherever that falls, the
    /// rest in the name extension.
    ///
    /// # Errors
    /// The advice for the user, when the name has no room on the card.
    pub fn with_name(mut self, name: &str) -> Result<Self, String> {
        (self.psn_name, self.name_extension) = check::split_name(name, self.generation)?;
        Ok(self)
    }

    /// The same card with other random numbers.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl Default for CardSpec {
    fn default() -> Self {
        Self::generation(Generation::Three)
    }
}

impl fmt::Debug for CardSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardSpec")
            .field("generation", &self.generation)
            .field("interface", &self.interface)
            .field("region", &self.region.as_str())
            .field("algorithm", &self.algorithm)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}
