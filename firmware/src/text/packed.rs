//! Texts that stand packed in flash, unpacked character by character.

use core::fmt::{self, Write as _};
use core::slice;

use heapless::Vec;

use super::Lang;
use crate::screen::character;

// ZH and EN, the books of both languages, and NUMBERS of the faults in them.
include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// What the codes of a language mean, and all its texts.
#[derive(Debug)]
pub(super) struct Book {
    /// Characters with a code of their own, from code 0 on.
    singles: &'static [u16],
    /// Two codes in one, behind the single ones. No pair holds a later one.
    pairs: &'static [[u8; 2]],
    /// Bytes of each text.
    sizes: &'static [u8],
    /// The texts, one behind the other.
    bytes: &'static [u8],
}

/// Pairs in pairs, at most; the build goes no deeper.
const DEEPEST: usize = 12;

/// A packed text; to be gone through by its characters.
#[derive(Clone, Copy, Debug)]
pub struct Packed {
    book: &'static Book,
    codes: &'static [u8],
}

impl Packed {
    /// The text at this place of a language's book.
    pub(super) fn at(place: usize, lang: Lang) -> Self {
        let book = match lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        };
        let mut sizes = book.sizes.iter().map(|size| usize::from(*size));
        let start = sizes.by_ref().take(place).fold(0, usize::wrapping_add);
        let size = sizes.next().unwrap_or(0);
        let codes = book.bytes.get(start..).and_then(|rest| rest.get(..size)).unwrap_or_default();
        Self { book, codes }
    }
}

impl IntoIterator for Packed {
    type Item = char;
    type IntoIter = Unpacked;

    fn into_iter(self) -> Unpacked {
        Unpacked { book: self.book, codes: self.codes.iter(), waiting: Vec::new() }
    }
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.into_iter().try_for_each(|character| f.write_char(character))
    }
}

/// The characters of a packed text.
#[derive(Clone, Debug)]
pub struct Unpacked {
    book: &'static Book,
    codes: slice::Iter<'static, u8>,
    /// Second halves of pairs whose first half is being unpacked.
    waiting: Vec<u8, DEEPEST>,
}

impl Iterator for Unpacked {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut code = match self.waiting.pop() {
            Some(code) => code,
            None => *self.codes.next()?,
        };
        // Every turn opens a pair; a first half is never deeper than the pair was.
        for _ in 0..=DEEPEST {
            let at = usize::from(code);
            if let Some(single) = self.book.singles.get(at) {
                return char::from_u32(u32::from(*single));
            }
            match self.book.pairs.get(at.wrapping_sub(self.book.singles.len())) {
                Some([first, second]) => {
                    self.waiting.push(*second).ok()?;
                    code = *first;
                }
                // Counting down from 255, the high byte of a place in the font; the low byte follows.
                None => {
                    let high = usize::from(u8::MAX.wrapping_sub(code));
                    return character(high << 8 | usize::from(*self.codes.next()?));
                }
            }
        }
        None
    }
}
