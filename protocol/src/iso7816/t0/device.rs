//! The device's end of the byte protocol.

use heapless::Vec;
use zeroize::Zeroize;

use super::super::{Line, LineError};
use crate::apdu::{Command, Le, Response};

/// How often a card may ask to wait. Some ask every few milliseconds, so this only ends what would never end; whoever keeps
/// the time gives up earlier.
const MAX_WAITS: u16 = 600;

/// One command on its way through T=0, seen from the device.
pub struct Exchange {
    command: Command,
    /// Class, instruction, P1, P2 and P3: the length that is sent, or wanted, or zero where there is neither.
    header: [u8; 5],
    waiting_etu: u32,
    state: State,
    sent: usize,
    awaited: usize,
    waits: u16,
    answer: Vec<u8, 258>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    SendHeader,
    Procedure,
    SendData { until: usize },
    ReceiveData { one: bool },
    SecondStatus,
    Done,
}

impl Exchange {
    /// Begins. `waiting_etu` is [`LineParameters::waiting_time`](super::super::timing::LineParameters::waiting_time).
    #[must_use]
    pub fn new(command: Command, waiting_etu: u32) -> Self {
        let awaited = match (command.data(), command.le()) {
            ([], Le::Bytes(0)) => 256,
            ([], Le::Bytes(le)) => usize::from(le),
            // With data the answer is fetched by GET RESPONSE.
            _ => 0,
        };
        let [cla, ins, p1, p2] = command.header();
        let p3 = command.as_bytes().get(4).copied().unwrap_or(0);
        let header = [cla, ins, p1, p2, p3];
        Self {
            command,
            header,
            waiting_etu,
            state: State::SendHeader,
            sent: 0,
            awaited,
            waits: 0,
            answer: Vec::new(),
        }
    }

    /// What the line should do now.
    pub fn line(&self) -> Line<'_> {
        match self.state {
            State::SendHeader => Line::Send(&self.header),
            State::SendData { until } => {
                Line::Send(self.command.data().get(self.sent..until).unwrap_or_default())
            }
            State::Done => Line::Done,
            State::Procedure | State::ReceiveData { .. } | State::SecondStatus => {
                Line::Receive { within_etu: self.waiting_etu }
            }
        }
    }

    /// The bytes of the last [`Line::Send`] have left.
    pub fn sent(&mut self) {
        if let State::SendData { until } = self.state {
            self.sent = until;
        }
        self.state = State::Procedure;
    }

    /// A byte has arrived.
    ///
    /// # Errors
    /// As [`LineError`]; the exchange is over then.
    pub fn byte(&mut self, byte: u8) -> Result<(), LineError> {
        match self.state {
            State::Procedure => self.procedure(byte),
            State::ReceiveData { one } => {
                self.answer.push(byte).map_err(|_| LineError::Length)?;
                if one || self.answer.len() >= self.awaited {
                    self.state = State::Procedure;
                }
                Ok(())
            }
            State::SecondStatus => {
                self.answer.push(byte).map_err(|_| LineError::Length)?;
                self.state = State::Done;
                Ok(())
            }
            State::SendHeader | State::SendData { .. } | State::Done => Err(LineError::Protocol),
        }
    }

    /// The waiting time is over.
    ///
    /// # Errors
    /// Always [`LineError::Silence`]: T=0 has no repetition above the character.
    pub fn silence(&self) -> Result<(), LineError> {
        Err(LineError::Silence)
    }

    /// The answer with its status word; `61xx` and `6Cxx` come through, the session above knows what to do with them.
    ///
    /// # Errors
    /// [`LineError::Protocol`] when the exchange is not done.
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

    fn procedure(&mut self, byte: u8) -> Result<(), LineError> {
        let ins = self.command.ins();
        let outgoing = self.command.data().len();
        match byte {
            0x60 => {
                self.waits += 1;
                if self.waits > MAX_WAITS { Err(LineError::Stalled) } else { Ok(()) }
            }
            0x61..=0x6F | 0x90..=0x9F => {
                self.answer.push(byte).map_err(|_| LineError::Length)?;
                self.state = State::SecondStatus;
                Ok(())
            }
            all if all == ins && self.sent < outgoing => {
                self.state = State::SendData { until: outgoing };
                Ok(())
            }
            one if one == !ins && self.sent < outgoing => {
                self.state = State::SendData { until: self.sent + 1 };
                Ok(())
            }
            all if all == ins && self.answer.len() < self.awaited => {
                self.state = State::ReceiveData { one: false };
                Ok(())
            }
            one if one == !ins && self.answer.len() < self.awaited => {
                self.state = State::ReceiveData { one: true };
                Ok(())
            }
            _ => Err(LineError::Protocol),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.answer.as_mut_slice().zeroize();
    }
}
