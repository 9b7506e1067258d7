//! From contact to a protocol at a rate: resets, the answer to reset, PPS. Source: ISO/IEC 7816-3:2006 §6, §8, §9.

use heapless::Vec;
use yika_protocol::apdu::{Atr, AtrError, Command, Protocol};
use yika_protocol::iso7816::timing::{LineParameters, Rate};
use yika_protocol::iso7816::{pps, t1};

use super::error::CardError;
use super::exchange::Running;
use crate::hal::{SlotError, SlotLine};

/// The first character must come within 40 000 card clocks, which are 108 etu. Cards in the field are late; a mute one still
/// costs the cashier no noticeable time.
const FIRST_CHARACTER_ETU: u32 = 1_200;
/// The longest gap between two characters, and the longest answer as a whole.
const NEXT_CHARACTER_ETU: u32 = 9_600;
const WHOLE_ANSWER_ETU: u32 = 20_160;
/// A card with T=0 alone sends no check byte, yet some do: so long it is waited for.
const STRAY_CHECK_ETU: u32 = 24;
/// Resets until a sound answer comes: cold, warm, cold.
const MAX_ANSWERS: u8 = 3;

/// How to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResetKind {
    /// Power off and on.
    Cold,
    /// The reset line alone.
    Warm,
}

/// What a turn brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// No power: reset first.
    Down,
    Busy,
    /// A protocol is agreed; commands may go.
    Up,
    Failed(CardError),
}

/// The contacts and what was agreed over them.
pub(super) struct Contacts {
    state: State,
    answer: Vec<u8, 33>,
    atr: Option<Atr>,
    parameters: LineParameters,
    protocol: Protocol,
    rate: Rate,
    link: Option<t1::Link>,
    /// Resets since the last success.
    attempts: u8,
    /// The card refused PPS once: stay at the default rate.
    slow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down,
    Answering { began: u32, last: u32 },
    Negotiating { request: pps::Request, taken: usize, last: u32 },
    Up,
    Failed(CardError),
}

