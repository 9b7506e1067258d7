//! What the centre answers.

use core::fmt;

use heapless::{String, Vec};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Challenge, Kind};
use crate::{identity::Date, money::Fen};

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
