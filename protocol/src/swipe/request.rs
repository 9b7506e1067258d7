//! What a terminal asks: purchase, reversal, status, void, day.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Challenge, Counter, Lines, card::CardCredential};
use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    identity::{CertNo, Date},
    money::Fen,
    voucher::{Code, CodeRule},
};

/// Most characters of an order number.
pub const MAX_ORDER_NO: usize = 32;

/// A purchase, as the cashier's device asks for it. `Debug` shows nothing of the person.
#[derive(Clone, Debug)]
pub struct SwipeRequest<'a> {
    /// The till's number of the sale, 1 to 32 printable ASCII characters without spaces.
    pub order_no: &'a str,
    /// What is to be paid, above zero.
    pub amount: Fen,
    /// The basket; may be empty (amount only).
    pub lines: Lines<'a>,
    /// What it may draw on.
    pub draw: Draw,
    /// Whether the holder's PIN was verified by the card at this terminal. The terminal's word.
    pub pin_verified: bool,
    /// `next_challenge` of the last answer from the centre. Missing or stale: the lower limit `no_challenge` holds.
    pub centre_challenge: Option<Challenge>,
    /// Unix seconds after which the centre must refuse; only from a device with trusted time.
    pub valid_until: Option<u64>,
    /// Who pays.
    pub credential: Credential,
}

/// What a purchase may draw on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// The personal account only.
    AccountOnly,
    /// Funds as the rules say, then the account.
    Everything,
}

/// Who pays.
#[derive(Clone)]
pub enum Credential {
    /// A social security card that answered for this purchase.
    Card(CardCredential),
    /// An e-voucher code.
    Voucher(Code),
    /// A resident identity card.
    IdCard(IdCardCredential),
}

/// A resident identity card, read by a reader module. The terminal's word.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct IdCardCredential {
    /// The certificate number.
    pub certno: CertNo,
    /// Number of the security module in the reader.
    pub sam_id: [u8; 16],
}

impl fmt::Debug for IdCardCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdCardCredential(***)")
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Card(_) => "Card(***)",
            Self::Voucher(_) => "Voucher(***)",
            Self::IdCard(_) => "IdCard(***)",
        })
    }
}

/// A request out of a good seal with a good signature.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// A purchase.
    Swipe(SwipeRequest<'a>),
    /// The purchase with the header's counter shall not count.
    Reversal,
    /// What became of the purchase with the header's counter?
    Status,
    /// A settled purchase shall be taken back.
    Void(VoidRequest<'a>),
    /// What does the ledger hold for a day?
    Day(DayRequest),
}

/// A settled purchase shall be taken back. The header carries the void's own counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoidRequest<'a> {
    /// Counter of the purchase.
    pub original: Counter,
    /// Its settlement id.
    pub setl_id: &'a str,
}

/// What does the centre's ledger hold for this terminal on a business day?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRequest {
    /// The day.
    pub day: Date,
}
