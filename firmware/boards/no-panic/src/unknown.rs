//! Values of which the compiler can assume nothing.

use core::hint::black_box;

use yika_firmware::hal::{
    BLOCK, Block, Entropy, Frame, Key, Keys, Media, MediaError, Network, ParityError, Screen, SerialLine,
    SlotError, SlotLine, Watchdog,
};

static INPUT: [u8; 2048] = [0; 2048];

/// Any bytes, of any length up to 2 048.
pub(crate) fn bytes() -> &'static [u8] {
    let all = black_box(&INPUT);
    all.get(..number() as usize).unwrap_or(all)
}

/// Any number.
pub(crate) fn number() -> u32 {
    let mut number = 0;
    black_box(&raw mut number);
    black_box(number)
}

/// Any text.
pub(crate) fn text() -> &'static str {
    core::str::from_utf8(bytes()).unwrap_or("")
}

/// Uses a value up.
pub(crate) fn used<T>(value: T) {
    black_box(value);
}

/// Hardware that does anything.
pub(crate) struct Anything;

fn flag() -> bool {
    number() & 1 == 0
}

impl SlotLine for Anything {
    fn present(&mut self) -> bool {
        flag()
    }
    fn power_on(&mut self) -> Result<(), SlotError> {
        if flag() { Ok(()) } else { Err(SlotError::Failed) }
    }
    fn warm_reset(&mut self) -> Result<(), SlotError> {
        self.power_on()
    }
    fn power_off(&mut self) {}
    fn set_inverse(&mut self, inverse: bool) {
        used(inverse);
    }
    fn set_rate(&mut self, code: u8, f: u16, d: u8) -> Result<(), SlotError> {
        used((code, f, d));
        if flag() { Ok(()) } else { Err(SlotError::Rate) }
    }
    fn fastest(&self) -> u8 {
        number() as u8
    }
    fn set_guard(&mut self, etu: u8) {
        used(etu);
    }
    fn send(&mut self, bytes: &[u8]) -> usize {
        used(bytes);
        number() as usize
    }
    fn sent(&mut self) -> bool {
        flag()
    }
    fn receive(&mut self) -> Option<Result<u8, ParityError>> {
        flag().then(|| if flag() { Ok(number() as u8) } else { Err(ParityError) })
    }
    fn etu(&mut self) -> u32 {
        number()
    }
}

impl Media for Anything {
    fn blocks(&self) -> u32 {
        number()
    }
    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        used(index);
        for (to, from) in block.iter_mut().zip(bytes().iter().take(BLOCK)) {
            *to = *from;
        }
        if flag() { Ok(()) } else { Err(MediaError) }
    }
    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        used((index, block));
        if flag() { Ok(()) } else { Err(MediaError) }
    }
    fn flush(&mut self) -> Result<(), MediaError> {
        if flag() { Ok(()) } else { Err(MediaError) }
    }
}

impl SerialLine for Anything {
    fn read(&mut self) -> Option<u8> {
        flag().then(|| number() as u8)
    }
    fn write(&mut self, bytes: &[u8]) -> usize {
        used(bytes);
        number() as usize
    }
}

impl Network for Anything {
    fn send(&mut self, datagram: &[u8]) -> bool {
        used(datagram);
        flag()
    }
    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        for (to, from) in buffer.iter_mut().zip(bytes()) {
            *to = *from;
        }
        flag().then(|| number() as usize)
    }
    fn up(&mut self) -> bool {
        flag()
    }
}

impl Keys for Anything {
    fn next(&mut self) -> Option<Key> {
        Some(match number() {
            0 => Key::Up,
            1 => Key::Down,
            2 => Key::Left,
            3 => Key::Right,
            4 => Key::Select,
            5 => Key::Digit(number() as u8),
            6 => Key::Point,
            7 => Key::Clear,
            _ => return None,
        })
    }
}

impl Screen for Anything {
    fn show(&mut self, frame: &Frame) {
        used(frame.bytes());
    }
}

impl Entropy for Anything {
    fn sample(&mut self) -> Option<u8> {
        flag().then(|| number() as u8)
    }
}

impl Watchdog for Anything {
    fn feed(&mut self) {}
}