impl Contacts {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Down,
            answer: Vec::new(),
            atr: None,
            parameters: LineParameters::DEFAULT,
            protocol: Protocol::T0,
            rate: Rate::DEFAULT,
            link: None,
            attempts: 0,
            slow: false,
        }
    }

    /// What was agreed holds no more.
    pub(super) fn down(&mut self) {
        *self = Self::new();
    }

    /// The protocol, once it is agreed.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        (self.state == State::Up).then_some(self.protocol)
    }

    /// The answer to the last reset.
    pub(super) fn atr(&self) -> Option<&Atr> {
        self.atr.as_ref()
    }

    /// An exchange of one command.
    pub(super) fn exchange(&mut self, command: Command, line: &mut impl SlotLine) -> Running {
        let link = self.link.take();
        Running::new(command, self.protocol, &self.parameters, self.rate, link, line.etu())
    }

    /// Takes back what the next exchange must know.
    pub(super) fn keep(&mut self, done: &Running) {
        self.link = done.link();
    }

    /// Resets the card; its answer is collected by [`Contacts::poll`].
    pub(super) fn reset(&mut self, line: &mut impl SlotLine, kind: ResetKind) {
        self.link = None;
        self.atr = None;
        self.answer.clear();
        self.rate = Rate::DEFAULT;
        // What was on the way before the reset is nothing to us.
        while line.receive().is_some() {}
        line.set_inverse(false);
        line.set_guard(0);
        let reset =
            line.set_rate(0x11, Rate::DEFAULT.conversion(), Rate::DEFAULT.adjustment()).and_then(|()| {
                match kind {
                    ResetKind::Cold => {
                        line.power_off();
                        line.power_on()
                    }
                    ResetKind::Warm => line.warm_reset(),
                }
            });
        let now = line.etu();
        self.state = match reset {
            Ok(()) => State::Answering { began: now, last: now },
            Err(SlotError::NoCard) => State::Failed(CardError::NoCard),
            Err(SlotError::Rate | SlotError::Failed) => State::Failed(CardError::Slot),
        };
    }

    pub(super) fn poll(&mut self, line: &mut impl SlotLine) -> Progress {
        match self.state {
            State::Down => Progress::Down,
            State::Up => Progress::Up,
            State::Failed(error) => Progress::Failed(error),
            State::Answering { began, last } => self.collect(line, began, last),
            State::Negotiating { request, taken, last } => self.negotiate(line, request, taken, last),
        }
    }

    /// Characters of the answer to reset.
    fn collect(&mut self, line: &mut impl SlotLine, began: u32, mut last: u32) -> Progress {
        while let Some(character) = line.receive() {
            last = line.etu();
            let Ok(byte) = character else { return self.again(line, CardError::Reset(AtrError::Check)) };
            // The inverse convention, as a line in the direct one sees it, and as one that found out by itself.
            let byte = match (self.answer.is_empty(), byte) {
                (true, 0x03 | 0x3F) => {
                    line.set_inverse(true);
                    0x3F
                }
                _ => byte,
            };
            let full = self.answer.push(byte).is_err();
            match Atr::parse(&self.answer) {
                _ if full => return self.again(line, CardError::Reset(AtrError::Trailing)),
                Ok(_) | Err(AtrError::Truncated) => {}
                // Behind a whole answer only its own check byte is sound; without it the answer would not have been whole.
                Err(error) => return self.again(line, CardError::Reset(error)),
            }
        }
        self.state = State::Answering { began, last };
        let now = line.etu();
        let silent = now.wrapping_sub(last);
        if let Ok(atr) = Atr::parse(&self.answer) {
            let may_follow = !atr.offers(Protocol::T1) && silent < STRAY_CHECK_ETU;
            return if may_follow { Progress::Busy } else { self.agree(line, atr) };
        }
        let limit = if self.answer.is_empty() { FIRST_CHARACTER_ETU } else { NEXT_CHARACTER_ETU };
        if silent <= limit && now.wrapping_sub(began) <= WHOLE_ANSWER_ETU {
            return Progress::Busy;
        }
        let error =
            if self.answer.is_empty() { CardError::Mute } else { CardError::Reset(AtrError::Truncated) };
        self.again(line, error)
    }

    /// Chooses protocol and rate.
    fn agree(&mut self, line: &mut impl SlotLine, atr: Atr) -> Progress {
        let parameters = LineParameters::from_atr(atr.as_bytes());
        let protocol = match parameters.specific.unwrap_or(parameters.first_protocol) {
            0 => Protocol::T0,
            1 => Protocol::T1,
            _ => return self.again(line, CardError::Protocol),
        };
        self.parameters = parameters;
        self.protocol = protocol;
        self.atr = Some(atr);
        line.set_guard(parameters.extra_guard);
        if parameters.specific.is_some() {
            // The card is at its rate already and takes no PPS. After a warm reset it may be negotiable.
            return self.up(line, parameters.offered, parameters.offered_byte, ResetKind::Warm);
        }
        let wish = pps::Wish { protocol: parameters.first_protocol, rate: line.fastest() };
        match pps::Request::new(&parameters, wish).filter(|_| !self.slow) {
            None => self.up(line, Rate::DEFAULT, 0x11, ResetKind::Cold),
            Some(request) => {
                self.answer.clear();
                self.state = State::Negotiating { request, taken: 0, last: line.etu() };
                Progress::Busy
            }
        }
    }

    fn negotiate(
        &mut self,
        line: &mut impl SlotLine,
        request: pps::Request,
        taken: usize,
        mut last: u32,
    ) -> Progress {
        let rest = request.as_bytes().get(taken..).unwrap_or_default();
        let took = if rest.is_empty() { 0 } else { line.send(rest) };
        let taken = taken.saturating_add(took);
        if taken < request.as_bytes().len() || !line.sent() {
            self.state = State::Negotiating { request, taken, last: line.etu() };
            return Progress::Busy;
        }
        while let Some(character) = line.receive() {
            last = line.etu();
            let sound = character.is_ok_and(|byte| self.answer.push(byte).is_ok());
            if !sound {
                return self.stay_slow(line);
            }
            let Some(first_two) = self.answer.first_chunk::<2>() else { continue };
            if self.answer.len() >= pps::Request::answer_length(*first_two) {
                return match request.read(&self.answer) {
                    pps::Agreed::Rate(rate) => {
                        let code = if rate == Rate::DEFAULT { 0x11 } else { self.parameters.offered_byte };
                        self.up(line, rate, code, ResetKind::Cold)
                    }
                    pps::Agreed::Refused => self.stay_slow(line),
                };
            }
        }
        if line.etu().wrapping_sub(last) > NEXT_CHARACTER_ETU {
            return self.stay_slow(line);
        }
        self.state = State::Negotiating { request, taken, last };
        Progress::Busy
    }

    fn up(&mut self, line: &mut impl SlotLine, rate: Rate, code: u8, otherwise: ResetKind) -> Progress {
        match line.set_rate(code, rate.conversion(), rate.adjustment()) {
            Ok(()) => {
                self.rate = rate;
                self.attempts = 0;
                self.state = State::Up;
                Progress::Up
            }
            Err(SlotError::NoCard) => Progress::Failed(CardError::NoCard),
            Err(_) => {
                self.slow = true;
                self.count(line, CardError::Protocol, otherwise)
            }
        }
    }

    fn stay_slow(&mut self, line: &mut impl SlotLine) -> Progress {
        self.slow = true;
        self.count(line, CardError::Protocol, ResetKind::Cold)
    }

    /// Another reset, warm and cold by turns, or the end.
    fn again(&mut self, line: &mut impl SlotLine, error: CardError) -> Progress {
        let kind = if self.attempts.is_multiple_of(2) { ResetKind::Warm } else { ResetKind::Cold };
        self.count(line, error, kind)
    }

    fn count(&mut self, line: &mut impl SlotLine, error: CardError, kind: ResetKind) -> Progress {
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts >= MAX_ANSWERS {
            self.state = State::Failed(error);
            return Progress::Failed(error);
        }
        self.reset(line, kind);
        Progress::Busy
    }
}
