//! What a social security card says for one purchase.

use core::fmt;

use heapless::Vec;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::social_card::CardData;

/// A social security card and its answer to the [card challenge](super::card_challenge). `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CardCredential {
    /// Card identification code (卡识别码), 16 bytes; the first six digits are the issuing region.
    pub identification: [u8; 16],
    /// Card number (卡号), 1 to 9 ASCII letters or digits.
    pub card_no: Vec<u8, 9>,
    /// Specification version (规范版本), four bytes as on the card.
    pub version: [u8; 4],
    /// Historical bytes of the answer to reset (卡复位信息), 13 on the usual card; the last eight are the card factor.
    pub reset_info: Vec<u8, 15>,
    /// Algorithm identifier of the card's keys: 1 or 3.
    pub algorithm: u8,
    /// What the card answered to INTERNAL AUTHENTICATE over the challenge.
    pub cryptogram: [u8; 8],
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

impl fmt::Debug for CardCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardCredential(***)")
    }
}
