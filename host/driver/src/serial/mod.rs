//! Serial ports: which there are, opening them, and a line with bytes in both directions.
//!
//! A port is asked for by its path (`/dev/ttyUSB0`, `/dev/serial/by-id/…`, `COM3`) or by the identity of what is plugged
//! in (`usb:0403:6001:A10KZX`), which stays the same when the system numbers its ports anew. See [`PortId`].
//!
//! [`Ports`] and [`Line`] are the seam: [`SystemPorts`] is the real one, tests bring their own with a time of its own.

mod error;
mod port;
mod system;
mod watch;

pub use error::SerialError;
pub use port::{PortId, PortInfo, UsbPort, choose};
pub use system::SystemPorts;
pub(crate) use watch::{Watched, Watcher};

use std::time::Duration;

/// The ports of a machine.
pub trait Ports: Send + Sync {
    /// All ports that are there now.
    fn list(&self) -> Result<Vec<PortInfo>, SerialError>;

    /// Whether what `wanted` names, a path or an identity, is there now. Opens nothing.
    fn is_there(&self, wanted: &str) -> bool {
        self.list().is_ok_and(|ports| choose(&ports, wanted).is_ok())
    }

    /// Opens the port at this path, for us alone: 8 data bits, no parity, one stop bit, no flow control.
    fn open(&self, path: &str, baud: u32) -> Result<Box<dyn Line>, SerialError>;
}

/// An open serial line. Dropping it closes it.
pub trait Line: Send {
    /// Waits for bytes, at most `limit`, and says how many came; 0 when none did.
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError>;

    /// Sends all of these bytes.
    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError>;

    /// Changes the line speed.
    fn set_speed(&mut self, baud: u32) -> Result<(), SerialError>;

    /// Throws away what has arrived and was not read.
    fn clear_input(&mut self) -> Result<(), SerialError>;

    /// The time of this line since some fixed moment; never goes back.
    fn now(&self) -> Duration;
}

/// Opens what `wanted` names: a path as it is, anything else by identity.
pub fn open(ports: &dyn Ports, wanted: &str, baud: u32) -> Result<Box<dyn Line>, SerialError> {
    if port::is_path(wanted) {
        return ports.open(wanted, baud);
    }
    let listed = ports.list()?;
    let chosen = choose(&listed, wanted)?;
    ports.open(&chosen.path, baud)
}
