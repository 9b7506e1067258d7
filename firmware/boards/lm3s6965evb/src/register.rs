//! The registers of the chip. All access to them goes through here.

/// One 32-bit register at a fixed address; out of a [`Block`].
#[derive(Clone, Copy)]
pub(crate) struct Register(usize);

impl Register {
    pub(crate) fn read(self) -> u32 {
        // SAFETY: an aligned address in peripheral space, as `Block` makes them; no Rust object lies there.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

/// A block of registers. Addresses come from the data sheet of the chip (LM3S6965) and lie in its peripheral space.
#[derive(Clone, Copy)]
pub(crate) struct Block(usize);

impl Block {
    pub(crate) const fn at(base: usize) -> Self {
        assert!(base >= 0x4000_0000 && base < 0x5FFF_0000 && base.is_multiple_of(0x1000));
        Self(base)
    }

    /// The register at an offset; wraps within the block, so that it is aligned and a peripheral's.
    pub(crate) const fn register(self, offset: usize) -> Register {
        Register(self.0 + (offset & 0xFFC))
    }
}
