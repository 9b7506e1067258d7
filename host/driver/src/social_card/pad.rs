//! The PIN on the reader's own keys: the digits never reach this machine.

use super::{
    pin::{PinCard, PinError, PinOptions, failure, learn},
    talk::Talk,
    turn::{Failure, Turns},
};
use crate::{
    error::LinkError,
    link::{CardLink, End},
    pinpad::{PadAnswer, PadError, PinVerify},
    progress::Progress,
    reader::{Reader, Selection},
    service::CardService,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use yika_protocol::social_card::{PinError as CardPinError, PinOutcome, ReadPlan};

/// Reading the card before the holder types, and ending after it.
const AROUND: Duration = Duration::from_secs(10);

/// Whether the reader has keys of its own for the PIN. The card must be in: readers tell it only then.
///
/// # Errors
/// [`LinkError`] when the card cannot be reached.
pub fn has_pin_pad(service: &CardService, reader: &Selection) -> Result<bool, LinkError> {
    let (inside, selection) = (service.clone(), reader.clone());
    let deadline = Instant::now() + service.limits().service + service.limits().busy;
    service.run(deadline, move |backend, progress| {
        let mut turns = Turns::new(&inside, backend, progress, selection, deadline);
        let mut talking = |link: &mut dyn CardLink, _: &Reader| {
            (End::Leave, Ok::<_, Failure<LinkError>>(link.features().verify_pin_direct.is_some()))
        };
        turns.take(&mut talking).map_err(|(Failure::Link(error) | Failure::Final(error))| error)
    })?
}

/// Verifies the PIN that the holder types on the keys of the reader, once.
///
/// As [`verify_pin`](super::verify_pin), but for [`PinOptions::deadline`]: `request` says how long the holder may take.
/// When the holder cancels or types nothing, no try is gone.
///
/// # Errors
/// [`PinError`], among them [`PinError::Pad`].
pub fn verify_pin_on_pad(
    service: &CardService,
    options: &PinOptions,
    request: PinVerify,
) -> Result<PinOutcome, PinError> {
    let (options, inside) = (options.clone(), service.clone());
    // The reader counts the time to the first key, then the time between keys.
    let deadline = Instant::now() + request.timeout() * 2 + AROUND;
    let sent = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&sent);
    let outcome = service.run(deadline, move |backend, progress| {
        let mut turns = Turns::new(&inside, backend, progress, options.reader.clone(), deadline);
        let mut talking = |link: &mut dyn CardLink, _: &Reader| {
            (End::Reset, attempt(link, progress, &options, &request, &note))
        };
        match turns.take(&mut talking) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Link(error)) => Err(error.into()),
            Err(Failure::Final(error)) => Err(error),
        }
    });
    let pin_was_sent = sent.load(Ordering::Relaxed);
    outcome.unwrap_or_else(|error| Err(PinError::Link { error, pin_was_sent }))
}

fn attempt(
    link: &mut dyn CardLink,
    progress: &Progress,
    options: &PinOptions,
    request: &PinVerify,
    sent: &AtomicBool,
) -> Result<PinOutcome, Failure<PinError>> {
    let mut talk = Talk::new(link, progress);
    // Leaves SSSE selected, where the PIN belongs.
    let data = talk.read_without_keys(ReadPlan::Settlement).map_err(|error| failure(error, &mut talk))?;
    let code = talk.features().verify_pin_direct.ok_or(Failure::Final(PinError::Pad(PadError::NoPad)))?;
    let card = PinCard::of(&data);
    let memory = &*options.memory;
    let known = memory.tries_left(&card);
    if matches!(known, Some(0 | 1)) && !options.use_last_try {
        return Err(Failure::Final(PinError::Card(CardPinError::LastTry)));
    }
    let keep =
        |tries| memory.remember(&card, tries).map_err(|reason| Failure::Final(PinError::Memory(reason)));
    // The try counts from here, also when the answer is lost.
    if let Some(tries) = known {
        keep(Some(tries.saturating_sub(1)))?;
    }
    sent.store(true, Ordering::Relaxed);
    match talk.on_pad(code, request) {
        Ok(PadAnswer::Card(status)) => {
            let outcome = PinOutcome::from_status(status).map_err(|e| Failure::Final(PinError::Card(e)))?;
            learn(memory, &card, outcome)?;
            Ok(outcome)
        }
        Ok(PadAnswer::Pad(error)) => {
            keep(known)?;
            Err(Failure::Final(PinError::Pad(error)))
        }
        Err(error) => Err(Failure::Final(PinError::Link { error, pin_was_sent: true })),
    }
}
