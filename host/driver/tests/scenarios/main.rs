//! Scenarios of the driver with virtual cards in one process; the same with the real service are in `tests/` of the
//! workspace.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(unreachable_pub, reason = "one binary; `pub` here means: for the other scenario files")]

mod bench;
mod pin;
mod pinpad;
mod psam;
mod reading;
mod trouble;
mod waiting;
