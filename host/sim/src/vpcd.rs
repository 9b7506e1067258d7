//! A card in the virtual reader of a real PC/SC service (vsmartcard's vpcd).
//!
//! The virtual reader listens, one TCP port a slot, and the card connects: messages of a two-byte big-endian length
//! and that many bytes, in both directions. One-byte messages to the card are control (0 power off, 1 power on,
//! 2 reset, 4 tell the ATR); longer ones are command APDUs, each answered by one message.
//!
//! The reader asks for the ATR a few times a second to see whether the card is still there, so putting a card in takes
//! up to half a second to be noticed, and so does pulling it out. A card that leaves in the middle of a command looks to a
//! program like an answer of no bytes (or of the bytes that came through), then like transmission errors, then absent.

mod frames;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use frames::Frames;
use yika_protocol::fault::{self, Fault};

use crate::card::{Card, CardAnswer};
use crate::watch::{Watch, Watched};

/// The ports of the two slots, as Debian's package configures them.
pub const PORTS: [u16; 2] = [35963, 35964];

/// Given to a reader that asks a mute card for its ATR before it has power: vpcd takes an ATR as the sign that a card
/// is there at all.
const PLACEHOLDER_ATR: [u8; 2] = [0x3B, 0x00];

/// What happens around a card in the reader.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long to try for a connection at first.
    pub connect_timeout: Duration,
    /// When the reader goes away (the service restarts), try again this often; `None` ends instead.
    pub reconnect: Option<Duration>,
    /// When a [`crate::Torn`] card leaves the reader, put it in again after this long; `None` ends instead.
    pub reinsert: Option<Duration>,
    /// A card that goes silent in a command is given up by the reader after this long. A real reader has such a waiting
    /// time, vpcd waits for ever.
    pub waiting_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            reconnect: None,
            reinsert: None,
            waiting_time: Duration::from_secs(1),
        }
    }
}

/// Why a card is not, or no longer, in a virtual reader.
#[derive(Debug)]
pub enum VpcdError {
    /// Nothing listens there.
    NoReader {
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The reader took the connection and asks nothing: another card is in the slot.
    SlotTaken {
        /// Where.
        address: SocketAddr,
    },
    /// The reader dropped the card.
    Lost {
        /// Where.
        address: SocketAddr,
    },
}

impl VpcdError {
    /// The coded fault of the table.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::NoReader { .. } => &fault::card::VIRTUAL_READER_MISSING,
            Self::SlotTaken { .. } | Self::Lost { .. } => &fault::card::VIRTUAL_READER_LOST,
        }
    }
}

impl fmt::Display for VpcdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReader { address, source } => write!(f, "no virtual reader at {address}: {source}"),
            Self::SlotTaken { address } => {
                write!(f, "the virtual reader at {address} asks nothing; another card is in its slot")
            }
            Self::Lost { address } => write!(f, "the virtual reader at {address} dropped the card"),
        }
    }
}

impl std::error::Error for VpcdError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoReader { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Puts the card into the slot that listens at `address`; [`Running::stop`] pulls it out.
///
/// # Errors
/// [`VpcdError::NoReader`] when nothing listens there within five seconds. Whether the reader really took the card is
/// known a little later: [`Running::wait_taken`].
pub fn connect<C: Card + 'static>(address: SocketAddr, card: C) -> Result<Running<C>, VpcdError> {
    connect_with(address, card, Options::default())
}

/// As [`connect`], with [`Options`].
///
/// # Errors
/// [`VpcdError::NoReader`] when nothing listens there in time.
pub fn connect_with<C: Card + 'static>(
    address: SocketAddr,
    card: C,
    options: Options,
) -> Result<Running<C>, VpcdError> {
    let shared = Arc::new(Shared::default());
    let stream = connect_within(address, options.connect_timeout, &shared)?;
    let card = Watched::new(card);
    let watch = card.watch();
    shared.state().hold(&stream);
    let seat = Seat { address, options, shared: Arc::clone(&shared), card };
    let thread = std::thread::Builder::new()
        .name("virtual card".to_owned())
        .spawn(move || seat.run(stream))
        .map_err(|source| VpcdError::NoReader { address, source })?;
    Ok(Running { address, shared, watch, thread: Some(thread) })
}

