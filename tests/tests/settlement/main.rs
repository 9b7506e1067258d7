//! Whole settlements through the built command: card, till, signed message, centre, books.

mod disk;
mod faults;
mod killed;
mod privacy;
mod profiles;
mod purchase;
mod refusals;
mod signature;
mod tills;
