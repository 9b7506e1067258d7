//! A hint: unsealed advice to a terminal whose message cannot be answered under a seal.
//!
//! Anybody can write one, so it is shown as advice and changes nothing. It is shorter than every request, so it cannot be
//! used to multiply traffic against a third party.

use core::fmt;

use super::{CURRENT_VERSION, MIN_VERSION, TerminalId};
use crate::cbor::{Reader, Writer};

/// The kind of message on the wire.
const KIND: u64 = 15;

/// Unsealed advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The terminal that it is for, as it named itself.
    pub terminal: TerminalId,
    /// What seems to be wrong.
    pub kind: HintKind,
    /// Oldest and newest version that the centre says it understands.
    pub versions: (u8, u8),
}

/// What seems to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HintKind {
    /// The centre does not know the terminal.
    UnknownTerminal = 1,
    /// The seal does not fit.
    BadSeal = 2,
    /// The terminal was revoked.
    Revoked = 3,
    /// The epoch is too old or too far ahead.
    Epoch = 4,
    /// The centre does not speak this version.
    Version = 5,
    /// Too many messages in a short time.
    TooMany = 6,
}

impl HintKind {
    /// Every kind.
    pub const ALL: [HintKind; 6] = [
        HintKind::UnknownTerminal,
        HintKind::BadSeal,
        HintKind::Revoked,
        HintKind::Epoch,
        HintKind::Version,
        HintKind::TooMany,
    ];
}

impl fmt::Display for HintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownTerminal => "the centre does not know this terminal",
            Self::BadSeal => "the centre cannot open the seal",
            Self::Revoked => "this terminal was revoked",
            Self::Epoch => "the counter is too old or too far ahead",
            Self::Version => "the centre does not speak this version",
            Self::TooMany => "too many messages in a short time",
        })
    }
}

impl Hint {
    /// Most bytes of a hint.
    pub const MAX_LEN: usize = 24;

    /// A hint with the versions that this build understands.
    pub const fn new(terminal: TerminalId, kind: HintKind) -> Self {
        Self { terminal, kind, versions: (MIN_VERSION, CURRENT_VERSION) }
    }

    /// The map `{0: version, 1: 15, 2: terminal, 3: kind of hint, 4: oldest, 5: newest version}`.
    pub fn encoded(&self) -> heapless::Vec<u8, { Hint::MAX_LEN }> {
        let mut buffer = [0; Hint::MAX_LEN];
        let mut writer = Writer::new(&mut buffer);
        let _ = self.write(&mut writer);
        heapless::Vec::from_slice(writer.written()).unwrap_or_default()
    }

    /// Reads a hint; `None` for everything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > Self::MAX_LEN {
            return None;
        }
        let mut reader = Reader::new(bytes);
        let mut map = reader.map().ok()?;
        // The form of a hint is the same in every version, so that it can speak of versions.
        let _version: u8 = map.required(0).ok()?.number().ok()?;
        if map.required(1).ok()?.uint().ok()? != KIND {
            return None;
        }
        let terminal = TerminalId(map.required(2).ok()?.array_of().ok()?);
        let number: u8 = map.required(3).ok()?.number().ok()?;
        let kind = HintKind::ALL.into_iter().find(|kind| *kind as u8 == number)?;
        let oldest = map.required(4).ok()?.number().ok()?;
        let newest = map.required(5).ok()?.number().ok()?;
        map.end().ok()?;
        reader.end().ok()?;
        Some(Self { terminal, kind, versions: (oldest, newest) })
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), crate::cbor::Full> {
        writer.map(6)?;
        writer.uint(0)?;
        writer.uint(u64::from(CURRENT_VERSION))?;
        writer.uint(1)?;
        writer.uint(KIND)?;
        writer.uint(2)?;
        writer.bytes(&self.terminal.0)?;
        writer.uint(3)?;
        writer.uint(u64::from(self.kind as u8))?;
        writer.uint(4)?;
        writer.uint(u64::from(self.versions.0))?;
        writer.uint(5)?;
        writer.uint(u64::from(self.versions.1))
    }
}
