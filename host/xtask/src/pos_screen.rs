//! The display of the POS as the emulator draws it, and the words on it.

use std::collections::HashMap;
use std::path::Path;

use crate::workspace;

/// Dots across and down.
pub(crate) const WIDTH: usize = 128;
pub(crate) const HEIGHT: usize = 64;
/// The emulator draws every dot this large.
const SCALE: usize = 4;

/// One picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    lit: Vec<bool>,
}

impl Picture {
    /// Reads a PPM file of 512 × 256.
    pub(crate) fn read(path: &Path) -> Option<Picture> {
        Self::from_ppm(&std::fs::read(path).ok()?)
    }

    fn from_ppm(bytes: &[u8]) -> Option<Picture> {
        let head = format!("P6\n{} {}\n255\n", WIDTH * SCALE, HEIGHT * SCALE);
        let dots = bytes.strip_prefix(head.as_bytes())?;
        let whole = dots.len() == WIDTH * SCALE * HEIGHT * SCALE * 3;
        let lit = |at: usize| {
            let (x, y) = (at % WIDTH * SCALE + SCALE / 2, at / WIDTH * SCALE + SCALE / 2);
            dots[(y * WIDTH * SCALE + x) * 3] > 0x7F
        };
        whole.then(|| Picture { lit: (0..WIDTH * HEIGHT).map(lit).collect() })
    }

    fn dot(&self, x: usize, y: usize) -> bool {
        x < WIDTH && y < HEIGHT && self.lit[y * WIDTH + x]
    }

    /// The same sum as the image that counts makes of what it draws: over its bytes, eight dots each.
    pub(crate) fn sum(&self) -> u32 {
        let byte = |dots: &[bool]| dots.iter().fold(0, |byte, lit| byte << 1 | u32::from(*lit));
        self.lit.chunks_exact(8).fold(0, |sum: u32, dots| sum.rotate_left(5) ^ byte(dots))
    }

