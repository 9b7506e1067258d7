//! The card's end of the byte protocol, for cards that do not exist.

use heapless::Vec;
use zeroize::Zeroize;

/// What a card does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardLine {
    /// Nothing: wait for the device.
    Listen,
    /// A whole command has come; answer it with [`Card::answer`].
    Command(Vec<u8, 260>),
    /// Send these bytes.
    Send(Vec<u8, 259>),
}

/// A card on the line. Which instructions bring data cannot be seen from the header alone, so the card says.
pub struct Card {
    brings_data: fn(header: [u8; 5]) -> bool,
    received: Vec<u8, 260>,
    /// The command is with the card's application.
    busy: bool,
}

impl Card {
    /// A card that was just reset.
    #[must_use]
    pub const fn new(brings_data: fn([u8; 5]) -> bool) -> Self {
        Self { brings_data, received: Vec::new(), busy: false }
    }

    /// A byte from the device. Bytes that come while a command is being worked on are lost, as on a real line.
    pub fn byte(&mut self, byte: u8) -> CardLine {
        if self.busy || self.received.push(byte).is_err() {
            return CardLine::Listen;
        }
        let Some(header) = self.received.first_chunk::<5>().copied() else { return CardLine::Listen };
        let [_, ins, _, _, p3] = header;
        let data = if p3 != 0 && (self.brings_data)(header) { usize::from(p3) } else { 0 };
        if self.received.len() == 5 && data > 0 {
            // Ask for all the data at once.
            return CardLine::Send(Vec::from_iter([ins]));
        }
        if self.received.len() < 5 + data {
            return CardLine::Listen;
        }
        self.busy = true;
        CardLine::Command(self.received.clone())
    }

    /// The answer of the card's application, with its status word. Data goes out behind a procedure byte.
    pub fn answer(&mut self, answer: &[u8]) -> CardLine {
        let ins = self.received.get(1).copied().unwrap_or(0);
        self.received.as_mut_slice().zeroize();
        self.received.clear();
        self.busy = false;
        let procedure = (answer.len() > 2).then_some(ins);
        CardLine::Send(procedure.into_iter().chain(answer.iter().copied()).take(259).collect())
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.received.as_mut_slice().zeroize();
    }
}
