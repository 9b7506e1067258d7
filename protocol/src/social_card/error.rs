//! Why a card could not be read.

use core::fmt;

use super::File;
use crate::{
    apdu::{ResponseError, Status},
    fault::{Fault, card as fault},
    identity::CertNoError,
};

/// Why a read ended without data. Every variant has a coded [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// SSSE is not on this card.
    NotSocialCard(Status),
    /// SSSE is locked or invalidated.
    Locked(Status),
    /// The card's algorithm is SSF33 and it wants authentication, or its identifier is unknown.
    Algorithm(u8),
    /// A record is not what it must be.
    Record {
        /// In this file.
        file: File,
        /// The tag that was asked for.
        tag: u8,
        /// What is wrong.
        problem: RecordProblem,
    },
    /// A field holds what it cannot hold.
    Field(FieldError),
    /// The card does not let this file be read.
    Denied {
        /// The file.
        file: File,
        /// The tag that was asked for.
        tag: u8,
    },
    /// A status word that this stage does not know.
    Unexpected {
        /// What was going on.
        stage: Stage,
        /// The status word.
        status: Status,
    },
    /// `61xx` or `6Cxx` without end.
    Loop,
    /// The answer is no response APDU, or not as long as the command demands.
    Answer(ResponseError),
    /// The card's internal authentication is not what the key service computes.
    NotGenuine,
    /// The card refused the key service's cryptogram.
    KeysRefused(Status),
    /// Authentication is blocked on the card.
    AuthenticationBlocked(Status),
    /// The key service answered for other data.
    KeyAnswer,
    /// The session did not ask for this input.
    OutOfTurn,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordProblem {
    /// Another tag stands there.
    WrongTag(u8),
    /// The length byte is not the field's.
    WrongLength(u8),
    /// Fewer bytes than the length byte says.
    Cut,
    /// No such file or record.
    Missing(Status),
}

/// What the session was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// SELECT SSSE.
    Select,
    /// SELECT EF05 or EF06.
    SelectFile(File),
    /// READ RECORD of this tag.
    Read(u8),
    /// GET CHALLENGE.
    Challenge,
    /// INTERNAL AUTHENTICATE.
    InternalAuthentication,
    /// EXTERNAL AUTHENTICATE.
    ExternalAuthentication,
}

/// A field that holds what it cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// The identification code has no region in front.
    IdentificationCode,
    /// The version is not 1.xx, 2.xx or 3.xx.
    Version,
    /// Not a calendar date.
    Date(Field),
    /// Not letters and digits.
    CardNumber,
    /// Not a certificate number.
    CertNo(CertNoError),
    /// Another field of the holder.
    Holder(Field),
}

/// Names of fields, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Issued,
    Expires,
    BirthDate,
    Name,
    Gender,
    Ethnicity,
    Birthplace,
    CardClass,
}

impl ReadError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NotSocialCard(_) => &fault::NOT_A_SOCIAL_CARD,
            Self::Locked(_) => &fault::CARD_LOCKED,
            Self::Algorithm(_) => &fault::ALGORITHM_REFUSED,
            Self::Record { problem: RecordProblem::Missing(_), .. } => &fault::RECORD_MISSING,
            Self::Record { .. } => &fault::RECORD_MALFORMED,
            Self::Field(field) => field.fault(),
            Self::Denied { .. } => &fault::READ_DENIED,
            Self::Unexpected { .. } => &fault::UNEXPECTED_STATUS,
            Self::Loop => &fault::ANSWER_LOOP,
            Self::Answer(_) => &fault::ANSWER_MALFORMED,
            Self::NotGenuine => &fault::CARD_NOT_GENUINE,
            Self::KeysRefused(_) => &fault::CARD_REFUSED_KEYS,
            Self::AuthenticationBlocked(_) => &fault::CARD_AUTH_BLOCKED,
            Self::KeyAnswer => &fault::KEY_ANSWER_INVALID,
            Self::OutOfTurn => &fault::SESSION_OUT_OF_TURN,
        }
    }
}

impl FieldError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::IdentificationCode => &fault::IDENTIFICATION_CODE_INVALID,
            Self::Version => &fault::VERSION_UNKNOWN,
            Self::Date(_) => &fault::DATE_INVALID,
            Self::CardNumber => &fault::CARD_NUMBER_INVALID,
            Self::CertNo(error) => error.fault(),
            Self::Holder(_) => &fault::HOLDER_DATA_INVALID,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSocialCard(status) => write!(f, "no SSSE on this card ({status})"),
            Self::Locked(status) => write!(f, "SSSE is locked ({status})"),
            Self::Algorithm(id) => write!(f, "algorithm {id:02X} is not supported"),
            Self::Record { file, tag, problem } => {
                write!(f, "EF{:02X} tag {tag:02X}: ", file.sfi())?;
                match problem {
                    RecordProblem::WrongTag(found) => write!(f, "found tag {found:02X}"),
                    RecordProblem::WrongLength(len) => write!(f, "wrong length {len}"),
                    RecordProblem::Cut => f.write_str("record is cut"),
                    RecordProblem::Missing(status) => write!(f, "not there ({status})"),
                }
            }
            Self::Field(error) => error.fmt(f),
            Self::Denied { file, tag } => {
                write!(f, "EF{:02X} tag {tag:02X}: reading is not allowed (6982)", file.sfi())
            }
            Self::Unexpected { stage, status } => write!(f, "{stage}: unexpected status {status}"),
            Self::Loop => f.write_str("the card asks for the same command without end"),
            Self::Answer(error) => error.fmt(f),
            Self::NotGenuine => f.write_str("internal authentication failed: card not genuine"),
            Self::KeysRefused(status) => write!(f, "external authentication refused ({status})"),
            Self::AuthenticationBlocked(status) => write!(f, "authentication is blocked ({status})"),
            Self::KeyAnswer => f.write_str("the key service answered for other data"),
            Self::OutOfTurn => f.write_str("the session did not ask for this input"),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select => f.write_str("SELECT SSSE"),
            Self::SelectFile(file) => write!(f, "SELECT EF{:02X}", file.sfi()),
            Self::Read(tag) => write!(f, "READ RECORD {tag:02X}"),
            Self::Challenge => f.write_str("GET CHALLENGE"),
            Self::InternalAuthentication => f.write_str("INTERNAL AUTHENTICATE"),
            Self::ExternalAuthentication => f.write_str("EXTERNAL AUTHENTICATE"),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdentificationCode => f.write_str("identification code has no region"),
            Self::Version => f.write_str("unknown specification version"),
            Self::Date(field) => write!(f, "{field:?} is not a date"),
            Self::CardNumber => f.write_str("card number has other characters than letters and digits"),
            Self::CertNo(error) => error.fmt(f),
            Self::Holder(field) => write!(f, "{field:?} is not valid"),
        }
    }
}

impl core::error::Error for ReadError {}

impl core::error::Error for FieldError {}

impl From<FieldError> for ReadError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<ResponseError> for ReadError {
    fn from(error: ResponseError) -> Self {
        Self::Answer(error)
    }
}
