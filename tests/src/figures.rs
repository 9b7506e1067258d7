//! Figures of a bench: percentiles of many runs, never a mean alone.

use std::time::Duration;

/// Durations of one kind of run.
#[derive(Debug, Default, Clone)]
pub struct Figures(Vec<Duration>);

impl Figures {
    /// Adds a run.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The shortest time that `percent` of the runs did not exceed; 100 gives the longest run.
    ///
    /// # Panics
    /// When nothing was run.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).clamp(1, sorted.len());
        sorted[at - 1]
    }

    /// `p50 1.23 ms   p99 …   p100 …   (n runs)`
    #[must_use]
    pub fn line(&self) -> String {
        let of = |percent| milliseconds(self.percentile(percent));
        format!("p50 {}   p99 {}   p100 {}   ({} runs)", of(50), of(99), of(100), self.0.len())
    }
}

/// `1.234 ms`
#[must_use]
pub fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_runs_that_happened() {
        let mut figures = Figures::default();
        (1..=200).for_each(|ms| figures.add(Duration::from_millis(ms)));
        assert_eq!(figures.percentile(50), Duration::from_millis(100));
        assert_eq!(figures.percentile(99), Duration::from_millis(198));
        assert_eq!(figures.percentile(100), Duration::from_millis(200));
    }
}
