//! Messages: CBOR maps with integer keys in deterministic encoding (RFC 8949 §4.2), key 0 saying which message it is.
//!
//! A request takes the next number of its sender, an answer repeats that number, a repetition keeps it. Everything can be
//! repeated: doing so begins nothing twice. Keys from 32 on that are not known are passed over,
//! so a newer side may say more; an unknown key below 32 refuses the message.

use super::codec::{Read, Written, put_bytes, put_int, put_str};
use super::frame::{Channel, Frame};
use super::sale::{Sale, SaleResult, SaleState, check_order_no};
use crate::cbor::{Map, Reader};
use crate::swipe::{Opening, TerminalId};
use minicbor::{Encoder, encode::Write};

/// What the till says to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromTill<'a> {
    /// Who is there? Answer: [`FromDevice::Info`].
    Hello,
    /// Take this sale, or say how it stands. Answers: [`FromDevice::State`] whenever it changes and on every repetition, then
    /// [`FromDevice::Result`]; or [`FromDevice::Refused`].
    Sale(Sale<'a>),
    /// Give this sale up. Before the swipe nothing was sent and it is cancelled, afterwards it is reversed unless it has a
    /// result. Answer as to [`FromTill::Sale`].
    Cancel {
        /// Which sale.
        order_no: &'a str,
    },
    /// A sealed datagram of the centre, the answer to [`FromDevice::Datagram`] of the same number.
    Datagram(&'a [u8]),
    /// Make a key and ask for a certificate. Answer: [`FromDevice::EnrolRequest`], the same one as long as enrolment lasts.
    EnrolBegin,
    /// The certificate for the request. The device shows the six digits and asks the operator. Answer:
    /// [`FromDevice::EnrolWaiting`]. Another certificate than the one the opening was given for is refused; then everything
    /// begins anew with [`FromTill::EnrolBegin`] and another key.
    EnrolGrant {
        /// The encoded certificate.
        certificate: &'a [u8],
    },
    /// The centre has confirmed the enrolment with the digits the operator read on the device. Only now, and only if the operator
    /// also agreed on the device, does the device use the certificate. Answer: [`FromDevice::EnrolWaiting`] as long as the
    /// operator has not, then [`FromDevice::Enrolled`] or [`FromDevice::Refused`].
    EnrolConfirm,
}

/// What the device says to the till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromDevice<'a> {
    /// Who is here.
    Info(DeviceInfo<'a>),
    /// How the sale stands.
    State {
        /// Which sale.
        order_no: &'a str,
        /// How it stands.
        state: SaleState,
    },
    /// How the sale ended.
    Result(SaleResult<'a>),
    /// A sealed datagram for the centre. The answer, if one comes, is [`FromTill::Datagram`] with the same number.
    Datagram(&'a [u8]),
    /// The encoded enrolment request.
    EnrolRequest(&'a [u8]),
    /// The device has the certificate and the six digits are on its display. For the centre: the opening that the request
    /// committed to, which nobody may learn before.
    EnrolWaiting {
        /// Sent when the certificate is there, never before.
        opening: Opening,
    },
    /// Enrolled under this terminal id.
    Enrolled {
        /// Given by the centre.
        terminal: TerminalId,
    },
    /// The request cannot be done: the number of a [`Fault`](crate::fault::Fault).
    Refused(u16),
}

/// Who the device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceInfo<'a> {
    /// The maker's serial number.
    pub serial: &'a str,
    /// The maker's model name.
    pub model: &'a str,
    /// Version of the firmware.
    pub firmware: &'a str,
    /// The terminal id, when enrolled.
    pub terminal: Option<TerminalId>,
    /// It has no network of its own: sealed datagrams come here to be carried.
    pub needs_carrier: bool,
    /// Reversals the centre has not acknowledged yet.
    pub open_reversals: u8,
    /// A bench device: its entropy is not real. Never to be trusted with money.
    pub bench: bool,
}

/// Why a payload was no message. The frame was whole, so the other side means something else than we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// Not CBOR, or not a map as described.
    Malformed,
    /// A message not known here, or on the wrong channel.
    Unknown,
    /// A value outside its range.
    Field(u8),
}

// The two sides have no number in common, so an echo on the line is never taken for an answer.
const HELLO: u8 = 1;
const SALE: u8 = 2;
const CANCEL: u8 = 3;
const DATAGRAM_IN: u8 = 4;
const ENROL_BEGIN: u8 = 5;
const ENROL_GRANT: u8 = 6;
const ENROL_CONFIRM: u8 = 7;
const INFO: u8 = 12;
const STATE: u8 = 13;
const RESULT: u8 = 14;
const DATAGRAM_OUT: u8 = 15;
const ENROL_REQUEST: u8 = 16;
const ENROL_WAITING: u8 = 17;
const ENROLLED: u8 = 18;
const REFUSED: u8 = 19;

impl<'a> FromTill<'a> {
    /// The channel it goes on.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Hello => Channel::Info,
            Self::Sale(_) | Self::Cancel { .. } => Channel::Sale,
            Self::Datagram(_) => Channel::Datagram,
            Self::EnrolBegin | Self::EnrolGrant { .. } | Self::EnrolConfirm => Channel::Enrolment,
        }
    }

    /// Reads the message of a frame.
    ///
    /// # Errors
    /// [`MessageError`]; the till is to be told with [`FromDevice::Refused`].
    pub fn decode(frame: Frame<'a>) -> Result<Self, MessageError> {
        let mut reader = Reader::new(frame.payload);
        let mut fields = reader.map()?;
        let message = match fields.required(0)?.number()? {
            HELLO => Self::Hello,
            SALE => Self::Sale(Sale::decode_fields(&mut fields)?),
            CANCEL => Self::Cancel { order_no: check_order_no(fields.required(1)?.text()?)? },
            DATAGRAM_IN => Self::Datagram(fields.required(1)?.bytes()?),
            ENROL_BEGIN => Self::EnrolBegin,
            ENROL_GRANT => Self::EnrolGrant { certificate: fields.required(1)?.bytes()? },
            ENROL_CONFIRM => Self::EnrolConfirm,
            _ => return Err(MessageError::Unknown),
        };
        fields.end()?;
        reader.end()?;
        if message.channel() == frame.channel { Ok(message) } else { Err(MessageError::Unknown) }
    }

    pub(super) fn encode_into<W: Write>(&self, writer: W) -> Written<W> {
        let e = &mut Encoder::new(writer);
        match self {
            Self::Hello => head(e, HELLO, 0),
            Self::Sale(sale) => {
                head(e, SALE, 5)?;
                sale.encode_fields(e)
            }
            Self::Cancel { order_no } => {
                head(e, CANCEL, 1)?;
                put_str(e, 1, order_no)
            }
            Self::Datagram(bytes) => {
                head(e, DATAGRAM_IN, 1)?;
                put_bytes(e, 1, bytes)
            }
            Self::EnrolBegin => head(e, ENROL_BEGIN, 0),
            Self::EnrolGrant { certificate } => {
                head(e, ENROL_GRANT, 1)?;
                put_bytes(e, 1, certificate)
            }
            Self::EnrolConfirm => head(e, ENROL_CONFIRM, 0),
        }
    }
}

