//! Calendar dates as cards and platforms write them.

use core::{fmt, str::FromStr};

/// A day of the Gregorian calendar, years 1800 to 9999. Display is `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why bytes are not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    /// Not eight digits.
    Format,
    /// Eight digits that no calendar has.
    NotInCalendar,
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "a date is eight digits, YYYYMMDD",
            Self::NotInCalendar => "no such day in the calendar",
        })
    }
}

impl core::error::Error for DateError {}

impl Date {
    /// From numbers.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if !(1800..=9999).contains(&year) || day == 0 || day > days_in(year, month) {
            return Err(DateError::NotInCalendar);
        }
        Ok(Self { year, month, day })
    }

    /// From eight ASCII digits, `YYYYMMDD`.
    pub fn from_ascii(text: &[u8]) -> Result<Self, DateError> {
        if text.len() != 8 || !text.iter().all(u8::is_ascii_digit) {
            return Err(DateError::Format);
        }
        let number = text.iter().fold(0u32, |n, digit| n * 10 + u32::from(digit.wrapping_sub(b'0')));
        Self::from_number(number)
    }

    /// From four bytes of packed BCD, `YYYYMMDD`.
    pub fn from_bcd(bytes: [u8; 4]) -> Result<Self, DateError> {
        let mut number = 0;
        for nibble in bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0x0F]) {
            if nibble > 9 {
                return Err(DateError::Format);
            }
            number = number * 10 + u32::from(nibble);
        }
        Self::from_number(number)
    }

    /// Year, four digits.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Four bytes of packed BCD.
    pub fn to_bcd(self) -> [u8; 4] {
        let bcd = |n: u16| (((n / 10 % 10) << 4) | (n % 10)) as u8;
        [bcd(self.year / 100), bcd(self.year), bcd(u16::from(self.month)), bcd(u16::from(self.day))]
    }

    fn from_number(number: u32) -> Result<Self, DateError> {
        // At most 99999999, so every part fits.
        Self::new((number / 10_000) as u16, (number / 100 % 100) as u8, (number % 100) as u8)
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `YYYY-MM-DD` or `YYYYMMDD`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let mut digits = [0; 8];
        match text.as_bytes() {
            [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
                for (to, from) in digits.iter_mut().zip(y.iter().chain([m1, m2, d1, d2])) {
                    *to = *from;
                }
                Self::from_ascii(&digits)
            }
            plain => Self::from_ascii(plain),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn forms_of_one_day() {
        let day = Date::new(2024, 2, 29).unwrap();
        assert_eq!(Date::from_ascii(b"20240229"), Ok(day));
        assert_eq!(Date::from_bcd([0x20, 0x24, 0x02, 0x29]), Ok(day));
        assert_eq!("2024-02-29".parse(), Ok(day));
        assert_eq!("20240229".parse(), Ok(day));
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(day.to_bcd(), [0x20, 0x24, 0x02, 0x29]);
    }

    #[test]
    fn days_that_are_not() {
        for text in
            ["20230229", "19000229", "20241301", "20240001", "20240100", "20240431", "17991231", "00000000"]
        {
            assert_eq!(text.parse::<Date>(), Err(DateError::NotInCalendar), "{text}");
        }
        for text in ["", "2024022", "202402290", "2024-2-29", "20240２9", "2024022A"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Format), "{text}");
        }
        assert_eq!(Date::from_bcd([0x20, 0x24, 0x0A, 0x01]), Err(DateError::Format));
        assert_eq!(Date::from_bcd([0xFF; 4]), Err(DateError::Format));
        assert!(Date::new(2000, 2, 29).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bcd: [u8; 4], text: std::string::String) {
            if let Ok(day) = Date::from_bcd(bcd) {
                prop_assert_eq!(day.to_bcd(), bcd);
                prop_assert_eq!(day.to_string().parse(), Ok(day));
            }
            let _ = text.parse::<Date>();
        }
    }
}
