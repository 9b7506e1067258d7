//! Cuts the bytes of a serial scanner into codes.
//!
//! Scanners differ in what stands around the code: nothing, CR, LF or CR LF behind it, STX and ETX around it, a prefix of
//! the shop, three characters of AIM identification (ISO/IEC 15424). A [`Framing`] says what this one does.
//!
//! A code has no published check digit, so half a code looks like a code. Therefore a code counts only with its end, and
//! what follows a piece without an end is not believed for a while: it may be the rest of that piece.

use super::code::{Code, CodeError, CodeRule, MAX_CODE};
use super::symbology::Symbology;
use zeroize::Zeroize;

/// Longest prefix of a shop.
pub const MAX_PREFIX: usize = 8;

/// After a piece without its end, a line within this time may be its rest. Longer stalls than that are not seen.
const DOUBT_MS: u64 = 3_000;

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
    /// Nothing: silence on the line ends the code (a line end, should one come, does so at once). A stall in the middle
    /// of a code then cuts it in two, so give the exact length in the [`CodeRule`] where it is known.
    Silence,
}

/// What stands around a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framing {
    /// What ends a code.
    pub suffix: Suffix,
    /// Characters in front of every code, set up by the shop; dropped when there, before or behind an AIM identifier.
    pub prefix: heapless::Vec<u8, MAX_PREFIX>,
    /// What may pass as a code.
    pub rule: CodeRule,
    /// The same code within this many milliseconds is one scan. 0 switches it off.
    pub debounce_ms: u32,
    /// Silence of this many milliseconds ends a code ([`Suffix::Silence`]) or gives up one that has no end.
    pub gap_ms: u32,
}

impl Framing {
    /// This suffix, no prefix, the default rule. The gap is 100 ms where silence ends a code, a few times what USB and
    /// slow lines need between two characters; else 500 ms, since there it costs nothing to wait.
    #[must_use]
    pub fn new(suffix: Suffix) -> Self {
        Self {
            suffix,
            prefix: heapless::Vec::new(),
            rule: CodeRule::default(),
            debounce_ms: 2_500,
            gap_ms: if matches!(suffix, Suffix::Silence) { 100 } else { 500 },
        }
    }
}

impl Default for Framing {
    fn default() -> Self {
        Self::new(Suffix::default())
    }
}

/// A finished scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// A code, and the symbology where the scanner names it.
    Code(Code, Option<Symbology>),
    /// Something was scanned that is no code.
    Refused(CodeError),
}

/// Room for the code, an AIM identifier, a prefix and padding.
const ROOM: usize = MAX_CODE + 3 + MAX_PREFIX + 5;
type Line = heapless::Vec<u8, ROOM>;

/// A scanner's stream of bytes. Times are milliseconds of any steady clock.
pub struct Scanner {
    framing: Framing,
    line: Line,
    overflow: usize,
    /// When the last byte of `line` came.
    touched_ms: u64,
    /// Between STX and ETX. Always true for the other framings.
    open: bool,
    /// A piece without its end, and when it was given up.
    piece: Option<(Line, u64)>,
    last: Option<(Code, u64)>,
}

