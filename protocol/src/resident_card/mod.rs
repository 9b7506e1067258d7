//! Resident identity cards and their relatives, through the security module of a serial reader.
//!
//! [`frame`] packs and finds frames, [`session`] holds one reading, [`text`] knows the four layouts, [`status`] the words of
//! the module. Nothing here knows a port or a clock.

mod answer;
pub mod frame;
mod module;
pub mod session;
pub mod status;
pub mod text;

pub use frame::LineSpeed;
pub use module::ModuleNumber;
pub use session::{ReadError, Session, Step, Timing, Wanted};
pub use status::Status;
pub use text::{DocumentKind, Field, TextBlock, Utf16};
