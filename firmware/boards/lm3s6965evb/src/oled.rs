//! The display: 128 × 64 points of 16 greys, of which we use two.

use crate::count;
use crate::ssi::{Bus, Listener};

pub(crate) struct Oled(&'static Bus);

impl Oled {
    pub(crate) fn new(bus: &'static Bus) -> Self {
        Self(bus)
    }

    /// Draws a whole picture of 1 024 bytes, one bit a point, row by row.
    pub(crate) fn draw(&mut self, picture: &[u8; 1024]) {
        let bus = self.0;
        bus.select(Listener::Display);
        bus.as_command(true);
        for byte in [0x15, 0, 63, 0x75, 0, 63] {
            bus.exchange(byte);
        }
        bus.as_command(false);
        for byte in picture {
            bus.put(pair(byte >> 6), pair(byte >> 4), pair(byte >> 2), pair(*byte));
        }
        bus.as_command(true);
        count::shown(picture);
    }
}

/// The last two points of a byte, as the display takes them: a half byte each.
const fn pair(points: u8) -> u8 {
    (0xFF_F0_0F_00_u32 >> (8 * (points & 0b11))) as u8
}
