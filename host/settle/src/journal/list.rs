//! Listings for people. Nothing personal is in them.

use rusqlite::params;
use yika_platform::business_time::BusinessTime;
use yika_protocol::fault::Code;

use super::{Journal, Purchase, sql_error};
use crate::error::JournalError;
use crate::outcome::Settlement;

/// One purchase with its history.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The purchase.
    pub settlement: Settlement,
    /// Its state in the journal: `sending`, `not_sent`, `unknown`, `settled`, `refused`, `reversing`, `reversed`,
    /// `voiding`, `voided`.
    pub state: &'static str,
    /// When it was first recorded, `yyyy-MM-dd HH:mm:ss`, Asia/Shanghai, by the till's clock.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// How many answers or losses of its messages are on record.
    pub attempts: u32,
    /// Earliest next attempt of the machine, while open.
    pub next_attempt_at: Option<String>,
    /// What happened, in order, as `time event [Y-nnnn]`.
    pub events: Vec<String>,
}

impl Journal {
    /// The last `limit` purchases, newest first; only open ones when `open_only`.
    pub fn list(&self, open_only: bool, limit: u32) -> Result<Vec<Entry>, JournalError> {
        let purchases: Vec<Purchase> = if open_only {
            self.open_purchases()?.into_iter().rev().take(limit as usize).collect()
        } else {
            self.newest(limit)?
        };
        purchases.into_iter().map(|purchase| self.entry(purchase)).collect()
    }

    /// One purchase by `order_no`, `msgid` or `setl_id`.
    pub fn find(&self, which: &str) -> Result<Option<Entry>, JournalError> {
        self.lookup(which)?.map(|purchase| self.entry(purchase)).transpose()
    }

    /// Adds its history to a purchase.
    pub(crate) fn entry(&self, purchase: Purchase) -> Result<Entry, JournalError> {
        let (attempts, events) = self.read(|connection, _| {
            let attempts: u32 = connection
                .query_row("SELECT total(attempts) FROM message WHERE purchase = ?1", [purchase.id], |row| {
                    row.get::<_, f64>(0).map(|total| total as u32)
                })
                .map_err(sql_error)?;
            let mut statement = connection
                .prepare("SELECT at_ms, kind, fault FROM event WHERE purchase = ?1 ORDER BY id")
                .map_err(sql_error)?;
            let events = statement
                .query_map(params![purchase.id], |row| {
                    let (at, kind, fault): (i64, String, Option<u16>) =
                        (row.get(0)?, row.get(1)?, row.get(2)?);
                    let code = fault.map(|number| format!(" {}", Code(number))).unwrap_or_default();
                    Ok(format!("{} {kind}{code}", BusinessTime::from_unix_millis(at)))
                })
                .and_then(Iterator::collect)
                .map_err(sql_error)?;
            Ok((attempts, events))
        })?;
        let text = |ms| BusinessTime::from_unix_millis(ms).to_string();
        Ok(Entry {
            state: purchase.state.as_str(),
            created_at: text(purchase.created_ms),
            updated_at: text(purchase.updated_ms),
            attempts,
            next_attempt_at: purchase.state.is_open().then(|| text(purchase.next_ms)),
            events,
            settlement: purchase.settlement(true),
        })
    }
}
