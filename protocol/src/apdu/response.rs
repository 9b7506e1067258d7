//! A response APDU and its status word.

use core::fmt;

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An owned response: up to 256 data bytes and the status word. Data is never shown and is erased on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Response {
    data: Vec<u8, 256>,
    #[zeroize(skip)]
    status: Status,
}

/// Why bytes are not a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// Fewer than two bytes: no status word.
    TooShort,
    /// More than 258 bytes.
    TooLong,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "an answer without status word",
            Self::TooLong => "an answer of more than 258 bytes",
        })
    }
}

impl core::error::Error for ResponseError {}

impl Response {
    /// Splits data and status word.
    pub fn parse(bytes: &[u8]) -> Result<Self, ResponseError> {
        let (data, status) = bytes.split_last_chunk::<2>().ok_or(ResponseError::TooShort)?;
        let data = Vec::from_slice(data).map_err(|_| ResponseError::TooLong)?;
        Ok(Self { data, status: Status(u16::from_be_bytes(*status)) })
    }

    /// The data before the status word. May be personal: do not log.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Puts data that came earlier in a 61xx chain in front.
    pub(crate) fn with_data(data: &[u8], status: Status) -> Result<Self, ResponseError> {
        let data = Vec::from_slice(data).map_err(|_| ResponseError::TooLong)?;
        Ok(Self { data, status })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes] {}", self.data.len(), self.status)
    }
}

/// A status word, SW1 SW2. Displays as four hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u16);

/// What a status word asks for or says, as far as the sessions here care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// `9000`.
    Ok,
    /// `61xx`: so many bytes wait for GET RESPONSE (0 stands for 256).
    MoreData(u8),
    /// `6Cxx`: the same command again with this Le (0 stands for 256).
    WrongLe(u8),
    /// `63Cx`: verification failed, so many tries left.
    TriesLeft(u8),
    /// `6283`: the selected file is invalidated.
    Invalidated,
    /// Another `62xx` or `63xx`.
    Warning,
    /// `6700`: wrong length.
    WrongLength,
    /// `6982`: security status not satisfied.
    SecurityStatus,
    /// `6983`, `9303`: method or application blocked.
    Blocked,
    /// `6A83`, `6A88`: no such record, no such reference.
    RecordNotFound,
    /// `6A82`: no such file.
    FileNotFound,
    /// `6981`, `6985`, `6986`, `6A80`, `6A81`, `6A86`, `6B00`, `6D00`, `6E00`: the command does not work here in
    /// this form.
    NotSupportedHere,
    /// Anything else.
    Other,
}

impl Status {
    /// `9000`.
    pub const OK: Status = Status(0x9000);

    /// Whether it is `9000`.
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// The classification.
    pub fn kind(self) -> StatusKind {
        let [_, low] = self.0.to_be_bytes();
        match self.0 {
            0x9000 => StatusKind::Ok,
            0x6100..=0x61FF => StatusKind::MoreData(low),
            0x6C00..=0x6CFF => StatusKind::WrongLe(low),
            0x63C0..=0x63CF => StatusKind::TriesLeft(low & 0x0F),
            0x6283 => StatusKind::Invalidated,
            0x6200..=0x63FF => StatusKind::Warning,
            0x6700 => StatusKind::WrongLength,
            0x6982 => StatusKind::SecurityStatus,
            0x6983 | 0x9303 => StatusKind::Blocked,
            0x6A83 | 0x6A88 => StatusKind::RecordNotFound,
            0x6A82 => StatusKind::FileNotFound,
            0x6981 | 0x6985 | 0x6986 | 0x6A80 | 0x6A81 | 0x6A86 | 0x6B00 | 0x6D00 | 0x6E00 => {
                StatusKind::NotSupportedHere
            }
            _ => StatusKind::Other,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{format, vec};

    #[test]
    fn data_and_status_are_split() {
        let response = Response::parse(&[1, 2, 0x90, 0x00]).unwrap();
        assert_eq!(response.data(), [1, 2]);
        assert!(response.status().is_ok());
        assert_eq!(format!("{response:?}"), "[2 bytes] 9000");
        assert_eq!(Response::parse(&[0x90]), Err(ResponseError::TooShort));
        assert_eq!(Response::parse(&vec![0; 258]).unwrap().data().len(), 256);
        assert_eq!(Response::parse(&vec![0; 259]), Err(ResponseError::TooLong));
    }

    #[test]
    fn status_words_are_classified() {
        for (word, kind) in [
            (0x9000, StatusKind::Ok),
            (0x611E, StatusKind::MoreData(0x1E)),
            (0x6C12, StatusKind::WrongLe(0x12)),
            (0x63C3, StatusKind::TriesLeft(3)),
            (0x6300, StatusKind::Warning),
            (0x6283, StatusKind::Invalidated),
            (0x6982, StatusKind::SecurityStatus),
            (0x6983, StatusKind::Blocked),
            (0x6A82, StatusKind::FileNotFound),
            (0x6A83, StatusKind::RecordNotFound),
            (0x6A88, StatusKind::RecordNotFound),
            (0x6B00, StatusKind::NotSupportedHere),
            (0x6F00, StatusKind::Other),
        ] {
            assert_eq!(Status(word).kind(), kind, "{word:04X}");
        }
    }
}
