//! The application by which an institution is known at the e-voucher interface.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::hex;

/// Application id and secret, given out by the e-voucher platform.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    id: String,
    secret: Zeroizing<String>,
}

/// Why values are no application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppError {
    /// The id has fewer than 16 characters, or others than letters, digits, `-` and `_`.
    Id,
    /// The secret is empty, longer than 512 characters, or not printable ASCII.
    Secret,
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "an application id has at least 16 letters and digits",
            Self::Secret => "an application secret has 1 to 512 printable ASCII characters",
        })
    }
}

impl std::error::Error for AppError {}

impl App {
    /// Checks id and secret.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn new(id: &str, secret: &str) -> Result<Self, AppError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(16..=64).contains(&id.len()) || !id.bytes().all(plain) {
            return Err(AppError::Id);
        }
        if secret.is_empty() || secret.len() > 512 || !secret.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(AppError::Secret);
        }
        Ok(Self { id: id.to_owned(), secret: Zeroizing::new(secret.to_owned()) })
    }

    /// `appId`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret: end of the signed text, and the identifier in ZA of the signature (GB/T 32918.2).
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Upper-case hex of SM4-ECB (GB/T 32907, PKCS#7 padding) under the application's data key.
    ///
    /// ECB keeps equal blocks equal; it is what the interface asks for, and TLS below it is what protects the person.
    pub fn encrypt(&self, plain: &[u8]) -> String {
        hex::upper(&encrypt(&self.data_key(), plain))
    }

    /// What [`App::encrypt`] encrypted; `None` for anything else.
    pub fn decrypt(&self, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut blocks = Zeroizing::new(hex::vec(text)?);
        let sm4 = Sm4::new(&(*self.data_key()).into());
        if blocks.is_empty() || !blocks.len().is_multiple_of(16) {
            return None;
        }
        for chunk in blocks.as_chunks_mut::<16>().0 {
            let mut block = Block::<Sm4>::from(*chunk);
            sm4.decrypt_block(&mut block);
            *chunk = block.into();
        }
        let padding = usize::from(*blocks.last()?);
        let rest = blocks.len().checked_sub(padding)?;
        let padded =
            (1..=16).contains(&padding) && blocks.get(rest..)?.iter().all(|b| usize::from(*b) == padding);
        if !padded {
            return None;
        }
        blocks.truncate(rest);
        Some(blocks)
    }

    /// First 16 characters of the upper-case hex of the secret, encrypted under the first 16 characters of the id.
    fn data_key(&self) -> Zeroizing<[u8; 16]> {
        let mut id_key = Zeroizing::new([0; 16]);
        for (to, from) in id_key.iter_mut().zip(self.id.bytes()) {
            *to = from;
        }
        let text = Zeroizing::new(hex::upper(&encrypt(&id_key, self.secret.as_bytes())));
        let mut key = Zeroizing::new([0; 16]);
        for (to, from) in key.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        key
    }
}

fn encrypt(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    let sm4 = Sm4::new(key.into());
    let padding = 16 - plain.len() % 16;
    let mut blocks = plain.to_vec();
    blocks.resize(plain.len() + padding, u8::try_from(padding).unwrap_or(16));
    for chunk in blocks.as_chunks_mut::<16>().0 {
        let mut block = Block::<Sm4>::from(*chunk);
        sm4.encrypt_block(&mut block);
        *chunk = block.into();
    }
    blocks
}

/// Standard Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The 64 bytes of a signature in Base64.
pub(super) fn signature(text: &str) -> Option<[u8; 64]> {
    Base64::decode_vec(text).ok()?.try_into().ok()
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({}, ***)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App::new("EXAMPLEAPPID0001", "EXAMPLESECRET0001").unwrap()
    }

    #[test]
    fn openssl_gives_the_same_bytes() {
        // KEY=$(printf EXAMPLESECRET0001 | openssl enc -sm4-ecb -K $(printf EXAMPLEAPPID0001 | xxd -p) | xxd -p -c 200
        //   | tr a-f A-F | cut -c1-16); … | openssl enc -sm4-ecb -K $(printf $KEY | xxd -p), OpenSSL 3.0.
        assert_eq!(*app().data_key(), *b"AE3429324CB4FCB4");
        let plain = br#"{"ecQrCode":"0123456789012345678901234567","orgId":"P99010100001"}"#;
        let wanted = "CB277E91354D9AD94B8832C1781482E4AB867A72AA646D226C0B1C4C1B77DB4663A22BCC3A56405D2E94952F9858\
                      5326EAFA31FEF75D50B45F0F54EA167C75A344E9FCAC4A19049BA6BA27C678A3748F";
        assert_eq!(app().encrypt(plain), wanted);
        assert_eq!(app().decrypt(wanted).unwrap().as_slice(), plain);
    }

    #[test]
    fn every_length_comes_back_and_damage_does_not() {
        for length in 0..50 {
            let plain = vec![0xA5; length];
            let text = app().encrypt(&plain);
            assert_eq!(app().decrypt(&text).unwrap().as_slice(), plain);
            assert_eq!(app().decrypt(&text[..text.len() - 2]), None);
        }
        for bad in ["", "00", "zz", &"00".repeat(16)] {
            assert_eq!(app().decrypt(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_application_has_a_form_and_shows_no_secret() {
        assert_eq!(App::new("short", "s"), Err(AppError::Id));
        assert_eq!(App::new("EXAMPLEAPPID000&", "s"), Err(AppError::Id));
        assert_eq!(App::new("EXAMPLEAPPID0001", ""), Err(AppError::Secret));
        assert!(!format!("{:?}", app()).contains("SECRET"));
    }
}
