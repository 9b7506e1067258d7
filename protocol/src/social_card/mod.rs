//! The social security card (社会保障卡), generations 1 to 3, LD/T 32: its files, a session that reads it, one that
//! verifies its PIN, and one in which it answers for a purchase.
//!
//! All of them are sans-IO: give [`ReadSession::next`] the last answer of the card, it says what to send next, asks
//! for keys, or hands over the data.
//!
//! ```
//! use yika_protocol::apdu::Protocol;
//! use yika_protocol::social_card::{Input, ReadPlan, ReadSession, Step};
//!
//! let mut session = ReadSession::new(ReadPlan::Settlement, Protocol::T0, None);
//! let Ok(Step::Send(select)) = session.next(Input::Start) else { panic!("a session begins by sending") };
//! assert_eq!(select.as_bytes()[..5], [0x00, 0xA4, 0x04, 0x00, 0x0F]);
//! // … transmit, then session.next(Input::Response(&answer)) until Step::Done.
//! ```

mod access;
mod authentication;
mod data;
mod error;
pub(crate) mod exchange;
mod fields;
mod pin;
mod proof;
mod script;
mod select;
mod session;

pub use data::{CardData, CardNumber, Generation, IdentificationCode, Partial, ResetInfo, SpecVersion};
pub use error::{Field, FieldError, ReadError, RecordProblem, Stage};
pub use pin::{Pin, PinError, PinOutcome, PinSession, PinStep};
pub use proof::{ProofSession, ProofStep};
pub use session::{Input, ReadPlan, ReadSession, Step};

/// The DF name of SSSE, the card's social security environment: `sx1.sh.` and 社会保障 in GB 18030.
pub const SSSE: [u8; 15] = *b"sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";

/// The master file.
pub const MF: u16 = 0x3F00;

/// Key reference of the read key RKSSSE in EXTERNAL AUTHENTICATE; opens EF06 of generation 3.
pub const RK_SSSE: u8 = 0x0A;

/// Key reference of the update key UKSSSE in EXTERNAL AUTHENTICATE; opens EF05 and EF06 for writing.
pub const UK_SSSE: u8 = 0x04;

/// A file of SSSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// `EF05`, data of the card and its issuer: tags 01 to 07.
    Issuer,
    /// `EF06`, data of the holder: tags 08, 09, 4E, 0A to 0D.
    Holder,
}

impl File {
    /// The file identifier.
    pub fn fid(self) -> u16 {
        match self {
            Self::Issuer => 0xEF05,
            Self::Holder => 0xEF06,
        }
    }

    /// The short file identifier.
    pub fn sfi(self) -> u8 {
        match self {
            Self::Issuer => 5,
            Self::Holder => 6,
        }
    }
}

/// Tags of EF05 and EF06. No tag is used twice on one card.
pub mod tag {
    /// Card identification code, 16 bytes BCD.
    pub const IDENTIFICATION_CODE: u8 = 0x01;
    /// Card class, one character.
    pub const CARD_CLASS: u8 = 0x02;
    /// Specification version, four characters such as `3.00`.
    pub const SPEC_VERSION: u8 = 0x03;
    /// Initialising organisation, 12 bytes BCD.
    pub const ORGANISATION: u8 = 0x04;
    /// Date of issue, four bytes BCD.
    pub const ISSUED: u8 = 0x05;
    /// Valid until, four bytes BCD.
    pub const EXPIRES: u8 = 0x06;
    /// Card number, nine characters.
    pub const CARD_NUMBER: u8 = 0x07;
    /// Certificate number (社会保障号码), 18 characters.
    pub const CERTNO: u8 = 0x08;
    /// Name, 30 bytes GB 18030.
    pub const NAME: u8 = 0x09;
    /// Name, continued: 20 bytes.
    pub const NAME_EXTENSION: u8 = 0x4E;
    /// Gender, one character.
    pub const GENDER: u8 = 0x0A;
    /// Ethnicity, one byte BCD.
    pub const ETHNICITY: u8 = 0x0B;
    /// Place of birth, three bytes BCD.
    pub const BIRTHPLACE: u8 = 0x0C;
    /// Date of birth, four bytes BCD.
    pub const BIRTH_DATE: u8 = 0x0D;
}
