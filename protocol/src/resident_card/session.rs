//! One reading of an identity card: find, choose, read, and what belongs to it.
//!
//! A state machine without a clock and without a port. The caller sends what a [`Step`] says, feeds what arrives, and tells
//! when the time of the step is over. An answer is taken only if it has the shape of an answer to the command that is
//! open; anything else (late, doubled, of another command) is dropped. A module answers in the order it was asked, so a
//! late answer to an earlier reading arrives before the answers to *find* and *select* of this one and can never be taken
//! for its text.

use zeroize::Zeroize;

use super::frame::{Answer, Command, Deframer, Discarded, MAX_FRAME};
use super::status::Status;
use super::text::{TEXT_LENGTH, TextBlock};
use crate::fault::{Fault, credential as fault};

/// Bytes of the photo in its proprietary compressed form.
pub const PHOTO_LENGTH: usize = 1024;
/// Bytes of the fingerprint item, two fingers of 512.
pub const FINGERPRINT_LENGTH: usize = 1024;
/// Bytes of an added address, UTF-16LE.
pub const ADDED_ADDRESS_LENGTH: usize = 70;

/// Bytes of the answer with the module's number, as a frame.
const MODULE_FRAME: u16 = 5 + 2 + 3 + 16 + 1;
/// Bytes of the longest answer to any other command but *read*, as a frame.
const SHORT_FRAME: u16 = 5 + 2 + 3 + ADDED_ADDRESS_LENGTH as u16 + 1;

/// What a reading should fetch beside the text block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Also the fingerprint item.
    pub fingerprint: bool,
    /// Also an address that was added later.
    pub added_address: bool,
}

/// How patient a reading is, in milliseconds from the command to its answer. The time that bytes take on the line is
/// not in it: see [`Step::Send`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For the module's number, the first answer of all.
    pub module_ms: u16,
    /// For finding and choosing a card.
    pub short_ms: u16,
    /// For reading: the module itself talks to the card meanwhile.
    pub read_ms: u16,
    /// Between two looks for a card. Real modules ask for more than 300 ms.
    pub poll_ms: u16,
    /// How often the first command is sent again before the reader counts as silent.
    pub module_repeats: u8,
    /// The same for every other command.
    pub repeats: u8,
}

impl Timing {
    /// A reader that falls silent is told within a second, but for the time a module takes to read a card.
    pub const DEFAULT: Self =
        Self { module_ms: 450, short_ms: 480, read_ms: 3_000, poll_ms: 320, module_repeats: 1, repeats: 1 };
}

impl Default for Timing {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Throw away what has arrived so far, send these bytes, then feed what arrives. Call [`Session::elapsed`] when the
    /// time is over, or earlier when the line has fallen silent [in the middle of a frame](Session::mid_frame).
    Send {
        /// A whole frame.
        frame: [u8; 10],
        /// Time for the answer in milliseconds.
        within_ms: u16,
        /// The longest answer as a frame, in bytes: its time on the line comes on top.
        answer: u16,
    },
    /// Nothing yet: feed more bytes; the running time goes on.
    Receive,
    /// No card lies on the reader. Call [`Session::elapsed`] after this many milliseconds to look again, or stop here.
    NoCard {
        /// Pause in milliseconds.
        again_in_ms: u16,
    },
    /// Finished: the result is in the session.
    Done,
}

/// Why a reading ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// The module does not answer.
    ReaderSilent,
    /// The module is out of order or not authorised.
    Module(Status),
    /// Choosing or reading failed; the card must be lifted and laid again.
    LiftCard(Status),
    /// Module and card, or the content's signature, did not prove themselves.
    NotGenuine(Status),
    /// Another kind of card.
    OtherCardKind,
    /// The module refuses a command that every module knows.
    Refused(Status),
    /// The answer to *read* has lengths that cannot be.
    Content,
}

