//! The resident identity card and its relatives, through a reader on a serial port.
//!
//! ```no_run
//! use std::sync::Arc;
//! use yika_driver::{Cancel, resident_card::{IdReader, ReadOptions}, serial::SystemPorts};
//!
//! let reader = IdReader::new(Arc::new(SystemPorts), "/dev/ttyUSB0", ReadOptions::default());
//! let document = reader.read(None, &Cancel::default())?;
//! println!("{:?}", document); // masked
//! # Ok::<(), yika_driver::resident_card::ReadError>(())
//! ```

mod convert;
mod document;
mod error;
mod reader;
mod talk;
mod text;

pub use document::{CardType, ResidentDocument};
pub use error::{DocumentError, ReadError};
pub use reader::{IdReader, ReadOptions};
