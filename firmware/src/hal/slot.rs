//! The line to a card with contacts.

/// Why the slot line could not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotError {
    /// No card is in the slot.
    NoCard,
    /// The slot cannot run at this rate; it goes on at the old one.
    Rate,
    /// The slot itself failed.
    Failed,
}

/// Contacts and characters of one card slot (ISO/IEC 7816-3), below any protocol.
///
/// Characters are logical values in the direct sense: convention, parity and its repetition are the line's own.
/// What the line itself sends does not come back as received.
pub trait SlotLine {
    /// Whether a card is in the slot now.
    fn present(&mut self) -> bool;

    /// Activates the contacts: supply, clock, cold reset. The answer to reset follows as characters; what came before, with or without
    /// power, is dropped first.
    fn power_on(&mut self) -> Result<(), SlotError>;

    /// Warm reset. The answer to reset follows as characters; what came before is dropped first.
    fn warm_reset(&mut self) -> Result<(), SlotError>;

    /// Takes the contacts down.
    fn power_off(&mut self);

    /// Inverse convention from now on, as TS `3F` asks for.
    fn set_inverse(&mut self, inverse: bool);

    /// One elementary time unit is now `f / d` clock cycles, from the next character on. `code` is TA1 or PPS1.
    fn set_rate(&mut self, code: u8, f: u16, d: u8) -> Result<(), SlotError>;

    /// The fastest rate the slot runs at, as the byte of TA1 and PPS1; `11` is the default rate.
    fn fastest(&self) -> u8 {
        0x11
    }

    /// Extra guard time from now on, in etu beyond the twelve of a character; 255 means the least the protocol knows.
    fn set_guard(&mut self, etu: u8);

    /// Takes characters to send, as many as fit now; how many were taken.
    fn send(&mut self, bytes: &[u8]) -> usize;

    /// Whether everything taken is on the wire and the line listens again.
    fn sent(&mut self) -> bool;

    /// The next received character. `Some(Err(ParityError))` is one with wrong parity.
    fn receive(&mut self) -> Option<Result<u8, ParityError>>;

    /// Elementary time units since [`SlotLine::power_on`], wrapping, at the rate now set. For deadlines.
    fn etu(&mut self) -> u32;
}

/// A received character had wrong parity and was not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParityError;
