//! HMAC-SM3 and HKDF (RFC 5869) over it.
//!
//! The library's HKDF has checks that a linker cannot prove away, and a device must link without a panic path. It is two
//! lines over HMAC; the tests hold them against the library.

use hmac::{Hmac, KeyInit as _, Mac};
use sm3::Sm3;
use zeroize::Zeroize;

use crate::identity::Secret;

/// HMAC-SM3 over the parts, one behind the other. `None` practically never: the library takes keys of any length.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> Option<Secret<32>> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    let mut output = mac.finalize().into_bytes();
    let mut bytes: [u8; 32] = output.into();
    let secret = Secret::new(bytes);
    output.as_mut_slice().zeroize();
    bytes.zeroize();
    Some(secret)
}

/// HKDF-Extract: the pseudorandom key.
pub(super) fn extract(salt: &[u8], input: &[u8]) -> Option<Secret<32>> {
    hmac(salt, &[input])
}

/// The first two blocks of HKDF-Expand: 64 bytes; the first of them alone is what expanding to 32 bytes gives.
pub(super) fn expand(key: &Secret<32>, info: &[u8]) -> Option<(Secret<32>, Secret<32>)> {
    let first = hmac(key.expose(), &[info, &[1]])?;
    let second = hmac(key.expose(), &[first.expose(), info, &[2]])?;
    Some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hkdf::Hkdf;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn as_the_library_does_it(salt: Vec<u8>, input: Vec<u8>, info: Vec<u8>) {
            let library = Hkdf::<Sm3>::new(Some(&salt), &input);
            let mut expected = [0; 64];
            library.expand(&info, &mut expected).unwrap();
            let (first, second) = expand(&extract(&salt, &input).unwrap(), &info).unwrap();
            prop_assert_eq!([*first.expose(), *second.expose()].concat(), expected.to_vec());
        }
    }
}
