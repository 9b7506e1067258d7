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

pub use block::{CRC, FORMAT, Kind, PAYLOAD};
pub use layout::{IDENTITY_PARTS, Layout, MAX_RING, MIN_RING, SEALED_PARTS};

use block::{Head, check, seal};
use layout::Twin;

use crate::hal::{BLOCK, Block, Media, MediaError};
use yika_protocol::{
    fault::{Fault, device},
    swipe::BootCounter,
};

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

#[derive(Clone, Copy)]
struct Choice {
    twin: Twin,
    sequence: u32,
    // The other twin holds the same record.
    whole: bool,
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

    /// Whether the record has at least one valid twin.
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

    /// Keeps sealed bytes beside the entry at `place`, for the message with this counter. Once, not twice: they can be done without.
    pub fn put_sealed(
        &mut self,
        place: u16,
        kind: Kind,
        counter: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let mut rest = bytes;
        for part in 0..SEALED_PARTS {
            let (now, later) = rest.split_at_checked(PAYLOAD).unwrap_or((rest, &[]));
            let index = self.layout.sealed(place, part).ok_or(StoreError::TooLong)?;
            let head = Head {
                kind,
                part,
                last: later.is_empty(),
                incarnation: self.incarnation,
                // Unique among all that ever lie at this place, but for the 32-bit turn.
                sequence: low(counter),
                place: index,
            };
            seal(&mut self.block, &head, now);
            self.write(index)?;
            rest = later;
            if rest.is_empty() {
                return Ok(self.media.flush()?);
            }
        }
        Err(StoreError::TooLong)
    }

