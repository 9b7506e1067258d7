//! One command on its way, over a line with deadlines.

use yika_protocol::apdu::{Command, Protocol, Response};
use yika_protocol::iso7816::timing::{LineParameters, Rate};
use yika_protocol::iso7816::{Line, LineError, t0, t1};

use crate::hal::SlotLine;

/// Characters moved in one turn at most: the rest of the device wants its turn too.
const CHARACTERS_A_TURN: usize = 320;

/// However much time a card asks for, nobody at a counter waits longer for one command: one minute at the usual card clock.
const LONGEST_SECONDS: u32 = 60;
const CARD_CLOCK_HZ: u32 = 3_571_200;

/// A command under way.
pub(super) struct Running {
    engine: Engine,
    /// Characters of the current transmission the line has taken.
    taken: usize,
    /// When the current wait began, and the whole exchange.
    since: u32,
    began: u32,
    longest_etu: u32,
}

#[expect(clippy::large_enum_variant, reason = "no heap; one exchange at a time is alive")]
enum Engine {
    T0(t0::Exchange),
    T1(t1::Exchange),
}

impl Running {
    pub(super) fn new(
        command: Command,
        protocol: Protocol,
        parameters: &LineParameters,
        rate: Rate,
        link: Option<t1::Link>,
        now_etu: u32,
    ) -> Self {
        let engine = match protocol {
            Protocol::T0 => Engine::T0(t0::Exchange::new(command, parameters.waiting_time(rate))),
            Protocol::T1 => {
                let link = link.unwrap_or_else(|| t1::Link::new(parameters, rate));
                Engine::T1(t1::Exchange::new(link, command))
            }
        };
        let longest_etu = rate.baud(CARD_CLOCK_HZ).saturating_mul(LONGEST_SECONDS);
        Self { engine, taken: 0, since: now_etu, began: now_etu, longest_etu }
    }

    /// What both ends of a block link know, once the exchange is done.
    pub(super) fn link(&self) -> Option<t1::Link> {
        match &self.engine {
            Engine::T0(_) => None,
            Engine::T1(exchange) => Some(exchange.link()),
        }
    }

    /// Moves characters; the answer when it is whole.
    pub(super) fn poll(&mut self, line: &mut impl SlotLine) -> Result<Option<Response>, LineError> {
        for _ in 0..CHARACTERS_A_TURN {
            match self.engine.line() {
                Line::Done => return self.engine.take().map(Some),
                Line::Send(bytes) => {
                    let rest = bytes.get(self.taken..).unwrap_or_default();
                    let more = rest.len();
                    let took = if rest.is_empty() { 0 } else { line.send(rest) };
                    self.taken = self.taken.saturating_add(took);
                    if took < more || !line.sent() {
                        return Ok(None);
                    }
                    self.taken = 0;
                    self.since = line.etu();
                    self.engine.sent();
                }
                Line::Receive { within_etu } => match line.receive() {
                    Some(character) => {
                        self.since = line.etu();
                        match character {
                            Ok(byte) => self.engine.byte(byte)?,
                            Err(_) => self.engine.spoiled()?,
                        }
                    }
                    None => {
                        let now = line.etu();
                        if now.wrapping_sub(self.began) > self.longest_etu {
                            return Err(LineError::Stalled);
                        }
                        if now.wrapping_sub(self.since) <= within_etu {
                            return Ok(None);
                        }
                        self.since = now;
                        self.engine.silence()?;
                    }
                },
            }
        }
        Ok(None)
    }
}

impl Engine {
    fn line(&self) -> Line<'_> {
        match self {
            Self::T0(exchange) => exchange.line(),
            Self::T1(exchange) => exchange.line(),
        }
    }

    fn sent(&mut self) {
        match self {
            Self::T0(exchange) => exchange.sent(),
            Self::T1(exchange) => exchange.sent(),
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), LineError> {
        match self {
            Self::T0(exchange) => exchange.byte(byte),
            Self::T1(exchange) => exchange.byte(byte),
        }
    }

    /// In T=0 the line has asked for a repetition itself, in vain; in T=1 the block is asked for again.
    fn spoiled(&mut self) -> Result<(), LineError> {
        match self {
            Self::T0(_) => Err(LineError::Noise),
            Self::T1(exchange) => exchange.spoiled_byte(),
        }
    }

    fn silence(&mut self) -> Result<(), LineError> {
        match self {
            Self::T0(exchange) => exchange.silence(),
            Self::T1(exchange) => exchange.silence(),
        }
    }

    fn take(&mut self) -> Result<Response, LineError> {
        match self {
            Self::T0(exchange) => exchange.answer(),
            Self::T1(exchange) => exchange.answer(),
        }
    }
}
