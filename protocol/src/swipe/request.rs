//! What a terminal asks: purchase, reversal, status, void, day.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{BuildError, Challenge, Counter, Kind, Lines, MAX_SETL_ID, card::CardCredential};
use crate::{
    cbor::{DecodeError, Full, Map, Reader, Writer},
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
    /// First day of validity, where the card has one.
    #[zeroize(skip)]
    pub valid_from: Option<Date>,
    /// Last day of validity; a card without an end (长期) has none.
    #[zeroize(skip)]
    pub expires: Option<Date>,
}

/// Key of the last day of a card's validity, in the map of either kind of card. It may be skipped, so it is not in the
/// card challenge.
pub(super) const EXPIRES: u64 = 32;
/// Key of the first day.
const VALID_FROM: u64 = 33;

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

/// How the cryptogram of a card stands in a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cryptogram {
    /// As it goes to the centre.
    With,
    /// As the card challenge is computed: everything else.
    Without,
}

impl SwipeRequest<'_> {
    /// Every value is in its range.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        if !printable(self.order_no, MAX_ORDER_NO) {
            return Err(BuildError::OrderNo);
        }
        if self.amount <= Fen::ZERO {
            return Err(BuildError::Amount);
        }
        self.lines.check().map_err(BuildError::Line)?;
        let credible = match &self.credential {
            Credential::Card(card) => card.is_valid(),
            Credential::Voucher(code) => code.length() > 0,
            Credential::IdCard(_) => true,
        };
        if credible { Ok(()) } else { Err(BuildError::Credential) }
    }

    pub(super) fn write_checked(&self, writer: &mut Writer<'_>) -> Result<(), BuildError> {
        self.check()?;
        self.write(writer, Cryptogram::With).map_err(|Full| BuildError::TooLarge)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>, cryptogram: Cryptogram) -> Result<(), Full> {
        let optional = [!self.lines.is_empty(), self.centre_challenge.is_some(), self.valid_until.is_some()];
        writer
            .map(optional.iter().fold(5, |pairs: usize, there| pairs.saturating_add(usize::from(*there))))?;
        writer.uint(0)?;
        writer.text(self.order_no)?;
        writer.uint(1)?;
        writer.uint(self.amount.0.unsigned_abs())?;
        if !self.lines.is_empty() {
            writer.uint(2)?;
            self.lines.encode(writer)?;
        }
        writer.uint(3)?;
        writer.uint(self.draw.number())?;
        writer.uint(4)?;
        writer.bool(self.pin_verified)?;
        if let Some(challenge) = &self.centre_challenge {
            writer.uint(5)?;
            writer.bytes(challenge)?;
        }
        if let Some(seconds) = self.valid_until {
            writer.uint(6)?;
            writer.uint(seconds)?;
        }
        self.credential.write(writer, cryptogram)
    }
}

impl Draw {
    fn number(self) -> u64 {
        match self {
            Self::AccountOnly => 0,
            Self::Everything => 1,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::AccountOnly),
            1 => Some(Self::Everything),
            _ => None,
        }
    }
}

impl Credential {
    /// Key 7, 8 or 9 of the body.
    fn write(&self, writer: &mut Writer<'_>, cryptogram: Cryptogram) -> Result<(), Full> {
        match self {
            Self::Card(card) => {
                writer.uint(7)?;
                card.write(writer, cryptogram == Cryptogram::Without)
            }
            Self::Voucher(code) => {
                writer.uint(8)?;
                writer.text(code.expose())
            }
            Self::IdCard(card) => {
                writer.uint(9)?;
                let dates = [card.expires, card.valid_from];
                writer.map(2usize.saturating_add(dates.iter().flatten().count()))?;
                writer.uint(0)?;
                writer.text(card.certno.expose())?;
                writer.uint(1)?;
                writer.bytes(&card.sam_id)?;
                write_optional_date(writer, EXPIRES, card.expires)?;
                write_optional_date(writer, VALID_FROM, card.valid_from)
            }
        }
    }

    /// Exactly one of the keys 7, 8, 9.
    fn read(map: &mut Map<'_, '_>) -> Result<Self, DecodeError> {
        if let Some(reader) = map.optional(7)? {
            return Ok(Self::Card(CardCredential::read(reader)?));
        }
        if let Some(reader) = map.optional(8)? {
            let any = CodeRule { shortest: 1, longest: usize::MAX };
            let code = Code::new(reader.text()?.as_bytes(), any).map_err(|_| DecodeError::Range)?;
            return Ok(Self::Voucher(code));
        }
        let mut card = map.required(9)?.map()?;
        let certno = card.required(0)?.text()?;
        let checked = CertNo::parse(certno.as_bytes()).map_err(|_| DecodeError::Range)?;
        if checked.expose() != certno {
            return Err(DecodeError::NotDeterministic);
        }
        let sam_id = card.required(1)?.array_of()?;
        let expires = optional_date(&mut card, EXPIRES)?;
        let valid_from = optional_date(&mut card, VALID_FROM)?;
        card.end()?;
        Ok(Self::IdCard(IdCardCredential { certno: checked, sam_id, valid_from, expires }))
    }
}

