//! What the printer of a POS device would put on paper: ESC/POS in, text or a picture out.

use encoding_rs::GB18030;
use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};
use std::io::Cursor;
use yika_firmware::screen::bitmap;

/// A row of paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its text.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Double height.
    pub tall: bool,
    /// In the middle.
    pub centred: bool,
    /// A QR code instead of text.
    pub code: Option<String>,
}

/// Paper with everything printed so far.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    line: Vec<u8>,
    bold: bool,
    tall: bool,
    /// The running row began in these.
    began: Option<(bool, bool)>,
    centred: bool,
    code: Vec<u8>,
    pending: Option<String>,
    cuts: usize,
    unknown: usize,
}

impl Paper {
    /// Blank paper.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the device.
    pub fn print(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let mut rest = std::mem::take(&mut self.bytes);
        let mut at = 0;
        while let Some(taken) = self.order(&rest[at..]) {
            at += taken;
        }
        rest.drain(..at);
        self.bytes = rest;
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How often the paper was cut: the number of whole slips.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.cuts
    }

    /// Orders that this printer does not know. A slip that has any is wrong for other printers too.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown
    }

    /// Takes the paper off: the next slip begins on a blank one.
    pub fn tear_off(&mut self) -> Paper {
        let paper = self.clone();
        self.rows.clear();
        self.cuts = 0;
        paper
    }

    /// As text; a QR code is told by what it says.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            match &row.code {
                Some(code) => text.push_str(&format!("[QR {code}]")),
                None => text.push_str(row.text.trim_end()),
            }
            text.push('\n');
        }
        text
    }

    /// As a picture of so many columns, two pixels a dot, with a margin.
    #[must_use]
    pub fn png(&self, columns: u32) -> Vec<u8> {
        const SCALE: u32 = 2;
        const MARGIN: u32 = 12;
        let height: u32 = self.rows.iter().map(Row::height).sum::<u32>() + 2 * MARGIN;
        let width = columns * 8 + 2 * MARGIN;
        let mut picture = GrayImage::from_pixel(width * SCALE, height * SCALE, Luma([250]));
        let mut dot = |x: u32, y: u32| {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                if let Some(pixel) =
                    picture.get_pixel_mut_checked((x + MARGIN) * SCALE + dx, (y + MARGIN) * SCALE + dy)
                {
                    *pixel = Luma([20]);
                }
            }
        };
        let mut y = 0;
        for row in &self.rows {
            row.draw(y, columns, &mut dot);
            y += row.height();
        }
        let mut bytes = Cursor::new(Vec::new());
        // Writing a grey picture to memory has no way to fail.
        let _ = picture.write_to(&mut bytes, ImageFormat::Png);
        bytes.into_inner()
    }

    /// One order or character; how many bytes it took. Nothing when it is not whole yet.
    fn order(&mut self, bytes: &[u8]) -> Option<usize> {
        Some(match *bytes {
            [] => return None,
            [0x1B, b'@', ..] => {
                (self.bold, self.tall, self.centred) = (false, false, false);
                2
            }
            [0x1B, b'E', on, ..] => {
                self.bold = on & 1 == 1;
                3
            }
            [0x1B, b'a', align, ..] => {
                self.centred = align == 1;
                3
            }
            [0x1B, b'd', rows, ..] => {
                self.feed();
                for _ in 1..rows {
                    self.rows.push(Row::default());
                }
                3
            }
            [0x1C, b'&', ..] => 2,
            [0x1D, b'!', size, ..] => {
                self.tall = size & 0x0F != 0;
                3
            }
            [0x1D, b'V', b'B', _, ..] => {
                self.cuts += 1;
                4
            }
            [0x1D, b'(', b'k', low, high, ..] => {
                let length = usize::from(low) + 256 * usize::from(high);
                let body = bytes.get(5..5 + length)?;
                match body {
                    [b'1', b'P', b'0', data @ ..] => self.code = data.to_vec(),
                    [b'1', b'Q', b'0'] => {
                        self.pending = String::from_utf8(std::mem::take(&mut self.code)).ok()
                    }
                    [b'1', b'A' | b'C' | b'E', ..] => {}
                    _ => self.unknown += 1,
                }
                5 + length
            }
            [0x1B..=0x1D, ..] if bytes.len() < 5 => return None,
            [b'\n', ..] => {
                self.feed();
                1
            }
            [byte, ..] if byte >= 0x20 => {
                self.began.get_or_insert((self.bold, self.tall));
                self.line.push(byte);
                1
            }
            _ => {
                self.unknown += 1;
                1
            }
        })
    }

    fn feed(&mut self) {
        let (text, _) = GB18030.decode_without_bom_handling(&self.line);
        let (bold, tall) = self.began.take().unwrap_or_default();
        let code = self.pending.take();
        self.rows.push(Row { text: text.into_owned(), bold, tall, centred: self.centred, code });
        self.line.clear();
    }
}

