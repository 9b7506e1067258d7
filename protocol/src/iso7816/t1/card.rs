//! The card's end, for cards that do not exist.

use heapless::Vec;
use zeroize::Zeroize;

use super::super::timing::BlockCheck;
use super::block::{Block, Control, Fault, MAX_BLOCK, MAX_INFORMATION, Receiver, Supervisory};

/// What a card does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardBlock {
    /// Nothing: wait for the device.
    Listen,
    /// A whole command has come; answer it with [`Card::answer`], or ask for time first.
    Command(Vec<u8, 261>),
    /// Send these bytes.
    Send(Vec<u8, MAX_BLOCK>),
}

/// A card on the line.
pub struct Card {
    check: BlockCheck,
    /// Longest field we put into a block: what the device takes.
    device_size: u8,
    receiver: Receiver,
    command: Vec<u8, 261>,
    answer: Vec<u8, 258>,
    /// Bytes of the answer that are acknowledged, and in the block under way.
    answered: usize,
    under_way: usize,
    /// Number of our next information block, and of the device's.
    ours: bool,
    theirs: bool,
    last: Option<Block>,
    busy: bool,
}

impl Card {
    /// A card that was just reset. A device takes fields of 32 bytes until it says otherwise.
    #[must_use]
    pub const fn new(check: BlockCheck, device_size: u8) -> Self {
        Self {
            check,
            device_size,
            receiver: Receiver::new(check),
            command: Vec::new(),
            answer: Vec::new(),
            answered: 0,
            under_way: 0,
            ours: false,
            theirs: false,
            last: None,
            busy: false,
        }
    }

    /// A byte from the device.
    pub fn byte(&mut self, byte: u8) -> CardBlock {
        match self.receiver.byte(byte) {
            None => CardBlock::Listen,
            Some(Ok(block)) => self.block(&block),
            Some(Err(fault)) => self.ask_again(fault),
        }
    }

    /// The gap inside a block was too long: forget the part.
    pub fn silence(&mut self) {
        self.receiver.clear();
    }

    /// Asks the device for so many block waiting times.
    pub fn more_time(&mut self, multiplier: u8) -> CardBlock {
        self.send(Block::supervisory(Supervisory::MoreTime, false, &[multiplier]))
    }

    /// The answer of the card's application, with its status word.
    pub fn answer(&mut self, answer: &[u8]) -> CardBlock {
        self.busy = false;
        self.answer.as_mut_slice().zeroize();
        self.answer = answer.iter().copied().take(258).collect();
        (self.answered, self.under_way) = (0, 0);
        self.send_next_part()
    }

    fn block(&mut self, block: &Block) -> CardBlock {
        match block.control {
            Control::Supervisory { about: Supervisory::Resynchronise, response: false } => {
                (self.ours, self.theirs, self.busy) = (false, false, false);
                self.command.clear();
                self.answer.clear();
                self.send(Block::supervisory(Supervisory::Resynchronise, true, &[]))
            }
            Control::Supervisory { about: Supervisory::InformationSize, response: false } => {
                let size = block.information.first().copied().unwrap_or(32);
                self.device_size = size.clamp(1, 254);
                self.send(Block::supervisory(Supervisory::InformationSize, true, &[size]))
            }
            // The device grants the time: the application goes on.
            Control::Supervisory { .. } => CardBlock::Listen,
            Control::Ready { number, .. } => {
                let chaining = self.answered + self.under_way < self.answer.len();
                if self.under_way > 0 && chaining && number != self.ours {
                    self.ours = !self.ours;
                    self.answered += self.under_way;
                    return self.send_next_part();
                }
                self.send_again()
            }
            Control::Information { number, more } => self.information(number, more, block),
        }
    }

    fn information(&mut self, number: bool, more: bool, block: &Block) -> CardBlock {
        if number != self.theirs {
            return self.ask_again(Fault::Other);
        }
        if self.under_way > 0 {
            // A new command acknowledges the last answer.
            self.ours = !self.ours;
            (self.answered, self.under_way) = (0, 0);
            self.answer.clear();
        }
        self.theirs = !self.theirs;
        if self.command.extend_from_slice(&block.information).is_err() {
            self.command.clear();
            return self.send(Block::supervisory(Supervisory::Abort, false, &[]));
        }
        if more {
            return self.send(Block::bare(Control::Ready { number: self.theirs, fault: Fault::None }));
        }
        self.busy = true;
        let command = self.command.clone();
        self.command.as_mut_slice().zeroize();
        self.command.clear();
        CardBlock::Command(command)
    }

    fn send_next_part(&mut self) -> CardBlock {
        let rest = self.answer.get(self.answered..).unwrap_or_default();
        let part: Vec<u8, MAX_INFORMATION> =
            rest.iter().copied().take(usize::from(self.device_size)).collect();
        self.under_way = part.len();
        let control = Control::Information { number: self.ours, more: part.len() < rest.len() };
        self.send(Block { control, information: part })
    }

    fn ask_again(&self, fault: Fault) -> CardBlock {
        if self.busy {
            return CardBlock::Listen;
        }
        CardBlock::Send(Block::bare(Control::Ready { number: self.theirs, fault }).emit(self.check))
    }

    fn send(&mut self, block: Block) -> CardBlock {
        let bytes = block.emit(self.check);
        self.last = Some(block);
        CardBlock::Send(bytes)
    }

    fn send_again(&self) -> CardBlock {
        match &self.last {
            Some(block) => CardBlock::Send(block.emit(self.check)),
            None => self.ask_again(Fault::Other),
        }
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.command.as_mut_slice().zeroize();
        self.answer.as_mut_slice().zeroize();
    }
}
