//! Turns at the card: choose the reader, lock the card, talk, and again where that is worth it.

use super::patience::Patience;
use crate::{
    error::LinkError,
    link::{Backend, CardLink, End, SlotState},
    progress::{Progress, Stage},
    reader::{Reader, ReaderName, Selection},
    service::CardService,
};
use std::time::Instant;

/// An error that is either the line's, and may be worth another turn, or final.
pub(crate) enum Failure<E> {
    Link(LinkError),
    Final(E),
}

/// What happens while the card is locked, and how it is left.
pub(crate) type Talking<'t, T, E> =
    dyn FnMut(&mut dyn CardLink, &Reader) -> (End, Result<T, Failure<E>>) + 't;

/// Turns at one card. The reader is chosen once: a repetition never moves on to another card.
pub(crate) struct Turns<'a> {
    pub(crate) service: &'a CardService,
    pub(crate) backend: &'a mut dyn Backend,
    pub(crate) progress: &'a Progress,
    selection: Selection,
    patience: Patience,
    chosen: Option<ReaderName>,
}

impl<'a> Turns<'a> {
    pub(crate) fn new(
        service: &'a CardService,
        backend: &'a mut dyn Backend,
        progress: &'a Progress,
        selection: Selection,
        deadline: Instant,
    ) -> Self {
        let patience = Patience::new(*service.limits(), deadline);
        Turns { service, backend, progress, selection, patience, chosen: None }
    }

    /// Takes turns until `talk` has a result, or a failure that another turn would not mend. Each turn is one
    /// transaction.
    pub(crate) fn take<T, E>(&mut self, talk: &mut Talking<'_, T, E>) -> Result<T, Failure<E>> {
        loop {
            let outcome = match self.choose() {
                Ok(reader) => self.one(&reader, talk),
                Err(error) => Err(Failure::Link(error)),
            };
            match outcome {
                Err(Failure::Link(error)) => {
                    self.patience.again(error, self.progress).map_err(Failure::Link)?;
                }
                other => return other,
            }
        }
    }

    fn choose(&mut self) -> Result<Reader, LinkError> {
        let with_ids = self.chosen.is_none() && self.selection.needs_ids();
        let readers = self.service.look(self.backend, self.progress, with_ids)?;
        let reader = match &self.chosen {
            Some(name) => readers.iter().find(|r| r.name == *name).ok_or(LinkError::ReaderGone)?,
            None => self.selection.pick(&readers)?,
        };
        self.chosen = Some(reader.name.clone());
        match &reader.state {
            SlotState::Empty => Err(LinkError::NoCard),
            SlotState::Failed(error) => Err(error.clone()),
            // A mute card gets its chance: contacts may have bounced when it was inserted.
            SlotState::Mute | SlotState::Card { .. } => Ok(reader.clone()),
        }
    }

    fn one<T, E>(&mut self, reader: &Reader, talk: &mut Talking<'_, T, E>) -> Result<T, Failure<E>> {
        // Connecting waits, too, while another program talks to the card; only a card that nobody uses can be mute.
        let stage = match reader.state {
            SlotState::Card { in_use: true, .. } => Stage::Locking,
            _ => Stage::Connecting,
        };
        if !self.progress.enter(stage) {
            return Err(Failure::Link(LinkError::Cancelled));
        }
        let mut result = None;
        let start = Instant::now();
        let connected = self.backend.with_card(&reader.name, self.progress, &mut |link| {
            let (end, outcome) = talk(link, reader);
            result = Some(outcome);
            end
        });
        tracing::debug!(reader = %reader.name, took = ?start.elapsed(), ?connected, "turn at the card");
        match (result, connected) {
            (Some(outcome), _) => outcome,
            (None, Err(error)) => Err(Failure::Link(error)),
            // Nobody waits for this turn any more.
            (None, Ok(())) => Err(Failure::Link(LinkError::Cancelled)),
        }
    }
}
