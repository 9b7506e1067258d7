//! Frames of an ID-card reader module: preamble, length, content, checksum.
//!
//! ```text
//! request  AA AA AA 96 69 | length (2) | command, parameter, data… | check
//! answer   AA AA AA 96 69 | length (2) | status (3), data…         | check
//! ```
//!
//! The length counts every byte after itself, the check byte included. The check byte is the XOR of all bytes from the
//! first length byte to the one before the check. Source: GA 467, as spoken by SAM_A and SAM_V modules.

/// What every frame starts with.
pub const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];

/// The longest answer a module gives: status, three lengths, text, photo, fingerprint and check byte.
pub const MAX_ANSWER_LENGTH: usize = 3 + 6 + 256 + 1024 + 1024 + 1;

/// The shortest answer: status and check byte.
const MIN_ANSWER_LENGTH: usize = 4;

/// Bytes of a whole frame of the longest answer.
pub const MAX_FRAME: usize = PREAMBLE.len() + 2 + MAX_ANSWER_LENGTH;

/// A line speed of the serial port, as the module numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LineSpeed {
    /// 115 200 baud, the factory setting.
    B115200 = 0,
    /// 57 600 baud.
    B57600 = 1,
    /// 38 400 baud.
    B38400 = 2,
    /// 19 200 baud.
    B19200 = 3,
    /// 9 600 baud.
    B9600 = 4,
}

/// A command to the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Restart the security module.
    ResetModule,
    /// Ask whether the security module is well.
    ModuleStatus,
    /// Ask for the module's number (16 bytes).
    ModuleNumber,
    /// Look for a card in the field.
    FindCard,
    /// Choose the card that was found and let it and the module prove themselves.
    SelectCard,
    /// Read the text block and the photo.
    ReadText,
    /// Read the text block, the photo and the fingerprint.
    ReadTextAndFingerprint,
    /// Read the address that was added later.
    ReadAddedAddress,
    /// Change the line speed.
    SetLineSpeed(LineSpeed),
}

impl LineSpeed {
    /// All speeds, the factory setting first: the order to try them in.
    pub const ALL: [Self; 5] = [Self::B115200, Self::B57600, Self::B38400, Self::B19200, Self::B9600];

    /// Bits in a second.
    #[must_use]
    pub const fn baud(self) -> u32 {
        match self {
            Self::B115200 => 115_200,
            Self::B57600 => 57_600,
            Self::B38400 => 38_400,
            Self::B19200 => 19_200,
            Self::B9600 => 9_600,
        }
    }
}

impl Command {
    /// The command as a whole frame. All commands we know carry no data, so their length is always 3.
    #[must_use]
    pub fn frame(self) -> [u8; 10] {
        let (command, parameter) = match self {
            Self::ResetModule => (0x10, 0xFF),
            Self::ModuleStatus => (0x11, 0xFF),
            Self::ModuleNumber => (0x12, 0xFF),
            Self::FindCard => (0x20, 0x01),
            Self::SelectCard => (0x20, 0x02),
            Self::ReadText => (0x30, 0x01),
            Self::ReadTextAndFingerprint => (0x30, 0x10),
            Self::ReadAddedAddress => (0x30, 0x03),
            Self::SetLineSpeed(speed) => (0x60, speed as u8),
        };
        let [a, b, c, d, e] = PREAMBLE;
        [a, b, c, d, e, 0x00, 0x03, command, parameter, 0x03 ^ command ^ parameter]
    }
}

/// An answer with a good length and a good check byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The first two status bytes, always zero in a good answer.
    pub leading: [u8; 2],
    /// Third status byte.
    pub status: u8,
    /// What follows the status, without the check byte.
    pub data: &'a [u8],
}

impl core::fmt::Debug for Answer<'_> {
    /// Shows the size of the data only: it is a person's.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("data_length", &self.data.len()).finish()
    }
}

/// Why bytes were thrown away while looking for a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discarded {
    /// Bytes before a preamble.
    pub noise: u32,
    /// Frames whose length cannot be.
    pub bad_length: u32,
    /// Frames whose check byte is wrong.
    pub bad_check: u32,
}

