//! The Ethernet controller, as smoltcp wants it.

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use crate::count;
use crate::register::Block;

const MAC: Block = Block::at(0x4004_8000);

const STATUS: usize = 0x00;
const RECEIVE_CONTROL: usize = 0x08;
const TRANSMIT_CONTROL: usize = 0x0C;
const DATA: usize = 0x10;
const ADDRESS_LOW: usize = 0x14;
const ADDRESS_HIGH: usize = 0x18;
const FRAMES: usize = 0x34;
const TRANSMIT: usize = 0x38;

/// A datagram of the swipe with its headers, and a little room: larger frames are not for us.
const FRAME: usize = 14 + 20 + 8 + 1200 + 22;

pub(crate) struct Ethernet {
    incoming: [u8; FRAME],
    outgoing: [u8; FRAME],
}

impl Ethernet {
    pub(crate) const fn new() -> Self {
        Self { incoming: [0; FRAME], outgoing: [0; FRAME] }
    }

    /// Switches the controller on. A reset of the processor does not empty its queue: old frames are thrown away here.
    pub(crate) fn start(&mut self) {
        set(0x04, 0); // no interrupts
        set(STATUS, 0x7F);
        set(RECEIVE_CONTROL, 0x10);
        set(TRANSMIT_CONTROL, 0x0F);
        set(RECEIVE_CONTROL, 0x0B);
    }

    /// The hardware address.
    pub(crate) fn address(&self) -> [u8; 6] {
        let [a, b, c, d] = get(ADDRESS_LOW).to_le_bytes();
        let [e, f, ..] = get(ADDRESS_HIGH).to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// The next frame into `incoming`; its length. Frames that do not fit are taken off the queue and dropped.
    fn fetch(&mut self) -> Option<usize> {
        if get(FRAMES) & 0x3F == 0 {
            return None;
        }
        // The first word: length of the whole with its own two bytes and the check, then the first two bytes of the frame.
        let first = get(DATA).to_le_bytes();
        let total = usize::from(u16::from_le_bytes([first[0], first[1]]));
        let length = total.saturating_sub(6);
        let words = total.div_ceil(4).saturating_sub(1);
        let rest = (0..words).flat_map(|_| get(DATA).to_le_bytes());
        let bytes = [first[2], first[3]].into_iter().chain(rest);
        if length > FRAME {
            bytes.for_each(drop);
            return None;
        }
        for (at, byte) in bytes.enumerate() {
            if let Some(to) = self.incoming.get_mut(at) {
                *to = byte;
            }
        }
        Some(length)
    }
}

fn get(offset: usize) -> u32 {
    MAC.register(offset).read()
}

fn set(offset: usize, value: u32) {
    MAC.register(offset).write(value);
}

impl Device for Ethernet {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Transmit<'_>)> {
        let since = count::work();
        let length = self.fetch()?;
        let Self { incoming, outgoing } = self;
        let frame = incoming.get(..length)?;
        count::arrived(frame, since);
        Some((Received(frame), Transmit(outgoing)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Transmit<'_>> {
        Some(Transmit(&mut self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities.max_burst_size = Some(1);
        capabilities
    }
}

pub(crate) struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

pub(crate) struct Transmit<'a>(&'a mut [u8; FRAME]);

impl phy::TxToken for Transmit<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        // smoltcp keeps to the size named in `capabilities`.
        let length = length.min(FRAME);
        let (frame, _) = self.0.split_at_mut(length);
        let result = f(frame);
        // The first word: length without the Ethernet header, then the first two bytes; then the rest by words.
        let payload = (length.saturating_sub(14) as u16).to_le_bytes();
        let mut bytes = payload.into_iter().chain(frame.iter().copied());
        for _ in 0..(length + 2).div_ceil(4) {
            let word = core::array::from_fn(|_| bytes.next().unwrap_or(0));
            set(DATA, u32::from_le_bytes(word));
        }
        set(TRANSMIT, 1);
        count::left(frame);
        result
    }
}
