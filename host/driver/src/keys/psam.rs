//! The key service in the terminal itself: a PSAM in a slot of its own.

use std::{
    fmt,
    time::{Duration, Instant},
};

use yika_protocol::{
    card_keys::{KeyAnswer, KeyRequest, PsamKey, PsamScheme},
    fault::{Fault, credential as fault},
    psam::{PsamError, PsamInput, PsamSession, PsamStep},
};

use super::{KeyService, KeyServiceError};
use crate::{
    error::LinkError,
    link::{Backend, CardLink, End, SlotState},
    progress::Progress,
    reader::{Reader, Role, Selection, matches_part},
    service::CardService,
    social_card::{
        talk::Talk,
        turn::{Failure, Turns},
    },
};

/// Where the PSAM is and how it is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PsamOptions {
    /// Name or id of its slot, or a part of either. `None`: every slot that its name calls a slot for modules.
    pub slot: Option<String>,
    /// What is assumed about it.
    pub scheme: PsamScheme,
}

/// A PSAM as a key service.
///
/// Nothing is kept between requests, so a module may be pulled and put in again at any time. It is reset after each
/// request: no other program finds a session key in it.
#[derive(Clone)]
pub struct PsamKeys {
    service: CardService,
    options: PsamOptions,
}

/// Why the PSAM gave no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PsamFailure {
    /// No slot, or nothing that answers in it.
    Missing,
    /// The module itself says so.
    Module(PsamError),
    /// The line to it failed, or it was pulled in the middle.
    Link(LinkError),
}

impl PsamFailure {
    /// Whether the field then asks the centre (-2201, -2202, -2203, -27272, -24) instead of stopping.
    pub fn other_may_help(&self) -> bool {
        match self {
            PsamFailure::Missing => true,
            PsamFailure::Module(error) => error.other_may_help(),
            PsamFailure::Link(_) => false,
        }
    }

    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            PsamFailure::Missing => &fault::PSAM_MISSING,
            PsamFailure::Module(error) => error.fault(),
            PsamFailure::Link(_) => &fault::PSAM_FAILED,
        }
    }

    /// The number that drivers of the common interface (SSCardDriver) return for it; `None` where they have none.
    pub fn driver_code(&self) -> Option<i32> {
        match self {
            PsamFailure::Missing => Some(-2201),
            PsamFailure::Module(error) => Some(error.driver_code()),
            PsamFailure::Link(LinkError::CardMute) => Some(-4),
            PsamFailure::Link(LinkError::CardRemoved | LinkError::NoCard) => Some(-2),
            PsamFailure::Link(_) => None,
        }
    }

    /// The word in JSON (`partial_reason`).
    pub fn as_str(&self) -> &'static str {
        match self {
            PsamFailure::Missing | PsamFailure::Module(PsamError::NotPsam(_)) => "psam_missing",
            PsamFailure::Module(PsamError::Algorithm(_)) => "psam_algorithm",
            PsamFailure::Module(PsamError::NoReadKey) => "psam_no_read_key",
            PsamFailure::Module(PsamError::KeyNotFound(_)) => "psam_key_not_found",
            PsamFailure::Module(PsamError::KeyLevel) => "psam_key_level",
            PsamFailure::Module(PsamError::Locked(_)) => "psam_locked",
            PsamFailure::Module(_) | PsamFailure::Link(_) => "psam_failed",
        }
    }

    /// What the fault's text cannot know, with the number that support people know it by.
    pub fn detail(&self) -> String {
        let words = match self {
            PsamFailure::Missing => "no module answers".to_owned(),
            PsamFailure::Module(error) => error.to_string(),
            PsamFailure::Link(error) => error.to_string(),
        };
        match self.driver_code() {
            Some(code) => format!("{words} ({code})"),
            None => words,
        }
    }
}

impl fmt::Display for PsamFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail())
    }
}

impl std::error::Error for PsamFailure {}

impl PsamKeys {
    /// Nothing is asked until a card needs keys.
    pub fn new(service: CardService, options: PsamOptions) -> Self {
        PsamKeys { service, options }
    }