/// A card that sits in a virtual reader, served by a thread of its own. Dropped, it is pulled out too.
pub struct Running<C> {
    address: SocketAddr,
    shared: Arc<Shared>,
    watch: Watch,
    /// Gone only after [`Running::stop`].
    thread: Option<JoinHandle<C>>,
}

impl<C> Running<C> {
    /// Pulls the card out and gives it back: in another slot it has the same files and counters. A command under way
    /// is cut off.
    ///
    /// # Panics
    /// Passes a panic of the card on.
    pub fn stop(mut self) -> C {
        self.shared.stop();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(card)) => card,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => unreachable!("only this takes the thread, and it takes the handle too"),
        }
    }

    /// Waits until the reader has asked the card something, which proves that the slot was free.
    ///
    /// # Errors
    /// [`VpcdError::SlotTaken`] when the reader asks nothing in time, [`VpcdError::Lost`] when it dropped the card.
    pub fn wait_taken(&self, timeout: Duration) -> Result<(), VpcdError> {
        let state = self.shared.wait(timeout, |state| state.taken || state.ended);
        match (state.taken, state.ended) {
            (true, _) => Ok(()),
            (false, true) => Err(VpcdError::Lost { address: self.address }),
            (false, false) => Err(VpcdError::SlotTaken { address: self.address }),
        }
    }

    /// Waits until the card is out of the reader for good; `false` when it still sits there after this long.
    pub fn wait_ended(&self, timeout: Duration) -> bool {
        self.shared.wait(timeout, |state| state.ended).ended
    }

    /// Whether the thread still serves the card.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.shared.state().ended
    }

    /// Counters and log of what the reader asked.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

impl<C> Drop for Running<C> {
    /// Waits for the thread, so that the slot is free afterwards.
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the card was reported by its thread; one more while dropping would hide it.
            let _ = thread.join();
        }
    }
}

/// What the handle and the thread both see.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    taken: bool,
    ended: bool,
    /// A second handle on the socket, to end a read from outside.
    stream: Option<TcpStream>,
}

