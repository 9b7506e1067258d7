//! Every way into protocol and application, with input the compiler knows nothing about, linked into one image.
//!
//! Where a panic can be reached, the panic handler is kept, and the handler calls a function that does not exist: the
//! link fails. Nothing here is ever run.
//!
//! Built with the profile `proof`, in which the optimiser sees as much as it can.
#![no_std]
#![no_main]

mod conversation;
mod formats;
mod parts;
mod swipe;
mod unknown;

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    loop {
        let input = unknown::bytes();
        formats::all(input);
        conversation::all(input);
        parts::all();
        swipe::all(input);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(not(feature = "list"))]
    {
        unsafe extern "C" {
            fn a_panic_can_be_reached() -> !;
        }
        // SAFETY: there is no such function; this does not link.
        unsafe { a_panic_can_be_reached() }
    }
    #[cfg(feature = "list")]
    loop {
        core::hint::spin_loop();
    }
}
