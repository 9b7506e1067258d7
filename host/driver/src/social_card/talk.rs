//! Talking to a locked card: one command, one answer, and never on behalf of a caller who has left.

use super::ANSWER;
use crate::{
    error::LinkError,
    link::CardLink,
    pinpad::{Features, PadAnswer, PinVerify},
    progress::{Progress, Stage},
};
use yika_protocol::{
    apdu::{Atr, Command, Protocol},
    social_card::{CardData, Input, Partial, ReadError, ReadPlan, ReadSession, Step},
};
use zeroize::Zeroizing;

/// A locked card and the caller's patience.
pub(crate) struct Talk<'a> {
    link: &'a mut dyn CardLink,
    progress: &'a Progress,
    /// Answers carry personal data: erased when the talk is over.
    buffer: Zeroizing<[u8; ANSWER]>,
    answered: bool,
}

impl<'a> Talk<'a> {
    pub(crate) fn new(link: &'a mut dyn CardLink, progress: &'a Progress) -> Self {
        Talk { link, progress, buffer: Zeroizing::new([0; ANSWER]), answered: false }
    }

    /// Sends a command. A card without even a first answer is told as mute, a later silence as a hanging reader.
    pub(crate) fn exchange(&mut self, command: &Command) -> Result<&[u8], LinkError> {
        let stage = if self.answered { Stage::Talking } else { Stage::FirstAnswer };
        if !self.progress.enter(stage) {
            return Err(LinkError::Cancelled);
        }
        let answer = self.link.transmit(command.as_bytes(), &mut self.buffer[..])?;
        self.answered = true;
        Ok(answer)
    }

    /// Whether the card still answers, asked with a command that changes nothing that we use: SELECT of the master
    /// file.
    ///
    /// A reader may hand up the first bytes of an answer when the card is torn out; what then looks like a card that
    /// talks nonsense is a card that is gone.
    pub(crate) fn still_there(&mut self) -> Result<(), LinkError> {
        let select = [0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00];
        self.link.transmit(&select, &mut self.buffer[..]).map(|_| ())
    }

    /// Has the reader take the PIN on its own keys. Only the overall deadline counts: people type.
    pub(crate) fn on_pad(&mut self, code: u32, request: &PinVerify) -> Result<PadAnswer, LinkError> {
        if !self.progress.enter(Stage::Waiting) {
            return Err(LinkError::Cancelled);
        }
        self.link.control(code, &request.to_bytes(), &mut self.buffer[..]).map(PadAnswer::parse)
    }

    pub(crate) fn features(&mut self) -> Features {
        self.link.features()
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.link.protocol()
    }

    /// Tells that the card now waits for the key service. `false` when the caller has left.
    pub(crate) fn wait_for_keys(&self) -> bool {
        self.progress.enter(Stage::Keys)
    }

    /// A session for this card.
    pub(crate) fn session(&self, plan: ReadPlan) -> ReadSession {
        // Readers have been seen to hand up damaged answers to reset; only keys and the reset information need it.
        let atr = Atr::parse(self.link.atr());
        if let Err(error) = &atr {
            tracing::warn!(%error, "answer to reset");
        }
        ReadSession::new(plan, self.link.protocol(), atr.as_ref().ok())
    }

    /// Reads what needs no keys.
    pub(crate) fn read_without_keys(&mut self, plan: ReadPlan) -> Result<CardData, TalkError> {
        let mut session = self.session(plan).without_keys(Partial::NoKeyService);
        let mut step = session.next(Input::Start)?;
        loop {
            step = match step {
                Step::Send(command) => session.next(Input::Response(self.exchange(&command)?))?,
                Step::NeedKeys(_) => session.next(Input::NoKeys(Partial::NoKeyService))?,
                Step::Done(data) => return Ok(data),
            };
        }
    }
}

/// The line failed, or the card did.
pub(crate) enum TalkError {
    Link(LinkError),
    Card(ReadError),
}

impl From<LinkError> for TalkError {
    fn from(error: LinkError) -> Self {
        TalkError::Link(error)
    }
}

impl From<ReadError> for TalkError {
    fn from(error: ReadError) -> Self {
        TalkError::Card(error)
    }
}
