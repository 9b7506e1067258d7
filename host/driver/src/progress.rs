//! Where a call into the driver is, seen from outside.
//!
//! The deadline of a hanging call belongs to the thread that waits. This module is what the two threads share: the
//! stage, since when, and whether the waiting side has given up. Time here is the monotonic clock: it measures
//! foreign code, so no test clock could stand in for it.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The step a call is at. Each has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Talking to the service: contexts, lists, states.
    Service,
    /// Waiting for an event, or pausing before a repetition. Only the overall deadline counts.
    Waiting,
    /// Powering and connecting the card.
    Connecting,
    /// Waiting for our turn on the card. Entered twice in a row it is one wait.
    Locking,
    /// Waiting for the first answer of the card.
    FirstAnswer,
    /// Exchanging commands; every command starts anew.
    Talking,
    /// Waiting for the key service.
    Keys,
}

/// How long each stage may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A call to the service that touches no card.
    pub service: Duration,
    /// A service looks for contact cards in rounds (pcscd: 400 ms): an empty reader counts as empty after this time.
    pub unseen: Duration,
    /// Powering and connecting the card: over it the card counts as mute. People expect to be told within about a
    /// second that the card lies the wrong way round.
    pub mute: Duration,
    /// How long to wait for another program to let go of the card.
    pub busy: Duration,
    /// One command. Without even a first answer the card counts as mute, too.
    pub command: Duration,
    /// How long the card is held while the key service thinks.
    pub keys: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            service: Duration::from_secs(2),
            unseen: Duration::from_millis(500),
            mute: Duration::from_millis(900),
            busy: Duration::from_secs(3),
            command: Duration::from_secs(3),
            keys: Duration::from_secs(3),
        }
    }
}

impl Limits {
    /// `None`: only the overall deadline.
    pub(crate) fn of(&self, stage: Stage) -> Option<Duration> {
        match stage {
            Stage::Service => Some(self.service),
            Stage::Waiting | Stage::Keys => None,
            Stage::Connecting => Some(self.mute),
            // The lock is a blocking call without a timeout of its own.
            Stage::Locking => Some(self.busy),
            Stage::FirstAnswer | Stage::Talking => Some(self.command),
        }
    }
}

/// The working side's handle: tell the stage, see whether to stop.
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    stage: Stage,
    since: Instant,
    abandoned: bool,
    finished: bool,
}

/// Why the waiting side stopped waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Finished,
    /// The overall deadline or the limit of this stage is over.
    Overdue(Stage),
}

impl Progress {
    pub(crate) fn new() -> Self {
        let state = State { stage: Stage::Service, since: Instant::now(), abandoned: false, finished: false };
        Progress(Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Enters a stage; its limit starts now. `false` when nobody waits any more: stop, and touch nothing.
    pub fn enter(&self, stage: Stage) -> bool {
        let mut state = self.lock();
        // Only another stage can bring the next check forward; the same one merely starts again.
        let other = state.stage != stage;
        state.stage = stage;
        if other || stage != Stage::Locking {
            state.since = Instant::now();
        }
        if other {
            self.0.changed.notify_all();
        }
        !state.abandoned
    }

    /// Whether the waiting side has given up.
    pub fn abandoned(&self) -> bool {
        self.lock().abandoned
    }

    /// Sleeps, at most until the waiting side gives up. `false` when it has.
    pub fn pause(&self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        let mut state = self.lock();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if state.abandoned || left.is_zero() {
                return !state.abandoned;
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The work has ended. `true` when nobody waited for it any more.
    pub(crate) fn finish(&self) -> bool {
        let mut state = self.lock();
        state.finished = true;
        self.0.changed.notify_all();
        state.abandoned
    }

    /// Waits for the end of the work, for the end of a stage's limit or for `deadline`. The latter two abandon it and
    /// count it in `abandoned`.
    pub(crate) fn watch(&self, limits: &Limits, deadline: Instant, abandoned: &AtomicUsize) -> Ended {
        let mut state = self.lock();
        loop {
            if state.finished {
                return Ended::Finished;
            }
            let stage_end = limits.of(state.stage).map_or(deadline, |limit| state.since + limit);
            let left = stage_end.min(deadline).saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.abandoned = true;
                abandoned.fetch_add(1, Ordering::Relaxed);
                self.0.changed.notify_all();
                return Ended::Overdue(state.stage);
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_stage_that_ends_earlier_than_the_one_before_is_seen_in_time() {
        let progress = Progress::new();
        let limits =
            Limits { service: Duration::from_secs(60), mute: Duration::from_millis(20), ..Limits::default() };
        let worker = progress.clone();
        let thread = thread::spawn(move || {
            worker.enter(Stage::Connecting);
            worker.pause(Duration::from_secs(60))
        });
        let abandoned = AtomicUsize::new(0);
        let ended = progress.watch(&limits, Instant::now() + Duration::from_secs(60), &abandoned);
        assert_eq!(ended, Ended::Overdue(Stage::Connecting));
        assert!(!thread.join().unwrap(), "the worker is told that nobody waits");
        assert!(!progress.enter(Stage::Talking));
    }

    #[test]
    fn finished_work_is_never_overdue() {
        let progress = Progress::new();
        assert!(!progress.finish());
        let abandoned = AtomicUsize::new(0);
        assert_eq!(progress.watch(&Limits::default(), Instant::now(), &abandoned), Ended::Finished);
        assert_eq!(abandoned.into_inner(), 0);
    }
}
