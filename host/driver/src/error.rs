//! What can go wrong between the program and the card, each with its own code.

use crate::Words;
use std::fmt;
use yika_protocol::fault::{Fault, card as fault};

/// A failure of service, reader or line. The card's own refusals are not here.
///
/// The names follow what a person can do about it, not the numbers of PC/SC; see the table in `hw-docs/readers.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// There is no reader service (`SCARD_E_NO_SERVICE`).
    NoService,
    /// The service runs and refuses this user (polkit, file rights).
    AccessDenied,
    /// The service was there and went away while we used it.
    ServiceStopped,
    /// The service has no reader at all.
    NoReader,
    /// The reader was unplugged.
    ReaderGone,
    /// No reader matches the wanted name.
    NotFound {
        /// The name or id that was asked for.
        wanted: String,
        /// Names of the readers that are there.
        present: Vec<String>,
    },
    /// Several readers match the wanted name.
    Ambiguous {
        /// The name or id that was asked for.
        wanted: String,
        /// Ids of the readers that match.
        matches: Vec<String>,
    },
    /// The reader is empty.
    NoCard,
    /// The card left while we talked to it.
    CardRemoved,
    /// Somebody reset the card while we talked to it, more often than we repeat.
    CardReset,
    /// A card is there and does not answer: chip side wrong, dirty or dead.
    CardMute,
    /// Card and reader have no protocol in common.
    CardUnsupported,
    /// Another program holds the reader.
    Busy {
        /// The likely holders, best effort; empty when none could be seen.
        holders: Vec<Holder>,
    },
    /// The driver did not return within our deadline; its call was abandoned.
    Hangs,
    /// So many calls hang that no further one is made.
    TooManyHanging,
    /// An exchange failed and the card is still there.
    Transmission,
    /// The caller gave up waiting.
    Cancelled,
    /// Any other answer of the service.
    Other {
        /// The PC/SC number, e.g. `0x80100003`.
        code: u32,
    },
}

/// A program that probably holds a reader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Process number.
    pub pid: u32,
    /// Program name as the system shows it, e.g. `scdaemon`.
    pub program: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.program, self.pid)
    }
}

impl LinkError {
    /// The coded fault: cause and what to do.
    pub fn fault(&self) -> &'static Fault {
        match self {
            LinkError::NoService => &fault::NO_SERVICE,
            LinkError::AccessDenied => &fault::SERVICE_ACCESS_DENIED,
            LinkError::ServiceStopped => &fault::SERVICE_STOPPED,
            LinkError::NoReader => &fault::NO_READER,
            LinkError::ReaderGone => &fault::READER_GONE,
            LinkError::NotFound { .. } => &fault::READER_NOT_FOUND,
            LinkError::Ambiguous { .. } => &fault::READER_AMBIGUOUS,
            LinkError::NoCard => &fault::NO_CARD,
            LinkError::CardRemoved => &fault::CARD_REMOVED,
            LinkError::CardReset => &fault::CARD_RESET,
            LinkError::CardMute => &fault::CARD_MUTE,
            LinkError::CardUnsupported => &fault::CARD_UNSUPPORTED,
            LinkError::Busy { .. } => &fault::READER_BUSY,
            LinkError::Hangs => &fault::READER_HANGS,
            LinkError::TooManyHanging => &fault::TOO_MANY_HANGING,
            LinkError::Transmission => &fault::TRANSMISSION_FAILED,
            LinkError::Cancelled => &fault::WAIT_CANCELLED,
            LinkError::Other { .. } => &fault::SERVICE_ANSWER,
        }
    }

    /// What the fault's text cannot know: names, numbers. Empty when there is nothing to add.
    pub fn detail(&self) -> Words {
        match self {
            LinkError::NotFound { wanted, present } if present.is_empty() => Words::new(
                format!("要找 {wanted:?}；没有读卡器"),
                format!("wanted {wanted:?}; present: none"),
            ),
            LinkError::NotFound { wanted, present } => {
                let present = present.join(", ");
                Words::new(
                    format!("要找 {wanted:?}；现有：{present}"),
                    format!("wanted {wanted:?}; present: {present}"),
                )
            }
            LinkError::Ambiguous { wanted, matches } => {
                let matches = matches.join(", ");
                Words::new(format!("{wanted:?} 符合 {matches}"), format!("{wanted:?} matches {matches}"))
            }
            LinkError::Busy { holders } if holders.is_empty() => {
                Words::new("当前用户看不到占用的程序", "the holder is not visible to this user")
            }
            LinkError::Busy { holders } => {
                let names: Vec<String> = holders.iter().map(Holder::to_string).collect();
                let names = names.join(", ");
                Words::new(format!("可能是 {names}"), format!("likely {names}"))
            }
            LinkError::Other { code } => Words::same(format!("PC/SC 0x{code:08X}")),
            _ => Words::default(),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault())?;
        let detail = self.detail();
        if detail.is_empty() { Ok(()) } else { write!(f, ": {}", detail.en) }
    }
}

impl std::error::Error for LinkError {}
