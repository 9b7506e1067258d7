//! Reads packed glyphs, dot by dot.

use core::slice;

use super::context::{CONTEXTS, context};

/// Rows of a glyph, the left column in the highest bit, from its packed bytes.
///
/// `chances` says how many of 256 dots are lit in each context. Any bytes give some picture.
pub(super) fn rows(packed: &[u8], chances: &[u8; CONTEXTS], columns: u8) -> [u16; 16] {
    let mut dots = Dots::new(packed);
    let mut rows = [0; 16];
    let (mut above, mut twice_above) = (0, 0);
    let columns = u32::from(columns);
    for whole in &mut rows {
        let mut row = 0u16;
        for x in 0..columns {
            let context = context(row, above, twice_above, x, columns);
            let chance = chances.get(usize::from(context)).copied().unwrap_or(0);
            if dots.next(chance) {
                row |= 0x8000u16.wrapping_shr(x);
            }
        }
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
