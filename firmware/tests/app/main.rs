//! The application by what happens at a counter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod desk;
mod enrolment;
mod loss;
mod menu;
mod pictures;
mod property;
mod sales;
mod till;
#[path = "../world/mod.rs"]
mod world;
