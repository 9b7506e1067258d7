//! Glyphs by character or by GB18030 code, from the tables made at build time.
//!
//! The glyphs are GNU Unifont's, 16 rows high, 8 or 16 columns wide; see `font/README.md` for their licence. They stand
//! packed in flash, about 15 bytes each, and are unpacked when they are drawn.

use super::dots;

// CODES and GB of the characters beyond ASCII, sorted by Unicode; SIZES of all glyphs in bytes, ASCII first, the highest
// bit for those 8 columns wide; CHANCES and PACKED for `dots`.
include!(concat!(env!("OUT_DIR"), "/glyphs.rs"));

/// Rows of every glyph.
pub(super) const HEIGHT: u8 = 16;

/// Glyphs of printable ASCII, from the space on.
const ASCII: usize = 95;

/// In a size: 8 columns, not 16.
const NARROW: u8 = 0x80;

/// What to draw for one character.
#[derive(Clone, Copy)]
pub(crate) struct Glyph {
    /// Place in the table; `None`: not in the subset, a box is drawn.
    at: Option<usize>,
    width: u8,
}

impl Glyph {
    /// The box of what is not in the subset.
    pub(crate) const fn missing(width: u8) -> Self {
        Self { at: None, width }
    }

    fn at(at: usize) -> Self {
        let narrow = SIZES.get(at).is_some_and(|size| size & NARROW != 0);
        Self { at: Some(at), width: if narrow { 8 } else { 16 } }
    }

    pub(crate) const fn width(self) -> u8 {
        self.width
    }

    /// The rows, left-aligned in 16 bits.
    pub(crate) fn rows(self) -> [u16; 16] {
        let Some(at) = self.at else { return boxed(self.width) };
        let mut sizes = SIZES.iter().map(|size| usize::from(size & !NARROW));
        let start = sizes.by_ref().take(at).fold(0, usize::wrapping_add);
        let size = sizes.next().unwrap_or(0);
        let packed = PACKED.get(start..).and_then(|rest| rest.get(..size)).unwrap_or_default();
        dots::rows(packed, &CHANCES, self.width)
    }
}

fn boxed(width: u8) -> [u16; 16] {
    let (whole, sides): (u16, u16) = if width > 8 { (0x3FFC, 0x2004) } else { (0x7E00, 0x4200) };
    let mut rows = [0; 16];
    for (y, row) in rows.iter_mut().enumerate() {
        *row = match y {
            2 | 13 => whole,
            3..=12 => sides,
            _ => 0,
        };
    }
    rows
}

/// The glyph of a character.
pub(crate) fn glyph(character: char) -> Glyph {
    let code = u32::from(character);
    if let 0x20..=0x7E = code {
        return Glyph::at((code as usize).wrapping_sub(0x20));
    }
    match place(character) {
        Some(at) => Glyph::at(at.wrapping_add(ASCII)),
        None => Glyph::missing(if code < 0x80 { 8 } else { 16 }),
    }
}

/// The glyph of a two-byte GB18030 code. The table is sorted by Unicode, so this looks at every entry; it serves names only.
pub(crate) fn glyph_of_gb(gb: u16) -> Glyph {
    let at = GB.iter().position(|entry| *entry == gb && gb != 0);
    at.map_or(Glyph::missing(16), |at| Glyph::at(at.wrapping_add(ASCII)))
}

/// The GB18030 bytes of a character of our own texts beyond ASCII; `None` when the subset lacks it.
pub(crate) fn gb(character: char) -> Option<[u8; 2]> {
    let gb = *GB.get(place(character)?)?;
    (gb != 0).then_some(gb.to_be_bytes())
}

/// The character beyond ASCII at this place of the table; packed texts name rare ones so.
pub(crate) fn character(at: usize) -> Option<char> {
    CODES.get(at).and_then(|code| char::from_u32(u32::from(*code)))
}

/// Whether the subset holds a character.
#[must_use]
pub fn has(character: char) -> bool {
    glyph(character).at.is_some()
}

/// Where a character stands among those beyond ASCII.
fn place(character: char) -> Option<usize> {
    let code = u16::try_from(u32::from(character)).ok()?;
    CODES.binary_search(&code).ok()
}
