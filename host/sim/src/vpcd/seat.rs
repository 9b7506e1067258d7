//! The thread that serves a card in its slot, and what its handle sees of it.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::frames::Frames;
use super::{Options, VpcdError};
use crate::card::{Card, CardAnswer};
use crate::watch::Watched;

/// Given to a reader that asks a mute card for its ATR before it has power: vpcd takes an ATR as the sign that a card
/// is there at all.
const PLACEHOLDER_ATR: [u8; 2] = [0x3B, 0x00];

/// What the handle and the thread both see.
#[derive(Default)]
pub(super) struct Shared {
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

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Keeps a second handle on the socket. Without one a read ends only when the reader closes; nothing else is lost.
    pub(super) fn hold(&self, stream: &TcpStream) {
        self.state().stream = stream.try_clone().ok();
    }

    pub(super) fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// Whether the reader took the card, and whether it is all over; waits for either.
    pub(super) fn wait_taken(&self, timeout: Duration) -> (bool, bool) {
        let state = self.wait(timeout, |state| state.taken || state.ended);
        (state.taken, state.ended)
    }

    pub(super) fn wait_ended(&self, timeout: Duration) -> bool {
        self.wait(timeout, |state| state.ended).ended
    }

    pub(super) fn stop(&self) {
        self.update(|state| {
            state.stopping = true;
            if let Some(stream) = state.stream.take() {
                // Fails only on a socket that is closed already.
                let _ = stream.shutdown(Shutdown::Both);
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

/// A card and the slot it sits in.
pub(super) struct Seat<C> {
    address: SocketAddr,
    options: Options,
    shared: Arc<Shared>,
    card: Watched<C>,
}

impl<C: Card> Seat<C> {
    pub(super) fn new(address: SocketAddr, options: Options, shared: Arc<Shared>, card: Watched<C>) -> Self {
        Self { address, options, shared, card }
    }

    /// Serves the card until it is pulled out or nothing brings it back; gives it back then.
    pub(super) fn run(mut self, mut stream: TcpStream) -> C {
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
                    self.shared.hold(&stream);
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

/// The service may still be starting, or the reader still be shaking off the card before: a connection that is refused
/// or not taken is tried again until the time is up.
pub(super) fn connect_within(
    address: SocketAddr,
    timeout: Duration,
    shared: &Shared,
) -> Result<TcpStream, VpcdError> {
    let deadline = Instant::now() + timeout;
    loop {
        match open(address) {
            Ok(stream) => return Ok(stream),
            Err(source) if !may_pass(source.kind()) || Instant::now() >= deadline => {
                return Err(VpcdError::NoReader { address, source });
            }
            Err(_) => {
                shared.pause(Duration::from_millis(50));
            }
        }
    }
}

/// vpcd queues one connection at most. When the queue is full the next one is dropped without a word, and the system
/// repeats it only after a second, which is as long as one attempt of ours lasts.
fn may_pass(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::TimedOut)
}
