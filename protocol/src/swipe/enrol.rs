//! Enrolment: how a terminal and a centre come to know each other.
//!
//! 1. The device makes its key pair and an *opening*, and sends [`EnrolRequest`]: public key, serial, model, a commitment to
//!    the opening, and a signature that proves the private key.
//! 2. The centre answers with a [`TerminalCertificate`], still pending.
//! 3. The device shows [`CompareCode`], and sends the opening. Whoever stands at the centre's side computes the same code
//!    from request, certificate and opening; an operator compares. Only then is the certificate in force.
//!
//! The code has six digits. The commitment makes them enough: somebody in the middle must fix every key of his before he
//! learns the opening, so he can only guess, once in a million, and a failed guess is seen. Without it he could try
//! certificates until the codes agree.

use core::fmt;

use heapless::{String, Vec};
use sm3::{Digest, Sm3};
use subtle::ConstantTimeEq;

use super::{
    CURRENT_VERSION, CentreId, Freshness, Identity, MIN_VERSION, Seed, TerminalId,
    curve::{PrivateKey, PublicPoint},
    domain, kdf,
    request::printable,
};
use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    fault::{Fault, device as fault},
    identity::{Institution, Secret},
    money::Fen,
    sign::{Signer, Sm2Signer, Verifier},
};

/// Most characters of a device's serial number or model.
pub const MAX_SERIAL: usize = 32;

/// A serial number or a model: 1 to 32 printable ASCII characters without spaces.
pub type Label = String<MAX_SERIAL>;

/// A device asks to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolRequest {
    /// Version of this record.
    pub version: u8,
    /// The device's public key, `04 ‖ x ‖ y`.
    pub device_key: [u8; 65],
    /// The maker's serial number of the device.
    pub serial: Label,
    /// The model.
    pub model: Label,
    /// SM3 over domain and opening.
    pub commitment: [u8; 32],
    /// The device's signature over domain and the fields above.
    pub proof: [u8; 64],
}

/// What a request committed to. Sent when the certificate has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening(pub [u8; 16]);

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(***)")
    }
}

/// What a terminal may do at most, in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One purchase with a fresh centre challenge.
    pub per_swipe: Fen,
    /// One purchase without.
    pub no_challenge: Fen,
    /// All purchases of one business day.
    pub per_day: Fen,
}

impl Limits {
    /// What one purchase may come to. The pre-play rule: a card's answers could have been harvested ahead, unless they
    /// are over a challenge that the centre gave lately; without one the lower limit holds.
    pub fn of_swipe(&self, freshness: Freshness) -> Fen {
        match freshness {
            Freshness::Fresh => self.per_swipe,
            Freshness::Missing | Freshness::Stale => self.no_challenge.min(self.per_swipe),
        }
    }
}

/// What a centre grants a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalCertificate {
    /// Version of this record.
    pub version: u8,
    /// The terminal's name: eight random bytes, new with every enrolment.
    pub terminal: TerminalId,
    /// The centre.
    pub centre: CentreId,
    /// The centre's public key, `04 ‖ x ‖ y`.
    pub centre_key: [u8; 65],
    /// The institution that the terminal belongs to.
    pub institution: Institution,
    /// The device's public key.
    pub device_key: [u8; 65],
    /// The device's serial number.
    pub serial: Label,
    /// What it may do.
    pub limits: Limits,
    /// First second of its life, unix time.
    pub not_before: u64,
    /// Last second of its life.
    pub not_after: u64,
    /// The centre's signature over domain and the fields above.
    pub signature: [u8; 64],
}

/// What the centre decides about a new terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Eight random bytes that no terminal of this centre has or had.
    pub terminal: TerminalId,
    /// The institution.
    pub institution: Institution,
    /// Limits.
    pub limits: Limits,
    /// First second, unix time.
    pub not_before: u64,
    /// Last second.
    pub not_after: u64,
}

/// Why an enrolment record is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolError {
    /// Not such a record.
    Malformed(DecodeError),
    /// A version that is not understood.
    Version(u8),
    /// A key that is no point of the curve, or no private key.
    Key,
    /// A signature does not fit.
    Signature,
    /// The certificate is for another device key or serial.
    OtherDevice,
    /// The opening is not the one that was committed to.
    Opening,
    /// Serial or model is not 1 to 32 printable ASCII characters.
    Label,
    /// A limit below zero, or an end before the beginning.
    Terms,
}

impl fmt::Display for EnrolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "not an enrolment record: {error}"),
            Self::Version(version) => write!(f, "record of version {version}, which is not understood"),
            Self::Key => f.write_str("a key that cannot be one"),
            Self::Signature => f.write_str("a signature does not fit"),
            Self::OtherDevice => f.write_str("the certificate is for another device"),
            Self::Opening => f.write_str("the opening is not the one that was committed to"),
            Self::Label => f.write_str("serial and model have 1 to 32 printable characters"),
            Self::Terms => f.write_str("a limit below zero, or an end before the beginning"),
        }
    }
}

