//! Who and where: certificate number, region, institution, date, gender, ethnicity, and the wrappers that keep
//! personal data and secrets out of every log.
//!
//! A type here shows itself masked in `Debug` and `Display` and erases its memory when dropped; the plain value
//! comes only from an `expose` call, which is easy to find in a review.

mod certno;
mod date;
mod ethnicity;
mod hex;
mod mask;
mod place;
mod secret;

pub use certno::{CertNo, CertNoError};
pub use date::{Date, DateError};
pub use ethnicity::Ethnicity;
pub use hex::Hex;
pub use mask::{Masked, mask_card_no, mask_certno, mask_hex, mask_name};
pub use place::{Institution, InstitutionError, Region, RegionError};
pub use secret::{Personal, Secret};

/// Gender codes of GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gender {
    /// `0`, unknown.
    Unknown,
    /// `1`.
    Male,
    /// `2`.
    Female,
    /// `9`, not stated.
    Unstated,
}

impl Gender {
    /// From the code digit `0`, `1`, `2` or `9`.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            b'0' => Some(Self::Unknown),
            b'1' => Some(Self::Male),
            b'2' => Some(Self::Female),
            b'9' => Some(Self::Unstated),
            _ => None,
        }
    }

    /// The code as text, e.g. `"2"`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "0",
            Self::Male => "1",
            Self::Female => "2",
            Self::Unstated => "9",
        }
    }
}
