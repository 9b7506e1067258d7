//! Identity cards: a virtual reader under the driver, in one process with a time of its own, and through a real
//! pseudo-terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario that cannot go on must stop"
)]

mod desk;
mod documents;
mod faults;
mod paper;
#[cfg(unix)]
mod port;
mod rules;
