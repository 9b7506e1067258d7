//! Nothing but the protocol crate, linked for a target without an operating system.
//!
//! A static library must be complete: were `alloc` anywhere below, the compiler would ask for a global allocator and stop.
//! On a PC this crate is empty, so that it does no harm in a build of the whole workspace.

#![cfg_attr(target_os = "none", no_std)]

#[cfg(target_os = "none")]
pub use yika_protocol;

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
