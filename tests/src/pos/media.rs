//! Blocks in memory. A power cut keeps what was flushed; of what was not, anything may have arrived.

use std::cell::RefCell;
use std::rc::Rc;

use yika_firmware::hal::{BLOCK, Block, Media, MediaError};

use crate::random::Random;

/// Shared, so that a device can be started anew on what it left.
#[derive(Clone)]
pub struct Blocks(Rc<RefCell<Inner>>);

struct Inner {
    blocks: Vec<Block>,
    pending: Vec<(u32, Block)>,
    random: Random,
    /// Writes and flushes until power goes by itself.
    left: Option<u32>,
    powered: bool,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blocks")
    }
}

impl Blocks {
    /// Blocks as they come from the factory.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self::of(vec![[0xFF; BLOCK]; count], seed)
    }

    fn of(blocks: Vec<Block>, seed: u64) -> Self {
        let random = Random::new(seed);
        Self(Rc::new(RefCell::new(Inner { blocks, pending: Vec::new(), random, left: None, powered: true })))
    }

    /// Somebody copies the chip.
    #[must_use]
    pub fn copied(&self, seed: u64) -> Self {
        Self::of(self.0.borrow().blocks.clone(), seed)
    }

    /// Power goes now.
    pub fn cut(&self) {
        self.0.borrow_mut().lose_power();
    }

    /// Power goes in the middle of so many writes and flushes from now.
    pub fn cut_in(&self, operations: u32) {
        self.0.borrow_mut().left = Some(operations);
    }

    /// Whether there is power.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.0.borrow().powered
    }

    /// Power comes back.
    pub fn power(&self) {
        let mut inner = self.0.borrow_mut();
        inner.powered = true;
        inner.left = None;
        inner.pending.clear();
    }
}

impl Inner {
    fn lose_power(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        for (index, new) in pending {
            let block = &mut self.blocks[index as usize];
            match self.random.below(4) {
                0 => {}
                1 => *block = new,
                // The first bytes of the new content, the rest of the old.
                2 => {
                    let at = self.random.below(BLOCK);
                    block[..at].copy_from_slice(&new[..at]);
                }
                _ => block.iter_mut().for_each(|byte| *byte = self.random.number() as u8),
            }
        }
        self.powered = false;
        self.left = None;
    }

    /// Whether power goes in this operation.
    fn step(&mut self) -> Result<(), MediaError> {
        match &mut self.left {
            Some(0) => {
                self.lose_power();
                Err(MediaError)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
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
        if !inner.powered || index as usize >= inner.blocks.len() {
            return Err(MediaError);
        }
        inner.pending.push((index, *block));
        inner.step()
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        let mut inner = self.0.borrow_mut();
        if !inner.powered {
            return Err(MediaError);
        }
        inner.step()?;
        let pending = std::mem::take(&mut inner.pending);
        for (index, block) in pending {
            inner.blocks[index as usize] = block;
        }
        Ok(())
    }
}
