//! Time since the start: the system timer, one interrupt a millisecond.

use core::sync::atomic::{AtomicU32, Ordering};

#[cfg(feature = "count")]
use cortex_m::peripheral::SCB;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::exception;

/// The processor's clock after reset.
pub(crate) const HZ: u32 = 12_500_000;
const TICKS_PER_MILLI: u32 = HZ / 1000;

/// The chip has no 64-bit atomics: two halves, of which the interrupt alone writes.
static LOW: AtomicU32 = AtomicU32::new(0);
static HIGH: AtomicU32 = AtomicU32::new(0);

/// Starts the timer.
pub(crate) fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TICKS_PER_MILLI - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Milliseconds since the start.
pub(crate) fn millis() -> u64 {
    loop {
        let high = HIGH.load(Ordering::Relaxed);
        let low = LOW.load(Ordering::Relaxed);
        if high == HIGH.load(Ordering::Relaxed) {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// Ticks of the processor's clock since the start. Wraps after 343 seconds.
#[cfg(feature = "count")]
pub(crate) fn ticks() -> u32 {
    cortex_m::interrupt::free(|_| {
        let early = SYST::get_current();
        // The timer may have begun a new millisecond whose interrupt is still held back.
        let pending = SCB::is_pendst_pending();
        let left = if pending { SYST::get_current() } else { early };
        let millis = LOW.load(Ordering::Relaxed).wrapping_add(u32::from(pending));
        millis.wrapping_mul(TICKS_PER_MILLI).wrapping_add(TICKS_PER_MILLI - 1 - left)
    })
}

#[exception]
fn SysTick() {
    let low = LOW.load(Ordering::Relaxed).wrapping_add(1);
    if low == 0 {
        HIGH.store(HIGH.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
    LOW.store(low, Ordering::Relaxed);
}
