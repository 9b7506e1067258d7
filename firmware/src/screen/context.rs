//! What is known of a dot before it is read: used alike by the build, which packs the glyphs, and the device.

/// Number of contexts.
pub(crate) const CONTEXTS: usize = 256;

/// The context of the dot in column `x`: its neighbours that are known already, and whether it stands at an edge.
///
/// Rows have the left column in bit 15; of `row` the columns left of `x` are known, of those above all are.
pub(crate) fn context(row: u16, above: u16, twice_above: u16, x: u32, columns: u32) -> u8 {
    let right = 15u32.saturating_sub(x);
    // Two columns of padding stand at the right.
    let padded = |row: u16| u32::from(row) << 2;
    let over = padded(above).wrapping_shr(right) & 0b1111;
    let before = padded(row).wrapping_shr(right.wrapping_add(3)) & 0b11;
    let high = u32::from(twice_above).wrapping_shr(right) & 1;
    let edge = u32::from(x == 0 || x.wrapping_add(1) == columns);
    (edge << 7 | before << 5 | high << 4 | over) as u8
}
