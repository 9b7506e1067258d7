//! A card that is torn out of its reader, at a moment chosen by hand or by a seed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::card::{Card, CardAnswer};
use crate::random::Random;

/// When, within one APDU, the card leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Before the command reached it: nothing happened on the card.
    Before,
    /// The command was carried out, its answer is lost: a PIN try is spent, a record changed, and nobody was told.
    Executed,
    /// The command was carried out and this many bytes of its answer arrived (fewer than all of them).
    Cut(usize),
    /// After the whole answer.
    After,
}

/// One tear: the number of the APDU, counted from 1 over the life of the decorator, and the moment within it.
///
/// As text `3:before`, `3:executed`, `3:cut=5`, `3:after`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tear {
    /// Which APDU, counted from 1.
    pub apdu: u64,
    /// When in it.
    pub moment: Moment,
}

/// The text is not a tear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TearError;

impl fmt::Display for TearError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tear reads N:before, N:executed, N:cut=BYTES or N:after, where N counts APDUs from 1")
    }
}

impl std::error::Error for TearError {}

impl FromStr for Tear {
    type Err = TearError;

    fn from_str(text: &str) -> Result<Self, TearError> {
        let (apdu, moment) = text.split_once(':').ok_or(TearError)?;
        let apdu = apdu.parse().ok().filter(|apdu| *apdu > 0).ok_or(TearError)?;
        let moment = match moment {
            "before" => Moment::Before,
            "executed" => Moment::Executed,
            "after" => Moment::After,
            other => {
                let bytes = other.strip_prefix("cut=").and_then(|bytes| bytes.parse().ok());
                Moment::Cut(bytes.filter(|bytes| *bytes > 0).ok_or(TearError)?)
            }
        };
        Ok(Self { apdu, moment })
    }
}

impl fmt::Display for Tear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.moment {
            Moment::Before => write!(f, "{}:before", self.apdu),
            Moment::Executed => write!(f, "{}:executed", self.apdu),
            Moment::Cut(bytes) => write!(f, "{}:cut={bytes}", self.apdu),
            Moment::After => write!(f, "{}:after", self.apdu),
        }
    }
}

/// The tears to come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Plan {
    /// These and no others. Two for one APDU: the first counts.
    At(Vec<Tear>),
    /// One in every insertion: at an APDU drawn from the next `within`, at a moment drawn too. A conversation shorter
    /// than `within` sometimes gets through.
    Seeded {
        /// The same seed gives the same tears.
        seed: u64,
        /// 1 or more.
        within: u64,
    },
}

/// Tears a card out of its reader by [`Plan`]. Once out it is gone until [`Card::insert`].
#[derive(Clone)]
pub struct Torn<C> {
    card: C,
    plan: Plan,
    random: Random,
    /// The next tear of a seeded plan.
    drawn: Option<Tear>,
    apdus: u64,
    removed: bool,
    history: Vec<Tear>,
}

impl<C: Card> Torn<C> {
    /// A card in its reader, with its tears ahead.
    pub fn new(card: C, plan: Plan) -> Self {
        let seed = if let Plan::Seeded { seed, .. } = plan { seed } else { 0 };
        let mut torn = Self {
            card,
            plan,
            random: Random::new(seed),
            drawn: None,
            apdus: 0,
            removed: false,
            history: Vec::new(),
        };
        torn.draw();
        torn
    }

    /// The tears so far; given to [`Plan::At`] they happen again.
    #[must_use]
    pub fn history(&self) -> &[Tear] {
        &self.history
    }

    /// Whether the card is out of the reader.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    /// How many APDUs were sent to the card while it was in the reader.
    #[must_use]
    pub fn apdus(&self) -> u64 {
        self.apdus
    }

    /// The card inside.
    pub fn inner(&self) -> &C {
        &self.card
    }

    /// The card, without its decorator.
    pub fn into_inner(self) -> C {
        self.card
    }

    fn draw(&mut self) {
        if let Plan::Seeded { within, .. } = self.plan {
            let apdu = self.apdus + 1 + self.random.below(within);
            let moment = match self.random.below(4) {
                0 => Moment::Before,
                1 => Moment::Executed,
                2 => Moment::Cut(1 + self.random.below(32) as usize),
                _ => Moment::After,
            };
            self.drawn = Some(Tear { apdu, moment });
        }
    }

    fn due(&self) -> Option<Tear> {
        match &self.plan {
            Plan::At(tears) => tears.iter().copied().find(|tear| tear.apdu == self.apdus),
            Plan::Seeded { .. } => self.drawn.filter(|tear| tear.apdu == self.apdus),
        }
    }

