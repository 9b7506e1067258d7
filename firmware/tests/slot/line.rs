//! A slot line with a virtual card on it, in virtual time: the card's end of T=0 or T=1 in front of the model.

use std::collections::VecDeque;

use yika_firmware::hal::{ParityError, SlotError, SlotLine};
use yika_protocol::iso7816::timing::{BlockCheck, LineParameters, Rate};
use yika_protocol::iso7816::{pps, t0, t1};
use yika_sim::{Card, CardAnswer, VirtualCard};

/// Which protocol the card speaks, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    T0,
    T1 { check: BlockCheck, device_size: u8 },
}

pub(crate) const T1: Speaks = Speaks::T1 { check: BlockCheck::Lrc, device_size: 32 };

#[allow(clippy::large_enum_variant)] // One at a time, and in a test.
enum End {
    T0(t0::Card),
    T1(t1::Card),
}

/// What goes wrong on the line, by the number of the character counted over both directions from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The card leaves before this character.
    pub(crate) torn: Option<usize>,
    /// This character from the card comes with wrong parity.
    pub(crate) parity: Option<usize>,
    /// This character from the card is altered by these bits.
    pub(crate) flipped: Option<(usize, u8)>,
    /// This character from the card never comes.
    pub(crate) lost: Option<usize>,
    /// The card is silent from this character on, until a reset.
    pub(crate) dumb: Option<usize>,
}

pub(crate) struct VirtualLine {
    pub(crate) card: VirtualCard,
    pub(crate) trouble: Trouble,
    /// Characters so far, both ways.
    pub(crate) characters: usize,
    /// `[90 00]`-like status words and data seen by the card: instructions in order.
    pub(crate) instructions: Vec<u8>,
    pub(crate) resets: Vec<&'static str>,
    /// Rate bytes that were set.
    pub(crate) rates: Vec<u8>,
    /// Fastest rate of the slot.
    pub(crate) fastest: u8,
    /// NULLs or requests for time before each answer.
    pub(crate) waits: usize,
    pub(crate) atr: Option<Vec<u8>>,
    pub(crate) powered: bool,
    pub(crate) in_slot: bool,
    speaks: Speaks,
    end: End,
    to_device: VecDeque<Result<u8, ParityError>>,
    pps: Option<Vec<u8>>,
    answer: Option<(Vec<u8>, usize)>,
    etu: u32,
}

/// Instructions that bring data, as a card knows of its own.
fn brings_data([_, ins, ..]: [u8; 5]) -> bool {
    matches!(ins, 0xA4 | 0x88 | 0x82 | 0x20 | 0xDC | 0x5E)
}

fn end(speaks: Speaks) -> End {
    match speaks {
        Speaks::T0 => End::T0(t0::Card::new(brings_data)),
        Speaks::T1 { check, device_size } => End::T1(t1::Card::new(check, device_size)),
    }
}

/// An answer to reset in which the same historical bytes stand behind interface bytes of T=1.
pub(crate) fn t1_atr(reset_info: &[u8], check: BlockCheck, ta1: Option<u8>) -> Vec<u8> {
    let crc = u8::from(check == BlockCheck::Crc);
    let mut atr = vec![0x3B, 0xE0 | u8::from(ta1.is_some()) << 4 | u8::try_from(reset_info.len()).unwrap()];
    atr.extend(ta1);
    // TB1 TC1 TD1, TD2, TA3 (32 bytes) TB3 (BWI 4, CWI 5) TC3.
    atr.extend([0x00, 0x00, 0x81, 0x71, 0x20, 0x45, crc]);
    atr.extend(reset_info);
    atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
    atr
}

impl VirtualLine {
    pub(crate) fn new(card: VirtualCard, speaks: Speaks) -> Self {
        let atr = match speaks {
            Speaks::T0 => card.atr(),
            Speaks::T1 { check, .. } => card.atr().map(|_| t1_atr(&card.spec().reset_info, check, None)),
        };
        Self {
            card,
            trouble: Trouble::default(),
            characters: 0,
            instructions: Vec::new(),
            resets: Vec::new(),
            rates: Vec::new(),
            fastest: 0x11,
            waits: 0,
            atr,
            powered: false,
            in_slot: true,
            speaks,
            end: end(speaks),
            to_device: VecDeque::new(),
            pps: None,
            answer: None,
            etu: 0,
        }
    }

    fn reset(&mut self, kind: &'static str) -> Result<(), SlotError> {
        if !self.in_slot {
            return Err(SlotError::NoCard);
        }
        if self.trouble.dumb.is_some_and(|from| self.characters >= from) {
            self.trouble.dumb = None;
        }
        self.resets.push(kind);
        self.powered = true;
        self.card.reset();
        self.end = end(self.speaks);
        self.to_device.clear();
        self.answer = None;
        self.pps = Some(Vec::new());
        for byte in self.atr.clone().into_iter().flatten() {
            self.to_device.push_back(Ok(byte));
        }
        Ok(())
    }

