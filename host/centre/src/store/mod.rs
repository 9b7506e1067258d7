//! The tables of the centre, and the only place with SQL.
//!
//! The statements are plain enough for PostgreSQL: no type affinity, no `REPLACE`, upserts by `ON CONFLICT`. What SQLite
//! gives for free is that `BEGIN IMMEDIATE` lets one writer in at a time; on PostgreSQL the row of `message` is what
//! writers of one id meet on, and the account rows are to be read `FOR UPDATE`.

mod cards;
mod catalogue;
mod ledger;
mod messages;
mod parties;
mod people;
mod settlements;
mod swipes;
mod terminals;
mod vouchers;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Savepoint, Transaction, TransactionBehavior, params};
use yika_platform::hex;

use crate::vault::{Unsealable, Vault, private_file};
use crate::{OpenError, StoreError};

pub(crate) use catalogue::{Item, Policy};
pub(crate) use ledger::{Account, Posting};
pub(crate) use messages::{IdState, Message};
pub(crate) use parties::{Institution, SignIn};
pub(crate) use people::{Insurance, Person};
pub(crate) use settlements::{FeeLine, Kind, Part, Settlement, Totals, TraceCode, YearUse};
pub(crate) use swipes::{DayTotals, SwipeKind, SwipeRow};
pub(crate) use terminals::{Terminal, TerminalRule, TerminalState};
pub(crate) use vouchers::Voucher;

/// The tables, version by version: the first batch makes version 1, each later one brings it to the next. A database is
/// brought up when it is opened; one of a later program is refused.
const SCHEMA: [&str; 4] = [
    include_str!("schema.sql"),
    include_str!("vouchers.sql"),
    include_str!("swipes.sql"),
    include_str!("orders.sql"),
];

/// The database of a centre.
pub(crate) struct Store {
    connection: Mutex<Connection>,
    /// Looks while the other one writes and waits for the disk.
    reader: Mutex<Connection>,
    vault: Vault,
}

/// One unit of work. Everything done through it is committed together or not at all.
pub(crate) struct Work<'a> {
    tables: Tables<'a>,
    vault: &'a Vault,
}

enum Tables<'a> {
    Whole(Transaction<'a>),
    Part(Savepoint<'a>),
}

impl std::ops::Deref for Tables<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Whole(transaction) => transaction,
            Self::Part(savepoint) => savepoint,
        }
    }
}

