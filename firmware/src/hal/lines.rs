//! Serial lines and the network.

use embedded_io::{Read, ReadReady, Write, WriteReady};

/// A serial line without framing.
pub trait SerialLine {
    /// The next byte, or `None` when none is there.
    fn read(&mut self) -> Option<u8>;

    /// Takes bytes to send, as many as fit now; how many were taken.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// Whether the board has this line at all.
    fn fitted(&self) -> bool {
        true
    }
}

/// A line that the board does not have: nothing comes, everything goes nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLine;

impl SerialLine for NoLine {
    fn read(&mut self) -> Option<u8> {
        None
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        bytes.len()
    }

    fn fitted(&self) -> bool {
        false
    }
}

/// Any `embedded-io` line that can say whether it is ready.
#[derive(Debug)]
pub struct EmbeddedIo<T>(pub T);

impl<T: Read + ReadReady + Write + WriteReady> SerialLine for EmbeddedIo<T> {
    fn read(&mut self) -> Option<u8> {
        if !self.0.read_ready().unwrap_or(false) {
            return None;
        }
        let mut byte = [0];
        match self.0.read(&mut byte) {
            Ok(1) => byte.first().copied(),
            _ => None,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() || !self.0.write_ready().unwrap_or(false) {
            return 0;
        }
        self.0.write(bytes).unwrap_or(0)
    }
}

/// Datagrams to the centre and back. Any may be lost, doubled, late or altered.
pub trait Network {
    /// Sends one datagram of at most 1 200 bytes; `false` when it could not leave.
    fn send(&mut self, datagram: &[u8]) -> bool;

    /// Puts the next datagram of the centre into `buffer` and tells its length; longer ones are dropped.
    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize>;

    /// Whether the line is up, as far as the device can tell.
    fn up(&mut self) -> bool;
}
