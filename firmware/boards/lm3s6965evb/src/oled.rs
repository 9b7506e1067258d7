//! The display: 128 × 64 points of 16 greys, of which we use two.

use crate::ssi::{Bus, Listener};

pub(crate) const WIDTH: usize = 128;
pub(crate) const HEIGHT: usize = 64;

pub(crate) struct Oled<'b>(&'b Bus);

impl<'b> Oled<'b> {
    pub(crate) fn new(bus: &'b Bus) -> Self {
        Self(bus)
    }

    /// Draws a whole picture; `lit` tells of each point.
    pub(crate) fn draw(&mut self, lit: impl Fn(usize, usize) -> bool) {
        let bus = self.0;
        bus.select(Listener::Display);
        bus.as_command(true);
        for byte in [0x15, 0, 63, 0x75, 0, 63] {
            bus.exchange(byte);
        }
        bus.as_command(false);
        for y in 0..HEIGHT {
            for x in (0..WIDTH).step_by(2) {
                let half = |lit| if lit { 0x0F } else { 0 };
                bus.exchange(half(lit(x, y)) << 4 | half(lit(x + 1, y)));
            }
        }
        bus.as_command(true);
    }
}
