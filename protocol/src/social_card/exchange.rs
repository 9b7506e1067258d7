//! One command and its answer: the only place that knows `61xx` and `6Cxx`.

use heapless::Vec;
use zeroize::Zeroize;

use crate::apdu::{Command, Le, Response, ResponseError, Status, StatusKind};

/// Follow-up commands that one command may cost. Three are the most a sound card needs: 6Cxx, 61xx, 6Cxx.
const MAX_FOLLOW_UPS: u8 = 6;

/// The exchange under way.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    command: Option<Command>,
    data: Vec<u8, 256>,
    follow_ups: u8,
    length_tried: bool,
}

/// What to do after an answer.
#[derive(Debug)]
pub(crate) enum Fed {
    /// Send this; the answer is not complete.
    Again(Command),
    /// The whole answer.
    Complete(Response),
}

/// Why an exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// Nothing was sent.
    OutOfTurn,
    /// Follow-ups without end.
    Loop,
    /// Not a response.
    Answer(ResponseError),
}

impl Exchange {
    /// Begins with this command; returns what to send.
    pub(crate) fn begin(&mut self, command: Command) -> Command {
        self.data.zeroize();
        self.data.clear();
        self.follow_ups = 0;
        self.length_tried = false;
        self.command = Some(command.clone());
        command
    }

    /// Takes the answer to what was last sent.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Fed, ExchangeError> {
        let command = self.command.take().ok_or(ExchangeError::OutOfTurn)?;
        let response = Response::parse(bytes).map_err(ExchangeError::Answer)?;
        let next = match response.status().kind() {
            StatusKind::MoreData(waiting) => {
                self.collect(response.data())?;
                Some(Command::get_response(waiting))
            }
            StatusKind::WrongLe(le) if may_repeat(&command) => {
                if command.le() == Le::Bytes(le) {
                    return Err(ExchangeError::Loop);
                }
                Some(command.with_le(Le::Bytes(le)))
            }
            StatusKind::WrongLength if may_repeat(&command) && !self.length_tried => {
                self.length_tried = true;
                other_length(&command)
            }
            _ => None,
        };
        let Some(next) = next else {
            return self.complete(response.data(), response.status()).map(Fed::Complete);
        };
        self.follow_ups += 1;
        if self.follow_ups > MAX_FOLLOW_UPS {
            return Err(ExchangeError::Loop);
        }
        self.command = Some(next.clone());
        Ok(Fed::Again(next))
    }

    fn collect(&mut self, data: &[u8]) -> Result<(), ExchangeError> {
        self.data.extend_from_slice(data).map_err(|_| ExchangeError::Answer(ResponseError::TooLong))
    }

    fn complete(&mut self, last: &[u8], status: Status) -> Result<Response, ExchangeError> {
        self.collect(last)?;
        let response = Response::with_data(&self.data, status).map_err(ExchangeError::Answer);
        self.data.zeroize();
        self.data.clear();
        response
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

/// A PIN is never sent twice, and a cryptogram is good for one challenge only.
fn may_repeat(command: &Command) -> bool {
    !command.carries_pin() && command.ins() != 0x82
}

/// After `6700` without advice: a read with Le 00, a command with data with or without Le.
fn other_length(command: &Command) -> Option<Command> {
    let le = match (command.data().is_empty(), command.le()) {
        (true, Le::Bytes(0) | Le::None) => return None,
        (true, Le::Bytes(_)) | (false, Le::None) => Le::Bytes(0),
        (false, Le::Bytes(_)) => Le::None,
    };
    Some(command.with_le(le))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn again(fed: Result<Fed, ExchangeError>) -> std::vec::Vec<u8> {
        match fed {
            Ok(Fed::Again(command)) => command.as_bytes().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn data_that_waits_is_fetched_and_joined() {
        let mut exchange = Exchange::default();
        exchange.begin(Command::select_df(&super::super::SSSE, Le::None));
        assert_eq!(again(exchange.feed(&[0x61, 0x04])), [0x00, 0xC0, 0x00, 0x00, 0x04]);
        assert_eq!(again(exchange.feed(&[1, 2, 0x61, 0x02])), [0x00, 0xC0, 0x00, 0x00, 0x02]);
        match exchange.feed(&[3, 4, 0x90, 0x00]) {
            Ok(Fed::Complete(response)) => assert_eq!(response.data(), [1, 2, 3, 4]),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_le_is_corrected_once() {
        let mut exchange = Exchange::default();
        exchange.begin(Command::read_record(7, 0x2C, 0x0B));
        assert_eq!(again(exchange.feed(&[0x6C, 0x0E])), [0x00, 0xB2, 0x07, 0x2C, 0x0E]);
        assert!(matches!(exchange.feed(&[0x6C, 0x0E]), Err(ExchangeError::Loop)));
    }

    #[test]
    fn a_card_that_never_ends_is_left() {
        let mut exchange = Exchange::default();
        exchange.begin(Command::read_record(7, 0x2C, 0x0B));
        let mut le = 0;
        let error = loop {
            le += 1;
            if let Err(error) = exchange.feed(&[0x6C, le]) {
                break error;
            }
        };
        assert_eq!((error, le), (ExchangeError::Loop, MAX_FOLLOW_UPS + 1));
    }

    #[test]
    fn a_pin_is_never_sent_again() {
        for status in [[0x6C, 0x08], [0x67, 0x00]] {
            let mut exchange = Exchange::default();
            exchange.begin(Command::verify(&[0x12, 0x34, 0x56]).unwrap());
            assert!(matches!(exchange.feed(&status), Ok(Fed::Complete(_))));
        }
    }

    #[test]
    fn a_length_without_advice_is_tried_the_other_way_once() {
        let mut exchange = Exchange::default();
        exchange.begin(Command::read_record(7, 0x2C, 0x0B));
        assert_eq!(again(exchange.feed(&[0x67, 0x00])), [0x00, 0xB2, 0x07, 0x2C, 0x00]);
        assert!(matches!(exchange.feed(&[0x67, 0x00]), Ok(Fed::Complete(_))));
        exchange.begin(Command::select_fid(0, 0x3F00, Le::Bytes(0)));
        assert_eq!(again(exchange.feed(&[0x67, 0x00])), [0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]);
    }

    proptest! {
        #[test]
        fn any_answers_come_to_an_end(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 10)) {
            let mut exchange = Exchange::default();
            exchange.begin(Command::get_challenge());
            let mut sent = 0;
            for answer in &answers {
                match exchange.feed(answer) {
                    Ok(Fed::Again(_)) => sent += 1,
                    _ => break,
                }
            }
            prop_assert!(sent <= MAX_FOLLOW_UPS);
        }
    }
}
