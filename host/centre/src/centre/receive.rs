//! What arrives, through faults and engine, and what goes back.

use std::net::IpAddr;

use tokio::task::JoinError;
use yika_platform::envelope::Request;
use yika_protocol::fault::centre as faults;
use yika_protocol::swipe::{Header, Kind, peek};

use super::Centre;
use crate::engine::{Arrival, Departure, Headers, TurnedAway};
use crate::fault_book::{Held, LateDelivery};
use crate::refusal::Refusal;
use crate::swipe::{self, Answered, Operation};
use crate::{Fault, StoreError};

/// What becomes of a connection after a message.
pub(crate) enum Reaction {
    Answer {
        status: u16,
        body: Vec<u8>,
    },
    /// Close without a byte.
    HangUp,
}

impl Centre {
    /// Takes a message through faults and engine. What is committed is committed even when the caller goes away.
    pub(crate) async fn receive(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let (infno, institution, msgid) = match Request::parse(&body) {
            Ok(request) => (request.infno, request.fixmedins_code, request.msgid),
            Err(_) => Default::default(),
        };
        let struck = self.inner.faults.meet(&infno, &institution);
        if !struck.is_empty() {
            tracing::info!(infno, msgid, faults = ?struck, "faults strike");
        }
        if struck.contains(&Fault::LateDuplicate) {
            let (body, headers) = (body.clone(), headers.clone());
            let (institution, infno, msgid) = (institution.clone(), infno.clone(), msgid.clone());
            self.inner.faults.hold(Held { institution, infno, msgid, body, headers });
        }
        if struck.contains(&Fault::LoseRequest) {
            return Reaction::HangUp;
        }
        let centre = self.clone();
        let faults = struck.clone();
        let answered = tokio::task::spawn_blocking(move || centre.answer(&body, &headers, &faults)).await;
        dally(&struck).await;
        if struck.contains(&Fault::LoseAnswer) {
            return Reaction::HangUp;
        }
        match answered {
            Ok(Ok(mut departure)) => {
                if struck.contains(&Fault::Corrupt) {
                    corrupt(&mut departure.body);
                }
                tracing::info!(infno, msgid, institution, outcome = %departure.outcome, "answered");
                Reaction::Answer { status: departure.status, body: departure.body }
            }
            Ok(Err(error)) => {
                tracing::error!(infno, msgid, institution, %error, "not answered");
                failed()
            }
            Err(_) => {
                tracing::error!(infno, msgid, institution, "an answering thread panicked");
                failed()
            }
        }
    }

