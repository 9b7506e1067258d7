//! The centre's side: enrols terminals, opens requests, seals answers.

use core::fmt;

use heapless::Vec;
use zeroize::Zeroizing;

use super::{
    Answer, BuildError, CentreId, Datagram, EnrolError, EnrolRequest, Evidence, Header, MAX_DATAGRAM,
    OpenError, Request, TerminalCertificate, TerminalId, Terms,
    curve::{PrivateKey, PublicPoint},
    datagram, domain, enrol, evidence,
    evidence::Hash,
    seal::{Plaintext, SealKeys},
};
use crate::{
    cbor::{Reader, Writer},
    identity::Secret,
    sign::{SignError, Sm2Signer, Sm2Verifier, Verifier},
};

/// A centre with its private key in memory.
pub struct CentreIdentity {
    id: CentreId,
    signer: Sm2Signer,
    key: PrivateKey,
}

impl CentreIdentity {
    /// From the 32 bytes of the private key.
    ///
    /// # Errors
    /// [`SignError::PrivateKey`].
    pub fn new(id: CentreId, private: &Secret<32>) -> Result<Self, SignError> {
        let signer = Sm2Signer::from_bytes(private.expose())?;
        Ok(Self { id, signer, key: PrivateKey::new(private)? })
    }

    /// This centre.
    pub fn id(&self) -> CentreId {
        self.id
    }

    /// Signs the roots of evidence.
    pub fn signer(&self) -> &Sm2Signer {
        &self.signer
    }

    /// The public key as `04 ‖ x ‖ y`.
    pub fn public_key(&self) -> [u8; 65] {
        self.signer.public_key()
    }

    /// The certificate for a request (which [`EnrolRequest::decode`] has checked) under these terms.
    ///
    /// # Errors
    /// [`EnrolError::Terms`]; [`EnrolError::Signature`] practically never.
    pub fn issue(&self, request: &EnrolRequest, terms: Terms) -> Result<TerminalCertificate, EnrolError> {
        TerminalCertificate::issue(request, terms, self.id, &self.signer)
    }

    /// The keys shared with the terminal of this certificate: one point multiplication.
    ///
    /// # Errors
    /// [`EnrolError::OtherDevice`] for a certificate of another centre, [`EnrolError::Key`] for a device key that is none.
    pub fn terminal_keys(&self, certificate: &TerminalCertificate) -> Result<TerminalKeys, EnrolError> {
        if certificate.centre != self.id || certificate.centre_key != self.public_key() {
            return Err(EnrolError::OtherDevice);
        }
        let device = PublicPoint::new(&certificate.device_key).map_err(|_| EnrolError::Key)?;
        let secret = enrol::enrolment_secret(&self.key, &device, certificate).ok_or(EnrolError::Key)?;
        Ok(TerminalKeys { terminal: certificate.terminal, centre: self.id, secret })
    }
}

impl fmt::Debug for CentreIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CentreIdentity({})", self.id)
    }
}

/// What a centre shares with one terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct TerminalKeys {
    terminal: TerminalId,
    centre: CentreId,
    secret: Secret<32>,
}

impl TerminalKeys {
    /// From a stored enrolment secret.
    pub fn from_secret(terminal: TerminalId, centre: CentreId, secret: Secret<32>) -> Self {
        Self { terminal, centre, secret }
    }

    /// The enrolment secret, for a sealed store.
    pub fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// Opens a request of this terminal. Cheap: no point multiplication. Nothing but the header comes out before
    /// [`OpenedRequest::verify`].
    ///
    /// # Errors
    /// As [`OpenError`].
    pub fn open_request(&self, datagram: &[u8]) -> Result<OpenedRequest, OpenError> {
        let parts = datagram::parts(datagram)?;
        if !parts.header.kind.is_request() {
            return Err(OpenError::Kind);
        }
        if parts.header.terminal != self.terminal {
            return Err(OpenError::Terminal);
        }
        let keys = SealKeys::derive(&self.secret, self.centre, &parts.header).ok_or(OpenError::Seal)?;
        let mut plaintext = Plaintext::default();
        keys.open(&parts, &mut plaintext).ok_or(OpenError::Seal)?;
        Ok(OpenedRequest {
            header: parts.header,
            centre: self.centre,
            plaintext,
            digest: crate::sign::sm3(datagram),
        })
    }

