//! Repeatable choices (SplitMix64).

/// A generator with a seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The seeds a test plays: the first `short`, or as many as `YIKA_SEEDS` says; `YIKA_SEED` plays that one alone.
pub fn seeds(short: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("YIKA_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("YIKA_SEEDS").unwrap_or(short),
    }
}

/// Whether the long run is asked for: everything is played, not samples.
pub fn long() -> bool {
    std::env::var_os("YIKA_SEEDS").is_some()
}
