//! A reader on a serial port: opened when needed, kept open, found again after it was unplugged.

use super::{convert, document::ResidentDocument, error::ReadError, talk};
use crate::{
    Cancel,
    serial::{Line, Ports, SerialError, Watched, Watcher},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use yika_protocol::resident_card::{self as protocol, LineSpeed, Session, Timing, Wanted};

/// The first answer at the usual speed. A reader that does not answer is told within a second over all speeds.
const FIRST_MS: u16 = 300;
/// The first answer at each other speed.
const OTHER_MS: u16 = 130;

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Also the fingerprint item. Most uses do not need it, so most should not ask.
    pub fingerprint: bool,
    /// Also the address that was added later.
    pub added_address: bool,
    /// Line speeds to try, in order.
    pub speeds: Vec<LineSpeed>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { fingerprint: false, added_address: true, speeds: LineSpeed::ALL.to_vec() }
    }
}

/// An identity-card reader. Clones share the port.
#[derive(Clone)]
pub struct IdReader(Arc<Inner>);

struct Inner {
    ports: Arc<dyn Ports>,
    wanted: String,
    options: ReadOptions,
    watcher: Watcher,
    /// The open port between two readings. Empty while one is under way, and after a failure of the port.
    kept: Mutex<Option<Connection>>,
}

struct Connection {
    line: Box<dyn Line>,
    /// The speed at which the module has answered; `None` until it has.
    speed: Option<LineSpeed>,
}

impl IdReader {
    /// A reader on the port that `port` names: a path, or an identity as [`crate::serial::PortId`] has it. Nothing is opened
    /// yet.
    pub fn new(ports: Arc<dyn Ports>, port: &str, options: ReadOptions) -> Self {
        IdReader(Arc::new(Inner {
            ports,
            wanted: port.to_owned(),
            options,
            watcher: Watcher::default(),
            kept: Mutex::default(),
        }))
    }

    /// The name of the port as it was given.
    pub fn port(&self) -> &str {
        &self.0.wanted
    }

    /// Reads one card. With `wait` a card may be laid meanwhile; without, one that lies there is read or not.
    ///
    /// After a card was read, the module does not find it again until it is lifted; so a cancel ends a wait at once, and
    /// lets a card that was found be read to its end. A failure of the port closes it; the next
    /// call opens it again.
    ///
    /// # Errors
    /// As [`ReadError`]. A silent reader is told within a second, at any line speed; while the module talks to the card
    /// it may take three.
    pub fn read(&self, wait: Option<Duration>, cancel: &Cancel) -> Result<ResidentDocument, ReadError> {
        let (inner, cancel) = (Arc::clone(&self.0), cancel.clone());
        self.0.watcher.run("yika-id", move |watched| inner.read(watched, wait, &cancel))?
    }

    /// Closes the port until the next reading, so that another program, or another function of the same device, can use
    /// it.
    pub fn close(&self) {
        let kept = self.0.lock().take();
        // Closing may hang in the driver, too. Nothing waits for the result.
        let _ = self.0.watcher.run("yika-id", move |_| drop(kept));
    }
}

impl Inner {
    fn read(
        &self,
        watched: &Watched,
        wait: Option<Duration>,
        cancel: &Cancel,
    ) -> Result<ResidentDocument, ReadError> {
        let kept = self.lock().take();
        let was_open = kept.is_some();
        let mut connection = kept.map_or_else(|| self.open(watched), Ok)?;
        let (mut session, mut result) = self.converse(watched, &mut connection, wait, cancel);
        if was_open && !session.answered() && matches!(result, Err(ReadError::Port(_))) {
            // It was pulled since the last reading; perhaps it is there again.
            drop(connection);
            connection = self.open(watched).map_err(|_| SerialError::Gone)?;
            (session, result) = self.converse(watched, &mut connection, wait, cancel);
        }
        if !matches!(result, Err(ReadError::Port(_))) {
            *self.lock() = Some(connection);
        }
        result?;
        Ok(convert::document(&session, &self.wanted)?)
    }

    fn open(&self, watched: &Watched) -> Result<Connection, SerialError> {
        let speed = self.options.speeds.first().copied().unwrap_or(LineSpeed::B115200);
        let line = watched.open(self.ports.as_ref(), &self.wanted, speed.baud())?;
        Ok(Connection { line, speed: None })
    }

    /// One reading, at the known speed or at the first one that is answered.
    fn converse(
        &self,
        watched: &Watched,
        connection: &mut Connection,
        wait: Option<Duration>,
        cancel: &Cancel,
    ) -> (Box<Session>, Result<(), ReadError>) {
        let mut line = watched.line(connection.line.as_mut());
        let mut attempt = |speed: LineSpeed, timing| {
            let wanted =
                Wanted { fingerprint: self.options.fingerprint, added_address: self.options.added_address };
            // On the heap, so that no copy of a person's data is left behind on the stack.
            let mut session = Box::new(Session::with_timing(wanted, timing));
            let result = line
                .set_speed(speed.baud())
                .map_err(ReadError::from)
                .and_then(|()| talk::run(&mut line, speed.baud(), &mut session, wait, cancel));
            (session, result)
        };
        if let Some(speed) = connection.speed {
            let (session, result) = attempt(speed, Timing::DEFAULT);
            if !session.answered() {
                // Another reader may hang there now, or it lost its setting: look for it next time.
                connection.speed = None;
            }
            return (session, result);
        }
        let mut last = None;
        for (number, speed) in self.options.speeds.iter().copied().enumerate() {
            let module_ms = if number == 0 { FIRST_MS } else { OTHER_MS };
            let timing = Timing { module_ms, module_repeats: 0, ..Timing::DEFAULT };
            let (mut session, mut result) = attempt(speed, timing);
            if !session.answered() && session.heard() && result == Err(SILENT) {
                // Something is there, and was not understood.
                (session, result) = attempt(speed, timing);
            }
            if session.answered() {
                connection.speed = Some(speed);
                return (session, result);
            }
            // An adapter need not know every speed.
            let next = matches!(result, Err(SILENT | ReadError::Port(SerialError::Settings { .. })));
            if !next {
                return (session, result);
            }
            last = Some((session, Err(SILENT)));
        }
        last.unwrap_or_else(|| (Box::new(Session::new(Wanted::default())), Err(SILENT)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const SILENT: ReadError = ReadError::Reader(protocol::ReadError::ReaderSilent);
