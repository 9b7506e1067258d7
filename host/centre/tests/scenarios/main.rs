//! The centre as its callers meet it, over real HTTP.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which the lint does not know as tests")]

mod accounts;
mod faults;
mod gateways;
mod ids;
mod keys;
mod purchase;
mod seeding;
mod support;
mod surface;
mod vouchers;
