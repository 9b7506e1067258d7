//! Sealing of what is personal: each record on its own, under a key that lies beside the journal.
//!
//! A sealed record is `version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM (NIST SP 800-38D) with a random
//! nonce. Associated data is `"yika-journal" ‖ version ‖ record name`, so a record cannot be moved to another place.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use crate::deps::Random;
use crate::error::JournalError;

/// Oldest form of a sealed record that is read.
pub(crate) const MIN_VERSION: u8 = 1;
/// Form of a sealed record that is written.
pub(crate) const CURRENT_VERSION: u8 = 1;

const TAG_LEN: usize = 16;
const KEY_LINE: &str = "yika-journal-key 1 ";

/// The journal's key.
pub(crate) struct Sealer {
    aead: LessSafeKey,
    mac: hmac::Key,
}

impl Sealer {
    /// The key beside `journal`. Made at first use, and only when there is no journal yet that it would have to open.
    pub(crate) fn open(journal: &Path, may_create: bool, random: &dyn Random) -> Result<Self, JournalError> {
        let path = key_path(journal);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                restrict(&path)?;
                Self::parse(&text).ok_or_else(|| JournalError::Key(path.display().to_string()))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && may_create => Self::create(&path, random),
            Err(e) => Err(JournalError::Key(format!("{}: {e}", path.display()))),
        }
    }

    pub(crate) fn from_key(key: &[u8; 32]) -> Option<Self> {
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
        // A key of its own for the comparison of contents; the derivation is one-way.
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"yika-journal content mac 1");
        Some(Self { aead, mac: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }

    /// Seals `plain` as the record `name`.
    pub(crate) fn seal(
        &self,
        name: &str,
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, JournalError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| JournalError::Random)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
        sealed.push(CURRENT_VERSION);
        sealed.extend_from_slice(&nonce);
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_LEN));
        body.extend_from_slice(plain);
        self.aead
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated(CURRENT_VERSION, name)),
                &mut *body,
            )
            .map_err(|_| JournalError::Random)?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens the record `name`. Anything but the untouched bytes of that record is refused.
    pub(crate) fn open_record(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        let damaged = || JournalError::Corrupt(format!("sealed record {name}"));
        let (&version, rest) = sealed.split_first().ok_or_else(damaged)?;
        if version > CURRENT_VERSION {
            return Err(JournalError::TooNew { found: version.into(), current: CURRENT_VERSION.into() });
        }
        if version < MIN_VERSION {
            return Err(damaged());
        }
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(associated(version, name));
        let plain_len = self
            .aead
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .map_err(|_| damaged())?
            .len();
        body.truncate(plain_len);
        Ok(body)
    }

    /// A keyed digest: tells equal contents without telling the content.
    pub(crate) fn mac(&self, content: &[u8]) -> Vec<u8> {
        hmac::sign(&self.mac, content).as_ref().to_vec()
    }

    fn create(path: &Path, random: &dyn Random) -> Result<Self, JournalError> {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key).map_err(|_| JournalError::Random)?;
        let mut text = Zeroizing::new(String::from(KEY_LINE));
        for byte in key.iter() {
            text.push_str(&format!("{byte:02x}"));
        }
        text.push('\n');
        // Whole or not at all: a half-written key would lock everything that is sealed under it later.
        let draft = PathBuf::from(format!("{}.new", path.display()));
        let access = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::StorageFull => JournalError::Full,
            _ => JournalError::Access(format!("{}: {e}", path.display())),
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft).map_err(access)?;
        restrict(&draft)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(access)?;
        fs::rename(&draft, path).map_err(access)?;
        sync_folder(path);
        Self::from_key(&key).ok_or(JournalError::Random)
    }

    fn parse(text: &str) -> Option<Self> {
        let hex = text.trim_end().strip_prefix(KEY_LINE)?;
        let mut key = Zeroizing::new([0; 32]);
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (i, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        Self::from_key(&key)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

/// Where the key of a journal lies.
pub(crate) fn key_path(journal: &Path) -> PathBuf {
    PathBuf::from(format!("{}.key", journal.display()))
}

/// Takes all rights of group and others from a file.
pub(crate) fn restrict(path: &Path) -> Result<(), JournalError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let access = |e: std::io::Error| JournalError::Access(format!("{}: {e}", path.display()));
        if fs::metadata(path).map_err(access)?.permissions().mode() & 0o177 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(access)?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes a rename durable where the system allows folders to be synced.
pub(crate) fn sync_folder(file: &Path) {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = fs::File::open(folder) {
        // Not every file system knows this; SQLite treats it the same way.
        let _ = folder.sync_all();
    }
}

fn associated(version: u8, name: &str) -> Vec<u8> {
    let mut aad = b"yika-journal".to_vec();
    aad.push(version);
    aad.extend_from_slice(name.as_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deps::SeededRandom;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), crate::deps::RandomFailed> {
            out.fill(self.0);
            Ok(())
        }
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    /// Version 1, made once with Python's `cryptography` (AESGCM): never edit.
    const GOLDEN_1: &str =
        "01090909090909090909090909c1370c70067026c71e42fa0ac8df935a9ca386140770f941ca02e834d9aa12";

    #[test]
    fn golden_record_of_version_1() {
        let sealer = Sealer::from_key(&[7; 32]).unwrap();
        let name = "message P99010100001202611220730000001";
        assert_eq!(sealer.seal(name, "沈一禾 12.50".as_bytes(), &Fixed(9)).unwrap(), unhex(GOLDEN_1));
        assert_eq!(&*sealer.open_record(name, &unhex(GOLDEN_1)).unwrap(), "沈一禾 12.50".as_bytes());
    }

    #[test]
    fn any_changed_bit_and_any_other_name_is_refused() {
        let sealer = Sealer::from_key(&[7; 32]).unwrap();
        let sealed = sealer.seal("a", b"body", &SeededRandom::new(1)).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open_record("a", &bad).is_err(), "bit {bit}");
        }
        assert!(sealer.open_record("b", &sealed).is_err());
        for len in 0..sealed.len() {
            assert!(sealer.open_record("a", &sealed[..len]).is_err());
        }
    }

    #[test]
    fn a_key_is_made_once_and_never_beside_a_journal_that_needs_another() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("j.db");
        let first = Sealer::open(&journal, true, &SeededRandom::new(1)).unwrap();
        let sealed = first.seal("a", b"body", &SeededRandom::new(2)).unwrap();
        let again = Sealer::open(&journal, true, &SeededRandom::new(3)).unwrap();
        assert_eq!(&*again.open_record("a", &sealed).unwrap(), b"body");
        fs::remove_file(key_path(&journal)).unwrap();
        assert!(matches!(Sealer::open(&journal, false, &SeededRandom::new(3)), Err(JournalError::Key(_))));
        fs::write(key_path(&journal), "yika-journal-key 1 00").unwrap();
        assert!(matches!(Sealer::open(&journal, true, &SeededRandom::new(3)), Err(JournalError::Key(_))));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("j.db");
        Sealer::open(&journal, true, &SeededRandom::new(1)).unwrap();
        let mode = || fs::metadata(key_path(&journal)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(key_path(&journal), fs::Permissions::from_mode(0o644)).unwrap();
        Sealer::open(&journal, false, &SeededRandom::new(1)).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
