//! Tables of the journal and their versions.

use rusqlite::Connection;

use super::sql_error;
use crate::error::JournalError;

/// Oldest version that is brought up to date when opened.
pub(crate) const MIN_VERSION: u32 = 1;
/// Version that is written.
pub(crate) const CURRENT_VERSION: u32 = 1;

/// Brings a new or older file to [`CURRENT_VERSION`], in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), JournalError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql_error)?;
    if found > CURRENT_VERSION {
        return Err(JournalError::TooNew { found, current: CURRENT_VERSION });
    }
    if found == CURRENT_VERSION {
        return Ok(());
    }
    if found != 0 && found < MIN_VERSION {
        return Err(JournalError::Corrupt(format!("version {found}")));
    }
    let transaction = connection.transaction().map_err(sql_error)?;
    let tables: u32 = transaction
        .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
        .map_err(sql_error)?;
    if tables != 0 {
        // A database without our version: somebody else's file.
        return Err(JournalError::Corrupt("not a journal".to_owned()));
    }
    transaction.execute_batch(VERSION_1).map_err(sql_error)?;
    transaction.pragma_update(None, "user_version", CURRENT_VERSION).map_err(sql_error)?;
    transaction.commit().map_err(sql_error)
}

/// Times are milliseconds since 1970 UTC by the till's clock unless the column is the centre's own text. Blobs named
/// `body` and `detail` are sealed.
const VERSION_1: &str = "
CREATE TABLE purchase (
    id           INTEGER PRIMARY KEY,
    institution  TEXT    NOT NULL,
    order_no     TEXT    NOT NULL,
    msgid        TEXT    NOT NULL UNIQUE,
    content_mac  BLOB    NOT NULL,
    person_mac   BLOB    NOT NULL,
    state        TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL,
    next_ms      INTEGER NOT NULL,
    failures     INTEGER NOT NULL DEFAULT 0,
    shown        INTEGER NOT NULL DEFAULT 0,
    fault        INTEGER,
    detail       BLOB,
    insutype     TEXT    NOT NULL,
    setl_id      TEXT,
    mdtrt_id     TEXT,
    setl_time    TEXT,
    split        TEXT,
    void_msgid   TEXT,
    void_setl_id TEXT,
    void_time    TEXT,
    UNIQUE (institution, order_no)
) STRICT;
CREATE INDEX purchase_open ON purchase (state, next_ms);
CREATE INDEX purchase_setl ON purchase (setl_id);
CREATE TABLE message (
    msgid      TEXT    PRIMARY KEY,
    purchase   INTEGER NOT NULL REFERENCES purchase (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    sent_ms    INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    closed     INTEGER NOT NULL DEFAULT 0,
    body       BLOB    NOT NULL
) STRICT;
CREATE INDEX message_purchase ON message (purchase);
CREATE TABLE evidence (
    id       INTEGER PRIMARY KEY,
    purchase INTEGER NOT NULL REFERENCES purchase (id) ON DELETE CASCADE,
    msgid    TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
CREATE INDEX evidence_purchase ON evidence (purchase);
CREATE TABLE event (
    id       INTEGER PRIMARY KEY,
    purchase INTEGER NOT NULL REFERENCES purchase (id) ON DELETE CASCADE,
    at_ms    INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    fault    INTEGER
) STRICT;
CREATE INDEX event_purchase ON event (purchase);
CREATE TABLE msgid_mark (
    institution TEXT    PRIMARY KEY,
    second_ms   INTEGER NOT NULL,
    sequence    INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
    institution TEXT    NOT NULL,
    opter       TEXT    NOT NULL,
    sign_no     TEXT    NOT NULL,
    signed_ms   INTEGER NOT NULL,
    PRIMARY KEY (institution, opter)
) STRICT;
";