    /// Whether this terminal has a slot for a module: the configured one, or one by name.
    pub fn has_slot(&self) -> bool {
        if self.options.slot.is_some() {
            return true;
        }
        let keys = self.clone();
        let deadline = Instant::now() + self.service.limits().service;
        let slots = self.service.run(deadline, move |backend, progress| keys.slots(backend, progress));
        matches!(slots, Ok(Ok(slots)) if !slots.is_empty())
    }

    /// Both authentications of one card; `opening` is the key that the external one proves.
    ///
    /// # Errors
    /// [`PsamFailure`]; nothing is asked twice but after a reset by other software.
    pub fn answer(&self, opening: PsamKey, request: &KeyRequest) -> Result<KeyAnswer, PsamFailure> {
        let (keys, request) = (self.clone(), request.clone());
        // The card waits no longer than this.
        let limit: Duration = self.service.limits().keys;
        let deadline = Instant::now() + limit;
        let job = move |backend: &mut dyn Backend, progress: &Progress| {
            keys.ask(backend, progress, deadline, opening, &request)
        };
        self.service.run(deadline, job).unwrap_or_else(|error| Err(PsamFailure::Link(error)))
    }

    fn ask(
        &self,
        backend: &mut dyn Backend,
        progress: &Progress,
        deadline: Instant,
        opening: PsamKey,
        request: &KeyRequest,
    ) -> Result<KeyAnswer, PsamFailure> {
        let mut failure = PsamFailure::Missing;
        for slot in self.slots(backend, progress).map_err(PsamFailure::Link)? {
            // An empty module slot of some readers looks like a card that does not answer.
            if !matches!(slot.state, SlotState::Card { .. }) {
                continue;
            }
            let selection = Selection::exactly(&slot);
            let mut turns = Turns::new(&self.service, backend, progress, selection, deadline);
            let mut talking = |link: &mut dyn CardLink, _: &Reader| {
                (End::Reset, self.talk(link, progress, opening, request))
            };
            failure = match turns.take(&mut talking) {
                Ok(answer) => return Ok(answer),
                // Something else sits in this slot; the module may sit in the next.
                Err(Failure::Final(error @ PsamError::NotPsam(_))) => PsamFailure::Module(error),
                Err(Failure::Final(error)) => return Err(PsamFailure::Module(error)),
                // Gone between the look and the lock.
                Err(Failure::Link(LinkError::NoCard | LinkError::ReaderGone)) => PsamFailure::Missing,
                Err(Failure::Link(error)) => return Err(PsamFailure::Link(error)),
            };
        }
        Err(failure)
    }

    fn talk(
        &self,
        link: &mut dyn CardLink,
        progress: &Progress,
        opening: PsamKey,
        request: &KeyRequest,
    ) -> Result<KeyAnswer, Failure<PsamError>> {
        let mut talk = Talk::new(link, progress);
        let mut session = PsamSession::new(self.options.scheme, talk.protocol(), opening, request.clone());
        let mut input = session.next(PsamInput::Start);
        loop {
            match input {
                Ok(PsamStep::Done(answer)) => return Ok(answer),
                Ok(PsamStep::Send(command)) => {
                    let answer = talk.exchange(&command).map_err(Failure::Link)?;
                    input = session.next(PsamInput::Response(answer));
                }
                // A torn module may look like one that talks nonsense.
                Err(error) => {
                    return Err(match talk.still_there() {
                        Ok(()) => Failure::Final(error),
                        Err(gone) => Failure::Link(gone),
                    });
                }
            }
        }
    }

    fn slots(&self, backend: &mut dyn Backend, progress: &Progress) -> Result<Vec<Reader>, LinkError> {
        let wanted = self.options.slot.as_deref();
        let needs_ids = wanted.is_some_and(|wanted| Selection::named(wanted).needs_ids());
        let readers = self.service.look(backend, progress, needs_ids)?;
        let exact = |r: &&Reader| wanted.is_some_and(|w| r.id.as_str() == w || r.name.display() == w);
        if let Some(reader) = readers.iter().find(exact) {
            return Ok(vec![reader.clone()]);
        }
        let fits = |reader: &Reader| match wanted {
            Some(part) => matches_part(reader, part),
            None => reader.role == Role::Sam,
        };
        Ok(readers.into_iter().filter(fits).collect())
    }
}

impl KeyService for PsamKeys {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        self.answer(PsamKey::Read, request).map_err(KeyServiceError::Psam)
    }
}