impl<'a> SwipeRequest<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let order_no = map.required(0)?.text()?;
        let amount = Fen(map.required(1)?.number()?);
        let lines = match map.optional(2)? {
            Some(reader) => Lines::read(reader)?,
            None => Lines::NONE,
        };
        let draw = Draw::from_number(map.required(3)?.uint()?).ok_or(DecodeError::Range)?;
        let pin_verified = map.required(4)?.bool()?;
        let centre_challenge = map.optional(5)?.map(Reader::array_of).transpose()?;
        let valid_until = map.optional(6)?.map(Reader::uint).transpose()?;
        let credential = Credential::read(&mut map)?;
        map.end()?;
        let request =
            Self { order_no, amount, lines, draw, pin_verified, centre_challenge, valid_until, credential };
        request.check().map_err(|_| DecodeError::Range)?;
        Ok(request)
    }
}

impl<'a> Request<'a> {
    /// Writes the body.
    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), BuildError> {
        match self {
            Self::Swipe(request) => request.write_checked(writer),
            Self::Reversal | Self::Status => writer.map(0).map_err(|Full| BuildError::TooLarge),
            Self::Void(request) => {
                if !printable(request.setl_id, MAX_SETL_ID) {
                    return Err(BuildError::SetlId);
                }
                request.write(writer).map_err(|Full| BuildError::TooLarge)
            }
            Self::Day(request) => request.write(writer).map_err(|Full| BuildError::TooLarge),
        }
    }

    /// Reads the body of a request of this kind; what stands behind it is left in the reader.
    pub(super) fn read(kind: Kind, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match kind {
            Kind::Swipe => SwipeRequest::read(reader).map(Self::Swipe),
            Kind::Reversal => reader.map()?.end().map(|()| Self::Reversal),
            Kind::Status => reader.map()?.end().map(|()| Self::Status),
            Kind::Void => VoidRequest::read(reader).map(Self::Void),
            Kind::Day => DayRequest::read(reader).map(Self::Day),
            _ => Err(DecodeError::Range),
        }
    }

    /// Reads a body that lies open, for tools and tests; nothing here is authentic.
    ///
    /// # Errors
    /// When it is not the body of a request of this kind.
    pub fn decode(kind: Kind, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let request = Self::read(kind, &mut reader)?;
        reader.end()?;
        Ok(request)
    }

    /// The kind of message that carries it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Swipe(_) => Kind::Swipe,
            Self::Reversal => Kind::Reversal,
            Self::Status => Kind::Status,
            Self::Void(_) => Kind::Void,
            Self::Day(_) => Kind::Day,
        }
    }
}

impl<'a> VoidRequest<'a> {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(2)?;
        writer.uint(0)?;
        writer.uint(self.original.get())?;
        writer.uint(1)?;
        writer.text(self.setl_id)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let original = Counter::new(map.required(0)?.uint()?).ok_or(DecodeError::Range)?;
        let setl_id = map.required(1)?.text()?;
        map.end()?;
        if printable(setl_id, MAX_SETL_ID) { Ok(Self { original, setl_id }) } else { Err(DecodeError::Range) }
    }
}

impl DayRequest {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(1)?;
        writer.uint(0)?;
        write_date(writer, self.day)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let day = read_date(map.required(0)?)?;
        map.end()?;
        Ok(Self { day })
    }
}

/// A date is the number `yyyymmdd`.
pub(super) fn write_date(writer: &mut Writer<'_>, date: Date) -> Result<(), Full> {
    let (year, month, day) = (u64::from(date.year()), u64::from(date.month()), u64::from(date.day()));
    writer.uint(year.saturating_mul(10_000).saturating_add(month.saturating_mul(100)).saturating_add(day))
}

pub(super) fn write_optional_date(writer: &mut Writer<'_>, key: u64, date: Option<Date>) -> Result<(), Full> {
    let Some(date) = date else { return Ok(()) };
    writer.uint(key)?;
    write_date(writer, date)
}

pub(super) fn optional_date(map: &mut Map<'_, '_>, key: u64) -> Result<Option<Date>, DecodeError> {
    map.optional(key)?.map(read_date).transpose()
}

pub(super) fn read_date(reader: &mut Reader<'_>) -> Result<Date, DecodeError> {
    let number: u32 = reader.number()?;
    let year = u16::try_from(number / 10_000).map_err(|_| DecodeError::Range)?;
    let (month, day) = ((number / 100 % 100) as u8, (number % 100) as u8);
    Date::new(year, month, day).map_err(|_| DecodeError::Range)
}

/// 1 to `longest` printable ASCII characters without spaces.
pub(super) fn printable(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
