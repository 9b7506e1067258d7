//! The watchdog: a loop that stands still for four seconds is reset.

use crate::register::Block;

const WATCHDOG: Block = Block::at(0x4000_0000);
const UNLOCK: u32 = 0x1ACC_E551;

/// Two seconds to the warning, two more to the reset, at 12.5 MHz.
const TICKS: u32 = 2 * crate::clock::HZ;

pub(crate) struct Dog;

impl Dog {
    pub(crate) fn start() -> Self {
        WATCHDOG.register(0xC00).write(UNLOCK);
        WATCHDOG.register(0x00).write(TICKS);
        WATCHDOG.register(0x08).write(3);
        Self
    }

    pub(crate) fn feed(&mut self) {
        WATCHDOG.register(0x0C).write(1);
    }
}
