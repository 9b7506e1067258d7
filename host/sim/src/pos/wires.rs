//! Real lines for the device on the desk: UDP to a centre, a socket where the till's PC comes in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use yika_firmware::hal::{Network, SerialLine};

/// Datagrams to one centre.
#[derive(Debug)]
pub struct Udp(UdpSocket);

impl Udp {
    /// A socket of its own, to this centre only.
    ///
    /// # Errors
    /// No socket can be had.
    pub fn to(centre: SocketAddr) -> io::Result<Self> {
        let own: SocketAddr = if centre.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(own)?;
        socket.connect(centre)?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }
}

impl Network for Udp {
    fn send(&mut self, datagram: &[u8]) -> bool {
        self.0.send(datagram).is_ok()
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.0.recv(buffer).ok()
    }

    fn up(&mut self) -> bool {
        true
    }
}

/// Something a PC can connect to.
#[derive(Debug)]
enum Door {
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
    Tcp(TcpListener),
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// A line that one PC at a time comes in on.
pub struct Socket {
    door: Door,
    guest: Option<Box<dyn Both>>,
    read: Vec<u8>,
    taken: usize,
}

impl Socket {
    /// Listens at a path. A socket left over from before is taken away.
    ///
    /// # Errors
    /// The path cannot be listened at.
    #[cfg(unix)]
    pub fn at_path(path: &Path) -> io::Result<Self> {
        if UnixStream::connect(path).is_err() {
            let _ = std::fs::remove_file(path);
        }
        let door = UnixListener::bind(path)?;
        door.set_nonblocking(true)?;
        Ok(Self::new(Door::Unix(door, path.to_owned())))
    }

    /// Listens at an address; only this machine's own are sensible, the line is not protected.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn at_address(address: SocketAddr) -> io::Result<Self> {
        let door = TcpListener::bind(address)?;
        door.set_nonblocking(true)?;
        Ok(Self::new(Door::Tcp(door)))
    }

    fn new(door: Door) -> Self {
        Self { door, guest: None, read: Vec::new(), taken: 0 }
    }

    fn welcome(&mut self) {
        let guest: Option<Box<dyn Both>> = match &self.door {
            #[cfg(unix)]
            Door::Unix(door, _) => door.accept().ok().and_then(|(guest, _)| unblocked_unix(guest)),
            Door::Tcp(door) => door.accept().ok().and_then(|(guest, _)| unblocked_tcp(guest)),
        };
        if let Some(guest) = guest {
            self.guest = Some(guest);
            self.read.clear();
            self.taken = 0;
        }
    }
}

#[cfg(unix)]
fn unblocked_unix(guest: UnixStream) -> Option<Box<dyn Both>> {
    guest.set_nonblocking(true).ok()?;
    Some(Box::new(guest))
}

fn unblocked_tcp(guest: TcpStream) -> Option<Box<dyn Both>> {
    guest.set_nonblocking(true).ok()?;
    guest.set_nodelay(true).ok()?;
    Some(Box::new(guest))
}

impl Drop for Socket {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Door::Unix(_, path) = &self.door {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl SerialLine for Socket {
    fn read(&mut self) -> Option<u8> {
        if self.taken >= self.read.len() {
            self.taken = 0;
            // The newest guest is the one that counts: a PC that crashed never says goodbye.
            self.welcome();
            self.read.resize(512, 0);
            let came = match self.guest.as_mut()?.read(&mut self.read) {
                Ok(0) => {
                    self.guest = None;
                    0
                }
                Ok(came) => came,
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                Err(_) => {
                    self.guest = None;
                    0
                }
            };
            self.read.truncate(came);
        }
        let byte = self.read.get(self.taken).copied();
        self.taken += usize::from(byte.is_some());
        byte
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        match self.guest.as_mut().map(|guest| guest.write(bytes)) {
            Some(Ok(taken)) => taken,
            Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => 0,
            // Nobody listens: a serial line loses such bytes too.
            _ => bytes.len(),
        }
    }
}
