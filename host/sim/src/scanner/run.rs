//! A scanner on a virtual serial port.

use super::{Gun, ScannerSpec, Step};
use crate::pty::{Pty, PtyError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// A running scanner; it ends, and its port vanishes, when this is dropped.
pub struct VirtualScanner {
    path: PathBuf,
    orders: Sender<Order>,
    thread: Option<thread::JoinHandle<()>>,
}

enum Order {
    Show(Zeroizing<Vec<u8>>),
    Scan,
    /// Plug in or pull; the answer tells that it is done.
    Plugged(bool, Sender<()>),
}

/// The longest wait for the device's thread, which may be in the middle of a slow scan.
const DONE_WITHIN: Duration = Duration::from_secs(5);

impl VirtualScanner {
    /// Makes a port, also reachable as `link`, and holds `code` before the scanner.
    ///
    /// # Errors
    /// No port could be made.
    pub fn start(spec: ScannerSpec, code: &[u8], link: Option<&Path>) -> Result<Self, PtyError> {
        let port = Pty::open(link)?;
        let path = port.path().to_owned();
        let (orders, inbox) = channel();
        let bench = Bench {
            every: spec.every,
            gun: Gun::new(spec),
            code: Zeroizing::new(code.to_vec()),
            port: Some(port),
            link: link.map(Path::to_owned),
        };
        let thread =
            thread::Builder::new().name("yika-sim-scanner".to_owned()).spawn(move || bench.run(&inbox));
        let thread = thread.map_err(|source| PtyError::new(&path, source))?;
        Ok(Self { path, orders, thread: Some(thread) })
    }

    /// The port that a program opens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Scans now.
    pub fn scan(&self) {
        self.order(Order::Scan);
    }

    /// Holds another code before the scanner.
    pub fn show(&self, code: &[u8]) {
        self.order(Order::Show(Zeroizing::new(code.to_vec())));
    }

    /// Pulls the plug: the port is gone.
    pub fn unplug(&self) {
        self.plugged(false);
    }

    /// Puts the plug back. The port has its old name when it was made with a link.
    pub fn plug(&self) {
        self.plugged(true);
    }

    /// Returns when the port is there, or gone.
    fn plugged(&self, plugged: bool) {
        let (done, told) = channel();
        self.order(Order::Plugged(plugged, done));
        let _ = told.recv_timeout(DONE_WITHIN);
    }

    fn order(&self, order: Order) {
        // Its thread ends only with us.
        let _ = self.orders.send(order);
    }
}

impl Drop for VirtualScanner {
    fn drop(&mut self) {
        // Hanging up is the order to end.
        self.orders = channel().0;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Bench {
    gun: Gun,
    code: Zeroizing<Vec<u8>>,
    every: Option<Duration>,
    port: Option<Pty>,
    link: Option<PathBuf>,
}

impl Bench {
    fn run(mut self, inbox: &Receiver<Order>) {
        let mut next = self.every.map(|every| Instant::now() + every);
        loop {
            let order = match next {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => inbox.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match order {
                Ok(Order::Show(code)) => self.code = code,
                Ok(Order::Scan) => self.scan(),
                Ok(Order::Plugged(plugged, done)) => {
                    if plugged {
                        self.plug();
                    } else {
                        self.port = None;
                    }
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.scan();
                    next = self.every.map(|every| Instant::now() + every);
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn scan(&mut self) {
        let (steps, fault) = self.gun.scan(&self.code);
        if let Some(fault) = fault {
            tracing::info!(%fault, "virtual scanner");
        }
        for step in steps {
            match step {
                Step::Send(bytes) => {
                    let bytes = Zeroizing::new(bytes);
                    if let Some(port) = &self.port
                        && let Err(error) = port.send(&bytes)
                    {
                        tracing::warn!(%error, "virtual scanner cannot send");
                    }
                }
                Step::Pause(time) => thread::sleep(time),
                Step::Unplug => self.port = None,
                Step::Plug => self.plug(),
            }
        }
    }

    fn plug(&mut self) {
        if self.port.is_none() {
            match Pty::open(self.link.as_deref()) {
                Ok(port) => self.port = Some(port),
                Err(error) => tracing::warn!(%error, "virtual scanner cannot be plugged in again"),
            }
        }
    }
}