    /// The sealed bytes kept for this counter, or `None` when they are not all there.
    pub fn load_sealed<const N: usize>(
        &mut self,
        place: u16,
        kind: Kind,
        counter: u64,
        to: &mut heapless::Vec<u8, N>,
    ) -> Result<Option<()>, StoreError> {
        to.clear();
        for part in 0..SEALED_PARTS {
            let index = self.layout.sealed(place, part).ok_or(StoreError::TooLong)?;
            self.media.read(index, &mut self.block)?;
            let Some((head, bytes)) = check(&self.block) else { return Ok(None) };
            let expected = Head {
                kind,
                part,
                last: head.last,
                incarnation: self.incarnation,
                sequence: low(counter),
                place: index,
            };
            if head != expected || to.extend_from_slice(bytes).is_err() {
                return Ok(None);
            }
            if head.last {
                return Ok(Some(()));
            }
        }
        Ok(None)
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

    fn start(&mut self) -> Result<(), StoreError> {
        let found = self.read_super()?;
        if let Some(layout) = Layout::with_ring(self.media.blocks(), found.ring) {
            self.layout = layout;
        } else {
            return Err(StoreError::TooSmall);
        }
        self.incarnation = found.incarnation;
        self.boot = found.boot.saturating_add(1);
        self.pools = found.pools;
        self.owner = found.owner;
        match found.state {
            State::Provisioning => return Err(StoreError::Lost),
            State::Clearing => self.vacate()?,
            State::Ready => {}
        }
        self.put_super(State::Ready)?;
        self.repair()
    }

    fn start_anew(&mut self, everything: bool) -> Result<(), StoreError> {
        self.incarnation = self.incarnation.wrapping_add(1);
        self.boot = self.boot.saturating_add(u32::from(everything));
        self.put_super(if everything { State::Provisioning } else { State::Clearing })?;
        if everything {
            for cell in [Cell::Identity, Cell::Settings] {
                self.renew(cell)?;
            }
        }
        self.vacate()?;
        self.put_super(State::Ready)
    }

    fn vacate(&mut self) -> Result<(), StoreError> {
        self.renew(Cell::Totals)?;
        for place in 0..self.layout.ring() {
            self.renew(Cell::Entry(place))?;
        }
        Ok(())
    }

    // An empty record, going on with the count of writes that an earlier life left in the block.
    fn renew(&mut self, cell: Cell) -> Result<(), StoreError> {
        let mut sequence = 0;
        for twin in [Twin::A, Twin::B] {
            let index = self.layout.cell(cell, twin, 0).ok_or(StoreError::TooLong)?;
            self.media.read(index, &mut self.block)?;
            if let Some((head, _)) = check(&self.block).filter(|(head, _)| head.kind == cell.kind()) {
                sequence = sequence.max(head.sequence);
            }
        }
        self.put_twins(cell, &[], sequence.saturating_add(1), Twin::A)
    }

    fn put_twins(&mut self, cell: Cell, bytes: &[u8], sequence: u32, first: Twin) -> Result<(), StoreError> {
        let written = self.put_twin(cell, first, bytes, sequence);
        let twin_written = self.put_twin(cell, first.other(), bytes, sequence);
        self.wear.most_writes = self.wear.most_writes.max(sequence);
        match (written, twin_written) {
            (Ok(()), Ok(())) => Ok(()),
            // One durable copy of the new record is enough to go on; the newest counts.
            (Ok(()), Err(_)) | (Err(_), Ok(())) => {
                self.wear.degraded = self.wear.degraded.saturating_add(1);
                Ok(())
            }
            (Err(error), Err(_)) => Err(error),
        }
    }

    fn put_twin(&mut self, cell: Cell, twin: Twin, bytes: &[u8], sequence: u32) -> Result<(), StoreError> {
        // A second try, for media that fails now and then.
        self.try_twin(cell, twin, bytes, sequence).or_else(|_| self.try_twin(cell, twin, bytes, sequence))
    }

    fn try_twin(&mut self, cell: Cell, twin: Twin, bytes: &[u8], sequence: u32) -> Result<(), StoreError> {
        let parts = self.layout.parts(cell);
        let mut rest = bytes;
        for part in 0..parts {
            let (now, later) = rest.split_at_checked(PAYLOAD).unwrap_or((rest, &[]));
            let index = self.layout.cell(cell, twin, part).ok_or(StoreError::TooLong)?;
            let head = self.head(cell, part, sequence, index);
            seal(&mut self.block, &head, now);
            self.write(index)?;
            rest = later;
        }
        self.media.flush()?;
        if self.sequence(cell, twin)? != Some(sequence) {
            return Err(StoreError::Failed);
        }
        Ok(())
    }

    fn head(&self, cell: Cell, part: u8, sequence: u32, place: u32) -> Head {
        let last = part.saturating_add(1) >= self.layout.parts(cell);
        Head { kind: cell.kind(), part, last, incarnation: self.lives(cell), sequence, place }
    }

    // Only the journal is bound to one life: what belongs to the device outlives a change of its name.
    fn lives(&self, cell: Cell) -> u32 {
        match cell {
            Cell::Totals | Cell::Entry(_) => self.incarnation,
            Cell::Super | Cell::Identity | Cell::Settings => 0,
        }
    }

    fn write(&mut self, index: u32) -> Result<(), StoreError> {
        self.wear.writes = self.wear.writes.saturating_add(1);
        Ok(self.media.write(index, &self.block)?)
    }

    // The sequence of a part, if its block is valid and is what should lie there.
    fn valid(&mut self, cell: Cell, twin: Twin, part: u8) -> Result<Option<u32>, StoreError> {
        let index = self.layout.cell(cell, twin, part).ok_or(StoreError::TooLong)?;
        if self.media.read(index, &mut self.block).is_err() {
            // A block that does not read is as good as rotten: its twin may do.
            return Ok(None);
        }
        Ok(check(&self.block)
            .map(|(head, _)| head)
            .and_then(|head| (head == self.head(cell, part, head.sequence, index)).then_some(head.sequence)))
    }

    fn sequence(&mut self, cell: Cell, twin: Twin) -> Result<Option<u32>, StoreError> {
        let first = self.valid(cell, twin, 0)?;
        for part in 1..self.layout.parts(cell) {
            if self.valid(cell, twin, part)? != first {
                return Ok(None);
            }
        }
        Ok(first)
    }

    fn choose(&mut self, cell: Cell) -> Result<Option<Choice>, StoreError> {
        // A last: it is the one chosen as a rule, and then the buffer holds it already.
        let b = self.sequence(cell, Twin::B)?;
        let a = self.sequence(cell, Twin::A)?;
        Ok(match (a, b) {
            (None, None) => None,
            (Some(sequence), None) => Some(Choice { twin: Twin::A, sequence, whole: false }),
            (None, Some(sequence)) => Some(Choice { twin: Twin::B, sequence, whole: false }),
            (Some(a), Some(b)) if a >= b => Some(Choice { twin: Twin::A, sequence: a, whole: a == b }),
            (Some(_), Some(b)) => Some(Choice { twin: Twin::B, sequence: b, whole: false }),
        })
    }

    // Directly behind `choose`.
    fn read_part(&mut self, cell: Cell, choice: Choice, part: u8) -> Result<&[u8], StoreError> {
        if choice.twin == Twin::A && self.layout.parts(cell) == 1 {
            return block::open(&self.block).map(|(_, bytes)| bytes).ok_or(StoreError::Record(cell));
        }
        let index = self.layout.cell(cell, choice.twin, part).ok_or(StoreError::TooLong)?;
        self.media.read(index, &mut self.block)?;
        match check(&self.block) {
            Some((head, bytes)) if head.sequence == choice.sequence => Ok(bytes),
            _ => Err(StoreError::Record(cell)),
        }
    }

    // Both twins equal again, before anything is done that others can see.
    fn repair(&mut self) -> Result<(), StoreError> {
        for cell in [Cell::Identity, Cell::Settings, Cell::Totals] {
            self.repair_cell(cell)?;
        }
        for place in 0..self.layout.ring() {
            self.repair_cell(Cell::Entry(place))?;
        }
        Ok(())
    }

    fn repair_cell(&mut self, cell: Cell) -> Result<(), StoreError> {
        let Some(choice) = self.choose(cell)? else { return Ok(()) };
        self.wear.most_writes = self.wear.most_writes.max(choice.sequence);
        if choice.whole {
            return Ok(());
        }
        for part in 0..self.layout.parts(cell) {
            self.read_part(cell, choice, part)?;
            let index = self.layout.cell(cell, choice.twin.other(), part).ok_or(StoreError::TooLong)?;
            block::move_to(&mut self.block, index);
            let _ = self.write(index);
        }
        self.media.flush()?;
        if self.sequence(cell, choice.twin.other())? == Some(choice.sequence) {
            self.wear.repaired = self.wear.repaired.saturating_add(1);
        } else {
            self.wear.degraded = self.wear.degraded.saturating_add(1);
        }
        Ok(())
    }

    fn read_super(&mut self) -> Result<Super, StoreError> {
        match self.load(Cell::Super) {
            Ok(bytes) => Super::decode(bytes).ok_or(StoreError::Version),
            Err(StoreError::Record(_)) => Err(StoreError::Lost),
            Err(error) => Err(error),
        }
    }

    fn put_super(&mut self, state: State) -> Result<(), StoreError> {
        let record = Super {
            state,
            ring: self.layout.ring(),
            incarnation: self.incarnation,
            boot: self.boot,
            pools: self.pools,
            owner: self.owner,
        };
        self.put(Cell::Super, &record.encode())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    // Being set up: nothing in it is to be believed.
    Provisioning,
    // The journal is being emptied on purpose.
    Clearing,
    Ready,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Super {
    state: State,
    ring: u16,
    incarnation: u32,
    boot: u32,
    pools: u32,
    owner: [u8; 8],
}

impl Super {
    const VERSION: u8 = 1;

    // Version, state, ring, incarnation, starts, nonce pools, owner; big-endian.
    fn encode(&self) -> [u8; 24] {
        let [r0, r1] = self.ring.to_be_bytes();
        let [i0, i1, i2, i3] = self.incarnation.to_be_bytes();
        let [b0, b1, b2, b3] = self.boot.to_be_bytes();
        let [p0, p1, p2, p3] = self.pools.to_be_bytes();
        let [o0, o1, o2, o3, o4, o5, o6, o7] = self.owner;
        let state = match self.state {
            State::Provisioning => 1,
            State::Clearing => 2,
            State::Ready => 3,
        };
        let front = [Self::VERSION, state, r0, r1, i0, i1, i2, i3];
        let [f0, f1, f2, f3, f4, f5, f6, f7] = front;
        [f0, f1, f2, f3, f4, f5, f6, f7, b0, b1, b2, b3, p0, p1, p2, p3, o0, o1, o2, o3, o4, o5, o6, o7]
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let &[Self::VERSION, state, r0, r1, i0, i1, i2, i3, b0, b1, b2, b3, p0, p1, p2, p3, ref owner @ ..] =
            bytes
        else {
            return None;
        };
        let state = match state {
            1 => State::Provisioning,
            2 => State::Clearing,
            3 => State::Ready,
            _ => return None,
        };
        Some(Self {
            state,
            ring: u16::from_be_bytes([r0, r1]),
            incarnation: u32::from_be_bytes([i0, i1, i2, i3]),
            boot: u32::from_be_bytes([b0, b1, b2, b3]),
            pools: u32::from_be_bytes([p0, p1, p2, p3]),
            owner: owner.try_into().ok()?,
        })
    }
}

impl<M: Media> BootCounter for Store<M> {
    type Error = StoreError;

    fn commit_next(&mut self) -> Result<u32, StoreError> {
        self.pools = self.pools.checked_add(1).ok_or(StoreError::TooLong)?;
        self.put_super(State::Ready)?;
        Ok(self.pools)
    }
}

const fn low(counter: u64) -> u32 {
    (counter & 0xFFFF_FFFF) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    // Version 1. Never edited.
    #[test]
    fn golden_bytes_of_the_superblock() {
        let record = Super {
            state: State::Ready,
            ring: 128,
            incarnation: 0x0102_0304,
            boot: 0x1112_1314,
            pools: 0x2122_2324,
            owner: *b"TERMINAL",
        };
        let golden = [
            1, 3, 0, 128, 1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24, b'T', b'E', b'R', b'M',
            b'I', b'N', b'A', b'L',
        ];
        assert_eq!(record.encode(), golden);
        assert_eq!(Super::decode(&golden), Some(record));
        let mut newer = golden;
        newer[0] = 2;
        assert_eq!(Super::decode(&newer), None, "a newer firmware's store is not guessed at");
    }
}
