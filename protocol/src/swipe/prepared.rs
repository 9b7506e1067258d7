//! Prepared SM2 nonces: the one place where a signature equation is written out by hand.
//!
//! # Why
//!
//! Of an SM2 signature only the point `[k]G` is dear: millions of instructions on a small processor, while the holder waits.
//! It does not depend on the message, so a device computes it while it is idle. No library signs with a nonce that was
//! prepared, so the last two lines of the algorithm (GB/T 32918.2 §6.1, A5 and A6) stand here, over the library's scalar
//! arithmetic:
//!
//! ```text
//! r = (e + x1) mod n          s = (1 + d)^-1 · (k − r·d) mod n
//! ```
//!
//! # What must never happen, and why it does not
//!
//! One `k` under two messages gives away `d`: from `s + r·d + s·d = k` twice, two equations with the unknowns `k`, `d`.
//!
//! - *Within one start*: `k` is HMAC-SM3 over an index that only counts up, under the key of [`PreparedNonces`]. A
//!   [`PreparedNonce`] cannot be copied, and signing takes it by value: the compiler refuses a second use.
//! - *Across starts*: the key is HMAC-SM3 over a boot counter that was made durable before ([`CommittedBoot`] comes only
//!   from [`BootCounter::commit_next`]) and over 32 bytes from an entropy source that passed its health tests ([`Seed`] comes
//!   only from [`HealthyEntropy::fill`]). Either alone keeps two starts apart: a store that was rolled back needs equal
//!   entropy too, a source that repeats itself needs an equal boot counter too.
//! - *Across devices*: it is under a secret drawn from the device's private key, so nobody who knows counter and entropy
//!   knows `k`.
//! - *Leftovers*: nonces live in RAM only and are erased when used and when dropped. There is no way to store one.
//! - *No pool*: without a prepared nonce the library's deterministic nonce is used, which needs neither entropy nor
//!   counter. Reversals and status queries always use it, since their bytes must be the same after a restart.
//!
//! A `k` of either kind is uniform in `[1, n − 1]`: 32 bytes, drawn again when out of range, so no bias leaks key bits.

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac};
use sm2::{
    ProjectivePoint, Scalar,
    elliptic_curve::{Group as _, PrimeField, ops::Reduce, point::AffineCoordinates},
};
use sm3::{Digest, Sm3};
use zeroize::{Zeroize, Zeroizing};

use super::domain;
use crate::{
    identity::Secret,
    sign::{SignError, Signer as _, Sm2Signer},
};

/// Counts the starts of a device.
pub trait BootCounter {
    /// Why the counter could not be made durable.
    type Error;

    /// Adds one, makes the new number durable, then returns it. A number that was returned once is never returned
    /// again, whatever happens to the power in between.
    ///
    /// # Errors
    /// When it cannot promise that.
    fn commit_next(&mut self) -> Result<u32, Self::Error>;
}

/// An entropy source behind its health tests.
pub trait HealthyEntropy {
    /// Why there are no bytes.
    type Error;

    /// Fills `bytes` with full entropy.
    ///
    /// # Errors
    /// When a health test has failed, or not enough samples have come.
    fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Self::Error>;
}

/// Proof that this start's number is durable. Cannot be copied: one start, one pool of nonces.
#[derive(Debug)]
pub struct CommittedBoot(u32);

impl CommittedBoot {
    /// Makes the next number durable.
    ///
    /// # Errors
    /// As the counter's.
    pub fn commit<C: BootCounter>(counter: &mut C) -> Result<Self, C::Error> {
        counter.commit_next().map(Self)
    }

    /// Which start this is.
    pub fn number(&self) -> u32 {
        self.0
    }
}

/// 32 bytes out of a source that passed its health tests. Cannot be copied.
#[derive(Debug)]
pub struct Seed(Secret<32>);

