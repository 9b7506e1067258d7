//! The health test in front of the noise source.
//!
//! Raw samples pass the repetition count test and the adaptive proportion test (NIST SP 800-90B §4.4; GM/T 0105 asks for
//! the same two), first over a start-up run that is thrown away, then over every sample used. What passes is
//! condensed with SM3. One failure stops the source until the next start: swipes then use the library's
//! deterministic nonces, and no new key is made.

use core::convert::Infallible;

use yika_protocol::{
    sign::sm3,
    swipe::{HealthyEntropy, Seed},
};
use zeroize::{Zeroize, Zeroizing};

use crate::hal::Entropy;

/// Entropy that a sample is taken to have at least, in bits. One of eight: a port whose source has less must not use it.
pub const BITS_PER_SAMPLE: u32 = 1;
/// So many equal samples in a row fail: 1 + 20 / H, a false alarm in 2^20.
pub const REPETITION_CUTOFF: u32 = 21;
/// Samples in a window of the proportion test.
pub const WINDOW: u32 = 512;
/// So often may the first sample of a window come in it: 1 + critbinom(512, 2^-H, 1 − 2^-20).
pub const PROPORTION_CUTOFF: u32 = 311;
/// Samples thrown away at start (SP 800-90B §4.3: at least 1 024).
pub const START_UP: u32 = 1024;
/// Samples condensed into one seed: twice the 256 bits it holds.
pub const SAMPLES_PER_SEED: usize = 512;

// Samples looked at in one call, so that nothing else waits.
const SLICE: usize = 64;

/// A noise source behind its health test.
#[derive(Debug)]
pub struct Tested {
    health: Health,
    warmed: u32,
    // Running condensation: digest so far, samples in it, samples waiting.
    chain: [u8; 32],
    taken: usize,
    failed: bool,
}

// What came through the health test, on its way into a seed.
struct Passed(Zeroizing<[u8; 32]>);

impl HealthyEntropy for Passed {
    type Error = Infallible;

    fn fill(&mut self, bytes: &mut [u8; 32]) -> Result<(), Infallible> {
        *bytes = *self.0;
        Ok(())
    }
}

impl Drop for Tested {
    fn drop(&mut self) {
        self.chain.zeroize();
    }
}

impl Default for Tested {
    fn default() -> Self {
        Self::new()
    }
}

impl Tested {
    /// Nothing tested yet.
    pub const fn new() -> Self {
        Self { health: Health::new(), warmed: 0, chain: [0; 32], taken: 0, failed: false }
    }

    /// Whether the source failed its test; it stays so until the next start.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Takes the samples that are ready now, at most 64, and gives a seed once enough came. Call while idle.
    pub fn poll(&mut self, source: &mut impl Entropy) -> Option<Seed> {
        // The chain so far, and one slice of new samples behind it.
        let mut input = [0; 32 + SLICE];
        let mut count = 0usize;
        for (to, from) in input.iter_mut().zip(self.chain) {
            *to = from;
        }
        for slot in input.iter_mut().skip(32) {
            if self.failed || self.taken.saturating_add(count) >= SAMPLES_PER_SEED {
                break;
            }
            let Some(sample) = source.sample() else { break };
            if !self.health.accepts(sample) {
                self.failed = true;
                self.chain.zeroize();
                break;
            }
            if self.warmed < START_UP {
                self.warmed = self.warmed.saturating_add(1);
                continue;
            }
            *slot = sample;
            count = count.saturating_add(1);
        }
        if self.failed || count == 0 {
            input.zeroize();
            return None;
        }
        self.chain = sm3(&input);
        input.zeroize();
        self.taken = self.taken.saturating_add(count);
        if self.taken < SAMPLES_PER_SEED {
            return None;
        }
        self.taken = 0;
        let mut passed = Passed(Zeroizing::new(sm3(&self.chain)));
        // The seed does not tell what the next one is made of.
        self.chain = [0; 32];
        Seed::draw(&mut passed).ok()
    }

    /// A seed at once, for making a key: takes samples until enough came. `None` when the source fails its test or
    /// gives nothing for many tries.
    pub fn seed(&mut self, source: &mut impl Entropy) -> Option<Seed> {
        const TRIES: u32 = 4096;
        for _ in 0..TRIES {
            if let Some(seed) = self.poll(source) {
                return Some(seed);
            }
            if self.failed {
                return None;
            }
        }
        None
    }
}

#[derive(Debug)]
struct Health {
    last: u8,
    repeated: u32,
    first: u8,
    seen: u32,
    matched: u32,
}

impl Health {
    const fn new() -> Self {
        Self { last: 0, repeated: 0, first: 0, seen: 0, matched: 0 }
    }

    fn accepts(&mut self, sample: u8) -> bool {
        if self.repeated > 0 && sample == self.last {
            self.repeated = self.repeated.saturating_add(1);
        } else {
            self.last = sample;
            self.repeated = 1;
        }
        if self.seen == 0 {
            self.first = sample;
            self.matched = 0;
        }
        self.seen = self.seen.saturating_add(1);
        if sample == self.first {
            self.matched = self.matched.saturating_add(1);
        }
        if self.seen >= WINDOW {
            self.seen = 0;
        }
        self.repeated < REPETITION_CUTOFF && self.matched < PROPORTION_CUTOFF
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    struct Given(Vec<u8>, usize);

    impl Entropy for Given {
        fn sample(&mut self) -> Option<u8> {
            let sample = self.0.get(self.1).copied();
            self.1 += 1;
            sample
        }
    }

    // A small generator: the test needs many different bytes, not good ones.
    fn noise(count: usize, mut state: u32) -> Vec<u8> {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn twenty_one_equal_samples_stop_the_source_for_good() {
        let mut samples = noise(100, 1);
        let last = *samples.last().unwrap();
        samples.extend(std::iter::repeat_n(last.wrapping_add(1), 21));
        samples.extend(noise(5_000, 2));
        let mut tested = Tested::new();
        assert!(tested.seed(&mut Given(samples, 0)).is_none());
        assert!(tested.failed());
        assert!(tested.seed(&mut Given(noise(5_000, 3), 0)).is_none(), "stays failed");
    }

    #[test]
    fn twenty_equal_samples_are_bad_luck() {
        let mut samples = noise(100, 1);
        let last = *samples.last().unwrap();
        samples.extend(std::iter::repeat_n(last.wrapping_add(1), 20));
        samples.push(last.wrapping_add(2));
        samples.extend(noise(5_000, 2));
        assert!(Tested::new().seed(&mut Given(samples, 0)).is_some());
    }

    #[test]
    fn a_sample_that_comes_too_often_stops_the_source() {
        // Never more than a few in a row, but two of three.
        let samples: Vec<u8> =
            noise(6_000, 7).into_iter().enumerate().map(|(i, b)| if i % 3 == 0 { b } else { 9 }).collect();
        // The window's first sample must be the frequent one for the test to see it: SP 800-90B accepts that, within a few windows it is.
        let mut tested = Tested::new();
        let mut source = Given(samples, 0);
        while tested.seed(&mut source).is_some() {}
        assert!(tested.failed());
    }

    #[test]
    fn the_start_up_run_is_thrown_away_and_a_seed_takes_512_samples() {
        let mut source = Given(noise(1024 + 511, 5), 0);
        assert!(Tested::new().seed(&mut source).is_none(), "one sample short");
        let mut source = Given(noise(60_000, 5), 0);
        let mut tested = Tested::new();
        let mut seeds = 0;
        while tested.seed(&mut source).is_some() {
            seeds += 1;
        }
        assert_eq!(seeds, (60_000 - 1024) / 512);
    }
}
