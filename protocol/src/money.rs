//! Money: whole fen, unit prices with six decimals, quantities with four.
//!
//! No float anywhere. The scales are those of the national platform's fields: amounts `16,2`, unit price `16,6`,
//! quantity `16,4`.

use core::{fmt, str::FromStr};

/// An amount in fen (1/100 yuan). Text form is yuan with two decimals, e.g. `12.34`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(pub i64);

/// A unit price in millionths of a yuan. Text form has six decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(pub i64);

/// A quantity in ten-thousandths. Text form has four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// No digits at all.
    Empty,
    /// Something that is neither digit, one point nor a leading minus.
    NotANumber,
    /// Digits other than zero behind the last decimal that the field has.
    TooPrecise,
    /// More than the type holds.
    TooLarge,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty amount",
            Self::NotANumber => "not a decimal number",
            Self::TooPrecise => "too many decimals",
            Self::TooLarge => "amount too large",
        })
    }
}

impl core::error::Error for AmountError {}

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// Sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }

    /// Difference, or `None` when it does not fit.
    pub fn checked_sub(self, other: Fen) -> Option<Fen> {
        self.0.checked_sub(other.0).map(Fen)
    }

    /// The same amount with the other sign, or `None` when it does not fit.
    pub fn checked_neg(self) -> Option<Fen> {
        self.0.checked_neg().map(Fen)
    }

    /// Sum of many, or `None` when it does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Fen>) -> Option<Fen> {
        amounts.into_iter().try_fold(Fen::ZERO, Fen::checked_add)
    }
}

impl Price {
    /// `self × quantity`, rounded half-up to the fen; a negative product is rounded by its size, so that a refund
    /// mirrors its sale. `None` when it does not fit.
    pub fn times(self, quantity: Quantity) -> Option<Fen> {
        // 10^-6 yuan × 10^-4 = 10^-10 yuan; a fen is 10^-2 yuan.
        const TO_FEN: i128 = 100_000_000;
        let product = i128::from(self.0).checked_mul(i128::from(quantity.0))?;
        let size = product.checked_abs()?.checked_add(TO_FEN / 2)? / TO_FEN;
        i64::try_from(if product < 0 { -size } else { size }).ok().map(Fen)
    }
}

macro_rules! decimal_text {
    ($type:ident, $decimals:literal) => {
        impl $type {
            /// Decimals of the text form.
            pub const DECIMALS: u32 = $decimals;
        }

        impl FromStr for $type {
            type Err = AmountError;

            /// Reads `-?digits[.digits]`. Missing decimals are zero; surplus decimals must be zero.
            fn from_str(text: &str) -> Result<Self, AmountError> {
                parse(text, $decimals).map($type)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let unit = 10u64.pow($decimals);
                let size = self.0.unsigned_abs();
                let sign = if self.0 < 0 { "-" } else { "" };
                write!(f, "{sign}{}.{:0width$}", size / unit, size % unit, width = $decimals as usize)
            }
        }
    };
}

decimal_text!(Fen, 2);
decimal_text!(Price, 6);
decimal_text!(Quantity, 4);

fn parse(text: &str, decimals: u32) -> Result<i64, AmountError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(AmountError::NotANumber),
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    if whole.is_empty() {
        return Err(if digits.is_empty() { AmountError::Empty } else { AmountError::NotANumber });
    }
    let mut value: i64 = 0;
    let mut places = 0;
    for (byte, behind_point) in whole.bytes().map(|b| (b, false)).chain(fraction.bytes().map(|b| (b, true))) {
        if !byte.is_ascii_digit() {
            return Err(AmountError::NotANumber);
        }
        if behind_point && places == decimals {
            if byte != b'0' {
                return Err(AmountError::TooPrecise);
            }
            continue;
        }
        places += u32::from(behind_point);
        value = push_digit(value, byte, negative)?;
    }
    for _ in places..decimals {
        value = push_digit(value, b'0', negative)?;
    }
    Ok(value)
}

fn push_digit(value: i64, digit: u8, negative: bool) -> Result<i64, AmountError> {
    let digit = i64::from(digit.wrapping_sub(b'0'));
    let shifted = value.checked_mul(10).ok_or(AmountError::TooLarge)?;
    let next = if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) };
    next.ok_or(AmountError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{string::ToString, vec::Vec};

    #[test]
    fn text_forms() {
        for (text, fen) in [
            ("12.34", 1234),
            ("12.3", 1230),
            ("12", 1200),
            ("0.01", 1),
            ("-0.01", -1),
            ("-12.34", -1234),
            ("12.3400", 1234),
        ] {
            assert_eq!(text.parse(), Ok(Fen(fen)), "{text}");
        }
        assert_eq!(Fen(-1).to_string(), "-0.01");
        assert_eq!(Fen(0).to_string(), "0.00");
        assert_eq!(Price(1_234_567).to_string(), "1.234567");
        assert_eq!(Quantity(-15_000).to_string(), "-1.5000");
        assert_eq!(Fen(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn what_is_not_an_amount() {
        use AmountError::*;
        for (text, error) in [
            ("", Empty),
            ("-", Empty),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("+5", NotANumber),
            ("1e3", NotANumber),
            (" 1", NotANumber),
            ("1,5", NotANumber),
            ("--1", NotANumber),
            ("1.2.3", NotANumber),
            ("１", NotANumber),
            ("1.005", TooPrecise),
            ("92233720368547758.08", TooLarge),
            ("999999999999999999999", TooLarge),
        ] {
            assert_eq!(text.parse::<Fen>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_product_is_rounded_half_up_to_the_fen() {
        let times = |price: &str, quantity: &str| {
            price.parse::<Price>().unwrap().times(quantity.parse().unwrap()).map(|fen| fen.to_string())
        };
        // By hand: 3.333333 × 3 = 9.999999; 0.005 × 1 = 0.005; 0.004999 × 1 = 0.004999.
        assert_eq!(times("3.333333", "3").as_deref(), Some("10.00"));
        assert_eq!(times("0.005", "1").as_deref(), Some("0.01"));
        assert_eq!(times("0.004999", "1").as_deref(), Some("0.00"));
        assert_eq!(times("0.005", "-1").as_deref(), Some("-0.01"));
        assert_eq!(times("1.115", "0.5").as_deref(), Some("0.56"));
        assert_eq!(Price(i64::MAX).times(Quantity(i64::MAX)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(n: i64) {
            prop_assert_eq!(Fen(n).to_string().parse(), Ok(Fen(n)));
            prop_assert_eq!(Price(n).to_string().parse(), Ok(Price(n)));
            prop_assert_eq!(Quantity(n).to_string().parse(), Ok(Quantity(n)));
        }

        #[test]
        fn any_text_is_read_or_refused(text: std::string::String) {
            let _ = text.parse::<Fen>();
            let _ = text.parse::<Price>();
        }

        #[test]
        fn sums_do_not_wrap(amounts: Vec<i64>) {
            let wide: i128 = amounts.iter().map(|n| i128::from(*n)).sum();
            match Fen::checked_sum(amounts.iter().copied().map(Fen)) {
                Some(Fen(sum)) => prop_assert_eq!(i128::from(sum), wide),
                // A running sum may leave the range even when the whole comes back into it.
                None => prop_assert!(amounts.len() > 1),
            }
        }
    }
}
