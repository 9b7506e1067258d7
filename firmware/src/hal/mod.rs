//! What a board gives. A port is an implementation of these traits, bundled by [`Board`].
//!
//! Nothing here blocks for longer than its own bus: a call gives what is there now, and the application asks again.

mod lines;
mod media;
mod person;
mod slot;

pub use lines::{EmbeddedIo, Network, NoLine, SerialLine};
pub use media::{BLOCK, Block, Media, MediaError};
pub use person::{Frame, Key, Keys, Screen};
pub use slot::{ParityError, SlotError, SlotLine};

/// Milliseconds since the device started. Never goes back; a device needs no other clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// The time passed since `earlier`; zero when that lies ahead.
    pub const fn since(self, earlier: Millis) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment and `millis` more.
    pub const fn plus(self, millis: u64) -> Millis {
        Millis(self.0.saturating_add(millis))
    }
}

/// The time since boot.
pub trait Clock {
    /// Now.
    fn now(&self) -> Millis;
}

/// A noise source, raw: one sample of eight bits. Used only behind the health test.
pub trait Entropy {
    /// The next raw sample, or `None` when none is ready.
    fn sample(&mut self) -> Option<u8>;

    /// Whether the samples were put in from outside, for a bench. Such a device says BENCH on screen and slip.
    fn injected(&self) -> bool {
        false
    }
}

/// Resets the device when the loop stops turning.
pub trait Watchdog {
    /// The loop still turns.
    fn feed(&mut self);
}

/// Why the device started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Power came. Nobody knows for how long it was gone.
    PowerOn,
    /// Reset by itself, watchdog or panic handler, a moment ago. Only a board whose memory lives through a reset and
    /// proves it may say so; in doubt it is [`Start::PowerOn`].
    Reset,
}

/// Everything a board has, as one value the application owns.
///
/// A part the board lacks is [`NoLine`] (for lines) and says so by [`SerialLine::fitted`].
pub trait Board {
    /// Time.
    type Clock: Clock;
    /// The contact slot for cards.
    type Slot: SlotLine;
    /// The keys on the housing.
    type Keys: Keys;
    /// The display.
    type Screen: Screen;
    /// The noise source.
    type Entropy: Entropy;
    /// The network to the centre.
    type Network: Network;
    /// Scanner codes and frames of the serial keypad come in here.
    type Scanner: SerialLine;
    /// Bytes for the printer go out here. May be the same wire as the scanner.
    type Printer: SerialLine;
    /// The till or counter PC.
    type Till: SerialLine;
    /// The reader module for identity cards.
    type IdReader: SerialLine;
    /// The watchdog.
    type Watchdog: Watchdog;

    /// Name of the board, ASCII, at most 20 characters, for the settings screen and the enrolment request.
    const NAME: &'static str;

    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// The contact slot.
    fn slot(&mut self) -> &mut Self::Slot;
    /// The keys.
    fn keys(&mut self) -> &mut Self::Keys;
    /// The display.
    fn screen(&mut self) -> &mut Self::Screen;
    /// The noise source.
    fn entropy(&mut self) -> &mut Self::Entropy;
    /// The network.
    fn network(&mut self) -> &mut Self::Network;
    /// Scanner and keypad.
    fn scanner(&mut self) -> &mut Self::Scanner;
    /// Printer.
    fn printer(&mut self) -> &mut Self::Printer;
    /// Till.
    fn till(&mut self) -> &mut Self::Till;
    /// Reader of identity cards.
    fn id_reader(&mut self) -> &mut Self::IdReader;
    /// Watchdog.
    fn watchdog(&mut self) -> &mut Self::Watchdog;
    /// Why the device started.
    fn start(&self) -> Start;
}