impl ReadError {
    /// The coded fault.
    #[must_use]
    pub const fn fault(self) -> &'static Fault {
        match self {
            Self::ReaderSilent => &fault::ID_READER_SILENT,
            Self::Module(Status::ModuleNotAuthorised) => &fault::ID_MODULE_NOT_AUTHORISED,
            Self::Module(_) => &fault::ID_MODULE_BROKEN,
            Self::LiftCard(_) => &fault::ID_LIFT_CARD,
            Self::NotGenuine(_) => &fault::ID_NOT_GENUINE,
            Self::OtherCardKind => &fault::ID_OTHER_CARD,
            Self::Refused(_) | Self::Content => &fault::ID_CONTENT,
        }
    }

    /// What the module said, where it said something.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        match self {
            Self::Module(status)
            | Self::LiftCard(status)
            | Self::NotGenuine(status)
            | Self::Refused(status) => Some(status),
            Self::ReaderSilent | Self::OtherCardKind | Self::Content => None,
        }
    }
}

impl core::fmt::Display for ReadError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.fault())?;
        self.status().map_or(Ok(()), |status| write!(f, " (status {:02X})", status.code()))
    }
}

impl core::error::Error for ReadError {}

/// Stages of a reading, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    ModuleNumber,
    Find,
    Paused,
    Select,
    Read,
    AddedAddress,
    Finished,
}

/// A reading of one card.
pub struct Session {
    wanted: Wanted,
    timing: Timing,
    stage: Stage,
    repeats: u8,
    deframer: Deframer,
    discarded_before: Discarded,
    without_fingerprint: bool,
    dropped: u32,
    module: Option<[u8; 16]>,
    text: [u8; TEXT_LENGTH],
    photo: heapless::Vec<u8, PHOTO_LENGTH>,
    fingerprint: heapless::Vec<u8, FINGERPRINT_LENGTH>,
    added_address: Option<[u8; ADDED_ADDRESS_LENGTH]>,
}

impl Session {
    /// A reading that has not begun.
    #[must_use]
    pub const fn new(wanted: Wanted) -> Self {
        Self::with_timing(wanted, Timing::DEFAULT)
    }

    /// A reading that has not begun, with a patience of your own.
    #[must_use]
    pub const fn with_timing(wanted: Wanted, timing: Timing) -> Self {
        Self {
            wanted,
            timing,
            stage: Stage::ModuleNumber,
            repeats: 0,
            deframer: Deframer::new(),
            discarded_before: Discarded { noise: 0, bad_length: 0, bad_check: 0 },
            without_fingerprint: false,
            dropped: 0,
            module: None,
            text: [0; TEXT_LENGTH],
            photo: heapless::Vec::new(),
            fingerprint: heapless::Vec::new(),
            added_address: None,
        }
    }

    /// The first step.
    #[must_use]
    pub fn begin(&mut self) -> Step {
        self.enter(Stage::ModuleNumber)
    }

