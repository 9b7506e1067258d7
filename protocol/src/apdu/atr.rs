//! The answer to reset: ISO/IEC 7816-3 §8.2, and the form that PC/SC part 3 makes of a contactless card.

use core::fmt;

use heapless::Vec;

use crate::fault::{self, Fault};

/// A checked answer to reset.
#[derive(Clone, PartialEq, Eq)]
pub struct Atr {
    bytes: Vec<u8, 33>,
    historical_at: usize,
    historical_len: usize,
    protocols: u16,
    interface: Interface,
}

/// How the card is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// Through its contacts.
    Contact,
    /// Through the field: the ATR has the form `3B 8n 80 01 … TCK`.
    Contactless,
}

/// The transmission protocol in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Byte oriented: an answer to a command with data is fetched by GET RESPONSE.
    T0,
    /// Block oriented (also contactless): Le stands in the command itself.
    T1,
}

/// Why bytes are no answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtrError {
    /// Fewer bytes than T0 and the TDi announce.
    Truncated,
    /// The first byte is neither `3B` nor `3F`.
    InitialByte,
    /// The check byte is wrong.
    Check,
    /// Bytes behind the end, or more than 33.
    Trailing,
}

impl fmt::Display for AtrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "answer to reset is cut",
            Self::InitialByte => "answer to reset begins with neither 3B nor 3F",
            Self::Check => "check byte of the answer to reset is wrong",
            Self::Trailing => "bytes behind the end of the answer to reset",
        })
    }
}

impl core::error::Error for AtrError {}

impl AtrError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        &fault::card::RESET_ANSWER_INVALID
    }
}

impl Atr {
    /// Parses and checks. TCK must be there unless only T=0 is offered; where it need not be, a right one is
    /// tolerated.
    pub fn parse(atr: &[u8]) -> Result<Self, AtrError> {
        let bytes = Vec::from_slice(atr).map_err(|_| AtrError::Trailing)?;
        let mut rest = atr.iter().copied().enumerate();
        let mut take = || rest.next().map(|(_, byte)| byte).ok_or(AtrError::Truncated);
        if !matches!(take()?, 0x3B | 0x3F) {
            return Err(AtrError::InitialByte);
        }
        let t0 = take()?;
        let historical_len = usize::from(t0 & 0x0F);
        let (mut announced, mut protocols, mut first) = (t0 >> 4, 0u16, true);
        // Each round reads TAi, TBi, TCi and TDi as the last Y announced them. At most 32 bytes: it ends.
        loop {
            for bit in [1, 2, 4] {
                if announced & bit != 0 {
                    take()?;
                }
            }
            if announced & 8 == 0 {
                break;
            }
            let td = take()?;
            // T=15 is no protocol: it marks global interface bytes, but it does ask for TCK.
            protocols |= 1 << (td & 0x0F);
            announced = td >> 4;
            first = false;
        }
        if first {
            protocols = 1;
        }
        let historical_at = rest.next().map_or(atr.len(), |(at, _)| at);
        let end = historical_at + historical_len;
        if atr.len() < end {
            return Err(AtrError::Truncated);
        }
        let check_ok = || atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte) == 0;
        match (protocols == 1, atr.len() - end) {
            (true, 0) => (),
            (true | false, 1) => {
                if !check_ok() {
                    return Err(if protocols == 1 { AtrError::Trailing } else { AtrError::Check });
                }
            }
            (false, 0) => return Err(AtrError::Truncated),
            _ => return Err(AtrError::Trailing),
        }
        let interface = match atr {
            [0x3B, t0, 0x80, 0x01, ..] if t0 >> 4 == 8 => Interface::Contactless,
            _ => Interface::Contact,
        };
        Ok(Self { bytes, historical_at, historical_len, protocols, interface })
    }

    /// All bytes as they came.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The historical bytes, at most 15.
    pub fn historical(&self) -> &[u8] {
        self.bytes.get(self.historical_at..self.historical_at + self.historical_len).unwrap_or(&[])
    }

    /// Whether the card offers this protocol.
    pub fn offers(&self, protocol: Protocol) -> bool {
        let bit = match protocol {
            Protocol::T0 => 1,
            Protocol::T1 => 2,
        };
        self.protocols & bit != 0
    }

    /// Contact, or contactless by the form of PC/SC part 3.
    pub fn interface(&self) -> Interface {
        self.interface
    }
}

