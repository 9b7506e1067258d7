//! The card in the slot: from contact to cryptogram, character by character.
//!
//! The application says what it wants of the card ([`CardSlot::read`], [`CardSlot::verify_pin`], [`CardSlot::prove`]) and
//! calls [`CardSlot::poll`] in every turn; events come out. Resets, rates, procedure bytes, blocks, repetition and deadlines
//! are in here, over the engines of [`yika_protocol::iso7816`] and the sessions of [`yika_protocol::social_card`].
//!
//! Nothing is read that a swipe does not need, and nothing personal. A card that is pulled out is told at once, whatever was
//! under way; a card that stumbles is reset and asked again, but a PIN is never sent twice.

mod contacts;
mod error;
mod exchange;

use heapless::Vec;
use yika_protocol::apdu::{Command, Response};
use yika_protocol::identity::{Date, Hex};
use yika_protocol::iso7816::LineError;
use yika_protocol::social_card::{
    CardData, Generation, Input, Pin, PinOutcome, PinSession, PinStep, ProofSession, ProofStep, ReadPlan,
    ReadSession, ResetInfo, Step,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hal::SlotLine;
use contacts::{Contacts, Progress, ResetKind};
pub use error::CardError;
use exchange::Running;

/// Resets one wish may cost before the card is given up: a warm one, then a cold one.
const MAX_RESETS: u8 = 2;

/// What the slot has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardEvent {
    /// A card was put in.
    Inserted,
    /// The card was taken out; whatever was under way is over.
    Removed,
    /// [`CardSlot::read`] is done.
    Read(CardIdentity),
    /// [`CardSlot::verify_pin`] is done.
    Pin(PinOutcome),
    /// [`CardSlot::prove`] is done: the card's cryptogram.
    Proved([u8; 8]),
    /// The wish failed; it is over.
    Failed(CardError),
}

/// What a swipe names a card by. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CardIdentity {
    /// Card identification code, BCD.
    pub identification: [u8; 16],
    /// Card number, as the card holds it; shorter ones end in 00.
    pub card_no: [u8; 9],
    /// Specification version, e.g. `3.00`.
    pub version: [u8; 4],
    /// Historical bytes of the answer to reset: 8 to 15, on the usual card 13.
    pub reset_info: Vec<u8, 15>,
    /// Algorithm of the card's keys: 01 or 03.
    pub algorithm: u8,
    /// Last day of validity, where the card has one.
    #[zeroize(skip)]
    pub expires: Option<Date>,
}

impl core::fmt::Debug for CardIdentity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CardIdentity(algorithm {})", Hex(&[self.algorithm]))
    }
}

impl CardIdentity {
    /// From what a session read; nothing when the answer to reset has too few historical bytes to name the card's keys.
    fn new(data: &CardData) -> Option<Self> {
        let reset_info = data.reset_info.as_ref().filter(|info| info.expose().len() >= 8)?;
        let mut card_no = [0; 9];
        for (to, from) in card_no.iter_mut().zip(data.card_no.raw()) {
            *to = *from;
        }
        Some(Self {
            identification: *data.identification_code.expose(),
            card_no,
            version: data.spec_version.0,
            reset_info: Vec::from_slice(reset_info.expose()).ok()?,
            algorithm: data.algorithm.id(),
            expires: data.expires,
        })
    }

    /// The generation, from the version.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        yika_protocol::social_card::SpecVersion(self.version).generation()
    }
}

/// One card slot and the card in it.
pub struct CardSlot {
    present: bool,
    contacts: Contacts,
    wish: Wish,
    session: Session,
    exchange: Option<Running>,
    /// SSSE is selected since the last reset.
    selected: bool,
    resets: u8,
    /// The card that was read, by its historical bytes: it must still be that one when it answers for a purchase.
    known: Option<ResetInfo>,
    release: bool,
}

/// What the application asked for.
enum Wish {
    Nothing,
    Read,
    /// Taken when it is sent.
    Pin(Option<Pin>),
    Prove([u8; 16]),
}

/// The conversation that serves the wish.
#[expect(clippy::large_enum_variant, reason = "no heap; one session at a time is alive")]
enum Session {
    None,
    Read(ReadSession),
    Pin(PinSession),
    Proof(ProofSession),
}

