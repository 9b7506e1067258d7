//! Drawing on 128 × 64 dots: four rows of 16 dots, 8 Chinese or 16 Latin characters each.
//!
//! A screen is a [title](Canvas::title) in white on its own row, a body, and mostly a row of [hints](Canvas::hints)
//! that says what the keys do. What does not fit is cut, never wrapped into the next row, and
//! [told](Canvas::overflowed): the tests draw every screen in both languages and allow none of that.

mod context;
mod dots;
mod font;
pub mod qr;

pub use font::has;
pub(crate) use font::{character, gb};

use core::iter::Take;

use crate::hal::Frame;
use crate::text::{Characters, Lang, Text, Value};
use font::{Glyph, HEIGHT, glyph, glyph_of_gb};
use qr::Qr;

/// Dots across, as the drawing counts.
const WIDTH: u8 = 128;
/// Dots between a name and its value.
const GAP: u16 = 4;
/// Rows of text.
pub const ROWS: u8 = 4;

/// A frame being drawn.
pub struct Canvas<'a> {
    frame: &'a mut Frame,
    lang: Lang,
    overflowed: bool,
}

impl<'a> Canvas<'a> {
    /// Begins with all dots dark, in Chinese.
    pub fn new(frame: &'a mut Frame) -> Self {
        frame.clear();
        Self { frame, lang: Lang::Zh, overflowed: false }
    }

    /// Says its texts in this language.
    #[must_use]
    pub const fn speaking(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// The language of its texts.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether something did not fit.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// A title with a mark that is left out when there is no room for both.
    pub fn title_marked<'v>(&mut self, text: impl Into<Value<'v>>, mark: impl Into<Value<'v>>) {
        let (text, mark) = (text.into(), mark.into());
        let room = u16::from(self.width(text)).saturating_add(u16::from(self.width(mark)));
        let fits = room.saturating_add(GAP) <= u16::from(WIDTH);
        self.title(text, if fits { mark } else { Value::NOTHING });
    }

