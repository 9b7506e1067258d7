//! One turn at the card: choose the reader, lock the card, talk, and again where that is worth it.

use super::patience::Patience;
use crate::{
    error::LinkError,
    link::{Backend, CardLink, End, SlotState},
    progress::Progress,
    reader::{Reader, ReaderName, Selection},
    service::CardService,
};
use std::time::Instant;

/// An error that is either the line's, and may be worth another turn, or final.
pub(super) enum Failure<E> {
    Link(LinkError),
    Final(E),
}

impl<E> From<LinkError> for Failure<E> {
    fn from(error: LinkError) -> Self {
        Failure::Link(error)
    }
}

/// Takes turns until `talk` has a result or a failure that another turn would not mend.
///
/// Each turn is one transaction. The reader is chosen once: a repetition never moves on to another card.
pub(super) fn take_turns<T, E>(
    service: &CardService,
    backend: &mut dyn Backend,
    progress: &Progress,
    selection: &Selection,
    patience: &mut Patience,
    talk: &mut dyn FnMut(&mut dyn CardLink, &Reader) -> (End, Result<T, Failure<E>>),
) -> Result<T, Failure<E>> {
    let mut chosen: Option<ReaderName> = None;
    loop {
        let outcome = match choose(service, backend, progress, selection, &mut chosen) {
            Ok(reader) => one_turn(backend, progress, &reader, talk),
            Err(error) => Err(Failure::Link(error)),
        };
        match outcome {
            Err(Failure::Link(error)) => patience.again(error, progress).map_err(Failure::Link)?,
            other => return other,
        }
    }
}

fn choose(
    service: &CardService,
    backend: &mut dyn Backend,
    progress: &Progress,
    selection: &Selection,
    chosen: &mut Option<ReaderName>,
) -> Result<Reader, LinkError> {
    let readers = service.look(backend, progress, chosen.is_none() && selection.needs_ids())?;
    let reader = match chosen {
        Some(name) => readers.iter().find(|r| r.name == *name).ok_or(LinkError::ReaderGone)?,
        None => selection.pick(&readers)?,
    };
    *chosen = Some(reader.name.clone());
    match &reader.state {
        SlotState::Empty => Err(LinkError::NoCard),
        SlotState::Failed(error) => Err(error.clone()),
        // A mute card gets its chance: contacts may have bounced when it was inserted.
        SlotState::Mute | SlotState::Card { .. } => Ok(reader.clone()),
    }
}

fn one_turn<T, E>(
    backend: &mut dyn Backend,
    progress: &Progress,
    reader: &Reader,
    talk: &mut dyn FnMut(&mut dyn CardLink, &Reader) -> (End, Result<T, Failure<E>>),
) -> Result<T, Failure<E>> {
    let mut result = None;
    let started = Instant::now();
    let connected = backend.with_card(&reader.name, progress, &mut |link| {
        let (end, outcome) = talk(link, reader);
        result = Some(outcome);
        end
    });
    tracing::debug!(reader = %reader.name, took = ?started.elapsed(), ok = result.as_ref().is_some_and(Result::is_ok), "turn at the card");
    match (result, connected) {
        (Some(outcome), _) => outcome,
        (None, Err(error)) => Err(Failure::Link(error)),
        // Nobody waits for this turn any more.
        (None, Ok(())) => Err(Failure::Link(LinkError::Cancelled)),
    }
}
