//! Reads packed glyphs, dot by dot.

use core::slice;

use super::context::{CONTEXTS, Row};

/// Rows of a glyph, the left column in the highest bit, from its packed bytes.
///
/// `chances` says how many of 256 dots are lit in each context. Any bytes give some picture.
pub(super) fn rows(packed: &[u8], chances: &[u8; CONTEXTS], columns: u8) -> [u16; 16] {
    let mut dots = Dots::new(packed);
    let mut rows = [0; 16];
    let (mut above, mut twice_above) = (0, 0);
    for whole in &mut rows {
        let mut row = Row::new(above, twice_above);
        for x in 0..columns {
            let edge = x == 0 || x.wrapping_add(1) == columns;
            let chance = chances.get(usize::from(row.context(edge))).copied().unwrap_or(0);
            row.push(dots.next(chance));
        }
        // Left-aligned: 8 columns or 16.
        let row = (row.dots << (16u8.saturating_sub(columns) & 15)) as u16;
        (above, twice_above) = (row, above);
        *whole = row;
    }
    rows
}

/// A reader of binary arithmetic code: an interval that every dot narrows, and the number that lies in it.
struct Dots<'a> {
    bytes: slice::Iter<'a, u8>,
    low: u32,
    high: u32,
    number: u32,
}

impl<'a> Dots<'a> {
    fn new(packed: &'a [u8]) -> Self {
        let mut dots = Self { bytes: packed.iter(), low: 0, high: u32::MAX, number: 0 };
        for _ in 0..4 {
            dots.shift();
        }
        dots.low = 0;
        dots.high = u32::MAX;
        dots
    }

    fn next(&mut self, chance: u8) -> bool {
        let part = (self.high.wrapping_sub(self.low) >> 8).wrapping_mul(u32::from(chance));
        let middle = self.low.wrapping_add(part);
        let lit = self.number <= middle;
        if lit {
            self.high = middle;
        } else {
            self.low = middle.wrapping_add(1);
        }
        // An interval that never narrows to one leading byte ends here too: four shifts renew all of it.
        for _ in 0..4 {
            if (self.low ^ self.high) >> 24 != 0 {
                break;
            }
            self.shift();
        }
        lit
    }

    fn shift(&mut self) {
        // The packer leaves out zeros at the end.
        let byte = self.bytes.next().copied().unwrap_or(0);
        self.low <<= 8;
        self.high = self.high << 8 | 0xFF;
        self.number = self.number << 8 | u32::from(byte);
    }
}
