//! What a social security card says for one purchase.

use core::fmt;

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    identity::Date,
    social_card::CardData,
};

use super::request::{EXPIRES, optional_date, write_optional_date};

/// A social security card and its answer to the [card challenge](super::card_challenge). `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CardCredential {
    /// Card identification code (卡识别码), 16 bytes; the first six digits are the issuing region.
    pub identification: [u8; 16],
    /// Card number (卡号), 1 to 9 ASCII letters or digits.
    pub card_no: Vec<u8, 9>,
    /// Specification version (规范版本), four bytes as on the card.
    pub version: [u8; 4],
    /// Historical bytes of the answer to reset (卡复位信息), 8 to 15, 13 on the usual card; the last eight
    /// are the card factor.
    pub reset_info: Vec<u8, 15>,
    /// Algorithm identifier of the card's keys: 1 or 3.
    pub algorithm: u8,
    /// What the card answered to INTERNAL AUTHENTICATE over the challenge.
    pub cryptogram: [u8; 8],
    /// Last day of validity (卡有效期), where the card has one. The terminal's word: the card's answer does not cover it.
    #[zeroize(skip)]
    pub expires: Option<Date>,
}

impl CardCredential {
    /// From what was read; the cryptogram is still zero, which is right for computing the challenge. `None` when the
    /// answer to reset had no historical bytes.
    pub fn unanswered(data: &CardData) -> Option<Self> {
        Some(Self {
            identification: *data.identification_code.expose(),
            card_no: Vec::from_slice(data.card_no.expose().as_bytes()).ok()?,
            version: data.spec_version.0,
            reset_info: Vec::from_slice(data.reset_info.as_ref()?.expose()).ok()?,
            algorithm: data.algorithm.id(),
            cryptogram: [0; 8],
            expires: data.expires,
        })
    }

    /// The same with the card's answer.
    pub fn answered(mut self, cryptogram: [u8; 8]) -> Self {
        self.cryptogram = cryptogram;
        self
    }

    /// The card factor of key derivation: the last eight historical bytes. `None` when there are fewer.
    pub fn card_factor(&self) -> Option<[u8; 8]> {
        let start = self.reset_info.len().checked_sub(8)?;
        self.reset_info.get(start..)?.try_into().ok()
    }
}

impl CardCredential {
    pub(super) fn is_valid(&self) -> bool {
        !self.card_no.is_empty()
            && self.card_no.iter().all(u8::is_ascii_alphanumeric)
            && self.reset_info.len() >= 8
            && matches!(self.algorithm, 1 | 3)
    }

    /// The card challenge is computed without the cryptogram, and without what may be skipped.
    pub(super) fn write(&self, writer: &mut Writer<'_>, for_challenge: bool) -> Result<(), Full> {
        let expires = self.expires.filter(|_| !for_challenge);
        writer
            .map(5usize.saturating_add(usize::from(!for_challenge)).saturating_add(expires.iter().count()))?;
        writer.uint(0)?;
        writer.bytes(&self.identification)?;
        writer.uint(1)?;
        writer.bytes(&self.card_no)?;
        writer.uint(2)?;
        writer.bytes(&self.version)?;
        writer.uint(3)?;
        writer.bytes(&self.reset_info)?;
        writer.uint(4)?;
        writer.uint(u64::from(self.algorithm))?;
        if !for_challenge {
            writer.uint(5)?;
            writer.bytes(&self.cryptogram)?;
        }
        write_optional_date(writer, EXPIRES, expires)
    }

    /// Bytes of what the card challenge leaves out, keys included: cryptogram and date.
    pub(super) fn left_out(&self) -> usize {
        10 + if self.expires.is_some() { 7 } else { 0 }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = reader.map()?;
        let identification = map.required(0)?.array_of()?;
        let card_no = Vec::from_slice(map.required(1)?.bytes()?).map_err(|_| DecodeError::Range)?;
        let version = map.required(2)?.array_of()?;
        let reset_info = Vec::from_slice(map.required(3)?.bytes()?).map_err(|_| DecodeError::Range)?;
        let algorithm = map.required(4)?.number()?;
        let cryptogram = map.required(5)?.array_of()?;
        let expires = optional_date(&mut map, EXPIRES)?;
        map.end()?;
        Ok(Self { identification, card_no, version, reset_info, algorithm, cryptogram, expires })
    }
}

impl fmt::Debug for CardCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardCredential(***)")
    }
}
