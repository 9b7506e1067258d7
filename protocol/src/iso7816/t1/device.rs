//! The device's end: one command there and its answer back, whatever happens to single blocks.

use heapless::Vec;
use zeroize::Zeroize;

use super::super::timing::{BlockCheck, LineParameters, Rate};
use super::super::{Line, LineError};
use super::block::{Block, Control, Fault, MAX_BLOCK, Receiver, Supervisory};
use crate::apdu::{Command, Response};
use crate::bytes::filled;

/// The same thing is tried this often before the next stronger remedy: repetition, resynchronisation, giving up.
const MAX_TRIES: u8 = 3;
/// A card may ask for more time this often in a row, and each time for at most this many waiting times. Some cards in the
/// field ask for weeks.
const MAX_EXTENSIONS: u8 = 60;
const MAX_MULTIPLIER: u8 = 30;

/// What the two ends know about each other between commands. Begins anew with every reset of the card.
#[derive(Clone, Debug)]
pub struct Link {
    check: BlockCheck,
    character_etu: u32,
    block_etu: u32,
    /// Longest field the card takes.
    card_size: u8,
    /// Number of our next information block.
    ours: bool,
    /// Number of the card's next information block.
    theirs: bool,
}

impl Link {
    /// After a reset, with what the answer said and the rate that was agreed.
    #[must_use]
    pub fn new(parameters: &LineParameters, rate: Rate) -> Self {
        Self {
            check: parameters.check,
            character_etu: parameters.character_waiting_time(),
            block_etu: parameters.block_waiting_time(rate),
            card_size: parameters.ifsc,
            ours: false,
            theirs: false,
        }
    }
}

/// One command on its way.
pub struct Exchange {
    link: Link,
    command: Command,
    /// Bytes of the command that the card has acknowledged.
    acknowledged: usize,
    /// Bytes of it in the block that is under way.
    under_way: usize,
    outgoing: Vec<u8, MAX_BLOCK>,
    /// The last thing we sent that is not a wish for repetition: what is sent again when the card asks.
    last: Block,
    receiver: Receiver,
    state: State,
    tries: u8,
    resynchronisations: u8,
    extensions: u8,
    multiplier: u8,
    answer: Vec<u8, 258>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Send,
    Receive,
    Resynchronising,
    Done,
}

impl Exchange {
    /// Begins, with the link as the last exchange left it ([`Exchange::link`]) or as it is after a reset.
    #[must_use]
    pub fn new(link: Link, command: Command) -> Self {
        let check = link.check;
        let mut exchange = Self {
            link,
            command,
            acknowledged: 0,
            under_way: 0,
            outgoing: Vec::new(),
            last: Block::bare(Control::Information { number: false, more: false }),
            receiver: Receiver::new(check),
            state: State::Send,
            tries: 0,
            resynchronisations: 0,
            extensions: 0,
            multiplier: 1,
            answer: Vec::new(),
        };
        exchange.send_next_part();
        exchange
    }

