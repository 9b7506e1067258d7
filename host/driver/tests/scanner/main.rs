//! Scanners on virtual serial ports and codes in pictures.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod pictures;
mod serial;
