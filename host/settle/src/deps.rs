//! What a till needs from outside: the time, random bytes, the wire, and a place where tests can stop it.

use std::sync::{Arc, Mutex};

use time::{Duration, OffsetDateTime};

use crate::transport::Transport;

/// The till's connections to the outside, given by the program that opens it.
#[derive(Clone)]
pub struct Deps {
    /// Wall clock. Only differences of it are trusted; an id never depends on it alone.
    pub clock: Arc<dyn Clock>,
    /// Source of nonces and keys.
    pub random: Arc<dyn Random>,
    /// The wire to the centre.
    pub transport: Arc<dyn Transport>,
    /// Where tests stop the till; [`Deps::new`] sets one that never stops.
    pub steps: Arc<dyn Steps>,
}

impl Deps {
    /// Everything a running till needs, with no stopping places.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>, transport: Arc<dyn Transport>) -> Self {
        Self { clock, random, transport, steps: Arc::new(RunOn) }
    }
}

/// Wall clock.
pub trait Clock: Send + Sync {
    /// The present moment, in any offset.
    fn now(&self) -> OffsetDateTime;
}

/// Cryptographic random bytes.
pub trait Random: Send + Sync {
    /// Fills `out`, or says that the source failed.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed>;
}

/// The random source gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomFailed;

impl Random for ring::rand::SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        ring::rand::SecureRandom::fill(self, out).map_err(|_| RandomFailed)
    }
}

/// A point between two durable actions of the till, in the order in which a purchase passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Before the sign-in is sent.
    SignIn,
    /// Before the person is looked up.
    Person,
    /// The request is built, nothing is durable yet.
    BeforeRecord,
    /// The request and its id are durable, nothing has left.
    AfterRecord,
    /// An answer (or its loss) is in memory, the journal does not know.
    BeforeOutcome,
    /// The outcome is durable, the caller does not know.
    AfterOutcome,
    /// A reversal is decided, not yet durable.
    BeforeReversal,
    /// A reversal is durable, not yet sent.
    AfterReversal,
    /// A void is decided, not yet durable.
    BeforeVoid,
    /// A void is durable, not yet sent.
    AfterVoid,
}

/// Stops a till at a step, as a power cut would. Running programs use none.
pub trait Steps: Send + Sync {
    /// True when the till must go no further; its future then never ends and is to be dropped.
    fn stop_at(&self, step: Step) -> bool;
}

struct RunOn;

impl Steps for RunOn {
    fn stop_at(&self, _step: Step) -> bool {
        false
    }
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl ManualClock {
    /// A clock standing at `now`.
    pub fn new(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock; a negative duration steps it back.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }

    /// Puts the clock at `to`.
    pub fn set(&self, to: OffsetDateTime) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Repeatable bytes from a seed (SplitMix64). For tests: it guards nothing.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A stream that depends on `seed` only.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// The next number of the stream.
    pub fn next_u64(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// True `percent` times of a hundred.
    pub fn chance(&self, percent: u64) -> bool {
        self.next_u64() % 100 < percent
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.next_u64().to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
        Ok(())
    }
}
