//! Card and PSAM prove themselves to each other, without reading the holder.

use super::{
    ReadError,
    talk::{Talk, TalkError},
    turn::{Failure, Turns},
};
use crate::{
    Words,
    error::LinkError,
    keys::{PsamFailure, PsamKeys},
    link::{CardLink, End},
    progress::Progress,
    reader::{Reader, Selection},
    service::CardService,
};
use std::{
    fmt,
    time::{Duration, Instant},
};
use yika_protocol::{
    card_keys::PsamKey,
    fault::{Fault, card as fault},
    social_card::{CardData, Generation, Input, Partial, RK_SSSE, ReadPlan, Step, UK_SSSE},
};

/// The key of EXTERNAL AUTHENTICATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalKey {
    /// RKSSSE, key `0A`: reads EF06. Only generation 3 has it.
    Read,
    /// UKSSSE, key `04`: writes EF05 and EF06.
    Update,
}

/// A card that proved itself and took the proof of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Generation: 1, 2 or 3.
    pub generation: u8,
    /// Algorithm identifier: 1 or 3.
    pub algorithm: u8,
}

/// Why there was no mutual proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthenticateError {
    /// The card or the way to it. A card that is not genuine is among these.
    Read(ReadError),
    /// The module.
    Psam(PsamFailure),
    /// Without a whole answer to reset nobody can compute the keys of this card.
    NoCardFactor,
}

impl AuthenticateError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            AuthenticateError::Read(error) => error.fault(),
            AuthenticateError::Psam(failure) => failure.fault(),
            AuthenticateError::NoCardFactor => &fault::RESET_ANSWER_INVALID,
        }
    }

    /// What the fault's text cannot know. No personal data.
    pub fn detail(&self) -> Words {
        match self {
            AuthenticateError::Read(error) => error.detail(),
            AuthenticateError::Psam(failure) => failure.detail().into(),
            AuthenticateError::NoCardFactor => Words::default(),
        }
    }
}

impl fmt::Display for AuthenticateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail().en)
    }
}

impl std::error::Error for AuthenticateError {}

/// Internal and external authentication of the card in the chosen reader, computed by the PSAM.
///
/// For cards of every generation: one that only copies the records of another fails here. Works in one transaction and
/// in bounds, like a read; the card is reset at the end, so no other program finds it open.
///
/// # Errors
/// [`AuthenticateError`].
pub fn authenticate(
    service: &CardService,
    reader: &Selection,
    psam: &PsamKeys,
    key: ExternalKey,
    limit: Duration,
) -> Result<Authenticated, AuthenticateError> {
    let (inside, selection, psam) = (service.clone(), reader.clone(), psam.clone());
    let deadline = Instant::now() + limit;
    let outcome = service.run(deadline, move |backend, progress| {
        let mut turns = Turns::new(&inside, backend, progress, selection, deadline);
        let mut talking =
            |link: &mut dyn CardLink, _: &Reader| (End::Reset, attempt(link, progress, &psam, key));
        match turns.take(&mut talking) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Link(error)) => Err(AuthenticateError::Read(error.into())),
            Err(Failure::Final(error)) => Err(error),
        }
    });
    outcome.unwrap_or_else(|error| Err(AuthenticateError::Read(error.into())))
}

fn attempt(
    link: &mut dyn CardLink,
    progress: &Progress,
    psam: &PsamKeys,
    key: ExternalKey,
) -> Result<Authenticated, Failure<AuthenticateError>> {
    let mut talk = Talk::new(link, progress);
    let mut missing = None;
    let data = match converse(&mut talk, psam, key, &mut missing) {
        Ok(data) => data,
        Err(TalkError::Link(error)) => return Err(Failure::Link(error)),
        Err(TalkError::Card(error)) => {
            return Err(match talk.still_there() {
                Ok(()) => Failure::Final(AuthenticateError::Read(error.into())),
                Err(gone) => Failure::Link(gone),
            });
        }
    };
    match (missing, data.partial) {
        (Some(failure), _) => Err(Failure::Final(AuthenticateError::Psam(failure))),
        (None, Some(_)) => Err(Failure::Final(AuthenticateError::NoCardFactor)),
        (None, None) => Ok(Authenticated {
            generation: match data.generation {
                Generation::One => 1,
                Generation::Two => 2,
                Generation::Three => 3,
            },
            algorithm: data.algorithm.id(),
        }),
    }
}

fn converse(
    talk: &mut Talk<'_>,
    psam: &PsamKeys,
    key: ExternalKey,
    missing: &mut Option<PsamFailure>,
) -> Result<CardData, TalkError> {
    let (reference, opening) = match key {
        ExternalKey::Read => (RK_SSSE, PsamKey::Read),
        ExternalKey::Update => (UK_SSSE, PsamKey::Update),
    };
    let mut session = talk.session(ReadPlan::Settlement).only_authenticate(reference);
    let mut step = session.next(Input::Start)?;
    loop {
        step = match step {
            Step::Send(command) => session.next(Input::Response(talk.exchange(&command)?))?,
            Step::NeedKeys(request) => {
                if !talk.wait_for_keys() {
                    return Err(TalkError::Link(LinkError::Cancelled));
                }
                match psam.answer(opening, &request) {
                    Ok(answer) => session.next(Input::Keys(&answer))?,
                    Err(failure) => {
                        *missing = Some(failure);
                        session.next(Input::NoKeys(Partial::KeyServiceRefused))?
                    }
                }
            }
            Step::Done(data) => return Ok(data),
        };
    }
}
