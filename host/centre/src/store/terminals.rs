//! Terminals of institutions, and what an institution's terminals may do.

use rusqlite::{OptionalExtension, Row, params};
use yika_protocol::identity::Secret;
use yika_protocol::money::Fen;
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;

/// What the terminals of an institution may do, as the seed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminalRule {
    /// How many may be active at once.
    pub(crate) most: i64,
    /// How long a certificate holds.
    pub(crate) valid_days: i64,
    pub(crate) per_swipe: Fen,
    pub(crate) no_challenge: Fen,
    pub(crate) per_day: Fen,
    /// Card swipes above this want the PIN; none when it is never wanted.
    pub(crate) pin_above: Option<Fen>,
}

/// What a terminal may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TerminalState {
    /// Waits for the operator's code.
    Pending,
    /// May swipe.
    Active,
    /// A later enrolment of the same device took over.
    Replaced,
    /// Ended by its institution.
    Revoked,
}

impl TerminalState {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Replaced, Self::Revoked]
            .into_iter()
            .find(|state| state.text() == text)
    }
}

/// A terminal.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    /// 16 upper-case hex digits.
    pub(crate) terminal: String,
    pub(crate) fixmedins_code: String,
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) state: TerminalState,
    /// The point `04 ‖ x ‖ y` in hex.
    pub(crate) device_key: String,
    pub(crate) request: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    /// Wrong compare codes so far.
    pub(crate) attempts: i64,
    pub(crate) per_swipe: Fen,
    pub(crate) no_challenge: Fen,
    pub(crate) per_day: Fen,
    /// Milliseconds, as all moments here.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) enrolled: i64,
    pub(crate) confirmed: Option<i64>,
    pub(crate) ended: Option<i64>,
    pub(crate) reason: String,
    /// Highest counter that was answered; 0 before the first.
    pub(crate) counter: i64,
    /// See `swipe::challenges`.
    pub(crate) challenges: String,
    /// `yyyymmdd` that `day_amount` is about; 0 before the first swipe.
    pub(crate) business_day: i64,
    /// At least what was settled on it, voids and reversals deducted.
    pub(crate) day_amount: Fen,
}

const COLUMNS: &str = "terminal, fixmedins_code, serial, model, state, device_key, request, certificate, attempts, per_swipe, \
    no_challenge, per_day, not_before, not_after, enrolled, confirmed, ended, reason, counter, challenges, \
    business_day, day_amount";

