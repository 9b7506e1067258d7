//! Enrolment: how a terminal and a centre come to know each other.
//!
//! 1. The device makes its key pair and an *opening*, and sends [`EnrolRequest`]: public key, serial, model, a commitment to
//!    the opening, and a signature that proves the private key.
//! 2. The centre answers with a [`TerminalCertificate`], still pending.
//! 3. The device shows [`CompareCode`], and sends the opening. Whoever stands at the centre's side computes the same code
//!    from request, certificate and opening; an operator compares. Only then is the certificate in force.
//!
//! The code has six digits. The commitment makes them enough: somebody in the middle must fix every key of his before he
//! learns the opening, so he can only guess, once in a million, and a failed guess is seen. Without it he could try
//! certificates until the codes agree.

mod certificate;
mod code;
mod error;
mod pending;
mod request;

pub use certificate::{Limits, TerminalCertificate, Terms};
pub use code::{CompareCode, Opening};
pub use error::EnrolError;
pub use pending::PendingEnrolment;
pub use request::EnrolRequest;

use heapless::String;

use super::{
    CURRENT_VERSION, MIN_VERSION,
    curve::{PrivateKey, PublicPoint},
    domain, kdf,
    request::printable,
};
use crate::{
    cbor::{DecodeError, Reader},
    identity::Secret,
};

/// Most characters of a device's serial number or model.
pub const MAX_SERIAL: usize = 32;

/// A serial number or a model: 1 to 32 printable ASCII characters without spaces.
pub type Label = String<MAX_SERIAL>;
/// The enrolment secret: HKDF-SM3 over the x coordinate of the SM2 key agreement point, salted with the hash of the whole
/// certificate, so that both sides have it only when they hold the same certificate.
pub(in crate::swipe) fn enrolment_secret(
    own: &PrivateKey,
    peer: &PublicPoint,
    certificate: &TerminalCertificate,
) -> Option<Secret<32>> {
    let salt = crate::sign::sm3(&certificate.encoded());
    let key = kdf::extract(&salt, own.agree(peer).expose())?;
    kdf::expand(&key, domain::SECRET).map(|(secret, _)| secret)
}

pub(in crate::swipe) fn version(reader: &mut Reader<'_>) -> Result<u8, EnrolError> {
    let version = reader.number()?;
    if (MIN_VERSION..=CURRENT_VERSION).contains(&version) {
        Ok(version)
    } else {
        Err(EnrolError::Version(version))
    }
}
fn read_label(reader: &mut Reader<'_>) -> Result<Label, DecodeError> {
    let text = reader.text()?;
    match String::try_from(text) {
        Ok(label) if printable(text, MAX_SERIAL) => Ok(label),
        _ => Err(DecodeError::Range),
    }
}
