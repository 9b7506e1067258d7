//! The swipe: one sealed datagram to the centre, one back.
//!
//! A message is a CBOR map `{0: version, 1: kind, 2: terminal, 3: epoch, 4: counter, 5: nonce, 6: sealed}` of at most
//! [`MAX_DATAGRAM`] bytes. What is sealed to the centre is a body and the device's SM2 signature; what is sealed to the
//! device is an answer and, apart from it, the centre's evidence. Every byte is described in `hw-docs/swipe.md`.

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