impl Seed {
    /// Draws from the source.
    ///
    /// # Errors
    /// As the source's.
    pub fn draw<S: HealthyEntropy>(source: &mut S) -> Result<Self, S::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        source.fill(&mut bytes)?;
        Ok(Self(Secret::new(*bytes)))
    }

    /// HMAC-SM3 of the parts under the seed: a secret for one purpose.
    pub(super) fn derive(&self, parts: &[&[u8]]) -> Option<Secret<32>> {
        hmac(self.0.expose(), parts)
    }
}

/// One `k` with the x coordinate of `[k]G`, for one signature.
pub struct PreparedNonce {
    k: Scalar,
    x: Scalar,
}

impl fmt::Debug for PreparedNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedNonce(***)")
    }
}

impl Drop for PreparedNonce {
    fn drop(&mut self) {
        self.k.zeroize();
        self.x.zeroize();
    }
}

/// At most `N` nonces made while the device is idle. In RAM only.
#[derive(Debug)]
pub struct PreparedNonces<const N: usize> {
    source: NonceSource,
    ready: heapless::Vec<PreparedNonce, N>,
}

impl<const N: usize> PreparedNonces<N> {
    /// A pool for one start of one device; see [`Identity::prepared_nonces`](super::Identity::prepared_nonces).
    pub(super) fn new(key: &DeviceKey, boot: CommittedBoot, seed: Seed) -> Option<Self> {
        Some(Self { source: NonceSource::new(key, &boot, &seed)?, ready: heapless::Vec::new() })
    }

    /// Makes one more, which takes one point multiplication. `false` when the pool is full.
    pub fn prepare(&mut self) -> bool {
        if self.ready.is_full() {
            return false;
        }
        match self.source.next() {
            Some(nonce) => self.ready.push(nonce).is_ok(),
            None => false,
        }
    }

    /// Takes one out.
    pub fn take(&mut self) -> Option<PreparedNonce> {
        self.ready.pop()
    }

    /// How many are ready.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether none is ready.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }
}

/// The generator: `k` = HMAC-SM3 under a key of this start over an index that only counts up.
struct NonceSource {
    key: Secret<32>,
    index: u64,
}

impl NonceSource {
    fn new(key: &DeviceKey, boot: &CommittedBoot, seed: &Seed) -> Option<Self> {
        let secret = hmac(&key.private_bytes(), &[domain::NONCE])?;
        let key = hmac(secret.expose(), &[domain::NONCE, &boot.0.to_be_bytes(), seed.0.expose()])?;
        Some(Self { key, index: 0 })
    }

    fn next(&mut self) -> Option<PreparedNonce> {
        let k = self.next_k()?;
        let x = Scalar::reduce(&ProjectivePoint::mul_by_generator(&k).to_affine().x());
        Some(PreparedNonce { k, x })
    }

    /// The index is spent before it is used, also when its number is out of range.
    fn next_k(&mut self) -> Option<Scalar> {
        // n is so close to 2^256 that a second draw is needed once in 2^32 times, a fifth never.
        for _ in 0..5 {
            self.index = self.index.checked_add(1)?;
            let bytes = hmac(self.key.expose(), &[&self.index.to_be_bytes()])?;
            let k = Scalar::from_repr((*bytes.expose()).into()).into_option();
            if let Some(k) = k.filter(|k| !bool::from(k.is_zero())) {
                return Some(k);
            }
        }
        None
    }
}

impl fmt::Debug for NonceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceSource(***)")
    }
}

/// The private key of a device, with what signing needs of it computed once.
pub(super) struct DeviceKey {
    signer: Sm2Signer,
    public: [u8; 65],
    d: Scalar,
    // (1 + d)^-1 mod n.
    inverse: Scalar,
    // ZA of GB/T 32918.2 §5.5 with the default identifier.
    za: [u8; 32],
}

impl DeviceKey {
    pub(super) fn new(private: &Secret<32>) -> Result<Self, SignError> {
        let signer = Sm2Signer::from_bytes(private.expose())?;
        let d = Scalar::from_repr((*private.expose()).into()).into_option().ok_or(SignError::PrivateKey)?;
        let inverse = (d + Scalar::ONE).invert().into_option().ok_or(SignError::PrivateKey)?;
        let public = signer.public_key();
        Ok(Self { signer, za: za(&public), public, d, inverse })
    }

