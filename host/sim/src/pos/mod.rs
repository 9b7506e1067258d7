//! A POS device on the desk: the firmware's own application over a board that is made of nothing.
//!
//! [`DeskBoard`] is the board: keys, screen, slot with a [virtual card](crate::VirtualCard), scanner and keypad, printer, reader of
//! identity cards. [`Paper`] turns the printer's bytes into text and pictures, [`picture`] the screen.

mod board;
#[cfg(unix)]
mod keyboard;
mod media;
mod paper;
mod parts;
pub mod picture;
mod script;
mod wires;

pub use board::DeskBoard;
#[cfg(unix)]
pub use keyboard::{Keyboard, Stroke};
pub use media::Blocks;
pub use paper::{Paper, Row};
pub use parts::{
    DeskClock, DeskEntropy, DeskIds, DeskKeys, DeskNetwork, DeskScreen, DeskSlot, DeskTill, Fed, Offline,
    Printed, Wire,
};
pub use script::{Act, ScriptError, script};
pub use wires::{Socket, Udp};
