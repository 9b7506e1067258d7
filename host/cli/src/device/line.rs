//! The line: a serial port, or a socket on the bench.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use yika_driver::serial::{self, Line, SerialError, SystemPorts};

/// Opens what `port` names.
pub(super) fn open(port: &str, baud: u32) -> Result<Box<dyn Line>, SerialError> {
    match port.split_once(':') {
        Some(("tcp", address)) => {
            let failed = |error: io::Error| not_there(port, &error);
            let addresses = address.to_socket_addrs().map_err(failed)?;
            let mut last = io::Error::from(io::ErrorKind::NotFound);
            for address in addresses {
                match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
                    Ok(stream) => {
                        let _ = stream.set_nodelay(true);
                        let _ = stream.set_write_timeout(Some(SEND));
                        return Ok(Box::new(Socket::new(stream, |stream, limit| {
                            stream.set_read_timeout(limit)
                        })));
                    }
                    Err(error) => last = error,
                }
            }
            Err(failed(last))
        }
        #[cfg(unix)]
        Some(("unix", path)) => {
            let stream = UnixStream::connect(path).map_err(|error| not_there(port, &error))?;
            let _ = stream.set_write_timeout(Some(SEND));
            Ok(Box::new(Socket::new(stream, |stream, limit| stream.set_read_timeout(limit))))
        }
        _ => serial::open(&SystemPorts, port, baud),
    }
}

/// Frames are short; one that does not leave in this time never will.
const SEND: Duration = Duration::from_secs(2);

fn not_there(port: &str, error: &io::Error) -> SerialError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            SerialError::NotFound { wanted: port.to_owned(), present: Vec::new() }
        }
        io::ErrorKind::PermissionDenied => SerialError::AccessDenied { path: port.to_owned() },
        _ => SerialError::Other { reason: format!("{port}: {error}") },
    }
}

/// A socket that behaves as a serial line.
struct Socket<S> {
    stream: S,
    patience: fn(&S, Option<Duration>) -> io::Result<()>,
    opened: Instant,
}

impl<S: Read + Write + Send> Socket<S> {
    fn new(stream: S, patience: fn(&S, Option<Duration>) -> io::Result<()>) -> Self {
        Self { stream, patience, opened: Instant::now() }
    }
}

impl<S: Read + Write + Send> Line for Socket<S> {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        let limit = limit.max(Duration::from_millis(1));
        match (self.patience)(&self.stream, Some(limit)).and_then(|()| self.stream.read(buffer)) {
            Ok(0) => Err(SerialError::Gone),
            Ok(count) => Ok(count),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
                _ => Err(SerialError::Gone),
            },
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError> {
        self.stream.write_all(bytes).map_err(|_| SerialError::Gone)
    }

    fn set_speed(&mut self, _: u32) -> Result<(), SerialError> {
        Ok(())
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        let mut buffer = [0; 512];
        while self.receive(&mut buffer, Duration::from_millis(1))? > 0 {}
        Ok(())
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}
