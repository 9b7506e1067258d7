//! What a bad line and a bad reader do to answers, by a seed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::model::{Emit, Reply};
use crate::random::Random;

/// One way to spoil an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdFault {
    /// It comes in pieces with pauses.
    Split,
    /// The answer before it comes once more in the same piece.
    Merge,
    /// It comes late, perhaps after the program has given up.
    Delay,
    /// Bytes that mean nothing come before and behind it.
    Noise,
    /// Its check byte is wrong.
    Checksum,
    /// Its end is missing.
    Half,
    /// It never comes.
    Silent,
    /// The plug is pulled before it or within it.
    Unplug,
}

impl IdFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Split,
        Self::Merge,
        Self::Delay,
        Self::Noise,
        Self::Checksum,
        Self::Half,
        Self::Silent,
        Self::Unplug,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Delay => "delay",
            Self::Noise => "noise",
            Self::Checksum => "checksum",
            Self::Half => "half",
            Self::Silent => "silent",
            Self::Unplug => "unplug",
        }
    }
}

/// No fault has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdFaultError(String);

impl fmt::Display for IdFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = IdFault::ALL.iter().map(|fault| fault.as_str()).collect();
        write!(f, "{}: {}", self.0, known.join(", "))
    }
}

impl std::error::Error for IdFaultError {}

impl FromStr for IdFault {
    type Err = IdFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|fault| fault.as_str() == text)
            .ok_or_else(|| IdFaultError(text.to_owned()))
    }
}

/// Which answers are spoiled, and how. The same seed spoils the same way.
pub struct IdFaults {
    kinds: Vec<IdFault>,
    one_in: u64,
    random: Random,
    last: Vec<u8>,
}

impl IdFaults {
    /// A good line.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new(), 0, 1)
    }

    /// Spoils one answer in `one_in` (1: all of them), each in one of these ways.
    #[must_use]
    pub fn new(kinds: Vec<IdFault>, seed: u64, one_in: u64) -> Self {
        Self { kinds, one_in: one_in.max(1), random: Random::new(seed), last: Vec::new() }
    }

    /// What becomes of an answer that would go out at `at`.
    pub(super) fn spoil(&mut self, answer: Vec<u8>, at: Duration, baud: u32) -> Vec<Reply> {
        let before = std::mem::replace(&mut self.last, answer.clone());
        let bytes = |at, bytes| Reply { at, baud, what: Emit::Bytes(bytes) };
        let spoiled = !self.kinds.is_empty() && self.random.below(self.one_in) == 0;
        let pick = self.random.below(self.kinds.len() as u64) as usize;
        let Some(fault) = self.kinds.get(pick).filter(|_| spoiled) else { return vec![bytes(at, answer)] };
        match fault {
            IdFault::Split => self.pieces(&answer, at).map(|(at, piece)| bytes(at, piece)).collect(),
            IdFault::Merge if self.random.below(2) == 0 => vec![bytes(at, [answer, before].concat())],
            IdFault::Merge => vec![bytes(at, [before, answer].concat())],
            IdFault::Delay => vec![bytes(at + self.millis(100, 1_200), answer)],
            IdFault::Noise => {
                let (head, tail) = (self.random.below(40) as usize, self.random.below(40) as usize);
                let (head, tail) = (self.random.bytes(head), self.random.bytes(tail));
                vec![bytes(at, [head, answer, tail].concat())]
            }
            IdFault::Checksum => {
                let mut wrong = answer;
                let flip = 1 + self.random.below(255) as u8;
                if let Some(check) = wrong.last_mut() {
                    *check ^= flip;
                }
                vec![bytes(at, wrong)]
            }
            IdFault::Half => vec![bytes(at, self.beginning(&answer))],
            IdFault::Silent => Vec::new(),
            IdFault::Unplug => {
                let away = Reply { at, baud, what: Emit::Unplug(self.millis(300, 1_500)) };
                match self.random.below(2) {
                    0 => vec![away],
                    _ => vec![bytes(at, self.beginning(&answer)), away],
                }
            }
        }
    }

    fn pieces(&mut self, answer: &[u8], at: Duration) -> impl Iterator<Item = (Duration, Vec<u8>)> + use<> {
        let mut pieces = Vec::new();
        let (mut rest, mut when) = (answer, at);
        while !rest.is_empty() {
            let most = (rest.len() as u64).min(1 + answer.len() as u64 / 3);
            let (piece, behind) = rest.split_at(1 + self.random.below(most) as usize);
            pieces.push((when, piece.to_vec()));
            (rest, when) = (behind, when + self.millis(1, 60));
        }
        pieces.into_iter()
    }

    /// At least one byte, never all.
    fn beginning(&mut self, answer: &[u8]) -> Vec<u8> {
        let keep = 1 + self.random.below(answer.len().saturating_sub(1) as u64) as usize;
        answer.get(..keep).unwrap_or_default().to_vec()
    }

    fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.random.below(most - least + 1))
    }
}
