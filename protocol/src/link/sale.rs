//! A sale the till asks for, how it stands, how it ended.
//!
//! The till's `order_no` is the identity of a sale. Asked again with the same `order_no` and the same content the device
//! begins nothing new: it answers with the state or the result it has. So a till that lost the line, or itself, asks again
//! until it has a result. The same `order_no` with other content is refused.

use super::codec::{Read, Written, put_bytes, put_int, put_str};
use super::message::MessageError;
use crate::cbor::{Map, Reader};
use crate::money::{Fen, Price, Quantity};
use minicbor::{Encoder, encode::Write};

/// Longest `order_no`: 1 to 32 printable ASCII characters.
pub const MAX_ORDER_NO: usize = 32;

/// What may be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Draw {
    /// The personal account only.
    AccountOnly = 1,
    /// Account and funds.
    Everything = 2,
}

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
    /// The till's number, 1 to 32 printable ASCII characters.
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

/// The lines of a sale: given, or as they came in a frame and checked. [`Lines::keep`] copies them out of the frame.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a>(List<'a, Line<'a>>);

/// A list in memory or in its encoding.
#[derive(Clone, Copy, Debug)]
enum List<'a, T> {
    Given(&'a [T]),
    /// The elements without the head of the array, checked.
    Encoded { elements: &'a [u8], count: usize },
}

/// A line of a sale. The names are the platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The national code of the item.
    pub med_list_codg: &'a str,
    /// The institution's own code of the item.
    pub medins_list_codg: &'a str,
    /// How many.
    pub cnt: Quantity,
    /// The price of one.
    pub pric: Price,
    /// The amount of the line.
    pub det_item_fee_sumamt: Fen,
    /// Trace codes.
    pub traces: Traces<'a>,
}

/// The trace codes of a line.
#[derive(Clone, Copy, Debug)]
pub struct Traces<'a>(List<'a, Trace<'a>>);

/// One trace code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// The code on the box.
    pub drug_trac_codg: &'a str,
    /// Whether the box was opened to sell a part of it.
    pub trdn_flag: bool,
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
    /// The swipe: terminal and counter. None when no swipe was ever made.
    pub swipe: Option<([u8; 8], u64)>,
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
    /// The business day of the centre, `yyyymmdd`.
    pub business_day: &'a str,
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
        put_int(e, 3, self.draw as i64)?;
        put_int(e, 4, self.pin as i64)?;
        e.u8(5)?;
        self.lines.encode(e)
    }

    pub(super) fn decode_fields(fields: &mut Map<'_, 'a>) -> Read<Self> {
        Ok(Self {
            order_no: check_order_no(fields.required(1)?.text()?)?,
            amount: positive(fields.required(2)?.int()?).map(Fen).ok_or(MessageError::Field(2))?,
            draw: match fields.required(3)?.uint()? {
                1 => Draw::AccountOnly,
                2 => Draw::Everything,
                _ => return Err(MessageError::Field(3)),
            },
            pin: match fields.required(4)?.uint()? {
                0 => PinWish::AsSet,
                1 => PinWish::Wanted,
                _ => return Err(MessageError::Field(4)),
            },
            lines: Lines(List::take(fields.required(5)?, Line::decode)?),
        })
    }
}

fn positive(number: i64) -> Option<i64> {
    Some(number).filter(|number| *number > 0)
}

pub(super) fn check_order_no(order_no: &str) -> Read<&str> {
    let printable = order_no.bytes().all(|byte| (0x20..=0x7E).contains(&byte));
    if printable && (1..=MAX_ORDER_NO).contains(&order_no.len()) { Ok(order_no) } else { Err(MessageError::Field(1)) }
}

impl<'a> Lines<'a> {
    /// No lines.
    pub const EMPTY: Self = Self(List::Given(&[]));

    /// These lines.
    #[must_use]
    pub const fn given(lines: &'a [Line<'a>]) -> Self {
        Self(List::Given(lines))
    }

    /// Lines as [`Lines::keep`] wrote them, checked again.
    ///
    /// # Errors
    /// [`MessageError`] when they are anything else.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let list = List::decode(bytes, Line::decode)?;
        Ok(Self(list))
    }

    /// Appends the encoded lines, to be read again with [`Lines::decode`].
    ///
    /// # Errors
    /// [`NoRoom`]; what was appended is then of no use.
    pub fn keep<const N: usize>(&self, into: &mut heapless::Vec<u8, N>) -> Result<(), NoRoom> {
        self.encode(&mut Encoder::new(Appending(into))).map_err(|_| NoRoom)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Line<'a>> + use<'a> {
        self.0.iter(Line::decode)
    }

    fn encode<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        self.0.encode(e, Line::encode)
    }
}