    fn tear(&mut self, tear: Tear) {
        self.card.power_off();
        self.removed = true;
        self.history.push(tear);
    }
}

impl<C: Card> Card for Torn<C> {
    fn atr(&self) -> Option<Vec<u8>> {
        if self.removed { None } else { self.card.atr() }
    }

    fn power_on(&mut self) {
        if !self.removed {
            self.card.power_on();
        }
    }

    fn power_off(&mut self) {
        self.card.power_off();
    }

    fn reset(&mut self) {
        if !self.removed {
            self.card.reset();
        }
    }

    fn insert(&mut self) {
        self.removed = false;
        self.card.insert();
        self.draw();
    }

    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        if self.removed {
            return CardAnswer::Removed;
        }
        self.apdus += 1;
        let Some(tear) = self.due() else { return self.card.transmit(apdu) };
        if tear.moment == Moment::Before {
            self.tear(tear);
            return CardAnswer::Removed;
        }
        let answer = self.card.transmit(apdu);
        self.tear(tear);
        match (tear.moment, answer) {
            (Moment::After, answer) => answer,
            (Moment::Cut(keep), CardAnswer::Response(mut bytes)) => {
                let expected = bytes.len();
                bytes.truncate(keep.min(expected.saturating_sub(1)));
                CardAnswer::Cut { bytes, expected }
            }
            _ => CardAnswer::Removed,
        }
    }

    fn work_time(&self) -> Duration {
        self.card.work_time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardSpec, Generation, VirtualCard};

    const VERIFY_WRONG: [u8; 8] = [0x00, 0x20, 0x00, 0x00, 0x03, 0x11, 0x11, 0x11];
    const SELECT: &[u8] = b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";

    fn torn(plan: &str) -> Torn<VirtualCard> {
        let card = VirtualCard::new(CardSpec::generation(Generation::Two));
        let mut torn = Torn::new(card, Plan::At(vec![plan.parse().unwrap()]));
        torn.power_on();
        torn
    }

    #[test]
    fn before_spends_no_try_and_executed_spends_one() {
        for (plan, left) in [("2:before", 6), ("2:executed", 5), ("2:cut=1", 5), ("2:after", 5)] {
            let mut card = torn(plan);
            card.transmit(SELECT);
            let answer = card.transmit(&VERIFY_WRONG);
            match plan {
                "2:cut=1" => assert_eq!(answer, CardAnswer::Cut { bytes: vec![0x63], expected: 2 }),
                "2:after" => assert_eq!(answer.status(), Some(0x63C5)),
                _ => assert_eq!(answer, CardAnswer::Removed),
            }
            assert!(card.is_removed() && card.atr().is_none());
            assert_eq!(card.transmit(SELECT), CardAnswer::Removed);
            assert_eq!(card.inner().pin_tries_left(), left, "{plan}");
        }
    }

    #[test]
    fn inserted_again_it_starts_from_reset() {
        let mut card = torn("1:after");
        assert_eq!(card.transmit(SELECT).status(), Some(0x9000));
        card.insert();
        assert_eq!(card.transmit(SELECT), CardAnswer::Mute, "no power yet");
        card.power_on();
        assert_eq!(card.transmit(&VERIFY_WRONG).status(), Some(0x6A88), "the MF is current again");
    }

    #[test]
    fn a_seed_repeats_its_tears_and_its_history_replays_them() {
        let run = |plan: Plan| {
            let mut card = Torn::new(VirtualCard::new(CardSpec::generation(Generation::Two)), plan);
            card.power_on();
            let mut answers = Vec::new();
            for _ in 0..200 {
                answers.push(card.transmit(SELECT));
                if card.is_removed() {
                    card.insert();
                    card.power_on();
                }
            }
            (answers, card.history().to_vec())
        };
        let first = run(Plan::Seeded { seed: 7, within: 9 });
        let second = run(Plan::Seeded { seed: 7, within: 9 });
        assert_eq!(first, second);
        assert!(first.1.len() >= 200 / 9, "one in every insertion");
        assert_ne!(first.1, run(Plan::Seeded { seed: 8, within: 9 }).1);
        assert_eq!(first, run(Plan::At(first.1.clone())));
    }

    #[test]
    fn tears_as_text() {
        for text in ["1:before", "12:executed", "3:cut=5", "4:after"] {
            assert_eq!(text.parse::<Tear>().unwrap().to_string(), text);
        }
        for bad in ["", "0:before", "x:after", "3", "3:cut", "3:cut=0", "3:later"] {
            assert_eq!(bad.parse::<Tear>(), Err(TearError), "{bad}");
        }
    }
}
