//! The number of a security module.

/// The number of a security module. Shown as makers print it: `05.01-20230415-0000012345-0987654321`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ModuleNumber(pub(super) [u8; 16]);

impl ModuleNumber {
    /// The 16 bytes, as the module sent them.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl core::fmt::Display for ModuleNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a0, a1, b0, b1, c0, c1, c2, c3, d0, d1, d2, d3, e0, e1, e2, e3] = self.0;
        write!(
            f,
            "{:02}.{:02}-{:08}-{:010}-{:010}",
            u16::from_le_bytes([a0, a1]),
            u16::from_le_bytes([b0, b1]),
            u32::from_le_bytes([c0, c1, c2, c3]),
            u32::from_le_bytes([d0, d1, d2, d3]),
            u32::from_le_bytes([e0, e1, e2, e3]),
        )
    }
}
