//! The device's side: who it is, and how it seals and opens.

use core::fmt;

use zeroize::Zeroizing;

use super::{
    Answer, BuildError, CommittedBoot, Counter, Datagram, DayRequest, EnrolError, Evidence, Header, Hint,
    Kind, MAX_DATAGRAM, OpenError, PreparedNonce, PreparedNonces, Request, Seed, SwipeRequest,
    TerminalCertificate, TerminalId, VoidRequest,
    curve::{PrivateKey, PublicPoint},
    datagram, domain, enrol, evidence,
    evidence::Hash,
    seal::{Plaintext, SealKeys},
};
use crate::{
    cbor::{Full, Reader, Writer},
    identity::{Date, Secret},
    sign::SignError,
};

/// Everything that makes a device one terminal of one centre. `Debug` shows the terminal only; keys are erased when
/// it is dropped.
pub struct Identity {
    key: PrivateKey,
    secret: Secret<32>,
    centre_key: PublicPoint,
    certificate: TerminalCertificate,
}

/// An answer out of a good seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its header: kind, and which counter it is about.
    pub header: Header,
    /// What the centre says.
    pub answer: Answer,
    /// What proves it to others.
    pub evidence: Option<Evidence>,
    /// What the evidence is over.
    pub leaf: Hash,
}

impl Identity {
    /// Most bytes of [`Identity::encoded`].
    pub const MAX_LEN: usize = 512;

    /// Derives the enrolment secret: one point multiplication.
    pub(super) fn new(key: PrivateKey, certificate: TerminalCertificate) -> Result<Self, EnrolError> {
        let centre_key = PublicPoint::new(&certificate.centre_key).map_err(|_| EnrolError::Key)?;
        let secret = enrol::enrolment_secret(&key, &centre_key, &certificate).ok_or(EnrolError::Key)?;
        Ok(Self { key, secret, centre_key, certificate })
    }

    /// This terminal.
    pub fn terminal(&self) -> TerminalId {
        self.certificate.terminal
    }

    /// What the centre granted.
    pub fn certificate(&self) -> &TerminalCertificate {
        &self.certificate
    }

    /// A pool of at most `N` prepared nonces for this start. `None` practically never.
    pub fn prepared_nonces<const N: usize>(
        &self,
        boot: CommittedBoot,
        seed: Seed,
    ) -> Option<PreparedNonces<N>> {
        PreparedNonces::new(&self.key, boot, seed)
    }

    /// The header of this terminal's swipe with that counter, for [`card_challenge`](super::card_challenge).
    pub fn swipe_header(&self, counter: Counter) -> Header {
        Header::new(Kind::Swipe, self.terminal(), counter)
    }

    /// A purchase. Without a prepared nonce signing takes a point multiplication.
    ///
    /// # Errors
    /// When a value is out of its range or the whole does not fit a datagram.
    pub fn seal_swipe(
        &self,
        counter: Counter,
        request: &SwipeRequest<'_>,
        nonce: Option<PreparedNonce>,
    ) -> Result<Datagram, BuildError> {
        let mut sealed = Datagram::new();
        self.seal_swipe_into(counter, request, nonce, &mut sealed)?;
        Ok(sealed)
    }

    /// The same into a place that is there already, for a device that has little stack. After an error `to` holds nothing of
    /// use.
    ///
    /// # Errors
    /// As [`Identity::seal_swipe`].
    pub fn seal_swipe_into(
        &self,
        counter: Counter,
        request: &SwipeRequest<'_>,
        nonce: Option<PreparedNonce>,
        to: &mut Datagram,
    ) -> Result<(), BuildError> {
        self.seal(counter, Body::Swipe(request), nonce, to)
    }

    /// The purchase with this counter shall not count. The same bytes every time.
    ///
    /// # Errors
    /// Practically never.
    pub fn seal_reversal(&self, counter: Counter) -> Result<Datagram, BuildError> {
        self.sealed(counter, &Request::Reversal)
    }

    /// What became of the purchase with this counter? The same bytes every time.
    ///
    /// # Errors
    /// Practically never.
    pub fn seal_status(&self, counter: Counter) -> Result<Datagram, BuildError> {
        self.sealed(counter, &Request::Status)
    }

    /// The purchase `original`, settled as `setl_id`, shall be taken back. The same bytes every time.
    ///
    /// # Errors
    /// When the settlement id is not one.
    pub fn seal_void(
        &self,
        counter: Counter,
        original: Counter,
        setl_id: &str,
    ) -> Result<Datagram, BuildError> {
        self.sealed(counter, &Request::Void(VoidRequest { original, setl_id }))
    }

    /// What does the ledger hold for this day? `counter` is the last one used.
    ///
    /// # Errors
    /// Practically never.
    pub fn seal_day(&self, counter: Counter, day: Date) -> Result<Datagram, BuildError> {
        self.sealed(counter, &Request::Day(DayRequest { day }))
    }