    /// What the line should do now.
    pub fn line(&self) -> Line<'_> {
        if !self.outgoing.is_empty() {
            return Line::Send(&self.outgoing);
        }
        if self.state == State::Done {
            return Line::Done;
        }
        let within_etu = if self.receiver.begun() {
            self.link.character_etu
        } else {
            self.link.block_etu.saturating_mul(u32::from(self.multiplier))
        };
        Line::Receive { within_etu }
    }

    /// The bytes of the last [`Line::Send`] have left.
    pub fn sent(&mut self) {
        self.outgoing.as_mut_slice().zeroize();
        self.outgoing.clear();
        if self.state == State::Send {
            self.state = State::Receive;
        }
    }

    /// A byte has arrived.
    ///
    /// # Errors
    /// As [`LineError`]; the exchange is over then.
    pub fn byte(&mut self, byte: u8) -> Result<(), LineError> {
        if !self.outgoing.is_empty() || self.state == State::Done {
            // The line is ours, or nobody asked.
            return Ok(());
        }
        match self.receiver.byte(byte) {
            None => Ok(()),
            Some(Ok(block)) => {
                self.multiplier = 1;
                self.block(&block)
            }
            Some(Err(fault)) => self.repair(fault),
        }
    }

    /// The waiting time is over.
    ///
    /// # Errors
    /// [`LineError::Silence`] when the card stays silent in spite of everything.
    pub fn silence(&mut self) -> Result<(), LineError> {
        self.receiver.clear();
        self.multiplier = 1;
        self.repair(Fault::Other)
            .map_err(|error| if error == LineError::Noise { LineError::Silence } else { error })
    }

    /// The answer with its status word.
    ///
    /// # Errors
    /// [`LineError::Protocol`] when the exchange is not done or the answer has no status word.
    pub fn take(self) -> Result<Response, LineError> {
        self.answer()
    }

    /// As [`Exchange::take`], for one that is kept for a while yet.
    ///
    /// # Errors
    /// As [`Exchange::take`].
    pub fn answer(&self) -> Result<Response, LineError> {
        if self.state != State::Done {
            return Err(LineError::Protocol);
        }
        Response::parse(&self.answer).map_err(|_| LineError::Protocol)
    }

    /// What the two ends know about each other now: for the next exchange.
    #[must_use]
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// The byte that just arrived had wrong parity: its block will be asked for again.
    ///
    /// # Errors
    /// As [`Exchange::byte`].
    pub fn spoiled_byte(&mut self) -> Result<(), LineError> {
        if self.outgoing.is_empty() && self.state != State::Done {
            self.receiver.spoil();
        }
        self.byte(0)
    }

    fn block(&mut self, block: &Block) -> Result<(), LineError> {
        if self.state == State::Resynchronising {
            return match block.control {
                Control::Supervisory { about: Supervisory::Resynchronise, response: true } => {
                    (self.link.ours, self.link.theirs) = (false, false);
                    // The card may have carried the command out: only the session above can begin again.
                    Err(LineError::Resynchronised)
                }
                _ => self.repair(Fault::Other),
            };
        }
        match block.control {
            Control::Information { number, more } => self.information(number, more, block),
            Control::Ready { number, .. } => self.ready(number),
            Control::Supervisory { about, response: false } => self.request(about, block),
            Control::Supervisory { .. } => self.repair(Fault::Other),
        }
    }

    fn information(&mut self, number: bool, more: bool, block: &Block) -> Result<(), LineError> {
        let all_sent = self.acknowledged + self.under_way == self.command.as_bytes().len();
        if number != self.link.theirs || !all_sent {
            return self.repair(Fault::Other);
        }
        self.tries = 0;
        self.extensions = 0;
        if self.under_way > 0 {
            // An answer acknowledges what it answers.
            self.acknowledged += self.under_way;
            self.under_way = 0;
            self.link.ours = !self.link.ours;
        }
        self.link.theirs = !self.link.theirs;
        self.answer.extend_from_slice(&block.information).map_err(|_| LineError::Length)?;
        if more {
            self.send(Block::bare(Control::Ready { number: self.link.theirs, fault: Fault::None }));
        } else {
            self.state = State::Done;
        }
        Ok(())
    }

    fn ready(&mut self, number: bool) -> Result<(), LineError> {
        let chaining = self.acknowledged + self.under_way < self.command.as_bytes().len();
        if self.under_way > 0 && chaining && number != self.link.ours {
            self.tries = 0;
            self.acknowledged += self.under_way;
            self.link.ours = !self.link.ours;
            self.send_next_part();
            return Ok(());
        }
        self.count_try()?;
        if self.state != State::Resynchronising {
            self.send_again();
        }
        Ok(())
    }

    fn request(&mut self, about: Supervisory, block: &Block) -> Result<(), LineError> {
        let value = block.information.first().copied().unwrap_or(0);
        match about {
            Supervisory::MoreTime => {
                self.extensions += 1;
                if self.extensions > MAX_EXTENSIONS {
                    return Err(LineError::Stalled);
                }
                self.multiplier = value.clamp(1, MAX_MULTIPLIER);
                self.send_supervisory(about, &[value]);
                Ok(())
            }
            Supervisory::InformationSize if (1..=254).contains(&value) => {
                self.link.card_size = value;
                self.send_supervisory(about, &[value]);
                Ok(())
            }
            // The card ends the chain; it holds no answer for us.
            Supervisory::Abort => Err(LineError::Aborted),
            Supervisory::InformationSize | Supervisory::Resynchronise => self.repair(Fault::Other),
        }
    }

    /// Asks for a repetition, and when that does not help begins again with block number 0.
    fn repair(&mut self, fault: Fault) -> Result<(), LineError> {
        self.count_try()?;
        if self.state != State::Resynchronising {
            let wish = Block::bare(Control::Ready { number: self.link.theirs, fault });
            self.outgoing = wish.emit(self.link.check);
            self.state = State::Send;
        }
        Ok(())
    }

    fn count_try(&mut self) -> Result<(), LineError> {
        self.tries += 1;
        if self.state != State::Resynchronising && self.tries < MAX_TRIES {
            return Ok(());
        }
        if self.state == State::Resynchronising || self.tries >= MAX_TRIES {
            self.resynchronisations += 1;
            if self.resynchronisations > MAX_TRIES {
                return Err(LineError::Noise);
            }
            self.state = State::Resynchronising;
            let resynchronise = Block::supervisory(Supervisory::Resynchronise, false, &[]);
            self.outgoing = resynchronise.emit(self.link.check);
        }
        Ok(())
    }

    fn send_next_part(&mut self) {
        let rest = self.command.as_bytes().get(self.acknowledged..).unwrap_or_default();
        let part: Vec<u8, { super::block::MAX_INFORMATION }> =
            filled(rest.iter().copied().take(usize::from(self.link.card_size)));
        self.under_way = part.len();
        let control = Control::Information { number: self.link.ours, more: part.len() < rest.len() };
        self.send(Block { control, information: part });
    }

    fn send_supervisory(&mut self, about: Supervisory, value: &[u8]) {
        self.send(Block::supervisory(about, true, value));
    }

    fn send(&mut self, block: Block) {
        self.last = block;
        self.send_again();
    }

    fn send_again(&mut self) {
        self.outgoing = self.last.emit(self.link.check);
        self.state = State::Send;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.answer.as_mut_slice().zeroize();
        self.outgoing.as_mut_slice().zeroize();
        self.last.information.as_mut_slice().zeroize();
    }
}
