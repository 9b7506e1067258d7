//! Formats and conversations of a settlement terminal: `no_std`, no heap, sans-IO.
//!
//! Everything here is bytes in, bytes out. No clock, no socket, no random source: a device, a PC, a test and a
//! fuzzer run the same code. Nothing in this crate panics on any input; what cannot be understood is an error.
//!
//! | module | holds |
//! |---|---|
//! | [`apdu`] | command and response of ISO/IEC 7816-4, status words, answer to reset, TLV |
//! | [`social_card`] | files of the social security card, the read session, the PIN session |
//! | [`iso7816`] | characters and blocks of a card with contacts: T=0, T=1, PPS, waiting times |
//! | [`psam`] | the security module of a terminal: key delivery, the answer for a card |
//! | [`resident_card`] | the resident identity card: frames of the reader module, one reading, four text layouts |
//! | [`voucher`] | the e-voucher: framing of scanners, what may pass as a code |
//! | [`card_keys`] | everything that is *assumed* about the keys of the card, in one place, switchable |
//! | [`identity`] | certificate number, region, institution, date, masked and zeroized personal data |
//! | [`money`] | fen, unit price, quantity |
//! | [`swipe`] | the terminal's messages: one sealed datagram each way, enrolment, evidence |
//! | [`link`] | the serial line between a device and its till |
//! | [`cbor`] | deterministic CBOR, strict in reading |
//! | [`sign`] | signer and verifier, SM2 with SM3 |
//! | [`fault`] | the one table of coded faults |
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(clippy::unreachable, clippy::todo, clippy::unimplemented)]

#[cfg(test)]
extern crate std;

pub mod apdu;
mod bytes;
pub mod card_keys;
pub mod cbor;
pub mod fault;
pub mod identity;
pub mod iso7816;
pub mod link;
pub mod money;
pub mod psam;
pub mod resident_card;
pub mod sign;
pub mod social_card;
pub mod swipe;
pub mod voucher;
