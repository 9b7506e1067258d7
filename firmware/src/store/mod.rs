//! Durable records on 512-byte blocks.
//!
//! # What it lives with
//! A power cut at any moment: the block being written may hold the old bytes, the new, some of each or noise. Any
//! block rotting at any later time. Writes that the media lost before a flush.
//!
//! # How
//! A record has two **twins** in the two halves of the media, each with a sequence number and a CRC-32. Changing a
//! record writes one twin, flushes, reads it back, then does the same with the other; the twin that is the only good
//! one is always written last. The newest valid twin counts. So a cut leaves the old or the new record and never
//! neither, and one rotten block costs nothing: at start the damaged twin is written anew from the other.
//!
//! Sealed bytes (a swipe's datagram, later its answer) are kept once: when they rot, the swipe is reversed or
//! the slip is reprinted without the evidence; the record beside them says which.
//!
//! # Absent is never empty
//! Every place of a record is written when the store is set up, also those that hold nothing yet. A place where neither twin is
//! valid is therefore a *lost record*, and media without a superblock is a *lost store*, until an operator says that
//! the device is new ([`Store::provision`]).
//!
//! # Why not a crate
//! `sequential-storage` and `ekv` were weighed. Both want NOR flash with erase pages and keep one copy: they notice a
//! torn write, but rot of an acknowledged item looks like an item that was never written, which is what must not happen
//! here. `sequential-storage` also has an open report of an acknowledged item that is gone after a restart (its issue 136)
//! and one of a CRC-16 that passes over damaged headers (70). Fixed places need no allocation, no garbage
//! collection and no search; every state they can be in is enumerated by the tests in `firmware/tests/power_cut`.
//!
//! # Not a vault
//! Keys lie in the identity record in the clear. On the bench that is an SD card that anybody can read: **no place
//! for keys**. A product keeps the media inside the secure part of its chip, or seals this record with a key from there.

mod block;
mod layout;
mod sealed;
mod superblock;
mod twins;

pub use block::{CRC, FORMAT, Kind, PAYLOAD};
pub use layout::{IDENTITY_PARTS, Layout, MAX_RING, MIN_RING, SEALED_PARTS};

use layout::Twin;

use crate::hal::{BLOCK, Block, Media, MediaError};
use yika_protocol::fault::{Fault, device};

/// A record with two twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The superblock.
    Super,
    /// Keys and certificate.
    Identity,
    /// Settings of the application.
    Settings,
    /// Day totals of entries that left the ring.
    Totals,
    /// One place of the ring of journal entries.
    Entry(u16),
}

impl Cell {
    fn kind(self) -> Kind {
        match self {
            Cell::Super => Kind::Super,
            Cell::Identity => Kind::Identity,
            Cell::Settings => Kind::Settings,
            Cell::Totals => Kind::Totals,
            Cell::Entry(_) => Kind::Entry,
        }
    }
}

/// Why the store cannot do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// No superblock: a new device that was not set up, or a lost store.
    Lost,
    /// The media has too few blocks.
    TooSmall,
    /// Written by a newer firmware.
    Version,
    /// The media does not read or write.
    Failed,
    /// Neither twin of a record is valid.
    Record(Cell),
    /// More bytes than the place holds.
    TooLong,
}

impl StoreError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::Lost => &device::STORE_LOST,
            Self::TooSmall => &device::STORE_TOO_SMALL,
            Self::Version => &device::STORE_VERSION,
            Self::Failed | Self::TooLong => &device::STORE_FAILED,
            Self::Record(_) => &device::RECORD_LOST,
        }
    }
}

impl From<MediaError> for StoreError {
    fn from(_: MediaError) -> Self {
        Self::Failed
    }
}

/// What the store noticed since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wear {
    /// Most often any one block was written, over its whole life.
    pub most_writes: u32,
    /// Blocks written since start.
    pub writes: u32,
    /// Twins that were damaged or behind and were written anew.
    pub repaired: u32,
    /// Records that have only one good twin, because the media refuses the other.
    pub degraded: u32,
}

/// The records of one device. See the [module](self).
#[derive(Debug)]
pub struct Store<M> {
    media: M,
    block: Block,
    layout: Layout,
    incarnation: u32,
    boot: u32,
    pools: u32,
    owner: [u8; 8],
    wear: Wear,
}

