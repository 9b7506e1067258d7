//! One reading of an identity card: find, choose, read, and what belongs to it.
//!
//! A state machine without a clock and without a port. The caller sends what a [`Step`] says, feeds what arrives, and tells
//! when the time of the step is over. An answer is taken only if it has the shape of an answer to the command that is
//! open; anything else (late, doubled, of another command) is dropped. A module answers in the order it was asked, so a
//! late answer to an earlier reading arrives before the answers to *find* and *select* of this one and can never be taken
//! for its text.

use zeroize::Zeroize;

use super::frame::{Answer, Command, Deframer};
use super::status::Status;
use super::text::{TEXT_LENGTH, TextBlock};

/// Bytes of the photo in its proprietary compressed form.
pub const PHOTO_LENGTH: usize = 1024;
/// Bytes of the fingerprint item, two fingers of 512.
pub const FINGERPRINT_LENGTH: usize = 1024;
/// Bytes of an added address, UTF-16LE.
pub const ADDED_ADDRESS_LENGTH: usize = 70;

/// A module may not be asked for a card more often than this. Real readers ask for more than 300 ms.
const POLL_MS: u16 = 320;
const SHORT_ANSWER_MS: u16 = 1_000;
const READ_ANSWER_MS: u16 = 3_000;
/// Same command again after no answer, before the reader counts as gone.
const REPEATS: u8 = 1;

