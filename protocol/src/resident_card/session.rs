//! One reading of an identity card: find, choose, read, and what belongs to it.
//!
//! A state machine without a clock and without a port. The caller sends what a [`Step`] says, feeds what arrives, and tells
//! when the time of the step is over. An answer is taken only if it has the shape of an answer to the command that is
//! open; anything else (late, doubled, of another command) is dropped. A module answers in the order it was asked, so a
//! late answer to an earlier reading arrives before the answers to *find* and *select* of this one and can never be taken
//! for its text.

use zeroize::Zeroize;

use super::answer::{Reading, read_answer};
use super::frame::{Command, Deframer, Discarded, MAX_FRAME};
use super::module::ModuleNumber;
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
pub(super) enum Stage {
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
            Stage::AddedAddress if !damaged => return Ok(self.enter(Stage::Finished)),
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

    /// Whether a card was found and is being read. Stopping now would cost it: it is not found again until it is lifted.
    #[must_use]
    pub fn has_card(&self) -> bool {
        matches!(self.stage, Stage::Select | Stage::Read | Stage::AddedAddress)
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

#[cfg(test)]
mod tests;
