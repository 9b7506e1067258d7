//! The centre's own books, read past all of our code: SQL on its database.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// What the centre's tables say about one msgid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// Settlements under this msgid.
    pub settled: i64,
    /// How many of them were undone by a void or a reversal.
    pub undone: i64,
}

impl Booked {
    /// How often the money was taken and kept.
    #[must_use]
    pub fn taken(self) -> i64 {
        self.settled - self.undone
    }
}

/// Looks up a msgid.
///
/// # Panics
/// When the database cannot be read.
#[must_use]
pub fn booked(database: &Path, msgid: &str) -> Booked {
    let connection = open(database);
    let settled =
        count(&connection, "SELECT count(*) FROM settlement WHERE kind = 'settle' AND msgid = ?1", msgid);
    let undone = count(
        &connection,
        "SELECT count(*) FROM settlement AS later JOIN settlement AS first ON later.undoes = first.setl_id WHERE first.msgid = ?1",
        msgid,
    );
    Booked { settled, undone }
}

/// All settlements that were not undone.
///
/// # Panics
/// When the database cannot be read.
#[must_use]
pub fn live_settlements(database: &Path) -> i64 {
    let connection = open(database);
    let sql = "SELECT count(*) FROM settlement AS s WHERE s.kind = 'settle' AND NOT EXISTS (SELECT 1 FROM settlement AS l WHERE l.undoes = s.setl_id)";
    connection.query_row(sql, [], |row| row.get(0)).expect("a count")
}

/// Balance of the sample person's employee account, in fen: the sum of the ledger, not a stored figure.
///
/// # Panics
/// When the database cannot be read.
#[must_use]
pub fn balance(database: &Path, psn_no: &str) -> i64 {
    let connection = open(database);
    let account = format!("person:{psn_no}:310");
    let sql = "SELECT COALESCE(sum(amount), 0) FROM ledger WHERE account = ?1";
    let sum: i64 = connection.query_row(sql, [account], |row| row.get(0)).expect("a sum");
    let all: i64 = connection
        .query_row("SELECT COALESCE(sum(amount), 0) FROM ledger", [], |row| row.get(0))
        .expect("a sum");
    assert_eq!(all, 0, "double entry: the whole ledger adds up to zero");
    sum
}

/// Sum of `acct_pay` over all rows, undoing rows included (they are negative), in fen.
///
/// # Panics
/// When the database cannot be read.
#[must_use]
pub fn account_payments(database: &Path, psn_no: &str) -> i64 {
    let connection = open(database);
    let sql = "SELECT COALESCE(sum(acct_pay), 0) FROM settlement WHERE psn_no = ?1";
    connection.query_row(sql, [psn_no], |row| row.get(0)).expect("a sum")
}

fn open(database: &Path) -> Connection {
    // Read-only in the file system's eyes too: a checker must not repair what it checks.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).expect("the centre's database");
    connection.busy_timeout(std::time::Duration::from_secs(10)).expect("a timeout");
    connection
}

fn count(connection: &Connection, sql: &str, value: &str) -> i64 {
    connection.query_row(sql, [value], |row| row.get(0)).expect("a count")
}
