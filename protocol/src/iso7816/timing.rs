//! Bit rate and waiting times. Source: ISO/IEC 7816-3:2006 §8.3, §10.2, §11.4.

/// Clock rate conversion: card clock cycles that make one etu at `D = 1`.
const FI: [Option<u16>; 16] = [
    Some(372),
    Some(372),
    Some(558),
    Some(744),
    Some(1116),
    Some(1488),
    Some(1860),
    None,
    None,
    Some(512),
    Some(768),
    Some(1024),
    Some(1536),
    Some(2048),
    None,
    None,
];

/// Baud rate adjustment: divides the etu.
const DI: [Option<u8>; 16] = [
    None,
    Some(1),
    Some(2),
    Some(4),
    Some(8),
    Some(16),
    Some(32),
    Some(64),
    Some(12),
    Some(20),
    None,
    None,
    None,
    None,
    None,
    None,
];

/// A bit rate, as `TA1` and PPS1 write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    f: u16,
    d: u8,
}

impl Rate {
    /// The rate after every reset: 372 clock cycles a bit, 9 600 baud at 3.5712 MHz.
    pub const DEFAULT: Self = Self { f: 372, d: 1 };

    /// From the byte that names it; nothing for reserved values.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        let f = FI.get(usize::from(byte >> 4)).copied().flatten()?;
        let d = DI.get(usize::from(byte & 0x0F)).copied().flatten()?;
        Some(Self { f, d })
    }

    /// `F`: clock cycles that make one etu at `D = 1`.
    #[must_use]
    pub const fn conversion(self) -> u16 {
        self.f
    }

    /// `D`: divides the etu.
    #[must_use]
    pub const fn adjustment(self) -> u8 {
        self.d
    }

    /// Clock cycles of one etu, rounded up.
    #[must_use]
    pub fn clocks_per_etu(self) -> u32 {
        // `d` is never zero; the floor tells the compiler.
        u32::from(self.f).div_ceil(u32::from(self.d).max(1))
    }

    /// Bits a second at a card clock in hertz.
    #[must_use]
    pub fn baud(self, clock_hz: u32) -> u32 {
        let bits = u64::from(clock_hz) * u64::from(self.d) / u64::from(self.f).max(1);
        u32::try_from(bits).unwrap_or(u32::MAX)
    }
}

/// The check at the end of a T=1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BlockCheck {
    /// One byte, XOR of all before.
    #[default]
    Lrc,
    /// Two bytes, CRC of ISO/IEC 13239.
    Crc,
}

/// What an answer to reset says about the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineParameters {
    /// Fastest rate the card offers (`TA1`).
    pub offered: Rate,
    /// The byte that names it.
    pub offered_byte: u8,
    /// The protocol the card offers first.
    pub first_protocol: u8,
    /// `TA2`: the card is in specific mode, speaks this protocol at the offered rate and takes no PPS.
    pub specific: Option<u8>,
    /// Extra guard time `N` in etu; 255 means the shortest the protocol allows.
    pub extra_guard: u8,
    /// `WI` of T=0.
    pub waiting_integer: u8,
    /// Longest information field the card takes in T=1.
    pub ifsc: u8,
    /// Character waiting integer of T=1.
    pub cwi: u8,
    /// Block waiting integer of T=1.
    pub bwi: u8,
    /// Check of T=1 blocks.
    pub check: BlockCheck,
}

impl Default for LineParameters {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl LineParameters {
    /// What holds where the answer to reset is silent.
    pub const DEFAULT: Self = Self {
        offered: Rate::DEFAULT,
        offered_byte: 0x11,
        first_protocol: 0,
        specific: None,
        extra_guard: 0,
        waiting_integer: 10,
        ifsc: 32,
        cwi: 13,
        bwi: 4,
        check: BlockCheck::Lrc,
    };

    /// Reads the interface bytes of an answer to reset, `TS` first. Bytes that are cut off or reserved leave the defaults:
    /// the answer itself is checked by [`Atr`](crate::apdu::Atr).
    #[must_use]
    pub fn from_atr(atr: &[u8]) -> Self {
        let mut parameters = Self::default();
        let mut bytes = atr.iter().copied().skip(1);
        let Some(mut announced) = bytes.next().map(|t0| t0 >> 4) else { return parameters };
        let mut protocol = None;
        for group in 1u8..=32 {
            let mut next = |bit: u8| if announced & bit == 0 { None } else { bytes.next() };
            let (a, b, c, d) = (next(1), next(2), next(4), next(8));
            parameters.take_group(group, protocol, a, b, c);
            let Some(d) = d else { break };
            if group == 1 {
                parameters.first_protocol = d & 0x0F;
            }
            protocol = Some(d & 0x0F);
            announced = d >> 4;
        }
        parameters
    }

    /// `WT` of T=0: the longest wait for a character at a rate, in etu.
    #[must_use]
    pub fn waiting_time(&self, rate: Rate) -> u32 {
        960 * u32::from(self.waiting_integer) * u32::from(rate.d)
    }

    /// `CWT` of T=1: the longest gap inside a block, in etu.
    #[must_use]
    pub fn character_waiting_time(&self) -> u32 {
        11 + (1 << self.cwi.min(15))
    }

    /// `BWT` of T=1: the longest wait for a block at a rate, in etu.
    #[must_use]
    pub fn block_waiting_time(&self, rate: Rate) -> u32 {
        let clocks = (1u64 << self.bwi.min(9)) * 960 * 372;
        let etu = 11 + (clocks * u64::from(rate.d)).div_ceil(u64::from(rate.f).max(1));
        u32::try_from(etu).unwrap_or(u32::MAX)
    }

    fn take_group(&mut self, group: u8, protocol: Option<u8>, a: Option<u8>, b: Option<u8>, c: Option<u8>) {
        match (group, protocol) {
            (1, _) => {
                if let Some((byte, rate)) = a.and_then(|byte| Some((byte, Rate::from_byte(byte)?))) {
                    (self.offered, self.offered_byte) = (rate, byte);
                }
                self.extra_guard = c.unwrap_or(self.extra_guard);
            }
            (2, _) => {
                self.specific = a.map(|byte| byte & 0x0F);
                self.waiting_integer = c.filter(|wi| *wi != 0).unwrap_or(self.waiting_integer);
            }
            // The first group behind a TD that names T=1 describes T=1.
            (_, Some(1)) => {
                self.ifsc = a.filter(|ifsc| (1..=254).contains(ifsc)).unwrap_or(self.ifsc);
                if let Some(waits) = b {
                    (self.bwi, self.cwi) = (waits >> 4, waits & 0x0F);
                }
                if let Some(check) = c {
                    self.check = if check & 1 == 0 { BlockCheck::Lrc } else { BlockCheck::Crc };
                }
            }
            _ => {}
        }
    }
}
