//! Rows of the journal as records, and the names under which their sealed parts are stored.

use rusqlite::{Connection, OptionalExtension, Row};

use super::record::{StoredSplit, stored_fault};
use super::seal::Sealer;
use super::{Facts, Purchase, State, sql_error};
use crate::error::JournalError;
use crate::outcome::{Reason, VoidRecord};

/// Every column that [`purchase`] reads.
pub(super) const SELECT: &str = "SELECT id, order_no, msgid, content_mac, person_mac, state, created_ms, updated_ms, \
     next_ms, failures, shown, fault, detail, insutype, setl_id, mdtrt_id, setl_time, split, void_msgid, \
     void_setl_id, void_time FROM purchase";

pub(super) fn by_order(
    connection: &Connection,
    sealer: &Sealer,
    institution: &str,
    order_no: &str,
) -> Result<Option<Purchase>, JournalError> {
    connection
        .query_row(
            &format!("{SELECT} WHERE institution = ?1 AND order_no = ?2"),
            [institution, order_no],
            |row| Ok(purchase(row, sealer)),
        )
        .optional()
        .map_err(sql_error)?
        .transpose()
}

pub(super) fn by_id(connection: &Connection, sealer: &Sealer, id: i64) -> Result<Purchase, JournalError> {
    connection
        .query_row(&format!("{SELECT} WHERE id = ?1"), [id], |row| Ok(purchase(row, sealer)))
        .map_err(sql_error)?
}

pub(super) fn state_of(connection: &Connection, id: i64) -> Result<State, JournalError> {
    let text: String = connection
        .query_row("SELECT state FROM purchase WHERE id = ?1", [id], |row| row.get(0))
        .map_err(sql_error)?;
    State::parse(&text).ok_or_else(|| JournalError::Corrupt(format!("state {text:?}")))
}

pub(super) fn purchase(row: &Row<'_>, sealer: &Sealer) -> Result<Purchase, JournalError> {
    let read = |row: &Row<'_>| -> rusqlite::Result<_> {
        let id: i64 = row.get("id")?;
        let fault: Option<u16> = row.get("fault")?;
        let detail: Option<Vec<u8>> = row.get("detail")?;
        let void_msgid: Option<String> = row.get("void_msgid")?;
        let state: String = row.get("state")?;
        let split: Option<String> = row.get("split")?;
        let setl: (Option<String>, Option<String>, Option<String>) =
            (row.get("setl_id")?, row.get("mdtrt_id")?, row.get("setl_time")?);
        let purchase = Purchase {
            id,
            order_no: row.get("order_no")?,
            msgid: row.get("msgid")?,
            content_mac: row.get("content_mac")?,
            person_mac: row.get("person_mac")?,
            state: State::Unknown,
            created_ms: row.get("created_ms")?,
            updated_ms: row.get("updated_ms")?,
            next_ms: row.get("next_ms")?,
            failures: row.get("failures")?,
            shown: row.get("shown")?,
            // A damaged explanation must not hide the purchase.
            reason: fault.map(|number| Reason {
                fault: stored_fault(number),
                detail: detail
                    .and_then(|sealed| sealer.open_record(&detail_name(id), &sealed).ok())
                    .map(|text| String::from_utf8_lossy(&text).into_owned())
                    .unwrap_or_default(),
            }),
            insutype: row.get("insutype")?,
            facts: None,
            void: void_msgid
                .map(|msgid| {
                    Ok::<_, rusqlite::Error>(VoidRecord {
                        msgid,
                        setl_id: row.get("void_setl_id")?,
                        setl_time: row.get("void_time")?,
                        done: state == State::Voided.as_str(),
                    })
                })
                .transpose()?,
        };
        Ok((purchase, state, split, setl))
    };
    let (mut purchase, state, split, setl) = read(row).map_err(sql_error)?;
    purchase.state = State::parse(&state).ok_or_else(|| JournalError::Corrupt(format!("state {state:?}")))?;
    if let (Some(setl_id), Some(mdtrt_id), Some(setl_time)) = setl {
        let split: StoredSplit = serde_json::from_str(split.as_deref().unwrap_or_default())
            .map_err(|_| JournalError::Corrupt("split".to_owned()))?;
        purchase.facts = Some(Facts { setl_id, mdtrt_id, setl_time, split: split.into() });
    }
    Ok(purchase)
}

pub(super) fn message_name(msgid: &str) -> String {
    format!("message {msgid}")
}

pub(super) fn evidence_name(msgid: &str, kind: &str) -> String {
    format!("evidence {msgid} {kind}")
}

pub(super) fn detail_name(purchase: i64) -> String {
    format!("detail {purchase}")
}
