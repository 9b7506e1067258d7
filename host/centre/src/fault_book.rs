//! The rules in force, what they do to a message, and messages kept for a late delivery.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::engine::Headers;
use crate::faults::is_datagram;
use crate::{Fault, FaultRule};

/// Messages kept for late delivery; the oldest goes first.
const MOST_HELD: usize = 64;

#[derive(Default)]
pub(crate) struct FaultBook(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    rules: Vec<Armed>,
    held: VecDeque<Held>,
    late: VecDeque<LateDelivery>,
}

struct Armed {
    rule: FaultRule,
    /// Matching messages so far.
    met: u32,
}

/// A message kept for late delivery.
pub(crate) struct Held {
    pub(crate) institution: String,
    pub(crate) infno: String,
    pub(crate) msgid: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Headers,
}

/// A late delivery that took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LateDelivery {
    pub(crate) infno: String,
    pub(crate) msgid: String,
    /// `reversed` when the rule of ids held.
    pub(crate) outcome: String,
}

impl FaultBook {
    pub(crate) fn new(rules: &[FaultRule]) -> Self {
        let book = Self::default();
        rules.iter().cloned().for_each(|rule| book.add(rule));
        book
    }

    pub(crate) fn add(&self, rule: FaultRule) {
        self.pages().rules.push(Armed { rule, met: 0 });
    }

    pub(crate) fn clear(&self) {
        *self.pages() = Pages::default();
    }

    /// Whether any rule is in force or any message waits for its late delivery.
    pub(crate) fn any(&self) -> bool {
        let pages = self.pages();
        !pages.rules.is_empty() || !pages.held.is_empty()
    }

    /// Rules that may still strike, with the times that are left.
    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.pages()
            .rules
            .iter()
            .map(|armed| FaultRule {
                times: armed.rule.times.map(|times| times - armed.met.saturating_sub(armed.rule.after)),
                after: armed.rule.after.saturating_sub(armed.met),
                ..armed.rule.clone()
            })
            .collect()
    }

    /// Counts a message, and says which faults strike it.
    pub(crate) fn meet(&self, infno: &str, institution: &str) -> Vec<Fault> {
        let mut pages = self.pages();
        let mut struck = Vec::new();
        for armed in &mut pages.rules {
            let rule = &armed.rule;
            let fits = rule.infno.as_deref().is_none_or(|n| n == infno)
                && rule.institution.as_deref().is_none_or(|code| code == institution)
                && (rule.fault.strikes_datagrams() || !is_datagram(infno));
            if fits {
                armed.met = armed.met.saturating_add(1);
                if armed.met > rule.after {
                    struck.push(rule.fault);
                }
            }
        }
        pages.rules.retain(|armed| {
            armed.rule.times.is_none_or(|times| armed.met.saturating_sub(armed.rule.after) < times)
        });
        struck
    }

    /// Keeps a message until its id is reversed.
    pub(crate) fn hold(&self, message: Held) {
        let held = &mut self.pages().held;
        if held.len() == MOST_HELD {
            held.pop_front();
        }
        held.push_back(message);
    }

    /// Takes out what was kept for an id.
    pub(crate) fn release(&self, institution: &str, msgid: &str) -> Vec<Held> {
        let held = &mut self.pages().held;
        let (released, kept) =
            held.drain(..).partition(|held| held.institution == institution && held.msgid == msgid);
        *held = kept;
        Vec::from(released)
    }

    pub(crate) fn delivered(&self, delivery: LateDelivery) {
        let late = &mut self.pages().late;
        if late.len() == MOST_HELD {
            late.pop_front();
        }
        late.push_back(delivery);
    }

    pub(crate) fn deliveries(&self) -> Vec<LateDelivery> {
        self.pages().late.iter().cloned().collect()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_waits_strikes_and_ends() {
        let book = FaultBook::new(&["lose-answer:2102:2:1".parse().unwrap(), "delay=5:*:*".parse().unwrap()]);
        let strikes: Vec<bool> =
            (0..5).map(|_| book.meet("2102", "P99010100001").contains(&Fault::LoseAnswer)).collect();
        assert_eq!(strikes, [false, true, true, false, false]);
        assert_eq!(book.meet("1101", "P99010100001"), [Fault::Delay(5)]);
        assert_eq!(book.rules(), ["delay=5:*:*".parse().unwrap()]);
        book.clear();
        assert!(book.rules().is_empty() && book.meet("2102", "P99010100001").is_empty());
    }

    #[test]
    fn what_never_strikes_a_datagram_is_not_used_up_by_one() {
        let book = FaultBook::new(&["clock-skew=60:*:1".parse().unwrap()]);
        assert!(book.meet("swipe", "P99010100001").is_empty());
        assert_eq!(book.meet("2102", "P99010100001"), [Fault::ClockSkew(60)]);
        assert!(book.rules().is_empty());
    }

    #[test]
    fn a_rule_counts_only_what_it_is_about() {
        let book = FaultBook::new(&["lose-request:2102:1:0:P99010100002".parse().unwrap()]);
        assert!(book.meet("2102", "P99010100001").is_empty());
        assert!(book.meet("2103", "P99010100002").is_empty());
        assert_eq!(book.meet("2102", "P99010100002"), [Fault::LoseRequest]);
        assert!(book.rules().is_empty());
    }
}
