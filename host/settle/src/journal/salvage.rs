//! What can still be read of a damaged journal.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row, params_from_iter, types::Value};

use super::sql_error;
use crate::error::JournalError;

/// Where the open purchases of a damaged journal are worked on.
pub(super) fn path(journal: &Path) -> PathBuf {
    PathBuf::from(format!("{}.salvage", journal.display()))
}

/// Copies every readable open purchase with its messages. What an earlier salvage already holds is left alone: it may
/// have gone further since. The damaged file is only read.
pub(super) fn copy_open(damaged: &Path, to: &mut Connection) -> Result<(), JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(from) = Connection::open_with_flags(damaged, flags) else { return Ok(()) };
    let transaction = to.transaction().map_err(sql_error)?;
    for row in rows(&from, "msgid_mark", "1 = 1") {
        insert(&transaction, "msgid_mark", &row)?;
    }
    let open = "state IN ('sending', 'unknown', 'reversing', 'voiding')";
    for row in rows(&from, "purchase", open) {
        let Some((_, Value::Integer(id))) = row.iter().find(|(name, _)| name == "id").cloned() else {
            continue;
        };
        if insert(&transaction, "purchase", &row)? {
            for message in rows(&from, "message", &format!("purchase = {id}")) {
                insert(&transaction, "message", &message)?;
            }
        }
    }
    transaction.commit().map_err(sql_error)
}

type Cells = Vec<(String, Value)>;

/// Rows one by one, by rowid, so that a damaged page costs its own rows only.
fn rows(from: &Connection, table: &str, condition: &str) -> Vec<Cells> {
    let last: i64 = from
        .query_row(&format!("SELECT max(rowid) FROM {table}"), [], |row| row.get(0))
        // The right edge of the tree may be the damaged part; the count is a guess that costs little.
        .unwrap_or(100_000);
    let Ok(mut statement) = from.prepare(&format!("SELECT * FROM {table} WHERE rowid = ?1 AND {condition}"))
    else {
        return Vec::new();
    };
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    (0..=last).filter_map(|id| statement.query_row([id], |row| cells(row, &names)).ok()).collect()
}

fn cells(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Cells> {
    names.iter().enumerate().map(|(i, name)| Ok((name.clone(), row.get::<_, Value>(i)?))).collect()
}

/// True when the row was not there before.
fn insert(to: &Connection, table: &str, row: &Cells) -> Result<bool, JournalError> {
    let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    let marks = vec!["?"; row.len()].join(", ");
    let sql = format!("INSERT OR IGNORE INTO {table} ({}) VALUES ({marks})", names.join(", "));
    let inserted =
        to.execute(&sql, params_from_iter(row.iter().map(|(_, value)| value))).map_err(sql_error)?;
    Ok(inserted == 1)
}
