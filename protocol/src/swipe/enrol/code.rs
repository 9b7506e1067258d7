//! The compared code, and the commitment that makes six digits enough.

use core::fmt;

use sm3::{Digest, Sm3};
use subtle::ConstantTimeEq;

use super::{EnrolError, EnrolRequest, TerminalCertificate};
use crate::swipe::domain;

/// The six digits that an operator compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompareCode(u32);

impl CompareCode {
    /// The code of this enrolment.
    ///
    /// # Errors
    /// [`EnrolError::Opening`] when the opening is not the one that the request committed to.
    pub fn of(
        request: &EnrolRequest,
        certificate: &TerminalCertificate,
        opening: &Opening,
    ) -> Result<Self, EnrolError> {
        if !bool::from(commitment(opening).ct_eq(&request.commitment)) {
            return Err(EnrolError::Opening);
        }
        let mut hash = Sm3::new_with_prefix(domain::CODE);
        hash.update(request.encoded());
        hash.update(certificate.encoded());
        hash.update(opening.0);
        let digest: [u8; 32] = hash.finalize().into();
        let number = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // 2^64 is so far above a million that the first codes are not noticeably likelier.
        Ok(Self((number % 1_000_000) as u32))
    }

    /// The six digits as ASCII, for a device that shows them without formatting.
    pub fn digits(&self) -> [u8; 6] {
        let mut digits = [b'0'; 6];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0'.wrapping_add((rest % 10) as u8);
            rest /= 10;
        }
        digits
    }

    /// From what somebody typed: six digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok().map(Self))?
    }
}

impl fmt::Display for CompareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}
/// What a request committed to. Sent when the certificate has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening(pub [u8; 16]);

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(***)")
    }
}
pub(super) fn commitment(opening: &Opening) -> [u8; 32] {
    let mut hash = Sm3::new_with_prefix(domain::COMMITMENT);
    hash.update(opening.0);
    hash.finalize().into()
}