impl State {
    /// Without a second handle the read ends only with the reader; nothing else is lost.
    fn hold(&mut self, stream: &TcpStream) {
        self.stream = stream.try_clone().ok();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.update(|state| {
            state.stopping = true;
            if let Some(stream) = state.stream.take() {
                // Fails only on a socket that is closed already.
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
        });
    }

    /// Waits for a condition, at most this long.
    fn wait(&self, timeout: Duration, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_timeout_while(self.state(), timeout, |state| !until(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// `true` when the handle asked for the end meanwhile.
    fn pause(&self, duration: Duration) -> bool {
        self.wait(duration, |state| state.stopping).stopping
    }
}

/// Why one connection ended.
enum End {
    /// The reader closed it.
    ReaderGone,
    /// The card left the reader.
    Removed,
    /// The reader had to be shaken off because the card is mute; it is still there.
    Mute,
}

struct Seat<C> {
    address: SocketAddr,
    options: Options,
    shared: Arc<Shared>,
    card: Watched<C>,
}

impl<C: Card> Seat<C> {
    fn run(mut self, mut stream: TcpStream) -> C {
        loop {
            let end = self.serve(&stream);
            if self.shared.state().stopping {
                break;
            }
            drop(stream);
            let pause = match end {
                End::ReaderGone => self.options.reconnect,
                End::Removed => self.options.reinsert,
                End::Mute => Some(Duration::ZERO),
            };
            let Some(pause) = pause else { break };
            self.shared.update(|state| {
                state.stream = None;
                state.taken = false;
            });
            if self.shared.pause(pause) {
                break;
            }
            match end {
                End::Removed => self.card.insert(),
                End::ReaderGone | End::Mute => self.card.power_off(),
            }
            let Some(next) = self.connect_again() else { break };
            stream = next;
        }
        self.shared.update(|state| {
            state.stream = None;
            state.ended = true;
        });
        self.card.into_inner()
    }

    /// Until it works, as long as reconnecting is wanted.
    fn connect_again(&self) -> Option<TcpStream> {
        loop {
            match open(self.address) {
                Ok(stream) => {
                    self.shared.state().hold(&stream);
                    return (!self.shared.state().stopping).then_some(stream);
                }
                Err(error) => {
                    let pause = self.options.reconnect?;
                    tracing::debug!(address = %self.address, %error, "no virtual reader yet");
                    if self.shared.pause(pause) {
                        return None;
                    }
                }
            }
        }
    }

    fn serve(&mut self, stream: &TcpStream) -> End {
        let mut frames = Frames::new(stream);
        let mut powered = false;
        loop {
            // However the connection ends, the reader is gone.
            let Ok(Some(message)) = frames.receive() else { return End::ReaderGone };
            if !self.shared.state().taken {
                self.shared.update(|state| state.taken = true);
            }
            let sent = match message {
                [0] => {
                    powered = false;
                    self.card.power_off();
                    Ok(())
                }
                [1] => {
                    powered = true;
                    self.card.power_on();
                    Ok(())
                }
                [2] => {
                    powered = true;
                    self.card.reset();
                    Ok(())
                }
                [4] => match self.card.atr() {
                    Some(atr) => frames.send(&atr),
                    None if !powered => frames.send(&PLACEHOLDER_ATR),
                    // An empty ATR makes the reader drop the connection: power up has failed.
                    None => {
                        let _ = frames.send(&[]);
                        return End::Mute;
                    }
                },
                apdu => {
                    let apdu = apdu.to_vec();
                    match self.answer(&mut frames, &apdu) {
                        Ok(Some(end)) => return end,
                        Ok(None) => Ok(()),
                        Err(error) => Err(error),
                    }
                }
            };
            if sent.is_err() {
                return End::ReaderGone;
            }
        }
    }

    /// One APDU. An end is given back when the connection must not go on.
    fn answer(&mut self, frames: &mut Frames<'_>, apdu: &[u8]) -> io::Result<Option<End>> {
        let work = self.card.work_time();
        if !work.is_zero() && self.shared.pause(work) {
            return Ok(Some(End::Removed));
        }
        match self.card.transmit(apdu) {
            CardAnswer::Response(answer) => {
                frames.send(&answer)?;
                // A card that was torn out after its answer has no ATR any more, though it had one to get here.
                let left = self.card.atr().is_none();
                Ok(left.then_some(End::Removed))
            }
            CardAnswer::Cut { bytes, expected } => {
                frames.send_part(&bytes, expected)?;
                Ok(Some(End::Removed))
            }
            CardAnswer::Removed => Ok(Some(End::Removed)),
            CardAnswer::Mute => {
                let stopping = self.shared.pause(self.options.waiting_time);
                Ok(Some(if stopping { End::Removed } else { End::Mute }))
            }
        }
    }
}

fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The service may still be starting: a refused connection is tried again until the time is up.
fn connect_within(address: SocketAddr, timeout: Duration, shared: &Shared) -> Result<TcpStream, VpcdError> {
    let deadline = Instant::now() + timeout;
    loop {
        match open(address) {
            Ok(stream) => return Ok(stream),
            Err(source) if source.kind() != ErrorKind::ConnectionRefused || Instant::now() >= deadline => {
                return Err(VpcdError::NoReader { address, source });
            }
            Err(_) => {
                shared.pause(Duration::from_millis(50));
            }
        }
    }
}

#[cfg(test)]
mod tests;
