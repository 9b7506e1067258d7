//! SM2 over the library's curve and scalar arithmetic, without a panic path.
//!
//! The library's signing and verifying keys contain checks of sizes that cannot fail but that a linker cannot prove away, and
//! a device must link without any. So the equations of GB/T 32918.2 stand here once more, for the device; the tests hold
//! them against the library, signature for signature. A PC keeps using [`crate::sign`].

use core::fmt;

use sm2::{
    AffinePoint, FieldBytes, ProjectivePoint, Scalar,
    elliptic_curve::{
        Group as _, PrimeField,
        ops::{LinearCombination as _, Reduce},
        point::AffineCoordinates,
    },
};
use sm3::{Digest, Sm3};
use zeroize::{Zeroize, Zeroizing};

use super::kdf::hmac;
use crate::{
    identity::Secret,
    sign::{SignError, Verifier},
};

/// A public key, known to be a point of the curve.
#[derive(Clone)]
pub(super) struct PublicPoint {
    point: ProjectivePoint,
    bytes: [u8; 65],
    // ZA of GB/T 32918.2 §5.5 with the default identifier.
    za: [u8; 32],
}

impl PublicPoint {
    /// From `04 ‖ x ‖ y`.
    pub(super) fn new(bytes: &[u8; 65]) -> Result<Self, SignError> {
        let (x, y) = coordinates(bytes).ok_or(SignError::PublicKey)?;
        let point = AffinePoint::from_coordinates(&x, &y).into_option().ok_or(SignError::PublicKey)?;
        Ok(Self { point: point.into(), bytes: *bytes, za: za(bytes) })
    }

    /// Of a private key: one point multiplication.
    fn of(d: &Scalar) -> Self {
        let point = ProjectivePoint::mul_by_generator(d);
        let affine = point.to_affine();
        let (x, y) = (affine.x(), affine.y());
        let mut bytes = [4; 65];
        bytes.iter_mut().skip(1).zip(x.iter().chain(y.iter())).for_each(|(to, from)| *to = *from);
        Self { point, bytes, za: za(&bytes) }
    }

    /// `04 ‖ x ‖ y`.
    pub(super) fn bytes(&self) -> &[u8; 65] {
        &self.bytes
    }

    /// The digest that is signed: SM3(ZA ‖ message), as a number.
    fn e(&self, message: &[u8]) -> Scalar {
        let mut hash = Sm3::new_with_prefix(self.za);
        hash.update(message);
        Scalar::reduce(&hash.finalize())
    }
}

impl Verifier for PublicPoint {
    /// GB/T 32918.2 §7.1.
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignError> {
        let (r, s) = numbers(signature).ok_or(SignError::Mismatch)?;
        let t = r + s;
        if bool::from(r.is_zero() | s.is_zero() | t.is_zero()) {
            return Err(SignError::Mismatch);
        }
        let point = ProjectivePoint::lincomb(&[(ProjectivePoint::GENERATOR, s), (self.point, t)]);
        let x = Scalar::reduce(&point.to_affine().x());
        let good = !bool::from(point.is_identity()) && self.e(message) + x == r;
        if good { Ok(()) } else { Err(SignError::Mismatch) }
    }
}

impl fmt::Debug for PublicPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicPoint(04")?;
        self.bytes.iter().skip(1).take(4).try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str("…)")
    }
}

/// A private key, with what signing needs of it computed once. Erased when dropped.
pub(super) struct PrivateKey {
    d: Scalar,
    // (1 + d)^-1 mod n.
    inverse: Scalar,
    public: PublicPoint,
}

/// `n` − 2, the exponent of Fermat's inverse.
const ORDER_LESS_TWO: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x72,
    0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x21,
];

/// `number`⁻¹ modulo `n`, as `number`^(n − 2): the library's own way is quicker, but it is needed once for a key and costs a device
/// 12 KiB of flash. What is done depends on the exponent only, which everybody knows.
fn inverse(number: &Scalar) -> Option<Scalar> {
    if bool::from(number.is_zero()) {
        return None;
    }
    let bits = ORDER_LESS_TWO.iter().flat_map(|byte| (0..8u8).rev().map(move |bit| byte >> bit & 1 == 1));
    Some(bits.fold(Scalar::ONE, |power, bit| {
        let square = power * power;
        if bit { square * number } else { square }
    }))
}

