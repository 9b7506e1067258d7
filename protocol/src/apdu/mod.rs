//! What goes to a card and comes back: ISO/IEC 7816-4 commands, responses and status words, the answer to reset of
//! ISO/IEC 7816-3, and the TLV of records and FCI.

mod atr;
mod command;
mod response;
pub mod tlv;

pub use atr::{Atr, AtrError, Interface, Protocol};
pub use command::{Command, CommandError, Le};
pub use response::{Response, ResponseError, Status, StatusKind};