    pub(super) fn public_key(&self) -> &[u8; 65] {
        &self.public
    }

    pub(super) fn private_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.d.to_repr().into())
    }

    pub(super) fn scalar(&self) -> &Scalar {
        &self.d
    }

    /// Signs with the prepared nonce, or with the library's deterministic one.
    pub(super) fn sign(&self, message: &[u8], nonce: Option<PreparedNonce>) -> Result<[u8; 64], SignError> {
        match nonce {
            Some(nonce) => self.sign_prepared(message, nonce).ok_or(SignError::Unavailable),
            None => self.signer.sign(message),
        }
    }

    /// A5 and A6; `None` where the standard asks for another `k`, which happens once in 2^255 times.
    fn sign_prepared(&self, message: &[u8], nonce: PreparedNonce) -> Option<[u8; 64]> {
        let mut hash = Sm3::new_with_prefix(self.za);
        hash.update(message);
        let e = Scalar::reduce(&hash.finalize());
        let r = e + nonce.x;
        if bool::from(r.is_zero() | (r + nonce.k).is_zero()) {
            return None;
        }
        let mut rest = nonce.k - r * self.d;
        let s = self.inverse * rest;
        rest.zeroize();
        if bool::from(s.is_zero()) {
            return None;
        }
        let mut signature = [0; 64];
        let (r, s) = (r.to_repr(), s.to_repr());
        signature.iter_mut().zip(r.iter().chain(s.iter())).for_each(|(to, from)| *to = *from);
        Some(signature)
    }
}

impl Drop for DeviceKey {
    fn drop(&mut self) {
        self.d.zeroize();
        self.inverse.zeroize();
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(***)")
    }
}

/// ZA = SM3(bit length of the identifier ‖ identifier ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA).
fn za(public: &[u8; 65]) -> [u8; 32] {
    let id = crate::sign::DEFAULT_ID.as_bytes();
    let mut hash = Sm3::new();
    hash.update(((id.len() as u16).wrapping_mul(8)).to_be_bytes());
    hash.update(id);
    hash.update(CURVE);
    hash.update(public.split_first().map_or(&[][..], |(_, xy)| xy));
    hash.finalize().into()
}

/// a, b, xG, yG of the recommended curve (GB/T 32918.5 §2); the library does not hand them out.
const CURVE: [u8; 128] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC, 0x28, 0xE9,
    0xFA, 0x9E, 0x9D, 0x9F, 0x5E, 0x34, 0x4D, 0x5A, 0x9E, 0x4B, 0xCF, 0x65, 0x09, 0xA7, 0xF3, 0x97, 0x89,
    0xF5, 0x15, 0xAB, 0x8F, 0x92, 0xDD, 0xBC, 0xBD, 0x41, 0x4D, 0x94, 0x0E, 0x93, 0x32, 0xC4, 0xAE, 0x2C,
    0x1F, 0x19, 0x81, 0x19, 0x5F, 0x99, 0x04, 0x46, 0x6A, 0x39, 0xC9, 0x94, 0x8F, 0xE3, 0x0B, 0xBF, 0xF2,
    0x66, 0x0B, 0xE1, 0x71, 0x5A, 0x45, 0x89, 0x33, 0x4C, 0x74, 0xC7, 0xBC, 0x37, 0x36, 0xA2, 0xF4, 0xF6,
    0x77, 0x9C, 0x59, 0xBD, 0xCE, 0xE3, 0x6B, 0x69, 0x21, 0x53, 0xD0, 0xA9, 0x87, 0x7C, 0xC6, 0x2A, 0x47,
    0x40, 0x02, 0xDF, 0x32, 0xE5, 0x21, 0x39, 0xF0, 0xA0,
];

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Option<Secret<32>> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    let mut bytes = mac.finalize().into_bytes();
    let secret = Secret::new(bytes.into());
    bytes.as_mut_slice().zeroize();
    Some(secret)
}
