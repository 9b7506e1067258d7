//! The centre's side of the swipe: sealed datagrams of enrolled terminals, over UDP or `POST /swipe`.
//!
//! ```text
//! datagram ─ intake (workers, in parallel): form → known terminal → rate → seal → rate → stored answer → signature → card
//!          ─ commit (one writer): per batch one transaction, one signature ─ rules: id → terminal → limits → business
//!          ─ the answer leaves after the commit
//! ```
//!
//! What goes over the line stands in `hw-docs/swipe.md`, the rules in `hw-docs/centre.md`.

mod challenges;
mod commit;
mod enrol;
mod intake;
mod keymodule;
mod limits;
mod metrics;
mod outcome;
mod rules;
mod udp;

use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use yika_protocol::swipe::{Header, Kind};

use crate::engine::Engine;
use crate::{Clock, StoreError};

pub(crate) use enrol::Operation;
pub(crate) use intake::{Answered, Reply};
pub use keymodule::{CardProof, KeyModule, KeyModuleError};
pub use limits::{Rate, SwipeLimits};
pub(crate) use udp::listen;

use intake::{Arrival, Core, Job};

/// Datagrams that wait for a worker; when there are more, the newest is dropped and its terminal sends it again.
const MOST_WAITING: usize = 4096;

/// The swipe service of a centre. Its threads start with the first datagram and end with it.
pub(crate) struct Swipes {
    core: Arc<Core>,
    pool: OnceLock<Pool>,
}

struct Pool {
    queue: Option<SyncSender<Arrival>>,
    threads: Vec<JoinHandle<()>>,
}

impl Swipes {
    pub(crate) fn new(
        engine: Arc<Engine>,
        clock: Arc<dyn Clock>,
        key_module: Option<Arc<dyn KeyModule>>,
        limits: SwipeLimits,
    ) -> Self {
        let key_module =
            key_module.unwrap_or_else(|| Arc::new(keymodule::SoftwareModule(Arc::clone(&engine))));
        Self { core: Arc::new(Core::new(engine, clock, key_module, limits)), pool: OnceLock::new() }
    }

    /// Takes a datagram. `way` is `udp`, `http` or `direct`. The reply is dropped when there is no answer.
    pub(crate) fn take(&self, datagram: Vec<u8>, source: Option<IpAddr>, way: &'static str, reply: Reply) {
        self.core.metrics.received(way);
        let arrival = Arrival { datagram, source, arrived: Instant::now(), reply };
        let queue = self.pool.get_or_init(|| Pool::start(&self.core)).queue.as_ref();
        match queue.map(|queue| queue.try_send(arrival)) {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => self.core.metrics.dropped("overload"),
            Some(Err(TrySendError::Disconnected(_))) | None => self.core.metrics.dropped("stopped"),
        }
    }

    /// The institution of a terminal, for fault rules.
    pub(crate) fn institution(&self, header: &Header) -> Result<Option<String>, StoreError> {
        Ok(self.core.known(header.terminal)?.map(|known| known.institution.clone()))
    }

    /// The page of `GET /metrics`.
    pub(crate) fn metrics(&self) -> String {
        self.core.metrics.page()
    }
}

impl Pool {
    fn start(core: &Arc<Core>) -> Self {
        let (queue, arrivals) = sync_channel::<Arrival>(MOST_WAITING);
        let (done, jobs) = sync_channel::<Job>(MOST_WAITING);
        let arrivals = Arc::new(Mutex::new(arrivals));
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
        let mut threads = Vec::new();
        for n in 0..workers {
            let (core, arrivals, done) = (Arc::clone(core), Arc::clone(&arrivals), done.clone());
            threads.extend(thread(format!("swipe-{n}"), move || work(&core, &arrivals, &done)));
        }
        drop(done);
        let core = Arc::clone(core);
        threads.extend(thread("swipe-commit".to_owned(), move || commit::run(&core, &jobs)));
        Self { queue: Some(queue), threads }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A panic of a thread was logged where it happened.
            let _ = thread.join();
        }
    }
}

fn thread(name: String, job: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name)
        .spawn(job)
        .inspect_err(|error| tracing::error!(%error, "no thread for swipes"))
        .ok()
}

fn work(core: &Core, arrivals: &Mutex<Receiver<Arrival>>, done: &SyncSender<Job>) {
    loop {
        let arrival = arrivals.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(arrival) = arrival else { return };
        let admitted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| core.admit(arrival)));
        match admitted {
            Ok(Some(job)) => {
                if done.send(job).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(_) => tracing::error!("checking a datagram panicked"),
        }
    }
}

/// What logs, figures and fault rules call a request.
pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Swipe | Kind::SwipeAnswer => "swipe",
        Kind::Reversal | Kind::ReversalAnswer => "reversal",
        Kind::Status | Kind::StatusAnswer => "status",
        Kind::Void | Kind::VoidAnswer => "void",
        Kind::Day | Kind::DayAnswer => "day",
    }
}