    /// Takes a request to the key service through the engine.
    pub(crate) async fn receive_card_auth(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let centre = self.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let inner = &centre.inner;
            let arrival = Arrival { now: centre.now(), ..Arrival::plain(&body, &headers) };
            inner.engine.card_auth(&arrival, inner.card_auth_per_minute)
        });
        react("card authentication", answered.await)
    }

    /// Takes a message to the e-voucher interface through faults and engine. A fault rule calls it `6101` like the
    /// transaction; losses, delays and a skewed clock strike it, for any institution.
    pub(crate) async fn receive_ec_query(&self, body: Vec<u8>, headers: Headers) -> Reaction {
        let struck = self.inner.faults.meet("6101", "");
        if struck.contains(&Fault::LoseRequest) {
            return Reaction::HangUp;
        }
        let (centre, skew) = (self.clone(), skew(&struck));
        let answered = tokio::task::spawn_blocking(move || {
            let arrival = Arrival { now: centre.now() + skew, ..Arrival::plain(&body, &headers) };
            centre.inner.engine.ec_query(&arrival)
        })
        .await;
        dally(&struck).await;
        if struck.contains(&Fault::LoseAnswer) && matches!(answered, Ok(Ok(_))) {
            return Reaction::HangUp;
        }
        react("e-voucher", answered)
    }

    /// Takes a datagram through faults and engine. A fault rule calls it `swipe`, `reversal`, `void`, `status` or `day`.
    pub(crate) async fn receive_swipe(
        &self,
        datagram: Vec<u8>,
        source: Option<IpAddr>,
        way: &'static str,
    ) -> Option<Vec<u8>> {
        let header = peek(&datagram).ok().filter(|header| header.kind.is_request());
        let institution = header.and_then(|header| self.swipes().institution(&header).ok().flatten());
        let (Some(header), Some(institution)) = (header, institution) else {
            return self.answer_datagram(datagram, source, way).await.map(|answered| answered.bytes);
        };
        let (word, id) = (swipe::word(header.kind), swipe_name(&header));
        let struck = self.inner.faults.meet(word, &institution);
        if !struck.is_empty() {
            tracing::info!(kind = word, id, faults = ?struck, "faults strike");
        }
        if struck.contains(&Fault::LateDuplicate) {
            self.inner.faults.hold(Held {
                institution: institution.clone(),
                infno: word.to_owned(),
                msgid: id.clone(),
                body: datagram.clone(),
                headers: Headers::default(),
            });
        }
        if struck.contains(&Fault::LoseRequest) {
            return None;
        }
        if struck.contains(&Fault::Duplicate) {
            self.answer_datagram(datagram.clone(), source, way).await;
        }
        let answered = self.answer_datagram(datagram, source, way).await;
        if header.kind == Kind::Reversal && answered.is_some() {
            for held in self.inner.faults.release(&institution, &id) {
                let late = self.answer_datagram(held.body, source, way).await;
                let outcome = late.map_or("not answered", |late| late.outcome).to_owned();
                tracing::info!(id, outcome, "late duplicate delivered");
                self.inner.faults.delivered(LateDelivery { infno: held.infno, msgid: id.clone(), outcome });
            }
        }
        dally(&struck).await;
        let mut bytes = answered?.bytes;
        if struck.contains(&Fault::Corrupt) {
            corrupt(&mut bytes);
        }
        (!struck.contains(&Fault::LoseAnswer)).then_some(bytes)
    }

    async fn answer_datagram(
        &self,
        datagram: Vec<u8>,
        source: Option<IpAddr>,
        way: &'static str,
    ) -> Option<Answered> {
        let (send, receive) = tokio::sync::oneshot::channel();
        self.inner.swipes.take(datagram, source, way, Box::new(move |answered| drop(send.send(answered))));
        receive.await.ok()
    }

    /// Takes a request about terminals through the engine.
    pub(crate) async fn receive_terminals(
        &self,
        operation: Operation,
        body: Vec<u8>,
        headers: Headers,
    ) -> Reaction {
        let centre = self.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let arrival = Arrival { now: centre.now(), ..Arrival::plain(&body, &headers) };
            centre.inner.engine.terminals(&arrival, operation)
        });
        react("terminals", answered.await)
    }

    /// The answer to a body that is too large to be read.
    pub(crate) fn too_large(&self) -> Reaction {
        let away = TurnedAway::new(413, Refusal::new(&faults::TOO_LARGE));
        match self.inner.engine.turn_away("", &away, self.now()) {
            Ok(departure) => Reaction::Answer { status: departure.status, body: departure.body },
            Err(_) => failed(),
        }
    }

    fn answer(&self, body: &[u8], headers: &Headers, struck: &[Fault]) -> Result<Departure, StoreError> {
        let arrival = Arrival {
            now: self.now() + skew(struck),
            sign_in_expires: struck.contains(&Fault::SignInExpired),
            stumbles: struck.contains(&Fault::MinusOneAfterCommit),
            ..Arrival::plain(body, headers)
        };
        let mut departure = self.inner.engine.transact(&arrival)?;
        if struck.contains(&Fault::Duplicate) {
            departure = self.inner.engine.transact(&arrival)?;
        }
        if let Some((institution, msgid)) = &departure.reversed {
            self.deliver_late(institution, msgid);
        }
        Ok(departure)
    }

    /// Delivers once more what was kept for an id that has just been reversed.
    fn deliver_late(&self, institution: &str, msgid: &str) {
        for held in self.inner.faults.release(institution, msgid) {
            let arrival = Arrival { now: self.now(), ..Arrival::plain(&held.body, &held.headers) };
            let outcome = match self.inner.engine.transact(&arrival) {
                Ok(departure) => departure.outcome,
                Err(_) => "not answered".to_owned(),
            };
            tracing::info!(infno = held.infno, msgid = held.msgid, outcome, "late duplicate delivered");
            self.inner.faults.delivered(LateDelivery { infno: held.infno, msgid: held.msgid, outcome });
        }
    }
}

/// The answer of the engine's thread; `what` it was about, for the log.
fn react(what: &str, answered: Result<Result<Departure, StoreError>, JoinError>) -> Reaction {
    match answered {
        Ok(Ok(departure)) => {
            tracing::info!(what, outcome = %departure.outcome, "answered");
            Reaction::Answer { status: departure.status, body: departure.body }
        }
        Ok(Err(error)) => {
            tracing::error!(what, %error, "not answered");
            failed()
        }
        Err(_) => {
            tracing::error!(what, "an answering thread panicked");
            failed()
        }
    }
}

/// Nothing was committed and nothing can be said: the sender must take the outcome as unknown.
fn failed() -> Reaction {
    Reaction::Answer { status: 500, body: b"internal error\n".to_vec() }
}

/// Lets an answer leave later where a fault says so.
async fn dally(struck: &[Fault]) {
    let delays = struck.iter().map(|fault| if let Fault::Delay(ms) = fault { *ms } else { 0 });
    let delay = delays.fold(0, u64::saturating_add);
    if delay > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
    }
}

/// Changes one bit in the middle.
fn corrupt(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
}

/// The id of a swipe where a message id stands.
fn swipe_name(header: &Header) -> String {
    format!("{}{:012X}", header.terminal, header.counter.get())
}

/// How far the clock is ahead, in milliseconds.
fn skew(struck: &[Fault]) -> i64 {
    struck.iter().map(|fault| if let Fault::ClockSkew(seconds) = fault { seconds * 1000 } else { 0 }).sum()
}
