//! A sale the till asks for, how it stands, how it ended.
//!
//! The till's `order_no` is the identity of a sale. Asked again with the same `order_no` and the same content the device
//! begins nothing new: it answers with the state or the result it has. So a till that lost the line, or itself, asks again
//! until it has a result. The same `order_no` with other content is refused.

use super::MAX_PAYLOAD;
use super::codec::{Read, Written, put_bytes, put_int, put_str};
use super::message::MessageError;
use crate::{
    cbor::{Map, Writer},
    identity::Date,
    money::Fen,
    swipe::{Counter, Draw, Lines, MAX_ORDER_NO, SwipeId, TerminalId},
};
use minicbor::{Encoder, encode::Write};

/// Whether the till wants a PIN asked for. The device may ask for one in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PinWish {
    /// As the device is set.
    AsSet = 0,
    /// Always for this sale.
    Wanted = 1,
}

/// A sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale<'a> {
    /// The till's number, 1 to 32 printable ASCII characters without spaces.
    pub order_no: &'a str,
    /// What is to be paid, more than 0.
    pub amount: Fen,
    /// What may be drawn on.
    pub draw: Draw,
    /// Whether a PIN is wanted.
    pub pin: PinWish,
    /// What is sold. Empty: the amount alone.
    pub lines: Lines<'a>,
}

/// How a sale stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SaleState {
    /// Taken; the device waits for a card or a code.
    WaitingForCredential = 1,
    /// The customer is to type the PIN.
    WaitingForPin = 2,
    /// The swipe is on its way.
    Sent = 3,
    /// No answer yet: wait, do not charge again.
    Unknown = 4,
    /// Being cancelled: it will not count. The result follows when the centre has said so.
    Reversing = 5,
}

/// How a sale ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleResult<'a> {
    /// The till's number.
    pub order_no: &'a str,
    /// The swipe. None when no swipe was ever made.
    pub swipe: Option<SwipeId>,
    /// How it ended.
    pub outcome: SaleOutcome<'a>,
}

/// The end of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleOutcome<'a> {
    /// Paid.
    Settled(Settled<'a>),
    /// Refused: nothing moved. The number of a [`Fault`](crate::fault::Fault).
    Refused(u16),
    /// Given up before anything was sent: nothing moved.
    Cancelled,
    /// No answer came, the device reversed: nothing moved, or what moved is undone. Take cash or begin a new sale.
    Undone,
    /// Paid, and voided afterwards at the device.
    Voided(Settled<'a>),
}

/// What a settled sale was paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled<'a> {
    /// The settlement.
    pub setl_id: &'a str,
    /// The business day of the centre.
    pub business_day: Date,
    /// The whole amount.
    pub amount: Fen,
    /// From the personal account.
    pub acct_pay: Fen,
    /// From the funds.
    pub fund_pay: Fen,
    /// To be taken in cash.
    pub cash: Fen,
    /// What is left on the account.
    pub balance: Fen,
}

impl<'a> Sale<'a> {
    pub(super) fn encode_fields<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        put_str(e, 1, self.order_no)?;
        put_int(e, 2, self.amount.0)?;
        put_int(e, 3, draw_number(self.draw))?;
        put_int(e, 4, self.pin as i64)?;
        e.u8(5)?;
        // Only a till writes sales, so the room on the stack is that of a PC.
        let mut room = [0; MAX_PAYLOAD];
        let mut lines = Writer::new(&mut room);
        if self.lines.encode(&mut lines).is_err() {
            return Err(minicbor::encode::Error::message("more lines than a frame can carry"));
        }
        e.writer_mut().write_all(lines.written()).map_err(minicbor::encode::Error::write)
    }

    pub(super) fn decode_fields(fields: &mut Map<'_, 'a>) -> Read<Self> {
        Ok(Self {
            order_no: check_order_no(fields.required(1)?.text()?)?,
            amount: positive(fields.required(2)?.int()?).map(Fen).ok_or(MessageError::Field(2))?,
            draw: match fields.required(3)?.uint()? {
                0 => Draw::AccountOnly,
                1 => Draw::Everything,
                _ => return Err(MessageError::Field(3)),
            },
            pin: match fields.required(4)?.uint()? {
                0 => PinWish::AsSet,
                1 => PinWish::Wanted,
                _ => return Err(MessageError::Field(4)),
            },
            lines: {
                let reader = fields.required(5)?;
                let start = reader.position();
                reader.skip()?;
                Lines::from_encoded(reader.since(start)).map_err(|_| MessageError::Field(5))?
            },
        })
    }
}

