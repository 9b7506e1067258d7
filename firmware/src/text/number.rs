//! Numbers as text, without the formatting machinery: it is large, and it can panic.

use heapless::Vec;
use yika_protocol::identity::Date;
use yika_protocol::money::Fen;

/// A short ASCII text.
pub type Short = Vec<u8, 24>;

/// Decimal digits, at least `least` of them.
#[must_use]
pub fn decimal(mut number: u64, least: usize) -> Short {
    // 20 digits hold every number; more leading zeros than that are not written.
    let mut digits = [b'0'; 20];
    let mut written: usize = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0'.wrapping_add((number % 10) as u8);
        number /= 10;
        written = written.saturating_add(1);
        if number == 0 && written >= least {
            break;
        }
    }
    let start = digits.len().saturating_sub(written);
    digits.get(start..).and_then(|digits| Short::from_slice(digits).ok()).unwrap_or_default()
}

/// An amount in yuan with two decimals, e.g. `12.34` or `-0.05`.
#[must_use]
pub fn yuan(amount: Fen) -> Short {
    let size = amount.0.unsigned_abs();
    let mut text = Short::new();
    if amount.0 < 0 {
        let _ = text.push(b'-');
    }
    for part in [decimal(size / 100, 1), Short::from_array(*b"."), decimal(size % 100, 2)] {
        let _ = text.extend_from_slice(&part);
    }
    text
}

/// Upper-case hex digits of up to 12 bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> Short {
    let digit = |value: u8| {
        if value < 10 { b'0'.wrapping_add(value) } else { b'A'.wrapping_add(value.wrapping_sub(10)) }
    };
    let mut text = Short::new();
    for byte in bytes {
        let _ = text.push(digit(byte >> 4));
        let _ = text.push(digit(byte & 15));
    }
    text
}

/// A fault number as people see it, e.g. `Y-5012`.
#[must_use]
pub fn fault_code(number: u16) -> Short {
    let mut text = Short::from_array(*b"Y-");
    let _ = text.extend_from_slice(&decimal(u64::from(number), 4));
    text
}

/// `yyyymmdd` as `yyyy-mm-dd`.
#[must_use]
pub fn day(day: &[u8; 8]) -> Short {
    let [a, b, c, d, e, f, g, h] = *day;
    Short::from_array([a, b, c, d, b'-', e, f, b'-', g, h])
}

/// A date as `yyyymmdd`.
#[must_use]
pub fn digits_of(date: Date) -> [u8; 8] {
    let [a, b, c, d] = date.to_bcd();
    let halves = [a >> 4, a & 15, b >> 4, b & 15, c >> 4, c & 15, d >> 4, d & 15];
    halves.map(|half| b'0'.wrapping_add(half))
}

/// Short text as UTF-8; it is ASCII whoever made it.
#[must_use]
pub fn ascii(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (fen, text) in
            [(0, "0.00"), (5, "0.05"), (1234, "12.34"), (-5, "-0.05"), (100_000_000, "1000000.00")]
        {
            assert_eq!(ascii(&yuan(Fen(fen))), text);
        }
        assert_eq!(ascii(&yuan(Fen(i64::MAX))), "92233720368547758.07");
        assert_eq!(ascii(&yuan(Fen(i64::MIN))), "-92233720368547758.08");
        assert_eq!(ascii(&decimal(0, 1)), "0");
        assert_eq!(ascii(&decimal(7, 6)), "000007");
        assert_eq!(ascii(&decimal(u64::MAX, 1)), "18446744073709551615");
        assert_eq!(ascii(&hex(&[0x0A, 0xFF])), "0AFF");
        assert_eq!(ascii(&fault_code(5012)), "Y-5012");
        assert_eq!(ascii(&day(b"20261122")), "2026-11-22");
        assert_eq!(&digits_of(Date::new(2026, 1, 9).unwrap()), b"20260109");
    }
}