/// What a reading should fetch beside the text block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Also the fingerprint item.
    pub fingerprint: bool,
    /// Also an address that was added later.
    pub added_address: bool,
}

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send these bytes, then feed what arrives; after this many milliseconds without a finished step call
    /// [`Session::elapsed`].
    Send {
        /// A whole frame.
        frame: [u8; 10],
        /// Time for the answer in milliseconds.
        within_ms: u16,
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
    /// The answer to *read* has lengths that cannot be.
    Content,
}

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
    stage: Stage,
    repeats: u8,
    deframer: Deframer,
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
        Self {
            wanted,
            stage: Stage::ModuleNumber,
            repeats: 0,
            deframer: Deframer::new(),
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
        if self.stage == Stage::AddedAddress && self.repeats >= REPEATS {
            // An item that few cards have must not cost the reading.
            return Ok(self.enter(Stage::Finished));
        }
        if self.stage == Stage::ModuleNumber && self.repeats >= REPEATS {
            return Err(ReadError::ReaderSilent);
        }
        if self.stage == Stage::Read {
            // A second read after half an answer is refused by most modules until the card was lifted.
            return Err(ReadError::LiftCard(Status::ReadFailed));
        }
        if self.repeats >= REPEATS {
            return Err(ReadError::ReaderSilent);
        }
        self.repeats += 1;
        Ok(self.send())
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
        match stage {
            Stage::Finished => Step::Done,
            Stage::Paused => Step::NoCard { again_in_ms: POLL_MS },
            _ => self.send(),
        }
    }

    fn send(&self) -> Step {
        let (command, within_ms) = match self.stage {
            Stage::ModuleNumber => (Command::ModuleNumber, SHORT_ANSWER_MS),
            Stage::Find | Stage::Paused | Stage::Finished => (Command::FindCard, SHORT_ANSWER_MS),
            Stage::Select => (Command::SelectCard, SHORT_ANSWER_MS),
            Stage::Read if self.wanted.fingerprint => (Command::ReadTextAndFingerprint, READ_ANSWER_MS),
            Stage::Read => (Command::ReadText, READ_ANSWER_MS),
            Stage::AddedAddress => (Command::ReadAddedAddress, SHORT_ANSWER_MS),
        };
        Step::Send { frame: command.frame(), within_ms }
    }

    /// Uses the answer that waits in the deframer; `Receive` means it was not for us.
    fn take_answer(&mut self) -> Result<Step, ReadError> {
        let Some(answer) = self.deframer.answer() else { return Ok(Step::Receive) };
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
                match (self.photo.extend_from_slice(photo), self.fingerprint.extend_from_slice(fingerprint)) {
                    (Ok(()), Ok(())) if self.wanted.added_address => Ok(Some(Stage::AddedAddress)),
                    (Ok(()), Ok(())) => Ok(Some(Stage::Finished)),
                    _ => Err(ReadError::Content),
                }
            }
            Reading::AddedAddress(address) => {
                self.added_address = address;
                Ok(Some(Stage::Finished))
            }
        };
        self.deframer.release();
        Ok(match next? {
            Some(stage) => self.enter(stage),
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
    Content { text: &'a [u8; TEXT_LENGTH], photo: &'a [u8], fingerprint: &'a [u8] },
    AddedAddress(Option<[u8; ADDED_ADDRESS_LENGTH]>),
}

/// What an answer means at a stage. Shapes differ for every command, so a late answer is known by its shape.
fn read_answer(stage: Stage, answer: Answer<'_>) -> Reading<'_> {
    let status = Status::from(answer.status);
    match (stage, status, answer.data.len()) {
        (_, Status::ModuleBroken | Status::ModuleNotAuthorised, _) => {
            Reading::Fail(ReadError::Module(status))
        }
        (Stage::ModuleNumber, Status::Done, 16) => match answer.data.try_into() {
            Ok(number) => Reading::Module(number),
            Err(_) => Reading::NotForUs,
        },
        (Stage::ModuleNumber, Status::UnknownCommand | Status::NotAllowed, 0) => Reading::NoModuleNumber,
        (Stage::Find, Status::Found, 4) => Reading::Found,
        (Stage::Find, Status::NotFound, _) => Reading::NoCard,
        (Stage::Select, Status::Done, 8) => Reading::Selected,
        (Stage::Select, Status::NotSelected, _) => Reading::Fail(ReadError::LiftCard(status)),
        (Stage::Select | Stage::Read, Status::CardRefusedModule | Status::ModuleRefusedCard, _) => {
            Reading::Fail(ReadError::NotGenuine(status))
        }
        (Stage::Read, Status::ContentNotGenuine | Status::FingerprintNotGenuine, _) => {
            Reading::Fail(ReadError::NotGenuine(status))
        }
        (Stage::Select | Stage::Read, Status::OtherCardKind, _) => Reading::Fail(ReadError::OtherCardKind),
        (Stage::Read, Status::ReadFailed, _) => Reading::Fail(ReadError::LiftCard(status)),
        (Stage::Read, Status::Done, 260..) => content(answer.data),
        (Stage::AddedAddress, Status::Done, ADDED_ADDRESS_LENGTH) => {
            Reading::AddedAddress(answer.data.try_into().ok())
        }
        (Stage::AddedAddress, Status::NoSuchItem | Status::UnknownCommand | Status::ReadFailed, 0) => {
            Reading::AddedAddress(None)
        }
        _ => Reading::NotForUs,
    }
}

/// Splits the answer to *read*: lengths of text, photo and, in the long form, fingerprint, then the items.
fn content(data: &[u8]) -> Reading<'_> {
    let parts = || {
        let (text_length, rest) = data.split_first_chunk::<2>()?;
        let (photo_length, rest) = rest.split_first_chunk::<2>()?;
        let (text_length, photo_length) = (length(text_length), length(photo_length));
        // The short form has no third length; the sizes tell which form it is.
        let (fingerprint_length, rest) = if rest.len() == text_length + photo_length {
            (0, rest)
        } else {
            let (fingerprint, rest) = rest.split_first_chunk::<2>()?;
            (length(fingerprint), rest)
        };
        let (text, rest) = rest.split_at_checked(text_length)?;
        let (photo, fingerprint) = rest.split_at_checked(photo_length)?;
        let well = fingerprint.len() == fingerprint_length
            && photo.len() <= PHOTO_LENGTH
            && fingerprint.len() <= FINGERPRINT_LENGTH;
        well.then_some((text.try_into().ok()?, photo, fingerprint))
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
