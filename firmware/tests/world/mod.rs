//! What surrounds the engine in the tests: media that loses power, a centre that follows the rules, a cashier.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod centre;
pub mod device;
pub mod media;
pub mod random;
