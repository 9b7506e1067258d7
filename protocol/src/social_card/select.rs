//! SELECT SSSE: through the MF where a maker needs it, and the algorithm from the FCI.

use super::{MF, ReadError, SSSE, Stage};
use crate::{
    apdu::{Command, Le, Protocol, Response, StatusKind, tlv::Ber},
    card_keys::Algorithm,
};

/// The steps of selecting SSSE. Remembers across calls whether this card wants the MF first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Select {
    protocol: Protocol,
    mf_first: bool,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Name,
    MasterFile,
    NameAfterMasterFile,
}

/// What an answer to a step leads to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
pub(super) enum Selected {
    /// Send this next.
    Next(Command),
    /// SSSE is selected; the identifier byte of its algorithm.
    Done(u8),
}

impl Select {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { protocol, mf_first: false, at: At::Name }
    }

    /// The first command.
    pub(super) fn begin(&mut self) -> Command {
        if self.mf_first { self.master_file() } else { self.name(At::Name) }
    }

    /// Takes the complete answer to the last command.
    pub(super) fn feed(&mut self, response: &Response) -> Result<Selected, ReadError> {
        let status = response.status();
        match (self.at, status.kind()) {
            // Whatever the card says to 3F00: what counts is whether SSSE can be selected then.
            (At::MasterFile, _) => Ok(Selected::Next(self.name(At::NameAfterMasterFile))),
            (_, StatusKind::Ok) => Ok(Selected::Done(algorithm(response.data()))),
            (_, StatusKind::Invalidated | StatusKind::Blocked) => Err(ReadError::Locked(status)),
            (At::Name, _) => {
                self.mf_first = true;
                Ok(Selected::Next(self.master_file()))
            }
            (At::NameAfterMasterFile, kind) => Err(match (kind, status.0) {
                (_, 0x6A81 | 0x6985) => ReadError::Locked(status),
                (StatusKind::FileNotFound | StatusKind::NotSupportedHere, _) => {
                    ReadError::NotSocialCard(status)
                }
                _ => ReadError::Unexpected { stage: Stage::Select, status },
            }),
        }
    }

    fn name(&mut self, at: At) -> Command {
        self.at = at;
        // T=0 fetches the FCI by GET RESPONSE; everywhere else Le asks for it.
        let le = match self.protocol {
            Protocol::T0 => Le::None,
            Protocol::T1 => Le::Bytes(0),
        };
        Command::select_df(&SSSE, le)
    }

    fn master_file(&mut self) -> Command {
        self.at = At::MasterFile;
        Command::select_fid(0x00, MF, Le::None)
    }
}

/// The algorithm identifier in `9F0C 03 86 01 alg`; `01` when the card names none.
fn algorithm(fci: &[u8]) -> u8 {
    const PATTERN: [u8; 5] = [0x9F, 0x0C, 0x03, 0x86, 0x01];
    let proper = Ber::new(fci).find(0x9F0C).and_then(|value| Ber::new(value).find(0x86));
    let id = match proper {
        Some(&[id]) => Some(id),
        // Some FCIs have a wrong outer length; the field then looks for the bytes themselves.
        _ => fci
            .windows(6)
            .find(|window| window.starts_with(&PATTERN))
            .and_then(|window| window.last().copied()),
    };
    id.unwrap_or(Algorithm::TripleDes.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_stands_in_the_fci() {
        let with = [0x6F, 0x08, 0xA5, 0x06, 0x9F, 0x0C, 0x03, 0x86, 0x01, 0x03];
        assert_eq!(algorithm(&with), 3);
        let wrong_length = [0x6F, 0x30, 0xA5, 0x06, 0x9F, 0x0C, 0x03, 0x86, 0x01, 0x02];
        assert_eq!(algorithm(&wrong_length), 2);
        assert_eq!(algorithm(&[0x6F, 0x02, 0x84, 0x00]), 1);
        assert_eq!(algorithm(&[]), 1);
    }
}
