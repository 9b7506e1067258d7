//! What the centre answers.

use core::fmt;

use heapless::{String, Vec};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    BuildError, Challenge, Kind,
    request::{printable, read_date, write_date},
};
use crate::{
    cbor::{DecodeError, Full, Map, Reader, Writer},
    identity::Date,
    money::Fen,
};

/// Most characters of a settlement id.
pub const MAX_SETL_ID: usize = 30;

/// An answer out of a good seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a purchase.
    Swipe(SwipeAnswer),
    /// To a reversal.
    Reversal(ReversalAnswer),
    /// To a status query.
    Status(StatusAnswer),
    /// To a void.
    Void(VoidAnswer),
    /// To a day query.
    Day(DayAnswer),
}

impl Answer {
    /// The kind of message that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Swipe(_) => Kind::SwipeAnswer,
            Self::Reversal(_) => Kind::ReversalAnswer,
            Self::Status(_) => Kind::StatusAnswer,
            Self::Void(_) => Kind::VoidAnswer,
            Self::Day(_) => Kind::DayAnswer,
        }
    }

    /// Reads a body that lies open, for tools and tests; nothing here is authentic.
    ///
    /// # Errors
    /// When it is not the body of an answer of this kind.
    pub fn decode(kind: Kind, body: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let answer = Self::read(kind, &mut reader)?;
        reader.end()?;
        Ok(answer)
    }

    /// The challenge for the next card, when the answer brings one.
    pub fn next_challenge(&self) -> Option<Challenge> {
        match self {
            Self::Swipe(answer) | Self::Status(StatusAnswer::Answered(answer)) => Some(answer.next_challenge),
            Self::Reversal(answer) => Some(answer.next_challenge),
            Self::Void(answer) => Some(answer.next_challenge),
            Self::Day(answer) => Some(answer.next_challenge),
            Self::Status(StatusAnswer::Unseen) => None,
        }
    }
}

/// What became of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwipeAnswer {
    /// What became of it.
    pub outcome: Outcome,
    /// The centre's business day that it belongs to.
    pub business_day: Date,
    /// The challenge for the next card.
    pub next_challenge: Challenge,
}

/// What became of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // No heap; and settled is the usual case.
pub enum Outcome {
    /// Money moved.
    Settled(Settled),
    /// No money moved, and none will for this counter: the number of a coded fault (`Y-nnnn`).
    Refused(u16),
    /// It was reversed; it does not count and never will.
    Reversed,
}

/// A settled purchase. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Settled {
    /// Settlement id, at most 30 characters.
    pub setl_id: String<30>,
    /// What was asked for; equals account + funds + cash.
    #[zeroize(skip)]
    pub amount: Fen,
    /// From the personal account.
    #[zeroize(skip)]
    pub acct_pay: Fen,
    /// From funds.
    #[zeroize(skip)]
    pub fund_pay: Fen,
    /// What the holder still has to pay at the till.
    #[zeroize(skip)]
    pub cash: Fen,
    /// Balance of the personal account afterwards.
    #[zeroize(skip)]
    pub balance: Fen,
    /// Name for the slip in GB 18030, masked by the centre.
    pub slip_name: Vec<u8, 30>,
}

impl fmt::Debug for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settled")
            .field("setl_id", &self.setl_id.as_str())
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// The answer to a reversal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReversalAnswer {
    /// What the centre did.
    pub outcome: ReversalOutcome,
    /// The challenge for the next card.
    pub next_challenge: Challenge,
}

/// Both are final: the purchase does not count and never will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversalOutcome {
    /// The purchase was there and its money is back.
    Undone,
    /// The purchase never moved money: it was refused, or it had not come and will be turned away when it does.
    NeverHappened,
}

/// The answer to a status query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum StatusAnswer {
    /// The stored answer of the purchase.
    Answered(SwipeAnswer),
    /// The centre has not seen the purchase; it may still arrive.
    Unseen,
}

/// The answer to a void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoidAnswer {
    /// What became of it.
    pub outcome: VoidOutcome,
    /// The centre's business day that the void belongs to.
    pub business_day: Date,
    /// The challenge for the next card.
    pub next_challenge: Challenge,
}

/// What became of a void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidOutcome {
    /// The purchase is taken back.
    Voided(Voided),
    /// It is not: the number of a coded fault.
    Refused(u16),
}

/// What went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voided {
    /// To the personal account.
    pub acct_back: Fen,
    /// To funds.
    pub fund_back: Fen,
    /// What the till has to hand back.
    pub cash_back: Fen,
    /// Balance of the personal account afterwards.
    pub balance: Fen,
}

