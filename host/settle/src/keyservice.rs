//! Client of a card-key service: generation-3 cards are opened with its help.
//!
//! The message is [`yika_platform::keyservice`]'s: an envelope signed by the institution, like every other. Nothing is
//! recorded here; the service keeps its own record of who asked for which card.

use std::fmt;

use yika_platform::keyservice::{CardAuthInput, CardAuthOutput, CardAuthResult, CardAuthRow, INFNO, PATH};
use yika_protocol::fault::{Fault, settle as faults};

use crate::config::TillConfig;
use crate::deps::Deps;
use crate::error::OpenError;
use crate::question::{AskError, Asker};

/// A card-key service at some address.
pub struct KeyServiceClient {
    asker: Asker,
    url: String,
}

/// No key for this card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyServiceError {
    /// The service says no; its own fault when it names one, and its words.
    Refused(&'static Fault, String),
    /// No usable answer; says what was missing.
    NoAnswer(String),
}

impl KeyServiceClient {
    /// `url` is the service's address; the usual path is added when it has none. Site, key and profile are the till's;
    /// no journal is opened.
    pub fn new(url: &str, config: TillConfig, deps: Deps) -> Result<Self, OpenError> {
        Ok(Self { url: with_path(url), asker: Asker::new(config, deps)? })
    }

    /// Asks for the two cryptograms of one card.
    pub async fn card_auth(&self, row: CardAuthRow) -> Result<CardAuthResult, KeyServiceError> {
        let answer = self.asker.ask(self.url.clone(), INFNO, &CardAuthInput { data: row }).await;
        answer.map(|output: CardAuthOutput| output.data).map_err(|error| match error {
            AskError::Refused(fault, words) => {
                KeyServiceError::Refused(fault.unwrap_or(&faults::KEY_SERVICE_REFUSED), words)
            }
            AskError::NoAnswer(_, words) => KeyServiceError::NoAnswer(words),
        })
    }
}

fn with_path(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    match after_scheme.split_once('/') {
        None => format!("{url}{PATH}"),
        Some((_, "")) => format!("{}{PATH}", url.trim_end_matches('/')),
        Some(_) => url.to_owned(),
    }
}

impl KeyServiceError {
    /// The coded fault.
    pub fn fault(&self) -> &'static Fault {
        match self {
            Self::Refused(fault, _) => fault,
            Self::NoAnswer(_) => &faults::KEY_SERVICE_UNREACHABLE,
        }
    }

    /// The service's words or what was missing.
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused(_, text) | Self::NoAnswer(text) => text,
        }
    }
}

impl fmt::Display for KeyServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault(), self.detail())
    }
}

impl std::error::Error for KeyServiceError {}

impl fmt::Debug for KeyServiceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyServiceClient").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_path_is_added_where_there_is_none() {
        assert_eq!(with_path("http://a:8080"), "http://a:8080/keys/card-auth");
        assert_eq!(with_path("http://a:8080/"), "http://a:8080/keys/card-auth");
        assert_eq!(with_path("https://a/other"), "https://a/other");
    }
}
