//! Faults that a cashier meets, told in the words of the one fault table.
//!
//! Only faults named in `build/refusals.rs` have their words and glyphs in the device; of any other number it shows the
//! number, which the manual explains. The words stand packed in flash.

use super::Lang;
use super::packed::{Book, Packed};

/// Sizes of a fault's packed cause and action.
struct Sizes {
    number: u16,
    zh: [u8; 2],
    en: [u8; 2],
}

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The words of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Its number.
    pub number: u16,
    zh: [&'static [u8]; 2],
    en: [&'static [u8]; 2],
}

impl Refusal {
    /// What happened.
    #[must_use]
    pub fn cause(&self, lang: Lang) -> Packed {
        let ([zh, _], [en, _]) = (self.zh, self.en);
        unpack(lang, zh, en)
    }

    /// What to do about it.
    #[must_use]
    pub fn action(&self, lang: Lang) -> Packed {
        let ([_, zh], [_, en]) = (self.zh, self.en);
        unpack(lang, zh, en)
    }
}

fn unpack(lang: Lang, zh: &'static [u8], en: &'static [u8]) -> Packed {
    match lang {
        Lang::Zh => Packed::new(&ZH, zh),
        Lang::En => Packed::new(&EN, en),
    }
}

/// Every fault whose words the device carries.
pub fn known() -> impl Iterator<Item = Refusal> {
    let (mut zh, mut en) = (ZH.bytes, EN.bytes);
    KNOWN.iter().map(move |sizes| Refusal {
        number: sizes.number,
        zh: sizes.zh.map(|size| split(&mut zh, size)),
        en: sizes.en.map(|size| split(&mut en, size)),
    })
}

fn split(rest: &mut &'static [u8], size: u8) -> &'static [u8] {
    rest.split_off(..usize::from(size)).unwrap_or_default()
}

/// The words for a number, when the device carries them.
#[must_use]
pub fn refusal(number: u16) -> Option<Refusal> {
    known().find(|refusal| refusal.number == number)
}
