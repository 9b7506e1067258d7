//! What lies where on the SD image of the bench. `xtask` writes the same numbers.

/// Addresses on the network.
pub(crate) const SETUP: u32 = 0;
/// Random bytes of the PC.
pub(crate) const ENTROPY_FIRST: u32 = 16;
/// The block behind them.
pub(crate) const ENTROPY_END: u32 = 2048;
/// The record store.
pub(crate) const STORE_FIRST: u32 = 2048;
/// Its length: room for the largest ring.
pub(crate) const STORE_BLOCKS: u32 = 1024;
