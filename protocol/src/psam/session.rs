//! One request to a module, from SELECT to the answer for the card.

use core::fmt;

use super::{PsamError, PsamStage};
use crate::{
    apdu::{Command, Le, Protocol, Response, ResponseError, StatusKind},
    card_keys::{
        Algorithm, KeyAnswer, KeyRequest, PSAM_APPLICATION, PsamKey, PsamLevels, PsamRefusal, PsamScheme,
    },
    social_card::{
        MF,
        exchange::{Exchange, ExchangeError, Fed},
    },
};

/// What the caller brings.
#[derive(Clone, Copy)]
pub enum PsamInput<'a> {
    /// Begin, or begin anew.
    Start,
    /// The module's answer to the last command.
    Response(&'a [u8]),
}

/// What to do next.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
pub enum PsamStep {
    /// Send this to the module and give back its answer.
    Send(Command),
    /// For the session of the card, which compares and opens.
    Done(KeyAnswer),
}

/// Two authentications of one card computed by a module: SELECT of the application, then for each key the delivery
/// (`BF DE`) and one encryption (`80 FA`).
///
/// The internal one comes first. Where it differs from the card's own answer and the module holds the keys of one
/// region only, nobody can say whose fault that is: [`PsamError::KeyLevel`]. Otherwise the answer goes to the session
/// of the card, which tells that the card is not genuine.
pub struct PsamSession {
    scheme: PsamScheme,
    protocol: Protocol,
    opening: PsamKey,
    request: KeyRequest,
    exchange: Exchange,
    internal_result: [u8; 8],
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Select,
    MasterFile,
    SelectAgain,
    Delivery(Half),
    Encryption(Half),
}

/// Which authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Internal,
    External,
}

impl PsamSession {
    /// A session for one card. `opening` is the key of EXTERNAL AUTHENTICATE: read or update.
    pub fn new(scheme: PsamScheme, protocol: Protocol, opening: PsamKey, request: KeyRequest) -> Self {
        Self {
            scheme,
            protocol,
            opening,
            request,
            exchange: Exchange::default(),
            internal_result: [0; 8],
            state: State::Idle,
        }
    }

    /// Takes what came, says what to do.
    ///
    /// # Errors
    /// [`PsamError`]; the session is then over and may be started anew.
    pub fn next(&mut self, input: PsamInput<'_>) -> Result<PsamStep, PsamError> {
        let step = match input {
            PsamInput::Start => self.start(),
            PsamInput::Response(bytes) => self.answer(bytes),
        };
        if !matches!(step, Ok(PsamStep::Send(_))) {
            self.exchange = Exchange::default();
            self.state = State::Idle;
        }
        step
    }

    fn start(&mut self) -> Result<PsamStep, PsamError> {
        // No number is known under which a module would hold such keys: do not even ask.
        self.key_id(Half::Internal)?;
        let select = self.select()?;
        Ok(self.send(State::Select, select))
    }

    fn answer(&mut self, bytes: &[u8]) -> Result<PsamStep, PsamError> {
        let response = match self.exchange.feed(bytes) {
            Ok(Fed::Again(command)) => return Ok(PsamStep::Send(command)),
            Ok(Fed::Complete(response)) => response,
            Err(ExchangeError::OutOfTurn) => return Err(PsamError::OutOfTurn),
            Err(ExchangeError::Loop) => return Err(PsamError::Loop),
            Err(ExchangeError::Answer(error)) => return Err(PsamError::Answer(error)),
        };
        match self.state {
            State::Select | State::SelectAgain => self.selected(&response),
            // Whatever it says to 3F00: what counts is whether the application can be selected then.
            State::MasterFile => {
                let select = self.select()?;
                Ok(self.send(State::SelectAgain, select))
            }
            State::Delivery(half) => self.delivered(half, &response),
            State::Encryption(half) => self.encrypted(half, &response),
            State::Idle => Err(PsamError::OutOfTurn),
        }
    }

    fn selected(&mut self, response: &Response) -> Result<PsamStep, PsamError> {
        let status = response.status();
        match status.kind() {
            StatusKind::Ok => self.deliver(Half::Internal),
            StatusKind::Invalidated | StatusKind::Blocked => Err(PsamError::Locked(status)),
            _ if self.state == State::Select => {
                let select = Command::select_fid(0x00, MF, Le::None);
                Ok(self.send(State::MasterFile, select))
            }
            StatusKind::FileNotFound | StatusKind::NotSupportedHere | StatusKind::RecordNotFound => {
                Err(PsamError::NotPsam(status))
            }
            _ => Err(PsamError::Unexpected { stage: PsamStage::Select, status }),
        }
    }

