//! The journal entry of one counter, and its bytes at rest.
//!
//! Every counter that was ever taken has exactly one entry, at the ring place `counter mod ring`, which moves along
//!
//! ```text
//! Drafted ─► Open ─► Settled | Refused
//!              └───► Reversing ─► Reversed
//! Voiding ─► Voided | VoidRefused
//! ```
//!
//! Nothing of a person is in it: name and balance are only in the centre's sealed answer beside it.
//!
//! A deterministic CBOR map with integer keys (keys from 32 on may be skipped): `0` version, `1` state, `2` counter,
//! `3` order_no, `4` amount, `5` start number when it was sent, `6` business day (BCD), `7` settlement id, `8` account, `9` fund,
//! `10` cash, `11` counter of the purchase that a void takes back, `12` fault number or outcome, `13` a late answer was
//! kept, `14` the centre's challenge for the next card.

use heapless::String;
use yika_protocol::{
    cbor::{DecodeError, Full, Reader, Writer},
    fault::centre,
    identity::Date,
    money::Fen,
    swipe::{Challenge, Counter, ReversalOutcome},
};

use super::OrderNo;

/// Version of the record that is written; also the only one so far.
pub(super) const VERSION: u8 = 1;

/// Settlement id, as the centre gives it.
pub(super) type SetlId = String<30>;

/// How far a counter got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Taken, nothing sent: the card was asked, or power was cut before.
    Drafted,
    /// Sent, or about to be; the outcome is unknown.
    Open,
    /// It shall not count; the centre has not acknowledged yet.
    Reversing,
    /// It does not count.
    Reversed(Undone),
    /// The centre refused.
    Refused(u16),
    /// Money moved.
    Settled,
    /// A void, sent or about to be.
    Voiding,
    /// A void that was done.
    Voided,
    /// A void that was refused.
    VoidRefused(u16),
    /// A lost record that the operator looked into; no money of ours.
    WrittenOff,
}

/// How a purchase came not to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// The centre's answer to our reversal.
    Acknowledged(ReversalOutcome),
    /// The centre said *reversed* to the purchase itself.
    Elsewhere,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) state: State,
    pub(super) counter: Counter,
    pub(super) order_no: OrderNo,
    pub(super) amount: Fen,
    pub(super) boot: u32,
    pub(super) day: Option<Date>,
    pub(super) setl_id: SetlId,
    pub(super) acct: Fen,
    pub(super) fund: Fen,
    pub(super) cash: Fen,
    pub(super) original: Option<Counter>,
    pub(super) late: bool,
    pub(super) challenge: Option<Challenge>,
}

impl Entry {
    pub(super) fn new(state: State, counter: Counter) -> Self {
        Self {
            state,
            counter,
            order_no: OrderNo::new(),
            amount: Fen::ZERO,
            boot: 0,
            day: None,
            setl_id: SetlId::new(),
            acct: Fen::ZERO,
            fund: Fen::ZERO,
            cash: Fen::ZERO,
            original: None,
            late: false,
            challenge: None,
        }
    }

