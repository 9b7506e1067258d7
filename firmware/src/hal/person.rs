//! Keys and display.

/// A key of the housing or of a digit pad in the clear. PIN digits never come this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left; also: back, cancel.
    Left,
    /// Right.
    Right,
    /// Select; also: yes, go on.
    Select,
    /// A digit 0–9 of an optional pad.
    Digit(u8),
    /// Decimal point or `00` of an optional pad.
    Point,
    /// Clear of an optional pad.
    Clear,
}

/// Keys, debounced, each press once.
pub trait Keys {
    /// The next key pressed, or `None`.
    fn next(&mut self) -> Option<Key>;
}

/// A picture of 128 × 64 dots, one bit each.
///
/// Row by row from the top, 16 bytes a row, the leftmost dot in the highest bit; a set bit is lit.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; Frame::BYTES],
}

impl Frame {
    /// Dots across.
    pub const WIDTH: usize = 128;
    /// Dots down.
    pub const HEIGHT: usize = 64;
    /// Bytes in a picture.
    pub const BYTES: usize = Self::WIDTH / 8 * Self::HEIGHT;

    /// All dots dark.
    pub const fn new() -> Self {
        Self { bytes: [0; Self::BYTES] }
    }

    /// All dots dark again.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
    }

    /// Lights or darkens a dot; outside the picture nothing happens.
    pub fn set(&mut self, x: usize, y: usize, lit: bool) {
        if x >= Self::WIDTH {
            return;
        }
        let at = y.saturating_mul(Self::WIDTH / 8).saturating_add(x / 8);
        let bit = 0x80_u8 >> (x % 8);
        if let Some(byte) = self.bytes.get_mut(at) {
            *byte = if lit { *byte | bit } else { *byte & !bit };
        }
    }

    /// Whether a dot is lit; outside the picture none is.
    pub fn get(&self, x: usize, y: usize) -> bool {
        let at = y.saturating_mul(Self::WIDTH / 8).saturating_add(x / 8);
        x < Self::WIDTH && self.bytes.get(at).is_some_and(|byte| byte & (0x80_u8 >> (x % 8)) != 0)
    }

    /// The picture as bytes.
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Frame(128 x 64)")
    }
}

/// The display.
pub trait Screen {
    /// Shows a picture. May compare with the last one and send only what changed.
    fn show(&mut self, frame: &Frame);
}
