//! Identity cards: a virtual reader under the driver, in one process with a time of its own, and through a real
//! pseudo-terminal.

mod desk;
mod documents;
mod faults;
#[cfg(unix)]
mod port;
mod rules;
