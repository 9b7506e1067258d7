//! A card in a slot: bytes of the bench line in, bytes out.

use std::collections::VecDeque;
use std::time::Duration;

use yika_protocol::iso7816::pps;
use yika_protocol::iso7816::timing::{LineParameters, Rate};

use super::end::{Done, End};
use super::escape::{FromDevice, Unescape, escaped};
use super::{LineSpec, atr};
use crate::card::Card;
use crate::random::Random;

/// The clock a slot gives its card, hertz: 9 600 baud after reset.
pub const CLOCK_HZ: u32 = 3_571_200;

/// Something for the line, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// A character of the card.
    Byte(u8),
    /// Card in (`true`) or out.
    Present(bool),
    /// Nothing for so long: the card works, or the line is slow.
    Pause(Duration),
}

/// What passed, for benches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Characters from the device, without the escapes.
    pub to_card: u64,
    /// Characters to the device, without the escapes.
    pub to_device: u64,
    /// Cold and warm resets.
    pub resets: u64,
}

/// A card in a slot, or a slot that waits for it.
pub struct SlotCard<C> {
    card: C,
    line: LineSpec,
    present: bool,
    unescape: Unescape,
    state: State,
    noise: Random,
    /// This transmission of the card may still be spoiled.
    sound: bool,
    passed: Passed,
    out: VecDeque<Out>,
}

enum State {
    /// No power, no card, or a card that says nothing.
    Silent,
    /// The answer to reset is out; PPS may come, or the first command.
    Reset { parameters: Box<LineParameters>, request: Vec<u8> },
    /// A protocol runs.
    Running { parameters: Box<LineParameters>, rate: Rate, end: End },
}

impl<C: Card> SlotCard<C> {
    /// A card in the slot, without power.
    pub fn new(card: C, line: LineSpec) -> Self {
        let noise = Random::new(line.noise.map_or(0, |(seed, _)| seed));
        Self {
            card,
            line,
            present: true,
            unescape: Unescape::default(),
            state: State::Silent,
            noise,
            sound: true,
            passed: Passed::default(),
            out: VecDeque::new(),
        }
    }

    /// A byte from the line.
    pub fn push(&mut self, byte: u8) {
        self.sound = true;
        match self.unescape.push(byte) {
            None | Some(FromDevice::Rate(_) | FromDevice::Unknown(_)) => {}
            Some(FromDevice::PowerOff) => {
                self.card.power_off();
                self.state = State::Silent;
            }
            Some(FromDevice::ColdReset) => {
                self.card.power_off();
                self.reset(C::power_on);
            }
            Some(FromDevice::WarmReset) => self.reset(C::reset),
            Some(FromDevice::Present) => self.out.push_back(Out::Present(self.present)),
            Some(FromDevice::Byte(byte)) => {
                self.passed.to_card += 1;
                self.character(byte);
            }
        }
    }

    /// The line has been quiet for long: the rest of a T=1 block does not come any more.
    pub fn quiet(&mut self) {
        if let State::Running { end: End::T1(end), .. } = &mut self.state {
            end.silence();
        }
    }

    /// The next thing for the line.
    pub fn take(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    /// As the line carries it. Nothing for a pause.
    #[must_use]
    pub fn on_the_line(out: Out) -> &'static [u8] {
        match out {
            Out::Byte(byte) => escaped(byte),
            Out::Present(true) => &[0xFF, 0x81],
            Out::Present(false) => &[0xFF, 0x80],
            Out::Pause(_) => &[],
        }
    }

    /// Puts the card in, or pulls it out; what it was about to say is lost then.
    pub fn set_present(&mut self, present: bool) {
        if present == self.present {
            return;
        }
        self.present = present;
        self.state = State::Silent;
        self.out.clear();
        if present {
            self.card.insert();
        } else {
            self.card.power_off();
        }
        self.out.push_back(Out::Present(present));
    }

    /// Another card is put in. Gives the old one back.
    pub fn replace(&mut self, card: C) -> C {
        self.set_present(false);
        let old = std::mem::replace(&mut self.card, card);
        self.set_present(true);
        old
    }

    /// Whether the card is in.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// The card.
    pub fn card(&self) -> &C {
        &self.card
    }

