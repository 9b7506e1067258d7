//! The card slot on a serial line. A line has no contacts, so power, reset and presence are escaped in band (see the bench slot
//! in `hw-docs/link.md`); a product has a smart-card UART and pins.

use yika_firmware::hal::{ParityError, SlotError, SlotLine};

use crate::clock;
use crate::count;
use crate::uart::Uart;

const ESCAPE: u8 = 0xFF;
const POWER_OFF: u8 = 0x00;
const POWER_ON: u8 = 0x01;
const WARM_RESET: u8 = 0x02;
const ASK: u8 = 0x03;
const RATE: u8 = 0x10;
const CARD_OUT: u8 = 0x80;
const CARD_IN: u8 = 0x81;

/// The fastest rate we ask a card for: F 512, D 16, 111 600 baud.
const FASTEST: u8 = 0x95;

/// QEMU and the card's program are two processes of a busy PC: an etu is stretched, so that a gap in which the PC did something
/// else is not taken for a card that fell silent.
const STRETCH: u64 = 4;
/// Etu in a second at the usual card clock of 3.5712 MHz and the default rate.
const CLOCK_HZ: u64 = 3_571_200;

/// The line is silent when nothing came for so long; a card that never falls silent is not waited for any longer than `DRAIN_MILLIS`.
const SILENT_MILLIS: u64 = 3;
const DRAIN_MILLIS: u64 = 50;

/// How often the other end is asked for a card while it has not said anything.
const ASK_MILLIS: u64 = 500;

pub(crate) struct BenchSlot {
    uart: Uart,
    present: bool,
    /// A card left: told once, even if another one is in already.
    left: bool,
    heard: bool,
    asked: Option<u64>,
    escaped: bool,
    /// Characters of a card without power are nobody's answer.
    powered: bool,
    waiting: Option<u8>,
    f: u64,
    d: u64,
}

impl BenchSlot {
    pub(crate) fn new(uart: Uart) -> Self {
        Self {
            uart,
            present: false,
            left: false,
            heard: false,
            asked: None,
            escaped: false,
            powered: false,
            waiting: None,
            f: 372,
            d: 1,
        }
    }

    fn escape(&mut self, code: u8) {
        self.put(ESCAPE);
        self.put(code);
    }

    /// The queue of the port empties by itself; QEMU's is never full.
    fn put(&mut self, byte: u8) {
        for _ in 0..100_000 {
            if self.uart.write(byte) {
                return;
            }
        }
    }

    /// Takes the line apart until a character for the engines is there.
    fn pump(&mut self) {
        while self.waiting.is_none() && self.take() {}
    }

    /// Takes one byte off the line; false when there is none.
    fn take(&mut self) -> bool {
        let Some(byte) = self.uart.read() else { return false };
        match (core::mem::take(&mut self.escaped), byte) {
            (false, ESCAPE) => self.escaped = true,
            (false, byte) | (true, byte @ ESCAPE) => self.waiting = Some(byte).filter(|_| self.powered),
            (true, CARD_IN) => (self.present, self.heard) = (true, true),
            (true, CARD_OUT) => {
                self.left |= self.present;
                (self.present, self.heard) = (false, true);
            }
            (true, _) => {}
        }
        true
    }

    /// Drops the characters that are still on the line; who comes and goes is heard all the same.
    fn drain(&mut self) {
        (self.powered, self.waiting) = (false, None);
        let start = clock::millis();
        let (mut last, mut now) = (start, start);
        while now.saturating_sub(last) < SILENT_MILLIS && now.saturating_sub(start) < DRAIN_MILLIS {
            now = clock::millis();
            if self.take() {
                last = now;
            }
        }
    }

    fn reset(&mut self, code: u8) -> Result<(), SlotError> {
        // What an earlier card or reset left behind would be taken for the answer to this one, and so on for ever.
        self.drain();
        if !self.present {
            return Err(SlotError::NoCard);
        }
        self.powered = true;
        self.escape(code);
        Ok(())
    }
}

impl SlotLine for BenchSlot {
    fn present(&mut self) -> bool {
        self.pump();
        let now = clock::millis();
        if !self.heard && self.asked.is_none_or(|asked| now.saturating_sub(asked) >= ASK_MILLIS) {
            self.asked = Some(now);
            self.escape(ASK);
        }
        if core::mem::take(&mut self.left) {
            self.waiting = None;
            return false;
        }
        self.present
    }

    fn power_on(&mut self) -> Result<(), SlotError> {
        self.reset(POWER_ON)
    }

    fn warm_reset(&mut self) -> Result<(), SlotError> {
        self.reset(WARM_RESET)
    }

    fn power_off(&mut self) {
        (self.powered, self.waiting) = (false, None);
        self.escape(POWER_OFF);
    }

    /// Characters are escaped bytes here; there is no convention on the wire.
    fn set_inverse(&mut self, _inverse: bool) {}

    fn set_rate(&mut self, code: u8, f: u16, d: u8) -> Result<(), SlotError> {
        if u32::from(f) * 16 < u32::from(d) * 512 {
            return Err(SlotError::Rate);
        }
        if (self.f, self.d) != (f.into(), d.into()) {
            (self.f, self.d) = (f.max(1).into(), d.max(1).into());
            self.escape(RATE | code & 0x0F);
        }
        Ok(())
    }

    fn fastest(&self) -> u8 {
        FASTEST
    }

    fn set_guard(&mut self, _etu: u8) {}

    fn send(&mut self, bytes: &[u8]) -> usize {
        for byte in bytes {
            if *byte == ESCAPE {
                self.put(ESCAPE);
            }
            self.put(*byte);
        }
        bytes.len()
    }

    fn sent(&mut self) -> bool {
        true
    }

    fn receive(&mut self) -> Option<Result<u8, ParityError>> {
        self.pump();
        let byte = self.waiting.take()?;
        count::card_byte();
        Some(Ok(byte))
    }

    fn etu(&mut self) -> u32 {
        let etu = (clock::millis() * CLOCK_HZ * self.d).checked_div(self.f * 1000 * STRETCH);
        etu.unwrap_or(0) as u32
    }
}
