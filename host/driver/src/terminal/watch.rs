//! Looking out for devices that come and go.

use super::{Timing, core::Input, engine::Message};
use crate::{
    Cancel,
    error::LinkError,
    link::Backend,
    progress::{Progress, Stage},
    reader::Reader,
    serial::Ports,
    service::CardService,
};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

/// The first pause after an event that changed nothing; it doubles up to a slice. Some services report events without
/// end.
const STORM_PAUSE: Duration = Duration::from_millis(4);
/// One stay on a worker of the card service.
const STAY: Duration = Duration::from_secs(60);

/// Tells every change of the card readers. Sleeps in the service meanwhile.
pub(super) fn card_readers(
    service: CardService,
    outbox: mpsc::Sender<Message>,
    stop: Cancel,
    timing: Timing,
) -> std::io::Result<()> {
    thread::Builder::new().name("yika-readers".to_owned()).spawn(move || {
        let mut seen: Option<Vec<Reader>> = None;
        let mut failing = None;
        while !stop.is_cancelled() {
            let result = stay(&service, seen.clone(), &stop, timing);
            let message = match result {
                Ok(None) => continue,
                Ok(Some(readers)) => {
                    seen = Some(readers.clone());
                    failing = None;
                    Ok(readers)
                }
                Err(error) => {
                    // What was seen before may not be there when the service is back.
                    seen = None;
                    let known = failing.replace(error.clone()) == Some(error.clone());
                    if known {
                        pause(timing.retry, &stop);
                        continue;
                    }
                    Err(error)
                }
            };
            let failed = message.is_err();
            if outbox.send(Message::Input(Input::Readers(message))).is_err() {
                return;
            }
            if failed {
                pause(timing.first_retry, &stop);
            }
        }
    })?;
    Ok(())
}

/// The readers once they differ from `seen`; `None` when they did not for long.
fn stay(
    service: &CardService,
    seen: Option<Vec<Reader>>,
    stop: &Cancel,
    timing: Timing,
) -> Result<Option<Vec<Reader>>, LinkError> {
    let end = Instant::now() + STAY;
    let (inside, stop) = (service.clone(), stop.clone());
    let limit = end + timing.slice + service.limits().service * 2;
    service.run(limit, move |backend, progress| {
        until_changed(&inside, backend, progress, seen, &stop, timing, end)
    })?
}

fn until_changed(
    service: &CardService,
    backend: &mut dyn Backend,
    progress: &Progress,
    seen: Option<Vec<Reader>>,
    stop: &Cancel,
    timing: Timing,
    end: Instant,
) -> Result<Option<Vec<Reader>>, LinkError> {
    let mut storm = STORM_PAUSE;
    loop {
        let readers = service.look(backend, progress, true)?;
        if seen.as_ref() != Some(&readers) {
            return Ok(Some(readers));
        }
        if stop.is_cancelled() || Instant::now() >= end {
            return Ok(None);
        }
        progress.enter(Stage::Waiting);
        if backend.wait(timing.slice)? {
            if !progress.pause(storm) {
                return Ok(None);
            }
            storm = (storm * 2).min(timing.slice);
        } else {
            storm = STORM_PAUSE;
        }
    }
}

/// Tells from time to time which devices on ports are there.
pub(super) fn ports(
    ports: Arc<dyn Ports>,
    wanted: Vec<(usize, String)>,
    outbox: mpsc::Sender<Message>,
    stop: Cancel,
    timing: Timing,
) -> std::io::Result<()> {
    thread::Builder::new().name("yika-ports".to_owned()).spawn(move || {
        while !stop.is_cancelled() {
            let looked = Instant::now();
            let there: Vec<(usize, bool)> =
                wanted.iter().map(|(device, port)| (*device, ports.is_there(port))).collect();
            // Also when nothing changed: an armed device may have told something else meanwhile.
            if outbox.send(Message::Input(Input::Ports { looked, there })).is_err() {
                return;
            }
            pause(timing.ports, &stop);
        }
    })?;
    Ok(())
}

/// Sleeps in slices, so that the end is seen.
fn pause(pause: Duration, stop: &Cancel) {
    let end = Instant::now() + pause;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || stop.is_cancelled() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(500)));
    }
}