fn positive(number: i64) -> Option<i64> {
    Some(number).filter(|number| *number > 0)
}

fn draw_number(draw: Draw) -> i64 {
    match draw {
        Draw::AccountOnly => 0,
        Draw::Everything => 1,
    }
}

pub(super) fn check_order_no(order_no: &str) -> Read<&str> {
    let printable = order_no.bytes().all(|byte| byte.is_ascii_graphic());
    if printable && (1..=MAX_ORDER_NO).contains(&order_no.len()) {
        Ok(order_no)
    } else {
        Err(MessageError::Field(1))
    }
}

impl SaleState {
    pub(super) fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::WaitingForCredential,
            2 => Self::WaitingForPin,
            3 => Self::Sent,
            4 => Self::Unknown,
            5 => Self::Reversing,
            _ => return None,
        })
    }
}

impl<'a> SaleResult<'a> {
    pub(super) fn field_count(&self) -> u64 {
        let swipe = if self.swipe.is_some() { 2 } else { 0 };
        let outcome = match self.outcome {
            SaleOutcome::Settled(_) | SaleOutcome::Voided(_) => 7,
            SaleOutcome::Refused(_) => 1,
            SaleOutcome::Cancelled | SaleOutcome::Undone => 0,
        };
        2 + swipe + outcome
    }

    pub(super) fn encode_fields<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        put_str(e, 1, self.order_no)?;
        let outcome = match self.outcome {
            SaleOutcome::Settled(_) => 1,
            SaleOutcome::Refused(_) => 2,
            SaleOutcome::Cancelled => 3,
            SaleOutcome::Undone => 4,
            SaleOutcome::Voided(_) => 5,
        };
        put_int(e, 2, outcome)?;
        if let Some(swipe) = self.swipe {
            put_bytes(e, 3, &swipe.terminal.0)?;
            e.u8(4)?.u64(swipe.counter.get())?;
        }
        match self.outcome {
            SaleOutcome::Refused(fault) => put_int(e, 5, i64::from(fault)),
            SaleOutcome::Settled(settled) | SaleOutcome::Voided(settled) => {
                put_str(e, 6, settled.setl_id)?;
                put_bytes(e, 7, &settled.business_day.to_bcd())?;
                put_int(e, 8, settled.amount.0)?;
                put_int(e, 9, settled.acct_pay.0)?;
                put_int(e, 10, settled.fund_pay.0)?;
                put_int(e, 11, settled.cash.0)?;
                put_int(e, 12, settled.balance.0)
            }
            SaleOutcome::Cancelled | SaleOutcome::Undone => Ok(()),
        }
    }

    pub(super) fn decode_fields(fields: &mut Map<'_, 'a>) -> Read<Self> {
        let order_no = check_order_no(fields.required(1)?.text()?)?;
        let outcome = fields.required(2)?.uint()?;
        let swipe = match fields.optional(3)? {
            Some(terminal) => {
                let terminal = TerminalId(terminal.array_of()?);
                let counter = Counter::new(fields.required(4)?.uint()?).ok_or(MessageError::Field(4))?;
                Some(SwipeId { terminal, counter })
            }
            None => None,
        };
        let outcome = match outcome {
            1 => SaleOutcome::Settled(Settled::decode_fields(fields)?),
            2 => SaleOutcome::Refused(fields.required(5)?.number()?),
            3 => SaleOutcome::Cancelled,
            4 => SaleOutcome::Undone,
            5 => SaleOutcome::Voided(Settled::decode_fields(fields)?),
            _ => return Err(MessageError::Field(2)),
        };
        Ok(Self { order_no, swipe, outcome })
    }
}

impl<'a> Settled<'a> {
    fn decode_fields(fields: &mut Map<'_, 'a>) -> Read<Self> {
        Ok(Self {
            setl_id: fields.required(6)?.text()?,
            business_day: Date::from_bcd(fields.required(7)?.array_of()?)
                .map_err(|_| MessageError::Field(7))?,
            amount: Fen(fields.required(8)?.int()?),
            acct_pay: Fen(fields.required(9)?.int()?),
            fund_pay: Fen(fields.required(10)?.int()?),
            cash: Fen(fields.required(11)?.int()?),
            balance: Fen(fields.required(12)?.int()?),
        })
    }
}
