//! The outer map of a message.

use super::{
    Datagram, Header, MAX_DATAGRAM, OpenError,
    id::HeaderError,
    seal::{NONCE_LEN, TAG_LEN},
};
use crate::cbor::{Full, Reader, Writer};

/// Shortest sealed message there is: shorter bytes are junk without a look. Header 15, nonce 14, an empty body and
/// its tag.
pub(super) const SHORTEST: usize = 48;

/// A message taken apart; nothing is authentic yet.
pub(super) struct Parts<'a> {
    pub(super) header: Header,
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) sealed: &'a [u8],
}

/// Looks at the open part of a message: no cryptography, a few dozen bytes.
///
/// # Errors
/// [`OpenError::Junk`] for anything that is no message, [`OpenError::Version`] for one in a version that is not
/// understood.
pub fn peek(datagram: &[u8]) -> Result<Header, OpenError> {
    Ok(parts(datagram)?.header)
}

pub(super) fn parts(datagram: &[u8]) -> Result<Parts<'_>, OpenError> {
    if !(SHORTEST..=MAX_DATAGRAM).contains(&datagram.len()) {
        return Err(OpenError::Junk);
    }
    let mut reader = Reader::new(datagram);
    let mut map = reader.map().map_err(|_| OpenError::Junk)?;
    let header = Header::read_fields(&mut map).map_err(|error| match error {
        HeaderError::Version(version) => OpenError::Version(version),
        HeaderError::Junk => OpenError::Junk,
    })?;
    let mut rest = || -> Result<_, crate::cbor::DecodeError> {
        let nonce = map.required(5)?.array_of()?;
        Ok((nonce, map.required(6)?.bytes()?))
    };
    let (nonce, sealed) = rest().map_err(|_| OpenError::Junk)?;
    // Nothing may hide in the open part: what is not under the seal is not there.
    map.closed().and_then(|()| reader.end()).map_err(|_| OpenError::Junk)?;
    Ok(Parts { header, nonce, sealed })
}

/// Whether a plaintext of this length fits under this header.
pub(super) fn fits(header: &Header, plaintext: usize) -> bool {
    // The header's own map, then key, head and nonce, then key, head of up to three bytes, ciphertext and tag.
    let open = header.encoded().len().saturating_add(2 + NONCE_LEN).saturating_add(4 + TAG_LEN);
    open.saturating_add(plaintext) <= MAX_DATAGRAM
}

pub(super) fn write(
    header: &Header,
    nonce: &[u8; NONCE_LEN],
    ciphertext: &[u8],
    tag: &[u8; TAG_LEN],
    to: &mut Datagram,
) -> Result<(), Full> {
    to.resize_default(MAX_DATAGRAM).map_err(|_| Full)?;
    let mut writer = Writer::new(to);
    writer.map(7)?;
    header.write_fields(&mut writer)?;
    writer.uint(5)?;
    writer.bytes(nonce)?;
    writer.uint(6)?;
    writer.bytes_of(&[ciphertext, tag])?;
    let len = writer.len();
    to.truncate(len);
    Ok(())
}
