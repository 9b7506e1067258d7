//! Blocks of the SD card, over the bus. Source: SD Physical Layer Simplified Specification, chapter 7 (SPI mode).

use yika_firmware::hal::{BLOCK, Block};

use crate::ssi::{Bus, Listener};

/// Why a block was not read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SdError;

/// A card that was set up. Everybody who stores something on it has one of these; commands never interleave.
#[derive(Clone, Copy)]
pub(crate) struct Sd {
    bus: &'static Bus,
    /// Cards up to 2 GiB are addressed by byte.
    by_byte: bool,
}

impl Sd {
    /// A card that does not answer is no error here: every block of it will be one, and the application says so.
    pub(crate) fn new(bus: &'static Bus) -> Self {
        let mut sd = Self { bus, by_byte: true };
        // Once more, for a card that was in the middle of something when the processor was reset.
        let _ = sd.start().or_else(|_| sd.start());
        sd
    }

    fn start(&mut self) -> Result<(), SdError> {
        // Dummy clocks wake the card; they may not reach it as data.
        self.bus.select(Listener::Display);
        for _ in 0..10 {
            self.bus.exchange(0xFF);
        }
        if self.command(0, 0)? != 1 {
            return Err(SdError);
        }
        self.command(8, 0x1AA)?;
        for _ in 0..4 {
            self.bus.exchange(0xFF);
        }
        for _ in 0..100 {
            self.command(55, 0)?;
            if self.command(41, 0x4000_0000)? == 0 {
                self.command(58, 0)?;
                let [flags, ..]: [u8; 4] = core::array::from_fn(|_| self.bus.exchange(0xFF));
                self.by_byte = flags & 0x40 == 0;
                return Ok(());
            }
        }
        Err(SdError)
    }

    pub(crate) fn read(&mut self, block: u32, into: &mut Block) -> Result<(), SdError> {
        let address = self.address(block)?;
        if self.command(17, address)? != 0 {
            return Err(SdError);
        }
        self.await_byte(|byte| byte == 0xFE)?;
        for byte in into.iter_mut() {
            *byte = self.bus.exchange(0xFF);
        }
        self.bus.exchange(0xFF);
        self.bus.exchange(0xFF);
        Ok(())
    }

    pub(crate) fn write(&mut self, block: u32, from: &Block) -> Result<(), SdError> {
        let address = self.address(block)?;
        if self.command(24, address)? != 0 {
            return Err(SdError);
        }
        self.bus.exchange(0xFF);
        self.bus.exchange(0xFE);
        for byte in from {
            self.bus.exchange(*byte);
        }
        self.bus.exchange(0xFF);
        self.bus.exchange(0xFF);
        let answer = self.await_byte(|byte| byte & 0x11 == 0x01)?;
        if answer & 0x1F != 0x05 {
            return Err(SdError);
        }
        // The card holds the line low while it writes.
        self.await_byte(|byte| byte == 0xFF).map(drop)
    }

    fn address(&self, block: u32) -> Result<u32, SdError> {
        if self.by_byte { block.checked_mul(BLOCK as u32).ok_or(SdError) } else { Ok(block) }
    }

    /// Sends a command; its first answer byte.
    fn command(&mut self, number: u8, argument: u32) -> Result<u8, SdError> {
        self.bus.select(Listener::Card);
        self.bus.exchange(0xFF);
        self.bus.exchange(0x40 | number);
        for byte in argument.to_be_bytes() {
            self.bus.exchange(byte);
        }
        // Only these two are checked before CRC is switched off.
        self.bus.exchange(match number {
            0 => 0x95,
            8 => 0x87,
            _ => 0x01,
        });
        self.await_byte(|byte| byte & 0x80 == 0)
    }

    fn await_byte(&mut self, wanted: impl Fn(u8) -> bool) -> Result<u8, SdError> {
        (0..100_000).map(|_| self.bus.exchange(0xFF)).find(|byte| wanted(*byte)).ok_or(SdError)
    }
}