    /// For a terminal: two dots above each other a character.
    pub(crate) fn blocks(&self) -> String {
        let mut text = String::new();
        for y in (0..HEIGHT).step_by(2) {
            for x in 0..WIDTH {
                text.push(match (self.dot(x, y), self.dot(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push('\n');
        }
        text
    }

    /// For a small terminal: eight dots a character, as braille patterns.
    pub(crate) fn braille(&self) -> String {
        // Bit by bit, as Unicode numbers the dots.
        const DOTS: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
        let mut text = String::new();
        for y in (0..HEIGHT).step_by(4) {
            for x in (0..WIDTH).step_by(2) {
                let lit =
                    DOTS.iter().enumerate().filter(|(_, (across, down))| self.dot(x + across, y + down));
                let pattern = lit.fold(0x2800, |pattern, (bit, _)| pattern | 1 << bit);
                text.push(char::from_u32(pattern).unwrap_or(' '));
            }
            text.push('\n');
        }
        text
    }

    #[cfg(test)]
    pub(crate) fn dark() -> Picture {
        Picture { lit: vec![false; WIDTH * HEIGHT] }
    }
}

/// Reads the screen by the device's own font, so that a script can wait for words instead of time.
#[derive(Debug)]
pub(crate) struct Reader {
    narrow: HashMap<[u16; 16], char>,
    wide: HashMap<[u16; 16], char>,
}

impl Reader {
    /// With the glyphs of the firmware.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) fn new() -> Result<Reader, String> {
        let path = workspace::root().join("firmware/font/glyphs.txt");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut reader = Reader { narrow: HashMap::new(), wide: HashMap::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split(':');
            let code =
                fields.next().and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
            let (Some(character), Some(bitmap)) = (code, fields.nth(1)) else { continue };
            let digits = bitmap.len() / 16;
            let row =
                |row: usize| u16::from_str_radix(bitmap.get(row * digits..(row + 1) * digits)?, 16).ok();
            let rows: Option<Vec<u16>> = (0..16).map(row).collect();
            let Some(rows) = rows.and_then(|rows| <[u16; 16]>::try_from(rows).ok()) else { continue };
            let glyphs = if digits == 2 { &mut reader.narrow } else { &mut reader.wide };
            // White on black a glyph loses its last row.
            let cut: [u16; 16] = std::array::from_fn(|row| if row == 15 { 0 } else { rows[row] });
            glyphs.insert(rows, character);
            glyphs.entry(cut).or_insert(character);
        }
        Ok(reader)
    }

    /// The four rows of text, trimmed; a row in white is read like one in black.
    pub(crate) fn rows(&self, picture: &Picture) -> [String; 4] {
        [0, 1, 2, 3].map(|row| {
            let (plain, inverse) = (self.row(picture, row * 16, false), self.row(picture, row * 16, true));
            let better = if plain.0 >= inverse.0 { plain.1 } else { inverse.1 };
            better.trim().to_owned()
        })
    }

    /// Everything on one line.
    pub(crate) fn text(&self, picture: &Picture) -> String {
        self.rows(picture).join(" ").trim().to_owned()
    }

    /// Digits of double size in the two rows from `row`, set from the right edge. Their corners are smoothed, so the nearest
    /// digit is taken.
    pub(crate) fn big_digits(&self, picture: &Picture, row: usize) -> String {
        let lit = |x: usize, y: usize| picture.dot(x, row * 16 + y);
        let digits: Vec<(&[u16; 16], char)> = self
            .narrow
            .iter()
            .filter(|(_, code)| code.is_ascii_digit())
            .map(|(rows, code)| (rows, *code))
            .collect();
        let nearest = |x: usize| {
            let blank = (0..32).all(|y| (0..16).all(|column| !lit(x + column, y)));
            let distance = |rows: &[u16; 16]| {
                let differs = |y: usize, column: usize| {
                    lit(x + column, y) != (rows[y / 2] >> (7 - column / 2) & 1 == 1)
                };
                (0..32).map(|y| (0..16).filter(|column| differs(y, *column)).count()).sum::<usize>()
            };
            digits.iter().map(|(rows, code)| (distance(rows), *code)).filter(|_| !blank).min()
        };
        (0..WIDTH).step_by(16).filter_map(nearest).map(|(_, code)| code).collect()
    }

    /// How many characters were read, and the characters.
    fn row(&self, picture: &Picture, y: usize, inverse: bool) -> (usize, String) {
        let columns = |x: usize, width: usize| -> [u16; 16] {
            std::array::from_fn(|row| {
                // The bar behind white letters ends one dot early; what is below is cut.
                if inverse && row == 15 {
                    return 0;
                }
                (0..width).fold(0, |bits, column| {
                    bits << 1 | u16::from(picture.dot(x + column, y + row) != inverse)
                })
            })
        };
        let (mut read, mut text, mut x) = (0, String::new(), 0);
        while x + 8 <= WIDTH {
            let wide = (x + 16 <= WIDTH).then(|| self.wide.get(&columns(x, 16))).flatten();
            let narrow = self.narrow.get(&columns(x, 8)).filter(|character| **character != ' ');
            match (wide, narrow) {
                (Some(character), _) => {
                    (x, read) = (x + 16, {
                        text.push(*character);
                        read + 2
                    })
                }
                (None, Some(character)) => {
                    (x, read) = (x + 8, {
                        text.push(*character);
                        read + 1
                    })
                }
                (None, None) => {
                    if columns(x, 8) == [0; 16] && !text.ends_with(' ') {
                        text.push(' ');
                    }
                    x += 1;
                }
            }
        }
        (read, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(reader: &Reader, text: &str, inverse: bool) -> Picture {
        let mut lit = vec![false; WIDTH * HEIGHT];
        lit[16 * WIDTH..31 * WIDTH].fill(inverse);
        let mut x = 3;
        for character in text.chars() {
            let all = reader
                .narrow
                .iter()
                .map(|glyph| (glyph, 8))
                .chain(reader.wide.iter().map(|glyph| (glyph, 16)));
            let mut found = all.filter(|((_, code), _)| **code == character);
            let ((rows, _), width) = found.next().expect("a glyph of the font");
            for (y, row) in rows.iter().enumerate().take(15) {
                for column in 0..width {
                    lit[(16 + y) * WIDTH + x + column] = (row >> (width - 1 - column) & 1 == 1) != inverse;
                }
            }
            x += width;
        }
        Picture { lit }
    }

    #[test]
    fn words_are_read_back_in_black_and_in_white() {
        let reader = Reader::new().expect("the font");
        for inverse in [false, true] {
            assert_eq!(reader.rows(&picture(&reader, "余额 12.50", inverse))[1], "余额 12.50");
        }
    }

    #[test]
    fn a_picture_of_another_size_is_none() {
        assert_eq!(Picture::from_ppm(b"P6\n640 480\n255\n"), None);
    }
}
