//! Cards with contacts, character by character: ISO/IEC 7816-3.
//!
//! On a PC the reader speaks this; on a device with a bare card slot we do. Everything is sans-IO: an engine says what to
//! send and how long to wait, in *etu* (the time of one bit on the line), and is told what arrived or that time is over.
//!
//! | module | holds |
//! |---|---|
//! | [`timing`] | bit rate, waiting times, what the answer to reset says about them |
//! | [`pps`] | agreeing on a faster rate |
//! | [`t0`] | the byte protocol, both ends |
//! | [`t1`] | the block protocol, both ends |

pub mod pps;
pub mod t0;
pub mod t1;
pub mod timing;

/// What an engine wants from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Send these bytes, then say `sent`.
    Send(&'a [u8]),
    /// Wait for the next byte, at most so many etu, then give `byte` or `silence`.
    Receive {
        /// The longest wait in etu.
        within_etu: u32,
    },
    /// The exchange is over; its result can be taken.
    Done,
}

/// Why an exchange failed. The card must be reset and the conversation begun again: nobody knows what it has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineError {
    /// The card fell silent.
    Silence,
    /// The card asks for more time for longer than anybody waits.
    Stalled,
    /// A byte or block that has no place in the protocol.
    Protocol,
    /// Errors again and again, in spite of repeating; the line is bad or the card sits badly.
    Noise,
    /// The card gave the exchange up.
    Aborted,
    /// The two ends had to begin again, so what became of the command is unknown.
    Resynchronised,
    /// The command cannot be carried by this protocol, or the answer is longer than an APDU.
    Length,
}

#[cfg(test)]
mod tests;