    /// Whether something is still to be sent for it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Reversing | State::Voiding)
    }

    /// Whether the centre holds other bytes under this counter, which only a second writer can have sent: every sending of an entry has
    /// the same bytes.
    pub(super) fn conflicts(&self) -> bool {
        matches!(self.state, State::Refused(fault) | State::VoidRefused(fault) if is_conflict(fault))
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        let (state, detail) = match self.state {
            State::Drafted => (1, None),
            State::Open => (2, None),
            State::Reversing => (3, None),
            State::Reversed(undone) => (
                4,
                Some(match undone {
                    Undone::Acknowledged(ReversalOutcome::Undone) => 1,
                    Undone::Acknowledged(ReversalOutcome::NeverHappened) => 2,
                    Undone::Elsewhere => 3,
                }),
            ),
            State::Refused(fault) => (5, Some(fault)),
            State::Settled => (6, None),
            State::Voiding => (7, None),
            State::Voided => (8, None),
            State::VoidRefused(fault) => (9, Some(fault)),
            State::WrittenOff => (10, None),
        };
        let optional =
            [self.day.is_some(), self.original.is_some(), detail.is_some(), self.challenge.is_some()];
        let pairs = optional.iter().filter(|&&present| present).count().saturating_add(11);
        writer.map(pairs)?;
        writer.uint(0)?;
        writer.uint(u64::from(VERSION))?;
        writer.uint(1)?;
        writer.uint(state)?;
        writer.uint(2)?;
        writer.uint(self.counter.get())?;
        writer.uint(3)?;
        writer.text(&self.order_no)?;
        writer.uint(4)?;
        writer.int(self.amount.0)?;
        writer.uint(5)?;
        writer.uint(u64::from(self.boot))?;
        if let Some(day) = self.day {
            writer.uint(6)?;
            writer.bytes(&day.to_bcd())?;
        }
        writer.uint(7)?;
        writer.text(&self.setl_id)?;
        for (key, amount) in [(8, self.acct), (9, self.fund), (10, self.cash)] {
            writer.uint(key)?;
            writer.int(amount.0)?;
        }
        if let Some(original) = self.original {
            writer.uint(11)?;
            writer.uint(original.get())?;
        }
        if let Some(detail) = detail {
            writer.uint(12)?;
            writer.uint(u64::from(detail))?;
        }
        writer.uint(13)?;
        writer.bool(self.late)?;
        if let Some(challenge) = self.challenge {
            writer.uint(14)?;
            writer.bytes(&challenge)?;
        }
        Ok(())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        if map.required(0)?.number::<u8>()? != VERSION {
            return Err(DecodeError::Range);
        }
        let state: u8 = map.required(1)?.number()?;
        let counter = counter(map.required(2)?.uint()?)?;
        let order_no = text(map.required(3)?.text()?)?;
        let amount = Fen(map.required(4)?.int()?);
        let boot = map.required(5)?.number()?;
        let day = match map.optional(6)? {
            Some(reader) => Some(Date::from_bcd(reader.array_of()?).map_err(|_| DecodeError::Range)?),
            None => None,
        };
        let setl_id = text(map.required(7)?.text()?)?;
        let acct = Fen(map.required(8)?.int()?);
        let fund = Fen(map.required(9)?.int()?);
        let cash = Fen(map.required(10)?.int()?);
        let original = match map.optional(11)? {
            Some(reader) => Some(self::counter(reader.uint()?)?),
            None => None,
        };
        let detail: Option<u16> = match map.optional(12)? {
            Some(reader) => Some(reader.number()?),
            None => None,
        };
        let late = map.required(13)?.bool()?;
        let challenge = match map.optional(14)? {
            Some(reader) => Some(reader.array_of()?),
            None => None,
        };
        map.end()?;
        reader.end()?;
        let state = match (state, detail) {
            (1, None) => State::Drafted,
            (2, None) => State::Open,
            (3, None) => State::Reversing,
            (4, Some(1)) => State::Reversed(Undone::Acknowledged(ReversalOutcome::Undone)),
            (4, Some(2)) => State::Reversed(Undone::Acknowledged(ReversalOutcome::NeverHappened)),
            (4, Some(3)) => State::Reversed(Undone::Elsewhere),
            (5, Some(fault)) => State::Refused(fault),
            (6, None) => State::Settled,
            (7, None) => State::Voiding,
            (8, None) => State::Voided,
            (9, Some(fault)) => State::VoidRefused(fault),
            (10, None) => State::WrittenOff,
            _ => return Err(DecodeError::Range),
        };
        Ok(Self {
            state,
            counter,
            order_no,
            amount,
            boot,
            day,
            setl_id,
            acct,
            fund,
            cash,
            original,
            late,
            challenge,
        })
    }
}

/// Whether a refusal says that the counter was answered before, to other bytes.
pub(super) fn is_conflict(fault: u16) -> bool {
    fault == centre::ID_CONFLICT.number
}

fn counter(number: u64) -> Result<Counter, DecodeError> {
    Counter::new(number).ok_or(DecodeError::Range)
}

