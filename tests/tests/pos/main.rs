//! POS devices end to end.

mod network;
#[cfg(unix)]
mod qemu;
