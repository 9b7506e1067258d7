//! The display: 128 × 64 points of 16 greys, of which we use two.

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
            for shift in [6, 4, 2, 0] {
                let points = byte >> shift;
                bus.exchange(((points >> 1 & 1) * 0xF0) | ((points & 1) * 0x0F));
            }
        }
        bus.as_command(true);
    }
}
