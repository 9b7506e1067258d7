//! What the device is doing, as far as a person sees it.

use yika_protocol::fault::Fault;
use yika_protocol::swipe::{Counter, Outcome, Settled, StatusAnswer};

use crate::hal::Millis;
use crate::swipes::{DayComparison, DayTotals, Receipt, VoidReceipt};
use crate::text::Text;

use super::address::Address;
use super::amount::Amount;

/// A fault on the screen, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) number: u16,
}

impl From<u16> for Trouble {
    fn from(number: u16) -> Self {
        Self { number }
    }
}

impl From<&'static Fault> for Trouble {
    fn from(fault: &'static Fault) -> Self {
        Self::from(fault.number)
    }
}

/// Where a message leads when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Home,
    /// The same sale again, from the credential.
    Present,
    Menu,
    Settings,
}

/// Pages of a settled purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Money,
    Split,
    Code,
}

/// How far enrolment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnrolStep {
    /// The PC has not asked yet.
    Waiting,
    /// The request is with the PC.
    Asked,
    /// Six digits to compare.
    Compare([u8; 6]),
    /// They are equal, says the operator here; the PC has not said so yet.
    Agreed([u8; 6]),
}

/// The settlement, when the centre holds one.
pub(super) fn held(answer: &StatusAnswer) -> Option<&Settled> {
    match answer {
        StatusAnswer::Answered(answer) => match &answer.outcome {
            Outcome::Settled(settled) => Some(settled),
            Outcome::Refused(_) | Outcome::Reversed => None,
        },
        StatusAnswer::Unseen => None,
    }
}

/// What the screen shows.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // No heap; one scene at a time is alive.
pub(super) enum Scene {
    Home,
    Amount(Amount),
    Present,
    Reading,
    ReadingId,
    /// The PIN is typed. Tries left, when the card said so after a wrong one.
    Pin {
        wrong: bool,
        left: Option<u8>,
        again: bool,
        short: bool,
    },
    PinChecking,
    /// The card answers for the purchase.
    Proving,
    Sending {
        since: Millis,
    },
    GiveUp {
        since: Millis,
    },
    Settled {
        receipt: Receipt,
        page: Page,
        repeated: bool,
    },
    Cancelled {
        counter: Counter,
        done: bool,
    },
    Trouble {
        title: Text,
        trouble: Trouble,
        skipped: u8,
        then: Then,
    },
    Note {
        title: Text,
        body: Text,
        then: Then,
    },
    Menu(u8),
    Settings(u8),
    Info(u8),
    Address(Address),
    AskVoid(Receipt),
    Voiding,
    Voided(VoidReceipt),
    Day {
        totals: DayTotals,
        more: bool,
    },
    Comparing,
    /// With the figure that is shown first.
    Compared(DayComparison, u8),
    Lost(Counter),
    /// The centre said nothing of it, so it is asked for the day: whether it is there at all.
    LostAsking {
        counter: Counter,
        silent: bool,
    },
    LostHeld {
        counter: Counter,
        answer: StatusAnswer,
    },
    /// The centre is there and says nothing of it, as it does of a void that it holds.
    LostVoid(Counter),
    AskWriteOff(Counter),
    Enrol(EnrolStep),
    /// The store cannot be read.
    StoreLost {
        trouble: Trouble,
        skipped: u8,
    },
    AskSetup {
        yes: bool,
    },
    /// Only a restart helps.
    Stopped {
        trouble: Trouble,
        skipped: u8,
    },
}
