//! Glyphs by character or by GB18030 code, from the table made at build time.
//!
//! The glyphs are GNU Unifont's, 16 rows high, 8 or 16 columns wide; see `font/README.md` for their licence.

/// A glyph 8 columns wide. The left column is the highest bit.
pub(crate) struct Narrow {
    code: u16,
    gb: u16,
    rows: [u8; 16],
}

/// A glyph 16 columns wide.
pub(crate) struct Wide {
    code: u16,
    gb: u16,
    rows: [u16; 16],
}

include!(concat!(env!("OUT_DIR"), "/glyphs.rs"));

/// Rows of every glyph.
pub(super) const HEIGHT: u8 = 16;

/// What to draw for one character.
#[derive(Clone, Copy)]
pub(crate) enum Glyph {
    Narrow(&'static [u8; 16]),
    Wide(&'static [u16; 16]),
    /// Not in the subset: a box of this many columns.
    Missing(u8),
}

impl Glyph {
    pub(crate) const fn width(self) -> u8 {
        match self {
            Self::Narrow(_) => 8,
            Self::Wide(_) => 16,
            Self::Missing(width) => width,
        }
    }

    /// A row of the glyph, left-aligned in 16 bits.
    pub(crate) fn row(self, y: u8) -> u16 {
        let at = usize::from(y);
        match self {
            Self::Narrow(rows) => rows.get(at).map_or(0, |row| u16::from(*row) << 8),
            Self::Wide(rows) => rows.get(at).copied().unwrap_or(0),
            Self::Missing(width) => {
                let whole: u16 = if width > 8 { 0x3FFC } else { 0x7E00 };
                let sides: u16 = if width > 8 { 0x2004 } else { 0x4200 };
                match y {
                    2 | 13 => whole,
                    3..=12 => sides,
                    _ => 0,
                }
            }
        }
    }
}

/// The glyph of a character.
pub(crate) fn glyph(character: char) -> Glyph {
    let Ok(code) = u16::try_from(u32::from(character)) else { return Glyph::Missing(16) };
    if let Some(found) = find(&NARROW, code, |glyph| glyph.code) {
        return Glyph::Narrow(&found.rows);
    }
    match find(&WIDE, code, |glyph| glyph.code) {
        Some(found) => Glyph::Wide(&found.rows),
        None => Glyph::Missing(if code < 0x80 { 8 } else { 16 }),
    }
}

/// The glyph of a two-byte GB18030 code. The table is sorted by Unicode, so this looks at every entry; it serves names only.
pub(crate) fn glyph_of_gb(gb: u16) -> Glyph {
    WIDE.iter().find(|glyph| glyph.gb == gb).map_or(Glyph::Missing(16), |found| Glyph::Wide(&found.rows))
}

/// The GB18030 bytes of a character of our own texts; `None` when the subset lacks it.
pub(crate) fn gb(character: char) -> Option<[u8; 2]> {
    let code = u16::try_from(u32::from(character)).ok()?;
    let gb = match find(&WIDE, code, |glyph| glyph.code) {
        Some(found) => found.gb,
        None => find(&NARROW, code, |glyph| glyph.code)?.gb,
    };
    (gb != 0).then_some(gb.to_be_bytes())
}

/// Whether the subset holds a character.
#[must_use]
pub fn has(character: char) -> bool {
    !matches!(glyph(character), Glyph::Missing(_))
}

fn find<T>(table: &'static [T], code: u16, key: impl Fn(&T) -> u16) -> Option<&'static T> {
    let at = table.binary_search_by_key(&code, key).ok()?;
    table.get(at)
}
