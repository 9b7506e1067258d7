//! An identity-card reader that does not exist: the security module as a model, the card that lies on it, and the port it
//! hangs on.
//!
//! [`IdReaderModel`] knows no port and no clock of its own: bytes and the time go in, answers with their times come out. It
//! keeps the rules of real modules: a card is found, chosen, read, and not found again until it is lifted; looks for a
//! card come at least 300 ms apart. [`IdFaults`] spoil its answers by a seed. `IdReader` (where there are pseudo-terminals)
//! puts it on a serial port.

mod faults;
mod layout;
mod model;
#[cfg(unix)]
mod running;
mod spec;

pub use faults::{IdFault, IdFaultError, IdFaults};
pub use model::{Emit, IdReaderModel, Reply};
#[cfg(unix)]
pub use running::{IdReader, IdReaderEvent};
pub use spec::{IdCardSpec, IdCardType, IdSpecError};
