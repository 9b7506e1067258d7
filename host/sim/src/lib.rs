//! Devices that do not exist: a virtual card, in process and as a client of the virtual reader.
//!
//! [`VirtualCard`] is a model of a social security card, not a script: it has files, keys, a PIN and a security state,
//! and reads its APDUs by itself. [`CardSpec`] says which card it is and what is odd about it. [`Torn`] tears it out of
//! the reader at a chosen or a seeded moment; [`Watched`] counts what passes.
//!
//! [`slot`] carries it, character by character, to the contacts of a device under test.
//! [`scanner`] scans e-voucher codes on a virtual serial port, [`phone`] shows one; [`id_reader`] reads identity cards on one.
//!
//! In one process a test calls [`Card::transmit`]; [`vpcd`] carries the same card to the virtual reader of a real
//! PC/SC service.

mod card;
pub mod id_reader;
mod model;
pub mod phone;
pub mod pos;
mod psam;
#[cfg(unix)]
pub mod pty;
mod random;
pub mod scanner;
pub mod slot;
mod spec;
mod torn;
pub mod vpcd;
mod watch;

pub use card::{Card, CardAnswer};
pub use model::VirtualCard;
pub use psam::{PsamFault, PsamSpec, VirtualPsam};
pub use spec::{
    CardSpec, Generation, Interface, Key, KeySource, KeySpec, Quirk, QuirkError, Quirks, SpecError,
};
pub use torn::{Moment, Plan, Tear, TearError, Torn};
pub use watch::{Exchange, Watch, Watched};
