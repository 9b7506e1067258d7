//! The serial keypad, on the line it shares with the scanner.
//!
//! A key is one frame of six bytes:
//!
//! | byte | is |
//! |---|---|
//! | 0 | `02` STX |
//! | 1 | `K` |
//! | 2 | number of the frame, `0` … `9` and from `0` again |
//! | 3 | the key: `0` … `9`, `E` enter, `C` cancel, `B` one digit back |
//! | 4 | check: `20` + (sum of bytes 1 to 3 modulo 64) |
//! | 5 | `03` ETX |
//!
//! A wrong digit costs the holder one of three tries, so a frame with a wrong check counts as [`Input::Broken`], and a
//! missing number likewise: what was typed so far is dropped and typed anew. All other bytes belong to the scanner.
//! PIN digits go from here to VERIFY and nowhere else; they are in no message to the till and in none to the centre.

mod entry;

pub use entry::PinEntry;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const MARK: u8 = b'K';

/// A key of the pad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PadKey {
    /// 0 to 9.
    Digit(u8),
    /// Enter.
    Enter,
    /// Cancel.
    Cancel,
    /// One digit back.
    Back,
}

impl core::fmt::Debug for PadKey {
    /// A digit may be one of a PIN.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Digit(_) => "Digit(*)",
            Self::Enter => "Enter",
            Self::Cancel => "Cancel",
            Self::Back => "Back",
        })
    }
}

impl PadKey {
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            b'0'..=b'9' => Some(Self::Digit(byte.wrapping_sub(b'0'))),
            b'E' => Some(Self::Enter),
            b'C' => Some(Self::Cancel),
            b'B' => Some(Self::Back),
            _ => None,
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Digit(digit) => b'0'.wrapping_add(digit % 10),
            Self::Enter => b'E',
            Self::Cancel => b'C',
            Self::Back => b'B',
        }
    }
}

/// The frame a keypad sends for a key.
#[must_use]
pub const fn frame(number: u8, key: PadKey) -> [u8; 6] {
    let number = b'0'.wrapping_add(number % 10);
    let key = key.byte();
    [STX, MARK, number, key, check(number, key), ETX]
}

const fn check(number: u8, key: u8) -> u8 {
    0x20u8.wrapping_add(MARK.wrapping_add(number).wrapping_add(key) & 0x3F)
}

/// What a byte of the line turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A byte of the scanner.
    Scanner(u8),
    /// A key.
    Key(PadKey),
    /// Keys were lost; what was typed so far cannot be trusted. With the key that came now, if one did.
    Broken(Option<PadKey>),
}

/// Takes the line apart.
#[derive(Debug, Default)]
pub struct Line {
    place: Place,
    next: Option<u8>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Outside,
    Stx,
    Number,
    Key(u8),
    Check(u8, Option<PadKey>, u8),
    End(u8, Option<PadKey>),
}

impl Line {
    /// A line on which nothing came yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::Outside, next: None }
    }

    /// Takes a byte. STX and another byte than `K` is a scanner with STX in front: both bytes are handed over.
    pub fn feed(&mut self, byte: u8, mut out: impl FnMut(Input)) {
        self.place = match core::mem::take(&mut self.place) {
            Place::Outside | Place::Number | Place::Key(_) | Place::Check(..) | Place::End(..)
                if byte == STX =>
            {
                // STX in the middle: the frame before was cut off.
                Place::Stx
            }
            Place::Outside => {
                out(Input::Scanner(byte));
                Place::Outside
            }
            Place::Stx if byte == MARK => Place::Number,
            Place::Stx => {
                out(Input::Scanner(STX));
                out(Input::Scanner(byte));
                Place::Outside
            }
            Place::Number => Place::Key(byte),
            Place::Key(number) => Place::Check(number, PadKey::from_byte(byte), check(number, byte)),
            Place::Check(number, key, expected) => Place::End(number, key.filter(|_| byte == expected)),
            Place::End(number, key) => {
                out(self.finish(number, key.filter(|_| byte == ETX)));
                Place::Outside
            }
        };
    }

    fn finish(&mut self, number: u8, key: Option<PadKey>) -> Input {
        let number = number.wrapping_sub(b'0') % 10;
        let expected = self.next;
        let Some(key) = key else {
            // A damaged frame: the next good one begins a new count, and is told as broken because a key is missing.
            self.next = expected.map(|_| u8::MAX);
            return Input::Broken(None);
        };
        self.next = Some(number.wrapping_add(1) % 10);
        match expected {
            None => Input::Key(key),
            Some(due) if due == number => Input::Key(key),
            // The pad was switched on again: it counts from 0, and nobody types across that.
            Some(_) => Input::Broken(Some(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn feed(line: &mut Line, bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        for byte in bytes {
            line.feed(*byte, |input| found.push(input));
        }
        found
    }

    #[test]
    fn the_frame_is_as_the_table_says() {
        assert_eq!(
            frame(0, PadKey::Digit(7)),
            [0x02, b'K', b'0', b'7', 0x20 + ((0x4B + 0x30 + 0x37) & 63), 0x03]
        );
        assert_eq!(
            frame(9, PadKey::Enter),
            [0x02, b'K', b'9', b'E', 0x20 + ((0x4B + 0x39 + 0x45) & 63), 0x03]
        );
    }

    #[test]
    fn keys_and_codes_share_the_line() {
        let mut line = Line::new();
        let mut bytes = Vec::from(frame(0, PadKey::Digit(1)));
        bytes.extend(b"28000\r");
        bytes.extend(frame(1, PadKey::Enter));
        let inputs = feed(&mut line, &bytes);
        assert_eq!(inputs.first(), Some(&Input::Key(PadKey::Digit(1))));
        assert_eq!(inputs.last(), Some(&Input::Key(PadKey::Enter)));
        let code: Vec<u8> = inputs
            .iter()
            .filter_map(|input| if let Input::Scanner(byte) = input { Some(*byte) } else { None })
            .collect();
        assert_eq!(code, b"28000\r");
    }

    #[test]
    fn a_scanner_may_use_stx_itself() {
        let found = feed(&mut Line::new(), b"\x0228\x03");
        assert_eq!(found, [0x02, b'2', b'8', 0x03].map(Input::Scanner));
    }

    #[test]
    fn a_lost_key_is_noticed() {
        let mut line = Line::new();
        feed(&mut line, &frame(4, PadKey::Digit(1)));
        assert_eq!(feed(&mut line, &frame(6, PadKey::Digit(3))), [Input::Broken(Some(PadKey::Digit(3)))]);
        assert_eq!(feed(&mut line, &frame(7, PadKey::Digit(4))), [Input::Key(PadKey::Digit(4))]);
    }

    #[test]
    fn a_damaged_byte_never_types_another_digit() {
        for at in 0..6 {
            for flip in 1..=255u8 {
                let mut line = Line::new();
                feed(&mut line, &frame(0, PadKey::Digit(1)));
                let mut bytes = frame(1, PadKey::Digit(2));
                bytes[at] ^= flip;
                let found = feed(&mut line, &bytes);
                assert!(
                    !found.iter().any(|input| matches!(input, Input::Key(key) if *key != PadKey::Digit(2)))
                );
                // And whatever it was taken for, the next key is not silently appended to what came before.
                let next = feed(&mut line, &frame(2, PadKey::Digit(3)));
                assert!(
                    !next.contains(&Input::Key(PadKey::Digit(3)))
                        || found.contains(&Input::Key(PadKey::Digit(2))),
                    "{at} {flip}"
                );
            }
        }
    }
}
