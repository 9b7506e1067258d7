//! Ids: one row per institution and message id, taken by original and reversal alike.

use rusqlite::{OptionalExtension, Row, params};
use zeroize::Zeroizing;

use super::Work;
use crate::StoreError;

/// What became of an id: of a message, or of a terminal's swipe or void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdState {
    /// A message came and has its answer, accepted or refused.
    Answered,
    /// A message came and was reversed since.
    Reversed,
    /// A reversal came and no message yet.
    Tombstone,
}

impl IdState {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Reversed => "reversed",
            Self::Tombstone => "tombstone",
        }
    }

    /// As it stands in column `index` of a row.
    pub(super) fn read(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        let text: String = row.get(index)?;
        [Self::Answered, Self::Reversed, Self::Tombstone]
            .into_iter()
            .find(|state| state.text() == text)
            .ok_or(rusqlite::Error::InvalidQuery)
    }
}

/// The row of an id.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) fixmedins_code: String,
    pub(crate) msgid: String,
    pub(crate) infno: String,
    pub(crate) state: IdState,
    /// Digest of the bytes as they came; none for a tombstone.
    pub(crate) digest: Option<String>,
    /// The person in the input, where the transaction names one.
    pub(crate) psn_no: Option<String>,
    /// The settlement it made.
    pub(crate) setl_id: Option<String>,
    /// Milliseconds.
    pub(crate) received: i64,
    /// The answer as it left.
    pub(crate) answer: Option<Vec<u8>>,
}

fn answer_row(fixmedins_code: &str, msgid: &str) -> String {
    format!("answer:{fixmedins_code}:{msgid}")
}

impl Work<'_> {
    /// Takes the id for this message. False when it is taken.
    pub(crate) fn take_id(&self, message: &Message) -> Result<bool, StoreError> {
        let rows = self.tables.execute(
            "INSERT INTO message (fixmedins_code, msgid, infno, state, digest, psn_no, setl_id, received, answer) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL) ON CONFLICT (fixmedins_code, msgid) DO NOTHING",
            params![
                message.fixmedins_code,
                message.msgid,
                message.infno,
                message.state.text(),
                message.digest,
                message.psn_no,
                message.setl_id,
                message.received
            ],
        )?;
        Ok(rows == 1)
    }

    /// Writes the row anew, answer included.
    pub(crate) fn put_message(&self, message: &Message) -> Result<(), StoreError> {
        let answer = match &message.answer {
            Some(bytes) => Some(self.seal(&answer_row(&message.fixmedins_code, &message.msgid), bytes)?),
            None => None,
        };
        let rows = self.tables.execute(
            "UPDATE message SET infno = ?3, state = ?4, digest = ?5, psn_no = ?6, setl_id = ?7, received = ?8, answer = ?9 \
             WHERE fixmedins_code = ?1 AND msgid = ?2",
            params![
                message.fixmedins_code,
                message.msgid,
                message.infno,
                message.state.text(),
                message.digest,
                message.psn_no,
                message.setl_id,
                message.received,
                answer
            ],
        )?;
        if rows == 1 { Ok(()) } else { Err(StoreError("the row of an id is gone".into())) }
    }

    pub(crate) fn message(&self, fixmedins_code: &str, msgid: &str) -> Result<Option<Message>, StoreError> {
        let found = self
            .tables
            .query_row(
                "SELECT infno, state, digest, psn_no, setl_id, received, answer FROM message \
                 WHERE fixmedins_code = ?1 AND msgid = ?2",
                [fixmedins_code, msgid],
                |row| {
                    let message = Message {
                        fixmedins_code: fixmedins_code.to_owned(),
                        msgid: msgid.to_owned(),
                        infno: row.get(0)?,
                        state: IdState::read(row, 1)?,
                        digest: row.get(2)?,
                        psn_no: row.get(3)?,
                        setl_id: row.get(4)?,
                        received: row.get(5)?,
                        answer: None,
                    };
                    Ok((message, row.get::<_, Option<Vec<u8>>>(6)?))
                },
            )
            .optional()?;
        let Some((mut message, sealed)) = found else { return Ok(None) };
        if let Some(sealed) = sealed {
            message.answer = Some(self.open(&answer_row(fixmedins_code, msgid), &sealed)?);
        }
        Ok(Some(message))
    }

    /// Whether a 2601 for this id named this person.
    pub(crate) fn is_reversed_for(
        &self,
        fixmedins_code: &str,
        omsgid: &str,
        psn_no: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.tables.query_row(
            "SELECT COUNT(*) > 0 FROM reversal WHERE fixmedins_code = ?1 AND omsgid = ?2 AND psn_no = ?3",
            [fixmedins_code, omsgid, psn_no],
            |row| row.get(0),
        )?)
    }

    /// Keeps an accepted 2601 as evidence: its own institution, id and moment; id, transaction and person it names.
    pub(crate) fn add_reversal(
        &self,
        own: (&str, &str, i64),
        original: (&str, &str, &str),
        outcome: &str,
    ) -> Result<(), StoreError> {
        let (fixmedins_code, msgid, received) = own;
        let (omsgid, oinfno, psn_no) = original;
        self.tables.execute(
            "INSERT INTO reversal (fixmedins_code, msgid, omsgid, oinfno, psn_no, outcome, received) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![fixmedins_code, msgid, omsgid, oinfno, psn_no, outcome, received],
        )?;
        Ok(())
    }
}

// Answers carry names and numbers; wipe them when a message goes out of scope.
impl Drop for Message {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            drop(Zeroizing::new(answer));
        }
    }
}
