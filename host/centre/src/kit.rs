//! A centre with terminals in a few lines, for tests, benches and models of other crates.
//!
//! Everything goes the way it goes in earnest: the seed is the published sample, terminals are enrolled by signed envelopes
//! and compared codes, cards answer with the keys of the sample. Only clock and randomness are the kit's own.
//!
//! ```
//! use yika_centre::kit::{Kit, Sale};
//! use yika_protocol::swipe::{Answer, Counter, Outcome};
//!
//! # fn main() -> Result<(), yika_centre::kit::Failure> {
//! # let folder = tempfile::tempdir()?;
//! let kit = Kit::open(folder.path())?;
//! let terminal = kit.enrol("POS-0001")?;
//! let swipe = kit.card_swipe(&terminal, Counter::FIRST, &Sale::amount("A-1", "12.50".parse()?))?;
//! let answer = kit.centre.answer_swipe(&swipe, None).ok_or("no answer")?;
//! let Answer::Swipe(answer) = terminal.open(&answer)?.answer else { panic!("another kind of answer") };
//! assert!(matches!(answer.outcome, Outcome::Settled(_)));
//! # Ok(()) }
//! ```

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use time::macros::datetime;
use tokio::net::{TcpListener, UdpSocket};
use yika_platform::business_time::BusinessTime;
use yika_platform::cainfo;
use yika_platform::ec::IssueRequest;
use yika_platform::envelope::{Request, Response};
use yika_platform::hex;
use yika_platform::profile::Profile;
use yika_platform::terminals::{CONFIRM, ENROL, REVOKE};
use yika_protocol::card_keys::{Algorithm, CardKeyScheme, card_factor, region_factor};
use yika_protocol::identity::{CertNo, Secret};
use yika_protocol::money::Fen;
use yika_protocol::sign::Sm2Signer;
use yika_protocol::swipe::{
    CardCredential, Challenge, Counter, Credential, Datagram, Draw, EnrolRequest, HealthyEntropy,
    IdCardCredential, Identity, Line, Lines, PendingEnrolment, Seed as Entropy, SwipeRequest,
    TerminalCertificate, card_challenge,
};
use yika_protocol::voucher::{Code, CodeRule};

use crate::engine::{Arrival, Headers};
use crate::swipe::Operation;
use crate::{Centre, CentreConfig, Clock, ManualClock, Random, Running, Seed, SequenceRandom, SwipeLimits};

/// The published sample seed.
pub const SAMPLE_SEED: &str = include_str!("../../../hw-docs/samples/seed.toml");
/// The institution of the sample that has terminals.
pub const SAMPLE_INSTITUTION: &str = "P99010100001";
/// Private key of that institution, published in `hw-docs/samples/signature-vector.json`.
const SAMPLE_KEY: &str = "D780800845B5FF5868EBB78287986EC711932551CFA91A311644125C58F9C98D";

/// Whatever went wrong in the kit: its user can only report it.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A centre at noon of 2026-11-22 in Shanghai, with the sample seed.
pub struct Kit {
    /// The centre.
    pub centre: Centre,
    /// Its clock, which stands until it is moved.
    pub clock: Arc<ManualClock>,
    random: SequenceRandom,
    profile: Profile,
    key: Sm2Signer,
    next: AtomicU32,
}

/// A sale for [`Kit::card_swipe`] and its kin.
#[derive(Debug, Clone, Copy)]
pub struct Sale<'a> {
    /// Number of the sale.
    pub order_no: &'a str,
    /// Sum.
    pub amount: Fen,
    /// Lines; may be empty.
    pub lines: &'a [Line<'a>],
    /// What it may draw on.
    pub draw: Draw,
    /// Whether the PIN was verified.
    pub pin_verified: bool,
    /// Challenge of the last answer.
    pub challenge: Option<Challenge>,
    /// Unix seconds.
    pub valid_until: Option<u64>,
}

