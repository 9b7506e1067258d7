//! The centre's SM2 key file, and public keys as the seed file brings them.

use std::io;
use std::path::Path;

use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use sm2::{PublicKey, SecretKey};
use yika_protocol::identity::Secret;
use yika_protocol::sign::{Sm2Signer, Sm2Verifier, sm3};
use yika_protocol::swipe::{CentreId, CentreIdentity};
use zeroize::Zeroizing;

use crate::vault::{read_secret, write_secret};
use crate::{OpenError, Random};

/// The signing key of the centre with its public half in PEM.
pub(crate) struct CentreKey {
    pub(crate) signer: Sm2Signer,
    /// The same key as terminals know it.
    pub(crate) identity: CentreIdentity,
    pub(crate) public_pem: String,
}

impl CentreKey {
    /// Reads the PKCS#8 PEM file, or makes one.
    pub(crate) fn open(path: &Path, random: &dyn Random) -> Result<Self, OpenError> {
        let file = |e: io::Error| OpenError::File(path.to_owned(), e);
        let broken = |why: &str| OpenError::Key(path.to_owned(), why.to_owned());
        let secret = match read_secret(path) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let pem = std::str::from_utf8(&bytes).map_err(|_| broken("not PEM"))?;
                SecretKey::from_pkcs8_pem(pem).map_err(|_| broken("not an SM2 private key in PKCS#8 PEM"))?
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let secret = generate(random).map_err(file)?;
                let pem = secret
                    .to_pkcs8_pem(LineEnding::LF)
                    .map_err(|_| broken("the new key cannot be written"))?;
                write_secret(path, pem.as_bytes()).map_err(file)?;
                secret
            }
            Err(e) => return Err(file(e)),
        };
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(secret.to_bytes().into());
        let signer = Sm2Signer::from_bytes(&bytes).map_err(|_| broken("not a usable SM2 private key"))?;
        // The id is the start of SM3 over the public key, so that it changes with the key.
        let id = sm3(&signer.public_key()).first_chunk().copied().unwrap_or_default();
        let identity = CentreIdentity::new(CentreId(id), &Secret::new(*bytes))
            .map_err(|_| broken("not a usable SM2 private key"))?;
        let public_pem = secret
            .public_key()
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| broken("its public half cannot be written"))?;
        Ok(Self { signer, identity, public_pem })
    }
}

fn generate(random: &dyn Random) -> io::Result<SecretKey> {
    // A draw outside the group's order has a chance of about 2^-32; a source that keeps giving them is broken.
    for _ in 0..16 {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        random.fill(&mut *bytes)?;
        if Sm2Signer::from_bytes(&bytes).is_ok()
            && let Ok(secret) = SecretKey::from_slice(&*bytes)
        {
            return Ok(secret);
        }
    }
    Err(io::Error::other("the random source gives no usable key"))
}

/// The point `04 ‖ x ‖ y` of a SubjectPublicKeyInfo in PEM.
pub(crate) fn public_from_pem(pem: &str) -> Result<[u8; 65], &'static str> {
    let key = PublicKey::from_public_key_pem(pem.trim())
        .map_err(|_| "not an SM2 public key in PEM (BEGIN PUBLIC KEY); `openssl pkey -pubout` writes one")?;
    public_point(key.to_sec1_point(false).as_bytes())
}

/// A point of the curve, checked.
pub(crate) fn public_point(point: &[u8]) -> Result<[u8; 65], &'static str> {
    Ok(Sm2Verifier::from_sec1(point).map_err(|_| "not a point of the SM2 curve")?.public_key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SequenceRandom;

    #[test]
    fn the_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.sm2");
        let first = CentreKey::open(&path, &SequenceRandom::new(1)).unwrap();
        let again = CentreKey::open(&path, &SequenceRandom::new(2)).unwrap();
        assert_eq!(first.public_pem, again.public_pem);
        let point = public_from_pem(&first.public_pem).unwrap();
        assert_eq!(point, first.signer.public_key());
    }

    #[test]
    fn openssl_reads_both_halves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.sm2");
        let key = CentreKey::open(&path, &SequenceRandom::new(3)).unwrap();
        let out = std::process::Command::new("openssl")
            .args(["pkey", "-pubout", "-in"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(String::from_utf8(out.stdout).unwrap().trim(), key.public_pem.trim());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(public_from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").is_err());
        assert!(public_point(&[4; 65]).is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.sm2");
        write_secret(&path, b"no key").unwrap();
        assert!(matches!(CentreKey::open(&path, &SequenceRandom::new(3)), Err(OpenError::Key(..))));
    }
}
