//! The paper slip: ESC/POS, GB18030, 32 or 48 columns.
//!
//! A slip is made row by row as the printer takes it, so that no more than one row stands in memory. Our own texts turn
//! into GB18030 by the table of the font; names are printed as they came.

mod printer;
mod row;

pub use printer::{Printer, rows};
pub use row::Row;

use heapless::{String, Vec};
use yika_protocol::money::Fen;
use yika_protocol::swipe::TerminalId;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::text::{self, Lang, Text};

/// Width of the paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// 58 mm: 32 columns.
    #[default]
    Narrow,
    /// 80 mm: 48 columns.
    Wide,
}

impl Paper {
    /// Columns of Latin characters.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Narrow => 32,
            Self::Wide => 48,
        }
    }
}

/// What was shown at the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A social security card.
    Card,
    /// An e-voucher code.
    Code,
    /// A resident identity card.
    IdCard,
}

impl Shown {
    /// Its name.
    #[must_use]
    pub const fn text(self) -> Text {
        match self {
            Self::Card => text::CREDENTIAL_CARD,
            Self::Code => text::CREDENTIAL_CODE,
            Self::IdCard => text::CREDENTIAL_ID,
        }
    }
}

/// How a slip is to be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Language.
    pub lang: Lang,
    /// Width.
    pub paper: Paper,
    /// The device's entropy is not real: the slip says that it is none.
    pub bench: bool,
}

/// The device, as it stands on every slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The institution's code.
    pub institution: [u8; 12],
    /// The terminal.
    pub terminal: TerminalId,
}

/// A settled purchase. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Sale {
    /// Printed before.
    pub reprint: bool,
    /// Taken back since.
    pub voided: bool,
    /// The till's number.
    pub order_no: String<32>,
    /// The settlement.
    pub setl_id: String<30>,
    /// The centre's business day, `yyyymmdd`.
    pub day: [u8; 8],
    /// The device's counter.
    pub counter: u64,
    /// What was shown, when it is known.
    #[zeroize(skip)]
    pub shown: Option<Shown>,
    /// Masked name in GB18030.
    pub name: Vec<u8, 30>,
    /// The whole amount.
    #[zeroize(skip)]
    pub amount: Fen,
    /// From the account.
    #[zeroize(skip)]
    pub account: Fen,
    /// From funds.
    #[zeroize(skip)]
    pub fund: Fen,
    /// To be taken in cash.
    #[zeroize(skip)]
    pub cash: Fen,
    /// Left on the account.
    #[zeroize(skip)]
    pub balance: Fen,
    /// First bytes of the evidence's SM3, when the device has the evidence.
    pub evidence: Option<[u8; 8]>,
}

impl core::fmt::Debug for Sale {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sale").field("setl_id", &self.setl_id.as_str()).finish_non_exhaustive()
    }
}

/// A void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// Printed before.
    pub reprint: bool,
    /// The till's number of the purchase.
    pub order_no: String<32>,
    /// The settlement that is void.
    pub setl_id: String<30>,
    /// The centre's business day of the void, `yyyymmdd`.
    pub day: [u8; 8],
    /// The counter of the void.
    pub counter: u64,
    /// What the purchase was.
    pub amount: Fen,
    /// Back to the account.
    pub account: Fen,
    /// Back to funds.
    pub fund: Fen,
    /// To be handed back.
    pub cash: Fen,
    /// Now on the account.
    pub balance: Fen,
}

/// Totals of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The centre's business day, `yyyymmdd`.
    pub day: [u8; 8],
    /// As the device counted.
    pub here: Sums,
    /// As the centre's ledger holds it, when it was asked.
    pub centre: Option<Sums>,
}

/// Count and sums of a day, net of voids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Settled purchases.
    pub count: u32,
    /// Voids.
    pub voids: u32,
    /// From accounts.
    pub account: Fen,
    /// From funds.
    pub fund: Fen,
    /// Cash.
    pub cash: Fen,
}

/// Something to print.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // No heap; a sale is the usual case.
pub enum Slip {
    /// A settled purchase.
    Sale(Sale),
    /// A void.
    Void(Void),
    /// Totals of a day.
    Day(Day),
}
