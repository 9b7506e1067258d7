//! The journal: what was asked and what came back, durable before the first byte leaves.
//!
//! One SQLite file (WAL, `synchronous=FULL`) with three companions: `<path>.key` seals the bodies, `<path>.lock` keeps
//! a second writer out, `<path>.reserve` is a megabyte that is given up when the disk is full, so that what is open can
//! still be brought to an end. All are for their owner only.

mod ids;
mod list;
mod lock;
mod lookup;
mod open;
mod purge;
mod record;
mod rows;
mod salvage;
mod schema;
mod seal;
mod store;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::deps::Random;
use crate::error::JournalError;

pub use list::Entry;
pub(crate) use lock::Lock;
pub(crate) use record::{Facts, Kind, Message, Purchase, State};
use seal::Sealer;
pub(crate) use store::{Begun, Change, NewMessage, NewPurchase};

/// The journal of one till.
pub struct Journal {
    inner: Mutex<Inner>,
    random: Arc<dyn Random>,
    path: PathBuf,
    max_pages: Option<u32>,
}

struct Inner {
    connection: Connection,
    sealer: Sealer,
    /// Why no new settlement is taken; recovery goes on all the same.
    closed_to_new: Option<JournalError>,
}

impl Journal {
    /// Why no new settlement is taken at present, apart from a full disk.
    pub fn health(&self) -> Result<(), JournalError> {
        self.inner().closed_to_new.clone().map_or(Ok(()), Err)
    }

    /// Whether something new may be begun: the file is sound and the reserve is in place.
    pub(crate) fn takes_new(&self) -> Result<(), JournalError> {
        self.health()?;
        open::ensure_reserve(&self.path)
    }

    /// Runs a change that begins something new. It needs a sound file and the reserve in place.
    fn write_new<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &Sealer) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut inner = self.inner();
        if let Some(reason) = &inner.closed_to_new {
            return Err(reason.clone());
        }
        open::ensure_reserve(&self.path)?;
        inner.limit(self.max_pages)?;
        let result = inner.transact(work);
        if let Err(e @ JournalError::Corrupt(_)) = &result {
            inner.closed_to_new = Some(e.clone());
        }
        result
    }

    /// Runs a change that brings something open nearer to its end. May use the reserve.
    fn write<T>(
        &self,
        mut work: impl FnMut(&Transaction<'_>, &Sealer) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut inner = self.inner();
        let mut result = inner.transact(&mut work);
        if matches!(result, Err(JournalError::Full)) {
            open::release_reserve(&self.path);
            inner.shrink_log();
            inner.limit(self.max_pages.map(|pages| pages.saturating_add(open::RESERVE_PAGES)))?;
            result = inner.transact(&mut work);
        }
        if let Err(e @ JournalError::Corrupt(_)) = &result {
            inner.closed_to_new = Some(e.clone());
        }
        result
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&Connection, &Sealer) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let inner = self.inner();
        work(&inner.connection, &inner.sealer)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic inside a transaction rolls it back; the connection stays sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Sealer) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql_error)?;
        let value = work(&transaction, &self.sealer)?;
        transaction.commit().map_err(sql_error)?;
        Ok(value)
    }

    /// Moves the write-ahead log into the file and gives its room back. Best effort: on a full disk every bit helps.
    fn shrink_log(&self) {
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    fn limit(&self, pages: Option<u32>) -> Result<(), JournalError> {
        match pages {
            Some(pages) => self
                .connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
                .map_err(sql_error),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// SQLite's errors as ours. The text of SQLite names tables and columns, never values.
fn sql_error(error: rusqlite::Error) -> JournalError {
    match &error {
        rusqlite::Error::SqliteFailure(e, _) => match e.code {
            ErrorCode::DiskFull => JournalError::Full,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => JournalError::Corrupt(error.to_string()),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => JournalError::Busy(error.to_string()),
            _ => JournalError::Access(error.to_string()),
        },
        // A value of the wrong type or a missing column: the file is not as we wrote it.
        _ => JournalError::Corrupt(error.to_string()),
    }
}
