//! The superblock: whether the store is ready, which life it is in, how often it was started.

use yika_protocol::swipe::BootCounter;

use super::block::check;
use super::layout::{Layout, Twin};
use super::{Cell, Store, StoreError};
use crate::hal::Media;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    // Being set up: nothing in it is to be believed.
    Provisioning,
    // The journal is being emptied on purpose.
    Clearing,
    Ready,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Super {
    state: State,
    ring: u16,
    pub(super) incarnation: u32,
    pub(super) boot: u32,
    pub(super) pools: u32,
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

impl<M: Media> Store<M> {
    pub(super) fn start(&mut self) -> Result<(), StoreError> {
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

    pub(super) fn start_anew(&mut self, everything: bool) -> Result<(), StoreError> {
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

    pub(super) fn read_super(&mut self) -> Result<Super, StoreError> {
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

impl<M: Media> BootCounter for Store<M> {
    type Error = StoreError;

    fn commit_next(&mut self) -> Result<u32, StoreError> {
        self.pools = self.pools.checked_add(1).ok_or(StoreError::TooLong)?;
        self.put_super(State::Ready)?;
        Ok(self.pools)
    }
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