impl<'a> FromDevice<'a> {
    /// The channel it goes on. A refusal goes on the sale channel; the number says what it answers.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Info(_) => Channel::Info,
            Self::State { .. } | Self::Result(_) | Self::Refused(_) => Channel::Sale,
            Self::Datagram(_) => Channel::Datagram,
            Self::EnrolRequest(_) | Self::EnrolWaiting { .. } | Self::Enrolled { .. } => Channel::Enrolment,
        }
    }

    /// Reads the message of a frame.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn decode(frame: Frame<'a>) -> Result<Self, MessageError> {
        let mut reader = Reader::new(frame.payload);
        let mut fields = reader.map()?;
        let message = match fields.required(0)?.number()? {
            INFO => Self::Info(DeviceInfo::decode_fields(&mut fields)?),
            STATE => Self::State {
                order_no: check_order_no(fields.required(1)?.text()?)?,
                state: SaleState::from_number(fields.required(2)?.uint()?).ok_or(MessageError::Field(2))?,
            },
            RESULT => Self::Result(SaleResult::decode_fields(&mut fields)?),
            DATAGRAM_OUT => Self::Datagram(fields.required(1)?.bytes()?),
            ENROL_REQUEST => Self::EnrolRequest(fields.required(1)?.bytes()?),
            ENROL_WAITING => Self::EnrolWaiting { opening: Opening(fields.required(1)?.array_of()?) },
            ENROLLED => Self::Enrolled { terminal: TerminalId(fields.required(1)?.array_of()?) },
            REFUSED => Self::Refused(fields.required(1)?.number()?),
            _ => return Err(MessageError::Unknown),
        };
        fields.end()?;
        reader.end()?;
        if message.channel() == frame.channel { Ok(message) } else { Err(MessageError::Unknown) }
    }

    pub(super) fn encode_into<W: Write>(&self, writer: W) -> Written<W> {
        let e = &mut Encoder::new(writer);
        match self {
            Self::Info(info) => info.encode(e),
            Self::State { order_no, state } => {
                head(e, STATE, 2)?;
                put_str(e, 1, order_no)?;
                put_int(e, 2, *state as i64)
            }
            Self::Result(result) => {
                head(e, RESULT, result.field_count())?;
                result.encode_fields(e)
            }
            Self::Datagram(bytes) => {
                head(e, DATAGRAM_OUT, 1)?;
                put_bytes(e, 1, bytes)
            }
            Self::EnrolRequest(request) => {
                head(e, ENROL_REQUEST, 1)?;
                put_bytes(e, 1, request)
            }
            Self::EnrolWaiting { opening } => {
                head(e, ENROL_WAITING, 1)?;
                put_bytes(e, 1, &opening.0)
            }
            Self::Enrolled { terminal } => {
                head(e, ENROLLED, 1)?;
                put_bytes(e, 1, &terminal.0)
            }
            Self::Refused(fault) => {
                head(e, REFUSED, 1)?;
                put_int(e, 1, i64::from(*fault))
            }
        }
    }
}

