//! The card answers for a purchase: INTERNAL AUTHENTICATE over a challenge that was made from it.

use super::{
    ReadError, Stage, authentication,
    exchange::{Exchange, ExchangeError, Fed},
    select::{Select, Selected},
};
use crate::{
    apdu::{Command, Protocol},
    card_keys::Algorithm,
};

/// What to do next.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
pub enum ProofStep {
    /// Send this to the card and give back its answer.
    Send(Command),
    /// The card's cryptogram.
    Done([u8; 8]),
}

/// One INTERNAL AUTHENTICATE under SSSE. The card may be asked again as often as one likes: it changes nothing on it.
#[derive(Debug)]
pub struct ProofSession {
    protocol: Protocol,
    process_factor: [u8; 8],
    original: [u8; 8],
    select: Option<Select>,
    exchange: Exchange,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Select,
    Authenticate,
    Over,
}

impl ProofSession {
    /// A session over a challenge of 16 bytes: process factor, then original data. `selected` says that SSSE is selected
    /// already, by a session over the same card since its last reset.
    #[must_use]
    pub fn new(challenge: &[u8; 16], protocol: Protocol, selected: bool) -> Self {
        let (mut process_factor, mut original) = ([0; 8], [0; 8]);
        let (first, second) = challenge.split_at(8);
        process_factor.copy_from_slice(first);
        original.copy_from_slice(second);
        Self {
            protocol,
            process_factor,
            original,
            select: (!selected).then(|| Select::new(protocol)),
            exchange: Exchange::default(),
            state: State::Idle,
        }
    }

    /// The first command. A second call is an error.
    ///
    /// # Errors
    /// [`ReadError::OutOfTurn`].
    pub fn start(&mut self) -> Result<ProofStep, ReadError> {
        if self.state != State::Idle {
            return Err(ReadError::OutOfTurn);
        }
        match &mut self.select {
            Some(select) => {
                let command = select.begin();
                self.state = State::Select;
                Ok(ProofStep::Send(self.exchange.begin(command)))
            }
            None => Ok(self.authenticate()),
        }
    }

    /// Takes the card's answer to the last command.
    ///
    /// # Errors
    /// As the read session's; the session is then over.
    pub fn next(&mut self, answer: &[u8]) -> Result<ProofStep, ReadError> {
        let step = self.answer(answer);
        if !matches!(step, Ok(ProofStep::Send(_))) {
            self.state = State::Over;
        }
        step
    }

    fn answer(&mut self, bytes: &[u8]) -> Result<ProofStep, ReadError> {
        let response = match self.exchange.feed(bytes) {
            Ok(Fed::Again(command)) => return Ok(ProofStep::Send(command)),
            Ok(Fed::Complete(response)) => response,
            Err(ExchangeError::OutOfTurn) => return Err(ReadError::OutOfTurn),
            Err(ExchangeError::Loop) => return Err(ReadError::Loop),
            Err(ExchangeError::Answer(error)) => return Err(ReadError::Answer(error)),
        };
        match (self.state, &mut self.select) {
            (State::Select, Some(select)) => match select.feed(&response)? {
                Selected::Next(command) => Ok(ProofStep::Send(self.exchange.begin(command))),
                Selected::Done(algorithm) => {
                    match Algorithm::from_id(algorithm) {
                        None | Some(Algorithm::Ssf33) => return Err(ReadError::Algorithm(algorithm)),
                        Some(Algorithm::TripleDes | Algorithm::Sm4) => {}
                    }
                    Ok(self.authenticate())
                }
            },
            (State::Authenticate, _) => {
                authentication::eight(&response, Stage::InternalAuthentication).map(ProofStep::Done)
            }
            _ => Err(ReadError::OutOfTurn),
        }
    }

    fn authenticate(&mut self) -> ProofStep {
        self.state = State::Authenticate;
        let le = authentication::result_le(self.protocol);
        let command = Command::internal_authenticate(&self.process_factor, &self.original, le);
        ProofStep::Send(self.exchange.begin(command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    fn sent(step: Result<ProofStep, ReadError>) -> std::vec::Vec<u8> {
        match step {
            Ok(ProofStep::Send(command)) => command.as_bytes().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_challenge_is_process_factor_and_original_data() {
        let mut session = ProofSession::new(&CHALLENGE, Protocol::T0, true);
        let expected = [&[0x00, 0x88, 0x00, 0x00, 0x10][..], &CHALLENGE].concat();
        assert_eq!(sent(session.start()), expected);
        assert_eq!(sent(session.next(&[0x61, 0x08])), [0x00, 0xC0, 0x00, 0x00, 0x08]);
        let done = session.next(&[9, 9, 9, 9, 9, 9, 9, 9, 0x90, 0x00]);
        assert!(matches!(done, Ok(ProofStep::Done([9, 9, 9, 9, 9, 9, 9, 9]))));
        assert!(matches!(session.next(&[0x90, 0x00]), Err(ReadError::OutOfTurn)));
    }

    #[test]
    fn after_a_reset_the_environment_is_selected_first() {
        let mut session = ProofSession::new(&CHALLENGE, Protocol::T1, false);
        assert_eq!(sent(session.start())[1], 0xA4);
        let command = sent(session.next(&[0x6F, 0x00, 0x90, 0x00]));
        assert_eq!((command[1], command.last()), (0x88, Some(&8)));
    }

    #[test]
    fn a_card_of_algorithm_02_is_refused_and_one_that_is_blocked_told() {
        let mut session = ProofSession::new(&CHALLENGE, Protocol::T1, false);
        session.start().unwrap();
        let fci = [0x6F, 0x08, 0xA5, 0x06, 0x9F, 0x0C, 0x03, 0x86, 0x01, 0x02, 0x90, 0x00];
        assert!(matches!(session.next(&fci), Err(ReadError::Algorithm(2))));
        let mut session = ProofSession::new(&CHALLENGE, Protocol::T1, true);
        session.start().unwrap();
        assert!(matches!(session.next(&[0x69, 0x83]), Err(ReadError::AuthenticationBlocked(_))));
    }
}
