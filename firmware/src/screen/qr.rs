//! A QR code small enough for the screen (ISO/IEC 18004): version 2 or 3, error correction level M, one block.
//!
//! A general encoder (`qrcodegen-no-heap` is the known one) checks its own arithmetic with assertions and indexing all
//! over, and the application must link without any panic path. With two sizes, one block and one level what is left is
//! short, so it stands here, and the tests read its codes with a decoder of other hands.

/// Codewords of the larger size, data and error correction.
const MOST: usize = 70;
/// Modules along a side of the larger size.
const MOST_SIDE: usize = 29;

/// Letters of the alphanumeric mode, by value.
const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Mask 0 at level M, with its BCH bits and the fixed XOR, most significant first.
const FORMAT: u16 = 0b101_0100_0001_0010;

/// A finished code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    side: u8,
    /// One row of modules each, the left module in bit 31.
    dark: [u32; MOST_SIDE],
    /// Modules that carry no data.
    fixed: [u32; MOST_SIDE],
}

struct Size {
    side: u8,
    /// Codewords of data.
    data: usize,
    /// Generator polynomial of the error correction, without its leading 1.
    generator: &'static [u8],
}

/// Version 2-M: 28 data codewords, 16 of correction.
const SMALL: Size = Size {
    side: 25,
    data: 28,
    generator: &[59, 13, 104, 189, 68, 209, 30, 8, 163, 65, 41, 229, 98, 50, 36, 59],
};

/// Version 3-M: 44 data codewords, 26 of correction.
const LARGE: Size = Size {
    side: 29,
    data: 44,
    generator: &[
        246, 51, 183, 4, 136, 98, 199, 152, 77, 56, 206, 24, 145, 40, 209, 117, 233, 42, 135, 68, 70, 144,
        146, 77, 43, 94,
    ],
};

impl Qr {
    /// The code of a text: up to 61 digits, capitals and `$%*+-./: `, or up to 42 bytes of anything. `None` for more.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let size = [SMALL, LARGE].into_iter().find(|size| Bits::of(text, size).is_some())?;
        let mut words = Bits::of(text, &size)?.padded(&size);
        correct(&mut words, &size);
        let mut code = Self { side: size.side, dark: [0; MOST_SIDE], fixed: [0; MOST_SIDE] };
        code.patterns();
        code.place(&words);
        Some(code)
    }

    /// Modules along a side.
    #[must_use]
    pub const fn side(&self) -> u8 {
        self.side
    }

    /// Whether a module is dark. Outside the code none is.
    #[must_use]
    pub fn dark(&self, x: u8, y: u8) -> bool {
        x < self.side && self.dark.get(usize::from(y)).is_some_and(|row| row & bit(x) != 0)
    }

    fn is_fixed(&self, x: u8, y: u8) -> bool {
        self.fixed.get(usize::from(y)).is_some_and(|row| row & bit(x) != 0)
    }

    fn set(&mut self, x: u8, y: u8, dark: bool) {
        if let Some(row) = self.dark.get_mut(usize::from(y)) {
            if dark { *row |= bit(x) } else { *row &= !bit(x) }
        }
    }

    fn fix(&mut self, x: u8, y: u8, dark: bool) {
        if x < self.side && y < self.side {
            self.set(x, y, dark);
            if let Some(row) = self.fixed.get_mut(usize::from(y)) {
                *row |= bit(x);
            }
        }
    }

    fn patterns(&mut self) {
        let end = self.side.wrapping_sub(1);
        for at in 0..self.side {
            self.fix(at, 6, at % 2 == 0);
            self.fix(6, at, at % 2 == 0);
        }
        for (x, y) in [(3, 3), (end.wrapping_sub(3), 3), (3, end.wrapping_sub(3))] {
            self.square(x, y, 4, |distance| !matches!(distance, 2 | 4));
        }
        let alignment = end.wrapping_sub(6);
        self.square(alignment, alignment, 2, |distance| distance != 1);
        self.format();
    }

    /// Rings around a centre.
    fn square(&mut self, x: u8, y: u8, reach: u8, dark: fn(u8) -> bool) {
        let size = reach.wrapping_mul(2);
        for down in 0..=size {
            for right in 0..=size {
                let distance = right.abs_diff(reach).max(down.abs_diff(reach));
                // Left of or above the code the number wraps and `fix` drops it.
                let x = x.wrapping_add(right).wrapping_sub(reach);
                let y = y.wrapping_add(down).wrapping_sub(reach);
                self.fix(x, y, dark(distance));
            }
        }
    }

    /// Level and mask, twice, and the one module that is always dark.
    fn format(&mut self) {
        let side = self.side;
        for at in 0..15u8 {
            let dark = FORMAT >> at & 1 == 1;
            // Bit 0 stands at the top of the upper copy's column and at the right end of the other copy's row.
            let (x, y) = match at {
                0..=5 => (8, at),
                6 | 7 => (8, at.wrapping_add(1)),
                8 => (7, 8),
                _ => (14u8.wrapping_sub(at), 8),
            };
            self.fix(x, y, dark);
            let (x, y) = match at {
                0..=7 => (side.wrapping_sub(1).wrapping_sub(at), 8),
                _ => (8, side.wrapping_sub(15).wrapping_add(at)),
            };
            self.fix(x, y, dark);
        }
        self.fix(8, side.wrapping_sub(8), true);
    }

    /// Pairs of columns from the right, up and down in turn, around everything fixed; mask 0.
    fn place(&mut self, words: &[u8; MOST]) {
        let mut bits = words.iter().flat_map(|word| (0..8).rev().map(move |at| word >> at & 1 == 1));
        let mut upward = true;
        let mut right = self.side.wrapping_sub(1);
        while right >= 1 && right < self.side {
            if right == 6 {
                right = 5;
            }
            for step in 0..self.side {
                let y = if upward { self.side.wrapping_sub(1).wrapping_sub(step) } else { step };
                for x in [right, right.wrapping_sub(1)] {
                    if !self.is_fixed(x, y) {
                        // Past the last codeword stand remainder bits, which are 0.
                        let dark = bits.next().unwrap_or(false);
                        self.set(x, y, dark ^ (x.wrapping_add(y) % 2 == 0));
                    }
                }
            }
            upward = !upward;
            right = right.wrapping_sub(2);
        }
    }
}

