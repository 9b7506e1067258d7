//! The ledger: double entry, so that no fen appears or vanishes.

use std::fmt;

use rusqlite::params;
use yika_protocol::money::Fen;

use super::Work;
use crate::StoreError;

/// An account of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account<'a> {
    /// A person's account in one insurance.
    Person { psn_no: &'a str, insutype: &'a str },
    /// A fund, by `fund_pay_type`.
    Fund(&'a str),
    /// What the centre owes an institution.
    Institution(&'a str),
    /// Where first balances come from.
    Opening,
}

impl fmt::Display for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { psn_no, insutype } => write!(f, "person:{psn_no}:{insutype}"),
            Self::Fund(kind) => write!(f, "fund:{kind}"),
            Self::Institution(code) => write!(f, "institution:{code}"),
            Self::Opening => f.write_str("opening"),
        }
    }
}

/// Rows that belong together and add up to zero.
#[derive(Debug)]
pub(crate) struct Posting<'a> {
    pub(crate) setl_id: Option<&'a str>,
    /// Milliseconds.
    pub(crate) booked: i64,
    pub(crate) rows: Vec<(Account<'a>, Fen)>,
}

impl Work<'_> {
    /// Books a posting. Rows of zero are left out.
    ///
    /// # Errors
    /// The rows do not add up to zero, or the database failed.
    pub(crate) fn post(&self, posting: &Posting<'_>) -> Result<(), StoreError> {
        if Fen::checked_sum(posting.rows.iter().map(|(_, amount)| *amount)) != Some(Fen::ZERO) {
            return Err(StoreError("a posting does not add up to zero".into()));
        }
        let mut insert = self.tables.prepare_cached(
            "INSERT INTO ledger (entry_no, account, amount, setl_id, booked) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (account, amount) in posting.rows.iter().filter(|(_, amount)| *amount != Fen::ZERO) {
            let entry_no = self.next("ledger")?;
            insert.execute(params![
                entry_no,
                account.to_string(),
                amount.0,
                posting.setl_id,
                posting.booked
            ])?;
        }
        Ok(())
    }

    /// What stands on an account.
    pub(crate) fn balance(&self, account: Account<'_>) -> Result<Fen, StoreError> {
        let mut statement =
            self.tables.prepare_cached("SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE account = ?1")?;
        Ok(Fen(statement.query_row([account.to_string()], |row| row.get(0))?))
    }

    /// Whether anything was ever booked on an account.
    pub(crate) fn has_entries(&self, account: Account<'_>) -> Result<bool, StoreError> {
        Ok(self.tables.query_row(
            "SELECT COUNT(*) > 0 FROM ledger WHERE account = ?1",
            [account.to_string()],
            |row| row.get(0),
        )?)
    }
}
