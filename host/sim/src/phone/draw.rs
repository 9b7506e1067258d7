//! The drawings.

use super::Phone;
use image::{GrayImage, ImageFormat, Luma};
use std::fmt::Write;
use std::io::Cursor;

impl Phone {
    /// Two modules a character cell. With `colours` (ANSI) black on white whatever the terminal's own colours are; without,
    /// light modules are the filled ones, which is right on a dark terminal.
    #[must_use]
    pub fn terminal(&self, colours: bool) -> String {
        let mut text = String::new();
        for y in (0..self.side()).step_by(2) {
            if colours {
                text.push_str("\x1b[38;5;16;48;5;231m");
            }
            for x in 0..self.side() {
                let (upper, lower) = (self.is_dark(x, y), self.is_dark(x, y + 1));
                text.push(match (upper == colours, lower == colours) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str(if colours { "\x1b[0m\n" } else { "\n" });
        }
        text
    }

    /// A PNG with so many pixels a module.
    #[must_use]
    pub fn png(&self, scale: u32) -> Vec<u8> {
        let scale = scale.clamp(1, 64);
        let side = u32::try_from(self.side()).unwrap_or(u32::MAX / 64) * scale;
        let picture = GrayImage::from_fn(side, side, |x, y| {
            Luma([if self.is_dark((x / scale) as usize, (y / scale) as usize) { 0 } else { 255 }])
        });
        let mut bytes = Cursor::new(Vec::new());
        // Writing a grey picture to memory has no way to fail.
        let _ = picture.write_to(&mut bytes, ImageFormat::Png);
        bytes.into_inner()
    }

    /// An SVG, one unit a module.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{pixels}\" height=\"{pixels}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>\n",
            pixels = side * 8,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "2800000000000000000000000001";

    #[test]
    fn the_drawings_show_the_same_modules() {
        let phone = Phone::show(CODE).unwrap();
        let side = phone.side();
        let picture = image::load_from_memory(&phone.png(3)).unwrap().into_luma8();
        assert_eq!(picture.dimensions(), (side as u32 * 3, side as u32 * 3));
        let rows: Vec<Vec<char>> = phone.terminal(false).lines().map(|line| line.chars().collect()).collect();
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let dark = picture.get_pixel(x as u32 * 3 + 1, y as u32 * 3 + 1).0 == [0];
            let upper = y % 2 == 0;
            let light = match rows[y / 2][x] {
                '█' => true,
                '▀' => upper,
                '▄' => !upper,
                _ => false,
            };
            assert_eq!(dark, !light, "{x} {y}");
        }
        assert!(phone.terminal(true).lines().all(|line| line.ends_with("\x1b[0m")));
    }

    #[test]
    fn only_a_code_is_shown_and_never_in_words() {
        assert!(Phone::show("12345").is_err());
        assert!(Phone::show("二八000000000000000000000000000001").is_err());
        let phone = Phone::show(CODE).unwrap();
        assert_eq!(format!("{phone:?}"), "Phone(28 characters)");
        assert!(!phone.svg().contains("2800000"));
        assert_eq!(phone.length(), 28);
    }
}