impl Store {
    /// Opens the file, making it (0600) and its tables when missing.
    pub(crate) fn open(path: &Path, vault: Vault) -> Result<Self, OpenError> {
        match private_file(path) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(OpenError::File(path.to_owned(), e)),
        }
        let store = |e: rusqlite::Error| OpenError::Store(e.into());
        let mut connection = Connection::open(path).map_err(store)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(store)?;
        // An answer leaves only when the row behind it survives a power cut.
        connection.pragma_update(None, "journal_mode", "WAL").map_err(store)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(store)?;
        migrate(&mut connection, path)?;
        // The statements of a swipe alone are some thirty.
        connection.set_prepared_statement_cache_capacity(128);
        let reader = Connection::open(path).map_err(store)?;
        reader.busy_timeout(Duration::from_secs(10)).map_err(store)?;
        let store = Self { connection: Mutex::new(connection), reader: Mutex::new(reader), vault };
        if store.write(|work| work.fits_its_vault()).map_err(OpenError::Store)? {
            Ok(store)
        } else {
            Err(not_ours(path, "the vault key file beside it is not the one it was made with"))
        }
    }

    /// Runs `job` in one transaction: committed when it returns `Ok`, undone when it returns `Err`.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&mut Work<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| E::from(StoreError::from(e)))?;
        let mut work = Work { tables: Tables::Whole(transaction), vault: &self.vault };
        let done = job(&mut work)?;
        match work.tables {
            Tables::Whole(transaction) => transaction.commit().map_err(|e| E::from(StoreError::from(e)))?,
            Tables::Part(_) => {}
        }
        Ok(done)
    }

    /// Runs `job` over what is committed, without waiting for whoever writes. Nothing that it writes stays.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&Work<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction().map_err(|e| E::from(StoreError::from(e)))?;
        job(&Work { tables: Tables::Whole(transaction), vault: &self.vault })
    }

    // A thread that panicked left no open transaction behind: it was undone when it unwound.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work<'_> {
    /// Runs `job` so that its writes are undone when it returns `Err`, while the work around it goes on.
    pub(crate) fn attempt<T, E: From<StoreError>>(
        &mut self,
        job: impl FnOnce(&mut Work<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let savepoint = match &mut self.tables {
            Tables::Whole(transaction) => transaction.savepoint(),
            Tables::Part(savepoint) => savepoint.savepoint(),
        };
        let savepoint = savepoint.map_err(|e| E::from(StoreError::from(e)))?;
        let mut inner = Work { tables: Tables::Part(savepoint), vault: self.vault };
        let done = job(&mut inner)?;
        match inner.tables {
            Tables::Part(savepoint) => savepoint.commit().map_err(|e| E::from(StoreError::from(e)))?,
            Tables::Whole(_) => {}
        }
        Ok(done)
    }

    /// The next value of a counter, from 1.
    pub(crate) fn next(&self, counter: &str) -> Result<i64, StoreError> {
        let mut count = self.tables.prepare_cached(
            "INSERT INTO sequence (name, last_value) VALUES (?1, 1) \
             ON CONFLICT (name) DO UPDATE SET last_value = sequence.last_value + 1 RETURNING last_value",
        )?;
        Ok(count.query_row([counter], |row| row.get(0))?)
    }

    /// A setting of the centre, when it was ever set.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.tables.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a setting.
    pub(crate) fn set(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.tables.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }

    /// Whether the vault opens what this database holds; a new database remembers its vault.
    fn fits_its_vault(&self) -> Result<bool, StoreError> {
        match self.setting("vault")? {
            Some(sealed) => {
                let sealed = yika_platform::hex::vec(&sealed).unwrap_or_default();
                Ok(self.vault.open_sealed("setting:vault", &sealed).is_ok())
            }
            None => {
                let sealed = self.seal("setting:vault", b"yika centre")?;
                self.set("vault", &hex::upper(&sealed))?;
                Ok(true)
            }
        }
    }

    fn seal(&self, row: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(self.vault.seal(row, value)?)
    }

    fn open(&self, row: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(self.vault.open_sealed(row, sealed)?)
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let store = |e: rusqlite::Error| OpenError::Store(e.into());
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
    let tables: i64 = transaction
        .query_row("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
        .map_err(store)?;
    let version = if tables == 0 { 0 } else { version(&transaction, path)? };
    let newer = SCHEMA.get(version..).ok_or_else(|| {
        not_ours(path, &format!("schema version {version}; this program knows {}", SCHEMA.len()))
    })?;
    newer.iter().try_for_each(|batch| transaction.execute_batch(batch)).map_err(store)?;
    if !newer.is_empty() {
        transaction
            .execute(
                "INSERT INTO setting (name, value) VALUES ('schema', ?1) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![SCHEMA.len().to_string()],
            )
            .map_err(store)?;
    }
    transaction.commit().map_err(store)
}

fn version(transaction: &Transaction<'_>, path: &Path) -> Result<usize, OpenError> {
    let version: Option<String> = transaction
        .query_row("SELECT value FROM setting WHERE name = 'schema'", [], |row| row.get(0))
        .optional()
        .map_err(|_| not_ours(path, "its tables are not those of a centre"))?;
    let version = version.ok_or_else(|| not_ours(path, "it has no schema version"))?;
    match version.parse() {
        Ok(version @ 1..) => Ok(version),
        _ => Err(not_ours(path, &format!("schema version {version} is none of ours"))),
    }
}

fn not_ours(path: &Path, why: &str) -> OpenError {
    OpenError::Key(PathBuf::from(path), why.to_owned())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The codes and SQLite's own text name tables and columns, never values.
        Self(error.to_string())
    }
}

impl From<Unsealable> for StoreError {
    fn from(error: Unsealable) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}
