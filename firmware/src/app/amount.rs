//! Typing an amount, with five keys or with ten.

use yika_protocol::money::Fen;

use crate::screen::Canvas;
use crate::text::number::{Short, decimal, yuan};
use crate::text::{self, Value};

use super::Press;

/// Places: two of fen, five of yuan.
const PLACES: u8 = 7;
/// First amount that no longer fits the screen.
const TOO_MUCH: i64 = 10_000_000;

/// An amount being typed. The cursor stands on a decimal place, counted from the right, or left of all: on *back*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    fen: i64,
    cursor: u8,
    /// OK was pressed on nothing.
    empty: bool,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// The amount goes on being typed.
    On,
    /// Ready.
    Done(Fen),
    /// Given up.
    Back,
}

impl Amount {
    /// Nothing typed, cursor on whole yuan.
    pub(super) const fn new() -> Self {
        Self { fen: 0, cursor: 2, empty: false }
    }

    pub(super) fn press(&mut self, press: Press) -> Typed {
        self.empty = false;
        match press {
            Press::Up => self.turn(1),
            Press::Down => self.turn(9),
            Press::Left => self.cursor = self.cursor.saturating_add(1).min(PLACES),
            Press::Right => self.cursor = self.cursor.saturating_sub(1),
            Press::Digit(digit) => self.push(digit),
            Press::Point => {
                self.push(0);
                self.push(0);
            }
            Press::Clear => {
                if self.fen == 0 {
                    return Typed::Back;
                }
                self.fen /= 10;
            }
            Press::Cancel => return Typed::Back,
            Press::Ok if self.cursor == PLACES => return Typed::Back,
            Press::Ok if self.fen == 0 => self.empty = true,
            Press::Ok => return Typed::Done(Fen(self.fen)),
        }
        Typed::On
    }

    /// The digit under the cursor goes round by this much.
    fn turn(&mut self, by: i64) {
        if self.cursor >= PLACES {
            return;
        }
        let unit = power(self.cursor);
        let digit = self.fen.checked_div(unit).unwrap_or(0) % 10;
        let turned = digit.wrapping_add(by) % 10;
        self.fen = self.fen.saturating_add(turned.saturating_sub(digit).saturating_mul(unit));
    }

    /// As on a till: digits come in from the right.
    fn push(&mut self, digit: u8) {
        let longer = self.fen.saturating_mul(10).saturating_add(i64::from(digit % 10));
        if longer < TOO_MUCH {
            self.fen = longer;
        }
        self.cursor = 2;
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, mark: Value<'_>) {
        canvas.title_marked(text::AMOUNT, mark);
        let shown = self.shown();
        canvas.big(1, &shown);
        // Two of the places stand right of the point.
        let from_right =
            usize::from(if self.cursor < 2 { self.cursor } else { self.cursor.saturating_add(1) });
        if let Some((x, width)) = Canvas::big_place(&shown, from_right) {
            canvas.invert(x.saturating_add(1), 45, width.saturating_sub(2), 2);
        }
        if self.empty {
            canvas.hints("", text::AMOUNT_ZERO);
        } else {
            canvas.hints(text::BACK, text::OK);
        }
        if self.cursor == PLACES {
            canvas.invert(0, 48, canvas.width(text::BACK), 16);
        }
    }

    /// With leading zeros up to the cursor.
    fn shown(&self) -> Short {
        let text = yuan(Fen(self.fen));
        let places = usize::from(self.cursor.min(PLACES.saturating_sub(1)).saturating_add(1).max(3));
        let [digits, point] = [decimal(self.fen.unsigned_abs(), places), text];
        if digits.len() < point.len() {
            return point;
        }
        let cut = digits.len().saturating_sub(2);
        let mut shown = Short::new();
        for (at, digit) in digits.iter().enumerate() {
            if at == cut {
                let _ = shown.push(b'.');
            }
            let _ = shown.push(*digit);
        }
        shown
    }
}

fn power(places: u8) -> i64 {
    (0..places).fold(1i64, |unit, _| unit.saturating_mul(10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::number::ascii;
    use std::string::{String, ToString};

    fn after(keys: &[Press]) -> (Amount, Typed) {
        let mut amount = Amount::new();
        let mut typed = Typed::On;
        for key in keys {
            typed = amount.press(*key);
        }
        (amount, typed)
    }

    fn shown(keys: &[Press]) -> String {
        ascii(&after(keys).0.shown()).to_string()
    }

    #[test]
    fn ten_keys_type_as_on_a_till() {
        let keys = [1, 2, 3, 4].map(Press::Digit);
        assert_eq!(shown(&keys), "12.34");
        assert_eq!(after(&[&keys[..], &[Press::Ok]].concat()).1, Typed::Done(Fen(1234)));
        assert_eq!(shown(&[Press::Digit(5), Press::Point]), "5.00");
        assert_eq!(shown(&[Press::Digit(5), Press::Point, Press::Clear]), "0.50");
        assert_eq!(shown(&[Press::Digit(9); 12]), "99999.99");
    }

    #[test]
    fn five_keys_turn_each_place() {
        use Press::{Down, Left, Ok, Right, Up};
        assert_eq!(shown(&[Up, Up, Up]), "3.00");
        assert_eq!(shown(&[Left, Up]), "10.00");
        assert_eq!(shown(&[Down]), "9.00");
        assert_eq!(after(&[Up, Right, Up, Right, Down, Ok]).1, Typed::Done(Fen(119)));
        assert_eq!(shown(&[Left; 7]), "00000.00");
        assert_eq!(after(&[Left, Left, Left, Left, Left, Ok]).1, Typed::Back);
    }

    #[test]
    fn nothing_is_no_amount() {
        assert_eq!(after(&[Press::Ok]).1, Typed::On);
        assert!(after(&[Press::Ok]).0.empty);
        assert_eq!(after(&[Press::Clear]).1, Typed::Back);
        assert_eq!(after(&[Press::Cancel]).1, Typed::Back);
    }
}
