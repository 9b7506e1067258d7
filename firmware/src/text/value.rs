//! What can stand on a row of the screen.

use core::str::Chars;

use yika_protocol::money::Fen;

use super::number::{Short, ascii, decimal, yuan};
use super::{Lang, Packed, Text, Unpacked};

/// A text or a figure. Figures become digits only where they are drawn.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A text of ours.
    Text(Text),
    /// Words of a fault.
    Packed(Packed),
    /// A text as it is.
    Plain(&'a str),
    /// An amount in yuan.
    Amount(Fen),
    /// A number.
    Number(u64),
}

impl<'a> Value<'a> {
    /// An empty text.
    pub const NOTHING: Value<'static> = Value::Plain("");

    /// Its characters in a language.
    pub(crate) fn characters(self, lang: Lang) -> Characters<'a> {
        match self {
            Self::Text(text) => Characters::Packed(text.get(lang).into_iter()),
            Self::Packed(text) => Characters::Packed(text.into_iter()),
            Self::Plain(text) => Characters::Plain(text.chars()),
            Self::Amount(amount) => Characters::Figure(yuan(amount), 0),
            Self::Number(number) => Characters::Figure(decimal(number, 1), 0),
        }
    }
}

impl From<Text> for Value<'_> {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Packed> for Value<'_> {
    fn from(text: Packed) -> Self {
        Self::Packed(text)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Plain(text)
    }
}

impl<'a> From<&'a Short> for Value<'a> {
    fn from(text: &'a Short) -> Self {
        Self::Plain(ascii(text))
    }
}

impl From<Fen> for Value<'_> {
    fn from(amount: Fen) -> Self {
        Self::Amount(amount)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

/// The characters of a value.
#[derive(Clone, Debug)]
pub enum Characters<'a> {
    /// A text as it is.
    Plain(Chars<'a>),
    /// A packed text.
    Packed(Unpacked),
    /// The ASCII characters of a figure, from this one on.
    Figure(Short, usize),
}

impl Iterator for Characters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Plain(text) => text.next(),
            Self::Packed(text) => text.next(),
            Self::Figure(text, at) => {
                let byte = *text.get(*at)?;
                *at = at.wrapping_add(1);
                Some(char::from(byte))
            }
        }
    }
}