    /// Takes bytes from the reader. Bytes behind the answer that finishes the reading are left alone: the second value
    /// says how many were taken.
    ///
    /// # Errors
    /// As [`ReadError`]; the session is over then.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(Step, usize), ReadError> {
        let mut taken = 0;
        loop {
            if self.stage == Stage::Finished {
                return Ok((Step::Done, taken));
            }
            let rest = bytes.get(taken..).unwrap_or_default();
            taken += self.deframer.push(rest);
            if self.deframer.answer().is_none() {
                return Ok((Step::Receive, taken));
            }
            match self.take_answer()? {
                Step::Receive => {}
                step => return Ok((step, taken)),
            }
        }
    }

    /// Tells that the time of the last step is over.
    ///
    /// # Errors
    /// As [`ReadError`]; the session is over then.
    pub fn elapsed(&mut self) -> Result<Step, ReadError> {
        if self.stage == Stage::Paused {
            return Ok(self.enter(Stage::Find));
        }
        if self.stage == Stage::Finished {
            return Ok(Step::Done);
        }
        // A damaged length may hold good answers back.
        self.deframer.resync();
        while self.deframer.answer().is_some() {
            match self.take_answer()? {
                Step::Receive => {}
                step => return Ok(step),
            }
        }
        let damaged = self.deframer.discarded() != self.discarded_before;
        let repeats = match self.stage {
            Stage::ModuleNumber => self.timing.module_repeats,
            _ => self.timing.repeats,
        };
        match self.stage {
            // Nothing at all: a second request would only double the wait.
            Stage::Read if !damaged => return Err(ReadError::ReaderSilent),
            _ if self.repeats < repeats => {}
            // An item that few cards have must not cost the reading.
            Stage::AddedAddress => return Ok(self.enter(Stage::Finished)),
            Stage::Read => return Err(ReadError::LiftCard(Status::ReadFailed)),
            _ => return Err(ReadError::ReaderSilent),
        }
        self.repeats += 1;
        Ok(self.send())
    }

    /// Whether a frame has begun and is not whole. On a line that stays silent then for some 500 ms nothing more will come.
    #[must_use]
    pub const fn mid_frame(&self) -> bool {
        self.deframer.mid_frame()
    }

    /// Whether anything came that was not understood.
    #[must_use]
    pub fn heard(&self) -> bool {
        self.dropped > 0 || self.deframer.discarded() != Discarded::default()
    }

    /// Whether the module has answered at all.
    #[must_use]
    pub fn answered(&self) -> bool {
        self.stage != Stage::ModuleNumber
    }

    /// The text block, once the reading is done.
    #[must_use]
    pub fn text(&self) -> Option<TextBlock<'_>> {
        (self.stage == Stage::Finished).then(|| TextBlock::new(&self.text))
    }

    /// The photo in its proprietary form; empty where the module gave none.
    #[must_use]
    pub fn photo(&self) -> &[u8] {
        &self.photo
    }

    /// The fingerprint item; empty where the card holds none.
    #[must_use]
    pub fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// The added address, UTF-16LE, if the card holds one.
    #[must_use]
    pub const fn added_address(&self) -> Option<&[u8; ADDED_ADDRESS_LENGTH]> {
        self.added_address.as_ref()
    }

    /// The module's number.
    #[must_use]
    pub fn module(&self) -> Option<ModuleNumber> {
        self.module.map(ModuleNumber)
    }

    /// Answers that were dropped because they belonged to no open command.
    #[must_use]
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    fn enter(&mut self, stage: Stage) -> Step {
        self.stage = stage;
        self.repeats = 0;
        // No answer can come before its command: what is held is of the past.
        self.deframer.clear();
        self.discarded_before = self.deframer.discarded();
        match stage {
            Stage::Finished => Step::Done,
            Stage::Paused => Step::NoCard { again_in_ms: self.timing.poll_ms },
            _ => self.send(),
        }
    }

    fn send(&self) -> Step {
        let Timing { module_ms, short_ms, read_ms, .. } = self.timing;
        let (command, within_ms, answer) = match self.stage {
            Stage::ModuleNumber => (Command::ModuleNumber, module_ms, MODULE_FRAME),
            Stage::Find | Stage::Paused | Stage::Finished => (Command::FindCard, short_ms, SHORT_FRAME),
            Stage::Select => (Command::SelectCard, short_ms, SHORT_FRAME),
            Stage::Read if self.wanted.fingerprint && !self.without_fingerprint => {
                (Command::ReadTextAndFingerprint, read_ms, MAX_FRAME as u16)
            }
            Stage::Read => (Command::ReadText, read_ms, MAX_FRAME as u16),
            Stage::AddedAddress => (Command::ReadAddedAddress, short_ms, SHORT_FRAME),
        };
        Step::Send { frame: command.frame(), within_ms, answer }
    }

    /// Uses the answer that waits in the deframer; `Receive` means it was not for us.
    fn take_answer(&mut self) -> Result<Step, ReadError> {
        let Some(answer) = self.deframer.answer() else { return Ok(Step::Receive) };
        let status = Status::from(answer.status);
        let mut again = false;
        let next = match read_answer(self.stage, answer) {
            Reading::NotForUs => {
                self.dropped = self.dropped.saturating_add(1);
                Ok(None)
            }
            Reading::Fail(error) => Err(error),
            Reading::Module(number) => {
                self.module = Some(number);
                Ok(Some(Stage::Find))
            }
            Reading::NoModuleNumber => Ok(Some(Stage::Find)),
            Reading::NoCard => Ok(Some(Stage::Paused)),
            Reading::Found => Ok(Some(Stage::Select)),
            Reading::Selected => Ok(Some(Stage::Read)),
            Reading::Content { text, photo, fingerprint } => {
                self.text = *text;
                self.photo.clear();
                self.fingerprint.clear();
                // Both fit: longer items were left out. A photo never fails a reading.
                let _ =
                    (self.photo.extend_from_slice(photo), self.fingerprint.extend_from_slice(fingerprint));
                match TextBlock::new(&self.text).kind() {
                    None => Err(ReadError::OtherCardKind),
                    Some(_) if self.wanted.added_address => Ok(Some(Stage::AddedAddress)),
                    Some(_) => Ok(Some(Stage::Finished)),
                }
            }
            Reading::NoFingerprint if self.wanted.fingerprint && !self.without_fingerprint => {
                self.without_fingerprint = true;
                Ok(Some(Stage::Read))
            }
            Reading::NoFingerprint => Err(ReadError::Refused(status)),
            Reading::Damaged if self.repeats < self.timing.repeats => {
                self.repeats += 1;
                again = true;
                Ok(None)
            }
            Reading::Damaged => Err(ReadError::Refused(status)),
            Reading::AddedAddress(address) => {
                self.added_address = address;
                Ok(Some(Stage::Finished))
            }
        };
        self.deframer.release();
        Ok(match next? {
            Some(stage) => self.enter(stage),
            None if again => self.send(),
            None => Step::Receive,
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.text.zeroize();
        self.photo.as_mut_slice().zeroize();
        self.fingerprint.as_mut_slice().zeroize();
        self.added_address.zeroize();
    }
}

enum Reading<'a> {
    NotForUs,
    Fail(ReadError),
    Module([u8; 16]),
    NoModuleNumber,
    NoCard,
    Found,
    Selected,
    Content {
        text: &'a [u8; TEXT_LENGTH],
        photo: &'a [u8],
        fingerprint: &'a [u8],
    },
    NoFingerprint,
    /// The module got our command damaged.
    Damaged,
    AddedAddress(Option<[u8; ADDED_ADDRESS_LENGTH]>),
}

