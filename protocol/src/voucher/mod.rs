//! E-voucher codes: what a scanner sends, and what may pass as a code.
//!
//! A code is a bearer secret while it lives: whoever holds it can pay with it. Its alphabet and check digit are not
//! published, so it is opaque here: printable ASCII in a window of lengths.

pub mod code;
pub mod scanner;

pub use code::{Code, CodeError, CodeRule};
pub use scanner::{Framing, Scanned, Scanner, Suffix};