impl PrivateKey {
    /// From the 32 bytes of `d`, 1 to n − 2: one point multiplication.
    pub(super) fn new(private: &Secret<32>) -> Result<Self, SignError> {
        let d = number(private.expose()).filter(|d| !bool::from(d.is_zero())).ok_or(SignError::PrivateKey)?;
        // d = n − 1 has no inverse of 1 + d.
        let inverse = inverse(&(d + Scalar::ONE)).ok_or(SignError::PrivateKey)?;
        Ok(Self { public: PublicPoint::of(&d), d, inverse })
    }

    pub(super) fn public(&self) -> &PublicPoint {
        &self.public
    }

    pub(super) fn bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.d.to_repr().into())
    }

    /// x of `[d]P`: SM2 key agreement in its plain form. One point multiplication.
    pub(super) fn agree(&self, peer: &PublicPoint) -> Secret<32> {
        let mut x = (peer.point * self.d).to_affine().x();
        let secret = Secret::new(x.into());
        x.as_mut_slice().zeroize();
        secret
    }

    /// Signs with a nonce that is a function of key and message (RFC 6979 with HMAC-SM3): one point multiplication. The
    /// same bytes as [`crate::sign::Sm2Signer`].
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        let e = self.public.e(message);
        let mut k = deterministic_nonce(&self.d, &e)?;
        let mut x = x_of(&k);
        let signature = self.equation(&e, &k, &x);
        k.zeroize();
        x.zeroize();
        signature
    }

    /// Signs with `k` and `x` = x coordinate of `[k]G` mod n, known before: no point multiplication.
    pub(super) fn sign_with(&self, message: &[u8], k: &Scalar, x: &Scalar) -> Option<[u8; 64]> {
        self.equation(&self.public.e(message), k, x)
    }

    /// A5 and A6 of GB/T 32918.2 §6.1; `None` where the standard asks for another `k`, about once in 2^255 times.
    fn equation(&self, e: &Scalar, k: &Scalar, x: &Scalar) -> Option<[u8; 64]> {
        let r = *e + x;
        if bool::from(r.is_zero() | (r + k).is_zero()) {
            return None;
        }
        let mut rest = *k - r * self.d;
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

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.d.zeroize();
        self.inverse.zeroize();
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(***)")
    }
}

/// x coordinate of `[k]G` mod n: one point multiplication.
pub(super) fn x_of(k: &Scalar) -> Scalar {
    Scalar::reduce(&ProjectivePoint::mul_by_generator(k).to_affine().x())
}

/// The number of 32 big-endian bytes, when it is below n.
pub(super) fn number(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_repr((*bytes).into()).into_option()
}

/// RFC 6979 §3.2 with HMAC-SM3; n has 256 bits, so a candidate is one output.
fn deterministic_nonce(d: &Scalar, e: &Scalar) -> Option<Scalar> {
    let (d, e) = (Zeroizing::new(<[u8; 32]>::from(d.to_repr())), <[u8; 32]>::from(e.to_repr()));
    let mut key = Secret::new([0; 32]);
    let mut value = Secret::new([1; 32]);
    for round in [0, 1] {
        key = hmac(key.expose(), &[value.expose(), &[round], d.as_slice(), &e])?;
        value = hmac(key.expose(), &[value.expose()])?;
    }
    // The chance of one more candidate is 2^-32.
    for _ in 0..5 {
        value = hmac(key.expose(), &[value.expose()])?;
        if let Some(k) = number(value.expose()).filter(|k| !bool::from(k.is_zero())) {
            return Some(k);
        }
        key = hmac(key.expose(), &[value.expose(), &[0]])?;
        value = hmac(key.expose(), &[value.expose()])?;
    }
    None
}

fn coordinates(bytes: &[u8; 65]) -> Option<(FieldBytes, FieldBytes)> {
    let (4, xy) = bytes.split_first()? else { return None };
    let (x, y) = xy.split_first_chunk::<32>()?;
    let y: [u8; 32] = y.try_into().ok()?;
    Some(((*x).into(), y.into()))
}

