//! How much one terminal, one stranger and all strangers together may ask.
//!
//! Before the seal anybody can write a terminal's name, so that bucket is wide and one for each address it comes from: it only
//! bounds what opening seals costs, and a stranger elsewhere does not empty the terminal's own. Behind the seal stands the terminal itself, and the narrow
//! bucket is its own. Hints go to whoever asks; they are scarce per source and altogether.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// A token bucket: so many at once, so many more every second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Refilled every second.
    pub per_second: u32,
    /// Most at once.
    pub burst: u32,
}

impl Rate {
    /// So many a second, so many at once.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst }
    }
}

/// What the swipe service bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwipeLimits {
    /// Messages of one terminal behind a good seal. Default 5 a second, 30 at once.
    pub terminal: Rate,
    /// Messages from one address that name one terminal. Default 200 a second, 400 at once.
    pub seals: Rate,
    /// Hints altogether. Default 20 a second, 50 at once.
    pub hints: Rate,
    /// Hints to one address. Default 1 a second, 3 at once.
    pub hints_per_source: Rate,
}

impl SwipeLimits {
    /// Without limits, for load tests.
    pub const NONE: Self = {
        let any = Rate::new(u32::MAX, u32::MAX);
        Self { terminal: any, seals: any, hints: any, hints_per_source: any }
    };
}

impl Default for SwipeLimits {
    fn default() -> Self {
        Self {
            terminal: Rate::new(5, 30),
            seals: Rate::new(200, 400),
            hints: Rate::new(20, 50),
            hints_per_source: Rate::new(1, 3),
        }
    }
}

/// Keys that are remembered; when there are more, those whose bucket is full again are forgotten, else all.
const MOST_KEYS: usize = 65_536;

/// One bucket per key.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In thousandths.
    tokens: u64,
    /// Milliseconds.
    filled: i64,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one token of `key` at `now` (milliseconds). False when there is none.
    pub(crate) fn take(&self, key: K, now: i64) -> bool {
        let full = u64::from(self.rate.burst) * 1000;
        let refill = |bucket: &mut Bucket| {
            let elapsed = u64::try_from(now.saturating_sub(bucket.filled)).unwrap_or(0);
            let more = elapsed.saturating_mul(u64::from(self.rate.per_second));
            bucket.tokens = bucket.tokens.saturating_add(more).min(full);
            bucket.filled = now;
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_KEYS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| {
                refill(bucket);
                bucket.tokens < full
            });
            if buckets.len() >= MOST_KEYS {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: full, filled: now });
        refill(bucket);
        match bucket.tokens.checked_sub(1000) {
            Some(left) => {
                bucket.tokens = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(Rate::new(2, 3));
        let takes = |now: i64| (0..5).filter(|_| buckets.take("a", now)).count();
        assert_eq!(takes(1_000), 3);
        assert_eq!(takes(1_499), 0);
        assert_eq!(takes(1_500), 1);
        assert_eq!(takes(60_000), 3);
        // A clock that went back refills nothing and breaks nothing.
        assert_eq!(takes(10_000), 0);
        assert_eq!(takes(10_500), 1);
        assert!(buckets.take("b", 10_500));
    }

    #[test]
    fn the_memory_is_bounded() {
        let buckets = Buckets::new(Rate::new(1, 1));
        for key in 0..200_000_u32 {
            assert!(buckets.take(key, 0));
        }
        assert!(buckets.buckets.lock().unwrap().len() <= MOST_KEYS);
    }
}
