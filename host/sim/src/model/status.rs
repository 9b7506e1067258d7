//! Status words (ISO 7816-4 and LD/T 32) this card answers with.

use std::fmt;

/// A status word, SW1 in the high byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sw(pub(crate) u16);

impl Sw {
    pub(crate) const OK: Self = Self(0x9000);
    pub(crate) const WRONG_LENGTH: Self = Self(0x6700);
    pub(crate) const NOT_ACCEPTED: Self = Self(0x6901);
    pub(crate) const WRONG_STRUCTURE: Self = Self(0x6981);
    pub(crate) const SECURITY_STATUS: Self = Self(0x6982);
    pub(crate) const BLOCKED: Self = Self(0x6983);
    pub(crate) const NO_CHALLENGE: Self = Self(0x6984);
    pub(crate) const CONDITIONS: Self = Self(0x6985);
    pub(crate) const NO_CURRENT_EF: Self = Self(0x6986);
    pub(crate) const WRONG_DATA: Self = Self(0x6A80);
    pub(crate) const NOT_SUPPORTED: Self = Self(0x6A81);
    pub(crate) const FILE_NOT_FOUND: Self = Self(0x6A82);
    pub(crate) const RECORD_NOT_FOUND: Self = Self(0x6A83);
    pub(crate) const LC_AGAINST_TLV: Self = Self(0x6A85);
    pub(crate) const WRONG_P1_P2: Self = Self(0x6A86);
    pub(crate) const KEY_NOT_FOUND: Self = Self(0x6A88);
    pub(crate) const WRONG_INS: Self = Self(0x6D00);
    pub(crate) const WRONG_CLA: Self = Self(0x6E00);

    /// 63Cx: the comparison failed, x tries are left (15 stands for 15 and more).
    pub(crate) fn tries_left(tries: u8) -> Self {
        Self(0x63C0 | u16::from(tries.min(15)))
    }

    /// 61xx: xx bytes wait for GET RESPONSE (00 stands for 256).
    pub(crate) fn more(length: usize) -> Self {
        Self(0x6100 | (length & 0xFF) as u16)
    }

    /// 6Cxx: wrong Le, xx is the right one (00 stands for 256).
    pub(crate) fn right_le(length: usize) -> Self {
        Self(0x6C00 | (length & 0xFF) as u16)
    }

    pub(crate) fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for Sw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}
