//! The card itself: it takes APDUs apart by ISO 7816-4 and answers from its files, keys and security state.
//!
//! Nothing here knows how a reader goes about reading; a reader that asks in another order gets other answers, as from
//! a real card.

mod authenticate;
pub(crate) mod command;
mod files;
mod make;
mod records;
mod security;
mod select;
pub(crate) mod status;
mod transmission;

use std::time::Duration;

use command::Command;
use files::{EfAt, FileSystem, MF};
use security::{CardKeys, Pin};
use status::Sw;

use crate::card::{Card, CardAnswer};
use crate::random::Random;
use crate::spec::{CardSpec, Quirk};

/// A social security card of generation 1, 2 or 3, made from a [`CardSpec`].
///
/// Files, PIN counter and key counters live as long as the value does: take it out of one reader, put it into another,
/// and they are as they were. Selection, rights and challenges live from reset to reset.
#[derive(Clone)]
pub struct VirtualCard {
    spec: CardSpec,
    files: FileSystem,
    ssse: Option<usize>,
    pin: Pin,
    keys: CardKeys,
    /// Goes on over resets, so that no challenge comes twice.
    random: Random,
    session: Option<Session>,
}

/// Everything that a reset wipes.
#[derive(Clone)]
struct Session {
    df: usize,
    ef: Option<EfAt>,
    /// The MF was selected by command; that it is current after reset does not count for `mf-first`.
    mf_selected: bool,
    challenge: Option<[u8; 8]>,
    /// Ids of the keys the other side proved to hold, in the current DF.
    rights: Vec<u8>,
    /// The PIN was right, in the current DF.
    pin_right: bool,
    /// T=0: an answer that waits for GET RESPONSE.
    waiting: Option<Vec<u8>>,
}

impl Session {
    fn fresh() -> Self {
        Self {
            df: MF,
            ef: None,
            mf_selected: false,
            challenge: None,
            rights: Vec::new(),
            pin_right: false,
            waiting: None,
        }
    }

    /// Rights belong to the DF they were won in.
    fn enter(&mut self, df: usize) {
        self.df = df;
        self.ef = None;
        self.challenge = None;
        self.rights.clear();
        self.pin_right = false;
        self.mf_selected |= df == MF;
    }
}

/// What a command that went well gives back: nothing, data whose length Le must match, or data behind a body.
enum Reply {
    Nothing,
    /// Case 2: the command had no body.
    Read(Vec<u8>),
    /// Case 4: the command had a body.
    Computed(Vec<u8>),
}

impl VirtualCard {
    /// Personalises a card.
    #[must_use]
    pub fn new(spec: CardSpec) -> Self {
        let (files, ssse) = make::files(&spec);
        Self {
            files,
            ssse,
            pin: Pin::new(&spec.pin, spec.pin_tries),
            keys: make::keys(&spec),
            random: Random::new(spec.seed),
            session: None,
            spec,
        }
    }

    /// What the card was made from. Changes made over the card's commands do not show here.
    #[must_use]
    pub fn spec(&self) -> &CardSpec {
        &self.spec
    }

    /// How many wrong PINs the card still takes; 0 when it is blocked.
    #[must_use]
    pub fn pin_tries_left(&self) -> u8 {
        self.pin.left()
    }

    /// Whether the PIN was verified since the social security environment was selected.
    #[must_use]
    pub fn pin_verified(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.pin_right)
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.spec.quirks.has(quirk)
    }

    /// One command from parse to answer, before the card's protocol shapes it.
    fn answer(&mut self, session: &mut Session, apdu: &[u8]) -> Vec<u8> {
        let command = match Command::parse(apdu) {
            Ok(command) => command,
            Err(sw) => return sw.bytes().to_vec(),
        };
        if command.ins != 0xC0 {
            if session.waiting.is_some() && self.has(Quirk::MustFetch) {
                return Sw::NOT_ACCEPTED.bytes().to_vec();
            }
            session.waiting = None;
        }
        if self.has(Quirk::StrictChallenge) && command.ins != 0x82 {
            session.challenge = None;
        }
        match self.execute(session, &command) {
            Ok(reply) => self.shape(session, &command, reply),
            Err(sw) => sw.bytes().to_vec(),
        }
    }

    fn execute(&mut self, session: &mut Session, command: &Command<'_>) -> Result<Reply, Sw> {
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select(session, command),
            (0x00, 0xB2) => self.read_record(session, command),
            (0x00, 0xDC) => self.update_record(session, command),
            (0x00, 0xC0) => self.get_response(session, command),
            (0x00, 0x84) => self.get_challenge(session, command),
            (0x00, 0x88) => self.internal_authenticate(session, command),
            (0x00, 0x82) => self.external_authenticate(session, command),
            (0x00, 0x20) => self.verify(session, command),
            (0x80, 0x5E) => self.change_pin(session, command),
            // The files hold records, so the commands for bytes do not fit them.
            (0x00, 0xB0 | 0xD6) if session.ef.is_some() => Err(Sw::WRONG_STRUCTURE),
            (0x00, 0xB0 | 0xD6) => Err(Sw::NO_CURRENT_EF),
            (0x00 | 0x80, _) => Err(Sw::WRONG_INS),
            _ => Err(Sw::WRONG_CLA),
        }
    }
}

impl Card for VirtualCard {
    fn atr(&self) -> Option<Vec<u8>> {
        (!self.has(Quirk::Mute)).then(|| make::atr(&self.spec))
    }

    fn power_on(&mut self) {
        self.session = (!self.has(Quirk::Mute)).then(Session::fresh);
    }

    fn power_off(&mut self) {
        self.session = None;
    }

    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        let Some(mut session) = self.session.take() else { return CardAnswer::Mute };
        let answer = self.answer(&mut session, apdu);
        self.session = Some(session);
        CardAnswer::Response(answer)
    }

    fn work_time(&self) -> Duration {
        let slow = self.spec.quirks.value(|quirk| match quirk {
            Quirk::Slow(ms) => Some(Duration::from_millis(ms.into())),
            _ => None,
        });
        slow.unwrap_or_default()
    }
}
