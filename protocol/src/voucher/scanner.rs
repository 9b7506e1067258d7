//! Cuts the bytes of a serial scanner into codes.
//!
//! Scanners differ in what stands around the code: nothing, CR, LF or CR LF behind it, STX and ETX around it, a prefix of
//! the shop, three characters of AIM identification (ISO/IEC 15424). A [`Framing`] says what this one does.

use super::code::{Code, CodeError, CodeRule, MAX_CODE};
use zeroize::Zeroize;

/// What ends a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Suffix {
    /// CR, LF or both, in any mixture. Right for nearly every scanner.
    #[default]
    LineEnd,
    /// A tab.
    Tab,
    /// ETX (03), with STX (02) in front.
    StxEtx,
    /// Nothing: silence on the line ends the code; see [`Scanner::idle`].
    Silence,
}

/// What stands around a code.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Framing {
    /// What ends a code.
    pub suffix: Suffix,
    /// Characters in front of every code, set up by the shop; dropped when there.
    pub prefix: heapless::Vec<u8, 8>,
    /// What may pass as a code.
    pub rule: CodeRule,
    /// The same code within this many milliseconds is one scan. 0 switches it off.
    pub debounce_ms: u32,
}

/// The symbology an AIM identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbology {
    /// `]Q`: QR code.
    Qr,
    /// `]C`: Code 128 or GS1-128.
    Code128,
    /// Another one, by its letter.
    Other(u8),
}

/// A finished scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// A code, and the symbology where the scanner names it.
    Code(Code, Option<Symbology>),
    /// Something was scanned that is no code.
    Refused(CodeError),
}

/// Room for the code, an AIM identifier and a prefix.
const ROOM: usize = MAX_CODE + 3 + 8;

/// A scanner's stream of bytes.
pub struct Scanner {
    framing: Framing,
    line: heapless::Vec<u8, ROOM>,
    overflow: usize,
    /// Between STX and ETX. Always true for the other framings.
    open: bool,
    last: Option<(Code, u64)>,
}

impl Scanner {
    /// A scanner with this framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let open = framing.suffix != Suffix::StxEtx;
        Self { framing, line: heapless::Vec::new(), overflow: 0, open, last: None }
    }

    /// Takes bytes that arrived at a time (milliseconds of any steady clock) and hands over each scan they finish.
    pub fn feed(&mut self, bytes: &[u8], now_ms: u64, mut scanned: impl FnMut(Scanned)) {
        for &byte in bytes {
            match (self.framing.suffix, byte) {
                (Suffix::LineEnd, b'\r' | b'\n') | (Suffix::Tab, b'\t') | (Suffix::StxEtx, 0x03) => {
                    if let Some(scan) = self.finish(now_ms) {
                        scanned(scan);
                    }
                }
                (Suffix::StxEtx, 0x02) => {
                    self.clear();
                    self.open = true;
                }
                _ if self.open => self.keep(byte),
                _ => {}
            }
        }
    }

    /// Tells that the line has been silent for the idle gap of this scanner (some 50 ms at 9 600 baud). Ends a code when
    /// silence is what ends codes; otherwise throws a half line away, so that it cannot join the next scan.
    pub fn idle(&mut self, now_ms: u64) -> Option<Scanned> {
        if self.framing.suffix == Suffix::Silence {
            return self.finish(now_ms);
        }
        self.clear();
        None
    }

    fn keep(&mut self, byte: u8) {
        if self.line.push(byte).is_err() {
            self.overflow = self.overflow.saturating_add(1);
        }
    }

    fn finish(&mut self, now_ms: u64) -> Option<Scanned> {
        let result = self.read_line();
        let empty = self.line.is_empty();
        self.clear();
        self.open = self.framing.suffix != Suffix::StxEtx;
        if empty {
            // The LF of a CR LF, or a trigger without a code.
            return None;
        }
        match result {
            Err(error) => Some(Scanned::Refused(error)),
            Ok((code, symbology)) => {
                let repeated = self.last.as_ref().is_some_and(|(last, at)| {
                    *last == code && now_ms.saturating_sub(*at) < u64::from(self.framing.debounce_ms)
                });
                self.last = Some((code.clone(), now_ms));
                (!repeated).then_some(Scanned::Code(code, symbology))
            }
        }
    }

    fn read_line(&self) -> Result<(Code, Option<Symbology>), CodeError> {
        if self.overflow > 0 {
            return Err(CodeError::TooLong { length: self.line.len().saturating_add(self.overflow) });
        }
        let line = self.line.strip_prefix(self.framing.prefix.as_slice()).unwrap_or(&self.line);
        let (line, symbology) = match line {
            [b']', letter @ b'A'..=b'z', b'0'..=b'9', rest @ ..] => {
                (rest, Some(Symbology::from_letter(*letter)))
            }
            _ => (line, None),
        };
        Ok((Code::new(line, self.framing.rule)?, symbology))
    }

    fn clear(&mut self) {
        self.line.as_mut_slice().zeroize();
        self.line.clear();
        self.overflow = 0;
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.line.as_mut_slice().zeroize();
    }
}

