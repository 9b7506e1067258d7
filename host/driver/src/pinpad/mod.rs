//! PIN pads: readers with keys of their own, so that the digits never reach this machine (PC/SC part 10).
//!
//! The reader lists its features behind one control code ([`Features`]); [`PinVerify`] is the structure that has it take
//! the PIN, put it into VERIFY and send that to the card; the answer is the card's, or one of the reader's own
//! ([`PadAnswer`]). Used by [`verify_pin_on_pad`](crate::social_card::verify_pin_on_pad).
//!
//! The bytes are tested against the standard. No reader with keys was tried yet.

mod answer;
mod features;
mod verify;

pub use answer::{PadAnswer, PadError};
pub use features::{Features, GET_FEATURES};
pub use verify::PinVerify;
