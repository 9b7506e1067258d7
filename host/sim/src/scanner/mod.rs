//! A scanner that does not exist, on a virtual serial port.
//!
//! It is a presentation scanner before which somebody holds a code: it scans at intervals, or when told. [`Gun`] decides, by
//! a seed, what each scan puts on the line and what goes wrong with it; [`VirtualScanner`] puts it on a real port.

mod fault;
mod gun;
#[cfg(unix)]
mod run;

pub use fault::{ScanFault, ScanFaultError};
pub use gun::{Gun, Step};
#[cfg(unix)]
pub use run::VirtualScanner;

use std::time::Duration;

/// A scanner and the code before it.
#[derive(Clone, Debug)]
pub struct ScannerSpec {
    /// What stands in front of the code: a shop's prefix, STX.
    pub before: Vec<u8>,
    /// What stands behind it: CR, LF, CR LF, tab, ETX or nothing.
    pub after: Vec<u8>,
    /// AIM identifier (`]Q1`), between the two.
    pub aim: Vec<u8>,
    /// Time from one scan to the next; `None` scans only when told.
    pub every: Option<Duration>,
    /// What may go wrong; about half of the scans go well.
    pub faults: Vec<ScanFault>,
    /// The same seed makes the same faults.
    pub seed: u64,
}

impl Default for ScannerSpec {
    fn default() -> Self {
        Self {
            before: Vec::new(),
            after: b"\r".to_vec(),
            aim: Vec::new(),
            every: Some(Duration::from_secs(2)),
            faults: Vec::new(),
            seed: 0,
        }
    }
}
