//! What is known of a dot before it is read: used alike by the build, which packs the glyphs, and the device.

/// Number of contexts.
pub(crate) const CONTEXTS: usize = 256;

/// A row of dots under way, from the left. What the next dot's context is made of moves along with it: a picture has thousands
/// of dots.
pub(crate) struct Row {
    /// Of this row, the newest in bit 0.
    pub(crate) dots: u32,
    /// Of the row above, the columns around the next dot in bits 18 to 15: one before it, its own, two after.
    above: u32,
    /// Of the row above that, the column of the next dot in bit 15.
    twice_above: u32,
}

impl Row {
    /// Rows have the left column in bit 15.
    pub(crate) const fn new(above: u16, twice_above: u16) -> Self {
        // Two columns of padding stand at the right.
        Self { dots: 0, above: (above as u32) << 2, twice_above: twice_above as u32 }
    }

    /// The context of the next dot: its neighbours that are known already, and whether it stands at an edge.
    pub(crate) const fn context(&self, edge: bool) -> u8 {
        let (before, high, over) = (self.dots & 0b11, self.twice_above >> 15 & 1, self.above >> 15 & 0b1111);
        ((edge as u32) << 7 | before << 5 | high << 4 | over) as u8
    }

    /// The next dot is known.
    pub(crate) const fn push(&mut self, lit: bool) {
        self.dots = self.dots << 1 | lit as u32;
        self.above <<= 1;
        self.twice_above <<= 1;
    }
}
