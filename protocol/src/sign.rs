//! Signatures: SM2 with SM3 (GB/T 32918.2, GB/T 32905), as 64 bytes `r ‖ s`.
//!
//! The traits are the seam: a key in memory today, a card, a token or a hardware module later.

use core::fmt;

use sm2::{
    NonZeroScalar, PublicKey, Scalar, SecretKey,
    dsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer as _, Verifier as _},
    },
    elliptic_curve::sec1::ToSec1Point,
};
use sm3::{Digest, Sm3};
use zeroize::Zeroize;

/// The distinguishing identifier in ZA that the field uses by default (GM/T 0009): 16 ASCII digits.
pub const DEFAULT_ID: &str = "1234567812345678";

/// Signs messages with one private key.
pub trait Signer {
    /// The signature `r ‖ s` over `message`.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// Checks signatures of one public key.
pub trait Verifier {
    /// `Ok` when `signature` is this key's signature over `message`.
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignError>;
}

/// Why signing or verifying failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignError {
    /// The bytes are no private key: zero, or not below n − 1.
    PrivateKey,
    /// The bytes are no point of the curve.
    PublicKey,
    /// The signature is not one of this key over this message.
    Mismatch,
    /// The signer could not sign.
    Unavailable,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "not an SM2 private key",
            Self::PublicKey => "not a point of the SM2 curve",
            Self::Mismatch => "signature does not match",
            Self::Unavailable => "the signer could not sign",
        })
    }
}

impl core::error::Error for SignError {}

/// The SM3 digest of `message`.
pub fn sm3(message: &[u8]) -> [u8; 32] {
    Sm3::digest(message).into()
}

/// An SM2 private key in memory. Nonces are deterministic (RFC 6979 construction over HMAC-SM3), so the same
/// message gives the same signature and no random source can spoil the key.
pub struct Sm2Signer {
    key: SigningKey,
}

impl Sm2Signer {
    /// From the 32 big-endian bytes of the private scalar, with the default identifier.
    pub fn from_bytes(private: &[u8; 32]) -> Result<Self, SignError> {
        Self::with_id(private, DEFAULT_ID)
    }

    /// From the private scalar with another identifier in ZA.
    pub fn with_id(private: &[u8; 32], id: &str) -> Result<Self, SignError> {
        let secret = SecretKey::from_slice(private).map_err(|_| SignError::PrivateKey)?;
        // d = n − 1 has no inverse of 1 + d: GB/T 32918.2 draws d from [1, n − 2].
        if bool::from((*secret.to_nonzero_scalar() + Scalar::ONE).is_zero()) {
            return Err(SignError::PrivateKey);
        }
        let key = SigningKey::new(id, &secret).map_err(|_| SignError::PrivateKey)?;
        Ok(Self { key })
    }

    /// The same key with another identifier in ZA, for interfaces that have their own.
    pub fn identified_as(&self, id: &str) -> Result<Self, SignError> {
        let mut scalar = *self.key.as_nonzero_scalar();
        let key = SigningKey::from_nonzero_scalar(id, scalar).map_err(|_| SignError::PrivateKey);
        scalar.zeroize();
        key.map(|key| Self { key })
    }

    /// The public key as `04 ‖ x ‖ y`.
    pub fn public_key(&self) -> [u8; 65] {
        uncompressed(&PublicKey::from(self.key.verifying_key()))
    }

    /// The verifier of this signer's own signatures.
    pub fn verifier(&self) -> Sm2Verifier {
        Sm2Verifier { key: self.key.verifying_key().clone() }
    }
}

impl Signer for Sm2Signer {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        let signature: Signature = self.key.try_sign(message).map_err(|_| SignError::Unavailable)?;
        Ok(signature.to_bytes().into())
    }
}

impl Drop for Sm2Signer {
    fn drop(&mut self) {
        // The library's key does not erase itself: put a key that everybody knows in its place, and keep the
        // compiler from seeing that nobody reads it.
        let mut one = NonZeroScalar::new(Scalar::ONE).into_option();
        if let Some(key) = one.and_then(|one| SigningKey::from_nonzero_scalar(DEFAULT_ID, one).ok()) {
            self.key = key;
        }
        core::hint::black_box(&self.key);
        one.zeroize();
    }
}

impl fmt::Debug for Sm2Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm2Signer(***)")
    }
}

/// An SM2 public key.
#[derive(Clone)]
pub struct Sm2Verifier {
    key: VerifyingKey,
}

impl Sm2Verifier {
    /// From a SEC 1 point, `04 ‖ x ‖ y` or compressed, with the default identifier.
    pub fn from_sec1(point: &[u8]) -> Result<Self, SignError> {
        Self::with_id(point, DEFAULT_ID)
    }

    /// From a SEC 1 point with another identifier in ZA.
    pub fn with_id(point: &[u8], id: &str) -> Result<Self, SignError> {
        VerifyingKey::from_sec1_bytes(id, point).map(|key| Self { key }).map_err(|_| SignError::PublicKey)
    }

    /// The public key as `04 ‖ x ‖ y`.
    pub fn public_key(&self) -> [u8; 65] {
        uncompressed(&PublicKey::from(&self.key))
    }
}

impl Verifier for Sm2Verifier {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignError> {
        let signature = Signature::from_slice(signature).map_err(|_| SignError::Mismatch)?;
        self.key.verify(message, &signature).map_err(|_| SignError::Mismatch)
    }
}

impl fmt::Debug for Sm2Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm2Verifier(04")?;
        self.public_key().iter().skip(1).take(4).try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str("…)")
    }
}

impl PartialEq for Sm2Verifier {
    fn eq(&self, other: &Self) -> bool {
        self.public_key() == other.public_key()
    }
}

impl Eq for Sm2Verifier {}

fn uncompressed(key: &PublicKey) -> [u8; 65] {
    let mut bytes = [0; 65];
    let point = key.to_sec1_point(false);
    for (to, from) in bytes.iter_mut().zip(point.as_bytes()) {
        *to = *from;
    }
    bytes
}
