//! What a card session asks a key service, and what it answers.

use core::fmt;

use heapless::Vec;

use super::{Algorithm, AlgorithmRefused, CardKey, CardKeyScheme, same};
use crate::{
    fault::{self, Fault},
    identity::Region,
};

/// Everything a key service needs to authenticate one card, gathered by the read session of a generation 3 card.
///
/// The order of the challenges is the field's: the last challenge before each authentication is its process factor.
/// None of this is secret, but it names one card: `Debug` shows the region and the algorithm only.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// Issuing region (`AAB301`).
    pub region: Region,
    /// Historical bytes of the answer to reset (`AAZ507`), as they came.
    pub reset_info: Vec<u8, 15>,
    /// Second derivation factor: the last eight of them.
    pub card_factor: [u8; 8],
    /// Algorithm of the card (`AFLAG`).
    pub algorithm: Algorithm,
    /// Card identification code (`AAZ501`), 16 bytes = 32 hex digits.
    pub identification_code: [u8; 16],
    /// Internal authentication: process factor.
    pub internal_process: [u8; 8],
    /// Internal authentication: original data.
    pub internal_original: [u8; 8],
    /// Internal authentication: what the card answered.
    pub internal_result: [u8; 8],
    /// External authentication: process factor.
    pub external_process: [u8; 8],
    /// External authentication: original data.
    pub external_original: [u8; 8],
}

impl fmt::Debug for KeyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRequest")
            .field("region", &self.region)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The answer of a key service: two results, each with the original data it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyAnswer {
    /// What a genuine card answers to INTERNAL AUTHENTICATE.
    pub internal_result: [u8; 8],
    /// Echo of the internal original data.
    pub internal_original: [u8; 8],
    /// The cryptogram for EXTERNAL AUTHENTICATE.
    pub external_cryptogram: [u8; 8],
    /// Echo of the external original data.
    pub external_original: [u8; 8],
}

/// The text is not `32 hex digits | 32 hex digits |`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAnswerError;

impl fmt::Display for KeyAnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key answer is two groups of 32 hex digits, separated by |")
    }
}

impl core::error::Error for KeyAnswerError {}

impl KeyAnswerError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        &fault::card::KEY_ANSWER_INVALID
    }
}

impl KeyAnswer {
    /// Reads the driver interface's text form, `<internal result><data>|<external result><data>|`; the last bar may
    /// be missing.
    pub fn from_field_text(text: &str) -> Result<Self, KeyAnswerError> {
        let text = text.strip_suffix('|').unwrap_or(text);
        let (internal, external) = text.split_once('|').ok_or(KeyAnswerError)?;
        let (internal_result, internal_original) = two_eights(internal)?;
        let (external_cryptogram, external_original) = two_eights(external)?;
        Ok(Self { internal_result, internal_original, external_cryptogram, external_original })
    }

    /// Whether it answers this request: both echoes are the request's own data.
    pub fn answers(&self, request: &KeyRequest) -> bool {
        self.internal_original == request.internal_original
            && self.external_original == request.external_original
    }

    /// Whether the card proved itself: its result is the service's, compared in constant time.
    pub fn proves(&self, request: &KeyRequest) -> bool {
        same(&self.internal_result, &request.internal_result)
    }
}

impl fmt::Debug for KeyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyAnswer(***)")
    }
}

/// The master keys of a key service that reads basic data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MasterKeys {
    /// Internal authentication key (IRK).
    pub internal: CardKey,
    /// Read key of the holder's basic data (RKSSSE), key `0A` of EXTERNAL AUTHENTICATE.
    pub read_ssse: CardKey,
}

