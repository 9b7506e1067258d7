//! How deep the stack ever went. The chip gives no fault on overflow, so it is painted at the start and looked at later.

const PAINT: u32 = 0x5AFE_57AC;

unsafe extern "C" {
    // From the linker script of cortex-m-rt: the end of the static data, and the first address above the RAM.
    static mut __euninit: u32;
    static mut _stack_start: u32;
}

/// Paints everything between the static data and here.
pub(crate) fn paint() {
    let here = cortex_m::register::msp::read() as usize - 64;
    let mut at = &raw mut __euninit;
    while (at as usize) < here {
        // SAFETY: between the end of static data and the stack pointer lies unused RAM, aligned to words.
        unsafe {
            at.write_volatile(PAINT);
            at = at.add(1);
        }
    }
}

/// Bytes of stack that were used at the deepest, and bytes there are.
pub(crate) fn high_water() -> (u32, u32) {
    let (bottom, top) = (&raw mut __euninit, &raw mut _stack_start);
    let mut at = bottom;
    // SAFETY: as above; reading RAM harms nobody.
    while at < top && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
    }
    (top as u32 - at as u32, top as u32 - bottom as u32)
}
