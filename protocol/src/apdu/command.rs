//! A short command APDU, at most 261 bytes, with builders for the commands of the social security card.

use core::fmt;

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bytes::filled;

/// Header, data of up to 255 bytes, Le: 4 + 1 + 255 + 1.
const CAPACITY: usize = 261;

/// A command APDU in its short form (ISO/IEC 7816-4 cases 1 to 4).
///
/// `Debug` shows header and data, but never the data of a command that carries a PIN. Memory is erased on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Command {
    bytes: Vec<u8, CAPACITY>,
    has_le: bool,
}

/// The expected length of the answer's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Le {
    /// No Le byte: no data expected, or T=0 where GET RESPONSE fetches it.
    None,
    /// 1 to 255 bytes, or 256 as 0.
    Bytes(u8),
}

/// The data does not fit a short command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandError;

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a short command has at most 255 data bytes")
    }
}

impl core::error::Error for CommandError {}

impl Command {
    /// Any short command: class, instruction, P1, P2; data (may be empty); Le.
    pub fn new(header: [u8; 4], data: &[u8], le: Le) -> Result<Self, CommandError> {
        if data.len() > 255 {
            return Err(CommandError);
        }
        Ok(Self::build(header, data, le))
    }

    /// `00 A4 04 00`: SELECT a DF by its name (P1 04, first occurrence, FCI).
    pub fn select_df(name: &[u8; 15], le: Le) -> Self {
        Self::build([0x00, 0xA4, 0x04, 0x00], name, le)
    }

    /// `00 A4 P1 00 02 fid`: SELECT a file by its identifier. P1 00 any file, 02 an EF under the current DF.
    pub fn select_fid(p1: u8, fid: u16, le: Le) -> Self {
        Self::build([0x00, 0xA4, p1, 0x00], &fid.to_be_bytes(), le)
    }

    /// `00 B2 P1 P2 Le`: READ RECORD; P2 says what P1 is and which file is meant.
    pub fn read_record(p1: u8, p2: u8, le: u8) -> Self {
        Self::build([0x00, 0xB2, p1, p2], &[], Le::Bytes(le))
    }

    /// `00 C0 00 00 Le`: GET RESPONSE of T=0.
    pub fn get_response(le: u8) -> Self {
        Self::build([0x00, 0xC0, 0x00, 0x00], &[], Le::Bytes(le))
    }

    /// `00 84 00 00 08`: GET CHALLENGE, eight bytes.
    pub fn get_challenge() -> Self {
        Self::build([0x00, 0x84, 0x00, 0x00], &[], Le::Bytes(8))
    }

    /// `00 88 00 00 10`: INTERNAL AUTHENTICATE, process factor and original data.
    pub fn internal_authenticate(process_factor: &[u8; 8], original: &[u8; 8], le: Le) -> Self {
        Self::build([0x00, 0x88, 0x00, 0x00], &pair(process_factor, original), le)
    }

    /// `00 82 00 key 10`: EXTERNAL AUTHENTICATE, cryptogram and original data.
    pub fn external_authenticate(key: u8, cryptogram: &[u8; 8], original: &[u8; 8]) -> Self {
        Self::build([0x00, 0x82, 0x00, key], &pair(cryptogram, original), Le::None)
    }

    /// `00 20 00 00`: VERIFY with packed digits. At most 8 bytes are used by a PIN; more than 255 cannot be.
    pub fn verify(packed: &[u8]) -> Result<Self, CommandError> {
        Self::new([0x00, 0x20, 0x00, 0x00], packed, Le::None)
    }

    /// The bytes on the wire. They may hold a PIN: never log them, log the command itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The instruction byte.
    pub fn ins(&self) -> u8 {
        self.bytes.get(1).copied().unwrap_or(0)
    }

    /// Class, instruction, P1, P2.
    pub fn header(&self) -> [u8; 4] {
        self.bytes.first_chunk().copied().unwrap_or_default()
    }

