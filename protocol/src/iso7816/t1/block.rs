//! Blocks: node address, control byte, length, information, check.

use heapless::Vec;

use super::super::timing::BlockCheck;
use crate::bytes::filled;

/// The longest information field.
pub const MAX_INFORMATION: usize = 254;
/// Bytes of the longest block.
pub const MAX_BLOCK: usize = 3 + MAX_INFORMATION + 2;

/// What the control byte says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Information; its number, and whether more of the same message follows.
    Information {
        /// Send number, 0 or 1.
        number: bool,
        /// More blocks of this message follow.
        more: bool,
    },
    /// Acknowledgement, or a wish for a repetition.
    Ready {
        /// The number of the block that is expected next.
        number: bool,
        /// Why a repetition is wished for.
        fault: Fault,
    },
    /// A supervisory request or the answer to one.
    Supervisory {
        /// What about.
        about: Supervisory,
        /// An answer rather than a request.
        response: bool,
    },
}

/// Why a block is to be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not: the block was good.
    None,
    /// The check was wrong.
    Check,
    /// Anything else.
    Other,
}

/// What a supervisory block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervisory {
    /// Both ends begin again with block number 0.
    Resynchronise,
    /// The sender takes information fields of this length from now on.
    InformationSize,
    /// The chain is given up.
    Abort,
    /// The card needs this many block waiting times.
    MoreTime,
}

/// A checked block.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub control: Control,
    /// Its information field.
    pub information: Vec<u8, MAX_INFORMATION>,
}

impl core::fmt::Debug for Block {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} [{} bytes]", self.control, self.information.len())
    }
}

impl Block {
    /// A block without information.
    #[must_use]
    pub const fn bare(control: Control) -> Self {
        Self { control, information: Vec::new() }
    }

    /// A supervisory block that carries one byte.
    #[must_use]
    pub fn supervisory(about: Supervisory, response: bool, value: &[u8]) -> Self {
        let information = filled(value.iter().copied().take(1));
        Self { control: Control::Supervisory { about, response }, information }
    }

    /// The bytes on the wire, node address 00.
    #[must_use]
    pub fn emit(&self, check: BlockCheck) -> Vec<u8, MAX_BLOCK> {
        let length = u8::try_from(self.information.len()).unwrap_or(u8::MAX);
        let head = [0, self.control.to_byte(), length];
        let bytes: Vec<u8, MAX_BLOCK> = filled(head.into_iter().chain(self.information.iter().copied()));
        let (lrc, crc) = ([lrc(&bytes)], crc(&bytes).to_be_bytes());
        let sum: &[u8] = match check {
            BlockCheck::Lrc => &lrc,
            BlockCheck::Crc => &crc,
        };
        filled(bytes.iter().chain(sum).copied())
    }
}

impl Control {
    fn to_byte(self) -> u8 {
        match self {
            Self::Information { number, more } => u8::from(number) << 6 | u8::from(more) << 5,
            Self::Ready { number, fault } => {
                let fault = match fault {
                    Fault::None => 0,
                    Fault::Check => 1,
                    Fault::Other => 2,
                };
                0x80 | u8::from(number) << 4 | fault
            }
            Self::Supervisory { about, response } => {
                let about = match about {
                    Supervisory::Resynchronise => 0,
                    Supervisory::InformationSize => 1,
                    Supervisory::Abort => 2,
                    Supervisory::MoreTime => 3,
                };
                0xC0 | u8::from(response) << 5 | about
            }
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0x00..=0x7F if byte & 0x1F == 0 => {
                Self::Information { number: byte & 0x40 != 0, more: byte & 0x20 != 0 }
            }
            0x80..=0xBF if byte & 0x2C == 0 => Self::Ready {
                number: byte & 0x10 != 0,
                fault: match byte & 3 {
                    0 => Fault::None,
                    1 => Fault::Check,
                    2 => Fault::Other,
                    _ => return None,
                },
            },
            0xC0..=0xFF => Self::Supervisory {
                about: match byte & 0x1F {
                    0 => Supervisory::Resynchronise,
                    1 => Supervisory::InformationSize,
                    2 => Supervisory::Abort,
                    3 => Supervisory::MoreTime,
                    _ => return None,
                },
                response: byte & 0x20 != 0,
            },
            _ => return None,
        })
    }
}

/// Collects the bytes of one block.
pub struct Receiver {
    check: BlockCheck,
    bytes: Vec<u8, MAX_BLOCK>,
    /// A character of this block had wrong parity.
    spoiled: bool,
}

impl Receiver {
    /// A receiver that waits for the first byte.
    #[must_use]
    pub const fn new(check: BlockCheck) -> Self {
        Self { check, bytes: Vec::new(), spoiled: false }
    }

    /// Whether a block has begun: the next wait is for a character, not for a block.
    #[must_use]
    pub fn begun(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Forgets a block that broke off.
    pub fn clear(&mut self) {
        zeroize::Zeroize::zeroize(self.bytes.as_mut_slice());
        self.bytes.clear();
        self.spoiled = false;
    }

    /// The character that is given next is not what was sent: whatever the check says, the block is bad.
    pub fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// Takes a byte; hands over the block, or why it is bad, when it is whole.
    pub fn byte(&mut self, byte: u8) -> Option<Result<Block, Fault>> {
        // A length of 255 is reserved; the block then ends where the buffer does, and is refused.
        let full = self.bytes.push(byte).is_err();
        let [_, _, length] = *self.bytes.first_chunk::<3>()?;
        let check = match self.check {
            BlockCheck::Lrc => 1,
            BlockCheck::Crc => 2,
        };
        if !full && self.bytes.len() < 3 + usize::from(length) + check {
            return None;
        }
        let block = self.read(check);
        self.clear();
        Some(block)
    }

    fn read(&self, check: usize) -> Result<Block, Fault> {
        let (body, sum) = self.bytes.split_at_checked(self.bytes.len() - check).ok_or(Fault::Other)?;
        let sound = match (self.check, sum) {
            (BlockCheck::Lrc, [sum]) => lrc(body) == *sum,
            (BlockCheck::Crc, [high, low]) => crc(body) == u16::from_be_bytes([*high, *low]),
            _ => false,
        };
        if !sound || self.spoiled {
            return Err(Fault::Check);
        }
        let [_, control, _, information @ ..] = body else { return Err(Fault::Other) };
        let control = Control::from_byte(*control).ok_or(Fault::Other)?;
        let information = Vec::from_slice(information).map_err(|_| Fault::Other)?;
        let right_length = match control {
            Control::Information { .. } => true,
            Control::Ready { .. } => information.is_empty(),
            Control::Supervisory { about: Supervisory::Resynchronise | Supervisory::Abort, .. } => {
                information.is_empty()
            }
            Control::Supervisory { .. } => information.len() == 1,
        };
        if right_length { Ok(Block { control, information }) } else { Err(Fault::Other) }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.clear();
    }
}

fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// CRC of ISO/IEC 13239, reflected polynomial 1021 from FFFF. The standard's text and the readers of the field differ in the
/// last step; this is what the readers do: not complemented, high byte first.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 0 { sum >> 1 } else { sum >> 1 ^ 0x8408 })
    })
}
