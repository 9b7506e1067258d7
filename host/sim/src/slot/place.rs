//! Where the slot line of a device is.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

#[cfg(unix)]
use crate::pty::Pty;

/// Where the line is: `unix:PATH`, `tcp:HOST:PORT`, `pty` or `pty:LINK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A TCP port.
    Tcp(String),
    /// A virtual serial port, made here, perhaps under a name of its own.
    Pty(Option<PathBuf>),
}

/// Who waits for whom on a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The device's side listens, as QEMU with `server=on`; the card goes to it.
    #[default]
    Connect,
    /// The card listens.
    Listen,
}

/// The text is no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceError;

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line is unix:PATH, tcp:HOST:PORT, pty or pty:LINK")
    }
}

impl std::error::Error for PlaceError {}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            Some(("tcp", address)) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            Some(("pty", link)) if !link.is_empty() => Ok(Self::Pty(Some(link.into()))),
            None if text == "pty" => Ok(Self::Pty(None)),
            _ => Err(PlaceError),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Pty(None) => f.write_str("pty"),
            Self::Pty(Some(link)) => write!(f, "pty:{}", link.display()),
        }
    }
}

/// What waits for the device, made once; connections come from it.
pub(super) enum Door {
    Connect(Place),
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
    #[cfg(unix)]
    Pty(Option<Box<Pty>>),
}

impl Door {
    pub(super) fn open(place: &Place, role: Role) -> io::Result<Self> {
        match (place, role) {
            #[cfg(unix)]
            (Place::Pty(link), _) => {
                Ok(Self::Pty(Some(Box::new(Pty::open(link.as_deref()).map_err(io::Error::other)?))))
            }
            #[cfg(not(unix))]
            (Place::Pty(_) | Place::Unix(_), _) => Err(io::ErrorKind::Unsupported.into()),
            (Place::Tcp(address), Role::Listen) => {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(Self::Tcp(listener))
            }
            #[cfg(unix)]
            (Place::Unix(path), Role::Listen) => {
                // A socket nobody listens on any more is in the way; anything else is not ours to remove.
                if UnixStream::connect(path)
                    .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
                {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                listener.set_nonblocking(true)?;
                Ok(Self::Unix(listener, path.clone()))
            }
            (place, Role::Connect) => Ok(Self::Connect(place.clone())),
        }
    }

    /// Where a program finds the line.
    pub(super) fn name(&self, place: &Place) -> String {
        match self {
            #[cfg(unix)]
            Self::Pty(Some(pty)) => pty.path().display().to_string(),
            Self::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| place.to_string(), |address| format!("tcp:{address}"))
            }
            _ => place.to_string(),
        }
    }

    /// A connection, if one comes within about this long.
    pub(super) fn pass(&mut self, limit: Duration) -> io::Result<Option<Line>> {
        let deadline = Instant::now() + limit;
        loop {
            let line = match self {
                Self::Connect(Place::Tcp(address)) => TcpStream::connect(address.as_str()).map(Line::tcp),
                #[cfg(unix)]
                Self::Connect(Place::Unix(path)) => UnixStream::connect(path).map(Line::unix),
                Self::Connect(_) => return Err(io::ErrorKind::Unsupported.into()),
                Self::Tcp(listener) => listener.accept().map(|(stream, _)| Line::tcp(stream)),
                #[cfg(unix)]
                Self::Unix(listener, _) => listener.accept().map(|(stream, _)| Line::unix(stream)),
                #[cfg(unix)]
                Self::Pty(pty) => match pty.take() {
                    Some(pty) => Ok(Ok(Line::Pty(pty))),
                    None => return Err(io::ErrorKind::NotConnected.into()),
                },
            };
            match line {
                Ok(line) => return line.map(Some),
                Err(error) if !passes(error.kind()) => return Err(error),
                Err(_) if Instant::now() >= deadline => return Ok(None),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

#[cfg(unix)]
impl Drop for Door {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The other side is not there yet.
fn passes(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionRefused, Interrupted, NotFound, WouldBlock};
    matches!(kind, ConnectionRefused | NotFound | WouldBlock | Interrupted)
}

/// A line that is open.
pub(super) enum Line {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    #[cfg(unix)]
    Pty(Box<Pty>),
}

/// What came of listening.
pub(super) enum Heard {
    Bytes(usize),
    Nothing,
    /// The other side is gone.
    Closed,
}

impl Line {
    fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        Ok(Self::Tcp(stream))
    }

    #[cfg(unix)]
    fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        Ok(Self::Unix(stream))
    }

    pub(super) fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Heard {
        let limit = limit.max(Duration::from_micros(1));
        let heard = match self {
            Self::Tcp(stream) => stream.set_read_timeout(Some(limit)).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(Some(limit)).and_then(|()| stream.read(buffer)),
            #[cfg(unix)]
            Self::Pty(pty) => {
                return match pty.receive(buffer, limit) {
                    Ok(0) => Heard::Nothing,
                    Ok(count) => Heard::Bytes(count),
                    Err(_) => Heard::Closed,
                };
            }
        };
        match heard {
            Ok(0) => Heard::Closed,
            Ok(count) => Heard::Bytes(count),
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut) || passes(error.kind()) => {
                Heard::Nothing
            }
            Err(_) => Heard::Closed,
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write_all(bytes),
            #[cfg(unix)]
            Self::Pty(pty) => pty.send(bytes),
        }
    }
}

/// A device that fetches nothing for so long is not running any more.
const WRITE_LIMIT: Duration = Duration::from_secs(2);
