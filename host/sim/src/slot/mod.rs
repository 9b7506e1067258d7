//! A card with contacts on the slot line of a device: characters, answer to reset, PPS, T=0 and T=1.
//!
//! [`SlotCard`] is the card's end, bytes in and bytes out. [`Running`] serves one on a socket or a virtual serial port, where
//! a device under test, say one in QEMU, has its slot.
//!
//! A serial line has no pins for power, reset and presence, so the bench escapes them:
//!
//! | bytes | device → card | card → device |
//! |---|---|---|
//! | `FF FF` | the data byte FF | the data byte FF |
//! | `FF 00` | power off | – |
//! | `FF 01` | power on, cold reset | – |
//! | `FF 02` | warm reset | – |
//! | `FF 03` | is a card there? | – |
//! | `FF 1n` | the line runs at rate code `n` from now on | – |
//! | `FF 80` | – | no card (on change, and as the answer to `FF 03`) |
//! | `FF 81` | – | a card is there |

mod atr;
mod card;
mod end;
mod escape;
mod place;
mod running;
#[cfg(test)]
mod tests;

pub use card::{CLOCK_HZ, Out, Passed, SlotCard};
pub use escape::{FromDevice, Unescape, escaped};
pub use place::{Place, PlaceError, Role};
pub use running::{Running, SlotError, SlotEvent, SlotOptions};

/// How a card behaves on its contacts, beside what its [`CardSpec`](crate::CardSpec) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSpec {
    /// The protocols it offers.
    pub protocols: Protocols,
    /// The fastest rate it offers, as `TA1` writes it; `11` is the rate after reset.
    pub rate: u8,
    /// T=0: NULL bytes (60) in front of every answer.
    pub nulls: u8,
    /// T=1: asks for this many block waiting times before every answer; 0 asks only when it needs them.
    pub wtx: u8,
    /// Bytes leave at the speed of the rate that was agreed, 12 etu each, instead of at once.
    pub paced: bool,
    /// Seed, and one byte in how many to the device is spoiled, at most one in each transmission; `None` for none. In T=0 nothing on the bench
    /// line can show it (there is no parity), so a device sees a broken protocol or wrong data.
    pub noise: Option<(u64, u64)>,
}

impl Default for LineSpec {
    fn default() -> Self {
        Self { protocols: Protocols::T0, rate: 0x11, nulls: 0, wtx: 0, paced: false, noise: None }
    }
}

/// What a card speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocols {
    /// T=0 only, as most social security cards.
    #[default]
    T0,
    /// T=1 only.
    T1,
    /// T=0 first, T=1 by PPS.
    Both,
}

impl Protocols {
    fn speaks(self) -> &'static [u8] {
        match self {
            Self::T0 => &[0],
            Self::T1 => &[1],
            Self::Both => &[0, 1],
        }
    }
}