impl fmt::Debug for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The historical bytes end in the serial number of one person's card: not shown.
        write!(f, "Atr({} bytes, {:?})", self.bytes.len(), self.interface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONTACT: [u8; 17] = [
        0x3B, 0x6D, 0x00, 0x00, 0x00, 0x81, 0x54, 0x31, 0x00, 0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07,
    ];

    #[test]
    fn the_usual_contact_card() {
        let atr = Atr::parse(&CONTACT).unwrap();
        assert_eq!(atr.historical(), &CONTACT[4..]);
        assert_eq!(atr.interface(), Interface::Contact);
        assert!(atr.offers(Protocol::T0) && !atr.offers(Protocol::T1));
    }

    #[test]
    fn contactless_historical_bytes_begin_elsewhere() {
        let mut bytes = std::vec![0x3B, 0x8D, 0x80, 0x01];
        bytes.extend(&CONTACT[4..]);
        bytes.push(bytes[1..].iter().fold(0, |sum, byte| sum ^ byte));
        let atr = Atr::parse(&bytes).unwrap();
        assert_eq!(atr.historical(), &CONTACT[4..]);
        assert_eq!(atr.interface(), Interface::Contactless);
        assert!(atr.offers(Protocol::T1));
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(Atr::parse(&bytes), Err(AtrError::Check));
        bytes.pop();
        assert_eq!(Atr::parse(&bytes), Err(AtrError::Truncated));
    }

    #[test]
    fn contact_bytes_that_look_contactless_are_not() {
        // TB1 = 80 and TC1 = 01 of a contact card stand where TD1 and TD2 would.
        let mut bytes = CONTACT;
        bytes[2..4].copy_from_slice(&[0x80, 0x01]);
        assert_eq!(Atr::parse(&bytes).unwrap().interface(), Interface::Contact);
    }

    #[test]
    fn interface_bytes_are_stepped_over() {
        // ISO/IEC 7816-3 shape: T0 = F3 (TA1 TB1 TC1 TD1, 3 historical), TD1 = 91 (TA2, TD2, T=1), TD2 = 31
        // (TA3 TB3, T=1), historical 'abc', TCK.
        let mut bytes =
            std::vec![0x3B, 0xF3, 0x11, 0x00, 0x00, 0x91, 0x81, 0x31, 0xFE, 0x45, b'a', b'b', b'c'];
        bytes.push(bytes[1..].iter().fold(0, |sum, byte| sum ^ byte));
        assert_eq!(Atr::parse(&bytes).unwrap().historical(), b"abc");
    }

    #[test]
    fn what_is_no_atr() {
        assert_eq!(Atr::parse(&[]), Err(AtrError::Truncated));
        assert_eq!(Atr::parse(&[0x3B]), Err(AtrError::Truncated));
        assert_eq!(Atr::parse(&[0x00, 0x00]), Err(AtrError::InitialByte));
        assert_eq!(Atr::parse(&CONTACT[..16]), Err(AtrError::Truncated));
        let mut longer = CONTACT.to_vec();
        longer.push(0xAA);
        assert_eq!(Atr::parse(&longer), Err(AtrError::Trailing));
        assert_eq!(Atr::parse(&[0x3B; 34]), Err(AtrError::Trailing));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: std::vec::Vec<u8>) {
            if let Ok(atr) = Atr::parse(&bytes) {
                prop_assert!(atr.historical().len() <= 15);
            }
        }

        #[test]
        fn any_bytes_behind_3b_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = std::vec![0x3B];
            bytes.extend(tail);
            let _ = Atr::parse(&bytes);
        }
    }
}
