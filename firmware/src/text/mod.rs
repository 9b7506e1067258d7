//! Every word the device says, in Chinese and English.
//!
//! All texts stand packed in flash, made when the crate is built. The screen finds their glyphs, the slip their GB18030
//! bytes, both in the one table made from `font/glyphs.txt`; nothing is encoded at run time. A test fails when a text uses
//! a character that the font lacks.
//!
//! Wording is for a cashier with a queue: what happened to the money first, what to do now second.

pub mod number;
mod packed;
mod refusals;
mod value;

pub use packed::{Packed, Unpacked};
pub use refusals::{Refusal, known, refusal};
pub use value::{Characters, Value};
pub use words::*;

/// Names for the texts; their words are only in the packed tables.
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        use super::Text;

        #[allow(clippy::upper_case_acronyms, non_camel_case_types)] // Named like the constants.
        enum Place { $($name),* }

        /// How many there are.
        pub(super) const COUNT: usize = [$(Place::$name as u8),*].len();

        $(#[doc = concat!($zh, " · ", $en)] pub const $name: Text = Text(Place::$name as u8);)*
    };
}

mod words;

/// Language of screen and slip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }
}

/// One text of the device, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(u8);

impl Text {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..COUNT).filter_map(|place| u8::try_from(place).ok()).map(Self)
    }

    /// The text in a language.
    #[must_use]
    pub fn get(self, lang: Lang) -> Packed {
        Packed::at(usize::from(self.0), lang)
    }

    /// The text, or nothing.
    #[must_use]
    pub fn when(self, said: bool) -> Value<'static> {
        if said { self.into() } else { Value::NOTHING }
    }
}