/// Finds answers in a stream of bytes that may be split, merged, noisy or cut off.
///
/// Feed it with [`push`](Self::push) and ask with [`answer`](Self::answer). It keeps at most one frame and never
/// takes a byte that lies behind the frame it is working on, so the caller always knows what is left over.
pub struct Deframer {
    buffer: [u8; MAX_FRAME],
    filled: usize,
    /// Length of the good frame at the start of the buffer. Bytes can lie behind it after a [`resync`](Self::resync).
    complete: Option<usize>,
    discarded: Discarded,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// An empty deframer.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            buffer: [0; MAX_FRAME],
            filled: 0,
            complete: None,
            discarded: Discarded { noise: 0, bad_length: 0, bad_check: 0 },
        }
    }

    /// Takes bytes until a whole good frame is there; returns how many were taken. While a frame waits to be
    /// [released](Self::release), nothing is taken.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        for &byte in bytes {
            if self.complete.is_some() {
                break;
            }
            if let Some(slot) = self.buffer.get_mut(self.filled) {
                *slot = byte;
                self.filled += 1;
            }
            taken += 1;
            self.settle();
        }
        taken
    }

    /// The frame that is complete, if one is.
    #[must_use]
    pub fn answer(&self) -> Option<Answer<'_>> {
        let content = self.buffer.get(PREAMBLE.len() + 2..self.complete?.checked_sub(1)?)?;
        let (status, data) = content.split_first_chunk::<3>()?;
        let [high, middle, status] = *status;
        Some(Answer { leading: [high, middle], status, data })
    }

    /// Forgets the complete frame, wiping it, and makes room for the next.
    pub fn release(&mut self) {
        if let Some(length) = self.complete.take() {
            self.drop_front(length);
            self.settle();
        }
    }

    /// Gives up waiting for the rest of the frame that has begun, and looks for another in what is held. To be called when
    /// the line has fallen silent: a damaged length would otherwise swallow the answers behind it.
    pub fn resync(&mut self) {
        if self.complete.is_none() && self.filled > 0 {
            self.discarded.bad_length = self.discarded.bad_length.saturating_add(1);
            self.drop_front(1);
            self.settle();
        }
    }

    /// Whether a frame has begun and is not whole yet.
    #[must_use]
    pub const fn mid_frame(&self) -> bool {
        self.complete.is_none() && self.filled > 0
    }

    /// Forgets everything, wiping it.
    pub fn clear(&mut self) {
        self.buffer.fill(0);
        self.filled = 0;
        self.complete = None;
    }

    /// What was thrown away so far.
    #[must_use]
    pub const fn discarded(&self) -> Discarded {
        self.discarded
    }

    /// Brings the buffer to a state where it starts with a (part of a) preamble and holds no provably bad frame.
    fn settle(&mut self) {
        loop {
            match self.inspect() {
                Inspection::More => return,
                Inspection::Complete(length) => {
                    self.complete = Some(length);
                    return;
                }
                Inspection::NotAFrame(reason) => {
                    let counter = match reason {
                        Reason::Noise => &mut self.discarded.noise,
                        Reason::Length => &mut self.discarded.bad_length,
                        Reason::Check => &mut self.discarded.bad_check,
                    };
                    *counter = counter.saturating_add(1);
                    // A true preamble may begin inside what we took for a frame: drop one byte and look again.
                    self.drop_front(1);
                }
            }
        }
    }

    fn drop_front(&mut self, count: usize) {
        let kept = self.filled.saturating_sub(count);
        let front = self.filled.saturating_sub(kept);
        // By hand: the compiler cannot see that `copy_within` stays inside the buffer, and would keep its panic.
        for to in 0..kept {
            let moved = self.buffer.get(front.saturating_add(to)).copied().unwrap_or(0);
            if let Some(place) = self.buffer.get_mut(to) {
                *place = moved;
            }
        }
        if let Some(freed) = self.buffer.get_mut(kept..self.filled) {
            freed.fill(0);
        }
        self.filled = kept;
    }

    fn inspect(&self) -> Inspection {
        if self.filled == 0 {
            return Inspection::More;
        }
        let held = self.buffer.get(..self.filled).unwrap_or_default();
        if !PREAMBLE.iter().zip(held).all(|(expected, byte)| expected == byte) {
            return Inspection::NotAFrame(Reason::Noise);
        }
        let Some(rest) = held.get(PREAMBLE.len()..) else { return Inspection::More };
        let Some((length, _)) = rest.split_first_chunk::<2>() else { return Inspection::More };
        let expected = usize::from(u16::from_be_bytes(*length));
        if !(MIN_ANSWER_LENGTH..=MAX_ANSWER_LENGTH).contains(&expected) {
            return Inspection::NotAFrame(Reason::Length);
        }
        let Some(checked) = rest.get(..2 + expected) else { return Inspection::More };
        if checked.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return Inspection::NotAFrame(Reason::Check);
        }
        Inspection::Complete(PREAMBLE.len() + 2 + expected)
    }
}

impl Drop for Deframer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.buffer);
    }
}

enum Inspection {
    More,
    Complete(usize),
    NotAFrame(Reason),
}

enum Reason {
    Noise,
    Length,
    Check,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{vec, vec::Vec};

