//! Every word the device says, in Chinese and English.
//!
//! Short texts are UTF-8 in flash, those of the faults are packed when the crate is built. The screen finds their glyphs, the slip their GB18030 bytes, both in the one table made from
//! `font/subset.hex` when the crate is built; nothing is encoded at run time. A test fails when a text here uses a
//! character that the subset lacks.
//!
//! Wording is for a cashier with a queue: what happened to the money first, what to do now second.

pub mod number;
mod packed;
mod refusals;
mod words;

pub use packed::{Packed, Words};
pub use refusals::{Refusal, known, refusal};
pub use words::*;

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

/// One text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The text in a language.
    #[must_use]
    pub const fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}
