//! Figures of a bench: percentiles of many runs, never a mean alone.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

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

/// What the disk below this folder takes for 4 KiB: nothing that is kept can be quicker than its own syncs.
///
/// # Panics
/// When the folder cannot be written.
#[must_use]
pub fn fsync(folder: &Path) -> Figures {
    let mut file = File::create(folder.join("fsync")).expect("a file");
    let mut figures = Figures::default();
    for _ in 0..300 {
        let start = Instant::now();
        file.rewind()
            .and_then(|()| file.write_all(&[0xA5; 4096]))
            .and_then(|()| file.sync_data())
            .expect("a write");
        figures.add(start.elapsed());
    }
    figures
}

/// User and system time of a process so far, in hundredths of a second.
///
/// # Panics
/// When there is no such process, or no procfs.
#[must_use]
pub fn processor_ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("procfs");
    // Behind the name in brackets, which may hold spaces: state is field 3, user and system time are 14 and 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<u64>().expect("a number");
    ticks(14) + ticks(15)
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
