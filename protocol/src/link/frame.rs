//! Frames: consistent overhead byte stuffing, so that 00 stands between frames and nowhere else, and a CRC.
//!
//! ```text
//! 00  COBS( version 1 · channel 1 · number 2 · payload 0…1280 · CRC-32 4 )  00
//! ```
//!
//! Numbers are big-endian. The CRC is CRC-32/ISO-HDLC (as in Ethernet and zip) over everything in front of it. After noise
//! of any kind the next 00 begins anew; at most the frame that was hit is lost.

use super::{CURRENT_VERSION, FromDevice, FromTill, MAX_PAYLOAD, MIN_VERSION};
use cobs::{DecodeResult, DecoderState, EncoderState, PushResult};
use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

const HEADER: usize = 4;
const CHECK: usize = 4;
const MAX_PLAIN: usize = HEADER + MAX_PAYLOAD + CHECK;

/// Longest frame on the wire, with the 00 in front and behind.
pub const MAX_WIRE: usize = MAX_PLAIN + MAX_PLAIN.div_ceil(254) + 3;

static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// What a frame is about, so that it can be handed on without looking into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Channel {
    /// Who is there, which versions.
    Info = 0,
    /// Sales of the till.
    Sale = 1,
    /// Sealed datagrams between device and centre.
    Datagram = 2,
    /// Enrolment.
    Enrolment = 3,
}

impl Channel {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Info,
            1 => Self::Sale,
            2 => Self::Datagram,
            3 => Self::Enrolment,
            _ => return None,
        })
    }
}

/// A whole frame that arrived undamaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is about.
    pub channel: Channel,
    /// The number of the request. An answer repeats it, a repetition keeps it.
    pub number: u16,
    /// The message, to be read with [`FromTill::decode`] or [`FromDevice::decode`].
    pub payload: &'a [u8],
}

/// Why bytes between two 00 were no frame. All are dropped; the sender repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// The stuffing is broken or the CRC differs: noise.
    Damaged,
    /// Longer than any frame.
    TooLong,
    /// A whole frame of a version not understood here.
    Version(u8),
    /// A whole frame on a channel not known here.
    Channel(u8),
}

/// Takes bytes from the line, hands over frames.
#[derive(Debug, Default)]
pub struct Receiver {
    stuffing: DecoderState,
    plain: heapless::Vec<u8, MAX_PLAIN>,
    too_long: bool,
}

impl Receiver {
    /// A receiver that has heard nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { stuffing: DecoderState::Idle, plain: heapless::Vec::new(), too_long: false }
    }

    /// Takes one byte. `Some` when it ended a frame, or something that should have been one.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame<'_>, FrameError>> {
        match self.stuffing.feed(byte) {
            // Also what follows a broken frame up to the next 00 is no beginning: `DataStart` comes only behind a 00.
            Ok(DecodeResult::DataStart) => {
                self.plain.clear();
                self.too_long = false;
                None
            }
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataContinue(plain)) => {
                self.too_long |= self.plain.push(plain).is_err();
                None
            }
            Ok(DecodeResult::DataComplete) if self.too_long => Some(Err(FrameError::TooLong)),
            Ok(DecodeResult::DataComplete) => Some(open(&self.plain)),
            // The stuffing says so only on a 00, so the next byte begins anew.
            Err(_) => Some(Err(FrameError::Damaged)),
        }
    }
}

fn open(plain: &[u8]) -> Result<Frame<'_>, FrameError> {
    let (covered, check) = plain.split_last_chunk::<CHECK>().ok_or(FrameError::Damaged)?;
    if CRC.checksum(covered) != u32::from_be_bytes(*check) {
        return Err(FrameError::Damaged);
    }
    let (&[version, channel, high, low], payload) =
        covered.split_first_chunk::<HEADER>().ok_or(FrameError::Damaged)?;
    if !(MIN_VERSION..=CURRENT_VERSION).contains(&version) {
        return Err(FrameError::Version(version));
    }
    let channel = Channel::from_byte(channel).ok_or(FrameError::Channel(channel))?;
    Ok(Frame { channel, number: u16::from_be_bytes([high, low]), payload })
}

/// Why a message was not taken for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueError {
    /// The frame before is still being sent. Try again later; nothing is lost, since everything here is repeated.
    Busy,
    /// The message is longer than a frame can be.
    TooLong,
}

/// The frame being sent. Lines take as many bytes as they can at a time.
#[derive(Debug, Default)]
pub struct Outbox {
    wire: heapless::Vec<u8, MAX_WIRE>,
    sent: usize,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub const fn new() -> Self {
        Self { wire: heapless::Vec::new(), sent: 0 }
    }

