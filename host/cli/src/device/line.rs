//! The line: a serial port, or a socket on the bench.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use yika_driver::serial::{self, Line, SerialError, SystemPorts};
use yika_protocol::fault::credential::PORT_NOBODY;
use yika_protocol::fault::settle::ARGUMENT_INVALID;

use crate::failure::Failure;
use crate::lang::Words;

/// Opens what `port` names.
///
/// # Errors
/// Usage when the address is malformed, [`PORT_NOBODY`] when nobody listens there, and all of a serial port.
pub(super) fn open(port: &str, baud: u32) -> Result<Box<dyn Line>, Failure> {
    match port.split_once(':') {
        Some(("tcp", address)) => {
            let whole = address.rsplit_once(':').is_some_and(|(host, number)| {
                !host.is_empty() && number.parse::<u16>().is_ok_and(|it| it > 0)
            });
            if !whole {
                return Err(malformed(port, "tcp:HOST:PORT"));
            }
            let failed = |error: io::Error| not_there(port, &error);
            let mut last = io::Error::from(io::ErrorKind::NotFound);
            for address in address.to_socket_addrs().map_err(failed)? {
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
        Some(("unix", "")) => Err(malformed(port, "unix:PATH")),
        #[cfg(unix)]
        Some(("unix", path)) => {
            let stream = UnixStream::connect(path).map_err(|error| not_there(port, &error))?;
            let _ = stream.set_write_timeout(Some(SEND));
            Ok(Box::new(Socket::new(stream, |stream, limit| stream.set_read_timeout(limit))))
        }
        _ => serial::open(&SystemPorts, port, baud).map_err(Failure::from),
    }
}

/// Frames are short; one that does not leave in this time never will.
const SEND: Duration = Duration::from_secs(2);

fn malformed(port: &str, form: &str) -> Failure {
    Failure::new(&ARGUMENT_INVALID)
        .detail(Words::new(format!("--port {port}: 应为 {form}"), format!("--port {port}: must be {form}")))
}

/// A missing socket, a refused connection, a host without an address: there is no device either way. The system's word
/// stands in the detail.
fn not_there(port: &str, error: &io::Error) -> Failure {
    Failure::new(&PORT_NOBODY).detail(Words::same(format!("{port}: {error}")))
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