impl Symbology {
    const fn from_letter(letter: u8) -> Self {
        match letter {
            b'Q' => Self::Qr,
            b'C' => Self::Code128,
            other => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const CODE: &[u8] = b"2800000000000000000000000001";

    fn scans(framing: Framing, bytes: &[u8]) -> Vec<Scanned> {
        let mut scanner = Scanner::new(framing);
        let mut found = Vec::new();
        scanner.feed(bytes, 0, |scan| found.push(scan));
        found.extend(scanner.idle(100));
        found
    }

    fn code() -> Code {
        Code::new(CODE, CodeRule::default()).unwrap()
    }

    #[test]
    fn each_framing_gives_the_bare_code() {
        let shop = heapless::Vec::from_slice(b"*").unwrap();
        for (framing, before, after) in [
            (Framing::default(), &b""[..], &b"\r"[..]),
            (Framing::default(), b"", b"\n"),
            (Framing::default(), b"", b"\r\n"),
            (Framing { prefix: shop, ..Framing::default() }, b"*", b"\r\n"),
            (Framing { suffix: Suffix::Tab, ..Framing::default() }, b"", b"\t"),
            (Framing { suffix: Suffix::StxEtx, ..Framing::default() }, b"noise\x02", b"\x03"),
            (Framing { suffix: Suffix::Silence, ..Framing::default() }, b"", b""),
        ] {
            let stream = [before, CODE, after].concat();
            assert_eq!(scans(framing.clone(), &stream), [Scanned::Code(code(), None)], "{framing:?}");
        }
    }

    #[test]
    fn an_aim_identifier_is_taken_off_and_understood() {
        let stream = [b"]Q1", CODE, b"\r"].concat();
        assert_eq!(scans(Framing::default(), &stream), [Scanned::Code(code(), Some(Symbology::Qr))]);
        let stream = [b"]C0", CODE, b"\r"].concat();
        assert_eq!(scans(Framing::default(), &stream), [Scanned::Code(code(), Some(Symbology::Code128))]);
    }

    #[test]
    fn what_is_no_code_is_refused_with_its_reason() {
        assert_eq!(
            scans(Framing::default(), b"12345\r"),
            [Scanned::Refused(CodeError::TooShort { length: 5 })]
        );
        assert_eq!(scans(Framing::default(), &[b'1'; 500]), []);
        let long = [&[b'1'; 500][..], b"\r"].concat();
        assert_eq!(scans(Framing::default(), &long), [Scanned::Refused(CodeError::TooLong { length: 500 })]);
        let mut typed = CODE.to_vec();
        typed[3] = 0xE4;
        typed.push(b'\r');
        assert_eq!(scans(Framing::default(), &typed), [Scanned::Refused(CodeError::NotPrintable { at: 3 })]);
    }

    #[test]
    fn a_half_scan_never_joins_the_next() {
        let mut scanner = Scanner::new(Framing::default());
        let mut found = Vec::new();
        scanner.feed(&CODE[..10], 0, |scan| found.push(scan));
        assert_eq!(scanner.idle(100), None);
        scanner.feed(&[CODE, b"\r"].concat(), 200, |scan| found.push(scan));
        assert_eq!(found, [Scanned::Code(code(), None)]);
    }

    #[test]
    fn the_same_code_twice_in_a_moment_is_one_scan() {
        let mut scanner = Scanner::new(Framing { debounce_ms: 2_500, ..Framing::default() });
        let line = [CODE, b"\r"].concat();
        let mut found = 0;
        for now in [0, 300, 900, 4_000] {
            scanner.feed(&line, now, |_| found += 1);
        }
        assert_eq!(found, 2);
    }

    #[test]
    fn a_code_is_never_shown() {
        let shown = std::format!("{:?}", scans(Framing::default(), &[CODE, b"\r"].concat()));
        assert!(!shown.contains("2800"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), which in 0..4usize) {
            let suffix = [Suffix::LineEnd, Suffix::Tab, Suffix::StxEtx, Suffix::Silence][which];
            scans(Framing { suffix, ..Framing::default() }, &bytes);
        }
    }
}