    fn deliver(&mut self, half: Half) -> Result<PsamStep, PsamError> {
        let process = match half {
            Half::Internal => &self.request.internal_process,
            Half::External => &self.request.external_process,
        };
        let data = self.scheme.delivery(&self.request.region, &self.request.card_factor, process);
        let header = [0xBF, 0xDE, self.scheme.usage(), self.key_id(half)?];
        let command = command(header, &data, Le::None)?;
        Ok(self.send(State::Delivery(half), command))
    }

    fn delivered(&mut self, half: Half, response: &Response) -> Result<PsamStep, PsamError> {
        let status = response.status();
        match status.kind() {
            StatusKind::Ok => {
                let original = match half {
                    Half::Internal => &self.request.internal_original,
                    Half::External => &self.request.external_original,
                };
                let plain = self.scheme.plain(self.request.algorithm, original);
                // T=0 fetches the result by GET RESPONSE.
                let le = match self.protocol {
                    Protocol::T0 => Le::None,
                    Protocol::T1 => Le::Bytes(plain.len() as u8),
                };
                let command = command([0x80, 0xFA, 0x00, 0x00], &plain, le)?;
                Ok(self.send(State::Encryption(half), command))
            }
            StatusKind::Blocked => Err(PsamError::Locked(status)),
            _ => Err(match (self.scheme.refusal(status), self.key(half)) {
                (Some(PsamRefusal::Algorithm), _) => PsamError::Algorithm(self.request.algorithm),
                (Some(PsamRefusal::Key), PsamKey::Read) => PsamError::NoReadKey,
                (Some(PsamRefusal::Key), key) => PsamError::KeyNotFound(key),
                (Some(PsamRefusal::Level), _) => PsamError::KeyLevel,
                (None, _) => PsamError::Unexpected { stage: PsamStage::Delivery, status },
            }),
        }
    }

    fn encrypted(&mut self, half: Half, response: &Response) -> Result<PsamStep, PsamError> {
        let status = response.status();
        match status.kind() {
            StatusKind::Ok => (),
            StatusKind::Blocked => return Err(PsamError::Locked(status)),
            _ => return Err(PsamError::Unexpected { stage: PsamStage::Encryption, status }),
        }
        let short = response.data().len() < 8;
        let result = self.scheme.result(self.request.algorithm, response.data()).ok_or({
            PsamError::Answer(if short { ResponseError::TooShort } else { ResponseError::TooLong })
        })?;
        let answer = |internal_result, external_cryptogram| KeyAnswer {
            internal_result,
            internal_original: self.request.internal_original,
            external_cryptogram,
            external_original: self.request.external_original,
        };
        match half {
            Half::External => Ok(PsamStep::Done(answer(self.internal_result, result))),
            Half::Internal => {
                if self.scheme.levels == PsamLevels::One && !answer(result, [0; 8]).proves(&self.request) {
                    return Err(PsamError::KeyLevel);
                }
                self.internal_result = result;
                self.deliver(Half::External)
            }
        }
    }

    fn key(&self, half: Half) -> PsamKey {
        match half {
            Half::Internal => PsamKey::Internal,
            Half::External => self.opening,
        }
    }

    fn key_id(&self, half: Half) -> Result<u8, PsamError> {
        let algorithm: Algorithm = self.request.algorithm;
        self.scheme.key_id(algorithm, self.key(half)).ok_or(PsamError::Algorithm(algorithm))
    }

    fn select(&self) -> Result<Command, PsamError> {
        let le = match self.protocol {
            Protocol::T0 => Le::None,
            Protocol::T1 => Le::Bytes(0),
        };
        command([0x00, 0xA4, 0x04, 0x00], &PSAM_APPLICATION, le)
    }

    fn send(&mut self, state: State, command: Command) -> PsamStep {
        self.state = state;
        PsamStep::Send(self.exchange.begin(command))
    }
}

/// At most 24 bytes of data: always short enough.
fn command(header: [u8; 4], data: &[u8], le: Le) -> Result<Command, PsamError> {
    Command::new(header, data, le).map_err(|_| PsamError::OutOfTurn)
}

impl fmt::Debug for PsamSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PsamSession")
            .field("scheme", &self.scheme)
            .field("request", &self.request)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