    /// Row 0, dark on lit, with a text at its right end when there is one.
    pub fn title<'v>(&mut self, text: impl Into<Value<'v>>, mark: impl Into<Value<'v>>) {
        self.both(0, text.into(), mark.into());
        self.invert(0, 0, WIDTH, HEIGHT);
        // A dark line parts it from a chosen row below.
        for x in 0..WIDTH {
            self.dot(x, HEIGHT.saturating_sub(1), false);
        }
    }

    /// Row 3: what the left and the right key do.
    pub fn hints<'v>(&mut self, left: impl Into<Value<'v>>, right: impl Into<Value<'v>>) {
        self.both(3, left.into(), right.into());
    }

    /// Something at the left of a row.
    pub fn left<'v>(&mut self, row: u8, value: impl Into<Value<'v>>) {
        self.at(0, row, value.into());
    }

    /// Something from a column of dots on.
    pub fn text_at<'v>(&mut self, x: u8, row: u8, value: impl Into<Value<'v>>) {
        self.at(x, row, value.into());
    }

    /// Something at the right end of a row.
    pub fn right<'v>(&mut self, row: u8, value: impl Into<Value<'v>>) {
        self.both(row, Value::NOTHING, value.into());
    }

    /// Something in the middle of a row.
    pub fn centre<'v>(&mut self, row: u8, value: impl Into<Value<'v>>) {
        let value = value.into();
        let x = WIDTH.saturating_sub(self.width(value)) / 2;
        self.at(x, row, value);
    }

    /// A name at the left of a row and its value at the right.
    pub fn pair<'v>(&mut self, row: u8, name: impl Into<Value<'v>>, value: impl Into<Value<'v>>) {
        self.both(row, name.into(), value.into());
    }

    /// One of a list: the chosen one dark on lit.
    pub fn choice<'v>(
        &mut self,
        row: u8,
        name: impl Into<Value<'v>>,
        value: impl Into<Value<'v>>,
        chosen: bool,
    ) {
        self.both(row, name.into(), value.into());
        if chosen {
            self.invert(0, row.saturating_mul(HEIGHT), WIDTH, HEIGHT);
        }
    }

    /// A text over several rows, Latin broken at spaces, without its first `skipped` rows; true when its end is on the screen.
    pub fn wrapped<'v>(&mut self, first: u8, rows: u8, skipped: u8, text: impl Into<Value<'v>>) -> bool {
        let mut lines = Lines { rest: text.into().characters(self.lang) }.skip(usize::from(skipped));
        for row in 0..rows {
            let Some(line) = lines.next() else { return true };
            self.line(0, first.saturating_add(row), line);
        }
        lines.next().is_none()
    }

    /// Dots across that a text takes.
    #[must_use]
    pub fn width<'v>(&self, text: impl Into<Value<'v>>) -> u8 {
        let characters = text.into().characters(self.lang);
        characters.fold(0, |sum, character| glyph(character).width().saturating_add(sum))
    }

    /// Says that something did not fit, where the caller knows better than the drawing.
    pub const fn overflow(&mut self) {
        self.overflowed = true;
    }

    /// Digits of double size, 16 × 32 dots, two rows high, from the right edge; `point` of them narrow.
    pub fn big(&mut self, row: u8, text: &[u8]) {
        let mut x = WIDTH;
        let y = row.saturating_mul(HEIGHT);
        for byte in text.iter().rev() {
            let character = char::from(*byte);
            let (from, columns): (u8, u8) = if matches!(character, '.' | ',') { (2, 4) } else { (0, 8) };
            let Some(left) = x.checked_sub(columns.saturating_mul(2)) else {
                self.overflowed = true;
                return;
            };
            x = left;
            self.doubled(x, y, glyph(character), from, columns);
        }
    }

    /// Where [`Canvas::big`] puts the character `from_right` (0 is the last) of a text: left edge and width.
    #[must_use]
    pub fn big_place(text: &[u8], from_right: usize) -> Option<(u8, u8)> {
        let mut x = WIDTH;
        for (at, byte) in text.iter().rev().enumerate() {
            let columns = if matches!(byte, b'.' | b',') { 8 } else { 16 };
            x = x.checked_sub(columns)?;
            if at == from_right {
                return Some((x, columns));
            }
        }
        None
    }

    /// A name in GB18030 as it came: what the subset lacks becomes a box.
    pub fn name(&mut self, mut x: u8, row: u8, gb: &[u8]) {
        let mut rest = gb;
        while let Some((next, after)) = first_of(rest) {
            rest = after;
            x = self.draw(x, row.saturating_mul(HEIGHT), next);
        }
    }

    /// A name at the right end of a row, behind its label.
    pub fn named(&mut self, row: u8, label: Text, gb: &[u8]) {
        self.left(row, label);
        let mut wide = 0u8;
        let mut rest = gb;
        while let Some((next, after)) = first_of(rest) {
            rest = after;
            wide = wide.saturating_add(next.width());
        }
        let free = WIDTH.saturating_sub(self.width(label)).saturating_sub(4);
        self.name(WIDTH.saturating_sub(wide.min(free)), row, gb);
    }

    /// A QR code at the right half, two dots a module, on a lit square.
    pub fn code(&mut self, code: &Qr) {
        let side = code.side().saturating_mul(2);
        let top = 64u8.saturating_sub(side) / 2;
        let left = WIDTH.saturating_sub(64).saturating_add(top);
        self.invert(WIDTH.saturating_sub(64), 0, 64, 64);
        for y in 0..side {
            for x in 0..side {
                if code.dark(x / 2, y / 2) {
                    self.dot(left.saturating_add(x), top.saturating_add(y), false);
                }
            }
        }
    }

    /// A bar that fills from the left, `done` of `all`.
    pub fn bar(&mut self, row: u8, done: u32, all: u32) {
        let y = row.saturating_mul(HEIGHT).saturating_add(4);
        let filled = done.min(all).saturating_mul(124).checked_div(all).unwrap_or(0);
        for x in 0..WIDTH {
            for dy in 0..8u8 {
                let edge = x == 0 || x == WIDTH.saturating_sub(1) || dy == 0 || dy == 7;
                let inside = x >= 2 && u32::from(x) < filled.saturating_add(2) && (2..6).contains(&dy);
                if edge || inside {
                    self.dot(x, y.saturating_add(dy), true);
                }
            }
        }
    }

    /// Dark for lit and lit for dark in a rectangle.
    pub fn invert(&mut self, x: u8, y: u8, width: u8, height: u8) {
        for y in y..y.saturating_add(height) {
            for x in x..x.saturating_add(width) {
                let lit = self.frame.get(usize::from(x), usize::from(y));
                self.dot(x, y, !lit);
            }
        }
    }

    /// One at the left, one at the right, with a gap between. The left one gives way where there is not room for both: at the right
    /// stands what must be whole, such as an amount.
    fn both(&mut self, row: u8, left: Value<'_>, right: Value<'_>) {
        let taken = u16::from(self.width(left));
        let wide = self.width(right);
        let gap = if taken == 0 || wide == 0 { 0 } else { GAP };
        let start = WIDTH.saturating_sub(wide);
        let mut fits = usize::MAX;
        if taken.saturating_add(gap).saturating_add(u16::from(wide)) > u16::from(WIDTH) {
            self.overflowed = true;
            let mut room = 0u8;
            let short = left.characters(self.lang).take_while(|character| {
                room = room.saturating_add(glyph(*character).width());
                room <= start
            });
            fits = short.count();
        }
        self.line(0, row, left.characters(self.lang).take(fits));
        self.at(start, row, right);
    }

    fn at(&mut self, x: u8, row: u8, value: Value<'_>) {
        self.line(x, row, value.characters(self.lang).take(usize::MAX));
    }

    fn line(&mut self, mut x: u8, row: u8, characters: Line<'_>) {
        for character in characters {
            x = self.draw(x, row.saturating_mul(HEIGHT), glyph(character));
        }
    }

    fn draw(&mut self, x: u8, y: u8, glyph: Glyph) -> u8 {
        let width = glyph.width();
        let end = x.saturating_add(width);
        if end > WIDTH {
            self.overflowed = true;
            return x;
        }
        for (down, row) in (0..HEIGHT).zip(glyph.rows()) {
            for right in 0..width {
                if row.wrapping_shl(u32::from(right)) & 0x8000 != 0 {
                    self.dot(x.saturating_add(right), y.saturating_add(down), true);
                }
            }
        }
        end
    }

    /// Every dot as four, with the corners of diagonals rounded (the rule known as Scale2x).
    fn doubled(&mut self, x: u8, y: u8, glyph: Glyph, from: u8, columns: u8) {
        let rows = glyph.rows();
        let lit = |column: u8, row: u8| {
            let row = rows.get(usize::from(row)).copied().unwrap_or(0);
            column < 8 && row.wrapping_shl(u32::from(column)) & 0x8000 != 0
        };
        for row in 0..HEIGHT {
            for column in 0..columns {
                let at = column.saturating_add(from);
                let here = lit(at, row);
                let up = lit(at, row.wrapping_sub(1));
                let down = lit(at, row.wrapping_add(1));
                let left = lit(at.wrapping_sub(1), row);
                let right = lit(at.wrapping_add(1), row);
                let corner = |one: bool, other: bool, third: bool, fourth: bool| {
                    if one == other && one != third && other != fourth { one } else { here }
                };
                let dots = [
                    (0, 0, corner(left, up, down, right)),
                    (1, 0, corner(up, right, left, down)),
                    (0, 1, corner(down, left, right, up)),
                    (1, 1, corner(right, down, up, left)),
                ];
                for (dx, dy, on) in dots {
                    if on {
                        let x = x.saturating_add(column.saturating_mul(2)).saturating_add(dx);
                        let y = y.saturating_add(row.saturating_mul(2)).saturating_add(dy);
                        self.dot(x, y, true);
                    }
                }
            }
        }
    }

    fn dot(&mut self, x: u8, y: u8, lit: bool) {
        self.frame.set(usize::from(x), usize::from(y), lit);
    }
}

