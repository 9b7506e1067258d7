//! What reading and writing messages share. Reading is [`crate::cbor`]; writing goes straight into the frame.

use super::message::MessageError;
use crate::cbor::DecodeError;
use minicbor::{Encoder, encode::Write};

/// What comes of reading.
pub(super) type Read<T> = Result<T, MessageError>;

/// What comes of writing: the only error is that there is no room.
pub(super) type Written<W> = Result<(), minicbor::encode::Error<<W as Write>::Error>>;

impl From<DecodeError> for MessageError {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}

/// Writes `key: string`.
pub(super) fn put_str<W: Write>(e: &mut Encoder<W>, key: u8, value: &str) -> Written<W> {
    e.u8(key)?.str(value)?;
    Ok(())
}

/// Writes `key: bytes`.
pub(super) fn put_bytes<W: Write>(e: &mut Encoder<W>, key: u8, value: &[u8]) -> Written<W> {
    e.u8(key)?.bytes(value)?;
    Ok(())
}

/// Writes `key: integer`.
pub(super) fn put_int<W: Write>(e: &mut Encoder<W>, key: u8, value: i64) -> Written<W> {
    e.u8(key)?.i64(value)?;
    Ok(())
}