impl core::error::Error for EnrolError {}

impl EnrolError {
    /// The coded fault.
    pub fn fault(self) -> &'static Fault {
        match self {
            Self::Malformed(_) | Self::Version(_) => &fault::ENROL_RECORD,
            Self::Key | Self::Signature => &fault::ENROL_SIGNATURE,
            Self::OtherDevice => &fault::ENROL_OTHER_DEVICE,
            Self::Opening => &fault::ENROL_OPENING,
            Self::Label | Self::Terms => &fault::ENROL_TERMS,
        }
    }
}

impl From<DecodeError> for EnrolError {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}

/// The six digits that an operator compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompareCode(u32);

impl CompareCode {
    /// The code of this enrolment.
    ///
    /// # Errors
    /// [`EnrolError::Opening`] when the opening is not the one that the request committed to.
    pub fn of(
        request: &EnrolRequest,
        certificate: &TerminalCertificate,
        opening: &Opening,
    ) -> Result<Self, EnrolError> {
        if !bool::from(commitment(opening).ct_eq(&request.commitment)) {
            return Err(EnrolError::Opening);
        }
        let mut hash = Sm3::new_with_prefix(domain::CODE);
        hash.update(request.encoded());
        hash.update(certificate.encoded());
        hash.update(opening.0);
        let digest: [u8; 32] = hash.finalize().into();
        let number = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // 2^64 is so far above a million that the first codes are not noticeably likelier.
        Ok(Self((number % 1_000_000) as u32))
    }

    /// The six digits as ASCII, for a device that shows them without formatting.
    pub fn digits(&self) -> [u8; 6] {
        let mut digits = [b'0'; 6];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0'.wrapping_add((rest % 10) as u8);
            rest /= 10;
        }
        digits
    }

    /// From what somebody typed: six digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok().map(Self))?
    }
}

impl fmt::Display for CompareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// A device between its request and its certificate. In RAM only: power off means begin again.
#[derive(Debug)]
pub struct PendingEnrolment {
    key: PrivateKey,
    opening: Opening,
    request: EnrolRequest,
}

impl PendingEnrolment {
    /// Makes key pair, opening and request from one draw of healthy entropy.
    ///
    /// # Errors
    /// [`EnrolError::Label`]; [`EnrolError::Key`] practically never.
    pub fn begin(seed: &Seed, serial: &str, model: &str) -> Result<Self, EnrolError> {
        // The chance that a number is no private key is 2^-32, so a fifth try never comes.
        let key = (0u8..5)
            .filter_map(|attempt| seed.derive(&[domain::PRIVATE_KEY, &[attempt]]))
            .find_map(|private| PrivateKey::new(&private).ok())
            .ok_or(EnrolError::Key)?;
        let secret = seed.derive(&[domain::OPENING]).ok_or(EnrolError::Key)?;
        let opening = Opening(secret.expose().first_chunk().copied().ok_or(EnrolError::Key)?);
        let label = |text: &str| match String::try_from(text) {
            Ok(label) if printable(text, MAX_SERIAL) => Ok(label),
            _ => Err(EnrolError::Label),
        };
        let mut request = EnrolRequest {
            version: CURRENT_VERSION,
            device_key: *key.public().bytes(),
            serial: label(serial)?,
            model: label(model)?,
            commitment: commitment(&opening),
            proof: [0; 64],
        };
        request.proof = key.sign(&request.signed()).ok_or(EnrolError::Key)?;
        Ok(Self { key, opening, request })
    }

    /// What goes to the centre.
    pub fn request(&self) -> &EnrolRequest {
        &self.request
    }

    /// What goes to the centre when the certificate has come, and not before.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// What the device shows for this certificate.
    ///
    /// # Errors
    /// When the certificate is not one for this device.
    pub fn compare_code(&self, certificate: &TerminalCertificate) -> Result<CompareCode, EnrolError> {
        self.check(certificate)?;
        CompareCode::of(&self.request, certificate, &self.opening)
    }

    /// The operator said that the codes are equal.
    ///
    /// # Errors
    /// When the certificate is not one for this device.
    pub fn accept(self, certificate: TerminalCertificate) -> Result<Identity, EnrolError> {
        self.check(&certificate)?;
        Identity::new(self.key, certificate)
    }

    fn check(&self, certificate: &TerminalCertificate) -> Result<(), EnrolError> {
        certificate.verify()?;
        let ours =
            certificate.device_key == self.request.device_key && certificate.serial == self.request.serial;
        if ours { Ok(()) } else { Err(EnrolError::OtherDevice) }
    }
}

