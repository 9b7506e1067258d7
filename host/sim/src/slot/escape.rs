//! The bench line's escapes.

/// What comes from the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromDevice {
    /// A character for the card.
    Byte(u8),
    /// Power off.
    PowerOff,
    /// Power on and cold reset.
    ColdReset,
    /// Warm reset.
    WarmReset,
    /// Is a card there?
    Present,
    /// The line runs at this rate code from now on.
    Rate(u8),
    /// An escape that means nothing.
    Unknown(u8),
}

/// Takes the device's bytes apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unescape {
    escaped: bool,
}

impl Unescape {
    /// One byte of the line; something when it is complete.
    pub fn push(&mut self, byte: u8) -> Option<FromDevice> {
        if !std::mem::take(&mut self.escaped) {
            self.escaped = byte == 0xFF;
            return (byte != 0xFF).then_some(FromDevice::Byte(byte));
        }
        Some(match byte {
            0xFF => FromDevice::Byte(0xFF),
            0x00 => FromDevice::PowerOff,
            0x01 => FromDevice::ColdReset,
            0x02 => FromDevice::WarmReset,
            0x03 => FromDevice::Present,
            0x10..=0x1F => FromDevice::Rate(byte & 0x0F),
            other => FromDevice::Unknown(other),
        })
    }
}

/// A character as the line carries it, in either direction.
#[must_use]
pub fn escaped(byte: u8) -> &'static [u8] {
    const PLAIN: [u8; 256] = {
        let mut plain = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            plain[byte] = byte as u8;
            byte += 1;
        }
        plain
    };
    match byte {
        0xFF => &[0xFF, 0xFF],
        _ => PLAIN.get(usize::from(byte)..=usize::from(byte)).unwrap_or_default(),
    }
}
