//! Writing of purchases, and the stored sign-in. Every public method is one transaction.

use rusqlite::{OptionalExtension, Transaction, params};
use yika_platform::msgid::MsgId;
use yika_protocol::fault::Fault;
use zeroize::Zeroizing;

use super::record::StoredSplit;
use super::rows::{by_id, by_order, detail_name, evidence_name, message_name, state_of};
use super::seal::Sealer;
use super::{Facts, Journal, Kind, Message, Purchase, State, ids, sql_error};
use crate::config::SeqRange;
use crate::error::JournalError;
use crate::outcome::{Reason, VoidRecord};

/// A purchase that is not recorded yet.
pub(crate) struct NewPurchase<'a> {
    pub(crate) institution: &'a str,
    pub(crate) order_no: &'a str,
    /// What "the same content" means: the basket's canonical text.
    pub(crate) content: &'a [u8],
    /// What "the same person" means.
    pub(crate) person: &'a [u8],
    pub(crate) insutype: &'a str,
    pub(crate) range: SeqRange,
    pub(crate) now_ms: i64,
}

/// A reversal or void that is not recorded yet.
pub(crate) struct NewMessage<'a> {
    pub(crate) purchase: i64,
    /// It is recorded only while the purchase is in one of these states.
    pub(crate) from: &'a [State],
    /// The state that the purchase takes with it; `None` leaves it.
    pub(crate) to: Option<State>,
    pub(crate) kind: Kind,
    pub(crate) event: &'static str,
    pub(crate) institution: &'a str,
    pub(crate) range: SeqRange,
    pub(crate) now_ms: i64,
}

/// Answer of [`Journal::begin`].
pub(crate) enum Begun {
    /// Recorded now; to be sent.
    New(Purchase),
    /// It was there already.
    Known(Purchase),
    /// The order number belongs to other content or another person.
    Conflict,
}

/// What is to become of a purchase, and what goes on record with it.
#[derive(Default)]
pub(crate) struct Change<'a> {
    /// The new state; `None` leaves it.
    pub(crate) to: Option<State>,
    /// Why; kept when `None`.
    pub(crate) reason: Option<Reason>,
    /// Forget the reason.
    pub(crate) clear_reason: bool,
    /// Earliest next attempt.
    pub(crate) next_ms: Option<i64>,
    /// One more failed attempt of the machine; reset on every change of state.
    pub(crate) failed: bool,
    pub(crate) facts: Option<Facts>,
    pub(crate) void: Option<VoidRecord>,
    /// The void is off the table again.
    pub(crate) clear_void: bool,
    /// Kind, message and bytes of an answer worth keeping.
    pub(crate) evidence: Option<(&'static str, &'a str, &'a [u8])>,
    /// A message was sent (again).
    pub(crate) sent: Option<&'a str>,
    /// A message is done with.
    pub(crate) close: Option<&'a str>,
    /// Name of the event.
    pub(crate) event: &'static str,
}

impl Journal {
    /// The purchase of this order, after a look at its content.
    pub(crate) fn known(
        &self,
        institution: &str,
        order_no: &str,
        content: &[u8],
        person: &[u8],
    ) -> Result<Option<Begun>, JournalError> {
        self.read(|connection, sealer| {
            let found = by_order(connection, sealer, institution, order_no)?;
            Ok(found.map(|purchase| compare(purchase, sealer, content, person)))
        })
    }

    /// The same without the person: what is known of an order with this content.
    pub(crate) fn known_content(
        &self,
        institution: &str,
        order_no: &str,
        content: &[u8],
    ) -> Result<Option<Begun>, JournalError> {
        self.read(|connection, sealer| {
            let found = by_order(connection, sealer, institution, order_no)?;
            Ok(found.map(|purchase| match purchase.content_mac == sealer.mac(content) {
                true => Begun::Known(purchase),
                false => Begun::Conflict,
            }))
        })
    }

