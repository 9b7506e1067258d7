//! Blocks in memory that lose power in the middle of a write, rot, and count.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use yika_firmware::hal::{BLOCK, Block, Media, MediaError};

use super::random::Random;

/// What a write that was under way leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// The old bytes.
    Nothing,
    /// The first bytes are new.
    Prefix(usize),
    /// The last bytes are new.
    Suffix(usize),
    /// Noise.
    Garbled,
    /// The new bytes: power went just behind.
    Whole,
}

impl Tear {
    /// Every kind, and several places to cut.
    pub const ALL: [Tear; 10] = [
        Tear::Nothing,
        Tear::Prefix(1),
        Tear::Prefix(12),
        Tear::Prefix(40),
        Tear::Prefix(256),
        Tear::Prefix(511),
        Tear::Suffix(4),
        Tear::Suffix(496),
        Tear::Garbled,
        Tear::Whole,
    ];

    fn apply(self, old: &Block, new: &Block, noise: &mut Random) -> Block {
        let mut block = *old;
        match self {
            Tear::Nothing => {}
            Tear::Prefix(count) => block[..count].copy_from_slice(&new[..count]),
            Tear::Suffix(count) => block[BLOCK - count..].copy_from_slice(&new[BLOCK - count..]),
            Tear::Garbled => block.iter_mut().for_each(|byte| *byte = noise.next() as u8),
            Tear::Whole => block = *new,
        }
        block
    }
}

struct Inner {
    blocks: Vec<Block>,
    // Written and not yet flushed.
    pending: Vec<(u32, Block)>,
    operations: u64,
    cut: Option<(u64, Tear)>,
    powered: bool,
    written: BTreeSet<u32>,
    last: Option<u32>,
    // Blocks that no longer take writes.
    worn_out: BTreeSet<u32>,
}

/// A handle; clones are the same media.
#[derive(Clone)]
pub struct Blocks(Rc<RefCell<Inner>>);

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blocks(operation {})", self.operations())
    }
}

impl Blocks {
    pub fn new(count: u32) -> Self {
        Self::from_blocks(vec![[0xFF; BLOCK]; count as usize])
    }

    pub fn from_blocks(blocks: Vec<Block>) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            blocks,
            pending: Vec::new(),
            operations: 0,
            cut: None,
            powered: true,
            written: BTreeSet::new(),
            last: None,
            worn_out: BTreeSet::new(),
        })))
    }

    /// What lies on it now.
    pub fn snapshot(&self) -> Vec<Block> {
        self.0.borrow().blocks.clone()
    }

    /// Power goes in operation `at` from now (0: the next), which leaves this behind.
    pub fn cut_in(&self, at: u64, tear: Tear) {
        let mut inner = self.0.borrow_mut();
        inner.cut = Some((inner.operations + at, tear));
    }

    /// Power goes between two operations, now.
    pub fn cut_now(&self) {
        self.0.borrow_mut().lose_power(Tear::Nothing);
    }

    pub fn is_powered(&self) -> bool {
        self.0.borrow().powered
    }

    /// Power comes back.
    pub fn power(&self) {
        let mut inner = self.0.borrow_mut();
        inner.powered = true;
        inner.cut = None;
        inner.pending.clear();
    }

    /// Writes and flushes so far.
    pub fn operations(&self) -> u64 {
        self.0.borrow().operations
    }

    /// Every block that was ever written.
    pub fn written(&self) -> BTreeSet<u32> {
        self.0.borrow().written.clone()
    }

    /// The block that was last written or being written.
    pub fn last(&self) -> Option<u32> {
        self.0.borrow().last
    }

    /// A block turns to noise.
    pub fn rot(&self, index: u32, seed: u64) {
        let mut noise = Random::new(seed);
        let mut inner = self.0.borrow_mut();
        inner.blocks[index as usize].iter_mut().for_each(|byte| *byte = noise.next() as u8);
    }

    /// One bit of a block turns.
    pub fn flip(&self, index: u32, bit: usize) {
        self.0.borrow_mut().blocks[index as usize][bit / 8] ^= 1 << (bit % 8);
    }

    /// A block no longer takes writes: they fail, and it keeps what it has.
    pub fn wear_out(&self, index: u32) {
        self.0.borrow_mut().worn_out.insert(index);
    }

    /// Whether the bytes lie anywhere on the media.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        self.0.borrow().blocks.iter().any(|block| block.windows(bytes.len()).any(|window| window == bytes))
    }
}

impl Inner {
    // True: power goes in this operation.
    fn count(&mut self) -> Option<Tear> {
        let now = self.operations;
        self.operations += 1;
        self.cut.filter(|(at, _)| *at == now).map(|(_, tear)| tear)
    }

    fn lose_power(&mut self, tear: Tear) {
        let mut noise = Random::new(self.operations);
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len();
        for (at, (index, new)) in pending.into_iter().enumerate() {
            // The one under way tears as asked; those before it, not flushed either, arrived or not.
            let tear = if at + 1 == count {
                tear
            } else {
                [Tear::Nothing, Tear::Whole, Tear::Garbled][noise.below(3) as usize]
            };
            let old = self.blocks[index as usize];
            self.blocks[index as usize] = tear.apply(&old, &new, &mut noise);
        }
        self.powered = false;
    }
}

impl Media for Blocks {
    fn blocks(&self) -> u32 {
        self.0.borrow().blocks.len() as u32
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        let inner = self.0.borrow();
        if !inner.powered {
            return Err(MediaError);
        }
        let waiting = inner.pending.iter().rev().find(|(at, _)| *at == index).map(|(_, block)| block);
        *block = *waiting.or(inner.blocks.get(index as usize)).ok_or(MediaError)?;
        Ok(())
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        let mut inner = self.0.borrow_mut();
        if !inner.powered {
            return Err(MediaError);
        }
        if inner.worn_out.contains(&index) {
            return Err(MediaError);
        }
        inner.written.insert(index);
        inner.last = Some(index);
        inner.pending.push((index, *block));
        if let Some(tear) = inner.count() {
            inner.lose_power(tear);
            return Err(MediaError);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        let mut inner = self.0.borrow_mut();
        if !inner.powered {
            return Err(MediaError);
        }
        if let Some(tear) = inner.count() {
            inner.lose_power(tear);
            return Err(MediaError);
        }
        let pending = std::mem::take(&mut inner.pending);
        for (index, block) in pending {
            inner.blocks[index as usize] = block;
        }
        Ok(())
    }
}