/// What an answer means at a stage. Shapes differ for every command, so a late answer is known by its shape.
fn read_answer(stage: Stage, answer: Answer<'_>) -> Reading<'_> {
    use Stage::{AddedAddress, Find, ModuleNumber, Paused, Read, Select};
    let status = Status::from(answer.status);
    if answer.leading != [0, 0] {
        return Reading::NotForUs;
    }
    match (stage, status, answer.data.len()) {
        // Nothing was asked: whatever comes is late.
        (Paused | Stage::Finished, ..) => Reading::NotForUs,
        (_, Status::ModuleBroken | Status::ModuleNotAuthorised, _) => {
            Reading::Fail(ReadError::Module(status))
        }
        (_, Status::ReceivedCheck | Status::ReceivedLength, 0) => Reading::Damaged,

        (ModuleNumber, Status::Done, 16) => match answer.data.try_into() {
            Ok(number) => Reading::Module(number),
            Err(_) => Reading::NotForUs,
        },
        (ModuleNumber, Status::UnknownCommand | Status::NotAllowed(_), 0) => Reading::NoModuleNumber,
        (ModuleNumber, ..) => Reading::NotForUs,

        (Find, Status::Found, _) => Reading::Found,
        (Find, Status::NotFound, _) => Reading::NoCard,

        (Select, Status::Done, 8) => Reading::Selected,
        (Select, Status::NotSelected, _) => Reading::Fail(ReadError::LiftCard(status)),

        (Read, Status::Done, 260..) => content(answer.data),
        (Read, Status::ReadFailed, _) => Reading::Fail(ReadError::LiftCard(status)),
        (Read, Status::ContentNotGenuine | Status::FingerprintNotGenuine, _) => {
            Reading::Fail(ReadError::NotGenuine(status))
        }
        (Read, Status::NoSuchItem | Status::UnknownCommand, 0) => Reading::NoFingerprint,

        (AddedAddress, Status::Done, ADDED_ADDRESS_LENGTH) => {
            Reading::AddedAddress(answer.data.try_into().ok())
        }
        // An item that few cards have must not cost the reading. A doubled answer to *read* or *select* is not one.
        (AddedAddress, Status::Done | Status::Found | Status::NotFound | Status::NotSelected, _) => {
            Reading::NotForUs
        }
        (AddedAddress, ..) => Reading::AddedAddress(None),

        (Select | Read, Status::CardRefusedModule | Status::ModuleRefusedCard, _) => {
            Reading::Fail(ReadError::NotGenuine(status))
        }
        (Select | Read, Status::OtherCardKind, _) => Reading::Fail(ReadError::OtherCardKind),
        // The card or the field between failed, not the module.
        (Select | Read, Status::NoRandom | Status::CardLength | Status::ReadFailed, 0) => {
            Reading::Fail(ReadError::LiftCard(status))
        }
        (Find | Select | Read, Status::UnknownCommand | Status::NotAllowed(_) | Status::Other(_), 0) => {
            Reading::Fail(ReadError::Refused(status))
        }
        _ => Reading::NotForUs,
    }
}

/// Splits the answer to *read*: lengths of text, photo and, in the long form, fingerprint, then the items.
///
/// The text must be whole. Photo and fingerprint are left out where their lengths do not fit: a reading never fails for them.
fn content(data: &[u8]) -> Reading<'_> {
    let parts = || {
        let (text_length, rest) = data.split_first_chunk::<2>()?;
        let (photo_length, rest) = rest.split_first_chunk::<2>()?;
        let (text_length, photo_length) = (length(text_length), length(photo_length));
        let items = |rest: &'_ [u8], fingerprint_length: usize| {
            rest.len() == text_length + photo_length + fingerprint_length
        };
        // The short form has no third length; the sizes tell which form it is.
        let long = rest.split_first_chunk::<2>().filter(|(third, rest)| items(rest, length(third)));
        let (rest, fits) = match long {
            _ if items(rest, 0) => (rest, true),
            Some((_, rest)) => (rest, true),
            None => (rest, false),
        };
        let (text, rest) = rest.split_at_checked(text_length)?;
        let text: &[u8; TEXT_LENGTH] = text.try_into().ok()?;
        let (photo, fingerprint) = rest.split_at_checked(photo_length).filter(|_| fits).unwrap_or_default();
        let no_longer = |item: &'_ [u8], most: usize| item.len() <= most;
        Some((
            text,
            if no_longer(photo, PHOTO_LENGTH) { photo } else { &[] },
            if no_longer(fingerprint, FINGERPRINT_LENGTH) { fingerprint } else { &[] },
        ))
    };
    match parts() {
        Some((text, photo, fingerprint)) => Reading::Content { text, photo, fingerprint },
        None => Reading::Fail(ReadError::Content),
    }
}

