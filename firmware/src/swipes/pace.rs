//! When to send again.

use crate::hal::Millis;

/// Until then the cashier only waits (design: "wait, do not charge again").
pub const UNSURE_AFTER: u64 = 10_000;
/// Then the device itself begins the reversal.
pub const GIVE_UP_AFTER: u64 = 30_000;
/// A question about a day or a lost record is dropped after so long.
pub(super) const QUESTION_FOR: u64 = 15_000;
/// For so long a void is in the foreground; it is repeated behind it.
pub(super) const VOID_SHOWN: u64 = 30_000;

/// Waits in milliseconds between sendings of a purchase; the last one repeats. At 0, 1, 2, 4, 6, 8, 10, 15 … seconds.
const PURCHASE: &[u64] = &[1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 5_000];
/// The same for everything that has time: reversals, voids, questions.
const PATIENT: &[u64] = &[2_000, 4_000, 8_000, 16_000, 32_000, 60_000];

/// When something is sent the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    next: Millis,
    sent: u8,
    steps: &'static [u64],
}

impl Pace {
    pub(super) fn purchase(now: Millis) -> Self {
        Self { next: now, sent: 0, steps: PURCHASE }
    }

    pub(super) fn patient(now: Millis) -> Self {
        Self { next: now, sent: 0, steps: PATIENT }
    }

    pub(super) fn is_due(&self, now: Millis) -> bool {
        now >= self.next
    }

    pub(super) fn next(&self) -> Millis {
        self.next
    }

    pub(super) fn sent(&mut self, now: Millis) {
        let wait = self.steps.get(usize::from(self.sent)).or(self.steps.last()).copied().unwrap_or(60_000);
        self.next = now.plus(wait);
        self.sent = self.sent.saturating_add(1);
    }
}
