//! Day totals: what left the ring, folded, and what is still in it.
//!
//! The ring's settled entries are the totals. Before a place of the ring is used again its entry is added to the folded
//! record, together with all entries behind it up to `through`; both facts are in one record, so a cut can
//! neither lose nor double one. A deterministic CBOR map: `0` version, `1` through, `2` array of days, each
//! `[BCD day, count, voids, account, fund, cash]`, `3` an earlier record was lost.

use heapless::Vec;
use yika_protocol::{
    cbor::{DecodeError, Full, Reader, Writer},
    identity::Date,
    money::Fen,
};

use super::{
    DayTotals,
    entry::{Entry, State},
};

/// Days kept after their entries left the ring.
pub(super) const DAYS: usize = 8;

const VERSION: u8 = 1;

/// Totals of entries that may leave the ring.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Folded {
    /// Every entry up to this counter is in the sums.
    pub(super) through: u64,
    pub(super) days: Vec<DayTotals, DAYS>,
    /// An earlier record was lost, so the sums may be short.
    pub(super) damaged: bool,
}

impl Folded {
    /// Adds one closed entry, the one behind `through`.
    pub(super) fn fold(&mut self, entry: &Entry) {
        self.through = entry.counter.get();
        let Some(day) = entry.day.filter(|_| moves_money(entry)) else { return };
        if !self.days.iter().any(|known| known.day == day) {
            // A full list forgets its oldest day.
            if let Err(new) = self.days.push(DayTotals::none(day))
                && let Some(oldest) = self.days.iter_mut().min_by_key(|known| known.day)
            {
                *oldest = new;
            }
        }
        if let Some(totals) = self.days.iter_mut().find(|known| known.day == day) {
            totals.add(entry);
        }
    }

    /// What was folded of this day.
    pub(super) fn of(&self, day: Date) -> DayTotals {
        self.days.iter().find(|known| known.day == day).copied().unwrap_or(DayTotals::none(day))
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(4)?;
        writer.uint(0)?;
        writer.uint(u64::from(VERSION))?;
        writer.uint(1)?;
        writer.uint(self.through)?;
        writer.uint(2)?;
        writer.array(self.days.len())?;
        for day in &self.days {
            writer.array(6)?;
            writer.bytes(&day.day.to_bcd())?;
            writer.uint(u64::from(day.count))?;
            writer.uint(u64::from(day.voids))?;
            writer.int(day.acct.0)?;
            writer.int(day.fund.0)?;
            writer.int(day.cash.0)?;
        }
        writer.uint(3)?;
        writer.bool(self.damaged)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        if map.required(0)?.number::<u8>()? != VERSION {
            return Err(DecodeError::Range);
        }
        let through = map.required(1)?.uint()?;
        let mut days = Vec::new();
        let list = map.required(2)?;
        for _ in 0..list.array()? {
            if list.array()? != 6 {
                return Err(DecodeError::Range);
            }
            let day = DayTotals {
                day: Date::from_bcd(list.array_of()?).map_err(|_| DecodeError::Range)?,
                count: list.number()?,
                voids: list.number()?,
                acct: Fen(list.int()?),
                fund: Fen(list.int()?),
                cash: Fen(list.int()?),
            };
            days.push(day).map_err(|_| DecodeError::Range)?;
        }
        let damaged = map.required(3)?.bool()?;
        map.end()?;
        reader.end()?;
        Ok(Self { through, days, damaged })
    }
}

/// Whether the entry counts in a day's totals.
pub(super) fn moves_money(entry: &Entry) -> bool {
    matches!(entry.state, State::Settled | State::Voided)
}

impl DayTotals {
    /// Nothing on this day.
    pub const fn none(day: Date) -> Self {
        Self { day, count: 0, voids: 0, acct: Fen::ZERO, fund: Fen::ZERO, cash: Fen::ZERO }
    }

    /// Adds an entry that moved money on this day.
    pub(super) fn add(&mut self, entry: &Entry) {
        let sign = match entry.state {
            State::Settled => {
                self.count = self.count.saturating_add(1);
                1
            }
            State::Voided => {
                self.voids = self.voids.saturating_add(1);
                -1
            }
            _ => return,
        };
        let add = |sum: &mut Fen, amount: Fen| sum.0 = sum.0.saturating_add(amount.0.saturating_mul(sign));
        add(&mut self.acct, entry.acct);
        add(&mut self.fund, entry.fund);
        add(&mut self.cash, entry.cash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{string::String, vec::Vec as List};
    use yika_protocol::swipe::Counter;

    // Version 1, written by a second program. Never edited.
    const GOLDEN: &str =
        "a400010119012002828644202611220301190898190578190258864420261123000139044b3902bb39012b03f4";

    fn date(day: u8) -> Date {
        Date::new(2026, 11, day).unwrap()
    }

    fn entry(state: State, number: u64, day: u8) -> Entry {
        Entry {
            day: Some(date(day)),
            acct: Fen(1100),
            fund: Fen(700),
            cash: Fen(300),
            ..Entry::new(state, Counter::new(number).unwrap())
        }
    }

    fn encoded(folded: &Folded) -> List<u8> {
        let mut buffer = [0; crate::store::PAYLOAD];
        let mut writer = Writer::new(&mut buffer);
        folded.encode(&mut writer).unwrap();
        writer.written().to_vec()
    }

    #[test]
    fn golden_bytes_of_version_1() {
        let mut folded = Folded::default();
        for (number, state, day) in [
            (282, State::Settled, 22),
            (283, State::Settled, 22),
            (284, State::Refused(5301), 22),
            (285, State::Voided, 22),
            (286, State::Voided, 23),
            (287, State::Settled, 22),
            (288, State::Drafted, 22),
        ] {
            folded.fold(&entry(state, number, day));
        }
        let bytes = encoded(&folded);
        assert_eq!(bytes.iter().map(|byte| std::format!("{byte:02x}")).collect::<String>(), GOLDEN);
        assert_eq!(Folded::decode(&bytes), Ok(folded));
    }

    #[test]
    fn the_oldest_day_gives_way_and_the_fullest_record_fits() {
        let mut folded = Folded::default();
        for day in 1..=12 {
            let huge = Entry {
                acct: Fen(i64::MAX),
                fund: Fen(i64::MAX),
                cash: Fen(i64::MAX),
                ..entry(State::Settled, u64::from(day), day)
            };
            folded.fold(&huge);
        }
        folded.through = Counter::LAST.get();
        assert_eq!(folded.of(date(4)), DayTotals::none(date(4)));
        assert_eq!(folded.of(date(5)).count, 1);
        assert_eq!(Folded::decode(&encoded(&folded)), Ok(folded));
    }

    proptest! {
        #[test]
        fn any_bytes_are_totals_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Folded::decode(&bytes);
        }
    }
}
