//! How deep the stack ever went. The chip gives no fault on overflow, so it is painted at the start; `cargo xtask pos
//! --once` looks at the paint from outside.

const PAINT: u32 = 0x5AFE_57AC;

unsafe extern "C" {
    // From the linker script of cortex-m-rt: the end of the static data.
    static mut __euninit: u32;
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
