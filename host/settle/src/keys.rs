//! The institution's SM2 key, at rest as PKCS#8 (RFC 5958) PEM that `openssl pkey` reads.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use pkcs8::der::pem::PemLabel;
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, EncryptedPrivateKeyInfoRef,
    LineEnding, PrivateKeyInfoRef, SecretDocument,
};
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::{PublicKey, SecretKey};
use yika_protocol::sign::{SignError, Signer, Sm2Signer, Sm2Verifier};
use zeroize::Zeroizing;

use crate::deps::Random;
use crate::error::KeyError;

/// An SM2 private key. `Debug` shows nothing of it; the memory is wiped when the last copy is dropped.
#[derive(Clone)]
pub struct SigningKey {
    secret: SecretKey,
    signer: Arc<Sm2Signer>,
}

impl SigningKey {
    /// Makes a key pair.
    pub fn generate(random: &dyn Random) -> Result<Self, KeyError> {
        // A draw outside 1..n-2 has a chance of about 2^-32 on this curve; a source that keeps giving them is broken.
        for _ in 0..16 {
            let mut bytes = Zeroizing::new([0; 32]);
            random.fill(&mut *bytes).map_err(|_| KeyError::Random)?;
            if let Ok(key) = Self::from_bytes(&bytes) {
                return Ok(key);
            }
        }
        Err(KeyError::Random)
    }

    /// Writes a new file (mode 0600, never over an existing one): PKCS#8 PEM, encrypted when a passphrase is given
    /// (PBES2 with scrypt and AES-256-CBC, RFC 8018 and RFC 7914).
    pub fn save(&self, path: &Path, passphrase: Option<&str>, random: &dyn Random) -> Result<(), KeyError> {
        let pem = match passphrase {
            None => self.secret.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Format)?,
            Some(passphrase) => self.encrypted_pem(passphrase, random)?,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => KeyError::Access(format!("{}: {e}", path.display())),
        })?;
        file.write_all(pem.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| KeyError::Access(format!("{}: {e}", path.display())))
    }

    /// Reads a file. An unencrypted key that group or others may read is refused.
    pub fn load(path: &Path, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let pem = in_rows(&read(path)?);
        let (label, document) = SecretDocument::from_pem(&pem).map_err(|_| KeyError::Format)?;
        let secret = if label == EncryptedPrivateKeyInfoRef::PEM_LABEL {
            let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
            let sealed =
                EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| KeyError::Format)?;
            // AES-CBC is not authenticated: a wrong passphrase shows as bad padding or as bytes that are no key.
            let plain = sealed.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
            SecretKey::from_pkcs8_der(plain.as_bytes()).map_err(|_| KeyError::WrongPassphrase)?
        } else if label == PrivateKeyInfoRef::PEM_LABEL {
            refuse_open_to_others(path)?;
            SecretKey::from_pkcs8_der(document.as_bytes()).map_err(|_| KeyError::Format)?
        } else {
            return Err(KeyError::Format);
        };
        Self::from_secret(secret)
    }

    /// True when the file needs a passphrase.
    pub fn is_encrypted(path: &Path) -> Result<bool, KeyError> {
        let pem = in_rows(&read(path)?);
        let (label, _) = SecretDocument::from_pem(&pem).map_err(|_| KeyError::Format)?;
        Ok(label == EncryptedPrivateKeyInfoRef::PEM_LABEL)
    }

    /// The public key as SubjectPublicKeyInfo PEM (RFC 5280).
    pub fn public_pem(&self) -> Result<String, KeyError> {
        self.secret.public_key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Format)
    }

    /// From the 32 big-endian bytes of the private scalar.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Self::from_secret(SecretKey::from_slice(bytes).map_err(|_| KeyError::Format)?)
    }

    /// The verifier of this key's signatures.
    pub fn verifier(&self) -> Sm2Verifier {
        self.signer.verifier()
    }

    /// A signer with another identifier in ZA.
    pub(crate) fn identified_as(&self, id: &str) -> Result<Sm2Signer, SignError> {
        self.signer.identified_as(id)
    }

    fn from_secret(secret: SecretKey) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(<[u8; 32]>::from(secret.to_bytes()));
        let signer = Sm2Signer::from_bytes(&bytes).map_err(|_| KeyError::Format)?;
        Ok(Self { secret, signer: Arc::new(signer) })
    }

    fn encrypted_pem(&self, passphrase: &str, random: &dyn Random) -> Result<Zeroizing<String>, KeyError> {
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        random.fill(&mut salt).and_then(|()| random.fill(&mut iv)).map_err(|_| KeyError::Random)?;
        let parameters = pbes2::Parameters::generate_scrypt_aes256cbc(scrypt_cost()?, &salt, iv)
            .map_err(|_| KeyError::Format)?;
        let plain = self.secret.to_pkcs8_der().map_err(|_| KeyError::Format)?;
        let info = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| KeyError::Format)?;
        let sealed = info.encrypt_with_params(parameters, passphrase).map_err(|_| KeyError::Format)?;
        sealed.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|_| KeyError::Format)
    }
}

impl Signer for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.signer.sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// Reads the centre's public key from SubjectPublicKeyInfo PEM.
pub fn verifier_from_pem(pem: &str) -> Result<Sm2Verifier, KeyError> {
    let key = PublicKey::from_public_key_pem(&in_rows(pem)).map_err(|_| KeyError::Format)?;
    Sm2Verifier::from_sec1(key.to_sec1_point(false).as_bytes()).map_err(|_| KeyError::Format)
}

/// Lines of 64 characters, as RFC 7468 has it: older tools write 76 or all in one, and the decoder is strict. What stands
/// outside of the block is explanation and left out.
fn in_rows(pem: &str) -> Zeroizing<String> {
    // Never grows, so that no copy of a key stays behind: at most one line end for each 64 characters is added.
    let room = pem.len() + pem.len() / 64 + 8;
    let (mut rows, mut inside, mut column) = (Zeroizing::new(String::with_capacity(room)), false, 0);
    for line in pem.lines().map(str::trim) {
        let (begins, ends) = (line.starts_with("-----BEGIN "), line.starts_with("-----END "));
        if begins || ends {
            if column > 0 {
                rows.push('\n');
            }
            rows.push_str(line);
            rows.push('\n');
            (inside, column) = (begins, 0);
        } else if inside {
            for character in line.chars().filter(|character| !character.is_whitespace()) {
                if column == 64 {
                    rows.push('\n');
                    column = 0;
                }
                rows.push(character);
                column += 1;
            }
        }
    }
    rows
}

/// N = 2^14, r = 8, p = 1: the most that `openssl pkey` opens without being told more (its bound is 32 MiB).
fn scrypt_cost() -> Result<scrypt::Params, KeyError> {
    scrypt::Params::new(14, 8, 1).map_err(|_| KeyError::Format)
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => KeyError::Format,
        _ => KeyError::Access(format!("{}: {e}", path.display())),
    })
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)
        .map_err(|e| KeyError::Access(format!("{}: {e}", path.display())))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::TooOpen(path.to_owned())) }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path) -> Result<(), KeyError> {
    // The access list of the folder is the installer's business there.
    Ok(())
}
