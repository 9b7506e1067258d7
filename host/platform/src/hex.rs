//! Hexadecimal text of signatures and digests.

use std::fmt::Write as _;

/// Upper-case hex digits of the bytes.
pub fn upper(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Lower-case hex digits of the bytes.
pub fn lower(bytes: &[u8]) -> String {
    upper(bytes).to_ascii_lowercase()
}

/// The bytes behind exactly `2 × N` hex digits of either case; `None` for anything else.
pub fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut out = [0; N];
    for (to, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        *to = nibble(pair.first()?)? << 4 | nibble(pair.get(1)?)?;
    }
    Some(out)
}

/// The bytes behind any even number of hex digits of either case; `None` for anything else.
pub fn vec(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let pair = |pair: &[u8; 2]| std::str::from_utf8(pair).ok().and_then(bytes::<1>).map(|[byte]| byte);
    if rest.is_empty() { pairs.iter().map(pair).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(upper(&[0x00, 0xAB, 0x1F]), "00AB1F");
        assert_eq!(lower(&[0x00, 0xAB, 0x1F]), "00ab1f");
        assert_eq!(bytes::<3>("00aB1f"), Some([0x00, 0xAB, 0x1F]));
        for bad in ["00AB1", "00AB1F0", "00AB1G", "+0AB1F", "０0AB"] {
            assert_eq!(bytes::<3>(bad), None, "{bad}");
        }
    }

    #[test]
    fn hex_of_any_length_is_read_in_either_case() {
        assert_eq!(vec("0aFF"), Some(vec![0x0A, 0xFF]));
        assert_eq!(vec("0"), None);
        assert_eq!(vec("0g"), None);
        assert_eq!(vec("+1"), None);
    }
}
