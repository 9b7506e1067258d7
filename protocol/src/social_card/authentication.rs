//! The authentication of a generation 3 card, in the order of the field.

use super::{ReadError, Stage};
use crate::{
    apdu::{Command, Le, Protocol, Response, ResponseError, StatusKind},
    card_keys::{KeyAnswer, KeyRequest},
};

/// Challenges, INTERNAL AUTHENTICATE, challenges; then, with keys, EXTERNAL AUTHENTICATE.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authentication {
    protocol: Protocol,
    at: At,
    pub(super) internal_original: [u8; 8],
    pub(super) internal_process: [u8; 8],
    pub(super) internal_result: [u8; 8],
    pub(super) external_original: [u8; 8],
    pub(super) external_process: [u8; 8],
}

/// Which answer is awaited. The process factor is always the newest challenge: the card expects it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    InternalOriginal,
    InternalProcess,
    InternalResult,
    ExternalOriginal,
    ExternalProcess,
}

/// What an answer leads to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
pub(super) enum Authenticated {
    /// Send this next.
    Next(Command),
    /// Everything for a key request is there.
    Ready,
}

impl Authentication {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            at: At::InternalOriginal,
            internal_original: [0; 8],
            internal_process: [0; 8],
            internal_result: [0; 8],
            external_original: [0; 8],
            external_process: [0; 8],
        }
    }

    /// The first command.
    pub(super) fn begin(&mut self) -> Command {
        *self = Self::new(self.protocol);
        Command::get_challenge()
    }

    /// Takes the complete answer to the last command.
    pub(super) fn feed(&mut self, response: &Response) -> Result<Authenticated, ReadError> {
        let challenge = || eight(response, Stage::Challenge);
        let (next, command) = match self.at {
            At::InternalOriginal => {
                self.internal_original = challenge()?;
                (At::InternalProcess, Command::get_challenge())
            }
            At::InternalProcess => {
                self.internal_process = challenge()?;
                let le = result_le(self.protocol);
                let command =
                    Command::internal_authenticate(&self.internal_process, &self.internal_original, le);
                (At::InternalResult, command)
            }
            At::InternalResult => {
                self.internal_result = eight(response, Stage::InternalAuthentication)?;
                (At::ExternalOriginal, Command::get_challenge())
            }
            At::ExternalOriginal => {
                self.external_original = challenge()?;
                (At::ExternalProcess, Command::get_challenge())
            }
            At::ExternalProcess => {
                self.external_process = challenge()?;
                return Ok(Authenticated::Ready);
            }
        };
        self.at = next;
        Ok(Authenticated::Next(command))
    }
}

/// EXTERNAL AUTHENTICATE under this key, with an answer that belongs to this request, for a card that proved itself.
pub(super) fn open(key: u8, answer: &KeyAnswer, request: &KeyRequest) -> Result<Command, ReadError> {
    if !answer.answers(request) {
        return Err(ReadError::KeyAnswer);
    }
    if !answer.proves(request) {
        return Err(ReadError::NotGenuine);
    }
    Ok(Command::external_authenticate(key, &answer.external_cryptogram, &answer.external_original))
}

/// What the card said to EXTERNAL AUTHENTICATE.
pub(super) fn opened(response: &Response) -> Result<(), ReadError> {
    let status = response.status();
    match status.kind() {
        StatusKind::Ok => Ok(()),
        StatusKind::TriesLeft(0) | StatusKind::Blocked => Err(ReadError::AuthenticationBlocked(status)),
        StatusKind::TriesLeft(_) | StatusKind::Warning | StatusKind::SecurityStatus => {
            Err(ReadError::KeysRefused(status))
        }
        _ => Err(ReadError::Unexpected { stage: Stage::ExternalAuthentication, status }),
    }
}

/// Le of INTERNAL AUTHENTICATE. T=0 fetches the result by GET RESPONSE.
pub(super) fn result_le(protocol: Protocol) -> Le {
    match protocol {
        Protocol::T0 => Le::None,
        Protocol::T1 => Le::Bytes(8),
    }
}

pub(super) fn eight(response: &Response, stage: Stage) -> Result<[u8; 8], ReadError> {
    let status = response.status();
    let short = response.data().len() < 8;
    match status.kind() {
        StatusKind::Ok => response.data().try_into().map_err(|_| {
            ReadError::Answer(if short { ResponseError::TooShort } else { ResponseError::TooLong })
        }),
        StatusKind::Blocked => Err(ReadError::AuthenticationBlocked(status)),
        _ => Err(ReadError::Unexpected { stage, status }),
    }
}