fn text<const N: usize>(text: &str) -> Result<String<N>, DecodeError> {
    String::try_from(text).map_err(|_| DecodeError::Range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{string::String as Text, vec::Vec};

    // Version 1, written by a second program. Never edited: a new version gets its own lines beside these.
    const SETTLED: &str = "ad000101060219012c0363412d31041908340507064420261122076253310819044c091902bc0a19012c0df40e480001020304050607";
    const VOIDED: &str = "ae000101080219012d0363412d31041908340507064420261123076253310819044c091902bc0a19012c0b19012c0df40e480001020304050607";
    const REVERSED: &str =
        "ad00010104021b0000ffffffffffff0361420401051affffffff0760080009000a000c020df50e48ffffffffffffffff";
    const DRAFTED: &str = "ab0001010102010360040005010760080009000a000df4";

    fn entry(state: State, number: u64) -> Entry {
        Entry::new(state, Counter::new(number).unwrap())
    }

    fn settled() -> Entry {
        Entry {
            order_no: OrderNo::try_from("A-1").unwrap(),
            amount: Fen(2100),
            boot: 7,
            day: Some(Date::new(2026, 11, 22).unwrap()),
            setl_id: SetlId::try_from("S1").unwrap(),
            acct: Fen(1100),
            fund: Fen(700),
            cash: Fen(300),
            challenge: Some([0, 1, 2, 3, 4, 5, 6, 7]),
            ..entry(State::Settled, 300)
        }
    }

    fn encoded(entry: &Entry) -> Vec<u8> {
        let mut buffer = [0; crate::store::PAYLOAD];
        let mut writer = Writer::new(&mut buffer);
        entry.encode(&mut writer).unwrap();
        writer.written().to_vec()
    }

    fn hex(bytes: &[u8]) -> Text {
        bytes.iter().map(|byte| std::format!("{byte:02x}")).collect()
    }

    #[test]
    fn golden_bytes_of_version_1() {
        let voided = Entry {
            state: State::Voided,
            counter: Counter::new(301).unwrap(),
            day: Some(Date::new(2026, 11, 23).unwrap()),
            original: Counter::new(300),
            ..settled()
        };
        let reversed = Entry {
            order_no: OrderNo::try_from("B").unwrap(),
            amount: Fen(1),
            boot: u32::MAX,
            late: true,
            challenge: Some([0xFF; 8]),
            ..entry(
                State::Reversed(Undone::Acknowledged(ReversalOutcome::NeverHappened)),
                Counter::LAST.get(),
            )
        };
        let drafted = Entry { boot: 1, ..entry(State::Drafted, 1) };
        for (entry, golden) in
            [(settled(), SETTLED), (voided, VOIDED), (reversed, REVERSED), (drafted, DRAFTED)]
        {
            let bytes = encoded(&entry);
            assert_eq!(hex(&bytes), golden);
            assert_eq!(Entry::decode(&bytes), Ok(entry));
        }
    }

    #[test]
    fn the_longest_entry_fits_a_block() {
        let longest = Entry {
            order_no: OrderNo::try_from("X".repeat(32).as_str()).unwrap(),
            setl_id: SetlId::try_from("X".repeat(30).as_str()).unwrap(),
            amount: Fen(i64::MAX),
            acct: Fen(i64::MIN),
            fund: Fen(i64::MAX),
            cash: Fen(i64::MAX),
            boot: u32::MAX,
            original: Some(Counter::LAST),
            ..Entry { state: State::VoidRefused(u16::MAX), counter: Counter::LAST, ..settled() }
        };
        let bytes = encoded(&longest);
        assert!(bytes.len() < 200);
        assert_eq!(Entry::decode(&bytes), Ok(longest));
    }

    #[test]
    fn every_state_comes_back() {
        let states = [
            State::Drafted,
            State::Open,
            State::Reversing,
            State::Reversed(Undone::Acknowledged(ReversalOutcome::Undone)),
            State::Reversed(Undone::Acknowledged(ReversalOutcome::NeverHappened)),
            State::Reversed(Undone::Elsewhere),
            State::Refused(5301),
            State::Settled,
            State::Voiding,
            State::Voided,
            State::VoidRefused(5401),
            State::WrittenOff,
        ];
        for state in states {
            let entry = Entry { state, ..settled() };
            assert_eq!(Entry::decode(&encoded(&entry)), Ok(entry));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_entry_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Entry::decode(&bytes);
        }

        #[test]
        fn an_entry_with_one_byte_changed_never_panics(at in 0usize..60, byte in any::<u8>()) {
            let mut bytes = encoded(&settled());
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            let _ = Entry::decode(&bytes);
        }
    }
}
