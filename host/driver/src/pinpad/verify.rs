//! `PIN_VERIFY_STRUCTURE` for the packed PIN of the social security card (PC/SC part 10, 2.5.2).

use std::time::Duration;

/// Simplified Chinese, from the language identifiers of USB.
const LANGUAGE: u16 = 0x0804;
/// Bit 7: positions count bytes; bits 1–0: 01 BCD. Position 0, left justified.
const FORMAT_BCD: u8 = 0x81;
/// The entry ends with the confirmation key.
const UNTIL_CONFIRMED: u8 = 0x02;
/// One message is shown, the reader's first: its own word for "enter the PIN".
const ONE_MESSAGE: u8 = 0x01;

/// One request for a PIN of a known number of digits.
///
/// The card's VERIFY is `00 20 00 00 Lc` and the digits packed two to a byte, an odd last one filled with `F`. The
/// reader writes them over the `FF` of the template. Because Lc stands in the template, the number of digits is fixed: six
/// on the cards of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinVerify {
    digits: u8,
    timeout: u8,
}

impl PinVerify {
    /// Digits of the PIN where nothing else is known.
    pub const USUAL_DIGITS: u8 = 6;

    /// `None` for other than 4 to 12 digits. The time, first key and all, is cut to 1 to 255 seconds.
    pub fn new(digits: u8, timeout: Duration) -> Option<Self> {
        let timeout = timeout.as_secs().clamp(1, 255) as u8;
        (4..=12).contains(&digits).then_some(PinVerify { digits, timeout })
    }

    /// How long the reader waits for the holder.
    pub fn timeout(self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    /// The bytes for the reader. Fields of more than one byte are little-endian, as on every machine that has such readers.
    pub fn to_bytes(self) -> Vec<u8> {
        let block = self.digits.div_ceil(2);
        let mut apdu = vec![0x00, 0x20, 0x00, 0x00, block];
        apdu.extend(std::iter::repeat_n(0xFF, block.into()));
        let digits = u16::from(self.digits) << 8 | u16::from(self.digits);
        let mut bytes = vec![
            self.timeout, // bTimerOut: until the first key
            self.timeout, // bTimerOut2: between keys
            FORMAT_BCD,   // bmFormatString
            block,        // bmPINBlockString: no length in front, so many bytes
            0x00,         // bmPINLengthFormat: the length is not written into the command
        ];
        bytes.extend(digits.to_le_bytes()); // wPINMaxExtraDigit: least in the upper byte, most in the lower
        bytes.extend([UNTIL_CONFIRMED, ONE_MESSAGE]);
        bytes.extend(LANGUAGE.to_le_bytes());
        bytes.extend([0x00; 4]); // bMsgIndex, bTeoPrologue
        bytes.extend((apdu.len() as u32).to_le_bytes());
        bytes.extend(apdu);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: u8, seconds: u64) -> Vec<u8> {
        PinVerify::new(digits, Duration::from_secs(seconds)).unwrap().to_bytes()
    }

    #[test]
    fn six_digits_field_by_field() {
        // Offsets by the standard: 19 bytes of structure, packed, then the command.
        #[rustfmt::skip]
        let expected = [
            30,                     //  0 bTimerOut
            30,                     //  1 bTimerOut2
            0b1000_0001,            //  2 bmFormatString: bytes, position 0, left, BCD
            0x03,                   //  3 bmPINBlockString
            0x00,                   //  4 bmPINLengthFormat
            0x06, 0x06,             //  5 wPINMaxExtraDigit
            0x02,                   //  7 bEntryValidationCondition
            0x01,                   //  8 bNumberMessage
            0x04, 0x08,             //  9 wLangId
            0x00,                   // 11 bMsgIndex
            0x00, 0x00, 0x00,       // 12 bTeoPrologue
            0x08, 0x00, 0x00, 0x00, // 15 ulDataLength
            0x00, 0x20, 0x00, 0x00, 0x03, 0xFF, 0xFF, 0xFF,
        ];
        assert_eq!(bytes(6, 30), expected);
    }

    #[test]
    fn other_lengths_and_times() {
        let odd = bytes(5, 0);
        assert_eq!(
            (odd[0], odd[3], &odd[5..7], &odd[19..]),
            (1, 3, &[5, 5][..], &[0, 0x20, 0, 0, 3, 0xFF, 0xFF, 0xFF][..])
        );
        let longest = bytes(12, 100_000);
        assert_eq!((longest[0], longest[3], longest[15], longest.len()), (255, 6, 11, 30));
        assert_eq!(PinVerify::new(3, Duration::ZERO), None);
        assert_eq!(PinVerify::new(13, Duration::ZERO), None);
    }
}