/// Modules of light around a printed code, and dots a module.
const QUIET: u32 = 4;
const MODULE: u32 = 4;

impl Row {
    fn qr(&self) -> Option<QrCode> {
        QrCode::with_error_correction_level(self.code.as_ref()?, EcLevel::M).ok()
    }

    fn height(&self) -> u32 {
        match self.qr() {
            Some(code) => (u32::try_from(code.width()).unwrap_or(0) + 2 * QUIET) * MODULE,
            None if self.tall => 36,
            None => 20,
        }
    }

    fn draw(&self, top: u32, columns: u32, dot: &mut impl FnMut(u32, u32)) {
        if let Some(code) = self.qr() {
            let side = u32::try_from(code.width()).unwrap_or(0);
            let left = (columns * 8).saturating_sub(side * MODULE) / 2;
            for (at, color) in (0u32..).zip(code.to_colors()) {
                if color == Color::Dark {
                    for (dx, dy) in (0..MODULE).flat_map(|x| (0..MODULE).map(move |y| (x, y))) {
                        dot(left + at % side * MODULE + dx, top + (QUIET + at / side) * MODULE + dy);
                    }
                }
            }
            return;
        }
        let stretch = if self.tall { 2 } else { 1 };
        let mut x = 0;
        for character in self.text.chars() {
            let (width, rows) = bitmap(character);
            for (y, row) in (0u32..).zip(rows) {
                for right in (0..u32::from(width)).filter(|right| row << right & 0x8000 != 0) {
                    for down in 0..stretch {
                        dot(x + right, top + 2 + y * stretch + down);
                        if self.bold {
                            dot(x + right + 1, top + 2 + y * stretch + down);
                        }
                    }
                }
            }
            x += u32::from(width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_text_are_told_apart() {
        let mut paper = Paper::new();
        paper.print(b"\x1B@\x1C&\x1BE\x01\x1D!\x01\xD7\xDC\xBD\xF0\xB6\xEE 1.00\n\x1D!\x00\x1BE\x00plain\n");
        assert_eq!(paper.text(), "总金额 1.00\nplain\n");
        assert!(paper.rows()[0].bold && paper.rows()[0].tall && !paper.rows()[1].bold);
        assert_eq!(paper.unknown(), 0);
    }

    #[test]
    fn orders_may_come_in_pieces() {
        let whole = b"\x1Ba\x01\x1D(k\x06\x001P0ABC\x1D(k\x03\x001Q0\n\x1Bd\x03\x1DV\x42\x00";
        for cut in 0..whole.len() {
            let mut paper = Paper::new();
            paper.print(&whole[..cut]);
            paper.print(&whole[cut..]);
            assert_eq!(paper.rows()[0].code.as_deref(), Some("ABC"), "{cut}");
            assert_eq!((paper.cuts(), paper.unknown()), (1, 0));
        }
    }

    #[test]
    fn what_is_no_order_is_counted() {
        let mut paper = Paper::new();
        paper.print(b"\x07\x1Bxyzzy\n");
        assert_eq!(paper.unknown(), 2);
    }
}