impl Scanner {
    /// A scanner with this framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let open = framing.suffix != Suffix::StxEtx;
        Self { framing, line: Line::new(), overflow: 0, touched_ms: 0, open, piece: None, last: None }
    }

    /// Takes bytes that arrived at a time and hands over each scan they finish.
    pub fn feed(&mut self, bytes: &[u8], now_ms: u64, mut scanned: impl FnMut(Scanned)) {
        if bytes.is_empty() {
            return;
        }
        if let Some(scan) = self.poll(now_ms) {
            scanned(scan);
        }
        self.touched_ms = now_ms;
        for &byte in bytes {
            match (self.framing.suffix, byte) {
                (Suffix::LineEnd | Suffix::Silence, b'\r' | b'\n')
                | (Suffix::Tab, b'\t')
                | (Suffix::StxEtx, 0x03) => {
                    if let Some(scan) = self.finish(now_ms) {
                        scanned(scan);
                    }
                }
                (Suffix::StxEtx, 0x02) => {
                    if let Some(scan) = self.give_up(now_ms) {
                        scanned(scan);
                    }
                    // STX says where a code begins: nothing behind it belongs to an earlier piece.
                    self.forget_piece();
                    self.open = true;
                }
                _ if self.open => self.keep(byte),
                _ => {}
            }
        }
    }

    /// Tells the time. Silence of [`Framing::gap_ms`] ends a code when silence is what ends codes; otherwise it gives up
    /// a code without its end.
    pub fn poll(&mut self, now_ms: u64) -> Option<Scanned> {
        if self.poll_at().is_none_or(|due| now_ms < due) {
            return None;
        }
        if self.framing.suffix == Suffix::Silence { self.finish(now_ms) } else { self.give_up(now_ms) }
    }

    /// When [`Scanner::poll`] has something to do next.
    #[must_use]
    pub fn poll_at(&self) -> Option<u64> {
        let waiting = !self.line.is_empty();
        waiting.then(|| self.touched_ms.saturating_add(u64::from(self.framing.gap_ms)))
    }

    /// The line broke, or a new sale begins: drops what has not come to its end. The debounce goes on.
    pub fn reset(&mut self) {
        self.clear();
        self.forget_piece();
    }

    fn keep(&mut self, byte: u8) {
        if self.line.push(byte).is_err() {
            self.overflow = self.overflow.saturating_add(1);
        }
    }

    fn finish(&mut self, now_ms: u64) -> Option<Scanned> {
        let empty = self.line.is_empty();
        let result = if self.may_be_a_rest(now_ms) {
            Err(CodeError::Unfinished { length: self.length() })
        } else {
            self.read_line()
        };
        self.clear();
        if empty {
            // The LF of a CR LF, or a trigger without a code.
            return None;
        }
        match result {
            Err(error) => Some(Scanned::Refused(error)),
            Ok((code, symbology)) => {
                self.forget_piece();
                let repeated = self.last.as_ref().is_some_and(|(last, at)| {
                    *last == code && now_ms.saturating_sub(*at) < u64::from(self.framing.debounce_ms)
                });
                self.last = Some((code.clone(), now_ms));
                (!repeated).then_some(Scanned::Code(code, symbology))
            }
        }
    }

    fn give_up(&mut self, now_ms: u64) -> Option<Scanned> {
        let length = self.length();
        self.forget_piece();
        if length > 0 {
            self.piece = Some((self.line.clone(), now_ms));
        }
        self.clear();
        (length > 0).then_some(Scanned::Refused(CodeError::Unfinished { length }))
    }

    /// Whether the line may be the rest of a piece that came without an end. The same text again is no rest: the code
    /// was scanned a second time, and this time its end came through.
    fn may_be_a_rest(&self, now_ms: u64) -> bool {
        self.piece.as_ref().is_some_and(|(piece, at)| {
            now_ms.saturating_sub(*at) < DOUBT_MS && *piece != self.line && !self.line.is_empty()
        })
    }

    fn read_line(&self) -> Result<(Code, Option<Symbology>), CodeError> {
        if self.overflow > 0 {
            return Err(CodeError::TooLong { length: self.length() });
        }
        // Some scanners pad with spaces; a break on the line reads as NUL.
        let line = trim(&self.line);
        let line = self.without_prefix(line);
        let (symbology, line) = Symbology::split(line);
        let line = if symbology.is_some() { self.without_prefix(line) } else { line };
        Ok((Code::new(line, self.framing.rule)?, symbology))
    }

    fn without_prefix<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        line.strip_prefix(self.framing.prefix.as_slice()).unwrap_or(line)
    }

    fn length(&self) -> usize {
        self.line.len().saturating_add(self.overflow)
    }

    fn clear(&mut self) {
        self.line.zeroize();
        self.line.clear();
        self.overflow = 0;
        self.open = self.framing.suffix != Suffix::StxEtx;
    }

    fn forget_piece(&mut self) {
        if let Some((piece, _)) = &mut self.piece {
            piece.zeroize();
        }
        self.piece = None;
    }
}

fn trim(mut line: &[u8]) -> &[u8] {
    while let [b' ' | 0, rest @ ..] | [rest @ .., b' ' | 0] = line {
        line = rest;
    }
    line
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.line.zeroize();
        self.forget_piece();
    }
}

impl core::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Scanner").field("suffix", &self.framing.suffix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