impl MasterKeys {
    /// Computes the answer for one card. Whether the card is genuine is for the caller to ask:
    /// [`KeyAnswer::proves`].
    pub fn answer(&self, scheme: CardKeyScheme, request: &KeyRequest) -> Result<KeyAnswer, AlgorithmRefused> {
        let key = |master| scheme.card_key(request.algorithm, master, &request.region, &request.card_factor);
        let (internal, external) = (key(&self.internal)?, key(&self.read_ssse)?);
        Ok(KeyAnswer {
            internal_result: scheme.cryptogram(
                request.algorithm,
                &internal,
                &request.internal_process,
                &request.internal_original,
            )?,
            internal_original: request.internal_original,
            external_cryptogram: scheme.cryptogram(
                request.algorithm,
                &external,
                &request.external_process,
                &request.external_original,
            )?,
            external_original: request.external_original,
        })
    }
}

fn two_eights(hex: &str) -> Result<([u8; 8], [u8; 8]), KeyAnswerError> {
    let mut bytes = [0u8; 16];
    if hex.len() != 32 {
        return Err(KeyAnswerError);
    }
    for (to, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        for digit in pair {
            let nibble = char::from(*digit).to_digit(16).ok_or(KeyAnswerError)?;
            *to = *to << 4 | nibble as u8;
        }
    }
    let (left, right) = bytes.split_at(8);
    Ok((left.try_into().map_err(|_| KeyAnswerError)?, right.try_into().map_err(|_| KeyAnswerError)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Secret;
    use proptest::prelude::*;
    use std::{format, string::String};

    fn request() -> KeyRequest {
        KeyRequest {
            region: "990100".parse().unwrap(),
            reset_info: Vec::new(),
            card_factor: [0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07],
            algorithm: Algorithm::TripleDes,
            identification_code: [0x99; 16],
            internal_process: [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
            internal_original: [0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18],
            internal_result: 0x37344DC34C95CA8Au64.to_be_bytes(),
            external_process: [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
            external_original: [0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18],
        }
    }

    fn masters() -> MasterKeys {
        MasterKeys {
            internal: Secret::new(*b"YIKA-IRK-TEST-01"),
            read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
        }
    }

    #[test]
    fn masters_answer_a_request() {
        // Same vectors as in the parent module, and the read key's own.
        let answer = masters().answer(CardKeyScheme::default(), &request()).unwrap();
        assert_eq!(answer.internal_result, 0x37344DC34C95CA8Au64.to_be_bytes());
        assert_eq!(answer.external_cryptogram, 0xCD3A9AB2FB5D9C1Du64.to_be_bytes());
        assert!(answer.answers(&request()) && answer.proves(&request()));
        let mut other = request();
        other.internal_result[7] ^= 1;
        assert!(!answer.proves(&other));
        other.external_original[0] ^= 1;
        assert!(!answer.answers(&other));
        let ssf33 = KeyRequest { algorithm: Algorithm::Ssf33, ..request() };
        assert_eq!(masters().answer(CardKeyScheme::default(), &ssf33), Err(AlgorithmRefused));
    }

    #[test]
    fn the_field_text_form() {
        let text = "37344DC34C95CA8AA1B2C3D4E5F60718|cd3a9ab2fb5d9c1dA1B2C3D4E5F60718|";
        let answer = KeyAnswer::from_field_text(text).unwrap();
        assert_eq!(answer, masters().answer(CardKeyScheme::default(), &request()).unwrap());
        assert_eq!(KeyAnswer::from_field_text(&text[..65]), Ok(answer));
        for bad in [
            "",
            "|",
            &text[..33],
            &text[..64],
            "37344DC34C95CA8AA1B2C3D4E5F6071G|37344DC34C95CA8AA1B2C3D4E5F60718",
        ] {
            assert_eq!(KeyAnswer::from_field_text(bad), Err(KeyAnswerError), "{bad}");
        }
    }

    #[test]
    fn keys_are_never_shown() {
        assert_eq!(
            format!("{:?}", masters()),
            "MasterKeys { internal: Secret<16>(***), read_ssse: Secret<16>(***) }"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = KeyAnswer::from_field_text(&text);
        }
    }
}
