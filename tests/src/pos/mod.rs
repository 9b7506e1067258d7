//! POS devices against a real centre: in one process with a bad network, and in QEMU.
//!
//! | module | gives |
//! |---|---|
//! | [`media`] | blocks of a device that lose power between and inside writes |
//! | [`desk`] | a device and its cashier: the firmware's swipe engine in virtual time |
//! | [`mod@line`] | a network that loses, doubles, reorders, delays, damages, replays |
//! | `qemu` | the device in QEMU, its lines and its SD card |
//! | [`town`] | centre, devices, line and time together, played by a seed |

pub mod desk;
pub mod line;
pub mod media;
#[cfg(unix)]
pub mod qemu;
pub mod town;
