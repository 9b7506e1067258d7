//! The block protocol. Source: ISO/IEC 7816-3:2006 §11.
//!
//! [`block`] packs and checks blocks; [`Exchange`] is the device's end of one command, [`Card`] the card's end.

pub mod block;
mod card;
mod device;

pub use card::{Card, CardBlock};
pub use device::{Exchange, Link};
