//! Verifying the PIN of the card: once, never by itself again, and not the last try by accident.

use super::{
    ReadError,
    talk::{Talk, TalkError},
    turn::{Failure, Turns},
};
use crate::{
    Words,
    error::LinkError,
    link::{CardLink, End},
    pinpad::PadError,
    progress::Progress,
    reader::{Reader, Selection},
    service::CardService,
};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use yika_protocol::{
    fault::{Fault, card as fault},
    sign::sm3,
    social_card::{self as protocol, CardData, Pin, PinOutcome, PinSession, PinStep, ReadPlan},
};

/// How to verify.
#[derive(Clone)]
pub struct PinOptions {
    /// Which reader.
    pub reader: Selection,
    /// The whole attempt ends in this time.
    pub deadline: Duration,
    /// Sends the PIN although only one try is left as far as is known. Only when the holder was told.
    pub use_last_try: bool,
    /// Remembers the tries left between attempts.
    pub memory: Arc<dyn PinMemory>,
}

impl PinOptions {
    /// The usual way, with this memory.
    pub fn new(memory: Arc<dyn PinMemory>) -> Self {
        let reader = Selection::default();
        PinOptions { reader, deadline: Duration::from_secs(15), use_last_try: false, memory }
    }
}

/// Keeps the last known number of tries left for each card, between attempts and runs of the program.
pub trait PinMemory: Send + Sync {
    /// Tries left as last known. `None`: nothing known.
    fn tries_left(&self, card: &PinCard) -> Option<u8>;

    /// Keeps it; `None` forgets. Must be on disk when it returns.
    ///
    /// # Errors
    /// The reason, for the log. A PIN is not sent when its cost cannot be kept.
    fn remember(&self, card: &PinCard, tries_left: Option<u8>) -> Result<(), String>;
}

/// A card without its name: 64 hex digits of SM3 over identification code and reset information.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PinCard(String);

impl PinCard {
    pub(super) fn of(data: &CardData) -> Self {
        let reset = data.reset_info.as_ref().map_or(&[][..], |info| info.expose());
        let code = data.identification_code.expose();
        PinCard(super::text::hex(&sm3(&[b"yika pin memory", &code[..], reset].concat())))
    }

    /// The 64 hex digits; fit for a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A memory that ends with the program.
#[derive(Debug, Default)]
pub struct PinMemoryInRam(Mutex<HashMap<PinCard, u8>>);

impl PinMemory for PinMemoryInRam {
    fn tries_left(&self, card: &PinCard) -> Option<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(card).copied()
    }

    fn remember(&self, card: &PinCard, tries_left: Option<u8>) -> Result<(), String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tries_left {
            Some(tries) => known.insert(card.clone(), tries),
            None => known.remove(card),
        };
        Ok(())
    }
}

/// Why the PIN was not verified and the card has not said that it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinError {
    /// Service, reader or line.
    Link {
        /// What failed.
        error: LinkError,
        /// Whether the PIN was on its way: then a try may be gone.
        pin_was_sent: bool,
    },
    /// The card could not be read or cannot verify.
    Card(protocol::PinError),
    /// The number of tries left cannot be kept; nothing was sent.
    Memory(String),
    /// The reader's own keys gave no PIN; nothing was sent.
    Pad(PadError),
}

impl PinError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            PinError::Link { error, .. } => error.fault(),
            PinError::Card(error) => error.fault(),
            PinError::Memory(_) => &fault::PIN_MEMORY_FAILED,
            PinError::Pad(error) => error.fault(),
        }
    }

    /// What the fault's text cannot know.
    pub fn detail(&self) -> Words {
        match self {
            PinError::Link { error, pin_was_sent: false } => error.detail(),
            PinError::Link { error, pin_was_sent: true } => {
                let detail = error.detail();
                let (pause, gap) = if detail.is_empty() { ("", "") } else { ("；", "; ") };
                Words::new(
                    format!("{}{pause}PIN 已经发出，可能用掉一次机会", detail.zh),
                    format!("{}{gap}the PIN was on its way, a try may be gone", detail.en),
                )
            }
            PinError::Card(error) => Words::same(error),
            PinError::Memory(reason) => Words::same(reason),
            PinError::Pad(error) => Words::same(error),
        }
    }
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {}", detail.en) }
    }
}

impl std::error::Error for PinError {}

impl From<LinkError> for PinError {
    fn from(error: LinkError) -> Self {
        PinError::Link { error, pin_was_sent: false }
    }
}