    /// What passed so far.
    #[must_use]
    pub fn passed(&self) -> Passed {
        self.passed
    }

    /// The card without its slot.
    pub fn into_inner(self) -> C {
        self.card
    }

    fn reset(&mut self, how: fn(&mut C)) {
        self.passed.resets += 1;
        self.out.retain(|out| matches!(out, Out::Present(_)));
        self.state = State::Silent;
        if !self.present {
            return;
        }
        how(&mut self.card);
        let Some(own) = self.card.atr() else { return };
        let atr = atr::on_contacts(&own, &self.line);
        let parameters = Box::new(LineParameters::from_atr(&atr));
        if self.line.paced {
            // Somewhere between 400 and 40 000 clock cycles after reset.
            self.out.push_back(Out::Pause(Duration::from_millis(5)));
        }
        for byte in atr {
            self.say(Out::Byte(byte), Rate::DEFAULT);
        }
        self.state = State::Reset { parameters, request: Vec::new() };
    }

    fn character(&mut self, byte: u8) {
        match std::mem::replace(&mut self.state, State::Silent) {
            State::Silent => {}
            State::Reset { parameters, request } if request.is_empty() && byte != 0xFF => {
                let end = End::new(parameters.specific.unwrap_or(parameters.first_protocol), &parameters);
                let rate = if parameters.specific.is_some() { parameters.offered } else { Rate::DEFAULT };
                self.command(parameters, rate, end, byte);
            }
            State::Reset { parameters, mut request } => {
                request.push(byte);
                self.select(parameters, request);
            }
            State::Running { parameters, rate, end } => self.command(parameters, rate, end, byte),
        }
    }

    /// PPS, byte by byte.
    fn select(&mut self, parameters: Box<LineParameters>, request: Vec<u8>) {
        let whole = match request.as_slice() {
            [first, pps0, ..] => request.len() >= pps::Request::answer_length([*first, *pps0]),
            _ => false,
        };
        if !whole {
            self.state = State::Reset { parameters, request };
            return;
        }
        // A card that does not understand says nothing until the next reset.
        let Some(answer) = pps::answer(&parameters, self.line.protocols.speaks(), &request) else { return };
        for byte in &answer {
            self.say(Out::Byte(*byte), Rate::DEFAULT);
        }
        let protocol = answer.get(1).map_or(0, |pps0| pps0 & 0x0F);
        let rate = match answer.as_slice() {
            [_, pps0, pps1, ..] if pps0 & 0x10 != 0 => Rate::from_byte(*pps1).unwrap_or(Rate::DEFAULT),
            _ => Rate::DEFAULT,
        };
        self.state = State::Running { end: End::new(protocol, &parameters), parameters, rate };
    }

    fn command(&mut self, parameters: Box<LineParameters>, rate: Rate, mut end: End, byte: u8) {
        let mut said = Vec::new();
        let out = &mut |one| said.push(one);
        let done = match &mut end {
            End::T0(end) => end.byte(byte, &mut self.card, self.line.nulls, out),
            End::T1(end) => end.byte(byte, &mut self.card, &parameters, self.line.wtx, out),
        };
        for one in said {
            self.say(one, rate);
        }
        self.state = State::Running { parameters, rate, end };
        // A card that was torn out after its answer has no answer to reset any more.
        if matches!(done, Done::Removed) || (self.card.atr().is_none() && self.present) {
            self.present = false;
            self.state = State::Silent;
            self.out.push_back(Out::Present(false));
        }
    }

    fn say(&mut self, out: Out, rate: Rate) {
        let out = match out {
            Out::Byte(byte) => {
                self.passed.to_device += 1;
                let hit = self.line.noise.is_some_and(|(_, one_in)| self.noise.below(one_in) == 0);
                // Two hits can cancel each other in a check byte; on a real line the parity would show both.
                let spoiled = hit && std::mem::take(&mut self.sound);
                Out::Byte(if spoiled { byte ^ (1 << self.noise.below(8)) } else { byte })
            }
            other => other,
        };
        if self.line.paced && matches!(out, Out::Byte(_)) {
            let micros = 12_000_000 / u64::from(rate.baud(CLOCK_HZ).max(1));
            self.out.push_back(Out::Pause(Duration::from_micros(micros)));
        }
        self.out.push_back(out);
    }
}