    /// Takes a message of the device.
    ///
    /// # Errors
    /// [`QueueError`]; the outbox is as before.
    pub fn say(&mut self, number: u16, message: &FromDevice<'_>) -> Result<(), QueueError> {
        self.fill(message.channel(), number, |stuffer| {
            message.encode_into(stuffer).map_err(|_| QueueError::TooLong)
        })
    }

    /// Takes a message of the till.
    ///
    /// # Errors
    /// [`QueueError`]; the outbox is as before.
    pub fn ask(&mut self, number: u16, message: &FromTill<'_>) -> Result<(), QueueError> {
        self.fill(message.channel(), number, |stuffer| {
            message.encode_into(stuffer).map_err(|_| QueueError::TooLong)
        })
    }

    /// The bytes that still have to go out. Empty when all is sent.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.wire.get(self.sent..).unwrap_or_default()
    }

    /// So many of the pending bytes went out.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes).min(self.wire.len());
        if self.sent == self.wire.len() {
            self.wire.clear();
            self.sent = 0;
        }
    }

    fn fill(
        &mut self,
        channel: Channel,
        number: u16,
        payload: impl FnOnce(&mut Stuffer<'_>) -> Result<(), QueueError>,
    ) -> Result<(), QueueError> {
        if !self.pending().is_empty() {
            return Err(QueueError::Busy);
        }
        self.wire.clear();
        self.sent = 0;
        let done = Stuffer::begin(&mut self.wire).and_then(|mut stuffer| {
            let [high, low] = number.to_be_bytes();
            stuffer
                .plain(&[CURRENT_VERSION, channel as u8, high, low])
                .map_err(|Full| QueueError::TooLong)?;
            payload(&mut stuffer)?;
            stuffer.finish()
        });
        if done.is_err() {
            self.wire.clear();
        }
        done
    }
}

/// No room left in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Stuffs bytes as they are written, so that no second buffer is needed.
pub(super) struct Stuffer<'a> {
    wire: &'a mut heapless::Vec<u8, MAX_WIRE>,
    stuffing: EncoderState,
    digest: crc::Digest<'static, u32, NoTable>,
    plain: usize,
    /// A run of 254 ended with the last byte: its successor's code byte is needed only when something follows.
    owes_code: bool,
}

impl<'a> Stuffer<'a> {
    fn begin(wire: &'a mut heapless::Vec<u8, MAX_WIRE>) -> Result<Self, QueueError> {
        // The 00 in front ends whatever noise was on the line before.
        wire.extend_from_slice(&[0, 0]).map_err(|_| QueueError::TooLong)?;
        Ok(Self { wire, stuffing: EncoderState::default(), digest: CRC.digest(), plain: 0, owes_code: false })
    }

    fn plain(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.plain += bytes.len();
        if self.plain > HEADER + MAX_PAYLOAD {
            return Err(Full);
        }
        self.digest.update(bytes);
        self.stuff(bytes)
    }

    fn stuff(&mut self, bytes: &[u8]) -> Result<(), Full> {
        for &byte in bytes {
            if core::mem::take(&mut self.owes_code) {
                self.append(0)?;
            }
            match self.stuffing.push(byte) {
                PushResult::AddSingle(byte) => self.append(byte)?,
                PushResult::ModifyFromStartAndSkip((at, code)) => {
                    self.set_code(at, code)?;
                    self.append(0)?;
                }
                PushResult::ModifyFromStartAndPushAndSkip((at, code, byte)) => {
                    self.set_code(at, code)?;
                    self.append(byte)?;
                    self.owes_code = true;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), QueueError> {
        let check = self.digest.clone().finalize().to_be_bytes();
        self.stuff(&check).map_err(|Full| QueueError::TooLong)?;
        if !self.owes_code {
            let (at, code) = self.stuffing.clone().finalize();
            self.set_code(at, code).map_err(|Full| QueueError::TooLong)?;
        }
        self.append(0).map_err(|Full| QueueError::TooLong)
    }

    fn append(&mut self, byte: u8) -> Result<(), Full> {
        self.wire.push(byte).map_err(|_| Full)
    }

    /// The stuffing counts from the first code byte; ours stands behind the 00 in front.
    fn set_code(&mut self, at: usize, code: u8) -> Result<(), Full> {
        *self.wire.get_mut(at.saturating_add(1)).ok_or(Full)? = code;
        Ok(())
    }
}

impl minicbor::encode::Write for Stuffer<'_> {
    type Error = Full;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.plain(bytes)
    }
}
