//! The three serial ports (PL011). QEMU ignores the rate; it is set all the same.

use crate::register::Block;

/// A serial port.
pub(crate) struct Uart(Block);

impl Uart {
    /// Port 0, 1 or 2; there are no others.
    pub(crate) fn new(base: Block) -> Self {
        let set = |offset, value| base.register(offset).write(value);
        set(0x30, 0); // off while it is set up
        set(0x24, 6); // 12.5 MHz / 16 / 115 200
        set(0x28, 50);
        set(0x2C, 0x70); // 8 data bits, FIFO
        set(0x30, 0x301); // receive, transmit, on
        Self(base)
    }

    pub(crate) fn read(&mut self) -> Option<u8> {
        let empty = self.0.register(0x18).read() & 0x10 != 0;
        if empty { None } else { Some(self.0.register(0x00).read() as u8) }
    }

    /// Takes one byte if there is room.
    pub(crate) fn write(&mut self, byte: u8) -> bool {
        let full = self.0.register(0x18).read() & 0x20 != 0;
        if !full {
            self.0.register(0x00).write(u32::from(byte));
        }
        !full
    }

    /// Takes as much as there is room for.
    pub(crate) fn write_some(&mut self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|byte| self.write(**byte)).count()
    }
}
