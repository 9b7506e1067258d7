//! The application of a POS terminal: `no_std`, no heap, hardware only through traits.
//!
//! One superloop, nothing blocks: every part has `poll`, and time is given to it as [`hal::Millis`] since boot. So
//! the same application runs on a Cortex-M, in a desktop simulator and in tests with virtual time.
//!
//! | module | holds |
//! |---|---|
//! | [`hal`] | what a board gives: clock, card slot line, keys, screen, entropy, media, network, serial lines, watchdog |
//! | `entropy` | the health test without which no raw sample is used |
//! | [`slot`] | the card in the slot: reset, protocol, reading, PIN, the cryptogram of a purchase |
//! | `store` | durable records on 512-byte blocks: torn writes, rot and loss are told apart from *empty* |
//! | [`swipes`] | the engine of swipes, reversals, voids and day totals; no power cut takes money twice or loses it |
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(clippy::unreachable, clippy::todo, clippy::unimplemented, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

#[cfg(test)]
extern crate std;

pub mod app;
pub mod entropy;
pub mod hal;
pub mod pinpad;
pub mod screen;
pub mod slip;
pub mod slot;
pub mod store;
pub mod swipes;
pub mod text;
pub mod till;