const fn length(bytes: &[u8; 2]) -> usize {
    u16::from_be_bytes(*bytes) as usize
}

/// The number of a security module. Shown as makers print it: `05.01-20230415-0000012345-0987654321`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ModuleNumber([u8; 16]);

impl core::fmt::Display for ModuleNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a0, a1, b0, b1, c0, c1, c2, c3, d0, d1, d2, d3, e0, e1, e2, e3] = self.0;
        write!(
            f,
            "{:02}.{:02}-{:08}-{:010}-{:010}",
            u16::from_le_bytes([a0, a1]),
            u16::from_le_bytes([b0, b1]),
            u32::from_le_bytes([c0, c1, c2, c3]),
            u32::from_le_bytes([d0, d1, d2, d3]),
            u32::from_le_bytes([e0, e1, e2, e3]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::PREAMBLE;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn frame(content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 1).unwrap().to_be_bytes();
        let check = length.iter().chain(content).fold(0, |a, b| a ^ b);
        [&PREAMBLE[..], &length, content, &[check]].concat()
    }

    fn text_answer(mark: u8, photo: &[u8]) -> Vec<u8> {
        let photo_length = u16::try_from(photo.len()).unwrap().to_be_bytes();
        frame(&[&[0, 0, 0x90, 1, 0][..], &photo_length, &[mark; TEXT_LENGTH], photo].concat())
    }

    fn number() -> Vec<u8> {
        frame(
            &[
                &[0, 0, 0x90][..],
                &[5, 0, 1, 0],
                &20_230_415u32.to_le_bytes(),
                &12_345u32.to_le_bytes(),
                &987_654_321u32.to_le_bytes(),
            ]
            .concat(),
        )
    }

    const FOUND: [u8; 7] = [0, 0, 0x9F, 0, 0, 0, 0];
    const SELECTED: [u8; 11] = [0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0];

    /// Feeds one answer and expects a command to come out.
    fn expect_send(session: &mut Session, answer: &[u8], command: Command) {
        let (step, taken) = session.feed(answer).unwrap();
        assert_eq!(taken, answer.len());
        assert!(matches!(step, Step::Send { frame, .. } if frame == command.frame()), "{step:?}");
    }

    fn until_read(session: &mut Session) {
        assert!(
            matches!(session.begin(), Step::Send { frame, .. } if frame == Command::ModuleNumber.frame())
        );
        expect_send(session, &number(), Command::FindCard);
        expect_send(session, &frame(&FOUND), Command::SelectCard);
        expect_send(session, &frame(&SELECTED), Command::ReadText);
    }

    #[test]
    fn a_card_is_read() {
        let mut session = Session::new(Wanted { added_address: true, ..Wanted::default() });
        until_read(&mut session);
        expect_send(&mut session, &text_answer(0x41, &[7; 1024]), Command::ReadAddedAddress);
        assert!(session.text().is_none(), "nothing is given out before the reading is done");
        let none = frame(&[0, 0, 0x91]);
        assert_eq!(session.feed(&none), Ok((Step::Done, none.len())));
        assert!(session.text().is_some());
        assert_eq!(session.photo(), [7; 1024]);
        assert_eq!(session.added_address(), None);
        assert_eq!(std::format!("{}", session.module().unwrap()), "05.01-20230415-0000012345-0987654321");
    }

    #[test]
    fn bytes_behind_the_last_answer_are_left_alone() {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        let answer = text_answer(0x41, &[]);
        let stream = [&answer[..], &[1, 2, 3]].concat();
        assert_eq!(session.feed(&stream), Ok((Step::Done, answer.len())));
    }

    #[test]
    fn a_late_answer_of_an_earlier_reading_is_dropped() {
        let mut session = Session::new(Wanted::default());
        let _ = session.begin();
        assert_eq!(session.feed(&text_answer(0x42, &[9; 1024])).unwrap().0, Step::Receive);
        expect_send(&mut session, &number(), Command::FindCard);
        expect_send(&mut session, &[&frame(&SELECTED)[..], &frame(&FOUND)].concat(), Command::SelectCard);
        expect_send(&mut session, &frame(&SELECTED), Command::ReadText);
        session.feed(&text_answer(0x41, &[])).unwrap();
        assert_eq!(
            session.text().unwrap().field(super::super::Field::Name).unwrap().units().next(),
            Some(0x4141)
        );
        assert_eq!(session.dropped(), 2);
    }

    #[test]
    fn no_card_is_a_pause_and_then_another_look() {
        let mut session = Session::new(Wanted::default());
        let _ = session.begin();
        expect_send(&mut session, &number(), Command::FindCard);
        let none = frame(&[0, 0, 0x80]);
        assert!(matches!(session.feed(&none).unwrap().0, Step::NoCard { again_in_ms } if again_in_ms > 300));
        assert!(
            matches!(session.elapsed(), Ok(Step::Send { frame, .. }) if frame == Command::FindCard.frame())
        );
    }

    #[test]
    fn silence_is_told_after_one_more_try() {
        let mut session = Session::new(Wanted::default());
        let _ = session.begin();
        assert!(matches!(session.elapsed(), Ok(Step::Send { .. })));
        assert_eq!(session.elapsed(), Err(ReadError::ReaderSilent));
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (status, error) in [
            (0x31, ReadError::NotGenuine(Status::CardRefusedModule)),
            (0x33, ReadError::NotGenuine(Status::ContentNotGenuine)),
            (0x40, ReadError::OtherCardKind),
            (0x41, ReadError::LiftCard(Status::ReadFailed)),
            (0x66, ReadError::Module(Status::ModuleNotAuthorised)),
        ] {
            let mut session = Session::new(Wanted::default());
            until_read(&mut session);
            assert_eq!(session.feed(&frame(&[0, 0, status])).unwrap_err(), error);
        }
    }

    #[test]
    fn an_answer_whose_leading_status_is_not_zero_is_not_for_us() {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        assert_eq!(session.feed(&frame(&[1, 0, 0x41])).unwrap().0, Step::Receive);
    }

    #[test]
    fn a_command_that_arrived_damaged_is_sent_again_once() {
        let mut session = Session::new(Wanted::default());
        let _ = session.begin();
        expect_send(&mut session, &number(), Command::FindCard);
        expect_send(&mut session, &frame(&[0, 0, 0x10]), Command::FindCard);
        assert_eq!(session.feed(&frame(&[0, 0, 0x10])), Err(ReadError::Refused(Status::ReceivedCheck)));
    }

    #[test]
    fn a_module_without_fingerprints_is_asked_for_the_rest() {
        let mut session = Session::new(Wanted { fingerprint: true, ..Wanted::default() });
        let _ = session.begin();
        expect_send(&mut session, &number(), Command::FindCard);
        expect_send(&mut session, &frame(&FOUND), Command::SelectCard);
        expect_send(&mut session, &frame(&SELECTED), Command::ReadTextAndFingerprint);
        expect_send(&mut session, &frame(&[0, 0, 0x21]), Command::ReadText);
        assert_eq!(session.feed(&text_answer(0x41, &[7; 1024])).unwrap().0, Step::Done);
    }

    #[test]
    fn text_photo_and_fingerprint_come_in_one_answer() {
        let mut session = Session::new(Wanted { fingerprint: true, ..Wanted::default() });
        let _ = session.begin();
        expect_send(&mut session, &number(), Command::FindCard);
        expect_send(&mut session, &frame(&FOUND), Command::SelectCard);
        expect_send(&mut session, &frame(&SELECTED), Command::ReadTextAndFingerprint);
        let head = [0, 0, 0x90, 1, 0, 4, 0, 4, 0];
        let answer = frame(&[&head[..], &[0x41; 256], &[7; 1024], &[9; 1024]].concat());
        assert_eq!(answer.len(), 2321, "as the specification counts it");
        assert_eq!(session.feed(&answer), Ok((Step::Done, answer.len())));
        assert_eq!((session.photo(), session.fingerprint()), (&[7; 1024][..], &[9; 1024][..]));
    }

    #[test]
    fn a_photo_of_impossible_length_does_not_fail_the_reading() {
        for photo_length in [[0xFF, 0xFF], [0, 0], [4, 1]] {
            let mut session = Session::new(Wanted::default());
            until_read(&mut session);
            let answer =
                frame(&[&[0, 0, 0x90, 1, 0][..], &photo_length, &[0x41; TEXT_LENGTH], &[7; 1024]].concat());
            assert_eq!(session.feed(&answer).unwrap().0, Step::Done);
            assert!(session.photo().is_empty());
        }
    }

    #[test]
    fn half_an_answer_is_asked_for_once_more_and_silence_is_not() {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        let answer = text_answer(0x41, &[7; 1024]);
        session.feed(&answer[..700]).unwrap();
        assert!(session.mid_frame());
        assert!(
            matches!(session.elapsed(), Ok(Step::Send { frame, .. }) if frame == Command::ReadText.frame())
        );
        assert_eq!(session.feed(&frame(&[0, 0, 0x41])).unwrap_err(), ReadError::LiftCard(Status::ReadFailed));

        let mut silent = Session::new(Wanted::default());
        until_read(&mut silent);
        assert_eq!(silent.elapsed(), Err(ReadError::ReaderSilent));
    }

    #[test]
    fn a_document_of_unknown_type_is_another_kind_of_card() {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        let mut text = [0x20; TEXT_LENGTH];
        text[248..250].copy_from_slice(b"Q\0");
        let answer = frame(&[&[0, 0, 0x90, 1, 0, 0, 0][..], &text].concat());
        assert_eq!(session.feed(&answer), Err(ReadError::OtherCardKind));
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let mut session = Session::new(Wanted::default());
        until_read(&mut session);
        let answer = frame(&[&[0, 0, 0x90, 1, 1, 4, 0][..], &[0; 1280]].concat());
        assert_eq!(session.feed(&answer).unwrap_err(), ReadError::Content);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..40)) {
            let mut session = Session::new(Wanted { fingerprint: true, added_address: true });
            let _ = session.begin();
            for piece in pieces {
                if session.feed(&piece).is_err() || session.elapsed().is_err() {
                    break;
                }
            }
        }
    }
}
