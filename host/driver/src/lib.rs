//! Cards and readers of a PC.
//!
//! A social security card is read in one short transaction over PC/SC, whatever goes wrong is told by name and in
//! time, and the next read works without restarting the program.
//!
//! | module | holds |
//! |---|---|
//! | [`CardService`] | readers, waiting for a card, worker threads under a deadline |
//! | [`social_card`] | reading the card, verifying its PIN |
//! | [`resident_card`] | reading identity cards over a serial port |
//! | [`serial`] | serial ports: identity, opening, a line under a deadline |
//! | [`scanner`] | e-voucher codes from scanners and pictures |
//! | [`terminal`] | all devices of a counter as one stream of events; the next credential |
//! | [`keys`] | the key service that opens cards of generation 3 |
//! | [`pinpad`] | readers with keys of their own: features, the request for a PIN, its answers |
//! | [`doctor`] | which of service, permission, driver, reader, card is wrong |
//! | [`reader`] | identity of a reader and the rule that picks one |
//! | [`link`] | the seam: what a card service must be able to do; [`pcsc`] is the real one |
//!
//! ```no_run
//! use yika_driver::{CardService, social_card::{self, ReadOptions}};
//!
//! let service = CardService::pcsc();
//! let card = social_card::read(&service, &ReadOptions::default())?;
//! println!("{:?}", card); // masked
//! # Ok::<(), yika_driver::social_card::ReadError>(())
//! ```

pub mod doctor;
pub mod keys;
pub mod link;
pub mod pcsc;
pub mod pinpad;
pub mod reader;
pub mod resident_card;
pub mod scanner;
pub mod serial;
pub mod social_card;
pub mod terminal;

mod error;
mod progress;
mod service;
mod words;

pub use error::{Holder, LinkError};
pub use progress::{Limits, Progress, Stage};
pub use reader::{Reader, ReaderId, ReaderName, Selection};
pub use service::{Cancel, CardService};
pub use words::Words;
