//! Prepared SM2 nonces: the dear part of a signature, computed while nobody waits.
//!
//! # Why
//!
//! Of an SM2 signature only the point `[k]G` is dear: millions of instructions on a small processor, while the holder waits.
//! It does not depend on the message, so a device computes it while it is idle; what is left, in `curve.rs`, is
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
//! - *No pool*: without a prepared nonce the deterministic one of RFC 6979 is used, which needs neither entropy nor
//!   counter. Reversals, status queries and voids always use it, since their bytes must be the same after a restart.
//!
//! A `k` of either kind is uniform in `[1, n − 1]`: 32 bytes, drawn again when out of range, so no bias leaks key bits.

use core::fmt;

use sm2::Scalar;
use zeroize::{Zeroize, Zeroizing};

use super::{
    curve::{PrivateKey, number, x_of},
    domain,
    kdf::hmac,
};
use crate::identity::Secret;

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

/// One `k` with the x coordinate of `[k]G`, for one signature. Using it twice does not compile:
///
/// ```compile_fail,E0382
/// # use yika_protocol::swipe::*;
/// fn twice(identity: &Identity, request: &SwipeRequest<'_>, counter: Counter, nonce: PreparedNonce) {
///     let _ = identity.seal_swipe(counter, request, Some(nonce));
///     let _ = identity.seal_swipe(counter, request, Some(nonce));
/// }
/// ```
///
/// Nor does copying it:
///
/// ```compile_fail,E0599
/// # use yika_protocol::swipe::*;
/// fn copy(nonce: &PreparedNonce) -> PreparedNonce {
///     PreparedNonce::clone(nonce)
/// }
/// ```
pub struct PreparedNonce {
    k: Scalar,
    x: Scalar,
}

impl PreparedNonce {
    /// Moves out and erases the place: a plain move would leave the bytes in the pool's memory.
    fn vacate(&mut self) -> Self {
        let nonce = Self { k: self.k, x: self.x };
        self.k.zeroize();
        self.x.zeroize();
        nonce
    }

