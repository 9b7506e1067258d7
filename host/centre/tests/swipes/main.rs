//! The centre as terminals meet it, over real UDP.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which the lint does not know as tests")]

mod books;
mod crash;
mod enrolment;
mod faults;
mod ids;
mod limits;
mod model;
mod orders;
mod privacy;
mod purchase;
mod strangers;
mod support;
