//! PIN verification.

use core::fmt;

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    ReadError,
    exchange::{Exchange, ExchangeError, Fed},
    select::{Select, Selected},
};
use crate::{
    apdu::{Command, Protocol, Status, StatusKind},
    bytes::filled,
    fault::{Fault, card as fault},
};

/// A PIN of 4 to 12 digits, packed two digits to a byte, an odd last one filled with `F`. Never shown, erased on drop.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin(Vec<u8, 6>);

impl Pin {
    /// From ASCII digits.
    ///
    /// # Errors
    /// [`PinError::Malformed`] for anything but 4 to 12 digits.
    pub fn from_digits(digits: &[u8]) -> Result<Self, PinError> {
        if !(4..=12).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(PinError::Malformed);
        }
        let nibble = |digit: u8| digit.wrapping_sub(b'0');
        let packed = digits.chunks(2).map(|pair| match pair {
            [high, low] => nibble(*high) << 4 | nibble(*low),
            [high] => nibble(*high) << 4 | 0x0F,
            _ => 0xFF,
        });
        Ok(Self(filled(packed)))
    }

    fn packed(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(***)")
    }
}

/// What the card said to the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinOutcome {
    /// It is right.
    Verified,
    /// It is wrong.
    Wrong {
        /// Tries left, when the card tells (`63Cx`).
        tries_left: Option<u8>,
    },
    /// The PIN is blocked, now or before.
    Blocked,
}

impl PinOutcome {
    /// What a status word in answer to VERIFY means.
    ///
    /// # Errors
    /// [`PinError::NotAvailable`] for one that says nothing about the PIN.
    pub fn from_status(status: Status) -> Result<Self, PinError> {
        match status.kind() {
            StatusKind::Ok => Ok(Self::Verified),
            StatusKind::TriesLeft(0) | StatusKind::Blocked => Ok(Self::Blocked),
            StatusKind::TriesLeft(left) => Ok(Self::Wrong { tries_left: Some(left) }),
            // 6300: wrong, and the card does not count aloud.
            StatusKind::Warning if status.0 == 0x6300 => Ok(Self::Wrong { tries_left: None }),
            _ => Err(PinError::NotAvailable(status)),
        }
    }

    /// The coded fault of an outcome that is not [`PinOutcome::Verified`].
    pub fn fault(self) -> Option<&'static Fault> {
        match self {
            Self::Verified => None,
            Self::Wrong { .. } => Some(&fault::PIN_WRONG),
            Self::Blocked => Some(&fault::PIN_BLOCKED),
        }
    }
}

/// Why no outcome was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinError {
    /// Not 4 to 12 digits.
    Malformed,
    /// One try is left as far as is known; nothing was sent.
    LastTry,
    /// The card cannot verify a PIN now.
    NotAvailable(Status),
    /// The card could not be talked to.
    Card(ReadError),
}

impl PinError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Malformed => &fault::PIN_MALFORMED,
            Self::LastTry => &fault::PIN_LAST_TRY,
            Self::NotAvailable(_) => &fault::PIN_NOT_AVAILABLE,
            Self::Card(error) => error.fault(),
        }
    }
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("a PIN has 4 to 12 digits"),
            Self::LastTry => f.write_str("only one try is left, the PIN was not sent"),
            Self::NotAvailable(status) => write!(f, "the card cannot verify a PIN now ({status})"),
            Self::Card(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PinError {}

/// What to do next.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
pub enum PinStep {
    /// Send this to the card and give back its answer. It may carry the PIN: never log its bytes.
    Send(Command),
    /// The card has spoken.
    Done(PinOutcome),
}

/// Verifies a PIN once, under SSSE, reference 00. It never sends a PIN twice.
#[derive(Debug)]
pub struct PinSession {
    pin: Option<Pin>,
    select: Select,
    exchange: Exchange,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Select,
    Verify,
    Over,
}

impl PinSession {
    /// A session for one attempt.
    ///
    /// `last_known_tries` is what the card said the last time, if anybody remembers; at one or none left the session
    /// refuses, unless `use_last_try` says that the holder knows.
    ///
    /// # Errors
    /// [`PinError::LastTry`].
    pub fn new(
        pin: Pin,
        protocol: Protocol,
        last_known_tries: Option<u8>,
        use_last_try: bool,
    ) -> Result<Self, PinError> {
        if matches!(last_known_tries, Some(0 | 1)) && !use_last_try {
            return Err(PinError::LastTry);
        }
        Ok(Self {
            pin: Some(pin),
            select: Select::new(protocol),
            exchange: Exchange::default(),
            state: State::Idle,
        })
    }

    /// The first command. A second call is an error.
    ///
    /// # Errors
    /// [`PinError::Card`] with [`ReadError::OutOfTurn`].
    pub fn start(&mut self) -> Result<PinStep, PinError> {
        if self.state != State::Idle {
            return Err(PinError::Card(ReadError::OutOfTurn));
        }
        self.state = State::Select;
        let command = self.select.begin();
        Ok(PinStep::Send(self.exchange.begin(command)))
    }

    /// Takes the card's answer to the last command.
    ///
    /// # Errors
    /// [`PinError::NotAvailable`], [`PinError::Card`]; the session is then over.
    pub fn next(&mut self, answer: &[u8]) -> Result<PinStep, PinError> {
        let step = self.answer(answer);
        if !matches!(step, Ok(PinStep::Send(_))) {
            self.state = State::Over;
            self.pin = None;
            self.exchange = Exchange::default();
        }
        step
    }

    fn answer(&mut self, bytes: &[u8]) -> Result<PinStep, PinError> {
        let response = match self.exchange.feed(bytes) {
            Ok(Fed::Again(command)) => return Ok(PinStep::Send(command)),
            Ok(Fed::Complete(response)) => response,
            Err(ExchangeError::OutOfTurn) => return Err(PinError::Card(ReadError::OutOfTurn)),
            Err(ExchangeError::Loop) => return Err(PinError::Card(ReadError::Loop)),
            Err(ExchangeError::Answer(error)) => return Err(PinError::Card(ReadError::Answer(error))),
        };
        match self.state {
            State::Select => match self.select.feed(&response).map_err(PinError::Card)? {
                Selected::Next(command) => Ok(PinStep::Send(self.exchange.begin(command))),
                Selected::Done(_) => self.send_pin(),
            },
            State::Verify => PinOutcome::from_status(response.status()).map(PinStep::Done),
            State::Idle | State::Over => Err(PinError::Card(ReadError::OutOfTurn)),
        }
    }

    fn send_pin(&mut self) -> Result<PinStep, PinError> {
        let pin = self.pin.take().ok_or(PinError::Card(ReadError::OutOfTurn))?;
        let command = Command::verify(pin.packed()).map_err(|_| PinError::Malformed)?;
        self.state = State::Verify;
        Ok(PinStep::Send(self.exchange.begin(command)))
    }
}
