//! The e-voucher (医保电子凭证): decoding a scanned code, by transaction 6101 or over the e-voucher interface.
//!
//! A code is shown on the person's phone and lives for about a minute. Decoded, it becomes an `ecToken`, which stands as
//! the certificate number (`mdtrt_cert_type` 01) in 1101 and every later call of one purchase. Two ways lead there:
//!
//! | way | message | how the sender is known |
//! |---|---|---|
//! | transaction 6101 | [`Decode`], in the platform's envelope | as for every transaction |
//! | `ec.query`, posted to [`PATH`] | [`Question`] and [`Answer`] | signed and encrypted ([`seal`]), or the gateway's headers |
//!
//! Sources: 6101 is in the interface specification; the e-voucher interface is known from implementations only. What no
//! source says, and is assumed here, is said where it stands.

mod app;
mod decode;
mod issue;
mod message;
mod order;
pub mod seal;

pub use app::{App, AppError};
pub use decode::{Decode, DecodeOutput, DecodeRow, DecodedRow};
pub use issue::{ISSUE_PATH, IssueRequest, Issued};
pub use message::{Answer, CANCELLED, MessageError, Question};
pub use order::FieldOrder;

/// Path of the e-voucher interface, relative to the address of its front end.
pub const PATH: &str = "/localcfc/api/hsecfc/localQrCodeQuery";

/// `transType` of a decode.
pub const QUERY: &str = "ec.query";

/// `businessType`: a purchase at a pharmacy.
pub const PHARMACY_PURCHASE: &str = "02121";
