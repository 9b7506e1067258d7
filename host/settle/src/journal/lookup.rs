//! Finding purchases, their messages and their evidence. Every method reads in one transaction.

use rusqlite::{OptionalExtension, params};
use yika_platform::business_time::BusinessTime;
use zeroize::Zeroizing;

use super::rows::{SELECT, by_id, evidence_name, message_name, purchase};
use super::{Journal, Kind, Message, Purchase, sql_error};
use crate::error::JournalError;

impl Journal {
    /// A purchase by its row.
    pub(crate) fn purchase(&self, id: i64) -> Result<Purchase, JournalError> {
        self.read(|connection, sealer| by_id(connection, sealer, id))
    }

    /// Everything the machine has something left to do for, oldest first.
    pub(crate) fn open_purchases(&self) -> Result<Vec<Purchase>, JournalError> {
        self.many("WHERE state IN ('sending', 'unknown', 'reversing', 'voiding') ORDER BY id", &[])
    }

    /// Settled purchases that no screen has shown.
    pub(crate) fn unshown_purchases(&self) -> Result<Vec<Purchase>, JournalError> {
        self.many("WHERE state = 'settled' AND shown = 0 ORDER BY id", &[])
    }

    /// Everything that was ever settled, whatever came later.
    pub(crate) fn settled_purchases(&self, institution: &str) -> Result<Vec<Purchase>, JournalError> {
        self.many("WHERE institution = ?1 AND setl_id IS NOT NULL ORDER BY id", &[&institution])
    }

    /// Kinds of insurance that purchases of these business days (both included) were to draw on.
    pub(crate) fn insutypes(
        &self,
        institution: &str,
        begin: BusinessTime,
        end: BusinessTime,
    ) -> Result<Vec<String>, JournalError> {
        self.read(|connection, _| {
            let sql = "SELECT DISTINCT insutype FROM purchase
                       WHERE institution = ?1 AND created_ms >= ?2 AND created_ms < ?3 ORDER BY insutype";
            let mut statement = connection.prepare(sql).map_err(sql_error)?;
            let period = params![institution, begin.unix_millis(), end.next_midnight().unix_millis()];
            statement.query_map(period, |row| row.get(0)).and_then(Iterator::collect).map_err(sql_error)
        })
    }

    /// The last purchases, newest first.
    pub(super) fn newest(&self, limit: u32) -> Result<Vec<Purchase>, JournalError> {
        self.many("ORDER BY id DESC LIMIT ?1", &[&limit])
    }

    /// A purchase by order number, message id or settlement id.
    pub(crate) fn lookup(&self, which: &str) -> Result<Option<Purchase>, JournalError> {
        let sql =
            "WHERE order_no = ?1 OR msgid = ?1 OR setl_id = ?1 ORDER BY order_no = ?1 DESC, id DESC LIMIT 1";
        Ok(self.many(sql, &[&which])?.into_iter().next())
    }

    /// The newest message of a kind that is not done with.
    pub(crate) fn open_message(&self, purchase: i64, kind: Kind) -> Result<Option<Message>, JournalError> {
        self.message(
            "purchase = ?1 AND kind = ?2 AND closed = 0 ORDER BY rowid DESC LIMIT 1",
            params![purchase, kind.as_str()],
        )
    }

    /// The settling request of a purchase.
    pub(crate) fn settling_message(&self, purchase: i64) -> Result<Option<Message>, JournalError> {
        self.message("purchase = ?1 AND kind = 'settle'", params![purchase])
    }

    /// The newest evidence of a kind.
    pub(crate) fn evidence(
        &self,
        purchase: i64,
        kind: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, JournalError> {
        self.read(|connection, sealer| {
            let row: Option<(String, Vec<u8>)> = connection
                .query_row(
                    "SELECT msgid, body FROM evidence WHERE purchase = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
                    params![purchase, kind],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .map_err(sql_error)?;
            row.map(|(msgid, body)| sealer.open_record(&evidence_name(&msgid, kind), &body)).transpose()
        })
    }

    fn many(&self, tail: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Purchase>, JournalError> {
        self.read(|connection, sealer| {
            let mut statement = connection.prepare(&format!("{SELECT} {tail}")).map_err(sql_error)?;
            let rows = statement.query_map(values, |row| Ok(purchase(row, sealer))).map_err(sql_error)?;
            rows.map(|row| row.map_err(sql_error)?).collect()
        })
    }

    fn message(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Option<Message>, JournalError> {
        self.read(|connection, sealer| {
            let sql =
                format!("SELECT msgid, created_ms, sent_ms, attempts, body FROM message WHERE {condition}");
            let row = connection
                .query_row(&sql, values, |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get::<_, Vec<u8>>(4)?,
                    ))
                })
                .optional()
                .map_err(sql_error)?;
            row.map(|(msgid, created_ms, sent_ms, attempts, body)| {
                let body = sealer.open_record(&message_name(&msgid), &body)?;
                Ok(Message { msgid, created_ms, sent_ms, attempts, body })
            })
            .transpose()
        })
    }
}