    /// The command data.
    pub fn data(&self) -> &[u8] {
        let end = self.bytes.len() - usize::from(self.has_le);
        self.bytes.get(5..end).unwrap_or(&[])
    }

    /// The Le byte.
    pub fn le(&self) -> Le {
        match self.bytes.last() {
            Some(byte) if self.has_le => Le::Bytes(*byte),
            _ => Le::None,
        }
    }

    /// The same command with another Le.
    pub fn with_le(&self, le: Le) -> Self {
        Self::build(self.header(), self.data(), le)
    }

    /// Whether the data is a PIN: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, and 5E of the bank world.
    pub fn carries_pin(&self) -> bool {
        matches!(self.ins(), 0x20 | 0x24 | 0x2C | 0x5E)
    }

    // Callers give at most 255 data bytes, so nothing here is ever cut.
    fn build(header: [u8; 4], data: &[u8], le: Le) -> Self {
        let lc = [data.len() as u8];
        let lc: &[u8] = if data.is_empty() { &[] } else { &lc };
        let last = match le {
            Le::None => None,
            Le::Bytes(le) => Some(le),
        };
        let bytes = filled(header.iter().chain(lc).chain(data).copied().chain(last));
        Self { bytes, has_le: last.is_some() }
    }
}

fn pair(first: &[u8; 8], second: &[u8; 8]) -> [u8; 16] {
    let mut both = [0; 16];
    for (to, from) in both.iter_mut().zip(first.iter().chain(second)) {
        *to = *from;
    }
    both
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cla, ins, p1, p2] = self.header();
        write!(f, "{cla:02X} {ins:02X} {p1:02X} {p2:02X}")?;
        if !self.data().is_empty() {
            write!(f, " {:02X}", self.data().len())?;
            if self.carries_pin() {
                f.write_str(" ***")?;
            } else {
                self.data().iter().try_for_each(|byte| write!(f, " {byte:02X}"))?;
            }
        }
        if let Le::Bytes(le) = self.le() {
            write!(f, " {le:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{format, vec};

    #[test]
    fn bytes_on_the_wire() {
        assert_eq!(
            Command::select_fid(0x02, 0xEF05, Le::None).as_bytes(),
            [0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, 0x05]
        );
        assert_eq!(Command::read_record(7, 0x2C, 0x0B).as_bytes(), [0x00, 0xB2, 0x07, 0x2C, 0x0B]);
        assert_eq!(Command::get_challenge().as_bytes(), [0x00, 0x84, 0x00, 0x00, 0x08]);
        assert_eq!(
            Command::external_authenticate(0x0A, &[1; 8], &[2; 8]).as_bytes(),
            [0, 0x82, 0, 0x0A, 0x10, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]
        );
        let select = Command::select_fid(0, 0x3F00, Le::Bytes(0));
        assert_eq!(select.as_bytes(), [0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00]);
        assert_eq!((select.data(), select.le()), (&[0x3F, 0x00][..], Le::Bytes(0)));
        assert_eq!(select.with_le(Le::None).as_bytes(), &select.as_bytes()[..7]);
    }

    #[test]
    fn the_largest_command_fits_and_a_larger_one_is_refused() {
        let full = Command::new([0; 4], &[7; 255], Le::Bytes(0)).unwrap();
        assert_eq!(full.as_bytes().len(), 261);
        assert_eq!(full.data(), [7; 255]);
        assert_eq!(Command::new([0; 4], &vec![0; 256], Le::None), Err(CommandError));
    }

    #[test]
    fn a_pin_is_never_shown() {
        let verify = Command::verify(&[0x12, 0x34, 0x56]).unwrap();
        assert_eq!(format!("{verify:?}"), "00 20 00 00 03 ***");
        assert_eq!(format!("{:?}", Command::get_response(0x1E)), "00 C0 00 00 1E");
    }
}
