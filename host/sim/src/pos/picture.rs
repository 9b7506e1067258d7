//! The screen of a POS device as characters of a terminal and as PNG.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use yika_firmware::hal::Frame;
use yika_firmware::screen::bitmap;

/// Two dots a character cell: 128 columns, 32 rows.
#[must_use]
pub fn half_blocks(frame: &Frame) -> String {
    let mut text = String::with_capacity(129 * 32 * 3);
    for y in (0..Frame::HEIGHT).step_by(2) {
        for x in 0..Frame::WIDTH {
            text.push(match (frame.get(x, y), frame.get(x, y + 1)) {
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

/// Eight dots a character cell, as braille patterns: 64 columns, 16 rows.
#[must_use]
pub fn braille(frame: &Frame) -> String {
    const DOTS: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let mut text = String::with_capacity(65 * 16 * 3);
    for y in (0..Frame::HEIGHT).step_by(4) {
        for x in (0..Frame::WIDTH).step_by(2) {
            let lit = DOTS.iter().enumerate().filter(|(_, (dx, dy))| frame.get(x + dx, y + dy));
            let pattern = lit.fold(0x2800, |pattern, (bit, _)| pattern | 1 << bit);
            text.push(char::from_u32(pattern).unwrap_or(' '));
        }
        text.push('\n');
    }
    text
}

/// A PNG, each dot `scale` pixels wide with a hair between dots, as the display looks through its glass.
#[must_use]
pub fn png(frame: &Frame, scale: u32) -> Vec<u8> {
    const GLASS: Rgb<u8> = Rgb([8, 12, 16]);
    const LIT: Rgb<u8> = Rgb([150, 220, 255]);
    let scale = scale.clamp(1, 32);
    let margin = 4 * scale;
    let (width, height) = (128 * scale + 2 * margin, 64 * scale + 2 * margin);
    let gap = u32::from(scale > 3);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (Some(x), Some(y)) = (x.checked_sub(margin), y.checked_sub(margin)) else { return GLASS };
        let hair = x % scale >= scale - gap || y % scale >= scale - gap;
        if !hair && frame.get((x / scale) as usize, (y / scale) as usize) && y / scale < 64 {
            LIT
        } else {
            GLASS
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    // Writing to memory has no way to fail.
    let _ = picture.write_to(&mut bytes, ImageFormat::Png);
    bytes.into_inner()
}

/// Whether a text is drawn somewhere on one of the four rows, lit on dark or dark on lit.
#[must_use]
pub fn shows(frame: &Frame, text: &str) -> bool {
    let mut wanted: Vec<u16> = Vec::new();
    for character in text.chars() {
        let (width, rows) = bitmap(character);
        for x in 0..width {
            wanted.push((0u16..).zip(rows).fold(0, |column, (y, row)| column | (row >> (15 - x) & 1) << y));
        }
    }
    // The lowest row of a title is dark whatever it says.
    let same = |drawn: &u16, wanted: u16| (drawn ^ wanted) & 0x7FFF == 0;
    !wanted.is_empty()
        && (0..4).any(|row| {
            let lit = |x: usize, y: usize| u16::from(frame.get(x, row * 16 + y));
            let drawn: Vec<u16> =
                (0..Frame::WIDTH).map(|x| (0..16).fold(0, |column, y| column | lit(x, y) << y)).collect();
            drawn.windows(wanted.len()).any(|window| {
                window.iter().zip(&wanted).all(|(drawn, wanted)| same(drawn, *wanted))
                    || window.iter().zip(&wanted).all(|(drawn, wanted)| same(drawn, !*wanted))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stand_where_they_are() {
        let mut frame = Frame::new();
        frame.set(0, 0, true);
        frame.set(127, 63, true);
        let blocks = half_blocks(&frame);
        assert!(blocks.starts_with('▀') && blocks.trim_end_matches('\n').ends_with('▄'));
        assert_eq!((blocks.lines().count(), braille(&frame).lines().count()), (32, 16));
        let dots = braille(&frame);
        assert!(dots.starts_with('⠁') && dots.ends_with("⢀\n"));
    }
}
