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
mod seat;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use seat::{Seat, Shared};
use yika_protocol::fault::{self, Fault};

use crate::card::Card;
use crate::watch::{Watch, Watched};

/// The ports of the two slots, as Debian's package configures them.
pub const PORTS: [u16; 2] = [35963, 35964];

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
            Self::SlotTaken { .. } => &fault::card::VIRTUAL_SLOT_TAKEN,
            Self::Lost { .. } => &fault::card::VIRTUAL_READER_LOST,
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
    let stream = seat::connect_within(address, options.connect_timeout, &shared)?;
    let card = Watched::new(card);
    let watch = card.watch();
    shared.hold(&stream);
    let seat = Seat::new(address, options, Arc::clone(&shared), card);
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
        match self.shared.wait_taken(timeout) {
            (true, _) => Ok(()),
            (false, true) => Err(VpcdError::Lost { address: self.address }),
            (false, false) => Err(VpcdError::SlotTaken { address: self.address }),
        }
    }

    /// Waits until the card is out of the reader for good; `false` when it still sits there after this long.
    pub fn wait_ended(&self, timeout: Duration) -> bool {
        self.shared.wait_ended(timeout)
    }

    /// Whether the thread still serves the card.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.shared.is_ended()
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

#[cfg(test)]
mod tests;