impl EnrolRequest {
    /// Most bytes of [`EnrolRequest::encoded`].
    pub const MAX_LEN: usize = 320;

    /// `{0: version, 1: device key, 2: serial, 3: model, 4: commitment, 5: proof}`.
    pub fn encoded(&self) -> Vec<u8, { EnrolRequest::MAX_LEN }> {
        let mut buffer = [0; EnrolRequest::MAX_LEN];
        let mut writer = Writer::new(&mut buffer);
        // 1 + 2 + 68 + 35 + 35 + 35 + 67 bytes at most.
        let _ = self.write(&mut writer, true);
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    /// Reads a request and checks its proof.
    ///
    /// # Errors
    /// As [`EnrolError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EnrolError> {
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        let request = Self {
            version: version(map.required(0)?)?,
            device_key: map.required(1)?.array_of()?,
            serial: read_label(map.required(2)?)?,
            model: read_label(map.required(3)?)?,
            commitment: map.required(4)?.array_of()?,
            proof: map.required(5)?.array_of()?,
        };
        map.closed()?;
        reader.end()?;
        request.verify()?;
        Ok(request)
    }

    /// Whether the sender has the private key.
    ///
    /// # Errors
    /// [`EnrolError::Key`] or [`EnrolError::Signature`].
    pub fn verify(&self) -> Result<(), EnrolError> {
        let key = PublicPoint::new(&self.device_key).map_err(|_| EnrolError::Key)?;
        key.verify(&self.signed(), &self.proof).map_err(|_| EnrolError::Signature)
    }

    fn signed(&self) -> Vec<u8, 320> {
        let mut buffer = [0; 320];
        let mut writer = Writer::new(&mut buffer);
        let _ = writer.raw(domain::PROOF).and_then(|()| self.write(&mut writer, false));
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    fn write(&self, writer: &mut Writer<'_>, with_proof: bool) -> Result<(), Full> {
        writer.map(5usize.saturating_add(usize::from(with_proof)))?;
        writer.uint(0)?;
        writer.uint(u64::from(self.version))?;
        writer.uint(1)?;
        writer.bytes(&self.device_key)?;
        writer.uint(2)?;
        writer.text(&self.serial)?;
        writer.uint(3)?;
        writer.text(&self.model)?;
        writer.uint(4)?;
        writer.bytes(&self.commitment)?;
        if with_proof {
            writer.uint(5)?;
            writer.bytes(&self.proof)?;
        }
        Ok(())
    }
}

impl TerminalCertificate {
    /// Most bytes of [`TerminalCertificate::encoded`].
    pub const MAX_LEN: usize = 400;

    /// `{0: version, 1: terminal, 2: centre, 3: centre key, 4: institution, 5: device key, 6: serial, 7: per swipe,
    /// 8: no challenge, 9: per day, 10: not before, 11: not after, 12: signature}`.
    pub fn encoded(&self) -> Vec<u8, { TerminalCertificate::MAX_LEN }> {
        let mut buffer = [0; TerminalCertificate::MAX_LEN];
        let mut writer = Writer::new(&mut buffer);
        // 1 + 2 + 10 + 10 + 68 + 14 + 68 + 35 + 5 × 10 + 67 bytes at most.
        let _ = self.write(&mut writer, true);
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    /// Reads a certificate and checks it as [`TerminalCertificate::verify`] does.
    ///
    /// # Errors
    /// As [`EnrolError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EnrolError> {
        let mut reader = Reader::new(bytes);
        let certificate = Self::read(&mut reader)?;
        reader.end()?;
        certificate.verify()?;
        Ok(certificate)
    }

    /// Whether the terms are possible and the signature is the one of the centre key inside. Whether that key is the right
    /// centre's is what the compared code is for.
    ///
    /// # Errors
    /// [`EnrolError::Terms`], [`EnrolError::Key`] or [`EnrolError::Signature`].
    pub fn verify(&self) -> Result<(), EnrolError> {
        self.check_terms()?;
        let key = PublicPoint::new(&self.centre_key).map_err(|_| EnrolError::Key)?;
        key.verify(&self.signed(), &self.signature).map_err(|_| EnrolError::Signature)
    }