/// What the centre's ledger holds for this terminal on a business day. Sums are net: purchases of the day minus voids
/// of the day, so they can be below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayAnswer {
    /// The day.
    pub day: Date,
    /// Purchases settled on it and not reversed.
    pub count: u32,
    /// Voids on it.
    pub voids: u32,
    /// Net from personal accounts.
    pub acct: Fen,
    /// Net from funds.
    pub fund: Fen,
    /// Net cash part.
    pub cash: Fen,
    /// The challenge for the next card.
    pub next_challenge: Challenge,
}

impl Answer {
    /// Every value is in its range.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let amounts = match self {
            Self::Swipe(answer) | Self::Status(StatusAnswer::Answered(answer)) => match &answer.outcome {
                Outcome::Settled(settled) if !printable(&settled.setl_id, MAX_SETL_ID) => {
                    return Err(BuildError::SetlId);
                }
                Outcome::Settled(settled) => {
                    [settled.amount, settled.acct_pay, settled.fund_pay, settled.cash, settled.balance]
                }
                Outcome::Refused(_) | Outcome::Reversed => return Ok(()),
            },
            Self::Void(VoidAnswer { outcome: VoidOutcome::Voided(voided), .. }) => {
                [voided.acct_back, voided.fund_back, voided.cash_back, voided.balance, Fen::ZERO]
            }
            _ => return Ok(()),
        };
        if amounts.iter().all(|amount| *amount >= Fen::ZERO) { Ok(()) } else { Err(BuildError::AnswerAmount) }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        match self {
            Self::Swipe(answer) => answer.write(writer),
            Self::Reversal(answer) => answer.write(writer),
            Self::Status(answer) => answer.write(writer),
            Self::Void(answer) => answer.write(writer),
            Self::Day(answer) => answer.write(writer),
        }
    }

    /// Reads the body of an answer of this kind; what stands behind it is left in the reader.
    pub(super) fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match kind {
            Kind::SwipeAnswer => SwipeAnswer::read(reader).map(Self::Swipe),
            Kind::ReversalAnswer => ReversalAnswer::read(reader).map(Self::Reversal),
            Kind::StatusAnswer => StatusAnswer::read(reader).map(Self::Status),
            Kind::VoidAnswer => VoidAnswer::read(reader).map(Self::Void),
            Kind::DayAnswer => DayAnswer::read(reader).map(Self::Day),
            _ => Err(DecodeError::Range),
        }
    }
}

/// Key 0 of every answer with an outcome.
const DONE: u64 = 1;
const REFUSED: u64 = 2;
const REVERSED: u64 = 3;

impl SwipeAnswer {
    /// `{0: outcome, 1: business day, 2: next challenge, 3..9: settled | 10: fault}`.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let (outcome, more) = match &self.outcome {
            Outcome::Settled(_) => (DONE, 7),
            Outcome::Refused(_) => (REFUSED, 1),
            Outcome::Reversed => (REVERSED, 0),
        };
        writer.map(3usize.saturating_add(more))?;
        write_common(writer, outcome, self.business_day, &self.next_challenge)?;
        match &self.outcome {
            Outcome::Settled(settled) => settled.write(writer),
            Outcome::Refused(fault) => write_fault(writer, *fault),
            Outcome::Reversed => Ok(()),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let (outcome, business_day, next_challenge) = read_common(&mut map)?;
        let outcome = match outcome {
            DONE => Outcome::Settled(Settled::read(&mut map)?),
            REFUSED => Outcome::Refused(map.required(10)?.number()?),
            REVERSED => Outcome::Reversed,
            _ => return Err(DecodeError::Range),
        };
        map.end()?;
        Ok(Self { outcome, business_day, next_challenge })
    }
}

impl Settled {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.uint(3)?;
        writer.text(&self.setl_id)?;
        let amounts = [self.amount, self.acct_pay, self.fund_pay, self.cash, self.balance];
        for (key, amount) in (4..).zip(amounts) {
            writer.uint(key)?;
            writer.uint(amount.0.unsigned_abs())?;
        }
        writer.uint(9)?;
        writer.bytes(&self.slip_name)
    }

    fn read(map: &mut Map<'_, '_>) -> Result<Self, DecodeError> {
        let setl_id = map.required(3)?.text()?;
        if !printable(setl_id, MAX_SETL_ID) {
            return Err(DecodeError::Range);
        }
        Ok(Self {
            setl_id: String::try_from(setl_id).map_err(|_| DecodeError::Range)?,
            amount: Fen(map.required(4)?.number()?),
            acct_pay: Fen(map.required(5)?.number()?),
            fund_pay: Fen(map.required(6)?.number()?),
            cash: Fen(map.required(7)?.number()?),
            balance: Fen(map.required(8)?.number()?),
            slip_name: Vec::from_slice(map.required(9)?.bytes()?).map_err(|_| DecodeError::Range)?,
        })
    }
}