impl<'a> Sale<'a> {
    /// A sum without lines, on the personal account.
    pub fn amount(order_no: &'a str, amount: Fen) -> Self {
        Self {
            order_no,
            amount,
            lines: &[],
            draw: Draw::AccountOnly,
            pin_verified: false,
            challenge: None,
            valid_until: None,
        }
    }

    /// The request with this credential.
    pub fn request(&self, credential: Credential) -> SwipeRequest<'a> {
        SwipeRequest {
            order_no: self.order_no,
            amount: self.amount,
            lines: Lines::new(self.lines),
            draw: self.draw,
            pin_verified: self.pin_verified,
            centre_challenge: self.challenge,
            valid_until: self.valid_until,
            credential,
        }
    }
}

/// A centre that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Listening {
    /// HTTP.
    pub http: SocketAddr,
    /// Swipes.
    pub udp: SocketAddr,
    running: Running,
    swipes: Running,
}

impl Listening {
    /// Stops both.
    pub async fn stop(self) {
        self.swipes.stop().await;
        self.running.stop().await;
    }
}

impl Kit {
    /// A centre over files in `folder`, as they are or new.
    ///
    /// # Errors
    /// The centre does not open.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        Self::open_with(folder, SAMPLE_SEED, |_| {})
    }

    /// The same with another seed or other settings. Rates are unlimited unless `change` sets them.
    ///
    /// # Errors
    /// The seed cannot be read, or the centre does not open.
    pub fn open_with(
        folder: &Path,
        seed: &str,
        change: impl FnOnce(&mut CentreConfig),
    ) -> Result<Self, Failure> {
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 04:00:00 UTC)));
        let random = Arc::new(SequenceRandom::new(7));
        let mut config = CentreConfig::new(folder.join("centre.db"), clock.clone(), random);
        // The clock stands, so a bucket that is empty would stay so.
        config.swipe_limits = SwipeLimits::NONE;
        change(&mut config);
        let centre = Centre::open(config)?;
        centre.seed(&Seed::parse(seed)?)?;
        let key = hex::bytes(SAMPLE_KEY).ok_or("the sample key is no key")?;
        Ok(Self {
            centre,
            clock,
            random: SequenceRandom::new(11),
            profile: Profile::sandbox(),
            key: Sm2Signer::from_bytes(&key)?,
            next: AtomicU32::new(1),
        })
    }

    /// Serves HTTP and swipes on free ports of this machine, in the current tokio runtime.
    ///
    /// # Errors
    /// No port is free.
    pub async fn listen(&self) -> std::io::Result<Listening> {
        let running = self.centre.start(TcpListener::bind("127.0.0.1:0").await?)?;
        let swipes = self.centre.start_swipes(UdpSocket::bind("127.0.0.1:0").await?)?;
        Ok(Listening { http: running.address(), udp: swipes.address(), running, swipes })
    }

    /// Enrols a device with this serial number, operator included.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn enrol(&self, serial: &str) -> Result<Identity, Failure> {
        let (pending, certificate) = self.apply(serial)?;
        let code = pending.compare_code(&certificate)?.to_string();
        self.confirm(&pending, &certificate, &code)?;
        Ok(pending.accept(certificate)?)
    }

    /// The first half of an enrolment: the device's request and the centre's certificate.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn apply(&self, serial: &str) -> Result<(PendingEnrolment, TerminalCertificate), Failure> {
        let entropy = Entropy::draw(&mut Healthy(&self.random))?;
        let pending = PendingEnrolment::begin(&entropy, serial, "KIT")?;
        let certificate = self.certify(pending.request())?;
        Ok((pending, certificate))
    }

    /// Sends a device's request, also once more, and gives the certificate.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn certify(&self, request: &EnrolRequest) -> Result<TerminalCertificate, Failure> {
        let request = hex::upper(&request.encoded());
        let enrolled = self.ask(Operation::Enrol, ENROL, json!({ "request": request }))?;
        let certificate = enrolled["certificate"].as_str().and_then(hex::vec).ok_or("no certificate")?;
        Ok(TerminalCertificate::decode(&certificate)?)
    }

    /// The second half: what the operator typed.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn confirm(
        &self,
        pending: &PendingEnrolment,
        certificate: &TerminalCertificate,
        code: &str,
    ) -> Result<Value, Failure> {
        let opening = hex::upper(&pending.opening().0);
        let terminal = certificate.terminal.to_string();
        let row = json!({ "terminal": terminal, "opening": opening, "code": code });
        self.ask(Operation::Confirm, CONFIRM, row)
    }

    /// Revokes a terminal.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn revoke(&self, terminal: &Identity) -> Result<Value, Failure> {
        self.ask(Operation::Revoke, REVOKE, json!({ "terminal": terminal.terminal().to_string() }))
    }

    /// A swipe of the sample's card, whose chip answers for this very purchase.
    ///
    /// # Errors
    /// The sale does not fit a datagram.
    pub fn card_swipe(
        &self,
        terminal: &Identity,
        counter: Counter,
        sale: &Sale<'_>,
    ) -> Result<Datagram, Failure> {
        self.swipe_of(terminal, counter, sale, sample_card()?)
    }

    /// The same of a card that says something else about itself, and has the chip of the sample's.
    ///
    /// # Errors
    /// The sale does not fit a datagram.
    pub fn swipe_of(
        &self,
        terminal: &Identity,
        counter: Counter,
        sale: &Sale<'_>,
        card: CardCredential,
    ) -> Result<Datagram, Failure> {
        let asked = sale.request(Credential::Card(card.clone()));
        let challenge = card_challenge(&terminal.swipe_header(counter), &asked)?;
        let answered = card.answered(card_cryptogram(&challenge)?);
        Ok(terminal.seal_swipe(counter, &sale.request(Credential::Card(answered)), None)?)
    }

    /// A swipe of an e-voucher code, fresh for this person (`psn_no` or certificate number).
    ///
    /// # Errors
    /// Nobody has this number, or the sale does not fit a datagram.
    pub fn voucher_swipe(
        &self,
        terminal: &Identity,
        counter: Counter,
        sale: &Sale<'_>,
        person: &str,
    ) -> Result<Datagram, Failure> {
        let code = self.voucher(person)?;
        Ok(terminal.seal_swipe(counter, &sale.request(Credential::Voucher(code)), None)?)
    }

    /// A swipe of an ID card with this number.
    ///
    /// # Errors
    /// The number is none, or the sale does not fit a datagram.
    pub fn id_card_swipe(
        &self,
        terminal: &Identity,
        counter: Counter,
        sale: &Sale<'_>,
        certno: &str,
    ) -> Result<Datagram, Failure> {
        let card = IdCardCredential {
            certno: CertNo::parse(certno.as_bytes())?,
            sam_id: *b"KIT-SAM-00000001",
            valid_from: None,
            expires: None,
        };
        Ok(terminal.seal_swipe(counter, &sale.request(Credential::IdCard(card)), None)?)
    }

    /// A fresh e-voucher code.
    ///
    /// # Errors
    /// Nobody has this number.
    pub fn voucher(&self, person: &str) -> Result<Code, Failure> {
        let request: IssueRequest = serde_json::from_value(json!({ "person": person }))?;
        let issued = self.centre.issue_voucher(&request).map_err(|_| "nobody has this number")?;
        Ok(Code::new(issued.code.as_bytes(), CodeRule::default())?)
    }

    /// A transaction of the institution's till; gives `output`. `sign_no` is empty for 9001.
    ///
    /// # Errors
    /// The centre refuses.
    pub fn till(&self, infno: &str, input: Value, sign_no: &str) -> Result<Value, Failure> {
        let (body, headers) = (self.envelope(infno, input, sign_no)?, Headers::default());
        let arrival = Arrival { now: self.now().unix_millis(), ..Arrival::plain(&body, &headers) };
        output(&self.centre.engine().transact(&arrival)?.body)
    }

    /// The signed envelope of the institution around an input.
    ///
    /// # Errors
    /// The input cannot be signed.
    pub fn envelope(&self, infno: &str, input: Value, sign_no: &str) -> Result<Vec<u8>, Failure> {
        let now = self.now();
        let serial = self.next.fetch_add(1, Ordering::Relaxed) % 10_000;
        let mut request = Request {
            infno: infno.to_owned(),
            msgid: format!("{SAMPLE_INSTITUTION}{}{serial:04}", now.compact()),
            mdtrtarea_admvs: "990100".into(),
            insuplc_admdvs: "990100".into(),
            recer_sys_code: self.profile.recer_sys_code.clone(),
            infver: self.profile.infver.clone(),
            opter_type: "1".into(),
            opter: "0001".into(),
            opter_name: "示例药师".into(),
            inf_time: now.to_string(),
            fixmedins_code: SAMPLE_INSTITUTION.into(),
            fixmedins_name: "一卡示例大药房".into(),
            sign_no: sign_no.to_owned(),
            input,
            ..Request::default()
        };
        cainfo::sign_request(&mut request, &self.key, &self.profile)?;
        Ok(request.to_bytes()?)
    }

    /// Asks the centre about terminals; gives `output.data`.
    fn ask(&self, operation: Operation, infno: &str, data: Value) -> Result<Value, Failure> {
        let (body, headers) = (self.envelope(infno, json!({ "data": data }), "")?, Headers::default());
        let arrival = Arrival { now: self.now().unix_millis(), ..Arrival::plain(&body, &headers) };
        Ok(output(&self.centre.engine().terminals(&arrival, operation)?.body)?["data"].clone())
    }

    fn now(&self) -> BusinessTime {
        BusinessTime::from_unix_millis(crate::centre::millis(self.clock.now()))
    }
}