impl<'a> DeviceInfo<'a> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>) -> Written<W> {
        head(e, INFO, 6 + u64::from(self.terminal.is_some()))?;
        put_str(e, 1, self.serial)?;
        put_str(e, 2, self.model)?;
        put_str(e, 3, self.firmware)?;
        if let Some(terminal) = self.terminal {
            put_bytes(e, 4, &terminal.0)?;
        }
        e.u8(5)?.bool(self.needs_carrier)?;
        put_int(e, 6, i64::from(self.open_reversals))?;
        e.u8(7)?.bool(self.bench)?;
        Ok(())
    }

    fn decode_fields(fields: &mut Map<'_, 'a>) -> Read<Self> {
        Ok(Self {
            serial: fields.required(1)?.text()?,
            model: fields.required(2)?.text()?,
            firmware: fields.required(3)?.text()?,
            terminal: match fields.optional(4)? {
                Some(terminal) => Some(TerminalId(terminal.array_of()?)),
                None => None,
            },
            needs_carrier: fields.required(5)?.bool()?,
            open_reversals: fields.required(6)?.number()?,
            bench: fields.required(7)?.bool()?,
        })
    }
}

fn head<W: Write>(e: &mut Encoder<W>, kind: u8, fields: u64) -> Written<W> {
    e.map(fields + 1)?.u8(0)?.u8(kind)?;
    Ok(())
}
