//! Typing addresses, digit by digit.

use heapless::Vec;

use crate::screen::Canvas;
use crate::text::number::{ascii, decimal};
use crate::text::{self, Text};

use super::Press;
use super::settings::Network;

/// One number of an address field: digits and largest value.
type Part = (usize, u32);

const ADDRESS: &[Part] = &[(3, 255), (3, 255), (3, 255), (3, 255)];
const PREFIX: &[Part] = &[(2, 32)];
const PORT: &[Part] = &[(5, 65_535)];

/// The editor: one field after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    network: Network,
    field: u8,
    digits: Vec<u8, 12>,
    cursor: u8,
    wrong: bool,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It goes on.
    On,
    /// All fields are typed.
    Done(Network),
    /// Given up.
    Back,
}

impl Address {
    pub(super) fn new(network: Network) -> Self {
        let mut editor = Self { network, field: 0, digits: Vec::new(), cursor: 0, wrong: false };
        editor.load();
        editor
    }

    fn name(&self) -> Text {
        match self.field {
            0 => text::ADDRESS_OWN,
            1 => text::ADDRESS_PREFIX,
            2 => text::ADDRESS_GATEWAY,
            3 => text::ADDRESS_CENTRE,
            _ => text::ADDRESS_PORT,
        }
    }

    fn parts(&self) -> &'static [Part] {
        match self.field {
            1 => PREFIX,
            4 => PORT,
            _ => ADDRESS,
        }
    }

    fn load(&mut self) {
        let four = |address: [u8; 4]| address.map(u32::from);
        let numbers = match self.field {
            0 => four(self.network.own),
            1 => [u32::from(self.network.prefix), 0, 0, 0],
            2 => four(self.network.gateway),
            3 => four(self.network.centre),
            _ => [u32::from(self.network.port), 0, 0, 0],
        };
        self.digits.clear();
        for ((places, _), number) in self.parts().iter().zip(numbers) {
            for digit in &decimal(u64::from(number), *places) {
                let _ = self.digits.push(digit.wrapping_sub(b'0'));
            }
        }
        self.cursor = 0;
        self.wrong = false;
    }

    fn store(&mut self) -> bool {
        let mut numbers = [0u32; 4];
        let mut digits = self.digits.iter();
        for ((places, most), number) in self.parts().iter().zip(numbers.iter_mut()) {
            for digit in digits.by_ref().take(*places) {
                *number = number.saturating_mul(10).saturating_add(u32::from(*digit));
            }
            if *number > *most {
                return false;
            }
        }
        let [first, ..] = numbers;
        // Every part of an address was found to fit.
        let four = numbers.map(|number| u8::try_from(number).unwrap_or(u8::MAX));
        match self.field {
            0 => self.network.own = four,
            1 => self.network.prefix = u8::try_from(first).unwrap_or(32),
            2 => self.network.gateway = four,
            3 => self.network.centre = four,
            _ => self.network.port = u16::try_from(first).unwrap_or(u16::MAX),
        }
        true
    }

    pub(super) fn press(&mut self, press: Press) -> Typed {
        self.wrong = false;
        match press {
            Press::Up => self.turn(1),
            Press::Down => self.turn(9),
            Press::Right => self.forward(),
            Press::Left if self.cursor > 0 => self.cursor = self.cursor.saturating_sub(1),
            Press::Left | Press::Cancel => match self.field.checked_sub(1) {
                Some(before) => {
                    self.field = before;
                    self.load();
                }
                None => return Typed::Back,
            },
            Press::Digit(digit) => {
                if let Some(place) = self.digits.get_mut(usize::from(self.cursor)) {
                    *place = digit % 10;
                }
                self.forward();
            }
            Press::Point | Press::Clear => {}
            Press::Ok if !self.store() => self.wrong = true,
            Press::Ok if self.field >= 4 => return Typed::Done(self.network),
            Press::Ok => {
                self.field = self.field.saturating_add(1);
                self.load();
            }
        }
        Typed::On
    }

    fn forward(&mut self) {
        let last = u8::try_from(self.digits.len().saturating_sub(1)).unwrap_or(0);
        self.cursor = self.cursor.saturating_add(1).min(last);
    }

    fn turn(&mut self, by: u8) {
        if let Some(digit) = self.digits.get_mut(usize::from(self.cursor)) {
            *digit = digit.wrapping_add(by) % 10;
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>) {
        canvas.title(self.name(), "");
        let mut shown: Vec<u8, 16> = Vec::new();
        let mut place = 0u8;
        for (at, digit) in self.digits.iter().enumerate() {
            if at > 0 && at % 3 == 0 && self.parts().len() > 1 {
                let _ = shown.push(b'.');
            }
            if at == usize::from(self.cursor) {
                place = u8::try_from(shown.len()).unwrap_or(0);
            }
            let _ = shown.push(b'0'.wrapping_add(*digit));
        }
        canvas.left(1, ascii(&shown));
        canvas.invert(place.saturating_mul(8), 16, 8, 16);
        if self.wrong {
            canvas.left(2, text::ADDRESS_WRONG);
        } else if self.field == 0 {
            canvas.left(2, text::ADDRESS_OWN_HINT);
        }
        canvas.hints(text::CANCEL, text::OK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;

    #[test]
    fn all_fields_can_be_typed() {
        let mut editor = Address::new(Settings::default().network);
        let mut type_in = |digits: &str| {
            for digit in digits.bytes() {
                assert_eq!(editor.press(Press::Digit(digit - b'0')), Typed::On);
            }
            editor.press(Press::Ok)
        };
        assert_eq!(type_in("192000002009"), Typed::On);
        assert_eq!(type_in("24"), Typed::On);
        assert_eq!(type_in("192000002001"), Typed::On);
        assert_eq!(type_in("198051100007"), Typed::On);
        let expected = Network {
            own: [192, 0, 2, 9],
            prefix: 24,
            gateway: [192, 0, 2, 1],
            centre: [198, 51, 100, 7],
            port: 65_535,
        };
        assert_eq!(type_in("65536"), Typed::On, "too large");
        for _ in 0..4 {
            editor.press(Press::Left);
        }
        for digit in [6, 5, 5, 3, 5] {
            editor.press(Press::Digit(digit));
        }
        assert_eq!(editor.press(Press::Ok), Typed::Done(expected));
    }

    #[test]
    fn left_of_the_first_digit_leads_back() {
        let mut editor = Address::new(Settings::default().network);
        assert_eq!(editor.press(Press::Left), Typed::Back);
        editor.press(Press::Ok);
        assert_eq!((editor.press(Press::Left), editor.field), (Typed::On, 0));
    }
}
