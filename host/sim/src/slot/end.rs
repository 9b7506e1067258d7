//! The card's end of the two protocols, around an application that takes whole APDUs.

use std::time::Duration;

use yika_protocol::iso7816::t0::{self, CardLine};
use yika_protocol::iso7816::t1::block::{Control, Receiver, Supervisory};
use yika_protocol::iso7816::t1::{self, CardBlock};
use yika_protocol::iso7816::timing::LineParameters;

use super::card::Out;
use crate::card::{Card, CardAnswer};

/// The protocol that runs after reset, and after PPS.
pub(super) enum End {
    T0(Box<ByteEnd>),
    T1(Box<BlockEnd>),
}

/// What the application did with a command.
pub(super) enum Done {
    /// Go on.
    Well,
    /// The card is out of the slot.
    Removed,
}

impl End {
    pub(super) fn new(protocol: u8, line: &LineParameters) -> Self {
        match protocol {
            1 => Self::T1(Box::new(BlockEnd {
                card: t1::Card::new(line.check, 32),
                grants: Receiver::new(line.check),
                waiting: None,
            })),
            _ => Self::T0(Box::new(ByteEnd { card: t0::Card::new(brings_data), waiting: None })),
        }
    }
}

/// The instructions of a social security card that come with data.
fn brings_data([_, ins, ..]: [u8; 5]) -> bool {
    matches!(ins, 0xA4 | 0x20 | 0x82 | 0x88 | 0xDC | 0xD6 | 0xE2)
}

/// T=0.
pub(super) struct ByteEnd {
    card: t0::Card,
    /// An answer to a command with data waits for GET RESPONSE.
    waiting: Option<Vec<u8>>,
}

impl ByteEnd {
    pub(super) fn byte(
        &mut self,
        byte: u8,
        application: &mut dyn Card,
        nulls: u8,
        out: &mut impl FnMut(Out),
    ) -> Done {
        match self.card.byte(byte) {
            CardLine::Listen => Done::Well,
            CardLine::Send(bytes) => send(&bytes, out),
            CardLine::Command(command) => {
                let answer = self.answer(&command, application);
                // A card that works for long says NULL now and then, so that nobody takes it for gone.
                let mut work = application.work_time();
                while work > HEARTBEAT {
                    work -= HEARTBEAT;
                    out(Out::Pause(HEARTBEAT));
                    out(Out::Byte(NULL));
                }
                if !work.is_zero() {
                    out(Out::Pause(work));
                }
                (0..nulls).for_each(|_| out(Out::Byte(NULL)));
                self.give(&command, answer, out)
            }
        }
    }

    fn answer(&mut self, command: &[u8], application: &mut dyn Card) -> CardAnswer {
        let waiting = self.waiting.take();
        match (command, waiting) {
            (&[_, 0xC0, 0, 0, le], Some(mut data)) => {
                let wanted = if le == 0 { data.len() } else { usize::from(le) };
                if wanted > data.len() {
                    let right = data.len() as u8;
                    self.waiting = Some(data);
                    return CardAnswer::Response(vec![0x6C, right]);
                }
                let rest = data.split_off(wanted);
                let status = if rest.is_empty() { [0x90, 0x00] } else { [0x61, rest.len() as u8] };
                data.extend(status);
                self.waiting = Some(rest).filter(|rest| !rest.is_empty());
                CardAnswer::Response(data)
            }
            _ => application.transmit(command),
        }
    }

    /// T=0 gives exactly as many bytes as were asked for, and none in answer to data.
    fn give(&mut self, command: &[u8], answer: CardAnswer, out: &mut impl FnMut(Out)) -> Done {
        let bytes = match answer {
            CardAnswer::Response(bytes) => bytes,
            CardAnswer::Cut { bytes, .. } => {
                let whole = [&[command.get(1).copied().unwrap_or(0)], bytes.as_slice()].concat();
                let _ = send(&whole, out);
                return Done::Removed;
            }
            CardAnswer::Removed => return Done::Removed,
            CardAnswer::Mute => return Done::Well,
        };
        let data = bytes.len().saturating_sub(2);
        let bytes = match command {
            _ if data == 0 => bytes,
            [_, _, _, _, _, _, ..] => {
                self.waiting = bytes.get(..data).map(<[u8]>::to_vec);
                vec![0x61, data as u8]
            }
            [.., le] if data == if *le == 0 { 256 } else { usize::from(*le) } => bytes,
            _ if command.get(1) == Some(&0xC0) => bytes,
            _ => vec![0x6C, data as u8],
        };
        match self.card.answer(&bytes) {
            CardLine::Send(bytes) => send(&bytes, out),
            CardLine::Listen | CardLine::Command(_) => Done::Well,
        }
    }
}

