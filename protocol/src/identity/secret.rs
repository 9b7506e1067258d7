//! Wrappers whose contents are never shown and are erased on drop.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of exactly `N` bytes: a key, a session key. Compares in constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Wraps the bytes.
    pub fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The plain bytes.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>(***)")
    }
}

/// Personal data of up to `N` bytes, e.g. a name in GB18030.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Personal<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Personal<N> {
    /// Copies the bytes; `None` when there are more than `N`.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Self::join(bytes, &[])
    }

    /// Copies two parts one behind the other; `None` when together they are more than `N`.
    pub fn join(first: &[u8], second: &[u8]) -> Option<Self> {
        let len = first.len().checked_add(second.len())?;
        let mut buffer = [0; N];
        for (to, from) in buffer.get_mut(..len)?.iter_mut().zip(first.iter().chain(second)) {
            *to = *from;
        }
        Some(Self { bytes: buffer, len })
    }

    /// The plain bytes.
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> PartialEq for Personal<N> {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl<const N: usize> Eq for Personal<N> {}

impl<const N: usize> fmt::Debug for Personal<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn nothing_is_shown() {
        assert_eq!(format!("{:?}", Secret::new(*b"TOPSECRETTOPSECR")), "Secret<16>(***)");
        assert_eq!(format!("{:?}", Personal::<8>::new(b"name").unwrap()), "Personal(***)");
    }

    #[test]
    fn parts_are_joined_or_refused() {
        assert_eq!(Personal::<5>::join(b"ab", b"cde").unwrap().expose(), b"abcde");
        assert!(Personal::<4>::join(b"ab", b"cde").is_none());
        assert!(Personal::<4>::new(b"").unwrap().is_empty());
    }
}
