//! The seam: what a card service must be able to do.
//!
//! Two traits, so small that a test writes its own in a page. [`crate::pcsc`] is the real one. Every call may block
//! and may hang for ever; [`crate::CardService`] runs them on a thread of their own under a deadline.

use crate::{
    error::LinkError,
    pinpad::Features,
    progress::Progress,
    reader::{ReaderName, ReaderTraits},
};
use std::time::Duration;
use yika_protocol::apdu::Protocol;

/// A card service as the one thread that uses it sees it.
pub trait Backend {
    /// The readers of this moment and what is in them. A reader that fails is listed with its error.
    fn slots(&mut self) -> Result<Vec<Slot>, LinkError>;

    /// Waits until something may differ from the last [`slots`](Self::slots), at most `limit`.
    ///
    /// `false` when nothing happened. Waking up for nothing is allowed, missing an event is not.
    fn wait(&mut self, limit: Duration) -> Result<bool, LinkError>;

    /// Connects, locks the card for us alone, runs `work`, unlocks and disconnects as `work` says.
    ///
    /// Enters [`Stage::Locking`](crate::Stage) and [`Stage::FirstAnswer`](crate::Stage) in `progress`, so that a step
    /// that hangs can be named. An error means that `work` did not run.
    fn with_card(
        &mut self,
        reader: &ReaderName,
        progress: &Progress,
        work: &mut dyn FnMut(&mut dyn CardLink) -> End,
    ) -> Result<(), LinkError>;

    /// What can be learnt about the device behind a reader. Empty when nothing can.
    fn traits_of(&mut self, reader: &ReaderName) -> ReaderTraits {
        let _ = reader;
        ReaderTraits::default()
    }
}

/// A locked card.
pub trait CardLink {
    /// The answer to reset, contact or made up by the reader for a contactless card (PC/SC part 3).
    fn atr(&self) -> &[u8];

    /// The transmission protocol in use. Contactless cards and unknown protocols count as T=1.
    fn protocol(&self) -> Protocol;

    /// Sends one command, gives the answer with its status word. 61xx and 6Cxx come through untouched.
    fn transmit<'a>(&mut self, command: &[u8], answer: &'a mut [u8]) -> Result<&'a [u8], LinkError>;

    /// What the reader can do beyond carrying bytes (PC/SC part 10). Nothing, unless it says otherwise.
    fn features(&mut self) -> Features {
        Features::default()
    }

    /// Has the reader do something of its own, under a control code of its [`features`](Self::features).
    fn control<'a>(
        &mut self,
        code: u32,
        request: &[u8],
        answer: &'a mut [u8],
    ) -> Result<&'a [u8], LinkError> {
        let _ = (code, request, answer);
        Err(LinkError::Other { code: UNSUPPORTED_FEATURE })
    }
}

/// `SCARD_E_UNSUPPORTED_FEATURE`.
const UNSUPPORTED_FEATURE: u32 = 0x8010_0022;

/// What happens to the card when we are through with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing: it holds no rights that the next program should not have.
    Leave,
    /// Reset: it was opened by keys or PIN, or it is in doubt.
    Reset,
}

/// One reader at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Name as the service gives it.
    pub name: ReaderName,
    /// What is in it.
    pub state: SlotState,
    /// How often a card went in or out, where the service counts; wraps. Tells a card that was swapped between two looks.
    pub events: Option<u16>,
}

/// What is in a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// No card.
    Empty,
    /// A card that answered to reset.
    Card {
        /// The answer to reset. Empty when the card has not been powered yet.
        atr: Vec<u8>,
        /// Another program holds it for itself.
        exclusive: bool,
        /// Other programs are connected to it.
        in_use: bool,
    },
    /// A card that did not answer to reset.
    Mute,
    /// The reader itself failed.
    Failed(LinkError),
}

impl SlotState {
    /// Whether something that may be a card is in it.
    pub fn has_card(&self) -> bool {
        matches!(self, SlotState::Card { .. } | SlotState::Mute)
    }
}