impl From<ReadError> for PinError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Link(error) => error.into(),
            ReadError::Card(error) => PinError::Card(protocol::PinError::Card(error)),
        }
    }
}

/// Verifies the PIN of the card in the chosen reader, once.
///
/// The card is read first (what needs no keys), so that the tries left are kept for this card. Until the PIN is sent
/// failures are repeated as when reading; afterwards never. The card is reset at the end: no other program finds it
/// unlocked.
///
/// # Errors
/// [`PinError`]. A wrong or blocked PIN is no error but an outcome.
pub fn verify_pin(service: &CardService, options: &PinOptions, pin: &Pin) -> Result<PinOutcome, PinError> {
    let (options, pin, inside) = (options.clone(), pin.clone(), service.clone());
    let deadline = Instant::now() + options.deadline;
    let sent = Arc::new(Mutex::new(false));
    let note = Arc::clone(&sent);
    let outcome = service.run(deadline, move |backend, progress| {
        let mut turns = Turns::new(&inside, backend, progress, options.reader.clone(), deadline);
        let mut talking = |link: &mut dyn CardLink, _: &Reader| {
            (End::Reset, attempt(link, progress, &options, &pin, &note))
        };
        match turns.take(&mut talking) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Link(error)) => Err(error.into()),
            Err(Failure::Final(error)) => Err(error),
        }
    });
    let pin_was_sent = *sent.lock().unwrap_or_else(PoisonError::into_inner);
    outcome.unwrap_or_else(|error| Err(PinError::Link { error, pin_was_sent }))
}

fn attempt(
    link: &mut dyn CardLink,
    progress: &Progress,
    options: &PinOptions,
    pin: &Pin,
    sent: &Mutex<bool>,
) -> Result<PinOutcome, Failure<PinError>> {
    let mut talk = Talk::new(link, progress);
    let data = talk.read_without_keys(ReadPlan::Settlement).map_err(|error| failure(error, &mut talk))?;
    let card = PinCard::of(&data);
    let memory = &*options.memory;
    let known = memory.tries_left(&card);
    let fail = |error| Failure::Final(PinError::Card(error));
    let keep =
        |tries| memory.remember(&card, tries).map_err(|reason| Failure::Final(PinError::Memory(reason)));

    let mut session =
        PinSession::new(pin.clone(), talk.protocol(), known, options.use_last_try).map_err(fail)?;
    let mut step = session.start().map_err(fail)?;
    loop {
        let command = match step {
            PinStep::Send(command) => command,
            PinStep::Done(outcome) => {
                learn(memory, &card, outcome)?;
                return Ok(outcome);
            }
        };
        let carries_pin = command.carries_pin();
        if carries_pin {
            // The try counts from here, also when the answer is lost.
            if let Some(tries) = known {
                keep(Some(tries.saturating_sub(1)))?;
            }
            *sent.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
        let answer = match talk.exchange(&command) {
            Ok(answer) => answer,
            Err(error) if carries_pin => {
                return Err(Failure::Final(PinError::Link { error, pin_was_sent: true }));
            }
            Err(error) => return Err(Failure::Link(error)),
        };
        step = match session.next(answer) {
            Ok(step) => step,
            Err(error) if carries_pin => match talk.still_there() {
                Ok(()) => return Err(fail(error)),
                Err(gone) => {
                    return Err(Failure::Final(PinError::Link { error: gone, pin_was_sent: true }));
                }
            },
            Err(error) => return Err(fail(error)),
        };
    }
}

/// Keeps what the card said about its tries.
pub(super) fn learn(
    memory: &dyn PinMemory,
    card: &PinCard,
    outcome: PinOutcome,
) -> Result<(), Failure<PinError>> {
    let left = match outcome {
        PinOutcome::Verified => None,
        PinOutcome::Wrong { tries_left: Some(left) } => Some(left),
        PinOutcome::Wrong { tries_left: None } => return Ok(()),
        PinOutcome::Blocked => Some(0),
    };
    memory.remember(card, left).map_err(|reason| Failure::Final(PinError::Memory(reason)))
}

pub(super) fn failure(error: TalkError, talk: &mut Talk<'_>) -> Failure<PinError> {
    match error {
        TalkError::Link(error) => Failure::Link(error),
        TalkError::Card(error) => match talk.still_there() {
            Ok(()) => Failure::Final(PinError::Card(protocol::PinError::Card(error))),
            Err(gone) => Failure::Link(gone),
        },
    }
}
