//! Glyphs: every dot is coded by how often it is lit among dots with the same neighbours (binary arithmetic coding).
//!
//! That takes half the flash of the plain bitmaps.

use std::error::Error;
use std::fmt::Write as _;

use super::context::{CONTEXTS, Row};

struct Glyph {
    code: u16,
    gb: u16,
    columns: u32,
    rows: Vec<u16>,
}

/// The glyphs of the file, by code.
pub(crate) struct Font {
    glyphs: Vec<Glyph>,
}

/// Characters that need no code in the table: the printable ASCII.
const ASCII: std::ops::RangeInclusive<u16> = 0x20..=0x7E;

impl Font {
    /// Lines `code:gb18030:bitmap`; `#` begins a comment.
    pub(crate) fn read(source: &str) -> Result<Self, Box<dyn Error>> {
        let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut glyphs = lines.map(glyph).collect::<Result<Vec<_>, _>>()?;
        glyphs.sort_by_key(|glyph| glyph.code);
        if glyphs.windows(2).any(|pair| matches!(pair, [one, other] if one.code == other.code)) {
            return Err("a character stands twice".into());
        }
        if !glyphs.iter().map(|glyph| glyph.code).take(ASCII.len()).eq(ASCII) {
            return Err("the printable ASCII characters are not complete".into());
        }
        Ok(Self { glyphs })
    }

    /// Where a character that is not ASCII stands among those that are not.
    pub(crate) fn place(&self, character: char) -> Option<usize> {
        let mut others = self.glyphs.iter().skip(ASCII.len());
        others.position(|glyph| u32::from(glyph.code) == u32::from(character))
    }

    /// The tables as Rust.
    pub(crate) fn table(&self) -> Result<String, Box<dyn Error>> {
        let chances = self.chances();
        let (mut sizes, mut packed) = (Vec::new(), Vec::new());
        for glyph in &self.glyphs {
            let mut coder = Coder::default();
            glyph.each(|context, lit| coder.code(chances[usize::from(context)], lit));
            let bytes = coder.end();
            let size =
                u8::try_from(bytes.len()).ok().filter(|size| *size < 0x80).ok_or("a glyph is too large")?;
            sizes.push(size | if glyph.columns == 8 { 0x80 } else { 0 });
            packed.extend(bytes);
        }
        let others = || self.glyphs.iter().skip(ASCII.len());
        let mut text = String::new();
        let codes: Vec<u16> = others().map(|glyph| glyph.code).collect();
        let gb: Vec<u16> = others().map(|glyph| glyph.gb).collect();
        writeln!(text, "static CODES: [u16; {}] = {codes:?};", codes.len())?;
        writeln!(text, "static GB: [u16; {}] = {gb:?};", gb.len())?;
        writeln!(text, "static SIZES: [u8; {}] = {sizes:?};", sizes.len())?;
        writeln!(text, "static CHANCES: [u8; {CONTEXTS}] = {chances:?};")?;
        writeln!(text, "static PACKED: [u8; {}] = {packed:?};", packed.len())?;
        Ok(text)
    }

    /// How many of 256 dots are lit, by context.
    fn chances(&self) -> [u8; CONTEXTS] {
        let mut counts = [(0u32, 0u32); CONTEXTS];
        for glyph in &self.glyphs {
            glyph.each(|context, lit| {
                let (all, dots) = &mut counts[usize::from(context)];
                *all += 1;
                *dots += u32::from(lit);
            });
        }
        counts.map(|(all, dots)| ((dots * 256 + 128) / (all + 1)).clamp(1, 255) as u8)
    }
}

impl Glyph {
    /// Every dot with its context, row by row.
    fn each(&self, mut take: impl FnMut(u8, bool)) {
        let (mut above, mut twice_above) = (0, 0);
        for whole in &self.rows {
            let mut row = Row::new(above, twice_above);
            for x in 0..self.columns {
                let lit = whole & (0x8000 >> x) != 0;
                take(row.context(x == 0 || x + 1 == self.columns), lit);
                row.push(lit);
            }
            (above, twice_above) = (*whole, above);
        }
    }
}

fn glyph(line: &str) -> Result<Glyph, Box<dyn Error>> {
    let fields: Vec<&str> = line.split(':').collect();
    let [code, gb, bitmap] = fields[..] else {
        return Err(format!("three fields expected: {line}").into());
    };
    let columns = match bitmap.len() {
        32 => 8,
        64 => 16,
        _ => return Err(format!("neither 8 nor 16 wide: {line}").into()),
    };
    let digits = bitmap.len() / 16;
    let row = |at: usize| Ok(u16::from_str_radix(&bitmap[at * digits..][..digits], 16)? << (16 - columns));
    let rows = (0..16).map(row).collect::<Result<_, Box<dyn Error>>>()?;
    Ok(Glyph { code: u16::from_str_radix(code, 16)?, gb: u16::from_str_radix(gb, 16)?, columns, rows })
}

/// Writes what `screen::dots` reads; both narrow the same interval.
struct Coder {
    low: u32,
    high: u32,
    bytes: Vec<u8>,
}

impl Default for Coder {
    fn default() -> Self {
        Self { low: 0, high: u32::MAX, bytes: Vec::new() }
    }
}

impl Coder {
    fn code(&mut self, chance: u8, lit: bool) {
        let middle = self.low + ((self.high - self.low) >> 8) * u32::from(chance);
        if lit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.bytes.push((self.low >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
    }

    /// The fewest bytes that still lie in the interval when zeros follow.
    fn end(mut self) -> Vec<u8> {
        for count in 0..=4u32 {
            let unit = 1u64 << (32 - 8 * count);
            let value = u64::from(self.low).div_ceil(unit) * unit;
            if value <= u64::from(self.high) {
                self.bytes.extend(value.to_be_bytes().iter().skip(4).take(count as usize));
                break;
            }
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}
