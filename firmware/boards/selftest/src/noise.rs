//! A noise source that is none: the same bytes in every run, so that every run takes the same steps. For keys that protect
//! nothing.

use yika_firmware::hal::Entropy;
use yika_protocol::sign::sm3;

#[derive(Default)]
pub(crate) struct Counted {
    block: [u8; 32],
    used: usize,
}

impl Entropy for Counted {
    fn sample(&mut self) -> Option<u8> {
        if self.used.is_multiple_of(32) {
            self.block = sm3(&self.block);
        }
        let byte = self.block.get(self.used % 32).copied();
        self.used += 1;
        byte
    }

    fn injected(&self) -> bool {
        true
    }
}