impl ReversalAnswer {
    /// `{0: outcome, 2: next challenge}`.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(2)?;
        writer.uint(0)?;
        writer.uint(match self.outcome {
            ReversalOutcome::Undone => 1,
            ReversalOutcome::NeverHappened => 2,
        })?;
        writer.uint(2)?;
        writer.bytes(&self.next_challenge)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let outcome = match map.required(0)?.uint()? {
            1 => ReversalOutcome::Undone,
            2 => ReversalOutcome::NeverHappened,
            _ => return Err(DecodeError::Range),
        };
        let next_challenge = map.required(2)?.array_of()?;
        map.end()?;
        Ok(Self { outcome, next_challenge })
    }
}

impl StatusAnswer {
    /// `{}` for unseen, else `{0: the answer of the purchase}`.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        match self {
            Self::Unseen => writer.map(0),
            Self::Answered(answer) => {
                writer.map(1)?;
                writer.uint(0)?;
                answer.write(writer)
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let answer = match map.optional(0)? {
            Some(reader) => Self::Answered(SwipeAnswer::read(reader)?),
            None => Self::Unseen,
        };
        map.end()?;
        Ok(answer)
    }
}

impl VoidAnswer {
    /// `{0: outcome, 1: business day, 2: next challenge, 3..6: back | 10: fault}`.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let (outcome, more) = match &self.outcome {
            VoidOutcome::Voided(_) => (DONE, 4),
            VoidOutcome::Refused(_) => (REFUSED, 1),
        };
        writer.map(3usize.saturating_add(more))?;
        write_common(writer, outcome, self.business_day, &self.next_challenge)?;
        match &self.outcome {
            VoidOutcome::Voided(voided) => {
                let amounts = [voided.acct_back, voided.fund_back, voided.cash_back, voided.balance];
                for (key, amount) in (3..).zip(amounts) {
                    writer.uint(key)?;
                    writer.uint(amount.0.unsigned_abs())?;
                }
                Ok(())
            }
            VoidOutcome::Refused(fault) => write_fault(writer, *fault),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let (outcome, business_day, next_challenge) = read_common(&mut map)?;
        let outcome = match outcome {
            DONE => VoidOutcome::Voided(Voided {
                acct_back: Fen(map.required(3)?.number()?),
                fund_back: Fen(map.required(4)?.number()?),
                cash_back: Fen(map.required(5)?.number()?),
                balance: Fen(map.required(6)?.number()?),
            }),
            REFUSED => VoidOutcome::Refused(map.required(10)?.number()?),
            _ => return Err(DecodeError::Range),
        };
        map.end()?;
        Ok(Self { outcome, business_day, next_challenge })
    }
}

impl DayAnswer {
    /// `{1: day, 2: next challenge, 3: count, 4: voids, 5: account, 6: funds, 7: cash}`.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(7)?;
        writer.uint(1)?;
        write_date(writer, self.day)?;
        writer.uint(2)?;
        writer.bytes(&self.next_challenge)?;
        writer.uint(3)?;
        writer.uint(u64::from(self.count))?;
        writer.uint(4)?;
        writer.uint(u64::from(self.voids))?;
        for (key, amount) in (5..).zip([self.acct, self.fund, self.cash]) {
            writer.uint(key)?;
            writer.int(amount.0)?;
        }
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let answer = Self {
            day: read_date(map.required(1)?)?,
            next_challenge: map.required(2)?.array_of()?,
            count: map.required(3)?.number()?,
            voids: map.required(4)?.number()?,
            acct: Fen(map.required(5)?.int()?),
            fund: Fen(map.required(6)?.int()?),
            cash: Fen(map.required(7)?.int()?),
        };
        map.end()?;
        Ok(answer)
    }
}

fn write_common(writer: &mut Writer<'_>, outcome: u64, day: Date, challenge: &Challenge) -> Result<(), Full> {
    writer.uint(0)?;
    writer.uint(outcome)?;
    writer.uint(1)?;
    write_date(writer, day)?;
    writer.uint(2)?;
    writer.bytes(challenge)
}

fn read_common(map: &mut Map<'_, '_>) -> Result<(u64, Date, Challenge), DecodeError> {
    Ok((map.required(0)?.uint()?, read_date(map.required(1)?)?, map.required(2)?.array_of()?))
}

fn write_fault(writer: &mut Writer<'_>, fault: u16) -> Result<(), Full> {
    writer.uint(10)?;
    writer.uint(u64::from(fault))
}