    /// Counts a character; whether it still gets through.
    fn count(&mut self) -> bool {
        self.characters += 1;
        if self.trouble.torn == Some(self.characters) {
            self.in_slot = false;
            self.powered = false;
            self.card.power_off();
            self.to_device.clear();
        }
        self.in_slot && self.trouble.dumb.is_none_or(|from| self.characters < from)
    }

    fn take(&mut self, byte: u8) {
        if !self.count() || !self.powered {
            return;
        }
        let parameters = LineParameters::from_atr(self.atr.as_deref().unwrap_or_default());
        match &mut self.pps {
            Some(request) if !request.is_empty() || byte == 0xFF => {
                request.push(byte);
                let whole = request.len() >= 2 && request.len() == 3 + usize::from(request[1] >> 4 & 1);
                if whole {
                    let request = self.pps.take().unwrap();
                    let speaks: &[u8] = if self.speaks == Speaks::T0 { &[0] } else { &[1] };
                    let answer = pps::answer(&parameters, speaks, &request);
                    self.to_device.extend(answer.iter().flatten().map(|byte| Ok(*byte)));
                }
                return;
            }
            _ => self.pps = None,
        }
        match &mut self.end {
            End::T0(end) => match end.byte(byte) {
                t0::CardLine::Listen => {}
                t0::CardLine::Send(bytes) => self.to_device.extend(bytes.iter().map(|byte| Ok(*byte))),
                t0::CardLine::Command(command) => self.work(&command),
            },
            End::T1(end) => {
                let out = end.byte(byte);
                self.blocks(out);
            }
        }
    }

    fn blocks(&mut self, out: t1::CardBlock) {
        match out {
            t1::CardBlock::Listen => {
                if self.answer.is_some() {
                    self.deliver();
                }
            }
            t1::CardBlock::Send(bytes) => self.to_device.extend(bytes.iter().map(|byte| Ok(*byte))),
            t1::CardBlock::Command(command) => self.work(&command),
        }
    }

    fn work(&mut self, command: &[u8]) {
        self.instructions.push(command.get(1).copied().unwrap_or(0));
        let CardAnswer::Response(answer) = self.card.transmit(command) else { return };
        self.answer = Some((answer, self.waits));
        self.deliver();
    }

    /// Waits first, then the answer.
    fn deliver(&mut self) {
        let Some((answer, waits)) = self.answer.take() else { return };
        match &mut self.end {
            End::T0(end) => {
                self.to_device.extend(std::iter::repeat_n(Ok(0x60), waits));
                if let t0::CardLine::Send(bytes) = end.answer(&answer) {
                    self.to_device.extend(bytes.iter().map(|byte| Ok(*byte)));
                }
            }
            End::T1(end) => {
                // The device's grant brings us here again.
                let out = if waits > 0 { end.more_time(2) } else { end.answer(&answer) };
                if waits > 0 {
                    self.answer = Some((answer, waits - 1));
                }
                if let t1::CardBlock::Send(bytes) = out {
                    self.to_device.extend(bytes.iter().map(|byte| Ok(*byte)));
                }
            }
        }
    }
}

impl SlotLine for VirtualLine {
    fn present(&mut self) -> bool {
        self.in_slot
    }

    fn power_on(&mut self) -> Result<(), SlotError> {
        self.reset("cold")
    }

    fn warm_reset(&mut self) -> Result<(), SlotError> {
        self.reset("warm")
    }

    fn power_off(&mut self) {
        self.powered = false;
        self.card.power_off();
        self.to_device.clear();
    }

    fn set_inverse(&mut self, _inverse: bool) {}

    fn set_rate(&mut self, code: u8, _f: u16, _d: u8) -> Result<(), SlotError> {
        let fits = |code| Rate::from_byte(code).map(Rate::clocks_per_etu);
        if fits(code) < fits(self.fastest) {
            return Err(SlotError::Rate);
        }
        self.rates.push(code);
        Ok(())
    }

    fn fastest(&self) -> u8 {
        self.fastest
    }

    fn set_guard(&mut self, _etu: u8) {}

    fn send(&mut self, bytes: &[u8]) -> usize {
        // A line with a short queue: three at a time.
        let some = bytes.len().min(3);
        for byte in &bytes[..some] {
            self.take(*byte);
        }
        some
    }

    fn sent(&mut self) -> bool {
        true
    }

    fn receive(&mut self) -> Option<Result<u8, ParityError>> {
        if !self.powered {
            return None;
        }
        let Some(character) = self.to_device.pop_front() else {
            if let End::T1(end) = &mut self.end {
                end.silence();
            }
            return None;
        };
        if !self.count() || self.trouble.lost == Some(self.characters) {
            return None;
        }
        self.etu = self.etu.wrapping_add(12);
        match (self.trouble.parity, self.trouble.flipped) {
            (Some(at), _) if at == self.characters => Some(Err(ParityError)),
            (_, Some((at, bits))) if at == self.characters => Some(character.map(|byte| byte ^ bits)),
            _ => Some(character),
        }
    }

    fn etu(&mut self) -> u32 {
        self.etu = self.etu.wrapping_add(20);
        self.etu
    }
}
