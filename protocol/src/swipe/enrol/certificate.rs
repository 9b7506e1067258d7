//! What a centre grants a terminal.

use heapless::Vec;

use super::{EnrolError, EnrolRequest, Label, read_label, version};
use crate::{
    cbor::{DecodeError, Full, Reader, Writer},
    identity::Institution,
    money::Fen,
    sign::{Signer as _, Sm2Signer, Verifier as _},
    swipe::{CURRENT_VERSION, CentreId, Freshness, TerminalId, curve::PublicPoint, domain},
};

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

    pub(in crate::swipe) fn read(reader: &mut Reader<'_>) -> Result<Self, EnrolError> {
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

    pub(in crate::swipe) fn write(&self, writer: &mut Writer<'_>, with_signature: bool) -> Result<(), Full> {
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
    pub(in crate::swipe) fn issue(
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
