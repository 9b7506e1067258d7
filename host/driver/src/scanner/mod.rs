//! Scanners: an e-voucher code from a serial scanner, from one that types like a keyboard, or from a picture.
//!
//! | item | is |
//! |---|---|
//! | [`CodeScanner`] | a scanner on a serial port (also USB-CDC) or one in keyboard mode |
//! | [`picture::read`] | QR and 1-D codes in a PNG or JPEG |
//! | [`wedge`] | keys into text, and the exclusive grab of a keyboard-mode scanner |
//!
//! What a scanner sends is cut into codes by [`yika_protocol::voucher`]. A code is a bearer secret: nothing here logs or
//! shows one, and what was scanned before [`CodeScanner::scan`] was called does not count: it belongs to somebody else's
//! purchase.

mod error;
pub mod picture;
mod scan;
pub mod wedge;

pub use error::ScanError;
pub use scan::{CodeScanner, Scan};
pub use wedge::WedgeError;
