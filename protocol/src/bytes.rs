//! Bytes gathered without a panic path: `collect` and `extend` of a fixed vector keep one that the optimiser does not see through.

use heapless::Vec;

/// As many bytes as fit. Where a caller's bytes always fit, nothing is ever cut.
pub(crate) fn filled<const N: usize>(bytes: impl Iterator<Item = u8>) -> Vec<u8, N> {
    let mut vec = Vec::new();
    for byte in bytes {
        if vec.push(byte).is_err() {
            break;
        }
    }
    vec
}
