//! The device's side of an enrolment.

use heapless::String;

use super::{
    CompareCode, EnrolError, EnrolRequest, MAX_SERIAL, Opening, TerminalCertificate, code::commitment,
};
use crate::swipe::{CURRENT_VERSION, Identity, Seed, curve::PrivateKey, domain, request::printable};

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