    /// Takes an id, lets `build` make the request bytes for it, and records both. Nothing is recorded when `build` fails.
    pub(crate) fn begin<E: From<JournalError>>(
        &self,
        new: &NewPurchase<'_>,
        build: impl FnOnce(&MsgId) -> Result<Vec<u8>, E>,
    ) -> Result<Begun, E> {
        let mut failure = None;
        let result = self.write_new(|transaction, sealer| {
            if let Some(purchase) = by_order(transaction, sealer, new.institution, new.order_no)? {
                return Ok(compare(purchase, sealer, new.content, new.person));
            }
            let msgid = ids::allocate(transaction, new.institution, new.range, new.now_ms)?;
            let body = match build(&msgid) {
                Ok(body) => Zeroizing::new(body),
                Err(e) => {
                    failure = Some(e);
                    // Any error rolls the transaction back; the caller gets `failure` instead.
                    return Err(JournalError::Ids);
                }
            };
            let message = Message {
                msgid: msgid.as_str().to_owned(),
                created_ms: new.now_ms,
                sent_ms: new.now_ms,
                attempts: 0,
                body,
            };
            transaction
                .execute(
                    "INSERT INTO purchase (institution, order_no, msgid, content_mac, person_mac, state, created_ms,
                                           updated_ms, next_ms, insutype)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?7, ?8)",
                    params![
                        new.institution,
                        new.order_no,
                        msgid.as_str(),
                        sealer.mac(new.content),
                        sealer.mac(new.person),
                        State::Sending.as_str(),
                        new.now_ms,
                        new.insutype,
                    ],
                )
                .map_err(sql_error)?;
            let id = transaction.last_insert_rowid();
            self.insert_message(transaction, sealer, id, Kind::Settle, &message)?;
            event(transaction, id, "recorded", None, new.now_ms)?;
            Ok(Begun::New(by_id(transaction, sealer, id)?))
        });
        match (result, failure) {
            (_, Some(e)) => Err(e),
            (result, None) => Ok(result?),
        }
    }

    /// Takes an id for a message that belongs to no purchase (sign-in, lookup, reconciliation).
    pub(crate) fn msgid(
        &self,
        institution: &str,
        range: SeqRange,
        now_ms: i64,
    ) -> Result<MsgId, JournalError> {
        self.write(|transaction, _| ids::allocate(transaction, institution, range, now_ms))
    }

    /// Takes an id for a reversal or void, records it with its bytes and moves the purchase; `None` when the purchase
    /// is in none of the states `from` any more.
    pub(crate) fn begin_message(
        &self,
        new: &NewMessage<'_>,
        build: impl Fn(&MsgId) -> Result<Vec<u8>, JournalError>,
    ) -> Result<Option<Message>, JournalError> {
        self.write(|transaction, sealer| {
            if !new.from.contains(&state_of(transaction, new.purchase)?) {
                return Ok(None);
            }
            let msgid = ids::allocate(transaction, new.institution, new.range, new.now_ms)?;
            let message = Message {
                msgid: msgid.as_str().to_owned(),
                created_ms: new.now_ms,
                sent_ms: new.now_ms,
                attempts: 0,
                body: Zeroizing::new(build(&msgid)?),
            };
            self.insert_message(transaction, sealer, new.purchase, new.kind, &message)?;
            let void = (new.kind == Kind::Void).then(|| VoidRecord {
                msgid: message.msgid.clone(),
                setl_id: None,
                setl_time: None,
                done: false,
            });
            let change = Change { to: new.to, void, event: new.event, ..Change::default() };
            self.change(transaction, sealer, new.purchase, &change, new.now_ms)?;
            Ok(Some(message))
        })
    }

    /// Puts other bytes in place of a request that is known not to have been taken, and moves its purchase.
    pub(crate) fn rewrite(
        &self,
        purchase: i64,
        from: &[State],
        msgid: &str,
        body: &[u8],
        change: &Change<'_>,
        now_ms: i64,
    ) -> Result<bool, JournalError> {
        self.write(|transaction, sealer| {
            if !from.contains(&state_of(transaction, purchase)?) {
                return Ok(false);
            }
            let sealed = sealer.seal(&message_name(msgid), body, &*self.random)?;
            transaction
                .execute(
                    "UPDATE message SET body = ?1, created_ms = ?2, sent_ms = ?2 WHERE msgid = ?3",
                    params![sealed, now_ms, msgid],
                )
                .map_err(sql_error)?;
            self.change(transaction, sealer, purchase, change, now_ms)?;
            Ok(true)
        })
    }

    /// Moves a purchase if it is in one of the states `from`. Otherwise only the evidence goes on record, as late.
    pub(crate) fn apply(
        &self,
        purchase: i64,
        from: &[State],
        change: &Change<'_>,
        now_ms: i64,
    ) -> Result<bool, JournalError> {
        self.write(|transaction, sealer| {
            if from.contains(&state_of(transaction, purchase)?) {
                self.change(transaction, sealer, purchase, change, now_ms)?;
                return Ok(true);
            }
            let late =
                Change { evidence: change.evidence, sent: change.sent, event: "late", ..Change::default() };
            self.change(transaction, sealer, purchase, &late, now_ms)?;
            Ok(false)
        })
    }

    /// Notes that the outcome of this order was seen by a person.
    pub(crate) fn shown(&self, institution: &str, order_no: &str) -> Result<bool, JournalError> {
        self.write(|transaction, _| {
            let changed = transaction
                .execute(
                    "UPDATE purchase SET shown = 1 WHERE institution = ?1 AND order_no = ?2",
                    params![institution, order_no],
                )
                .map_err(sql_error)?;
            Ok(changed == 1)
        })
    }

    /// The stored sign-in of an operator: number and time.
    pub(crate) fn session(
        &self,
        institution: &str,
        opter: &str,
    ) -> Result<Option<(String, i64)>, JournalError> {
        self.read(|connection, _| {
            connection
                .query_row(
                    "SELECT sign_no, signed_ms FROM session WHERE institution = ?1 AND opter = ?2",
                    params![institution, opter],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .map_err(sql_error)
        })
    }

    /// Stores a sign-in, or forgets it.
    pub(crate) fn set_session(
        &self,
        institution: &str,
        opter: &str,
        session: Option<(&str, i64)>,
    ) -> Result<(), JournalError> {
        self.write(|transaction, _| {
            match session {
                Some((sign_no, at)) => transaction.execute(
                    "INSERT INTO session (institution, opter, sign_no, signed_ms) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (institution, opter)
                     DO UPDATE SET sign_no = excluded.sign_no, signed_ms = excluded.signed_ms",
                    params![institution, opter, sign_no, at],
                ),
                None => transaction.execute(
                    "DELETE FROM session WHERE institution = ?1 AND opter = ?2",
                    params![institution, opter],
                ),
            }
            .map(|_| ())
            .map_err(sql_error)
        })
    }

    fn insert_message(
        &self,
        transaction: &Transaction<'_>,
        sealer: &Sealer,
        purchase: i64,
        kind: Kind,
        message: &Message,
    ) -> Result<(), JournalError> {
        let sealed = sealer.seal(&message_name(&message.msgid), &message.body, &*self.random)?;
        transaction
            .execute(
                "INSERT INTO message (msgid, purchase, kind, created_ms, sent_ms, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![message.msgid, purchase, kind.as_str(), message.created_ms, message.sent_ms, sealed],
            )
            .map_err(sql_error)?;
        Ok(())
    }

    fn change(
        &self,
        transaction: &Transaction<'_>,
        sealer: &Sealer,
        id: i64,
        change: &Change<'_>,
        now_ms: i64,
    ) -> Result<(), JournalError> {
        let set = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            transaction.execute(sql, values).map(|_| ()).map_err(sql_error)
        };
        set("UPDATE purchase SET updated_ms = ?2 WHERE id = ?1", params![id, now_ms])?;
        if let Some(to) = change.to {
            set(
                "UPDATE purchase SET state = ?2, failures = 0, shown = 0 WHERE id = ?1 AND state <> ?2",
                params![id, to.as_str()],
            )?;
        }
        if change.clear_reason {
            set("UPDATE purchase SET fault = NULL, detail = NULL WHERE id = ?1", params![id])?;
        }
        if let Some(reason) = &change.reason {
            let detail = match reason.detail.is_empty() {
                true => None,
                false => Some(sealer.seal(&detail_name(id), reason.detail.as_bytes(), &*self.random)?),
            };
            set(
                "UPDATE purchase SET fault = ?2, detail = ?3 WHERE id = ?1",
                params![id, reason.fault.number, detail],
            )?;
        }
        if change.failed {
            set("UPDATE purchase SET failures = failures + 1 WHERE id = ?1", params![id])?;
        }
        if let Some(next_ms) = change.next_ms {
            set("UPDATE purchase SET next_ms = ?2 WHERE id = ?1", params![id, next_ms])?;
        }
        if let Some(facts) = &change.facts {
            let split = serde_json::to_string(&StoredSplit::from(&facts.split))
                .map_err(|e| JournalError::Corrupt(e.to_string()))?;
            set(
                "UPDATE purchase SET setl_id = ?2, mdtrt_id = ?3, setl_time = ?4, split = ?5 WHERE id = ?1",
                params![id, facts.setl_id, facts.mdtrt_id, facts.setl_time, split],
            )?;
        }
        if change.clear_void {
            set(
                "UPDATE purchase SET void_msgid = NULL, void_setl_id = NULL, void_time = NULL WHERE id = ?1",
                params![id],
            )?;
        }
        if let Some(void) = &change.void {
            set(
                "UPDATE purchase SET void_msgid = ?2, void_setl_id = ?3, void_time = ?4 WHERE id = ?1",
                params![id, void.msgid, void.setl_id, void.setl_time],
            )?;
        }
        if let Some((kind, msgid, bytes)) = change.evidence {
            let sealed = sealer.seal(&evidence_name(msgid, kind), bytes, &*self.random)?;
            set(
                "INSERT INTO evidence (purchase, msgid, at_ms, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id, msgid, now_ms, kind, sealed],
            )?;
        }
        if let Some(msgid) = change.sent {
            set(
                "UPDATE message SET attempts = attempts + 1, sent_ms = max(sent_ms, ?2) WHERE msgid = ?1",
                params![msgid, now_ms],
            )?;
        }
        if let Some(msgid) = change.close {
            set("UPDATE message SET closed = 1 WHERE msgid = ?1", params![msgid])?;
        }
        event(transaction, id, change.event, change.reason.as_ref().map(|r| r.fault), now_ms)
    }
}

fn event(
    transaction: &Transaction<'_>,
    purchase: i64,
    kind: &str,
    fault: Option<&Fault>,
    now_ms: i64,
) -> Result<(), JournalError> {
    transaction
        .execute(
            "INSERT INTO event (purchase, at_ms, kind, fault) VALUES (?1, ?2, ?3, ?4)",
            params![purchase, now_ms, kind, fault.map(|f| f.number)],
        )
        .map(|_| ())
        .map_err(sql_error)
}

fn compare(purchase: Purchase, sealer: &Sealer, content: &[u8], person: &[u8]) -> Begun {
    if purchase.content_mac == sealer.mac(content) && purchase.person_mac == sealer.mac(person) {
        Begun::Known(purchase)
    } else {
        Begun::Conflict
    }
}
