//! Waiting for a code from a scanner.

use super::{ScanError, wedge};
use crate::{
    Cancel,
    serial::{Line, Ports, SerialError, SystemPorts, Watched, Watcher},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, TryLockError},
    time::{Duration, Instant},
};
use yika_protocol::voucher::{Code, CodeError, Framing, Scanned, Scanner, Symbology};
use zeroize::Zeroize;

/// A scan that was under way when the port was opened is over when nothing came for so long: some ten characters at 9600
/// baud. Its rest must not pass as a code.
const QUIET: Duration = Duration::from_millis(30);
/// A line that never gets quiet is listened to all the same.
const NOISY: Duration = Duration::from_millis(500);

/// A wait is cut into slices, so that a cancel is seen.
const SLICE: Duration = Duration::from_millis(200);

/// The same complaint is not made more often than this.
const TELL_MS: u64 = 2_500;

/// A code that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The code.
    pub code: Code,
    /// The kind of bar code, where the scanner or the picture tells.
    pub symbology: Option<Symbology>,
}

/// A scanner. It is opened for each scan and closed after it, so that devices which share a port can take turns, and one
/// that was unplugged is found again by the next scan. Clones are the same scanner.
#[derive(Clone)]
pub struct CodeScanner(Arc<Inner>);

struct Inner {
    place: Place,
    watcher: Watcher,
    state: Mutex<State>,
}

enum Place {
    Serial { ports: Arc<dyn Ports>, port: String, baud: u32 },
    Wedge { path: PathBuf },
}

struct State {
    scanner: Scanner,
    /// The scanner's clock, and when it was read last: it goes on between scans, for the debounce.
    now_ms: u64,
    read_at: Option<Instant>,
}

impl CodeScanner {
    /// A scanner on a serial port of this machine. `port` is a path or an identity, see [`crate::serial::PortId`]; the
    /// speed is 9600 baud on most scanners and of no meaning on USB-CDC.
    pub fn serial(port: impl Into<String>, baud: u32, framing: Framing) -> Self {
        Self::on(Arc::new(SystemPorts), port, baud, framing)
    }

    /// A scanner on a port of these.
    pub fn on(ports: Arc<dyn Ports>, port: impl Into<String>, baud: u32, framing: Framing) -> Self {
        Self::at(Place::Serial { ports, port: port.into(), baud }, framing)
    }

    /// A scanner that types like a keyboard; grabbed for the time of a scan, so that nothing it types goes elsewhere.
    /// Linux only. `path` is best one under `/dev/input/by-id/`.
    pub fn wedge(path: impl Into<PathBuf>, framing: Framing) -> Self {
        Self::at(Place::Wedge { path: path.into() }, framing)
    }

    fn at(place: Place, framing: Framing) -> Self {
        let state = State { scanner: Scanner::new(framing), now_ms: 0, read_at: None };
        Self(Arc::new(Inner { place, watcher: Watcher::default(), state: Mutex::new(state) }))
    }

    /// Waits for a code, at most `limit`.
    ///
    /// What is scanned and is no code is told to `refused` at once, on a thread of the driver, and the wait goes on: the
    /// person can show the right code. What the scanner had sent before is thrown away.
    ///
    /// # Errors
    /// As [`ScanError`]. An unplugged scanner ends the scan; the next one opens it again.
    pub fn scan(
        &self,
        limit: Duration,
        cancel: &Cancel,
        refused: impl FnMut(CodeError) + Send + 'static,
    ) -> Result<Scan, ScanError> {
        let (inner, cancel, mut refused) = (Arc::clone(&self.0), cancel.clone(), refused);
        self.0.watcher.run("yika-scanner", move |watched| {
            // A scan that was abandoned in a driver still holds this: its line is not ours.
            let mut state = inner.state()?;
            let mut line = inner.open(watched)?;
            let found = wait(&mut watched.line(&mut *line), &mut state, limit, &cancel, &mut refused);
            found.map_err(|error| inner.told_as(error))
        })?
    }
}

