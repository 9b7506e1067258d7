//! Texts that stand packed in flash, unpacked character by character.

use core::slice;
use core::str::Chars;

use heapless::Vec;

use crate::screen::character;

/// What the codes of a language mean, and all its texts.
#[derive(Debug)]
pub(super) struct Book {
    /// Characters with a code of their own, from code 0 on.
    pub(super) singles: &'static [u16],
    /// Two codes in one, behind the single ones. No pair holds a later one.
    pub(super) pairs: &'static [[u8; 2]],
    /// The texts, one behind the other.
    pub(super) bytes: &'static [u8],
}

/// Pairs in pairs, at most; the build goes no deeper.
const DEEPEST: usize = 12;

/// A packed text; yields its characters.
#[derive(Clone, Debug)]
pub struct Packed {
    book: &'static Book,
    codes: slice::Iter<'static, u8>,
    /// Second halves of pairs whose first half is being unpacked.
    waiting: Vec<u8, DEEPEST>,
}

impl Packed {
    pub(super) fn new(book: &'static Book, codes: &'static [u8]) -> Self {
        Self { book, codes: codes.iter(), waiting: Vec::new() }
    }
}

impl Iterator for Packed {
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

/// Characters to draw, wherever they come from.
#[derive(Clone, Debug)]
pub enum Words<'a> {
    /// A text as it is.
    Plain(Chars<'a>),
    /// A packed text.
    Packed(Packed),
}

impl<'a> From<&'a str> for Words<'a> {
    fn from(text: &'a str) -> Self {
        Self::Plain(text.chars())
    }
}

impl From<Packed> for Words<'_> {
    fn from(text: Packed) -> Self {
        Self::Packed(text)
    }
}

impl Iterator for Words<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Plain(text) => text.next(),
            Self::Packed(text) => text.next(),
        }
    }
}
