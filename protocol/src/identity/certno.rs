//! The citizen identification number (社会保障号码, certificate number), GB 11643.

use core::{fmt, str};

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Date, Gender, mask_certno};
use crate::fault::{self, Fault};

/// 18 characters with check digit, or the 15 digits of old cards.
#[derive(Clone, PartialEq, Eq, Hash, Zeroize, ZeroizeOnDrop)]
pub struct CertNo {
    // Invariant: the first `len` bytes are ASCII digits or a final 'X'.
    bytes: [u8; 18],
    len: usize,
}

/// Why a text is not a certificate number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertNoError {
    /// Neither 15 nor 18 characters.
    Length,
    /// A character that is no digit (`X` may stand only at the end of 18).
    Character,
    /// The birth date inside is no date.
    BirthDate,
    /// ISO 7064 MOD 11-2 does not agree.
    CheckDigit,
}

impl fmt::Display for CertNoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a certificate number has 18 or 15 characters",
            Self::Character => "a certificate number has digits, and at most an X at the end",
            Self::BirthDate => "the birth date in the certificate number is not a date",
            Self::CheckDigit => "the check digit of the certificate number is wrong",
        })
    }
}

impl core::error::Error for CertNoError {}

impl CertNoError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::CheckDigit => &fault::card::CERTNO_CHECK_DIGIT,
            Self::Length | Self::Character | Self::BirthDate => &fault::card::CERTNO_INVALID,
        }
    }
}

impl CertNo {
    /// Checks and copies. A final `x` becomes `X`.
    pub fn parse(text: &[u8]) -> Result<Self, CertNoError> {
        let mut bytes = [0; 18];
        match text.len() {
            15 | 18 => (),
            _ => return Err(CertNoError::Length),
        }
        for (at, (to, from)) in bytes.iter_mut().zip(text).enumerate() {
            *to = match from {
                digit if digit.is_ascii_digit() => *digit,
                b'X' | b'x' if at == 17 => b'X',
                _ => return Err(CertNoError::Character),
            };
        }
        let certno = Self { bytes, len: text.len() };
        certno.birth_date_checked().ok_or(CertNoError::BirthDate)?;
        if certno.len == 18 && check_digit(&certno.bytes) != bytes.last().copied() {
            return Err(CertNoError::CheckDigit);
        }
        Ok(certno)
    }

    /// The plain number.
    pub fn expose(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The birth date inside.
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date_checked()
    }

    /// The gender inside: odd order number is male.
    pub fn gender(&self) -> Option<Gender> {
        let digit = if self.len == 18 { self.bytes.get(16) } else { self.bytes.get(14) }?;
        Some(if digit & 1 == 1 { Gender::Male } else { Gender::Female })
    }

    /// The 18-character form: a 15-digit number gets the century `19` and its check digit.
    pub fn to_18(&self) -> Self {
        if self.len == 18 {
            return self.clone();
        }
        let mut bytes = [0; 18];
        let head = self.bytes.iter().take(6);
        let rest = self.bytes.iter().take(15).skip(6);
        for (to, from) in bytes.iter_mut().zip(head.chain(b"19").chain(rest)) {
            *to = *from;
        }
        if let (Some(digit), Some(last)) = (check_digit(&bytes), bytes.last_mut()) {
            *last = digit;
        }
        Self { bytes, len: 18 }
    }

    fn birth_date_checked(&self) -> Option<Date> {
        if self.len == 18 {
            return Date::from_ascii(self.bytes.get(6..14)?).ok();
        }
        let mut full = *b"19000000";
        for (to, from) in full.iter_mut().skip(2).zip(self.bytes.get(6..12)?) {
            *to = *from;
        }
        Date::from_ascii(&full).ok()
    }
}

/// ISO 7064 MOD 11-2 over the first 17 digits.
fn check_digit(bytes: &[u8; 18]) -> Option<u8> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    b"10X98765432".get((sum % 11) as usize).copied()
}

impl fmt::Display for CertNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&mask_certno(self.expose()), f)
    }
}

impl fmt::Debug for CertNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertNo({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{format, string::ToString};

    // Check digits worked out with an independent script (ISO 7064 MOD 11-2).
    #[test]
    fn a_number_with_the_right_check_digit() {
        // 11010519491231002X is the printed example of GB 11643.
        let example = CertNo::parse(b"11010519491231002x").unwrap();
        assert_eq!(example.expose(), "11010519491231002X");
        assert_eq!(example.birth_date().unwrap().to_string(), "1949-12-31");
        assert_eq!(example.gender(), Some(Gender::Female));
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let good = b"11010519491231002X";
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bad = *good;
                bad[at] = digit;
                assert_eq!(CertNo::parse(&bad).is_ok(), digit == good[at], "digit {at}");
            }
        }
    }

    #[test]
    fn fifteen_digits_become_eighteen() {
        let old = CertNo::parse(b"110105491231002").unwrap();
        assert_eq!(old.birth_date().unwrap().to_string(), "1949-12-31");
        assert_eq!(old.to_18().expose(), "11010519491231002X");
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(CertNo::parse(b""), Err(CertNoError::Length));
        assert_eq!(CertNo::parse(b"1101051949123100"), Err(CertNoError::Length));
        assert_eq!(CertNo::parse(b"1101051949123100X2"), Err(CertNoError::Character));
        assert_eq!(CertNo::parse(b"110105491231 02"), Err(CertNoError::Character));
        assert_eq!(CertNo::parse(b"110105194913310029"), Err(CertNoError::BirthDate));
        assert_eq!(CertNo::parse(b"110105194912310021"), Err(CertNoError::CheckDigit));
    }

    #[test]
    fn shown_masked() {
        let certno = CertNo::parse(b"11010519491231002X").unwrap();
        assert_eq!(certno.to_string(), "110*************2X");
        assert_eq!(format!("{certno:?}"), "CertNo(110*************2X)");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: std::vec::Vec<u8>) {
            if let Ok(certno) = CertNo::parse(&bytes) {
                prop_assert!(CertNo::parse(certno.to_18().expose().as_bytes()).is_ok());
            }
        }
    }
}