fn read(row: &Row<'_>) -> rusqlite::Result<Terminal> {
    let state: String = row.get(4)?;
    Ok(Terminal {
        terminal: row.get(0)?,
        fixmedins_code: row.get(1)?,
        serial: row.get(2)?,
        model: row.get(3)?,
        state: TerminalState::from_text(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        device_key: row.get(5)?,
        request: row.get(6)?,
        certificate: row.get(7)?,
        attempts: row.get(8)?,
        per_swipe: Fen(row.get(9)?),
        no_challenge: Fen(row.get(10)?),
        per_day: Fen(row.get(11)?),
        not_before: row.get(12)?,
        not_after: row.get(13)?,
        enrolled: row.get(14)?,
        confirmed: row.get(15)?,
        ended: row.get(16)?,
        reason: row.get(17)?,
        counter: row.get(18)?,
        challenges: row.get(19)?,
        business_day: row.get(20)?,
        day_amount: Fen(row.get(21)?),
    })
}

fn secret_row(terminal: &str) -> String {
    format!("terminal:{terminal}")
}

impl Work<'_> {
    /// Sets what an institution's terminals may do; `None` takes it away.
    pub(crate) fn put_terminal_rule(
        &self,
        fixmedins_code: &str,
        rule: Option<&TerminalRule>,
    ) -> Result<(), StoreError> {
        self.tables.execute("DELETE FROM terminal_rule WHERE fixmedins_code = ?1", [fixmedins_code])?;
        let Some(rule) = rule else { return Ok(()) };
        self.tables.execute(
            "INSERT INTO terminal_rule (fixmedins_code, most, valid_days, per_swipe, no_challenge, per_day, pin_above) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                fixmedins_code,
                rule.most,
                rule.valid_days,
                rule.per_swipe.0,
                rule.no_challenge.0,
                rule.per_day.0,
                rule.pin_above.map(|amount| amount.0)
            ],
        )?;
        Ok(())
    }

    pub(crate) fn terminal_rule(&self, fixmedins_code: &str) -> Result<Option<TerminalRule>, StoreError> {
        let mut statement = self.tables.prepare_cached(
            "SELECT most, valid_days, per_swipe, no_challenge, per_day, pin_above FROM terminal_rule \
             WHERE fixmedins_code = ?1",
        )?;
        Ok(statement
            .query_row([fixmedins_code], |row| {
                Ok(TerminalRule {
                    most: row.get(0)?,
                    valid_days: row.get(1)?,
                    per_swipe: Fen(row.get(2)?),
                    no_challenge: Fen(row.get(3)?),
                    per_day: Fen(row.get(4)?),
                    pin_above: row.get::<_, Option<i64>>(5)?.map(Fen),
                })
            })
            .optional()?)
    }

    /// Adds a terminal with its enrolment secret.
    pub(crate) fn add_terminal(&self, t: &Terminal, secret: &Secret<32>) -> Result<(), StoreError> {
        let sealed = self.seal(&secret_row(&t.terminal), secret.expose())?;
        self.tables.execute(
            &format!(
                "INSERT INTO terminal ({COLUMNS}, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
                 ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"
            ),
            params![
                t.terminal,
                t.fixmedins_code,
                t.serial,
                t.model,
                t.state.text(),
                t.device_key,
                t.request,
                t.certificate,
                t.attempts,
                t.per_swipe.0,
                t.no_challenge.0,
                t.per_day.0,
                t.not_before,
                t.not_after,
                t.enrolled,
                t.confirmed,
                t.ended,
                t.reason,
                t.counter,
                t.challenges,
                t.business_day,
                t.day_amount.0,
                sealed
            ],
        )?;
        Ok(())
    }

    /// Writes what changes in the life of a terminal: state, attempts, moments, reason.
    pub(crate) fn put_terminal(&self, t: &Terminal) -> Result<(), StoreError> {
        let rows = self.tables.execute(
            "UPDATE terminal SET state = ?2, attempts = ?3, confirmed = ?4, ended = ?5, reason = ?6 WHERE terminal = ?1",
            params![t.terminal, t.state.text(), t.attempts, t.confirmed, t.ended, t.reason],
        )?;
        if rows == 1 { Ok(()) } else { Err(StoreError("the row of a terminal is gone".into())) }
    }

    /// Writes what changes with a swipe: highest counter, challenges, what the day has come to.
    pub(crate) fn advance_terminal(&self, t: &Terminal) -> Result<(), StoreError> {
        let mut statement = self.tables.prepare_cached(
            "UPDATE terminal SET counter = ?2, challenges = ?3, business_day = ?4, day_amount = ?5 WHERE terminal = ?1",
        )?;
        statement.execute(params![t.terminal, t.counter, t.challenges, t.business_day, t.day_amount.0])?;
        Ok(())
    }

    /// Forgets a terminal that never swiped.
    pub(crate) fn drop_terminal(&self, terminal: &str) -> Result<(), StoreError> {
        self.tables.execute("DELETE FROM terminal WHERE terminal = ?1 AND state = 'pending'", [terminal])?;
        Ok(())
    }

    pub(crate) fn terminal(&self, terminal: &str) -> Result<Option<Terminal>, StoreError> {
        let mut statement =
            self.tables.prepare_cached(&format!("SELECT {COLUMNS} FROM terminal WHERE terminal = ?1"))?;
        Ok(statement.query_row([terminal], read).optional()?)
    }

    /// The enrolment secret of a terminal.
    pub(crate) fn terminal_secret(&self, terminal: &str) -> Result<Option<Secret<32>>, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .tables
            .query_row("SELECT sealed FROM terminal WHERE terminal = ?1", [terminal], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = Zeroizing::new(self.open(&secret_row(terminal), &sealed)?);
        let bytes: [u8; 32] =
            plain.as_slice().try_into().map_err(|_| StoreError("a terminal row is damaged".into()))?;
        Ok(Some(Secret::new(bytes)))
    }

    /// The terminals of an institution, in the order of their enrolment.
    pub(crate) fn terminals(&self, fixmedins_code: &str) -> Result<Vec<Terminal>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM terminal WHERE fixmedins_code = ?1 ORDER BY enrolled, terminal");
        let mut statement = self.tables.prepare(&sql)?;
        let rows = statement.query_map([fixmedins_code], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The terminals that a device key belongs or belonged to.
    pub(crate) fn terminals_by_key(&self, device_key: &str) -> Result<Vec<Terminal>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM terminal WHERE device_key = ?1 ORDER BY enrolled, terminal");
        let mut statement = self.tables.prepare(&sql)?;
        let rows = statement.query_map([device_key], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