/// A store that could not be opened, with its media.
#[derive(Debug)]
pub struct NotOpened<M> {
    /// The media, to try again or to set up anew.
    pub media: M,
    /// Why.
    pub error: StoreError,
}

impl<M: Media> Store<M> {
    /// Sets the store up: every place is written, the superblock says *ready* only at the end. Only on an operator's word, as it
    /// forgets everything.
    pub fn provision(media: M) -> Result<Self, NotOpened<M>> {
        let Some(layout) = Layout::of(media.blocks()) else {
            return Err(NotOpened { media, error: StoreError::TooSmall });
        };
        let mut store = Self::over(media, layout);
        // A number that no record of an earlier life has, if that life can still be read.
        if let Ok(old) = store.read_super() {
            store.incarnation = old.incarnation;
            store.boot = old.boot;
            store.pools = old.pools;
        }
        match store.start_anew(true) {
            Ok(()) => Ok(store),
            Err(error) => Err(NotOpened { media: store.media, error }),
        }
    }

    /// Opens the store, counts the start, and repairs every record that has one good twin.
    pub fn open(media: M) -> Result<Self, NotOpened<M>> {
        let Some(layout) = Layout::of(media.blocks()) else {
            return Err(NotOpened { media, error: StoreError::TooSmall });
        };
        let mut store = Self::over(media, layout);
        match store.start() {
            Ok(()) => Ok(store),
            Err(error) => Err(NotOpened { media: store.media, error }),
        }
    }

    /// Places of the ring.
    pub fn ring(&self) -> u16 {
        self.layout.ring()
    }

    /// Which start this is, counted from one, durable before anything else happens.
    pub fn boot(&self) -> u32 {
        self.boot
    }

    /// What was noticed.
    pub fn wear(&self) -> Wear {
        self.wear
    }

    /// The media, when the store is no longer needed.
    pub fn into_media(self) -> M {
        self.media
    }

    /// Whether neither twin of the record is valid.
    pub fn is_lost(&mut self, cell: Cell) -> Result<bool, StoreError> {
        Ok(self.choose(cell)?.is_none())
    }

    /// A record of one block. Lost when neither twin is valid.
    pub fn load(&mut self, cell: Cell) -> Result<&[u8], StoreError> {
        let choice = self.choose(cell)?.ok_or(StoreError::Record(cell))?;
        self.read_part(cell, choice, 0)
    }

    /// A record that may take several blocks, appended to `to`.
    pub fn load_long<const N: usize>(
        &mut self,
        cell: Cell,
        to: &mut heapless::Vec<u8, N>,
    ) -> Result<(), StoreError> {
        let choice = self.choose(cell)?.ok_or(StoreError::Record(cell))?;
        for part in 0..self.layout.parts(cell) {
            let bytes = self.read_part(cell, choice, part)?;
            to.extend_from_slice(bytes).map_err(|_| StoreError::TooLong)?;
        }
        Ok(())
    }

    /// Changes a record; durable, both twins, when it returns.
    pub fn put(&mut self, cell: Cell, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() > usize::from(self.layout.parts(cell)).saturating_mul(PAYLOAD) {
            return Err(StoreError::TooLong);
        }
        let choice = self.choose(cell)?;
        let sequence = choice.map_or(0, |choice| choice.sequence).saturating_add(1);
        // The only good twin goes last.
        let first = choice.map_or(Twin::A, |choice| choice.twin.other());
        self.put_twins(cell, bytes, sequence, first)
    }

    /// Whose journal it is, as [`Store::clear_journal`] was told; zero at first.
    pub fn owner(&self) -> &[u8; 8] {
        &self.owner
    }

    /// Forgets every entry and the totals, for a new owner. Cut anywhere, the next start finishes it.
    pub fn clear_journal(&mut self, owner: [u8; 8]) -> Result<(), StoreError> {
        self.owner = owner;
        self.start_anew(false)
    }

    fn over(media: M, layout: Layout) -> Self {
        Self {
            media,
            block: [0; BLOCK],
            layout,
            incarnation: 0,
            boot: 0,
            pools: 0,
            owner: [0; 8],
            wear: Wear::default(),
        }
    }
}
