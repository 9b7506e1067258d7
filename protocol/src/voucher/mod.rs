//! E-voucher codes: what a scanner sends, and what may pass as a code.
//!
//! A code is a bearer secret while it lives: whoever holds it can pay with it. Its alphabet and check digit are not
//! published, so it is opaque here: printable ASCII in a window of lengths.
//!
//! | module | holds |
//! |---|---|
//! | [`code`] | a code, and the rule it must pass |
//! | [`scanner`] | the bytes of a scanner, cut into codes |
//! | [`symbology`] | which kind of bar code it was, by its AIM identifier |

pub mod code;
pub mod scanner;
pub mod symbology;

pub use code::{Code, CodeError, CodeRule};
pub use scanner::{Framing, Scanned, Scanner, Suffix};
pub use symbology::Symbology;
