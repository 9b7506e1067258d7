//! Counting the instructions of a swipe, for `cargo xtask pos --count`. Without the feature `count` nothing of it is in the image.
//!
//! With QEMU's `-icount shift=0` an instruction takes a virtual nanosecond, so the system timer counts instructions, 80 to a tick.
//! It goes on counting while the processor sleeps; that time is measured and taken off. What is left are the instructions
//! that ran, of all parts: application, network stack, drivers and interrupts.

#[cfg(feature = "count")]
pub(crate) use counting::{arrived, card_byte, left, shown, sleep, work};

#[cfg(not(feature = "count"))]
pub(crate) use nothing::{arrived, card_byte, left, shown, sleep, work};

#[cfg(feature = "count")]
mod counting {
    use core::fmt::Write;
    use core::sync::atomic::{AtomicU32, Ordering};

    use cortex_m::interrupt;

    use crate::clock;

    /// What an operation of the emulator's console takes at most, with its end.
    const LINE: usize = 48;

    static ASLEEP: AtomicU32 = AtomicU32::new(0);
    static LAST_CARD_BYTE: AtomicU32 = AtomicU32::new(0);
    static ANSWER: AtomicU32 = AtomicU32::new(0);

    /// Ticks of work since the start. Wraps; only differences mean something.
    pub(crate) fn work() -> u32 {
        clock::ticks().wrapping_sub(ASLEEP.load(Ordering::Relaxed))
    }

    /// Sleeps until the next interrupt. It is held back until the time is taken, so that its handler counts as work.
    pub(crate) fn sleep() {
        interrupt::free(|_| {
            let before = clock::ticks();
            cortex_m::asm::wfi();
            let slept = clock::ticks().wrapping_sub(before);
            ASLEEP.store(ASLEEP.load(Ordering::Relaxed).wrapping_add(slept), Ordering::Relaxed);
        });
    }

    /// A character of the card reaches the application.
    pub(crate) fn card_byte() {
        LAST_CARD_BYTE.store(work(), Ordering::Relaxed);
    }

    /// A frame is on the wire.
    pub(crate) fn left(frame: &[u8]) {
        let now = work();
        if is_udp(frame) {
            say("sent", now.wrapping_sub(LAST_CARD_BYTE.load(Ordering::Relaxed)), 0);
        }
    }

    /// A frame was there at `since`, before its first byte was fetched.
    pub(crate) fn arrived(frame: &[u8], since: u32) {
        if is_udp(frame) {
            ANSWER.store(since, Ordering::Relaxed);
        }
    }

    /// A picture stands on the display. `xtask` makes the same sum of what it sees there.
    pub(crate) fn shown(picture: &[u8]) {
        let since = work().wrapping_sub(ANSWER.load(Ordering::Relaxed));
        let sum = picture.iter().fold(0u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte));
        say("shown", since, sum);
    }

    /// IPv4 in Ethernet, UDP in IPv4.
    fn is_udp(frame: &[u8]) -> bool {
        frame.get(12..14) == Some(&[8, 0]) && frame.get(23) == Some(&17)
    }

    /// One line on the emulator's console: what, ticks, sum.
    fn say(what: &str, ticks: u32, sum: u32) {
        let mut line = Line { bytes: [0; LINE], length: 0 };
        // What does not fit is cut off, and the reader of the line refuses it.
        let _ = writeln!(line, "count {what} {ticks} {sum:08x}");
        // SAFETY: SYS_WRITE0 of ARM's semihosting reads from the address up to a zero byte. `Line` never fills its last one.
        unsafe {
            core::arch::asm!(
                "bkpt 0xAB",
                inout("r0") 4 => _,
                in("r1") line.bytes.as_ptr(),
                options(nostack),
            );
        }
    }

    struct Line {
        bytes: [u8; LINE],
        length: usize,
    }

    impl Write for Line {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            for byte in text.bytes() {
                if self.length + 1 < LINE
                    && let Some(to) = self.bytes.get_mut(self.length)
                {
                    *to = byte;
                    self.length += 1;
                }
            }
            Ok(())
        }
    }
}

#[cfg(not(feature = "count"))]
mod nothing {
    pub(crate) fn work() -> u32 {
        0
    }

    /// Sleeps until the next interrupt.
    pub(crate) fn sleep() {
        cortex_m::asm::wfi();
    }

    pub(crate) fn card_byte() {}

    pub(crate) fn left(_: &[u8]) {}

    pub(crate) fn arrived(_: &[u8], _: u32) {}

    pub(crate) fn shown(_: &[u8]) {}
}
