//! Regions and institutions.

use core::{fmt, str};

/// A six-digit region code (GB/T 2260, and the medical insurance's own `xxxx99` for a level itself).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 6]);

/// The text is not six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionError;

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a region is six digits")
    }
}

impl core::error::Error for RegionError {}

impl Region {
    /// From six ASCII digits.
    pub fn parse(text: &[u8]) -> Result<Self, RegionError> {
        let digits: [u8; 6] = text.try_into().map_err(|_| RegionError)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(RegionError) }
    }

    /// From three bytes of packed BCD.
    pub fn from_bcd(bytes: [u8; 3]) -> Result<Self, RegionError> {
        let mut digits = [0; 6];
        let nibbles = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        for (to, nibble) in digits.iter_mut().zip(nibbles) {
            if nibble > 9 {
                return Err(RegionError);
            }
            *to = b'0' + nibble;
        }
        Ok(Self(digits))
    }

    /// Six ASCII digits.
    pub fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }

    /// Six digits.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("")
    }
}

impl str::FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

/// The 12 characters of a designated institution (`fixmedins_code`): `H` hospital or `P` pharmacy, a six-digit
/// region, five digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Institution([u8; 12]);

/// Why a text is no institution code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstitutionError {
    /// Not 12 characters.
    Length,
    /// The first character is neither `H` nor `P`.
    Kind,
    /// One of the other 11 is no digit.
    Digits,
}

impl fmt::Display for InstitutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "an institution code has 12 characters",
            Self::Kind => "an institution code begins with H or P",
            Self::Digits => "an institution code has 11 digits behind its letter",
        })
    }
}

impl core::error::Error for InstitutionError {}

impl Institution {
    /// From 12 ASCII characters.
    pub fn parse(text: &[u8]) -> Result<Self, InstitutionError> {
        let bytes: [u8; 12] = text.try_into().map_err(|_| InstitutionError::Length)?;
        match bytes.split_first() {
            Some((b'H' | b'P', digits)) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(bytes)),
            Some((b'H' | b'P', _)) => Err(InstitutionError::Digits),
            _ => Err(InstitutionError::Kind),
        }
    }

    /// 12 characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("")
    }

    /// 12 ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }

    /// Whether it is a pharmacy (`P`).
    pub fn is_pharmacy(&self) -> bool {
        self.0.first() == Some(&b'P')
    }
}

impl str::FromStr for Institution {
    type Err = InstitutionError;

    fn from_str(text: &str) -> Result<Self, InstitutionError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Institution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Institution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Institution({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        assert_eq!(Region::from_bcd([0x99, 0x01, 0x00]).unwrap().as_str(), "990100");
        assert_eq!("990100".parse::<Region>().unwrap(), Region::parse(b"990100").unwrap());
        for bad in ["", "99010", "9901000", "99010A", "９９0"] {
            assert_eq!(bad.parse::<Region>(), Err(RegionError), "{bad}");
        }
        assert_eq!(Region::from_bcd([0x99, 0x0F, 0x00]), Err(RegionError));
    }

    #[test]
    fn institutions() {
        assert!("P99010000001".parse::<Institution>().unwrap().is_pharmacy());
        assert!(!"H99010000001".parse::<Institution>().unwrap().is_pharmacy());
        assert_eq!("P9901000001".parse::<Institution>(), Err(InstitutionError::Length));
        assert_eq!("P990100000012".parse::<Institution>(), Err(InstitutionError::Length));
        assert_eq!("X99010000001".parse::<Institution>(), Err(InstitutionError::Kind));
        assert_eq!("P9901000000A".parse::<Institution>(), Err(InstitutionError::Digits));
    }
}
