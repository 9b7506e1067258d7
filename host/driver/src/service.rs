//! The card service with a deadline of ours above it.
//!
//! Every piece of work runs on a worker thread that owns its own connection to the service. A worker that does not come
//! back in time is abandoned: the caller is told, the thread is left to the driver and counted, and the next call
//! gets a fresh thread with a fresh connection.

use crate::{
    error::LinkError,
    link::{Backend, Slot, SlotState},
    progress::{Ended, Limits, Progress, Stage},
    reader::{Reader, ReaderName, ReaderTraits, Selection},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// More abandoned threads than this and the driver gets no further call: something is broken for good.
const MAX_ABANDONED: usize = 8;
/// Idle workers kept for the next call.
const MAX_IDLE: usize = 2;
/// A device tells its serial number and place in this time, or not at all.
const TRAITS: Duration = Duration::from_millis(700);
/// A wait is cut into slices, so that a cancel is seen and a service without reader events is asked again.
const WAIT_SLICE: Duration = Duration::from_millis(250);
/// The first pause after an event that changed nothing; it doubles up to a slice.
const STORM_PAUSE: Duration = Duration::from_millis(4);

/// Readers and cards of this machine. Clones share everything.
#[derive(Clone)]
pub struct CardService(Arc<Inner>);

struct Inner {
    open: Box<dyn Fn() -> Box<dyn Backend> + Send + Sync>,
    limits: Limits,
    idle: Mutex<Vec<Worker>>,
    abandoned: Arc<AtomicUsize>,
    traits: Mutex<HashMap<ReaderName, ReaderTraits>>,
}

struct Worker {
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce(&mut dyn Backend) + Send>;

/// Cancels a wait from another thread. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends the wait, now or when it begins.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl CardService {
    /// The PC/SC service of this machine. Connects when first used.
    pub fn pcsc() -> Self {
        CardService::new(|| Box::new(crate::pcsc::PcscBackend::new()))
    }

    /// A service of your own; `open` is called on each new worker thread.
    pub fn new(open: impl Fn() -> Box<dyn Backend> + Send + Sync + 'static) -> Self {
        CardService(Arc::new(Inner {
            open: Box::new(open),
            limits: Limits::default(),
            idle: Mutex::default(),
            abandoned: Arc::default(),
            traits: Mutex::default(),
        }))
    }

    /// The same backend with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => CardService(Arc::new(Inner { limits, ..inner })),
            // Clones exist: they keep their limits, as they keep their worker threads.
            Err(shared) => CardService::new(move || (shared.open)()).with_limits(limits),
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Calls that hang in the driver at this moment.
    pub fn hanging(&self) -> usize {
        self.0.abandoned.load(Ordering::Relaxed)
    }

    /// All readers with identity and content. A reader that fails is in the list with its error, and one whose
    /// driver hangs is in the list without its traits.
    pub fn readers(&self) -> Result<Vec<Reader>, LinkError> {
        let deadline = Instant::now() + self.0.limits.service;
        let slots = self.run(deadline, |backend, _| backend.slots())??;
        Ok(self.identify(slots))
    }

    /// Waits for a card in the reader that `selection` picks, at most `limit`.
    ///
    /// A card that is there already counts. Without any reader the wait goes on: one may be plugged in.
    pub fn wait_for_card(
        &self,
        selection: &Selection,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Reader, LinkError> {
        let (service, selection, cancel) = (self.clone(), selection.clone(), cancel.clone());
        let end = Instant::now() + limit;
        let job = move |backend: &mut dyn Backend, progress: &Progress| {
            service.await_card(backend, progress, &selection, end, &cancel)
        };
        self.run(end + self.0.limits.service * 2, job)?
    }

    fn await_card(
        &self,
        backend: &mut dyn Backend,
        progress: &Progress,
        selection: &Selection,
        end: Instant,
        cancel: &Cancel,
    ) -> Result<Reader, LinkError> {
        let mut seen = Vec::new();
        let (mut storm, mut woken) = (STORM_PAUSE, false);
        loop {
            let readers = self.look(backend, progress, selection.needs_ids());
            let missing = match &readers {
                Ok(readers) => match selection.pick(readers) {
                    Ok(reader) if reader.state.has_card() => return Ok(reader.clone()),
                    Ok(reader) => match &reader.state {
                        SlotState::Failed(error) => error.clone(),
                        _ => LinkError::NoCard,
                    },
                    Err(ambiguous @ LinkError::Ambiguous { .. }) => return Err(ambiguous),
                    Err(other) => other,
                },
                Err(LinkError::AccessDenied) => return Err(LinkError::AccessDenied),
                Err(error) => error.clone(),
            };
            // Events that change nothing must not turn into a busy loop; some services report them without end.
            let readers = readers.unwrap_or_default();
            storm = if woken && readers == seen { (storm * 2).min(WAIT_SLICE) } else { STORM_PAUSE };
            seen = readers;
            let left = end.saturating_duration_since(Instant::now());
            if cancel.is_cancelled() {
                return Err(LinkError::Cancelled);
            }
            if left.is_zero() {
                return Err(missing);
            }
            progress.enter(Stage::Waiting);
            let slice = WAIT_SLICE.min(left);
            let event = backend.wait(slice);
            woken = event == Ok(true);
            let pause = match event {
                Ok(true) => storm,
                Ok(false) => Duration::ZERO,
                // No service: nothing to wait on, so ask again later.
                Err(_) => slice,
            };
            progress.pause(pause.min(left));
            if progress.abandoned() {
                return Err(LinkError::Hangs);
            }
        }
    }

    /// The readers; `with_ids` looks at devices not seen before.
    pub(crate) fn look(
        &self,
        backend: &mut dyn Backend,
        progress: &Progress,
        with_ids: bool,
    ) -> Result<Vec<Reader>, LinkError> {
        progress.enter(Stage::Service);
        let slots = backend.slots()?;
        if with_ids {
            // Each look at a device has a limit of its own.
            progress.enter(Stage::Waiting);
            return Ok(self.identify(slots));
        }
        let without = |slot| (slot, ReaderTraits::default());
        Ok(Reader::from_slots(slots.into_iter().map(without).collect()))
    }

    fn identify(&self, slots: Vec<Slot>) -> Vec<Reader> {
        // A name may come back for another device once it was gone: forget what is not there.
        self.traits().retain(|name, _| slots.iter().any(|slot| slot.name == *name));
        Reader::from_slots(slots.into_iter().map(|slot| (slot.clone(), self.traits_of(&slot.name))).collect())
    }

    /// Asks a device what it is, on a worker of its own: one that hangs must not hide the others.
    fn traits_of(&self, name: &ReaderName) -> ReaderTraits {
        if let Some(known) = self.traits().get(name) {
            return known.clone();
        }
        let wanted = name.clone();
        let deadline = Instant::now() + TRAITS;
        let traits = self.run(deadline, move |backend, _| backend.traits_of(&wanted)).unwrap_or_default();
        if traits != ReaderTraits::default() {
            self.traits().insert(name.clone(), traits.clone());
        }
        traits
    }

    fn traits(&self) -> MutexGuard<'_, HashMap<ReaderName, ReaderTraits>> {
        self.0.traits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on a worker until `deadline` or until one of its stages is overdue.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut dyn Backend, &Progress) -> T + Send + 'static,
    ) -> Result<T, LinkError> {
        if self.hanging() >= MAX_ABANDONED {
            return Err(LinkError::TooManyHanging);
        }
        let progress = Progress::new();
        let (done, result) = mpsc::sync_channel(1);
        let guard = Finish { progress: progress.clone(), abandoned: Arc::clone(&self.0.abandoned) };
        let job: Job = Box::new(move |backend| {
            let guard = guard;
            let value = work(backend, &guard.progress);
            let _ = done.try_send(value);
            drop(guard);
        });
        let worker = self.engage(job)?;
        match progress.watch(&self.0.limits, deadline, &self.0.abandoned) {
            Ended::Finished => {
                let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < MAX_IDLE {
                    idle.push(worker);
                }
                // No value: the work panicked, and its thread with it.
                result.try_recv().map_err(|_| LinkError::Other { code: 0 })
            }
            Ended::Overdue(stage) => {
                tracing::warn!(?stage, hanging = self.hanging(), "a call to the card service was abandoned");
                Err(overdue(stage))
            }
        }
    }

    /// Hands `job` to an idle worker, or to a new one.
    fn engage(&self, mut job: Job) -> Result<Worker, LinkError> {
        loop {
            let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(worker) = idle else { break };
            match worker.jobs.send(job) {
                Ok(()) => return Ok(worker),
                Err(mpsc::SendError(back)) => job = back,
            }
        }
        let (jobs, inbox) = mpsc::channel::<Job>();
        let inner = Arc::clone(&self.0);
        let spawned = thread::Builder::new().name("yika-card".to_owned()).spawn(move || {
            let mut backend = (inner.open)();
            // The worker must not keep the service alive: the sender side decides its end.
            drop(inner);
            while let Ok(job) = inbox.recv() {
                job(&mut *backend);
            }
        });
        spawned.map_err(|_| LinkError::Other { code: 0 })?;
        let worker = Worker { jobs };
        worker.jobs.send(job).map_err(|_| LinkError::Other { code: 0 })?;
        Ok(worker)
    }
}

/// What a stage that took too long means to people.
fn overdue(stage: Stage) -> LinkError {
    match stage {
        Stage::Connecting | Stage::FirstAnswer => LinkError::CardMute,
        Stage::Locking => LinkError::Busy { holders: crate::pcsc::holders() },
        Stage::Service | Stage::Waiting | Stage::Talking | Stage::Keys => LinkError::Hangs,
    }
}

/// Marks the end of the work, also when it panics, and takes an abandoned call off the count when it comes back.
struct Finish {
    progress: Progress,
    abandoned: Arc<AtomicUsize>,
}

impl Drop for Finish {
    fn drop(&mut self) {
        if self.progress.finish() {
            self.abandoned.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
