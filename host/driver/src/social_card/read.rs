//! Reading the card.

use super::{
    ReadError,
    card::{PartialReason, SocialSecurityCard},
    convert,
    keys::KeyCall,
    talk::{Talk, TalkError},
    turn::{Failure, Turns},
};
use crate::{
    Limits,
    error::LinkError,
    keys::{KeyService, KeyServiceError},
    link::{Backend, CardLink, End},
    progress::{Progress, Stage},
    reader::{Reader, Selection},
    service::{Cancel, CardService},
};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use yika_protocol::{
    card_keys::{KeyAnswer, KeyRequest},
    social_card::{CardData, Input, Partial, ReadPlan, Step},
};

/// The read hands over what it has this long before its deadline.
const MARGIN: Duration = Duration::from_millis(200);

/// How to read.
#[derive(Clone)]
pub struct ReadOptions {
    /// What to read.
    pub plan: ReadPlan,
    /// Which reader.
    pub reader: Selection,
    /// The whole read ends in this time, whatever hangs. A wait for the card comes before it.
    pub deadline: Duration,
    /// Opens generation 3. Without it such a card is read in part.
    pub keys: Option<Arc<dyn KeyService>>,
    /// Wait this long for a card to be inserted.
    pub wait: Option<Duration>,
    /// Ends the wait for a card.
    pub cancel: Cancel,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            plan: ReadPlan::Full,
            reader: Selection::default(),
            deadline: Duration::from_secs(15),
            keys: None,
            wait: None,
            cancel: Cancel::default(),
        }
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("plan", &self.plan)
            .field("reader", &self.reader)
            .field("deadline", &self.deadline)
            .field("keys", &self.keys.is_some())
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

/// Reads the card in the chosen reader, in one short transaction.
///
/// A card that was reset by other software, a failed exchange, a busy reader and a restarting service are tried again
/// in bounds, always from SELECT. All else is an error by name. Afterwards the next read works, whatever happened to
/// this one.
///
/// # Errors
/// [`ReadError`]; nothing half read is given out.
pub fn read(service: &CardService, options: &ReadOptions) -> Result<SocialSecurityCard, ReadError> {
    let mut options = options.clone();
    if let Some(wait) = options.wait {
        let reader = service.wait_for_card(&options.reader, wait, &options.cancel)?;
        options.reader = Selection::exactly(&reader);
    }
    let deadline = Instant::now() + options.deadline;
    let inside = service.clone();
    service.run(deadline, move |backend, progress| {
        Reading::new(options, *inside.limits(), deadline).run(&inside, backend, progress)
    })?
}

/// What a turn at the card brought.
enum Turn {
    Card(Box<SocialSecurityCard>),
    /// The key service did not answer while the card could wait. What needs no keys is kept.
    KeysAreSlow,
}

struct Reading {
    options: ReadOptions,
    limits: Limits,
    deadline: Instant,
    /// The call that was too slow; it may still come back.
    late: Option<KeyCall>,
    /// What needs no keys, should they never come.
    without_keys: Option<SocialSecurityCard>,
}

impl Reading {
    fn new(options: ReadOptions, limits: Limits, deadline: Instant) -> Self {
        Reading { options, limits, deadline, late: None, without_keys: None }
    }

    fn run(
        mut self,
        service: &CardService,
        backend: &mut dyn Backend,
        progress: &Progress,
    ) -> Result<SocialSecurityCard, ReadError> {
        let selection = self.options.reader.clone();
        let mut turns = Turns::new(service, backend, progress, selection, self.deadline);
        loop {
            match turns.take(&mut |link, reader| self.turn(link, reader, progress)) {
                Ok(Turn::Card(card)) => return Ok(*card),
                Ok(Turn::KeysAreSlow) => {
                    if let Some(partial) = self.await_late_keys(progress) {
                        return Ok(partial);
                    }
                }
                Err(Failure::Link(error)) => return Err(ReadError::Link(error)),
                Err(Failure::Final(error)) => return Err(error),
            }
        }
    }

