//! Retention: closed and old, never open.

use super::{Journal, sql_error};
use crate::error::JournalError;

impl Journal {
    /// Deletes purchases that are closed and were last touched before `before_ms`; returns how many. What is open, and
    /// what is settled but was never shown to anybody, stays.
    pub(crate) fn purge(&self, before_ms: i64) -> Result<usize, JournalError> {
        self.write(|transaction, _| {
            transaction
                .execute(
                    "DELETE FROM purchase WHERE updated_ms < ?1
                     AND (state IN ('not_sent', 'refused', 'reversed', 'voided') OR (state = 'settled' AND shown = 1))",
                    [before_ms],
                )
                .map_err(sql_error)
        })
    }
}