/// A character's glyph: columns, and 16 rows with the left column in the highest bit. For renderers of slips.
#[must_use]
pub fn bitmap(character: char) -> (u8, [u16; 16]) {
    let glyph = glyph(character);
    (glyph.width(), glyph.rows())
}

/// Rows that a text takes when wrapped.
#[must_use]
pub fn rows(text: Value<'_>, lang: Lang) -> u8 {
    Lines { rest: text.characters(lang) }.fold(0, |count, _| count.saturating_add(1))
}

/// The first character of GB18030 bytes, and the rest.
fn first_of(gb: &[u8]) -> Option<(Glyph, &[u8])> {
    match gb {
        [] => None,
        [byte @ 0x20..=0x7E, rest @ ..] => Some((glyph(char::from(*byte)), rest)),
        [0x81..=0xFE, 0x30..=0x39, _, _, rest @ ..] => Some((Glyph::missing(16), rest)),
        [first @ 0x81..=0xFE, second, rest @ ..] => {
            Some((glyph_of_gb(u16::from_be_bytes([*first, *second])), rest))
        }
        [_, rest @ ..] => Some((Glyph::missing(8), rest)),
    }
}

/// A text cut into rows of the screen.
struct Lines<'a> {
    rest: Characters<'a>,
}

/// So many characters of a text.
type Line<'a> = Take<Characters<'a>>;

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let text = after_spaces(&self.rest)?;
        let (mut end, mut space, mut wide) = (0usize, None, 0u16);
        let mut all = true;
        for (at, character) in text.clone().enumerate() {
            if character == ' ' {
                space = Some(at);
            }
            // Chinese breaks anywhere, but no row begins with a mark that closes.
            else if character >= '\u{2E80}'
                && !matches!(character, '。' | '，' | '？' | '；' | '：' | '）' | '、')
            {
                space = (at > 0).then_some(at).or(space);
            }
            wide = wide.saturating_add(u16::from(glyph(character).width()));
            if wide > u16::from(WIDTH) && character != ' ' {
                all = false;
                break;
            }
            end = at.saturating_add(1);
        }
        let cut = if all { end } else { space.filter(|at| *at > 0 && *at <= end).unwrap_or(end) }.max(1);
        self.rest = text.clone();
        let mut shown = 0usize;
        for (at, character) in self.rest.by_ref().take(cut).enumerate() {
            if character != ' ' {
                shown = at.saturating_add(1);
            }
        }
        Some(text.take(shown))
    }
}

/// The text from its first character that is no space.
fn after_spaces<'a>(text: &Characters<'a>) -> Option<Characters<'a>> {
    let mut rest = text.clone();
    loop {
        let here = rest.clone();
        if rest.next()? != ' ' {
            return Some(here);
        }
    }
}
