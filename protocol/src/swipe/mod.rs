//! The swipe: one sealed datagram to the centre, one back.
//!
//! A message is a CBOR map `{0: version, 1: kind, 2: terminal, 3: epoch, 4: counter, 5: nonce, 6: sealed}` of at most
//! [`MAX_DATAGRAM`] bytes. What is sealed to the centre is a body and the device's SM2 signature; what is sealed to the
//! device is an answer and, apart from it, the centre's evidence. Every byte is described in `hw-docs/swipe.md`.
//!
//! | side | begins with | then |
//! |---|---|---|
//! | device | [`PendingEnrolment`], [`Identity`] | [`card_challenge`], [`Identity::seal_swipe`], [`Identity::open`] |
//! | centre | [`CentreIdentity`], [`TerminalKeys`] | [`peek`], [`TerminalKeys::open_request`], [`OpenedRequest::verify`], [`TerminalKeys::seal_answer`], [`Tree`] |
//!
//! ```
//! use yika_protocol::{identity::*, money::Fen, swipe::*, voucher::{Code, CodeRule}};
//! # struct Noise;
//! # impl HealthyEntropy for Noise {
//! #     type Error = core::convert::Infallible;
//! #     fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Self::Error> { *bytes = [7; 32]; Ok(()) }
//! # }
//! # let terms = Terms {
//! #     terminal: TerminalId([1; 8]), institution: "P99010000001".parse().unwrap(), not_before: 0, not_after: 1,
//! #     limits: Limits { per_swipe: Fen(100_000), no_challenge: Fen(20_000), per_day: Fen(1_000_000) },
//! # };
//! // Enrolment: request, certificate, compared code.
//! let centre = CentreIdentity::new(CentreId(*b"CENTRE-1"), &Secret::new([9; 32])).unwrap();
//! let pending = PendingEnrolment::begin(&Seed::draw(&mut Noise).unwrap(), "SN-1", "bench").unwrap();
//! let certificate = centre.issue(pending.request(), terms).unwrap();
//! let shown = pending.compare_code(&certificate).unwrap();
//! assert_eq!(CompareCode::of(pending.request(), &certificate, pending.opening()), Ok(shown));
//! let keys = centre.terminal_keys(&certificate).unwrap();
//! let device_key = device_verifier(&certificate).unwrap();
//! let device = pending.accept(certificate).unwrap();
//!
//! // One message out …
//! let code = Code::new(b"2899990000000000000000000001", CodeRule::default()).unwrap();
//! let request = SwipeRequest {
//!     order_no: "SALE-1", amount: Fen(1250), lines: Lines::NONE, draw: Draw::AccountOnly, pin_verified: false,
//!     centre_challenge: None, valid_until: None, credential: Credential::Voucher(code),
//! };
//! let datagram = device.seal_swipe(Counter::FIRST, &request, None).unwrap();
//! let opened = keys.open_request(&datagram).unwrap();
//! assert!(matches!(opened.verify(&device_key), Ok(Request::Swipe(swipe)) if swipe.amount == Fen(1250)));
//!
//! // … and one back.
//! let answer = Answer::Swipe(SwipeAnswer {
//!     outcome: Outcome::Refused(5042), business_day: Date::new(2026, 11, 22).unwrap(), next_challenge: [3; 8],
//! });
//! let datagram = keys.seal_answer(opened.header(), &answer, None).unwrap();
//! assert_eq!(device.open(&datagram).unwrap().answer, answer);
//! ```

/// Oldest version that is still understood.
pub const MIN_VERSION: u8 = 1;
/// The version that is written.
pub const CURRENT_VERSION: u8 = 1;
/// Most bytes of a message: one UDP datagram that no path has to cut, one UART frame.
pub const MAX_DATAGRAM: usize = 1200;

/// A message as it goes over the line.
pub type Datagram = heapless::Vec<u8, MAX_DATAGRAM>;

mod answer;
mod card;
mod centre;
mod challenge;
mod curve;
mod datagram;
mod domain;
mod enrol;
mod error;
mod evidence;
mod hint;
mod id;
mod identity;
mod kdf;
mod lines;
mod prepared;
mod request;
mod seal;

pub use answer::{
    Answer, DayAnswer, MAX_SETL_ID, Outcome, ReversalAnswer, ReversalOutcome, Settled, StatusAnswer,
    SwipeAnswer, VoidAnswer, VoidOutcome, Voided,
};
pub use card::CardCredential;
pub use centre::{CentreIdentity, OpenedRequest, RequestError, TerminalKeys, device_verifier};
pub use challenge::{ChallengeWindow, Freshness, card_challenge};
pub use datagram::peek;
pub use enrol::{
    CompareCode, EnrolError, EnrolRequest, Label, Limits, MAX_SERIAL, Opening, PendingEnrolment,
    TerminalCertificate, Terms,
};
pub use error::{BuildError, OpenError};
pub use evidence::{Evidence, Hash, MAX_BATCH, MAX_PATH, Tree};
pub use hint::{Hint, HintKind};
pub use id::{COUNTERS_PER_EPOCH, CentreId, Challenge, Counter, Header, Kind, SwipeId, TerminalId};
pub use identity::{Identity, Opened};
pub use lines::{Line, Lines, MAX_LIST_CODE, MAX_OWN_CODE, MAX_TRACE_CODE, TraceCode, TraceCodes, TraceText};
pub use prepared::{BootCounter, CommittedBoot, HealthyEntropy, PreparedNonce, PreparedNonces, Seed};
pub use request::{
    Credential, DayRequest, Draw, IdCardCredential, MAX_ORDER_NO, Request, SwipeRequest, VoidRequest,
};

#[cfg(test)]
mod tests;