/// What a session does after an answer.
#[expect(clippy::large_enum_variant, reason = "no heap; one step at a time is alive")]
enum Next {
    Send(Command),
    Event(CardEvent),
}

impl CardSlot {
    /// A slot of which nothing is known yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            present: false,
            contacts: Contacts::new(),
            wish: Wish::Nothing,
            session: Session::None,
            exchange: None,
            selected: false,
            resets: 0,
            known: None,
            release: false,
        }
    }

    /// Whether a card is in the slot, as of the last poll.
    #[must_use]
    pub fn present(&self) -> bool {
        self.present
    }

    /// Whether a wish is being served.
    #[must_use]
    pub fn busy(&self) -> bool {
        !matches!(self.wish, Wish::Nothing)
    }

    /// Resets the card and reads what a swipe names it by. [`CardEvent::Read`] or [`CardEvent::Failed`] follows.
    pub fn read(&mut self) {
        self.known = None;
        self.selected = false;
        self.contacts.down();
        self.begin(Wish::Read);
    }

    /// Has the card check a PIN, once. [`CardEvent::Pin`] or [`CardEvent::Failed`] follows. When the line fails on the way the
    /// PIN is *not* sent again: nobody knows whether the card counted the try, so the holder is asked.
    pub fn verify_pin(&mut self, pin: Pin) {
        self.begin(Wish::Pin(Some(pin)));
    }

    /// Has the card answer for a purchase: INTERNAL AUTHENTICATE over its challenge. [`CardEvent::Proved`] or
    /// [`CardEvent::Failed`] follows.
    pub fn prove(&mut self, challenge: &[u8; 16]) {
        self.begin(Wish::Prove(*challenge));
    }

    /// Ends whatever is under way and takes power from the card, at the next poll.
    pub fn release(&mut self) {
        self.end();
        self.known = None;
        self.release = true;
    }

    /// One turn. Call as often as possible while [`CardSlot::busy`].
    #[inline(never)]
    pub fn poll(&mut self, line: &mut impl SlotLine) -> Option<CardEvent> {
        let present = line.present();
        if self.release || (self.present && !present) {
            self.power_off(line);
        }
        if present != self.present {
            self.present = present;
            return Some(if present { CardEvent::Inserted } else { CardEvent::Removed });
        }
        if !self.busy() {
            return None;
        }
        if !present {
            return self.fail(line, CardError::NoCard);
        }
        match self.contacts.poll(line) {
            Progress::Busy => None,
            Progress::Down => {
                self.contacts.reset(line, ResetKind::Cold);
                None
            }
            Progress::Failed(error) => self.fail(line, error),
            Progress::Up => match self.talk(line) {
                Ok(event) => event,
                Err(error) => self.recover(line, error),
            },
        }
    }

    fn begin(&mut self, wish: Wish) {
        self.end();
        self.release = false;
        self.wish = wish;
    }

    fn end(&mut self) {
        if self.exchange.take().is_some() {
            // The card is in the middle of a command: only a reset brings it back.
            self.contacts.down();
            self.selected = false;
        }
        self.session = Session::None;
        self.wish = Wish::Nothing;
        self.resets = 0;
    }

    fn power_off(&mut self, line: &mut impl SlotLine) {
        self.end();
        self.release = false;
        self.known = None;
        self.selected = false;
        self.contacts.down();
        line.power_off();
    }

    fn fail(&mut self, line: &mut impl SlotLine, error: CardError) -> Option<CardEvent> {
        self.power_off(line);
        Some(CardEvent::Failed(error))
    }

    /// One step of the conversation over contacts that are up.
    fn talk(&mut self, line: &mut impl SlotLine) -> Result<Option<CardEvent>, CardError> {
        let next = match &mut self.exchange {
            None => {
                self.open()?;
                self.go_on(None)?
            }
            Some(running) => match running.poll(line)? {
                None => return Ok(None),
                Some(response) => {
                    self.contacts.keep(running);
                    self.exchange = None;
                    self.answer(&response)?
                }
            },
        };
        match next {
            Next::Send(command) => {
                self.exchange = Some(self.contacts.exchange(command, line));
                Ok(None)
            }
            Next::Event(event) => {
                self.end();
                Ok(Some(event))
            }
        }
    }

    /// Opens the session for the wish.
    #[inline(never)]
    fn open(&mut self) -> Result<(), CardError> {
        let protocol = self.contacts.protocol().ok_or(CardError::OutOfTurn)?;
        let atr = self.contacts.atr().ok_or(CardError::OutOfTurn)?;
        if self.known.is_some() && self.known != ResetInfo::from_atr(atr) {
            return Err(CardError::OtherCard);
        }
        self.session = match &mut self.wish {
            Wish::Nothing => return Err(CardError::OutOfTurn),
            Wish::Read => Session::Read(ReadSession::new(ReadPlan::Swipe, protocol, Some(atr))),
            Wish::Pin(pin) => {
                let pin = pin.take().ok_or(CardError::OutOfTurn)?;
                // The holder was asked and has answered; how many tries are left, the card says itself.
                Session::Pin(PinSession::new(pin, protocol, None, true).map_err(CardError::Pin)?)
            }
            Wish::Prove(challenge) => Session::Proof(ProofSession::new(challenge, protocol, self.selected)),
        };
        Ok(())
    }

    #[inline(never)]
    fn answer(&mut self, response: &Response) -> Result<Next, CardError> {
        let mut bytes: Vec<u8, 258> = Vec::new();
        for byte in response.data().iter().chain(&response.status().0.to_be_bytes()) {
            bytes.push(*byte).map_err(|_| CardError::Line(LineError::Length))?;
        }
        let next = self.go_on(Some(&bytes));
        bytes.as_mut_slice().zeroize();
        if matches!(next, Ok(Next::Event(_))) {
            self.selected = true;
            if let (None, Some(atr)) = (&self.known, self.contacts.atr()) {
                self.known = ResetInfo::from_atr(atr);
            }
        }
        next
    }

    /// What the session does first, or after an answer of the card: its data and the status.
    fn go_on(&mut self, answer: Option<&[u8]>) -> Result<Next, CardError> {
        match &mut self.session {
            Session::None => Err(CardError::OutOfTurn),
            Session::Read(session) => {
                let step = session.next(answer.map_or(Input::Start, Input::Response));
                step.map_err(CardError::Read).and_then(Self::read_step)
            }
            Session::Pin(session) => {
                let step = match answer {
                    None => session.start(),
                    Some(bytes) => session.next(bytes),
                };
                step.map_err(CardError::Pin).map(Self::pin_step)
            }
            Session::Proof(session) => {
                let step = match answer {
                    None => session.start(),
                    Some(bytes) => session.next(bytes),
                };
                step.map_err(CardError::Read).map(Self::proof_step)
            }
        }
    }

    fn read_step(step: Step) -> Result<Next, CardError> {
        match step {
            Step::Send(command) => Ok(Next::Send(command)),
            Step::NeedKeys(_) => Err(CardError::OutOfTurn),
            Step::Done(data) => CardIdentity::new(&data)
                .map(|identity| Next::Event(CardEvent::Read(identity)))
                .ok_or(CardError::NoResetInfo),
        }
    }

    fn pin_step(step: PinStep) -> Next {
        match step {
            PinStep::Send(command) => Next::Send(command),
            PinStep::Done(outcome) => Next::Event(CardEvent::Pin(outcome)),
        }
    }

    fn proof_step(step: ProofStep) -> Next {
        match step {
            ProofStep::Send(command) => Next::Send(command),
            ProofStep::Done(cryptogram) => Next::Event(CardEvent::Proved(cryptogram)),
        }
    }

    /// A fault of the line: reset and begin the wish anew, unless it was a PIN.
    fn recover(&mut self, line: &mut impl SlotLine, error: CardError) -> Option<CardEvent> {
        let again = matches!(error, CardError::Line(_)) && !matches!(self.wish, Wish::Pin(_));
        if !again || self.resets >= MAX_RESETS {
            return self.fail(line, error);
        }
        self.exchange = None;
        self.session = Session::None;
        self.selected = false;
        let kind = if self.resets == 0 { ResetKind::Warm } else { ResetKind::Cold };
        self.resets = self.resets.saturating_add(1);
        self.contacts.reset(line, kind);
        None
    }
}

impl Default for CardSlot {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for CardSlot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CardSlot")
            .field("present", &self.present)
            .field("busy", &self.busy())
            .finish_non_exhaustive()
    }
}

impl From<LineError> for CardError {
    fn from(error: LineError) -> Self {
        Self::Line(error)
    }
}