const fn bit(x: u8) -> u32 {
    (1u32 << 31).wrapping_shr(x as u32)
}

/// A string of bits, packed into codewords.
struct Bits {
    words: [u8; MOST],
    length: usize,
    /// Bits that fit.
    room: usize,
}

impl Bits {
    fn of(text: &[u8], size: &Size) -> Option<Self> {
        let mut bits = Self { words: [0; MOST], length: 0, room: size.data.wrapping_mul(8) };
        let count = u16::try_from(text.len()).ok()?;
        if text.iter().all(|byte| value(*byte).is_some()) {
            bits.push(0b0010, 4)?;
            bits.push(count, 9)?;
            for pair in text.chunks(2) {
                match pair {
                    [high, low] => {
                        bits.push(value(*high)?.wrapping_mul(45).wrapping_add(value(*low)?), 11)?
                    }
                    [last] => bits.push(value(*last)?, 6)?,
                    _ => {}
                }
            }
        } else {
            bits.push(0b0100, 4)?;
            bits.push(count, 8)?;
            for byte in text {
                bits.push(u16::from(*byte), 8)?;
            }
        }
        Some(bits)
    }

    fn push(&mut self, value: u16, count: u32) -> Option<()> {
        for at in (0..count).rev() {
            if self.length >= self.room {
                return None;
            }
            let word = self.words.get_mut(self.length / 8)?;
            *word |= u8::from(value.wrapping_shr(at) & 1 == 1)
                .wrapping_shl(7u32.wrapping_sub(self.length as u32 % 8));
            self.length = self.length.wrapping_add(1);
        }
        Some(())
    }

    /// A terminator as far as it fits, whole codewords, then the two filling codewords in turn.
    fn padded(self, size: &Size) -> [u8; MOST] {
        let used = self.length.wrapping_add(4).min(self.room).div_ceil(8);
        let mut words = self.words;
        for (word, filling) in
            words.iter_mut().take(size.data).skip(used).zip([0xEC, 0x11].into_iter().cycle())
        {
            *word = filling;
        }
        words
    }
}

fn value(letter: u8) -> Option<u16> {
    LETTERS.iter().position(|known| *known == letter).and_then(|at| u16::try_from(at).ok())
}

/// Reed–Solomon over GF(256) with x⁸ + x⁴ + x³ + x² + 1: the remainder goes behind the data.
fn correct(words: &mut [u8; MOST], size: &Size) {
    let mut remainder = [0u8; 26];
    for word in words.iter().take(size.data) {
        let factor = *word ^ remainder.first().copied().unwrap_or(0);
        remainder.rotate_left(1);
        let degree = size.generator.len();
        // What was shifted out of the front has come in behind; it does not belong to the remainder.
        for (at, slot) in remainder.iter_mut().enumerate() {
            if at.wrapping_add(1) >= degree {
                *slot = 0;
            }
        }
        for (slot, coefficient) in remainder.iter_mut().zip(size.generator) {
            *slot ^= times(*coefficient, factor);
        }
    }
    for (word, check) in words.iter_mut().skip(size.data).zip(remainder.iter().take(size.generator.len())) {
        *word = *check;
    }
}

fn times(left: u8, right: u8) -> u8 {
    let mut product = 0u8;
    for at in (0..8).rev() {
        let carry = product >> 7;
        product = product << 1 ^ carry.wrapping_mul(0x1D);
        product ^= (right >> at & 1).wrapping_mul(left);
    }
    product
}
