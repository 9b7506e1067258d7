//! The core of the terminal on a second processor: runs the self-test once and says how it went on the first serial port.
//!
//! No display, no card, no network: the point is that store, swipe engine and cryptography build and run unchanged on another
//! core and another instruction set. The last line is `PASS` or `FAIL` and the step.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::{entry, exception};
use static_cell::ConstStaticCell;
use yika_selftest::Memory;

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());

/// Turns of the 24-bit timer.
static TURNS: AtomicU32 = AtomicU32::new(0);
const TURN: u32 = 1 << 24;

#[entry]
fn main() -> ! {
    let mut port = Port::new();
    if let Some(core) = cortex_m::Peripherals::take() {
        start(core.SYST);
        match yika_selftest::run(MEMORY.take(), &mut port, ticks) {
            Ok(()) => port.line("PASS", ""),
            Err(failed) => port.line("FAIL ", failed.0),
        }
    }
    loop {
        cortex_m::asm::wfi();
    }
}

fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TURN - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Ticks of the processor's clock.
fn ticks() -> u64 {
    loop {
        let turns = TURNS.load(Ordering::Relaxed);
        let within = TURN - 1 - SYST::get_current().min(TURN - 1);
        if turns == TURNS.load(Ordering::Relaxed) {
            return u64::from(turns) * u64::from(TURN) + u64::from(within);
        }
    }
}

#[exception]
fn SysTick() {
    TURNS.store(TURNS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// The first serial port (CMSDK APB UART).
struct Port;

impl Port {
    const BASE: usize = 0x4000_4000;

    fn new() -> Self {
        // SAFETY: registers of the port: rate, then transmit on.
        unsafe {
            ((Self::BASE + 0x10) as *mut u32).write_volatile(217);
            ((Self::BASE + 0x08) as *mut u32).write_volatile(1);
        }
        Self
    }

    fn line(&mut self, one: &str, other: &str) {
        let _ = writeln!(self, "{one}{other}");
    }
}

impl Write for Port {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the port's status and data registers.
            unsafe {
                while ((Self::BASE + 0x04) as *const u32).read_volatile() & 1 != 0 {}
                (Self::BASE as *mut u32).write_volatile(u32::from(byte));
            }
        }
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    Port::new().line("FAIL ", "panic");
    loop {
        cortex_m::asm::wfi();
    }
}
