//! Five keys: up, down, left, right on port E, select on port F.

use crate::register::{Block, Register};

const CROSS: Register = Block::at(0x4002_4000).register(0x0F << 2);
const SELECT: Register = Block::at(0x4002_5000).register(0x02 << 2);

/// A key of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BoardKey {
    Up,
    Down,
    Left,
    Right,
    Select,
}

pub(crate) struct Buttons {
    /// Bits of keys that are up (the lines are low while a key is down).
    up: u32,
    /// Released and not yet told.
    told_not: u32,
}

impl Buttons {
    pub(crate) fn new() -> Self {
        Self { up: Self::lines(), told_not: 0 }
    }

    /// The next key that was let go. Letting go counts, not pressing: QEMU shows every key as pressed until its first event.
    pub(crate) fn released(&mut self) -> Option<BoardKey> {
        let now = Self::lines();
        self.told_not |= now & !self.up;
        self.up = now;
        let all = [BoardKey::Up, BoardKey::Down, BoardKey::Left, BoardKey::Right, BoardKey::Select];
        let (bit, key) = (0..).zip(all).find(|(bit, _)| self.told_not & 1 << bit != 0)?;
        self.told_not &= !(1 << bit);
        Some(key)
    }

    fn lines() -> u32 {
        CROSS.read() & 0x0F | (SELECT.read() & 0x02) << 3
    }
}
