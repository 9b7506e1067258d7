//! A serial port that does not exist: a pseudo-terminal whose far end is ours.
//!
//! A program opens [`Pty::path`] like any serial port. The line speed it sets can be asked for, so a virtual device can be
//! as deaf at a wrong speed as a real one. Dropping the port is pulling the plug.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{self, OptionalActions};
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yika_protocol::fault::{self, Fault};

/// The far end of a virtual serial port.
pub struct Pty {
    master: OwnedFd,
    // Held open so that the far end sees no hang-up when a program closes the port.
    slave: OwnedFd,
    device: PathBuf,
    link: Option<PathBuf>,
}

/// Why there is no virtual port.
#[derive(Debug)]
pub struct PtyError {
    path: PathBuf,
    source: io::Error,
}

impl PtyError {
    /// Also what else keeps a virtual device from starting.
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }

    /// The coded fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        &fault::credential::VIRTUAL_PORT
    }
}

impl From<io::Error> for PtyError {
    /// The port was made, and what serves it was not.
    fn from(source: io::Error) -> Self {
        Self { path: PathBuf::from("pty"), source }
    }
}

impl fmt::Display for PtyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for PtyError {}

impl Pty {
    /// Makes a port. With `link` it is also reachable there, under a name that stays the same when the port is made anew;
    /// a link of that name is replaced, any other file is not.
    ///
    /// # Errors
    /// The system has no more pseudo-terminals, or the link cannot be made.
    pub fn open(link: Option<&Path>) -> Result<Self, PtyError> {
        let (master, slave, device) = pair()
            .map_err(|errno| PtyError { path: PathBuf::from("/dev/ptmx"), source: io::Error::from(errno) })?;
        if let Some(link) = link {
            make_link(&device, link).map_err(|source| PtyError { path: link.to_owned(), source })?;
        }
        Ok(Self { master, slave, device, link: link.map(Path::to_owned) })
    }

    /// What a program opens: the link if there is one, else the device.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.link.as_deref().unwrap_or(&self.device)
    }

    /// Bytes from the program, after at most `limit`; 0 when none came.
    ///
    /// # Errors
    /// As the system says; a program that closes the port is no error.
    pub fn receive(&self, buffer: &mut [u8], limit: Duration) -> io::Result<usize> {
        let mut polled = [PollFd::new(&self.master, PollFlags::IN)];
        let limit = Timespec::try_from(limit).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        match poll(&mut polled, Some(&limit)) {
            Ok(0) | Err(Errno::INTR) => {
                // A program that was killed leaves its claim on the port behind.
                let _ = termios::ioctl_tiocnxcl(&self.slave);
                return Ok(0);
            }
            Ok(_) => {}
            Err(errno) => return Err(errno.into()),
        }
        match rustix::io::read(&self.master, buffer) {
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Sends bytes to the program. What it does not fetch for long is lost, as on a wire.
    ///
    /// # Errors
    /// As the system says.
    pub fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.master, bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let mut polled = [PollFd::new(&self.master, PollFlags::OUT)];
                    if poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 200_000_000 })) == Ok(0) {
                        return Ok(());
                    }
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// The line speed that the program has set, in baud.
    #[must_use]
    pub fn speed(&self) -> u32 {
        termios::tcgetattr(&self.slave).map_or(0, |settings| settings.output_speed())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if let Some(link) = &self.link
            && fs::read_link(link).is_ok_and(|target| target == self.device)
        {
            let _ = fs::remove_file(link);
        }
    }
}

fn pair() -> Result<(OwnedFd, OwnedFd, PathBuf), Errno> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let slave = rustix::fs::open(
        name.as_c_str(),
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK,
        Mode::empty(),
    )?;
    // No echo and no line editing, also before a program has set the port up.
    let mut settings = termios::tcgetattr(&slave)?;
    settings.make_raw();
    settings.set_speed(115_200)?;
    termios::tcsetattr(&slave, OptionalActions::Now, &settings)?;
    rustix::fs::fcntl_setfl(&master, rustix::fs::fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
    Ok((master, slave, PathBuf::from(name.to_string_lossy().into_owned())))
}

fn make_link(device: &Path, link: &Path) -> io::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(there) if there.file_type().is_symlink() => fs::remove_file(link)?,
        Ok(_) => return Err(io::Error::from(io::ErrorKind::AlreadyExists)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::os::unix::fs::symlink(device, link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn bytes_go_both_ways_unchanged_and_a_closed_program_is_no_error() {
        let pty = Pty::open(None).unwrap();
        let mut program = fs::OpenOptions::new().read(true).write(true).open(pty.path()).unwrap();
        let every: Vec<u8> = (0..=255).collect();
        program.write_all(&every).unwrap();
        let mut got = Vec::new();
        let mut buffer = [0; 64];
        while got.len() < every.len() {
            let count = pty.receive(&mut buffer, Duration::from_secs(5)).unwrap();
            got.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(got, every);
        pty.send(&every).unwrap();
        let mut back = [0; 256];
        program.read_exact(&mut back).unwrap();
        assert_eq!(back[..], every);
        drop(program);
        assert_eq!(pty.receive(&mut buffer, Duration::ZERO).unwrap(), 0);
        assert_eq!(pty.speed(), 115_200);
    }

    #[test]
    fn a_link_replaces_only_a_link_and_goes_with_the_port() {
        let folder = std::env::temp_dir().join(format!("yika-pty-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let link = folder.join("reader");
        let first = Pty::open(Some(&link)).unwrap();
        let second = Pty::open(Some(&link)).unwrap();
        assert_eq!(second.path(), link);
        drop(first);
        assert!(fs::metadata(&link).is_ok(), "the second port's link stays");
        drop(second);
        assert!(fs::symlink_metadata(&link).is_err());
        fs::write(&link, "precious").unwrap();
        assert!(Pty::open(Some(&link)).is_err());
        assert_eq!(fs::read_to_string(&link).unwrap(), "precious");
        fs::remove_dir_all(&folder).unwrap();
    }
}
