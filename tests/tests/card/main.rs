//! Social security cards through the real PC/SC service, with virtual readers.

mod bad_cards;
mod bench;
mod generations;
mod opinion;
mod pin;
mod psam;
mod readers;
mod service;
mod torn;
