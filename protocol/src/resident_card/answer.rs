//! What an answer of the module means at each stage of a reading.

use super::frame::Answer;
use super::session::{ADDED_ADDRESS_LENGTH, FINGERPRINT_LENGTH, PHOTO_LENGTH, ReadError, Stage};
use super::status::Status;
use super::text::TEXT_LENGTH;

/// What an answer means to the session.
pub(super) enum Reading<'a> {
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
pub(super) fn read_answer(stage: Stage, answer: Answer<'_>) -> Reading<'_> {
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