fn numbers(signature: &[u8; 64]) -> Option<(Scalar, Scalar)> {
    let (r, s) = signature.split_first_chunk::<32>()?;
    Some((number(r)?, number(s.try_into().ok()?)?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{Signer as _, Sm2Signer, Sm2Verifier};
    use proptest::prelude::*;
    use std::vec::Vec;

    /// n of GB/T 32918.5.
    const N: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x72,
        0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x23,
    ];

    fn below_n(by: u8) -> [u8; 32] {
        let mut bytes = N;
        bytes[31] -= by;
        bytes
    }

    #[test]
    fn keys_that_are_none() {
        for bad in [[0; 32], N, below_n(1), [0xFF; 32]] {
            assert!(PrivateKey::new(&Secret::new(bad)).is_err());
            assert!(Sm2Signer::from_bytes(&bad).is_err());
        }
        assert!(PrivateKey::new(&Secret::new(below_n(2))).is_ok());
        let good = *PrivateKey::new(&Secret::new([5; 32])).unwrap().public().bytes();
        for at in [0, 1, 40, 64] {
            let mut bad = good;
            bad[at] ^= 1;
            assert_eq!(PublicPoint::new(&bad).err(), Some(SignError::PublicKey), "byte {at}");
        }
    }

    #[test]
    fn signatures_out_of_range_are_refused() {
        let key = PrivateKey::new(&Secret::new([5; 32])).unwrap();
        let good = key.sign(b"message").unwrap();
        assert_eq!(key.public().verify(b"message", &good), Ok(()));
        for (r, s) in
            [([0; 32], [1; 32]), ([1; 32], [0; 32]), (N, [1; 32]), ([1; 32], N), ([1; 32], minus([1; 32]))]
        {
            let bad: [u8; 64] = [r, s].concat().try_into().unwrap();
            assert_eq!(key.public().verify(b"message", &bad), Err(SignError::Mismatch));
        }
    }

    fn minus(bytes: [u8; 32]) -> [u8; 32] {
        (-number(&bytes).unwrap()).to_repr().into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn signs_and_verifies_as_the_library_does(private: [u8; 32], message: Vec<u8>, k: [u8; 32], flip in 0usize..512) {
            prop_assume!(number(&private).is_some() && number(&k).is_some_and(|k| !bool::from(k.is_zero())));
            let (ours, library) = (PrivateKey::new(&Secret::new(private)), Sm2Signer::from_bytes(&private));
            prop_assert_eq!(ours.is_ok(), library.is_ok());
            let (Ok(ours), Ok(library)) = (ours, library) else { return Ok(()) };
            prop_assert_eq!(*ours.public().bytes(), library.public_key());
            prop_assert_eq!(*ours.bytes(), private);

            // Deterministic: the same bytes as the library.
            let signature = ours.sign(&message).unwrap();
            prop_assert_eq!(Ok(signature), library.sign(&message));
            // With a nonce of its own: the library takes it, and so do we.
            let k = number(&k).unwrap();
            let prepared = ours.sign_with(&message, &k, &x_of(&k)).unwrap();
            let (point, verifier) = (PublicPoint::new(ours.public().bytes()).unwrap(), library.verifier());
            for signature in [signature, prepared] {
                prop_assert_eq!(verifier.verify(&message, &signature), Ok(()));
                prop_assert_eq!(point.verify(&message, &signature), Ok(()));
                // One bit off: both refuse.
                let mut bad = signature;
                bad[flip / 8] ^= 1 << (flip % 8);
                prop_assert_eq!(point.verify(&message, &bad), Err(SignError::Mismatch));
                prop_assert_eq!(verifier.verify(&message, &bad), Err(SignError::Mismatch));
            }
        }

        #[test]
        fn any_point_is_taken_or_refused_as_the_library_does(bytes: Vec<u8>, private: [u8; 32], byte in 0usize..65, bit in 0u8..8) {
            if let Ok(bytes) = <[u8; 65]>::try_from(bytes.as_slice()) {
                prop_assert_eq!(PublicPoint::new(&bytes).is_ok(), Sm2Verifier::from_sec1(&bytes).is_ok());
            }
            if let Ok(key) = PrivateKey::new(&Secret::new(private)) {
                let mut bytes = *key.public().bytes();
                bytes[byte] ^= 1 << bit;
                prop_assert_eq!(PublicPoint::new(&bytes).is_ok(), Sm2Verifier::from_sec1(&bytes).is_ok());
            }
        }

        #[test]
        fn two_sides_agree(a: [u8; 32], b: [u8; 32]) {
            let (a, b) = (PrivateKey::new(&Secret::new(a)), PrivateKey::new(&Secret::new(b)));
            if let (Ok(a), Ok(b)) = (a, b) {
                prop_assert_eq!(a.agree(b.public()), b.agree(a.public()));
            }
        }
    }
}