impl Inner {
    fn open(&self, watched: &Watched) -> Result<Box<dyn Line>, ScanError> {
        match &self.place {
            Place::Serial { ports, port, baud } => Ok(watched.open(&**ports, port, *baud)?),
            Place::Wedge { path } => wedge::open(path).map_err(ScanError::Wedge),
        }
    }

    /// A keyboard that is gone is told as a keyboard.
    fn told_as(&self, error: ScanError) -> ScanError {
        match (&self.place, error) {
            (Place::Wedge { path }, ScanError::Port(SerialError::Gone)) => {
                ScanError::Wedge(wedge::WedgeError::Gone { path: path.clone() })
            }
            (Place::Wedge { path }, ScanError::Port(other)) => {
                ScanError::Wedge(wedge::WedgeError::Failed { path: path.clone(), reason: other.detail() })
            }
            (_, error) => error,
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, ScanError> {
        match self.state.try_lock() {
            Ok(state) => Ok(state),
            // Whole numbers and wiped text are all that a panic can leave behind.
            Err(TryLockError::Poisoned(state)) => Ok(state.into_inner()),
            Err(TryLockError::WouldBlock) => Err(ScanError::InUse),
        }
    }
}

fn wait(
    line: &mut dyn Line,
    state: &mut State,
    limit: Duration,
    cancel: &Cancel,
    refused: &mut dyn FnMut(CodeError),
) -> Result<Scan, ScanError> {
    discard(line)?;
    state.scanner.reset();
    let since_last = state.read_at.map_or(Duration::ZERO, |at| at.elapsed());
    let base = state.now_ms.saturating_add(millis(since_last));
    let began = line.now();
    let mut nothing = ScanError::Nothing;
    let mut told: Option<(CodeError, u64)> = None;
    loop {
        if cancel.is_cancelled() {
            return Err(ScanError::Cancelled);
        }
        let spent = line.now().saturating_sub(began);
        let now = base.saturating_add(millis(spent));
        let left = limit.saturating_sub(spent);
        let until_poll = state.scanner.poll_at().map(|due| Duration::from_millis(due.saturating_sub(now)));
        let mut buffer = [0; 256];
        let slice = left.min(SLICE).min(until_poll.unwrap_or(SLICE));
        let count = line.receive(&mut buffer, slice);
        state.now_ms = base.saturating_add(millis(line.now().saturating_sub(began)));
        state.read_at = Some(Instant::now());
        let mut found = None;
        let mut take = |scan| match scan {
            Scanned::Code(code, symbology) => {
                // One purchase, one code: the first.
                found.get_or_insert(Scan { code, symbology });
            }
            Scanned::Refused(error) => {
                // What lies before a scanner is scanned again and again; a person is told once in a while.
                if told.is_none_or(|(last, at)| last != error || state.now_ms.saturating_sub(at) >= TELL_MS) {
                    refused(error);
                    told = Some((error, state.now_ms));
                }
                nothing = ScanError::Refused(error);
            }
        };
        if let Ok(count) = count {
            state.scanner.feed(buffer.get(..count).unwrap_or_default(), state.now_ms, &mut take);
            if let Some(scan) = state.scanner.poll(state.now_ms) {
                take(scan);
            }
        }
        buffer.zeroize();
        match (found, count) {
            (Some(scan), _) => return Ok(scan),
            (None, Err(error)) => return Err(error.into()),
            (None, Ok(0)) if left.is_zero() => {
                // Without ends, scans in quick succession never pause: what is pending says so.
                return Err(match state.scanner.poll(u64::MAX) {
                    Some(Scanned::Refused(error)) => ScanError::Refused(error),
                    _ => nothing,
                });
            }
            (None, Ok(_)) => {}
        }
    }
}

/// Throws away what was scanned before anybody asked, also what is still on its way.
fn discard(line: &mut dyn Line) -> Result<(), ScanError> {
    line.clear_input()?;
    let end = line.now() + NOISY;
    let mut buffer = [0; 256];
    while line.receive(&mut buffer, QUIET)? > 0 && line.now() < end {}
    buffer.zeroize();
    Ok(())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
