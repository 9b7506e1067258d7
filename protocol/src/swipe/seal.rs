//! The seal: SM4-GCM (GB/T 32907, GB/T 36624) with keys per terminal, centre, epoch and direction.
//!
//! The nonce is the start of an HMAC-SM3 over header and plaintext under a key of its own. Sealing is a function of its
//! input: the same message gives the same bytes, and two different messages have two nonces, even when two devices
//! have one identity or a counter is used twice.

use aes_gcm::{AeadInOut, AesGcm, KeyInit};
use cipher::{array::Array, consts::U12};
use sm4::Sm4;
use zeroize::Zeroizing;

use super::{
    CentreId, Datagram, Header, MAX_DATAGRAM,
    datagram::{self, Parts},
    domain, kdf,
};
use crate::{cbor::Full, identity::Secret};

/// Bytes of the authentication tag behind the ciphertext.
pub(super) const TAG_LEN: usize = 16;
pub(super) const NONCE_LEN: usize = 12;

/// Plaintext out of a seal, erased when dropped.
pub(super) type Plaintext = Zeroizing<heapless::Vec<u8, MAX_DATAGRAM>>;

/// Which way a message goes. Each has its own keys, so a message can never be sent back as an answer.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    ToCentre = 1,
    ToTerminal = 2,
}

pub(super) struct SealKeys {
    cipher: Secret<16>,
    nonce: Secret<32>,
}

impl SealKeys {
    /// The keys for one message: terminal and epoch are the header's.
    pub(super) fn derive(secret: &Secret<32>, centre: CentreId, header: &Header) -> Option<Self> {
        let direction = if header.kind.is_request() { Direction::ToCentre } else { Direction::ToTerminal };
        let mut info = heapless::Vec::<u8, 64>::new();
        let epoch = header.counter.epoch().to_be_bytes();
        for part in [domain::KEYS, &[direction as u8], &header.terminal.0, &centre.0, &epoch] {
            info.extend_from_slice(part).ok()?;
        }
        let (first, nonce) = kdf::expand(secret, &info)?;
        Some(Self { cipher: Secret::new(*first.expose().first_chunk()?), nonce })
    }

    /// Cipher key and nonce key, for the worked examples.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> ([u8; 16], [u8; 32]) {
        (*self.cipher.expose(), *self.nonce.expose())
    }

    /// Seals `plaintext` in place and writes the message into `to`.
    pub(super) fn seal(&self, header: &Header, plaintext: &mut [u8], to: &mut Datagram) -> Result<(), Full> {
        let encoded = header.encoded();
        let nonce = self.nonce(&encoded, plaintext).ok_or(Full)?;
        let tag = self
            .cipher()
            .and_then(|cipher| {
                let aad = associated_data(&encoded)?;
                cipher.encrypt_inout_detached(&Array(nonce), &aad, (&mut *plaintext).into()).ok()
            })
            .ok_or(Full)?;
        datagram::write(header, &nonce, plaintext, &tag.into(), to)
    }

    /// The plaintext into `to`, when the seal is good; else nothing of use is there. In a place of the caller's: handed back
    /// it would lie on a device's stack more than once.
    pub(super) fn open(&self, parts: &Parts<'_>, to: &mut Plaintext) -> Option<()> {
        let (ciphertext, tag) = parts.sealed.split_last_chunk::<TAG_LEN>()?;
        to.clear();
        to.extend_from_slice(ciphertext).ok()?;
        let encoded = parts.header.encoded();
        let aad = associated_data(&encoded)?;
        self.cipher()?
            .decrypt_inout_detached(&Array(parts.nonce), &aad, to.as_mut_slice().into(), &Array(*tag))
            .ok()?;
        // A nonce that is not the plaintext's own was made by somebody who has the key but not our way: refuse it, so
        // that one message has one form.
        (self.nonce(&encoded, to)? == parts.nonce).then_some(())
    }

    fn nonce(&self, header: &[u8], plaintext: &[u8]) -> Option<[u8; NONCE_LEN]> {
        kdf::hmac(self.nonce.expose(), &[header, plaintext])?.expose().first_chunk().copied()
    }

    fn cipher(&self) -> Option<AesGcm<Sm4, U12>> {
        AesGcm::new_from_slice(self.cipher.expose()).ok()
    }
}

fn associated_data(header: &[u8]) -> Option<heapless::Vec<u8, { Header::MAX_LEN + 32 }>> {
    let mut aad = heapless::Vec::from_slice(domain::SEAL).ok()?;
    aad.extend_from_slice(header).ok()?;
    Some(aad)
}