impl<'a> Line<'a> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        e.array(6)?.str(self.med_list_codg)?.str(self.medins_list_codg)?;
        e.i64(self.cnt.0)?.i64(self.pric.0)?.i64(self.det_item_fee_sumamt.0)?;
        self.traces.0.encode(e, Trace::encode)
    }

    fn decode(reader: &mut Reader<'a>) -> Read<Self> {
        if reader.array()? != 6 {
            return Err(MessageError::Malformed);
        }
        let (med_list_codg, medins_list_codg) = (reader.text()?, reader.text()?);
        let (cnt, pric, sum) = (reader.int()?, reader.int()?, reader.int()?);
        let traces = Traces(List::take(reader, Trace::decode)?);
        if cnt <= 0 || pric < 0 || sum < 0 {
            return Err(MessageError::Field(5));
        }
        Ok(Self {
            med_list_codg,
            medins_list_codg,
            cnt: Quantity(cnt),
            pric: Price(pric),
            det_item_fee_sumamt: Fen(sum),
            traces,
        })
    }
}

impl<'a> Traces<'a> {
    /// No trace codes.
    pub const EMPTY: Self = Self(List::Given(&[]));

    /// These trace codes.
    #[must_use]
    pub const fn given(traces: &'a [Trace<'a>]) -> Self {
        Self(List::Given(traces))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Trace<'a>> + use<'a> {
        self.0.iter(Trace::decode)
    }
}

impl<'a> Trace<'a> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        e.array(2)?.str(self.drug_trac_codg)?.bool(self.trdn_flag)?;
        Ok(())
    }

    fn decode(reader: &mut Reader<'a>) -> Read<Self> {
        if reader.array()? != 2 {
            return Err(MessageError::Malformed);
        }
        Ok(Self { drug_trac_codg: reader.text()?, trdn_flag: reader.bool()? })
    }
}

impl<'a, T: Copy> List<'a, T> {
    /// An array that is all there is.
    fn decode(bytes: &'a [u8], element: fn(&mut Reader<'a>) -> Read<T>) -> Read<Self> {
        let mut reader = Reader::new(bytes);
        let list = Self::take(&mut reader, element)?;
        reader.end()?;
        Ok(list)
    }

    fn take(reader: &mut Reader<'a>, element: fn(&mut Reader<'a>) -> Read<T>) -> Read<Self> {
        let count = reader.array()?;
        let start = reader.position();
        for _ in 0..count {
            element(reader)?;
        }
        let count = usize::try_from(count).map_err(|_| MessageError::Malformed)?;
        Ok(Self::Encoded { elements: reader.since(start), count })
    }

    fn len(&self) -> usize {
        match self {
            Self::Given(given) => given.len(),
            Self::Encoded { count, .. } => *count,
        }
    }

    fn iter(&self, element: fn(&mut Reader<'a>) -> Read<T>) -> impl Iterator<Item = T> + use<'a, T> {
        let (given, elements): (&[T], &[u8]) = match *self {
            Self::Given(given) => (given, &[]),
            Self::Encoded { elements, .. } => (&[], elements),
        };
        let mut reader = Reader::new(elements);
        // Checked before, so the first error is the end.
        given.iter().copied().chain(core::iter::from_fn(move || element(&mut reader).ok()))
    }

    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        element: fn(&T, &mut Encoder<W>) -> Written<W>,
    ) -> Written<W> {
        e.array(self.len() as u64)?;
        match *self {
            Self::Given(given) => given.iter().try_for_each(|one| element(one, e)),
            Self::Encoded { elements, .. } => {
                e.writer_mut().write_all(elements).map_err(minicbor::encode::Error::write)
            }
        }
    }
}

impl PartialEq for Lines<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Lines<'_> {}

impl PartialEq for Traces<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Traces<'_> {}

/// No room for the lines of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

struct Appending<'a, const N: usize>(&'a mut heapless::Vec<u8, N>);

impl<const N: usize> Write for Appending<'_, N> {
    type Error = NoRoom;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), NoRoom> {
        self.0.extend_from_slice(bytes).map_err(|_| NoRoom)
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
        if let Some((terminal, counter)) = self.swipe {
            put_bytes(e, 3, &terminal)?;
            e.u8(4)?.u64(counter)?;
        }
        match self.outcome {
            SaleOutcome::Refused(fault) => put_int(e, 5, i64::from(fault)),
            SaleOutcome::Settled(settled) | SaleOutcome::Voided(settled) => {
                put_str(e, 6, settled.setl_id)?;
                put_str(e, 7, settled.business_day)?;
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
            Some(terminal) => Some((terminal.array_of()?, fields.required(4)?.uint()?)),
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
            business_day: fields.required(7)?.text()?,
            amount: Fen(fields.required(8)?.int()?),
            acct_pay: Fen(fields.required(9)?.int()?),
            fund_pay: Fen(fields.required(10)?.int()?),
            cash: Fen(fields.required(11)?.int()?),
            balance: Fen(fields.required(12)?.int()?),
        })
    }
}