    /// Opens an answer for this terminal. Signatures are not looked at: the seal is proof enough to the device.
    ///
    /// # Errors
    /// As [`OpenError`]; unsealed advice for this terminal is [`OpenError::Hint`].
    pub fn open(&self, datagram: &[u8]) -> Result<Opened, OpenError> {
        if let Some(hint) = Hint::decode(datagram) {
            let ours = hint.terminal == self.terminal();
            return Err(if ours { OpenError::Hint(hint) } else { OpenError::Terminal });
        }
        let parts = datagram::parts(datagram)?;
        if parts.header.kind.is_request() {
            return Err(OpenError::Kind);
        }
        if parts.header.terminal != self.terminal() {
            return Err(OpenError::Terminal);
        }
        let keys =
            SealKeys::derive(&self.secret, self.certificate.centre, &parts.header).ok_or(OpenError::Seal)?;
        let mut plaintext = Plaintext::default();
        keys.open(&parts, &mut plaintext).ok_or(OpenError::Seal)?;
        let mut reader = Reader::new(&plaintext);
        let answer = Answer::read(parts.header.kind, &mut reader).map_err(OpenError::Malformed)?;
        let leaf = evidence::leaf(self.certificate.centre, &parts.header, reader.since(0));
        let evidence = match reader.rest() {
            [] => None,
            _ => Some(Evidence::read(&mut reader).map_err(OpenError::Malformed)?),
        };
        reader.end().map_err(OpenError::Malformed)?;
        Ok(Opened { header: parts.header, answer, evidence, leaf })
    }

    /// Whether the centre signed this answer, for anybody to see. Takes two point multiplications: not while a holder waits.
    ///
    /// # Errors
    /// [`SignError::Mismatch`], also when the answer came without evidence.
    pub fn verify_evidence(&self, opened: &Opened) -> Result<(), SignError> {
        let evidence = opened.evidence.as_ref().ok_or(SignError::Mismatch)?;
        evidence.verify(self.certificate.centre, &self.centre_key, &opened.leaf)
    }

    /// The record that a device keeps: `{0: version, 1: private key, 2: enrolment secret, 3: certificate}`. Secret.
    pub fn encoded(&self) -> Zeroizing<heapless::Vec<u8, { Identity::MAX_LEN }>> {
        let mut buffer = Zeroizing::new([0; Identity::MAX_LEN]);
        let mut writer = Writer::new(buffer.as_mut());
        // 1 + 2 + 35 + 35 + 1 + 400 bytes at most.
        let _ = self.write(&mut writer);
        Zeroizing::new(heapless::Vec::from_slice(writer.written()).unwrap_or_default())
    }

    /// Reads the record. The certificate's signature is not looked at again: one point multiplication for the public key is
    /// all it takes.
    ///
    /// # Errors
    /// When it is no such record, or its parts do not fit each other.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnrolError> {
        let mut reader = Reader::new(bytes);
        let mut map = reader.map()?;
        enrol::version(map.required(0)?)?;
        let private = Secret::new(map.required(1)?.array_of()?);
        let secret = Secret::new(map.required(2)?.array_of()?);
        let certificate = TerminalCertificate::read(map.required(3)?)?;
        map.closed()?;
        reader.end()?;
        let key = PrivateKey::new(&private).map_err(|_| EnrolError::Key)?;
        if *key.public().bytes() != certificate.device_key {
            return Err(EnrolError::OtherDevice);
        }
        let centre_key = PublicPoint::new(&certificate.centre_key).map_err(|_| EnrolError::Key)?;
        Ok(Self { key, secret, centre_key, certificate })
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), Full> {
        writer.map(4)?;
        writer.uint(0)?;
        writer.uint(u64::from(super::CURRENT_VERSION))?;
        writer.uint(1)?;
        writer.bytes(self.key.bytes().as_slice())?;
        writer.uint(2)?;
        writer.bytes(self.secret.expose())?;
        writer.uint(3)?;
        self.certificate.write(writer, true)
    }

    fn sealed(&self, counter: Counter, request: &Request<'_>) -> Result<Datagram, BuildError> {
        let mut sealed = Datagram::new();
        self.seal(counter, Body::Other(request), None, &mut sealed)?;
        Ok(sealed)
    }

    /// Writes `domain ‖ centre ‖ header ‖ body`, signs that, and seals `body ‖ signature`.
    #[inline(never)]
    fn seal(
        &self,
        counter: Counter,
        body: Body<'_>,
        nonce: Option<PreparedNonce>,
        to: &mut Datagram,
    ) -> Result<(), BuildError> {
        const TOO_LARGE: fn(Full) -> BuildError = |Full| BuildError::TooLarge;
        let header = Header::new(body.kind(), self.terminal(), counter);
        let mut buffer = Zeroizing::new([0; MAX_DATAGRAM + 128]);
        let mut writer = Writer::new(buffer.as_mut());
        for part in [domain::REQUEST, &self.certificate.centre.0, &header.encoded()] {
            writer.raw(part).map_err(TOO_LARGE)?;
        }
        let start = writer.len();
        body.write(&mut writer)?;
        if !datagram::fits(&header, writer.len().saturating_sub(start).saturating_add(64)) {
            return Err(BuildError::TooLarge);
        }
        let message = writer.written();
        let signature = match nonce {
            Some(nonce) => nonce.sign(&self.key, message),
            None => self.key.sign(message),
        };
        let signature = signature.ok_or(BuildError::Unsigned)?;
        writer.raw(&signature).map_err(TOO_LARGE)?;
        let end = writer.len();
        let keys =
            SealKeys::derive(&self.secret, self.certificate.centre, &header).ok_or(BuildError::Unsigned)?;
        let plaintext = buffer.get_mut(start..end).ok_or(BuildError::TooLarge)?;
        keys.seal(&header, plaintext, to).map_err(TOO_LARGE)
    }
}

/// What is sealed; a purchase is large and only lent.
enum Body<'a> {
    Swipe(&'a SwipeRequest<'a>),
    Other(&'a Request<'a>),
}

impl Body<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Swipe(_) => Kind::Swipe,
            Self::Other(request) => request.kind(),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), BuildError> {
        match self {
            Self::Swipe(request) => request.write_checked(writer),
            Self::Other(request) => request.write(writer),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.terminal())
    }
}
