//! The parts of a board that is made of nothing.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use yika_firmware::hal::{
    Clock, Entropy, Frame, Key, Keys, Millis, Network, ParityError, Screen, SerialLine, SlotError, SlotLine,
    Watchdog,
};

use super::Paper;
use crate::VirtualCard;
use crate::id_reader::{Emit, IdReaderModel};
use crate::random::Random;
use crate::slot::{Out, SlotCard, escaped};

/// Time that somebody else moves.
#[derive(Clone, Debug, Default)]
pub struct DeskClock(Rc<Cell<u64>>);

impl DeskClock {
    /// Moves on by so many milliseconds.
    pub fn pass(&self, millis: u64) {
        self.0.set(self.0.get().saturating_add(millis));
    }

    /// Stands at so many milliseconds since start.
    pub fn set(&self, millis: u64) {
        self.0.set(millis);
    }
}

impl Clock for DeskClock {
    fn now(&self) -> Millis {
        Millis(self.0.get())
    }
}

/// Keys that were pressed.
#[derive(Debug, Default)]
pub struct DeskKeys(pub(super) VecDeque<Key>);

impl Keys for DeskKeys {
    fn next(&mut self) -> Option<Key> {
        self.0.pop_front()
    }
}

/// What the screen shows.
#[derive(Debug, Default)]
pub struct DeskScreen {
    pub(super) shown: Frame,
    pub(super) changed: bool,
}

impl Screen for DeskScreen {
    fn show(&mut self, frame: &Frame) {
        if self.shown != *frame {
            self.shown = frame.clone();
            self.changed = true;
        }
    }
}

/// Noise from a seed: good for a desk, never for keys that matter. It says so.
pub struct DeskEntropy {
    pub(super) random: Random,
    pub(super) stuck: bool,
}

impl Entropy for DeskEntropy {
    fn sample(&mut self) -> Option<u8> {
        Some(if self.stuck { 0 } else { self.random.next() as u8 })
    }

    fn injected(&self) -> bool {
        true
    }
}

/// A line whose far end is this program.
#[derive(Debug, Default)]
pub struct Wire {
    pub(super) to_device: VecDeque<u8>,
    pub(super) from_device: Vec<u8>,
}

impl SerialLine for Wire {
    fn read(&mut self) -> Option<u8> {
        self.to_device.pop_front()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.from_device.extend_from_slice(bytes);
        bytes.len()
    }
}

/// The printer.
#[derive(Debug, Default)]
pub struct Printed(pub(super) Paper);

impl SerialLine for Printed {
    fn read(&mut self) -> Option<u8> {
        None
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.0.print(bytes);
        bytes.len()
    }
}

/// A watchdog that never bites.
#[derive(Debug, Default)]
pub struct Fed;

impl Watchdog for Fed {
    fn feed(&mut self) {}
}

/// The card slot, with a virtual card that speaks its characters at once.
pub struct DeskSlot {
    pub(super) card: SlotCard<VirtualCard>,
    pub(super) clock: DeskClock,
    pub(super) powered: Millis,
    pub(super) quiet: u32,
}

impl DeskSlot {
    fn order(&mut self, orders: &[u8]) {
        for byte in orders {
            self.card.push(*byte);
        }
    }

    fn reset(&mut self, order: u8) -> Result<(), SlotError> {
        if !self.card.is_present() {
            return Err(SlotError::NoCard);
        }
        self.powered = self.clock.now();
        self.quiet = 0;
        self.order(&[0xFF, order]);
        Ok(())
    }
}

impl SlotLine for DeskSlot {
    fn present(&mut self) -> bool {
        self.card.is_present()
    }

    fn power_on(&mut self) -> Result<(), SlotError> {
        self.reset(1)
    }

    fn warm_reset(&mut self) -> Result<(), SlotError> {
        self.reset(2)
    }

    fn power_off(&mut self) {
        self.order(&[0xFF, 0]);
    }

    fn set_inverse(&mut self, _: bool) {}

    fn set_rate(&mut self, code: u8, _: u16, _: u8) -> Result<(), SlotError> {
        self.order(&[0xFF, 0x10 | code & 0x0F]);
        Ok(())
    }

    fn set_guard(&mut self, _: u8) {}

    fn send(&mut self, bytes: &[u8]) -> usize {
        for byte in bytes {
            self.order(escaped(*byte));
        }
        bytes.len()
    }

    fn sent(&mut self) -> bool {
        true
    }

    fn receive(&mut self) -> Option<Result<u8, ParityError>> {
        loop {
            match self.card.take() {
                Some(Out::Byte(byte)) => {
                    self.quiet = 0;
                    return Some(Ok(byte));
                }
                Some(Out::Present(_) | Out::Pause(_)) => {}
                None => break,
            }
        }
        self.quiet += 1;
        None
    }

    /// 9 600 in a second. Asking without an answer takes time too, so that a dumb card is given up in a loop that does not wait.
    fn etu(&mut self) -> u32 {
        let millis = self.clock.now().since(self.powered);
        let etu = u32::try_from(millis.saturating_mul(96) / 10 % (1 << 32)).unwrap_or(u32::MAX);
        etu.wrapping_add(self.quiet.saturating_mul(4))
    }
}

/// The reader module of identity cards.
pub struct DeskIds {
    pub(super) model: Option<IdReaderModel>,
    pub(super) clock: DeskClock,
    pub(super) coming: VecDeque<(u64, u8)>,
}

impl SerialLine for DeskIds {
    fn read(&mut self) -> Option<u8> {
        let (due, byte) = *self.coming.front()?;
        if due > self.clock.now().0 {
            return None;
        }
        self.coming.pop_front();
        Some(byte)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let now = self.clock.now().0;
        if let Some(model) = &mut self.model {
            for reply in model.receive(bytes, Duration::from_millis(now)) {
                let due = u64::try_from(reply.at.as_millis()).unwrap_or(u64::MAX);
                if let Emit::Bytes(bytes) = reply.what {
                    self.coming.extend(bytes.into_iter().map(|byte| (due, byte)));
                }
            }
        }
        bytes.len()
    }

    fn fitted(&self) -> bool {
        self.model.is_some()
    }
}

/// The network that the desk was given.
pub struct DeskNetwork(pub(super) Box<dyn Network>);

impl Network for DeskNetwork {
    fn send(&mut self, datagram: &[u8]) -> bool {
        self.0.send(datagram)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.0.receive(buffer)
    }

    fn up(&mut self) -> bool {
        self.0.up()
    }
}

/// The till that the desk was given.
pub struct DeskTill(pub(super) Box<dyn SerialLine>);

impl SerialLine for DeskTill {
    fn read(&mut self) -> Option<u8> {
        self.0.read()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.0.write(bytes)
    }

    fn fitted(&self) -> bool {
        self.0.fitted()
    }
}

/// No network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Network for Offline {
    fn send(&mut self, _: &[u8]) -> bool {
        false
    }

    fn receive(&mut self, _: &mut [u8]) -> Option<usize> {
        None
    }

    fn up(&mut self) -> bool {
        false
    }
}
