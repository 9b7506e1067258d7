//! Sealing of personal data and stored bodies, and keyed digests to find people by.
//!
//! One key file of 32 bytes beside the database; seal key and look-up key are derived from it with HKDF-SHA-256.
//! A sealed value is: version (1) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag; the associated data names the row it
//! belongs to, so that values cannot be moved between rows.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};

use yika_platform::hex;

use crate::Random;

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Seals and opens. Holds the keys; prints nothing of them.
pub(crate) struct Vault {
    seal: LessSafeKey,
    find: hmac::Key,
    random: Arc<dyn Random>,
}

/// A value could not be sealed or opened: wrong key file, moved or damaged row, or no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsealable;

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a sealed value does not open: is the vault key file the one this database was made with?",
        )
    }
}

impl Vault {
    /// Reads the key file, or makes it.
    pub(crate) fn open(path: &Path, random: Arc<dyn Random>) -> io::Result<Self> {
        let key = match read_secret(path) {
            Ok(key) => key,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut key = vec![0; 32];
                random.fill(&mut key)?;
                write_secret(path, &key)?;
                key
            }
            Err(e) => return Err(e),
        };
        if key.len() != 32 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a vault key file has 32 bytes"));
        }
        let failed = |_| io::Error::other("the vault keys could not be derived");
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"yika centre vault 1").extract(&key);
        let seal = root.expand(&[b"seal"], &AES_256_GCM).map_err(failed)?;
        let find = root.expand(&[b"find"], hmac::HMAC_SHA256).map_err(failed)?;
        Ok(Self { seal: LessSafeKey::new(UnboundKey::from(seal)), find: hmac::Key::from(find), random })
    }

    /// Seals `value` for the row named by `row`.
    pub(crate) fn seal(&self, row: &str, value: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce).map_err(|_| Unsealable)?;
        let mut sealed = Vec::with_capacity(1 + NONCE + value.len() + 16);
        let mut body = value.to_vec();
        self.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(row.as_bytes()),
                &mut body,
            )
            .map_err(|_| Unsealable)?;
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`Vault::seal`] sealed for the same row.
    pub(crate) fn open_sealed(&self, row: &str, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
        if *version != VERSION {
            return Err(Unsealable);
        }
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .seal
            .open_in_place(nonce, Aad::from(row.as_bytes()), &mut body)
            .map_err(|_| Unsealable)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// A digest to find a value again without storing it; `kind` keeps look-ups of different columns apart.
    pub(crate) fn digest(&self, kind: &str, value: &str) -> String {
        let mut context = hmac::Context::with_key(&self.find);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        hex::upper(context.sign().as_ref())
    }
}

/// Reads a file that nobody but its owner may read.
pub(crate) fn read_secret(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others may read this key file; take their rights away (chmod 600)",
            ));
        }
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a file that nobody but its owner may read; never replaces one.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private_file(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file of mode 0600; fails when it exists.
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SequenceRandom;

    fn vault(folder: &tempfile::TempDir) -> Vault {
        Vault::open(&folder.path().join("key"), Arc::new(SequenceRandom::new(1))).unwrap()
    }

    #[test]
    fn a_value_opens_only_for_its_row_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = vault(&folder);
        let sealed = first.seal("person:1", b"value").unwrap();
        assert!(!sealed.windows(5).any(|w| w == b"value"));
        assert_ne!(sealed, first.seal("person:1", b"value").unwrap());
        assert_eq!(vault(&folder).open_sealed("person:1", &sealed).unwrap(), b"value");
        assert_eq!(first.open_sealed("person:2", &sealed), Err(Unsealable));
        for cut in 0..sealed.len() {
            assert_eq!(first.open_sealed("person:1", &sealed[..cut]), Err(Unsealable));
        }
        let other = tempfile::tempdir().unwrap();
        let other = Vault::open(&other.path().join("key"), Arc::new(SequenceRandom::new(2))).unwrap();
        assert_eq!(other.open_sealed("person:1", &sealed), Err(Unsealable));
        assert_ne!(other.digest("a", "b"), first.digest("a", "b"));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        drop(vault(&folder));
        let path = folder.path().join("key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Vault::open(&path, Arc::new(SequenceRandom::new(1))).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
