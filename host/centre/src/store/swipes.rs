//! Swipe ids: one row per terminal and counter, taken by swipe, void and reversal alike.

use rusqlite::{OptionalExtension, params};
use yika_protocol::money::Fen;

use super::{IdState, Work};
use crate::StoreError;

/// What took an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SwipeKind {
    /// A swipe, or the reversal of one.
    Swipe,
    /// A void.
    Void,
}

impl SwipeKind {
    fn text(self) -> &'static str {
        match self {
            Self::Swipe => "swipe",
            Self::Void => "void",
        }
    }
}

/// The row of a swipe id.
#[derive(Debug, Clone)]
pub(crate) struct SwipeRow {
    /// 16 upper-case hex digits.
    pub(crate) terminal: String,
    pub(crate) counter: i64,
    pub(crate) kind: SwipeKind,
    pub(crate) state: IdState,
    /// Digest of the datagram that took the id; none for a tombstone.
    pub(crate) digest: Option<String>,
    pub(crate) order_no: Option<String>,
    pub(crate) pin_verified: bool,
    /// Security module of the reader that read an ID card.
    pub(crate) reader: Option<String>,
    /// Number of the fault, when it was refused.
    pub(crate) refused: Option<u16>,
    /// The settlement or the void that it made.
    pub(crate) setl_id: Option<String>,
    /// `yyyymmdd` as a number.
    pub(crate) business_day: i64,
    /// Milliseconds.
    pub(crate) received: i64,
    /// The answer as it leaves.
    pub(crate) answer: Option<Vec<u8>>,
    /// The answer to the reversal as it leaves.
    pub(crate) reversal: Option<Vec<u8>>,
}

/// What a terminal moved on a business day: sums are net of voids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayTotals {
    /// Settlements that were not reversed, whether voided or not.
    pub(crate) settlements: i64,
    pub(crate) voids: i64,
    pub(crate) amount: Fen,
    pub(crate) acct_pay: Fen,
    pub(crate) fund_pay: Fen,
    pub(crate) cash: Fen,
}

