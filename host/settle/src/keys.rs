//! The institution's SM2 key, at rest as PKCS#8.

use std::fmt;
use std::path::Path;

use crate::deps::Random;
use crate::error::KeyError;

/// An SM2 private key. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SigningKey {}

impl SigningKey {
    /// Makes a key pair.
    pub fn generate(random: &dyn Random) -> Result<Self, KeyError> {
        let _ = random;
        Err(KeyError::Random)
    }

    /// Writes a new file (mode 0600, never over an existing one): PKCS#8 PEM, encrypted (PBES2) when a passphrase is given.
    pub fn save(&self, path: &Path, passphrase: Option<&str>, random: &dyn Random) -> Result<(), KeyError> {
        let _ = (path, passphrase, random);
        Err(KeyError::Random)
    }

    /// Reads a file. An unencrypted key readable by group or others is refused.
    pub fn load(path: &Path, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let _ = (path, passphrase);
        Err(KeyError::Random)
    }

    /// True when the file needs a passphrase.
    pub fn is_encrypted(path: &Path) -> Result<bool, KeyError> {
        let _ = path;
        Ok(false)
    }

    /// SubjectPublicKeyInfo PEM.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        Err(KeyError::Random)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}
