//! A panic: the reason goes where a reset does not wipe it, then the processor is reset. The swipe resumes from the store.

use core::fmt::Write as _;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;

/// Tells a reason from the noise of RAM after power came.
const MARK: u32 = 0x59_4B_43_52;
const LENGTH: usize = 96;

/// In RAM that the start-up code leaves alone.
#[unsafe(link_section = ".uninit.crash")]
static mut LAST: MaybeUninit<Reason> = MaybeUninit::uninit();

/// Why the last run ended.
#[derive(Clone, Copy)]
pub(crate) struct Reason {
    mark: u32,
    check: u32,
    length: u32,
    text: [u8; LENGTH],
}

impl Reason {
    fn sum(&self) -> u32 {
        self.text.iter().fold(self.mark ^ self.length, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte))
    }

    /// File and line.
    pub(crate) fn text(&self) -> &str {
        let bytes = self.text.get(..self.length as usize).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or("?")
    }
}

impl core::fmt::Write for Reason {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            if let Some(to) = self.text.get_mut(self.length as usize) {
                *to = byte;
                self.length += 1;
            }
        }
        Ok(())
    }
}

/// Whether this start is a reset of the processor: the RAM still holds what the last run left in it.
pub(crate) fn was_reset() -> bool {
    #[unsafe(link_section = ".uninit.crash")]
    static mut LIVES: MaybeUninit<[u32; 4]> = MaybeUninit::uninit();
    const SIGN: [u32; 4] = [0x5EED_0001, 0xA11B_E4A2, 0x1CE1_7A5E, 0x59_4B_52_53];
    let lives = (&raw mut LIVES).cast::<[u32; 4]>();
    // SAFETY: plain numbers, read and written here only, once, before anything else runs.
    let found = unsafe { lives.read_volatile() };
    // SAFETY: as above.
    unsafe { lives.write_volatile(SIGN) };
    found == SIGN
}

/// The reason of the last run's end, once.
pub(crate) fn take() -> Option<Reason> {
    let last = &raw mut LAST;
    // SAFETY: any bytes make a `Reason`, it is plain numbers; nobody else touches it while we run, but the panic handler,
    // after which nothing runs.
    let reason = unsafe { last.cast::<Reason>().read_volatile() };
    let sound = reason.mark == MARK && reason.check == reason.sum() && reason.length as usize <= LENGTH;
    // SAFETY: as above.
    unsafe { last.write_volatile(MaybeUninit::zeroed()) };
    sound.then_some(reason)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    let mut reason = Reason { mark: MARK, check: 0, length: 0, text: [0; LENGTH] };
    // The place only: formatting the message would pull in everything that can be formatted, and could show data.
    if let Some(place) = info.location() {
        let file = place.file();
        let tail = file.len().saturating_sub(LENGTH - 12);
        let _ = reason.write_str(file.get(tail..).unwrap_or(file));
        let _ = reason.write_str(":");
        let mut line = place.line();
        let mut digits = [0; 10];
        let mut first = digits.len();
        while let Some(at) = first.checked_sub(1) {
            first = at;
            if let Some(digit) = digits.get_mut(at) {
                *digit = b'0' + (line % 10) as u8;
            }
            line /= 10;
            if line == 0 {
                break;
            }
        }
        let _ =
            reason.write_str(digits.get(first..).and_then(|d| core::str::from_utf8(d).ok()).unwrap_or(""));
    }
    reason.check = reason.sum();
    // SAFETY: nothing else runs any more.
    unsafe { (&raw mut LAST).write_volatile(MaybeUninit::new(reason)) };
    cortex_m::peripheral::SCB::sys_reset()
}
