//! The board as the application sees it.

use yika_firmware::hal::{self, Frame, Key, Millis, NoLine, SerialLine, Start};

use crate::clock;
use crate::entropy::BenchEntropy;
use crate::keys::{BoardKey, Buttons};
use crate::network::Network;
use crate::oled::Oled;
use crate::slot::BenchSlot;
use crate::uart::Uart;
use crate::watchdog::Dog;

pub(crate) struct Bench {
    pub(crate) clock: SystemClock,
    pub(crate) slot: BenchSlot,
    pub(crate) keys: Buttons,
    pub(crate) screen: Oled,
    pub(crate) entropy: BenchEntropy,
    pub(crate) network: Network,
    pub(crate) scanner: Uart,
    pub(crate) printer: Uart,
    pub(crate) till: Uart,
    pub(crate) id_reader: NoLine,
    pub(crate) dog: Dog,
    pub(crate) start: Start,
}

pub(crate) struct SystemClock;

impl hal::Clock for SystemClock {
    fn now(&self) -> Millis {
        Millis(clock::millis())
    }
}

impl hal::Keys for Buttons {
    fn next(&mut self) -> Option<Key> {
        Some(match self.released()? {
            BoardKey::Up => Key::Up,
            BoardKey::Down => Key::Down,
            BoardKey::Left => Key::Left,
            BoardKey::Right => Key::Right,
            BoardKey::Select => Key::Select,
        })
    }
}

impl hal::Screen for Oled {
    fn show(&mut self, frame: &Frame) {
        self.draw(frame.bytes());
    }
}

impl hal::Network for Network {
    fn send(&mut self, datagram: &[u8]) -> bool {
        self.queue(datagram)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.take(buffer)
    }

    /// The controller does not tell; an answer that does not come is told by the swipe.
    fn up(&mut self) -> bool {
        true
    }
}

impl SerialLine for Uart {
    fn read(&mut self) -> Option<u8> {
        Uart::read(self)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.write_some(bytes)
    }
}

impl hal::Watchdog for Dog {
    fn feed(&mut self) {
        Dog::feed(self);
    }
}

impl hal::Board for Bench {
    type Clock = SystemClock;
    type Slot = BenchSlot;
    type Keys = Buttons;
    type Screen = Oled;
    type Entropy = BenchEntropy;
    type Network = Network;
    type Scanner = Uart;
    type Printer = Uart;
    type Till = Uart;
    type IdReader = NoLine;
    type Watchdog = Dog;

    const NAME: &'static str = "lm3s6965evb";

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn slot(&mut self) -> &mut BenchSlot {
        &mut self.slot
    }

    fn keys(&mut self) -> &mut Buttons {
        &mut self.keys
    }

    fn screen(&mut self) -> &mut Oled {
        &mut self.screen
    }

    fn entropy(&mut self) -> &mut BenchEntropy {
        &mut self.entropy
    }

    fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    fn scanner(&mut self) -> &mut Uart {
        &mut self.scanner
    }

    fn printer(&mut self) -> &mut Uart {
        &mut self.printer
    }

    fn till(&mut self) -> &mut Uart {
        &mut self.till
    }

    fn id_reader(&mut self) -> &mut NoLine {
        &mut self.id_reader
    }

    fn watchdog(&mut self) -> &mut Dog {
        &mut self.dog
    }

    fn start(&self) -> Start {
        self.start
    }
}
