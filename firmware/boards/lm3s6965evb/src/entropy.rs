//! The noise source of the bench: bytes that the PC drew and put on the SD image. Said plainly: no noise source at all.
//!
//! A block is erased before its first byte is used, so that no byte is ever used twice, also over a power cut.

use yika_firmware::hal::{BLOCK, Block, Entropy};

use crate::layout;
use crate::sd::Sd;

pub(crate) struct BenchEntropy {
    sd: Sd,
    next: u32,
    bytes: Block,
    left: usize,
}

impl BenchEntropy {
    pub(crate) fn new(sd: Sd) -> Self {
        let mut source = Self { sd, next: layout::ENTROPY_FIRST, bytes: [0; BLOCK], left: 0 };
        source.next = source.first_unused();
        source
    }

    /// Used blocks are zero and lie before the unused ones.
    fn first_unused(&mut self) -> u32 {
        let (mut low, mut high) = (layout::ENTROPY_FIRST, layout::ENTROPY_END);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.load(middle) && self.bytes != [0; BLOCK] {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    fn load(&mut self, block: u32) -> bool {
        self.sd.read(block, &mut self.bytes).is_ok()
    }

    fn refill(&mut self) -> bool {
        if self.next >= layout::ENTROPY_END || !self.load(self.next) {
            return false;
        }
        let erased = self.sd.write(self.next, &[0; BLOCK]).is_ok();
        self.next += 1;
        self.left = if erased { BLOCK } else { 0 };
        erased
    }
}

impl Entropy for BenchEntropy {
    fn sample(&mut self) -> Option<u8> {
        if self.left == 0 && !self.refill() {
            return None;
        }
        self.left -= 1;
        let byte = self.bytes.get_mut(self.left)?;
        Some(core::mem::take(byte))
    }

    fn injected(&self) -> bool {
        true
    }
}
