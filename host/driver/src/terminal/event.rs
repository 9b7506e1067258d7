//! What happens at a counter, one event at a time.

use super::{DeviceKind, Kind, Label};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::fmt;
use tokio::sync::mpsc;
use yika_protocol::fault::Fault;

/// One event. Serializes to one flat JSON object; holds no personal data and no code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// 1, 2, 3 … over the life of the terminal, without gaps.
    pub number: u64,
    /// Which device.
    pub device: Label,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened at a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// A device is there: plugged in, or found at the start.
    DeviceCame {
        /// What it is.
        kind: DeviceKind,
        /// Its lasting identity.
        at: String,
    },
    /// A device is gone.
    DeviceWent {
        /// What it is.
        kind: DeviceKind,
    },
    /// A device, or the service of the card readers, does not work.
    Failed {
        /// Why.
        error: Trouble,
    },
    /// It works again.
    Recovered,
    /// A card was put into a reader.
    CardIn {
        /// Counts the cards of this reader.
        insertion: u64,
    },
    /// The card was taken out.
    CardOut {
        /// The number it had when it was put in.
        insertion: u64,
    },
    /// A card was laid on a reader of identity cards.
    IdCardLaid {
        /// Counts the cards of this reader.
        insertion: u64,
    },
    /// It was lifted. The security module does not tell when: it is known once another is laid, or the reader is gone.
    IdCardLifted {
        /// The number it had when it was laid.
        insertion: u64,
    },
    /// A code was scanned.
    CodeScanned {
        /// Number of characters.
        length: usize,
        /// The kind of bar code, where the scanner tells.
        symbology: Option<&'static str>,
    },
    /// Something was presented that cannot be used.
    Unusable {
        /// Why.
        error: Trouble,
    },
    /// A credential is complete.
    Presented {
        /// Its kind.
        kind: Kind,
        /// Whether a call got it. One that came when its call had ended is thrown away: the next call is another
        /// person's.
        taken: bool,
    },
    /// A credential was given to a call that had been dropped meanwhile: it is thrown away.
    NotTaken {
        /// Its kind.
        kind: Kind,
    },
}

impl What {
    /// The word in JSON (`event`).
    pub fn name(&self) -> &'static str {
        match self {
            What::DeviceCame { .. } => "device_came",
            What::DeviceWent { .. } => "device_went",
            What::Failed { .. } => "failed",
            What::Recovered => "recovered",
            What::CardIn { .. } => "card_in",
            What::CardOut { .. } => "card_out",
            What::IdCardLaid { .. } => "id_card_laid",
            What::IdCardLifted { .. } => "id_card_lifted",
            What::CodeScanned { .. } => "code_scanned",
            What::Unusable { .. } => "unusable",
            What::Presented { .. } => "presented",
            What::NotTaken { .. } => "not_taken",
        }
    }
}

/// A coded fault and what its text cannot know.
#[derive(Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The coded fault.
    pub fault: &'static Fault,
    /// Names and numbers; no personal data, never a part of a code.
    pub detail: String,
}

impl Trouble {
    /// From a fault and its detail.
    pub fn new(fault: &'static Fault, detail: String) -> Self {
        Trouble { fault, detail }
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.fault.code(), self.detail)
    }
}

impl Serialize for Trouble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.fault.code().to_string())?;
        map.serialize_entry("cause_zh", self.fault.cause_zh)?;
        map.serialize_entry("cause_en", self.fault.cause_en)?;
        map.serialize_entry("action_zh", self.fault.action_zh)?;
        map.serialize_entry("action_en", self.fault.action_en)?;
        map.serialize_entry("detail", &(!self.detail.is_empty()).then_some(&self.detail))?;
        map.end()
    }
}

/// The events of a terminal from the moment of [`Terminal::events`](super::Terminal::events) on, each exactly once.
pub struct Events(pub(super) mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` when the terminal has ended, or when this stream was not read for
    /// [`UNREAD`](super::UNREAD) events: then it ends after those, rather than leave one out.
    ///
    /// May be dropped at any moment without losing an event.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event if there is one now.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }

    /// Waits for the next event without an executor.
    pub fn blocking_next(&mut self) -> Option<Event> {
        self.0.blocking_recv()
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("unread", &self.0.len()).finish()
    }
}
