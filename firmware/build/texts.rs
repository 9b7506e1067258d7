//! All texts of the device: what often stands together gets a code of one byte (byte pair encoding).
//!
//! The English takes 0.4 bytes a character so, the Chinese one.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use yika_protocol::fault::{Fault, device};

use super::glyphs::Font;

/// Characters with a code of their own, at most.
const SINGLES: usize = 170;
/// Codes that begin a character of two bytes: its place in the font.
const ESCAPES: usize = 3;
/// Pairs in pairs, at most; the device keeps a stack of so many.
const DEEPEST: u8 = 12;
/// A pair is worth its two bytes from here on.
const WORTH: u32 = 4;

/// The tables as Rust: a book for each language, and the numbers of the faults. In a book stand first the words of the
/// screens in their order, then cause and action of each fault.
pub(crate) fn table(words: &[[&str; 2]], others: &[&Fault], font: &Font) -> Result<String, Box<dyn Error>> {
    let known = || device::ALL.iter().chain(others);
    let numbers: Vec<u16> = known().map(|fault| fault.number).collect();
    let zh = known().flat_map(|fault| [fault.cause_zh, fault.action_zh]);
    let en = known().flat_map(|fault| [fault.cause_en, fault.action_en]);
    let zh: Vec<&str> = words.iter().map(|[zh, _]| *zh).chain(zh).collect();
    let en: Vec<&str> = words.iter().map(|[_, en]| *en).chain(en).collect();
    let mut text = String::new();
    for (name, texts) in [("ZH", zh), ("EN", en)] {
        let book = Book::of(&texts, font);
        let sizes = book.texts.iter().map(|text| u8::try_from(book.bytes(text).count()));
        let sizes = sizes.collect::<Result<Vec<_>, _>>()?;
        let bytes: Vec<u8> = book.texts.iter().flat_map(|text| book.bytes(text)).collect();
        let singles: Vec<u16> = book.singles.iter().map(|single| *single as u16).collect();
        let pairs = &book.pairs;
        writeln!(
            text,
            "pub(super) static {name}: Book = Book {{\n    singles: &{singles:?},\n    pairs: &{pairs:?},\n    \
             sizes: &{sizes:?},\n    bytes: &{bytes:?},\n}};",
        )?;
    }
    writeln!(text, "/// Numbers of the faults, in the order of their texts.")?;
    writeln!(text, "pub(super) static NUMBERS: [u16; {}] = {numbers:?};", numbers.len())?;
    Ok(text)
}

/// A text being packed: below 256 a code, above it the place of a rare character in the font.
type Codes = Vec<u16>;

struct Book {
    singles: Vec<char>,
    pairs: Vec<[u8; 2]>,
    texts: Vec<Codes>,
}

impl Book {
    fn of(texts: &[&str], font: &Font) -> Self {
        let singles = singles(texts);
        let code = |character: char| match singles.iter().position(|single| *single == character) {
            Some(at) => at as u16,
            // One that the font lacks becomes another, and `tests/font.rs` says which; it also mends the font.
            None => 256 + font.place(character).filter(|place| *place < ESCAPES << 8).unwrap_or(0) as u16,
        };
        let texts = texts.iter().map(|text| text.chars().map(code).collect()).collect();
        let mut book = Self { pairs: Vec::new(), texts, singles };
        let mut depths = vec![0u8; book.singles.len()];
        while depths.len() + ESCAPES < 256 {
            let Some(pair) = book.most_frequent(&depths) else { break };
            let new = depths.len() as u16;
            let [one, other] = pair.map(|code| depths[usize::from(code)]);
            depths.push(one.max(other) + 1);
            book.pairs.push(pair.map(|code| code as u8));
            for text in &mut book.texts {
                replace(text, pair, new);
            }
        }
        book
    }

    fn most_frequent(&self, depths: &[u8]) -> Option<[u16; 2]> {
        let mut counts = BTreeMap::new();
        for text in &self.texts {
            for pair in text.windows(2) {
                let [one, other] = *pair else { continue };
                let deep = |code: u16| depths.get(usize::from(code)).is_none_or(|depth| *depth >= DEEPEST);
                if !deep(one) && !deep(other) {
                    *counts.entry([one, other]).or_insert(0u32) += 1;
                }
            }
        }
        let (pair, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        (count >= WORTH).then_some(pair)
    }

    fn bytes(&self, text: &Codes) -> impl Iterator<Item = u8> {
        text.iter().flat_map(|code| {
            let [high, low] = code.to_be_bytes();
            // 256 + place: the first byte counts down from 255 with the high byte of the place.
            let escape = (high > 0).then(|| 0u8.wrapping_sub(high));
            escape.into_iter().chain([low])
        })
    }
}

/// All of ASCII that occurs, then what is most frequent.
fn singles(texts: &[&str]) -> Vec<char> {
    let mut counts = BTreeMap::new();
    for character in texts.iter().flat_map(|text| text.chars()) {
        *counts.entry(character).or_insert(0u32) += 1;
    }
    let mut singles: Vec<(char, u32)> = counts.into_iter().collect();
    singles.sort_by_key(|(character, count)| (!character.is_ascii(), u32::MAX - count));
    singles.into_iter().map(|(character, _)| character).take(SINGLES).collect()
}

fn replace(text: &mut Codes, pair: [u16; 2], new: u16) {
    let mut rest = std::mem::take(text).into_iter().peekable();
    while let Some(code) = rest.next() {
        if code == pair[0] && rest.next_if_eq(&pair[1]).is_some() {
            text.push(new);
        } else {
            text.push(code);
        }
    }
}
