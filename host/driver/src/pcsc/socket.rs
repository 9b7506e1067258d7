//! The socket of pcscd: there, closed to us, or nobody behind it.

use std::{io::ErrorKind, os::unix::net::UnixStream, path::PathBuf};

/// What a connection to the socket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    /// Somebody listens.
    Open,
    /// The file is not there.
    Missing,
    /// The file is there and nobody listens: pcscd died, or is about to start.
    Silent,
    /// The file rights refuse us.
    Denied,
}

/// Where pcsc-lite looks; the variable is its own.
pub(crate) fn path() -> PathBuf {
    std::env::var_os("PCSCLITE_CSOCK_NAME")
        .map_or_else(|| PathBuf::from("/run/pcscd/pcscd.comm"), PathBuf::from)
}

/// Tries the socket.
pub(crate) fn probe() -> Socket {
    match UnixStream::connect(path()) {
        Ok(_) => Socket::Open,
        Err(error) => match error.kind() {
            ErrorKind::PermissionDenied => Socket::Denied,
            ErrorKind::NotFound => Socket::Missing,
            _ => Socket::Silent,
        },
    }
}
