//! Where what lies.
//!
//! The first half holds twin A of every record, the second half twin B, in the same order; behind both lie the sealed
//! bytes. `H = 5 + ring`:
//!
//! | block | holds |
//! |---|---|
//! | 0 | superblock |
//! | 1–2 | identity |
//! | 3 | settings |
//! | 4 | totals |
//! | 5 … H−1 | entries of the ring: the entry of counter *c* lies at 5 + *c* mod ring |
//! | H … 2H−1 | the twins |
//! | 2H + 3i … | sealed bytes of ring place i, three blocks |

use super::Cell;

/// Most places in the ring.
pub const MAX_RING: u16 = 128;
/// Fewest: eight reversals, a void, a swipe, and room to fold.
pub const MIN_RING: u16 = 12;
/// Blocks of the identity record.
pub const IDENTITY_PARTS: u8 = 2;
/// Blocks of sealed bytes beside an entry: 1 200 bytes and more.
pub const SEALED_PARTS: u8 = 3;

const FIXED: u16 = 5;
const PER_PLACE: u32 = 2 + SEALED_PARTS as u32;

/// One of the two copies of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twin {
    A,
    B,
}

impl Twin {
    pub(super) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Places of all records on media of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    ring: u16,
}

impl Layout {
    /// The layout of media with so many blocks; `None` when that is too few.
    pub fn of(blocks: u32) -> Option<Self> {
        let places = blocks.checked_sub(u32::from(FIXED).saturating_mul(2))? / PER_PLACE;
        let ring = u16::try_from(places.min(u32::from(MAX_RING))).ok()?;
        (ring >= MIN_RING).then_some(Self { ring })
    }

    /// The layout with a ring that an earlier set-up chose, if it fits.
    pub fn with_ring(blocks: u32, ring: u16) -> Option<Self> {
        let most = Self::of(blocks)?;
        (MIN_RING..=most.ring).contains(&ring).then_some(Self { ring })
    }

    /// Places in the ring.
    pub fn ring(self) -> u16 {
        self.ring
    }

    pub(super) fn parts(self, cell: Cell) -> u8 {
        match cell {
            Cell::Identity => IDENTITY_PARTS,
            _ => 1,
        }
    }

    pub(super) fn cell(self, cell: Cell, twin: Twin, part: u8) -> Option<u32> {
        if part >= self.parts(cell) {
            return None;
        }
        let index = match cell {
            Cell::Super => 0,
            Cell::Identity => u32::from(part).saturating_add(1),
            Cell::Settings => 3,
            Cell::Totals => 4,
            Cell::Entry(place) if place < self.ring => u32::from(place).saturating_add(u32::from(FIXED)),
            Cell::Entry(_) => return None,
        };
        Some(match twin {
            Twin::A => index,
            Twin::B => index.saturating_add(self.half()),
        })
    }

    pub(super) fn sealed(self, place: u16, part: u8) -> Option<u32> {
        if place >= self.ring || part >= SEALED_PARTS {
            return None;
        }
        let start = self.half().saturating_mul(2);
        let offset = u32::from(place).saturating_mul(u32::from(SEALED_PARTS)).saturating_add(u32::from(part));
        Some(start.saturating_add(offset))
    }

    fn half(self) -> u32 {
        u32::from(FIXED).saturating_add(u32::from(self.ring))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, vec::Vec};

    #[test]
    fn no_two_things_share_a_block_and_all_fit() {
        for blocks in [70, 71, 99, 650, 651, 4096] {
            let layout = Layout::of(blocks).unwrap();
            let mut cells = Vec::from([Cell::Super, Cell::Identity, Cell::Settings, Cell::Totals]);
            cells.extend((0..layout.ring()).map(Cell::Entry));
            let mut seen = BTreeSet::new();
            for cell in cells {
                for twin in [Twin::A, Twin::B] {
                    for part in 0..layout.parts(cell) {
                        assert!(seen.insert(layout.cell(cell, twin, part).unwrap()));
                    }
                }
            }
            for place in 0..layout.ring() {
                for part in 0..SEALED_PARTS {
                    assert!(seen.insert(layout.sealed(place, part).unwrap()));
                }
            }
            assert!(seen.iter().all(|&index| index < blocks));
        }
        assert_eq!(Layout::of(69), None, "eleven places are too few");
        assert_eq!(Layout::of(4096).unwrap().ring(), MAX_RING);
        assert_eq!(Layout::with_ring(650, 129), None);
    }
}
