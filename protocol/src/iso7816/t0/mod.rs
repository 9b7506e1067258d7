//! The byte protocol. Source: ISO/IEC 7816-3:2006 §10.
//!
//! The device sends five header bytes; the card answers with procedure bytes: *wait* (`60`), *all the data* (the
//! instruction), *one byte* (its complement), or the first byte of the status word.

mod card;
mod device;

pub use card::{Card, CardLine};
pub use device::Exchange;
