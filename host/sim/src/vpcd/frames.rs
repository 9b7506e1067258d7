//! Messages over the socket: two bytes of length, big-endian, and the bytes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// Reads and writes whole messages.
pub(super) struct Frames<'a> {
    stream: &'a TcpStream,
    /// What was received and not yet used.
    buffer: Vec<u8>,
    /// Bytes of the message given out last.
    used: usize,
}

impl<'a> Frames<'a> {
    pub(super) fn new(stream: &'a TcpStream) -> Self {
        Self { stream, buffer: Vec::with_capacity(512), used: 0 }
    }

    /// The next message that is not empty; `None` when the other side closed between two messages.
    pub(super) fn receive(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            self.buffer.drain(..self.used);
            self.used = 0;
            let length = match self.buffer.as_slice() {
                [high, low, ..] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
                _ => None,
            };
            match length {
                Some(length) if self.buffer.len() >= 2 + length => {
                    self.used = 2 + length;
                    if length > 0 {
                        return Ok(self.buffer.get(2..self.used));
                    }
                }
                _ => {
                    if !self.fill()? {
                        return if self.buffer.is_empty() {
                            Ok(None)
                        } else {
                            Err(ErrorKind::UnexpectedEof.into())
                        };
                    }
                }
            }
        }
    }

    /// `false` at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 512];
        let mut stream = self.stream;
        let count = loop {
            match stream.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.acknowledge_at_once();
        self.buffer.extend(chunk.iter().take(count));
        Ok(count > 0)
    }

    /// vpcd may write length and body in two segments, and its kernel holds the second back until the first is
    /// acknowledged; a delayed acknowledgement would cost every APDU 40 ms. Linux forgets the setting, so it is made
    /// after every receive.
    fn acknowledge_at_once(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Err(error) = socket2::SockRef::from(self.stream).set_tcp_quickack(true) {
            tracing::debug!(%error, "no quick acknowledgement; exchanges will be slow");
        }
    }

    /// One message in one segment.
    pub(super) fn send(&self, message: &[u8]) -> io::Result<()> {
        self.send_part(message, message.len())
    }

    /// A message that announces `length` bytes and carries fewer.
    pub(super) fn send_part(&self, bytes: &[u8], length: usize) -> io::Result<()> {
        let length = u16::try_from(length).map_err(|_| ErrorKind::InvalidInput)?;
        let frame = [&length.to_be_bytes(), bytes].concat();
        let mut stream = self.stream;
        stream.write_all(&frame)
    }
}
