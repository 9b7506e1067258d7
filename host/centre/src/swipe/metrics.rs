//! Counts and times for `GET /metrics`, in the text form that Prometheus reads. Labels are words of this program and
//! fault codes: nothing of a person, a terminal or an institution.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use yika_protocol::fault::Code;

/// Upper bounds in seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];
/// Upper bounds of answers in a commit.
const ANSWERS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// What is counted of swipes.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Figures>);

#[derive(Debug, Default)]
struct Figures {
    received: BTreeMap<&'static str, u64>,
    answers: BTreeMap<&'static str, u64>,
    dropped: BTreeMap<&'static str, u64>,
    hints: BTreeMap<&'static str, u64>,
    refusals: BTreeMap<u16, u64>,
    seconds: BTreeMap<&'static str, Histogram<12>>,
    batches: Histogram<11>,
}

#[derive(Debug)]
struct Histogram<const N: usize> {
    bounds: Option<&'static [f64; N]>,
    counts: [u64; N],
    count: u64,
    sum: f64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Self { bounds: None, counts: [0; N], count: 0, sum: 0.0 }
    }
}

impl<const N: usize> Histogram<N> {
    fn add(&mut self, bounds: &'static [f64; N], value: f64) {
        self.bounds = Some(bounds);
        for (count, bound) in self.counts.iter_mut().zip(bounds) {
            *count += u64::from(value <= *bound);
        }
        self.count += 1;
        self.sum += value;
    }

    fn write(&self, text: &mut String, name: &str, label: Option<(&str, &str)>) -> std::fmt::Result {
        let (before, braces) = match label {
            Some((label, value)) => (format!("{label}=\"{value}\","), format!("{{{label}=\"{value}\"}}")),
            None => (String::new(), String::new()),
        };
        for (count, bound) in self.counts.iter().zip(self.bounds.into_iter().flatten()) {
            writeln!(text, "{name}_bucket{{{before}le=\"{bound}\"}} {count}")?;
        }
        writeln!(text, "{name}_bucket{{{before}le=\"+Inf\"}} {}", self.count)?;
        writeln!(text, "{name}_sum{braces} {}", self.sum)?;
        writeln!(text, "{name}_count{braces} {}", self.count)
    }
}

impl Metrics {
    /// A message came: by `udp` or `http`, or from this process itself.
    pub(crate) fn received(&self, way: &'static str) {
        *self.figures().received.entry(way).or_default() += 1;
    }

    /// An answer left.
    pub(crate) fn answered(&self, outcome: &'static str, refused: Option<u16>, took: Duration) {
        let mut figures = self.figures();
        *figures.answers.entry(outcome).or_default() += 1;
        if let Some(number) = refused {
            *figures.refusals.entry(number).or_default() += 1;
        }
        figures.seconds.entry(outcome).or_default().add(&SECONDS, took.as_secs_f64());
    }

    /// A message was left without an answer.
    pub(crate) fn dropped(&self, why: &'static str) {
        *self.figures().dropped.entry(why).or_default() += 1;
    }

    /// A hint left.
    pub(crate) fn hinted(&self, kind: &'static str) {
        *self.figures().hints.entry(kind).or_default() += 1;
    }

    /// So many answers were committed together.
    pub(crate) fn committed(&self, answers: usize) {
        self.figures().batches.add(&ANSWERS, u32::try_from(answers).map_or(f64::MAX, f64::from));
    }

    /// The page.
    pub(crate) fn page(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.figures().write(&mut text);
        text
    }

    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    fn write(&self, text: &mut String) -> std::fmt::Result {
        for (name, label, help, counts) in [
            ("yika_swipe_received_total", "way", "Datagrams that came, junk included.", &self.received),
            ("yika_swipe_answers_total", "outcome", "Sealed answers that left.", &self.answers),
            ("yika_swipe_dropped_total", "why", "Datagrams without a sealed answer.", &self.dropped),
            ("yika_swipe_hints_total", "kind", "Unsealed hints that left.", &self.hints),
        ] {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter")?;
            for (value, count) in counts {
                writeln!(text, "{name}{{{label}=\"{value}\"}} {count}")?;
            }
        }
        let name = "yika_swipe_refusals_total";
        writeln!(text, "# HELP {name} Refusals by fault code.\n# TYPE {name} counter")?;
        for (number, count) in &self.refusals {
            writeln!(text, "{name}{{code=\"{}\"}} {count}", Code(*number))?;
        }
        let name = "yika_swipe_seconds";
        writeln!(text, "# HELP {name} From datagram to committed answer.\n# TYPE {name} histogram")?;
        for (outcome, histogram) in &self.seconds {
            histogram.write(text, name, Some(("outcome", outcome)))?;
        }
        let name = "yika_swipe_batch_answers";
        writeln!(text, "# HELP {name} Answers committed together.\n# TYPE {name} histogram")?;
        self.batches.write(text, name, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_form_that_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.received("udp");
        metrics.received("udp");
        metrics.answered("settled", None, Duration::from_millis(3));
        metrics.answered("refused", Some(5116), Duration::from_micros(400));
        metrics.dropped("junk");
        metrics.committed(2);
        let page = metrics.page();
        for line in [
            "# TYPE yika_swipe_received_total counter",
            "yika_swipe_received_total{way=\"udp\"} 2",
            "yika_swipe_answers_total{outcome=\"settled\"} 1",
            "yika_swipe_refusals_total{code=\"Y-5116\"} 1",
            "yika_swipe_dropped_total{why=\"junk\"} 1",
            "yika_swipe_seconds_bucket{outcome=\"settled\",le=\"0.002\"} 0",
            "yika_swipe_seconds_bucket{outcome=\"settled\",le=\"0.005\"} 1",
            "yika_swipe_seconds_bucket{outcome=\"settled\",le=\"+Inf\"} 1",
            "yika_swipe_seconds_count{outcome=\"refused\"} 1",
            "yika_swipe_batch_answers_bucket{le=\"1\"} 0",
            "yika_swipe_batch_answers_bucket{le=\"2\"} 1",
            "yika_swipe_batch_answers_sum 2",
        ] {
            assert!(page.lines().any(|written| written == line), "{line} is missing in\n{page}");
        }
    }
}