    /// The card has been let go. Its challenges are gone with it, but a service that answers late is warm and will
    /// be quick for new ones: `None` says to read again. Otherwise what was read without keys.
    fn await_late_keys(&mut self, progress: &Progress) -> Option<SocialSecurityCard> {
        progress.enter(Stage::Waiting);
        let left = self.time_left();
        match self.late.as_ref()?.wait(left) {
            Ok(_) => None,
            Err(error) => {
                let mut card = self.without_keys.take()?;
                card.partial = Some(PartialReason::KeyService(error));
                Some(card)
            }
        }
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).saturating_sub(MARGIN)
    }

    fn turn(
        &mut self,
        link: &mut dyn CardLink,
        reader: &Reader,
        progress: &Progress,
    ) -> (End, Result<Turn, Failure<ReadError>>) {
        let mut talk = Talk::new(link, progress);
        let mut keys = Keys { opened: false, missing: None };
        let outcome = self.talk(&mut talk, &mut keys).map_err(|error| match error {
            TalkError::Link(error) => Failure::Link(error),
            TalkError::Card(error) => match talk.still_there() {
                Ok(()) => Failure::Final(ReadError::Card(error)),
                Err(gone) => Failure::Link(gone),
            },
        });
        let outcome = outcome.and_then(|data| self.finish(&data, reader, keys.missing));
        // A card that was opened must not stay open for the next program; one in doubt is better reset too.
        let doubtful = matches!(outcome, Err(Failure::Link(LinkError::Transmission)));
        (if keys.opened || doubtful { End::Reset } else { End::Leave }, outcome)
    }

    fn talk(&mut self, talk: &mut Talk<'_>, keys: &mut Keys) -> Result<CardData, TalkError> {
        let Some(service) = self.options.keys.clone() else {
            return talk.read_without_keys(self.options.plan);
        };
        let mut session = talk.session(self.options.plan);
        let mut step = session.next(Input::Start)?;
        loop {
            step = match step {
                Step::Send(command) => session.next(Input::Response(talk.exchange(&command)?))?,
                Step::NeedKeys(request) => match self.ask(&service, request, talk)? {
                    Ok(answer) => {
                        keys.opened = true;
                        session.next(Input::Keys(&answer))?
                    }
                    Err(error) => {
                        let partial = match error {
                            KeyServiceError::Refused { .. } | KeyServiceError::Psam(_) => {
                                Partial::KeyServiceRefused
                            }
                            _ => Partial::KeyServiceUnreachable,
                        };
                        keys.missing = Some(error);
                        session.next(Input::NoKeys(partial))?
                    }
                },
                Step::Done(data) => return Ok(data),
            };
        }
    }

    /// Asks for keys while the card waits. The outer error: nobody waits for this read any more.
    fn ask(
        &mut self,
        service: &Arc<dyn KeyService>,
        request: KeyRequest,
        talk: &Talk<'_>,
    ) -> Result<Result<KeyAnswer, KeyServiceError>, LinkError> {
        if !talk.wait_for_keys() {
            return Err(LinkError::Cancelled);
        }
        let call = KeyCall::start(service, request);
        let answer = call.wait(self.limits.keys.min(self.time_left()));
        if answer == Err(KeyServiceError::Slow) && self.late.is_none() {
            tracing::warn!("the key service is slow; the card is let go");
            self.late = Some(call);
        }
        Ok(answer)
    }

    fn finish(
        &mut self,
        data: &CardData,
        reader: &Reader,
        missing: Option<KeyServiceError>,
    ) -> Result<Turn, Failure<ReadError>> {
        let slow = missing == Some(KeyServiceError::Slow);
        let reason = missing.map(PartialReason::KeyService);
        let card = convert::card(data, &reader.name.display(), reason)
            .map_err(|error| Failure::Final(ReadError::Card(error.into())))?;
        // Once is enough: a service that is slow twice is given up.
        if slow && self.without_keys.is_none() {
            self.without_keys = Some(card);
            return Ok(Turn::KeysAreSlow);
        }
        Ok(Turn::Card(Box::new(card)))
    }
}

#[derive(Default)]
struct Keys {
    opened: bool,
    missing: Option<KeyServiceError>,
}