impl Work<'_> {
    /// Takes the id. False when it is taken.
    pub(crate) fn take_swipe(&self, row: &SwipeRow) -> Result<bool, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "INSERT INTO swipe (terminal, counter, kind, state, digest, order_no, pin_verified, reader, refused, \
             setl_id, business_day, received, answer, reversal) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
             ON CONFLICT (terminal, counter) DO NOTHING",
        )?;
        let rows = statement.execute(params![
            row.terminal,
            row.counter,
            row.kind.text(),
            row.state.text(),
            row.digest,
            row.order_no,
            i64::from(row.pin_verified),
            row.reader,
            row.refused,
            row.setl_id,
            row.business_day,
            row.received,
            row.answer,
            row.reversal
        ])?;
        Ok(rows == 1)
    }

    /// Writes what became of an id: state, digest, refusal, settlement, answers.
    pub(crate) fn put_swipe(&self, row: &SwipeRow) -> Result<(), StoreError> {
        let mut statement = self.tables.prepare_cached(
            "UPDATE swipe SET state = ?3, digest = ?4, refused = ?5, setl_id = ?6, answer = ?7, reversal = ?8 \
             WHERE terminal = ?1 AND counter = ?2",
        )?;
        let rows = statement.execute(params![
            row.terminal,
            row.counter,
            row.state.text(),
            row.digest,
            row.refused,
            row.setl_id,
            row.answer,
            row.reversal
        ])?;
        if rows == 1 { Ok(()) } else { Err(StoreError("the row of a swipe is gone".into())) }
    }

    pub(crate) fn swipe(&self, terminal: &str, counter: i64) -> Result<Option<SwipeRow>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT kind, state, digest, order_no, pin_verified, refused, setl_id, business_day, received, answer, reversal, reader \
             FROM swipe WHERE terminal = ?1 AND counter = ?2",
        )?;
        Ok(statement
            .query_row(params![terminal, counter], |row| {
                Ok(SwipeRow {
                    terminal: terminal.to_owned(),
                    counter,
                    kind: match row.get::<_, String>(0)?.as_str() {
                        "swipe" => SwipeKind::Swipe,
                        "void" => SwipeKind::Void,
                        _ => return Err(rusqlite::Error::InvalidQuery),
                    },
                    state: IdState::read(row, 1)?,
                    digest: row.get(2)?,
                    order_no: row.get(3)?,
                    pin_verified: row.get::<_, i64>(4)? != 0,
                    refused: row.get(5)?,
                    setl_id: row.get(6)?,
                    business_day: row.get(7)?,
                    received: row.get(8)?,
                    answer: row.get(9)?,
                    reversal: row.get(10)?,
                    reader: row.get(11)?,
                })
            })
            .optional()?)
    }

    /// Terminal and counter of the swipes that settled an institution's order and were neither voided nor reversed.
    pub(crate) fn swipes_of_order(
        &self,
        institution: &str,
        order_no: &str,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT w.terminal, w.counter FROM swipe w JOIN settlement s ON s.setl_id = w.setl_id \
             WHERE w.order_no = ?1 AND s.fixmedins_code = ?2 \
             AND NOT EXISTS (SELECT 1 FROM settlement u WHERE u.undoes = s.setl_id)",
        )?;
        let rows = statement.query_map([order_no, institution], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether any id of this terminal is taken.
    pub(crate) fn has_swiped(&self, terminal: &str) -> Result<bool, StoreError> {
        let mut statement = self.tables.prepare_cached("SELECT 1 FROM swipe WHERE terminal = ?1 LIMIT 1")?;
        Ok(statement.query_row([terminal], |_| Ok(())).optional()?.is_some())
    }

    /// What a terminal moved on a business day. A settlement that was reversed counts as if it had never been. Voids count
    /// on their own day, also those of the terminal's settlements that came by another way (2103).
    pub(crate) fn day_totals(
        &self,
        terminal: &str,
        business_day: i64,
        period: (i64, i64),
    ) -> Result<DayTotals, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT COALESCE(SUM(CASE WHEN kind = 'settle' THEN 1 ELSE 0 END), 0), \
             COALESCE(SUM(CASE WHEN kind = 'void' THEN 1 ELSE 0 END), 0), COALESCE(SUM(medfee_sumamt), 0), \
             COALESCE(SUM(acct_pay), 0), COALESCE(SUM(hifp_pay), 0), COALESCE(SUM(psn_cash_pay), 0) FROM ( \
             SELECT s.kind, s.medfee_sumamt, s.acct_pay, s.hifp_pay, s.psn_cash_pay \
             FROM swipe w JOIN settlement s ON s.setl_id = w.setl_id \
             WHERE w.terminal = ?1 AND w.business_day = ?2 \
             AND NOT EXISTS (SELECT 1 FROM settlement r WHERE r.undoes = s.setl_id AND r.kind = 'reversal') \
             UNION ALL \
             SELECT v.kind, v.medfee_sumamt, v.acct_pay, v.hifp_pay, v.psn_cash_pay \
             FROM swipe w JOIN settlement v ON v.undoes = w.setl_id \
             WHERE w.terminal = ?1 AND v.kind = 'void' AND v.setl_time >= ?3 AND v.setl_time < ?4 \
             AND NOT EXISTS (SELECT 1 FROM swipe x WHERE x.setl_id = v.setl_id)) t",
        )?;
        Ok(statement.query_row(params![terminal, business_day, period.0, period.1], |row| {
            Ok(DayTotals {
                settlements: row.get(0)?,
                voids: row.get(1)?,
                amount: Fen(row.get(2)?),
                acct_pay: Fen(row.get(3)?),
                fund_pay: Fen(row.get(4)?),
                cash: Fen(row.get(5)?),
            })
        })?)
    }
}