    /// The leaf that evidence for this answer is over; `header` is the request's.
    ///
    /// # Errors
    /// As [`TerminalKeys::seal_answer`].
    pub fn leaf(&self, request: &Header, answer: &Answer) -> Result<Hash, BuildError> {
        let header = self.answer_header(request, answer)?;
        let mut buffer = Zeroizing::new([0; MAX_DATAGRAM]);
        let mut writer = Writer::new(buffer.as_mut());
        answer.write(&mut writer).map_err(|_| BuildError::TooLarge)?;
        Ok(evidence::leaf(self.centre, &header, writer.written()))
    }

    /// Seals an answer; `header` is the request's. The same answer gives the same bytes.
    ///
    /// # Errors
    /// When the answer is of another kind than the request asks for, or a value is out of its range.
    pub fn seal_answer(
        &self,
        request: &Header,
        answer: &Answer,
        evidence: Option<&Evidence>,
    ) -> Result<Datagram, BuildError> {
        let header = self.answer_header(request, answer)?;
        let mut buffer = Zeroizing::new([0; MAX_DATAGRAM]);
        let mut writer = Writer::new(buffer.as_mut());
        answer
            .write(&mut writer)
            .and_then(|()| evidence.map_or(Ok(()), |evidence| evidence.write(&mut writer)))
            .map_err(|_| BuildError::TooLarge)?;
        let len = writer.len();
        let keys = SealKeys::derive(&self.secret, self.centre, &header).ok_or(BuildError::Unsigned)?;
        let plaintext = buffer.get_mut(..len).ok_or(BuildError::TooLarge)?;
        let mut sealed = Datagram::new();
        keys.seal(&header, plaintext, &mut sealed).map_err(|_| BuildError::TooLarge)?;
        Ok(sealed)
    }

    fn answer_header(&self, request: &Header, answer: &Answer) -> Result<Header, BuildError> {
        answer.check()?;
        request
            .answer()
            .filter(|header| header.kind == answer.kind() && header.terminal == self.terminal)
            .ok_or(BuildError::Header)
    }
}

impl fmt::Debug for TerminalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TerminalKeys({})", self.terminal)
    }
}

/// A request out of a good seal, its signature not yet checked.
pub struct OpenedRequest {
    header: Header,
    centre: CentreId,
    plaintext: Plaintext,
    digest: Hash,
}

impl OpenedRequest {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// SM3 of the datagram: the same id with another digest is a conflict.
    pub fn digest(&self) -> &Hash {
        &self.digest
    }

    /// Checks the device's signature (dear: two point multiplications), then reads the request.
    ///
    /// # Errors
    /// [`RequestError::Signature`] when it is not this device's, [`RequestError::Malformed`] when the signed bytes are not
    /// a request.
    pub fn verify(&self, device_key: &impl Verifier) -> Result<Request<'_>, RequestError> {
        let (body, signature) = self.parts().ok_or(RequestError::Signature)?;
        let mut message = Zeroizing::new(Vec::<u8, { MAX_DATAGRAM + 128 }>::new());
        for part in [domain::REQUEST, &self.centre.0, &self.header.encoded(), body] {
            message.extend_from_slice(part).map_err(|_| RequestError::Signature)?;
        }
        device_key.verify(&message, signature).map_err(|_| RequestError::Signature)?;
        let mut reader = Reader::new(body);
        let request = Request::read(self.header.kind, &mut reader).map_err(RequestError::Malformed)?;
        reader.end().map_err(RequestError::Malformed)?;
        Ok(request)
    }

    fn parts(&self) -> Option<(&[u8], &[u8; 64])> {
        self.plaintext.split_last_chunk()
    }
}

impl fmt::Debug for OpenedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedRequest").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Why a request out of a good seal is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// The signature is not the device's.
    Signature,
    /// What is signed is no request.
    Malformed(crate::cbor::DecodeError),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("the signature is not the device's"),
            Self::Malformed(error) => write!(f, "signed, but {error}"),
        }
    }
}

impl core::error::Error for RequestError {}

/// The verifier of a certificate's device key.
///
/// # Errors
/// [`SignError::PublicKey`] when it is no point of the curve.
pub fn device_verifier(certificate: &TerminalCertificate) -> Result<Sm2Verifier, SignError> {
    Sm2Verifier::from_sec1(&certificate.device_key)
}