    /// The one use: signs, and is erased.
    pub(super) fn sign(self, key: &PrivateKey, message: &[u8]) -> Option<[u8; 64]> {
        key.sign_with(message, &self.k, &self.x)
    }
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
    pub(super) fn new(key: &PrivateKey, boot: CommittedBoot, seed: Seed) -> Option<Self> {
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

    /// Takes one out; nothing of it stays behind in the pool.
    pub fn take(&mut self) -> Option<PreparedNonce> {
        let nonce = self.ready.last_mut()?.vacate();
        self.ready.pop();
        Some(nonce)
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
    fn new(key: &PrivateKey, boot: &CommittedBoot, seed: &Seed) -> Option<Self> {
        let secret = hmac(key.bytes().as_slice(), &[domain::NONCE])?;
        let key = hmac(secret.expose(), &[domain::NONCE, &boot.0.to_be_bytes(), seed.0.expose()])?;
        Some(Self { key, index: 0 })
    }

    fn next(&mut self) -> Option<PreparedNonce> {
        let k = self.next_k()?;
        let x = x_of(&k);
        Some(PreparedNonce { k, x })
    }

    /// The index is spent before it is used, also when its number is out of range.
    fn next_k(&mut self) -> Option<Scalar> {
        // n is so close to 2^256 that a second draw is needed once in 2^32 times, a fifth never.
        for _ in 0..5 {
            self.index = self.index.checked_add(1)?;
            let bytes = hmac(self.key.expose(), &[&self.index.to_be_bytes()])?;
            if let Some(k) = number(bytes.expose()).filter(|k| !bool::from(k.is_zero())) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Verifier as _;
    use core::convert::Infallible;
    use sm2::elliptic_curve::PrimeField as _;
    use std::collections::BTreeSet;

    struct Fixed([u8; 32]);

    impl HealthyEntropy for Fixed {
        type Error = Infallible;

        fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Infallible> {
            *bytes = self.0;
            Ok(())
        }
    }

    struct Boots(u32);

    impl BootCounter for Boots {
        type Error = Infallible;

        fn commit_next(&mut self) -> Result<u32, Infallible> {
            self.0 += 1;
            Ok(self.0)
        }
    }

    fn key(byte: u8) -> PrivateKey {
        PrivateKey::new(&Secret::new([byte; 32])).unwrap()
    }

    fn pool<const N: usize>(key: &PrivateKey, boot: u32, entropy: u8) -> PreparedNonces<N> {
        let boot = CommittedBoot::commit(&mut Boots(boot)).unwrap();
        PreparedNonces::new(key, boot, Seed::draw(&mut Fixed([entropy; 32])).unwrap()).unwrap()
    }

    #[test]
    fn no_two_of_all_nonces_are_equal() {
        const INDICES: usize = 256;
        let mut seen = BTreeSet::new();
        for device in [1, 2, 3] {
            let key = key(device);
            for boot in 0..8 {
                for entropy in 0..4 {
                    let mut source = pool::<1>(&key, boot, entropy).source;
                    for _ in 0..INDICES {
                        let k: [u8; 32] = source.next_k().unwrap().to_repr().into();
                        assert!(seen.insert(k), "device {device}, boot {boot}, entropy {entropy}");
                    }
                }
            }
        }
        assert_eq!(seen.len(), 3 * 8 * 4 * INDICES);
        // What would make them equal is equal counter *and* equal entropy on one device: then they are.
        let key = key(1);
        assert_eq!(pool::<1>(&key, 0, 0).source.next_k(), pool::<1>(&key, 0, 0).source.next_k());
    }

    #[test]
    fn signatures_from_a_pool_are_good_and_never_share_a_nonce() {
        let key = key(7);
        // r = e + x(k), so r − e tells equal nonces apart from different ones.
        let mut points = BTreeSet::new();
        for boot in 0..3 {
            let mut pool = pool::<4>(&key, boot, 9);
            assert!(pool.take().is_none());
            for round in 0..3u8 {
                while pool.prepare() {}
                assert_eq!(pool.len(), 4);
                while let Some(nonce) = pool.take() {
                    points.insert(<[u8; 32]>::from(nonce.x.to_repr()));
                    let message = [round; 5];
                    let signature = nonce.sign(&key, &message).unwrap();
                    assert_eq!(key.public().verify(&message, &signature), Ok(()));
                    assert_ne!(key.sign(&message), Some(signature), "the deterministic nonce is another one");
                }
            }
        }
        assert_eq!(points.len(), 3 * 3 * 4);
    }

    #[test]
    fn a_place_in_the_pool_is_erased_when_it_is_left() {
        let mut pool = pool::<2>(&key(7), 0, 9);
        assert!(pool.prepare());
        let place = pool.ready.last_mut().unwrap();
        let nonce = place.vacate();
        assert!(bool::from(place.k.is_zero() & place.x.is_zero()));
        assert!(!bool::from(nonce.k.is_zero() | nonce.x.is_zero()));
    }

    #[test]
    fn the_nonce_is_hmac_over_an_index() {
        // Written out once more: HMAC(HMAC(HMAC(d, domain), domain ‖ boot ‖ entropy), index).
        let key = key(5);
        let secret = hmac(&[5; 32], &[b"yika swipe v1 nonce\0"]).unwrap();
        let start = hmac(secret.expose(), &[b"yika swipe v1 nonce\0\0\0\0\x01", &[9; 32]]).unwrap();
        let k = hmac(start.expose(), &[&1u64.to_be_bytes()]).unwrap();
        let mut pool = pool::<1>(&key, 0, 9);
        assert!(pool.prepare());
        assert_eq!(pool.take().unwrap().k, number(k.expose()).unwrap());
    }
}
