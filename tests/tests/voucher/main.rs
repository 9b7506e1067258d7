//! E-voucher codes: scanned, photographed, drawn; codes drawn by others, codes of ours read by others.

mod drawn;
mod issued;
mod pictures;
mod scanned;
mod support;
