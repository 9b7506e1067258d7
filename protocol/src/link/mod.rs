//! The line between a device and the PC of its till: frames on a serial line, and the messages in them.
//!
//! The till gives the device a sale and gets its result. A device without a network of its own has its sealed datagrams
//! carried to the centre, and every device is enrolled here. The line is neither secret nor trusted: what moves money is
//! sealed and signed by the device, and all a cut or forged line can do is to lose time.
//!
//! No message can carry the digits of a PIN. The till may *ask* that a PIN be checked ([`PinWish`]); the digits go from the
//! keypad to the card.
//!
//! | module | holds |
//! |---|---|
//! | [`frame`] | COBS, CRC-32, header; receiver and sender |
//! | [`message`] | what the till says, what the device says |
//! | [`sale`] | a sale, its states, its result |

mod codec;
pub mod frame;
pub mod message;
pub mod sale;

pub use frame::{Channel, Frame, FrameError, Outbox, QueueError, Receiver};
pub use message::{DeviceInfo, FromDevice, FromTill, MessageError};
pub use sale::{PinWish, Sale, SaleOutcome, SaleResult, SaleState, Settled};

/// The oldest version of frame and messages understood here.
pub const MIN_VERSION: u8 = 1;
/// The version written here.
pub const CURRENT_VERSION: u8 = 1;

/// Longest payload of a frame in bytes: a datagram of 1 200 bytes with its wrapping, or a sale whose swipe fits one.
pub const MAX_PAYLOAD: usize = 1280;

#[cfg(test)]
mod tests;