/// T=1.
pub(super) struct BlockEnd {
    card: t1::Card,
    /// Hears the same bytes, to see more time being granted.
    grants: Receiver,
    /// The answer, while the device is asked for time.
    waiting: Option<(CardAnswer, Duration)>,
}

impl BlockEnd {
    pub(super) fn byte(
        &mut self,
        byte: u8,
        application: &mut dyn Card,
        line: &LineParameters,
        wtx: u8,
        out: &mut impl FnMut(Out),
    ) -> Done {
        let heard = self.grants.byte(byte);
        let granted = matches!(
            heard,
            Some(Ok(block)) if block.control == Control::Supervisory { about: Supervisory::MoreTime, response: true }
        );
        match self.card.byte(byte) {
            CardBlock::Send(bytes) => send(&bytes, out),
            CardBlock::Listen if granted => match self.waiting.take() {
                Some((answer, work)) => {
                    if !work.is_zero() {
                        out(Out::Pause(work));
                    }
                    self.give(answer, out)
                }
                None => Done::Well,
            },
            CardBlock::Listen => Done::Well,
            CardBlock::Command(command) => {
                self.waiting = None;
                let answer = application.transmit(&command);
                let work = application.work_time();
                let needed = needed_waits(work, line);
                let multiplier = wtx.max(needed);
                if multiplier == 0 {
                    if !work.is_zero() {
                        out(Out::Pause(work));
                    }
                    return self.give(answer, out);
                }
                self.waiting = Some((answer, work));
                match self.card.more_time(multiplier) {
                    CardBlock::Send(bytes) => send(&bytes, out),
                    CardBlock::Listen | CardBlock::Command(_) => Done::Well,
                }
            }
        }
    }

    pub(super) fn silence(&mut self) {
        self.card.silence();
        self.grants.clear();
    }

    fn give(&mut self, answer: CardAnswer, out: &mut impl FnMut(Out)) -> Done {
        let (bytes, cut) = match answer {
            CardAnswer::Response(bytes) => (bytes, None),
            CardAnswer::Cut { bytes, expected } => {
                let kept = bytes.len();
                let mut whole = bytes;
                whole.resize(expected, 0);
                (whole, Some(kept))
            }
            CardAnswer::Removed => return Done::Removed,
            CardAnswer::Mute => return Done::Well,
        };
        match (self.card.answer(&bytes), cut) {
            (CardBlock::Send(bytes), None) => send(&bytes, out),
            (CardBlock::Send(bytes), Some(kept)) => {
                // The three bytes in front of the field went out too.
                let _ = send(bytes.get(..kept + 3).unwrap_or(&bytes), out);
                Done::Removed
            }
            (CardBlock::Listen | CardBlock::Command(_), _) => Done::Well,
        }
    }
}

const NULL: u8 = 0x60;

/// Well within the waiting time of T=0, one second at the rate after reset.
const HEARTBEAT: Duration = Duration::from_millis(400);

/// Block waiting times for this much work, none when it fits into the first.
fn needed_waits(work: Duration, line: &LineParameters) -> u8 {
    // At 3.5712 MHz and the rate after reset an etu is 104.2 µs; 960 × 2^BWI of them make the block waiting time.
    let bwt = Duration::from_micros(100_000 << line.bwi.min(9));
    if work <= bwt / 2 {
        return 0;
    }
    let waits = work.as_micros() / bwt.as_micros().max(1) + 1;
    u8::try_from(waits).unwrap_or(u8::MAX)
}

fn send(bytes: &[u8], out: &mut impl FnMut(Out)) -> Done {
    bytes.iter().for_each(|byte| out(Out::Byte(*byte)));
    Done::Well
}