fn output(body: &[u8]) -> Result<Value, Failure> {
    let response = Response::parse(body)?;
    match response.output {
        Some(output) if response.infcode == "0" => Ok(output),
        None if response.infcode == "0" => Ok(Value::Null),
        _ => Err(response.err_msg.into()),
    }
}

/// The card of the sample's first person as a terminal reads it, not yet asked.
///
/// # Errors
/// Never; its values are constants.
pub fn sample_card() -> Result<CardCredential, Failure> {
    let bytes = |text: &str| hex::vec(text).ok_or("no hex");
    let short = |_| "too long";
    Ok(CardCredential {
        identification: hex::bytes("990100D1560000050100000012345678").ok_or("no hex")?,
        card_no: heapless::Vec::from_slice(b"A12345678").map_err(short)?,
        version: *b"3.00",
        reset_info: heapless::Vec::from_slice(&bytes("00815431008660210901000001")?).map_err(short)?,
        algorithm: Algorithm::TripleDes.id(),
        cryptogram: [0; 8],
        expires: None,
    })
}

/// What the chip of the sample's card answers.
///
/// # Errors
/// Never; its keys are constants.
pub fn card_cryptogram(challenge: &[u8; 16]) -> Result<[u8; 8], Failure> {
    let scheme = CardKeyScheme::ASSUMED_1;
    let reset_info = hex::vec("00815431008660210901000001").ok_or("no hex")?;
    let factor = card_factor(&reset_info).ok_or("no card factor")?;
    let master = Secret::new(*b"YIKA-IRK-TEST-01");
    let regional = scheme.derive(Algorithm::TripleDes, &master, &region_factor(&"990100".parse()?))?;
    let key = scheme.derive(Algorithm::TripleDes, &regional, &factor)?;
    let (process, original) = challenge.split_at(8);
    Ok(scheme.cryptogram(Algorithm::TripleDes, &key, process.try_into()?, original.try_into()?)?)
}

/// The kit's randomness as a device's entropy.
struct Healthy<'a>(&'a SequenceRandom);

impl HealthyEntropy for Healthy<'_> {
    type Error = std::io::Error;

    fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Self::Error> {
        self.0.fill(bytes)
    }
}
