//! A deadline of ours above calls that may never come back.
//!
//! The work runs on a thread of its own. Before each call into the driver it says how long that call may take; when
//! the time is over the thread is abandoned with the line it holds, and the caller is told.

use super::{Line, Ports, SerialError};
use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Beyond the limit of a call itself: a busy machine is not a hanging driver.
const GRACE: Duration = Duration::from_secs(2);
/// Opening, closing, changing the speed.
const CALL: Duration = Duration::from_secs(1);
/// More threads than this are not given to a driver that never comes back.
const MAX_HANGING: usize = 4;

/// Starts work under watch, and counts the work that was abandoned.
#[derive(Clone, Default)]
pub(crate) struct Watcher {
    hanging: Arc<AtomicUsize>,
}

/// The working side's handle.
#[derive(Clone)]
pub(crate) struct Watched(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    hanging: Arc<AtomicUsize>,
}

struct State {
    due: Instant,
    finished: bool,
    abandoned: bool,
}

impl Watcher {
    /// Runs `work` on a thread named `name`.
    ///
    /// # Errors
    /// [`SerialError::Hangs`] when a call of the work is overdue, or when too many hang already.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Watched) -> T + Send + 'static,
    ) -> Result<T, SerialError> {
        if self.hanging.load(Ordering::Relaxed) >= MAX_HANGING {
            return Err(SerialError::Hangs);
        }
        let state = State { due: Instant::now() + CALL + GRACE, finished: false, abandoned: false };
        let watched = Watched(Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            hanging: Arc::clone(&self.hanging),
        }));
        let inside = watched.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let finish = Finish(inside);
            work(&finish.0)
        });
        let thread = thread.map_err(|error| SerialError::Other { reason: error.to_string() })?;
        if !watched.wait() {
            tracing::warn!("a call to a serial driver was abandoned");
            return Err(SerialError::Hangs);
        }
        thread.join().map_err(|_| SerialError::Other { reason: "the work on the port failed".to_owned() })
    }
}

impl Watched {
    /// The next call may take `limit`.
    fn call(&self, limit: Duration) {
        self.lock().due = Instant::now() + limit + GRACE;
        self.0.changed.notify_all();
    }

    /// Opens a port under watch; the line stays under watch.
    pub(crate) fn open(
        &self,
        ports: &dyn Ports,
        wanted: &str,
        baud: u32,
    ) -> Result<Box<dyn Line>, SerialError> {
        self.call(CALL);
        super::open(ports, wanted, baud)
    }

    /// The line with a watch on each call.
    pub(crate) fn line<'a>(&'a self, line: &'a mut dyn Line) -> impl Line + 'a {
        WatchedLine { watched: self, line }
    }

    /// `true` when the work has ended, `false` when it was abandoned.
    fn wait(&self) -> bool {
        let mut state = self.lock();
        loop {
            if state.finished {
                return true;
            }
            let left = state.due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.abandoned = true;
                self.0.hanging.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the end of the work, also when it panics, and takes abandoned work off the count when it comes back.
struct Finish(Watched);

impl Drop for Finish {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.finished = true;
        if state.abandoned {
            self.0.0.hanging.fetch_sub(1, Ordering::Relaxed);
        }
        self.0.0.changed.notify_all();
    }
}

struct WatchedLine<'a> {
    watched: &'a Watched,
    line: &'a mut dyn Line,
}

impl Line for WatchedLine<'_> {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        self.watched.call(limit);
        self.line.receive(buffer, limit)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError> {
        self.watched.call(CALL);
        self.line.send(bytes)
    }

    fn set_speed(&mut self, baud: u32) -> Result<(), SerialError> {
        self.watched.call(CALL);
        self.line.set_speed(baud)
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        self.watched.call(CALL);
        self.line.clear_input()
    }

    fn now(&self) -> Duration {
        self.line.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn work_that_ends_gives_its_value_and_work_that_fails_is_told() {
        let watcher = Watcher::default();
        assert_eq!(watcher.run("test", |_| 7), Ok(7));
        let failed: Result<(), _> = watcher.run("test", |_| std::panic::resume_unwind(Box::new(())));
        assert!(matches!(failed, Err(SerialError::Other { .. })));
    }

    #[test]
    fn a_call_that_never_comes_back_is_abandoned_and_counted_until_it_does() {
        let watcher = Watcher::default();
        let (let_go, held) = mpsc::channel::<()>();
        let began = Instant::now();
        let result = watcher.run("test", move |_| held.recv().is_err());
        assert_eq!(result, Err(SerialError::Hangs));
        assert!(began.elapsed() >= CALL + GRACE);
        assert_eq!(watcher.hanging.load(Ordering::Relaxed), 1);
        drop(let_go);
        while watcher.hanging.load(Ordering::Relaxed) > 0 {
            thread::yield_now();
        }
    }
}
