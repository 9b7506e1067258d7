//! Swipe terminals of an institution at its centre: enrolment, confirmation, list, revocation; and carrying the sealed
//! datagrams of a terminal that has no network of its own.
//!
//! The messages are [`yika_platform::terminals`]'s, signed by the institution. A sealed datagram is neither read nor
//! changed here, and its carrier proves nothing: it goes as it is to [`SWIPE_PATH`].

use std::fmt;
use std::time::Duration;

use yika_platform::terminals::{
    CONFIRM, CONFIRM_PATH, ConfirmRow, Data, ENROL, ENROL_PATH, EnrolRow, EnrolledRow, LIST, LIST_PATH,
    ListRow, REVOKE, REVOKE_PATH, RevokeRow, TerminalList, TerminalRow,
};
use yika_protocol::fault::{Fault, settle as faults};

use crate::config::TillConfig;
use crate::deps::Deps;
use crate::error::OpenError;
use crate::question::{AskError, Asker};
use crate::till::not_sent_fault;
use crate::transport::{Call, Method, SendError, Transport};

/// Where a centre takes sealed datagrams over HTTP.
pub const SWIPE_PATH: &str = "/swipe";

/// The terminals of one institution.
pub struct TerminalsClient {
    asker: Asker,
}

/// The centre did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalsError {
    /// It says no: its fault and its words.
    Refused(&'static Fault, String),
    /// No usable answer. Everything here may be asked again.
    NoAnswer(&'static Fault, String),
}

impl TerminalsClient {
    /// Site, key and profile are the till's; no journal is opened.
    ///
    /// # Errors
    /// [`OpenError::Config`] when the profile wants the centre's key and there is none.
    pub fn new(config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        Ok(Self { asker: Asker::new(config, deps)? })
    }

    /// Hands in a device's request; the same request gives the same certificate.
    ///
    /// # Errors
    /// [`TerminalsError`].
    pub async fn enrol(&self, row: EnrolRow) -> Result<EnrolledRow, TerminalsError> {
        self.ask(ENROL_PATH, ENROL, row).await
    }

    /// Hands in what the device shows.
    ///
    /// # Errors
    /// [`TerminalsError`].
    pub async fn confirm(&self, row: ConfirmRow) -> Result<TerminalRow, TerminalsError> {
        self.ask(CONFIRM_PATH, CONFIRM, row).await
    }

    /// The terminals of the institution.
    ///
    /// # Errors
    /// [`TerminalsError`].
    pub async fn list(&self, row: ListRow) -> Result<TerminalList, TerminalsError> {
        self.ask(LIST_PATH, LIST, row).await
    }

    /// Ends a terminal for good.
    ///
    /// # Errors
    /// [`TerminalsError`].
    pub async fn revoke(&self, row: RevokeRow) -> Result<TerminalRow, TerminalsError> {
        self.ask(REVOKE_PATH, REVOKE, row).await
    }

    async fn ask<I, O>(&self, path: &str, infno: &str, row: I) -> Result<O, TerminalsError>
    where
        I: serde::Serialize + Sync,
        O: serde::de::DeserializeOwned,
    {
        let url = format!("{}{path}", self.asker.centre());
        let answer: Result<Data<O>, AskError> = self.asker.ask(url, infno, &Data { data: row }).await;
        answer.map(|output| output.data).map_err(|error| match error {
            AskError::Refused(fault, words) => {
                TerminalsError::Refused(fault.unwrap_or(&faults::REFUSED), words)
            }
            AskError::NoAnswer(fault, words) => TerminalsError::NoAnswer(fault, words),
        })
    }
}

/// Carries one sealed datagram to the centre at `centre` and brings its answer back. `None`: the centre says nothing to
/// this, as it does over UDP.
///
/// # Errors
/// The fault and what happened, when the centre was not reached or its answer was lost.
pub async fn carry(
    transport: &dyn Transport,
    centre: &str,
    datagram: &[u8],
    timeout: Duration,
) -> Result<Option<Vec<u8>>, (&'static Fault, String)> {
    let call = Call {
        method: Method::Post,
        url: format!("{}{SWIPE_PATH}", centre.trim_end_matches('/')),
        headers: vec![("content-type".to_owned(), "application/octet-stream".to_owned())],
        body: datagram.to_vec(),
        timeout,
    };
    match transport.send(call).await {
        Ok(reply) if reply.status == 200 => Ok(Some(reply.body).filter(|body| !body.is_empty())),
        Ok(reply) if reply.status == 204 => Ok(None),
        Ok(reply) => Err((&faults::ANSWER_STATUS, format!("HTTP {}", reply.status))),
        Err(error @ SendError::NotSent(why)) => Err((not_sent_fault(why), error.to_string())),
        Err(error @ SendError::Lost(_)) => Err((&faults::QUESTION_UNANSWERED, error.to_string())),
    }
}

impl TerminalsError {
    /// The coded fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Refused(fault, _) | Self::NoAnswer(fault, _) => fault,
        }
    }

    /// The centre's words or what was missing.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused(_, text) | Self::NoAnswer(_, text) => text,
        }
    }
}

impl fmt::Display for TerminalsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail())
    }
}

impl std::error::Error for TerminalsError {}

impl fmt::Debug for TerminalsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalsClient").field("centre", &self.asker.centre()).finish_non_exhaustive()
    }
}