    /// Whether it is in force at this second.
    pub fn is_valid_at(&self, unix_seconds: u64) -> bool {
        (self.not_before..=self.not_after).contains(&unix_seconds)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, EnrolError> {
        let mut map = reader.map()?;
        let certificate = Self {
            version: version(map.required(0)?)?,
            terminal: TerminalId(map.required(1)?.array_of()?),
            centre: CentreId(map.required(2)?.array_of()?),
            centre_key: map.required(3)?.array_of()?,
            institution: Institution::parse(map.required(4)?.text()?.as_bytes())
                .map_err(|_| DecodeError::Range)?,
            device_key: map.required(5)?.array_of()?,
            serial: read_label(map.required(6)?)?,
            limits: Limits {
                per_swipe: Fen(map.required(7)?.number()?),
                no_challenge: Fen(map.required(8)?.number()?),
                per_day: Fen(map.required(9)?.number()?),
            },
            not_before: map.required(10)?.uint()?,
            not_after: map.required(11)?.uint()?,
            signature: map.required(12)?.array_of()?,
        };
        map.closed()?;
        Ok(certificate)
    }

    fn check_terms(&self) -> Result<(), EnrolError> {
        let limits = [self.limits.per_swipe, self.limits.no_challenge, self.limits.per_day];
        let possible = limits.iter().all(|limit| *limit >= Fen::ZERO) && self.not_before <= self.not_after;
        if possible { Ok(()) } else { Err(EnrolError::Terms) }
    }

    fn signed(&self) -> Vec<u8, 400> {
        let mut buffer = [0; 400];
        let mut writer = Writer::new(&mut buffer);
        let _ = writer.raw(domain::CERTIFICATE).and_then(|()| self.write(&mut writer, false));
        Vec::from_slice(writer.written()).unwrap_or_default()
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>, with_signature: bool) -> Result<(), Full> {
        writer.map(12usize.saturating_add(usize::from(with_signature)))?;
        writer.uint(0)?;
        writer.uint(u64::from(self.version))?;
        writer.uint(1)?;
        writer.bytes(&self.terminal.0)?;
        writer.uint(2)?;
        writer.bytes(&self.centre.0)?;
        writer.uint(3)?;
        writer.bytes(&self.centre_key)?;
        writer.uint(4)?;
        writer.text(self.institution.as_str())?;
        writer.uint(5)?;
        writer.bytes(&self.device_key)?;
        writer.uint(6)?;
        writer.text(&self.serial)?;
        let limits = [self.limits.per_swipe, self.limits.no_challenge, self.limits.per_day];
        for (key, limit) in (7..).zip(limits) {
            writer.uint(key)?;
            writer.uint(limit.0.unsigned_abs())?;
        }
        writer.uint(10)?;
        writer.uint(self.not_before)?;
        writer.uint(11)?;
        writer.uint(self.not_after)?;
        if with_signature {
            writer.uint(12)?;
            writer.bytes(&self.signature)?;
        }
        Ok(())
    }

    /// The certificate for this request under these terms, signed by the centre.
    pub(super) fn issue(
        request: &EnrolRequest,
        terms: Terms,
        centre: CentreId,
        signer: &Sm2Signer,
    ) -> Result<Self, EnrolError> {
        let mut certificate = Self {
            version: CURRENT_VERSION,
            terminal: terms.terminal,
            centre,
            centre_key: signer.public_key(),
            institution: terms.institution,
            device_key: request.device_key,
            serial: request.serial.clone(),
            limits: terms.limits,
            not_before: terms.not_before,
            not_after: terms.not_after,
            signature: [0; 64],
        };
        certificate.check_terms()?;
        certificate.signature = signer.sign(&certificate.signed()).map_err(|_| EnrolError::Signature)?;
        Ok(certificate)
    }
}

/// The enrolment secret: HKDF-SM3 over the x coordinate of the SM2 key agreement point, salted with the hash of the whole
/// certificate, so that both sides have it only when they hold the same certificate.
pub(super) fn enrolment_secret(
    own: &PrivateKey,
    peer: &PublicPoint,
    certificate: &TerminalCertificate,
) -> Option<Secret<32>> {
    let salt = crate::sign::sm3(&certificate.encoded());
    let key = kdf::extract(&salt, own.agree(peer).expose())?;
    kdf::expand(&key, domain::SECRET).map(|(secret, _)| secret)
}

fn commitment(opening: &Opening) -> [u8; 32] {
    let mut hash = Sm3::new_with_prefix(domain::COMMITMENT);
    hash.update(opening.0);
    hash.finalize().into()
}

pub(super) fn version(reader: &mut Reader<'_>) -> Result<u8, EnrolError> {
    let version = reader.number()?;
    if (MIN_VERSION..=CURRENT_VERSION).contains(&version) {
        Ok(version)
    } else {
        Err(EnrolError::Version(version))
    }
}

fn read_label(reader: &mut Reader<'_>) -> Result<Label, DecodeError> {
    let text = reader.text()?;
    match String::try_from(text) {
        Ok(label) if printable(text, MAX_SERIAL) => Ok(label),
        _ => Err(DecodeError::Range),
    }
}
