//! The synchronous serial bus that display and SD card share.

use core::cell::Cell;

use crate::register::{Block, Register};

const SSI0: Block = Block::at(0x4000_8000);
const GPIO_C: Block = Block::at(0x4000_6000);
const GPIO_D: Block = Block::at(0x4000_7000);
/// Data of D0 alone, and of C7 alone: the address bits 2 to 9 are the mask.
const SELECT: Register = GPIO_D.register(0x01 << 2);
const COMMAND: Register = GPIO_C.register(0x80 << 2);

/// Who listens on the bus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listener {
    Card,
    Display,
}

/// The bus. Everybody selects its device before talking and nothing runs in between, so a shared reference is enough.
pub(crate) struct Bus {
    listener: Cell<Listener>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        let ssi = |offset, value| SSI0.register(offset).write(value);
        ssi(0x04, 0); // off
        ssi(0x10, 2); // prescaler
        ssi(0x00, 7); // 8 bits
        ssi(0x04, 2); // on
        GPIO_C.register(0x400).write(GPIO_C.register(0x400).read() | 0x80);
        GPIO_D.register(0x400).write(GPIO_D.register(0x400).read() | 0x01);
        COMMAND.write(0);
        // The card sees only a falling edge, and a reset of the processor leaves the line as it was: raise it first.
        SELECT.write(1);
        let bus = Self { listener: Cell::new(Listener::Display) };
        while SSI0.register(0x0C).read() & 4 != 0 {
            SSI0.register(0x08).read();
        }
        bus
    }

    pub(crate) fn select(&self, listener: Listener) {
        if self.listener.replace(listener) != listener {
            COMMAND.write(0);
            SELECT.write(u32::from(listener == Listener::Display));
        }
    }

    /// What the display takes the next bytes for.
    pub(crate) fn as_command(&self, command: bool) {
        COMMAND.write(if command { 0 } else { 0x80 });
    }

    /// Four bytes out; what comes in meanwhile is nobody's. The queues of the controller hold eight, and are empty here: a picture
    /// has thousands of bytes, and asking after each took longer than drawing.
    pub(crate) fn put(&self, first: u8, second: u8, third: u8, fourth: u8) {
        let data = const { SSI0.register(0x08) };
        // Written out: compiled for size, a loop over four costs more than it does.
        data.write(first.into());
        data.write(second.into());
        data.write(third.into());
        data.write(fourth.into());
        for _ in 0..10_000 {
            if SSI0.register(0x0C).read() & 0x10 == 0 {
                break;
            }
        }
        data.read();
        data.read();
        data.read();
        data.read();
    }

    /// One byte out, one in.
    pub(crate) fn exchange(&self, byte: u8) -> u8 {
        SSI0.register(0x08).write(u32::from(byte));
        // A bus that never answers is no reason to hang: the watchdog would only hide it.
        for _ in 0..10_000 {
            if SSI0.register(0x0C).read() & 4 != 0 {
                return SSI0.register(0x08).read() as u8;
            }
        }
        0xFF
    }
}
