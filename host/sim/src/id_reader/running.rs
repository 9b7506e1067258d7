//! The reader on a pseudo-terminal, on a thread of its own.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::faults::IdFaults;
use super::model::{Emit, IdReaderModel, Reply};
use super::spec::IdCardSpec;
use crate::pty::{Pty, PtyError};

/// How often the thread looks for orders.
const TICK: Duration = Duration::from_millis(20);

/// A virtual reader that runs until it is dropped.
pub struct IdReader {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    port: PathBuf,
}

/// What happened to a running reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdReaderEvent {
    /// The port is there again, at this path.
    Plugged(PathBuf),
    /// The port vanished.
    Unplugged,
    /// The port could not be made again, and the reader has ended.
    Ended(String),
}

enum Order {
    Lay,
    Lift,
    LayOther(Box<IdCardSpec>),
    /// Plug in or pull; the answer tells that it is done.
    Plugged(bool, mpsc::Sender<()>),
}

/// The longest wait for the device's thread.
const DONE_WITHIN: Duration = Duration::from_secs(5);

impl IdReader {
    /// Starts a reader on which this card lies. `link`: a path that stays the same when the port vanishes and comes back;
    /// without it the port comes back under another name. `events` hears of that.
    ///
    /// # Errors
    /// The port cannot be made.
    pub fn start(
        spec: IdCardSpec,
        faults: IdFaults,
        link: Option<&Path>,
        events: impl FnMut(IdReaderEvent) + Send + 'static,
    ) -> Result<Self, PtyError> {
        let pty = Pty::open(link)?;
        let port = pty.path().to_owned();
        let (orders, inbox) = mpsc::channel();
        let desk = Desk {
            model: IdReaderModel::new(spec, faults),
            pty: Some(pty),
            link: link.map(Path::to_owned),
            replies: VecDeque::new(),
            back_at: None,
            events: Box::new(events),
            began: Instant::now(),
        };
        let thread = thread::Builder::new().name("virtual-id-reader".to_owned());
        let thread = thread.spawn(move || desk.run(&inbox)).map_err(PtyError::from)?;
        Ok(Self { orders: Some(orders), thread: Some(thread), port })
    }

    /// The path of the port when the reader was started.
    #[must_use]
    pub fn port(&self) -> &Path {
        &self.port
    }

    /// Lays the card, if none lies there.
    pub fn lay(&self) {
        self.order(Order::Lay);
    }

    /// Takes the card away.
    pub fn lift(&self) {
        self.order(Order::Lift);
    }

    /// Lays another card.
    pub fn lay_other(&self, spec: IdCardSpec) {
        self.order(Order::LayOther(Box::new(spec)));
    }

    /// Pulls the plug.
    pub fn unplug(&self) {
        self.plugged(false);
    }

    /// Puts the plug back.
    pub fn plug(&self) {
        self.plugged(true);
    }

    /// Returns when the port is there, or gone.
    fn plugged(&self, plugged: bool) {
        let (done, told) = mpsc::channel();
        self.order(Order::Plugged(plugged, done));
        let _ = told.recv_timeout(DONE_WITHIN);
    }

    fn order(&self, order: Order) {
        // A reader that has ended has told so by its event.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }
}

impl Drop for IdReader {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Desk {
    model: IdReaderModel,
    pty: Option<Pty>,
    link: Option<PathBuf>,
    replies: VecDeque<Reply>,
    back_at: Option<Duration>,
    events: Box<dyn FnMut(IdReaderEvent) + Send>,
    began: Instant,
}

impl Desk {
    fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            match inbox.try_recv() {
                Ok(order) => {
                    if self.obey(order).is_err() {
                        return;
                    }
                    continue;
                }
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
            }
            if self.step().is_err() {
                return;
            }
        }
    }

    fn obey(&mut self, order: Order) -> io::Result<()> {
        match order {
            Order::Lay => self.model.lay(),
            Order::Lift => self.model.lift(),
            Order::LayOther(spec) => self.model.lay_other(*spec),
            Order::Plugged(plugged, done) => {
                if plugged {
                    self.put_back()?;
                } else {
                    self.pull();
                    self.back_at = None;
                }
                let _ = done.send(());
            }
        }
        Ok(())
    }

    /// Waits for bytes at most until the next reply is due, and sends what is due.
    fn step(&mut self) -> io::Result<()> {
        let now = self.began.elapsed();
        if self.back_at.is_some_and(|at| at <= now) {
            self.put_back()?;
        }
        let next = self.replies.front().map_or(TICK, |reply| reply.at.saturating_sub(now).min(TICK));
        let Some(pty) = &self.pty else {
            thread::sleep(TICK);
            return Ok(());
        };
        let mut buffer = [0; 256];
        let count = pty.receive(&mut buffer, next)?;
        let now = self.began.elapsed();
        // At another line speed the bits arrive, and mean nothing.
        if count > 0 && pty.speed() == self.model.speed() {
            self.replies.extend(self.model.receive(buffer.get(..count).unwrap_or_default(), now));
        }
        while self.replies.front().is_some_and(|reply| reply.at <= now) {
            let Some(reply) = self.replies.pop_front() else { break };
            match reply.what {
                Emit::Bytes(mut bytes) => {
                    if let Some(pty) = &self.pty {
                        if pty.speed() != reply.baud {
                            bytes.iter_mut().for_each(|byte| *byte = !byte.rotate_left(3));
                        }
                        pty.send(&bytes)?;
                    }
                }
                Emit::Unplug(away) => {
                    self.pull();
                    self.back_at = Some(now + away);
                }
            }
        }
        Ok(())
    }

    fn pull(&mut self) {
        if self.pty.take().is_some() {
            self.replies.clear();
            (self.events)(IdReaderEvent::Unplugged);
        }
    }

    fn put_back(&mut self) -> io::Result<()> {
        self.back_at = None;
        if self.pty.is_some() {
            return Ok(());
        }
        match Pty::open(self.link.as_deref()) {
            Ok(pty) => {
                self.model.restart(self.began.elapsed());
                (self.events)(IdReaderEvent::Plugged(pty.path().to_owned()));
                self.pty = Some(pty);
                Ok(())
            }
            Err(error) => {
                (self.events)(IdReaderEvent::Ended(error.to_string()));
                Err(io::Error::other(error))
            }
        }
    }
}
