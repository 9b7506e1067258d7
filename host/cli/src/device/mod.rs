//! A POS device on its line to this machine.

mod line;
mod said;
mod talk;

pub(crate) use said::{End, Ended, Info, Said, name};
pub(crate) use talk::{Carrier, Talk};