    /// Built from the rule in the module head, not by the code under test.
    fn frame(content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 1).unwrap().to_be_bytes();
        let check = length.iter().chain(content).fold(0, |a, b| a ^ b);
        [&PREAMBLE[..], &length, content, &[check]].concat()
    }

    fn answers(stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut deframer = Deframer::new();
        let mut found = Vec::new();
        let mut rest = stream;
        while !rest.is_empty() {
            let taken = deframer.push(rest);
            rest = &rest[taken..];
            if let Some(answer) = deframer.answer() {
                found.push((answer.status, answer.data.to_vec()));
                deframer.release();
            }
        }
        found
    }

    #[test]
    fn commands_have_the_bytes_of_the_specification() {
        let golden: [(Command, [u8; 5]); 8] = [
            (Command::ResetModule, [0x00, 0x03, 0x10, 0xFF, 0xEC]),
            (Command::ModuleStatus, [0x00, 0x03, 0x11, 0xFF, 0xED]),
            (Command::ModuleNumber, [0x00, 0x03, 0x12, 0xFF, 0xEE]),
            (Command::FindCard, [0x00, 0x03, 0x20, 0x01, 0x22]),
            (Command::SelectCard, [0x00, 0x03, 0x20, 0x02, 0x21]),
            (Command::ReadText, [0x00, 0x03, 0x30, 0x01, 0x32]),
            (Command::ReadTextAndFingerprint, [0x00, 0x03, 0x30, 0x10, 0x23]),
            (Command::ReadAddedAddress, [0x00, 0x03, 0x30, 0x03, 0x30]),
        ];
        for (command, bytes) in golden {
            assert_eq!(command.frame()[..5], PREAMBLE);
            assert_eq!(command.frame()[5..], bytes, "{command:?}");
        }
    }

    #[test]
    fn answers_of_the_specification_are_understood() {
        let found = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x08, 0x00, 0x00, 0x9F, 0, 0, 0, 0, 0x97];
        assert_eq!(answers(&found), [(0x9F, vec![0; 4])]);
        let none = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04, 0x00, 0x00, 0x80, 0x84];
        assert_eq!(answers(&none), [(0x80, vec![])]);
        let selected = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x0C, 0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x9C];
        assert_eq!(answers(&selected), [(0x90, vec![0; 8])]);
    }

    #[test]
    fn a_preamble_after_extra_aa_is_found() {
        let mut stream = vec![0xAA, 0xAA];
        stream.extend(frame(&[0, 0, 0x80]));
        assert_eq!(answers(&stream), [(0x80, vec![])]);
    }

    #[test]
    fn a_frame_inside_a_broken_frame_is_found() {
        let mut stream = frame(&[0, 0, 0x90, 1, 2, 3, 4, 5, 6, 7, 8]);
        stream.truncate(9);
        stream.extend(frame(&[0, 0, 0x80]));
        // The broken frame swallows the start of the good one until its check fails.
        stream.extend(frame(&[0, 0, 0x81]));
        let found = answers(&stream);
        assert_eq!(found.last(), Some(&(0x81, vec![])));
        assert!(found.contains(&(0x80, vec![])));
    }

    #[test]
    fn answers_behind_a_cut_off_frame_come_out_after_a_resync() {
        let mut long = frame(&[0x90; 1284]);
        long.truncate(60);
        let mut deframer = Deframer::new();
        let stream = [&long[..], &frame(&[0, 0, 0x80]), &frame(&[0, 0, 0x81])].concat();
        assert_eq!(deframer.push(&stream), stream.len());
        assert_eq!(deframer.answer(), None);
        deframer.resync();
        assert_eq!(deframer.answer(), Some(Answer { leading: [0, 0], status: 0x80, data: &[] }));
        deframer.release();
        assert_eq!(deframer.answer(), Some(Answer { leading: [0, 0], status: 0x81, data: &[] }));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_all_are_taken(stream in proptest::collection::vec(any::<u8>(), 0..4000)) {
            answers(&stream);
        }

        #[test]
        fn frames_survive_any_split(
            contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..5),
            cuts in proptest::collection::vec(1usize..20, 1..200),
        ) {
            let contents: Vec<Vec<u8>> = contents.into_iter().map(|c| [&[0, 0, 0x90][..], &c].concat()).collect();
            let stream: Vec<u8> = contents.iter().flat_map(|c| frame(c)).collect();
            let mut deframer = Deframer::new();
            let mut found = Vec::new();
            let mut rest = &stream[..];
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let mut piece = &rest[..(*cuts.next().unwrap()).min(rest.len())];
                rest = &rest[piece.len()..];
                while !piece.is_empty() {
                    let taken = deframer.push(piece);
                    piece = &piece[taken..];
                    if let Some(answer) = deframer.answer() {
                        found.push([&[0, 0, answer.status][..], answer.data].concat());
                        deframer.release();
                    }
                }
            }
            prop_assert_eq!(found, contents);
        }
    }
}
