//! Identity cards at the reader module, where the board has one.
//!
//! A reading needs about five kilobytes for the frame of the module, so a board without a module does not carry them:
//! it takes [`NoIdCards`].

use yika_protocol::fault::{Fault, credential as fault};
use yika_protocol::identity::{CertNo, CertNoError, Date};
use yika_protocol::resident_card::{Field, Session, Step, Utf16, Wanted};
use yika_protocol::swipe::IdCardCredential;

use crate::hal::{Millis, SerialLine};

/// What the reader has to tell.
#[derive(Debug)]
pub enum IdEvent {
    /// A card lies there and is being read.
    Found,
    /// It was read.
    Read(IdCardCredential),
    /// It was not.
    Failed(&'static Fault),
}

/// Readings of identity cards.
pub trait IdCards {
    /// Whether there is a reader at all.
    const FITTED: bool;

    /// Nothing is being read.
    fn new() -> Self;

    /// Looks for a card from now on.
    fn start(&mut self);

    /// Stops looking and forgets what was read.
    fn stop(&mut self);

    /// One turn.
    fn poll(&mut self, line: &mut impl SerialLine, now: Millis) -> Option<IdEvent>;
}

/// No reader.
#[derive(Clone, Copy, Debug)]
pub struct NoIdCards;

impl IdCards for NoIdCards {
    const FITTED: bool = false;

    fn new() -> Self {
        Self
    }

    fn start(&mut self) {}

    fn stop(&mut self) {}

    fn poll(&mut self, _: &mut impl SerialLine, _: Millis) -> Option<IdEvent> {
        None
    }
}

/// After a failure the reader is left alone for a moment: the holder has to lift the card.
const REST: u64 = 1_500;
/// A reader that is not there is asked again after this.
const SILENT: u64 = 5_000;
/// A byte at 115 200 baud takes 87 µs.
const BYTE_MICROS: u64 = 87;

/// A reader module on a serial line.
pub struct ResidentCards {
    session: Option<Session>,
    wanted: bool,
    due: Millis,
    pending: Option<([u8; 10], usize)>,
    found: bool,
}

impl IdCards for ResidentCards {
    const FITTED: bool = true;

    fn new() -> Self {
        Self { session: None, wanted: false, due: Millis(0), pending: None, found: false }
    }

    fn start(&mut self) {
        self.wanted = true;
    }

    fn stop(&mut self) {
        self.wanted = false;
        self.session = None;
        self.pending = None;
        self.found = false;
    }

    fn poll(&mut self, line: &mut impl SerialLine, now: Millis) -> Option<IdEvent> {
        if !self.wanted {
            while line.read().is_some() {}
            return None;
        }
        if self.session.is_none() {
            if now < self.due {
                return None;
            }
            while line.read().is_some() {}
            let mut session = Session::new(Wanted::default());
            let step = session.begin();
            self.session = Some(session);
            self.follow(step, now);
        }
        if let Some((frame, sent)) = &mut self.pending {
            let rest = frame.get(*sent..).unwrap_or_default();
            *sent = sent.saturating_add(line.write(rest));
            if *sent < frame.len() {
                return None;
            }
            self.pending = None;
        }
        self.listen(line, now)
    }
}

impl ResidentCards {
    fn listen(&mut self, line: &mut impl SerialLine, now: Millis) -> Option<IdEvent> {
        while let Some(byte) = line.read() {
            let session = self.session.as_mut()?;
            match session.feed(&[byte]) {
                Ok((step, _)) => {
                    if let Some(event) = self.follow(step, now) {
                        return Some(event);
                    }
                }
                Err(error) => return Some(self.failed(error.fault(), now)),
            }
        }
        if now < self.due {
            return self.just_found();
        }
        match self.session.as_mut()?.elapsed() {
            Ok(step) => self.follow(step, now),
            Err(error) => Some(self.failed(error.fault(), now)),
        }
    }

    fn just_found(&mut self) -> Option<IdEvent> {
        let lies = self.session.as_ref().is_some_and(Session::has_card);
        if lies && !self.found {
            self.found = true;
            return Some(IdEvent::Found);
        }
        None
    }

    fn follow(&mut self, step: Step, now: Millis) -> Option<IdEvent> {
        match step {
            Step::Send { frame, within_ms, answer } => {
                let wire = u64::from(answer).saturating_add(10).saturating_mul(BYTE_MICROS) / 1_000;
                self.due = now.plus(u64::from(within_ms).saturating_add(wire));
                self.pending = Some((frame, 0));
                None
            }
            Step::Receive => None,
            Step::NoCard { again_in_ms } => {
                self.found = false;
                self.due = now.plus(u64::from(again_in_ms));
                None
            }
            Step::Done => Some(self.done(now)),
        }
    }

    fn done(&mut self, now: Millis) -> IdEvent {
        let read = self.session.as_ref().and_then(credential);
        self.rest(now, REST);
        match read {
            Some(Ok(card)) => IdEvent::Read(card),
            Some(Err(error)) => IdEvent::Failed(error.fault()),
            None => IdEvent::Failed(&fault::ID_CONTENT),
        }
    }

    fn failed(&mut self, fault: &'static Fault, now: Millis) -> IdEvent {
        let silent = fault.number == fault::ID_READER_SILENT.number;
        self.rest(now, if silent { SILENT } else { REST });
        IdEvent::Failed(fault)
    }

    fn rest(&mut self, now: Millis, pause: u64) {
        self.session = None;
        self.pending = None;
        self.found = false;
        self.due = now.plus(pause);
    }
}

/// What a swipe says of the card; nothing when a field is not what it should be.
fn credential(session: &Session) -> Option<Result<IdCardCredential, CertNoError>> {
    let text = session.text()?;
    let number = text.field(Field::Number)?.ascii::<18>()?;
    let sam_id = session.module()?.bytes();
    let valid_from = day(text.field(Field::ValidFrom)?)?;
    let until = text.field(Field::ValidUntil)?;
    let expires = if until.is("长期") { None } else { day(until)? };
    let card = |certno| IdCardCredential { certno, sam_id, valid_from, expires };
    Some(CertNo::parse(&number).map(card))
}

/// Eight digits, or an empty field; anything else is nothing.
fn day(field: Utf16<'_>) -> Option<Option<Date>> {
    if field.is_empty() {
        return Some(None);
    }
    Date::from_ascii(&field.ascii::<8>()?).ok().map(Some)
}
