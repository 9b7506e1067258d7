//! Opening a journal, sound or not.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::seal::{Sealer, restrict, sync_folder};
use super::{Inner, Journal, salvage, schema, sql_error};
use crate::config::JournalConfig;
use crate::deps::Random;
use crate::error::JournalError;

/// Pages of 4096 bytes that the reserve stands for.
pub(super) const RESERVE_PAGES: u32 = 256;

impl Journal {
    /// Opens the journal for writing; the caller holds the lock. A damaged file is left as it is: what is readable and
    /// open is copied to `<path>.salvage` and worked on there, and no new settlement is taken.
    pub(crate) fn open(config: &JournalConfig, random: Arc<dyn Random>) -> Result<Self, JournalError> {
        let path = &config.path;
        let fresh = create_private(path)?;
        let sealer = Sealer::open(path, fresh, &*random)?;
        let (connection, closed_to_new, used) = match open_with_room(path) {
            Ok(connection) => (connection, None, path.clone()),
            Err(JournalError::Corrupt(why)) => {
                let rescue = salvage::path(path);
                create_private(&rescue)?;
                let mut connection = open_sound(&rescue)?;
                salvage::copy_open(path, &mut connection)?;
                tracing::error!(%why, "journal damaged: no new settlements; open ones continue in the salvage file");
                (connection, Some(JournalError::Corrupt(format!("{}: {why}", path.display()))), rescue)
            }
            Err(e) => return Err(e),
        };
        for suffix in ["-wal", "-shm"] {
            let companion = PathBuf::from(format!("{}{suffix}", used.display()));
            if companion.exists() {
                restrict(&companion)?;
            }
        }
        // Where there is no room now, the first new settlement says so; opening must not fail for it.
        let _ = ensure_reserve(path);
        Ok(Self {
            inner: Mutex::new(Inner { connection, sealer, closed_to_new }),
            random,
            path: path.clone(),
            max_pages: config.max_pages,
        })
    }

    /// Opens the journal for reading beside a running till: no lock is taken, nothing is changed.
    pub fn open_read_only(path: &Path) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| at(path, sql_error(e)))?;
        connection.busy_timeout(BUSY).map_err(sql_error)?;
        connection.pragma_update(None, "query_only", true).map_err(sql_error)?;
        let found: u32 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql_error)?;
        if found > schema::CURRENT_VERSION {
            return Err(JournalError::TooNew { found, current: schema::CURRENT_VERSION });
        }
        let sealer = Sealer::open(path, false, &NoRandom)?;
        let closed_to_new = Some(JournalError::Access("opened for reading".to_owned()));
        Ok(Self {
            inner: Mutex::new(Inner { connection, sealer, closed_to_new }),
            random: Arc::new(NoRandom),
            path: path.to_owned(),
            max_pages: None,
        })
    }
}

const BUSY: Duration = Duration::from_secs(5);

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _out: &mut [u8]) -> Result<(), crate::deps::RandomFailed> {
        Err(crate::deps::RandomFailed)
    }
}

/// Makes the file with mode 0600 where there is none. True when it is empty.
fn create_private(path: &Path) -> Result<bool, JournalError> {
    let access = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::StorageFull => JournalError::Full,
        _ => JournalError::Access(format!("{}: {e}", path.display())),
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(access)?;
    let empty = file.metadata().map_err(access)?.len() == 0;
    restrict(path)?;
    Ok(empty)
}

/// Opening takes room itself, for SQLite's index of the log, and on a full disk its lack is told as an I/O error only. What
/// is open must be reachable all the same: the reserve makes room.
fn open_with_room(path: &Path) -> Result<Connection, JournalError> {
    match open_sound(path) {
        Err(JournalError::Full | JournalError::Access(_)) if reserve_path(path).exists() => {
            release_reserve(path);
            open_sound(path)
        }
        other => other,
    }
}

fn open_sound(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| at(path, sql_error(e)))?;
    connection.busy_timeout(BUSY).map_err(sql_error)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(sql_error)?;
    // FULL in WAL mode syncs the log on every commit: a commit that returned survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql_error)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(sql_error)?;
    // A till writes little at a time: a short log leaves more room and is read back sooner.
    connection.pragma_update(None, "wal_autocheckpoint", 100).map_err(sql_error)?;
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sql_error)?;
    if verdict != "ok" {
        return Err(JournalError::Corrupt(verdict));
    }
    schema::migrate(&mut connection)?;
    Ok(connection)
}

fn at(path: &Path, error: JournalError) -> JournalError {
    match error {
        JournalError::Access(why) => JournalError::Access(format!("{}: {why}", path.display())),
        other => other,
    }
}

fn reserve_path(journal: &Path) -> PathBuf {
    PathBuf::from(format!("{}.reserve", journal.display()))
}

/// Puts the reserve in place; fails when there is no room for it.
pub(super) fn ensure_reserve(journal: &Path) -> Result<(), JournalError> {
    let path = reserve_path(journal);
    let wanted = u64::from(RESERVE_PAGES) * 4096;
    if fs::metadata(&path).is_ok_and(|m| m.len() == wanted) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Not zeros: a file system may store those in no space at all.
    let block: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let written = options.open(&path).and_then(|mut file| {
        for _ in 0..RESERVE_PAGES {
            file.write_all(&block)?;
        }
        file.sync_all()
    });
    match written {
        Ok(()) => {
            sync_folder(&path);
            Ok(())
        }
        Err(e) => {
            // A reserve that is too small protects nothing and takes room.
            let _ = fs::remove_file(&path);
            match e.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::NotFound => {
                    Err(JournalError::Access(format!("{}: {e}", path.display())))
                }
                _ => Err(JournalError::Full),
            }
        }
    }
}

/// Gives the reserve up, so that open purchases can be brought to an end on a full disk.
pub(super) fn release_reserve(journal: &Path) {
    if fs::remove_file(reserve_path(journal)).is_ok() {
        tracing::warn!("journal: disk full, reserve released");
    }
}
