//! What passed between a reader and a card, without any of the data.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::card::{Card, CardAnswer};

/// Entries the log keeps; older ones go.
const LOG_LENGTH: usize = 1_000;

/// One exchange: the header of the command, lengths, and the status word. No data, so it may be shown and stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// CLA, INS, P1, P2; zeros where the command was shorter.
    pub header: [u8; 4],
    /// Length of the whole command.
    pub sent: usize,
    /// Length of the answer's data.
    pub received: usize,
    /// The status word, `None` when no whole answer came.
    pub status: Option<u16>,
}

impl Exchange {
    /// The instruction byte.
    #[must_use]
    pub fn ins(&self) -> u8 {
        self.header[1]
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cla, ins, p1, p2] = self.header;
        write!(f, "{cla:02X} {ins:02X} {p1:02X} {p2:02X} ({} bytes) -> ", self.sent)?;
        match self.status {
            Some(sw) => write!(f, "{} bytes, {sw:04X}", self.received),
            None => f.write_str("no answer"),
        }
    }
}

/// Counters and log of a watched card. Clones look at the same card.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Counters>>);

#[derive(Default)]
struct Counters {
    apdus: u64,
    power_ons: u64,
    resets: u64,
    log: VecDeque<Exchange>,
}

impl Watch {
    /// APDUs since the start.
    #[must_use]
    pub fn apdus(&self) -> u64 {
        self.counters().apdus
    }

    /// Cold starts.
    #[must_use]
    pub fn power_ons(&self) -> u64 {
        self.counters().power_ons
    }

    /// Warm resets.
    #[must_use]
    pub fn resets(&self) -> u64 {
        self.counters().resets
    }

    /// The last thousand exchanges, oldest first.
    #[must_use]
    pub fn log(&self) -> Vec<Exchange> {
        self.counters().log.iter().copied().collect()
    }

    /// Sets everything back to nothing.
    pub fn clear(&self) {
        *self.counters() = Counters::default();
    }

    /// A thread that panicked while counting left whole numbers behind.
    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters = self.counters();
        f.debug_struct("Watch")
            .field("apdus", &counters.apdus)
            .field("power_ons", &counters.power_ons)
            .field("resets", &counters.resets)
            .finish_non_exhaustive()
    }
}

/// A card with a [`Watch`] on it.
pub struct Watched<C> {
    card: C,
    watch: Watch,
}

impl<C: Card> Watched<C> {
    /// Counts from now on.
    pub fn new(card: C) -> Self {
        Self { card, watch: Watch::default() }
    }

    /// The counters; keep a clone when the card itself goes elsewhere.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// The card inside.
    pub fn inner(&self) -> &C {
        &self.card
    }

    /// The card, without its watch.
    pub fn into_inner(self) -> C {
        self.card
    }
}

impl<C: Card> Card for Watched<C> {
    fn atr(&self) -> Option<Vec<u8>> {
        self.card.atr()
    }

    fn power_on(&mut self) {
        self.watch.counters().power_ons += 1;
        self.card.power_on();
    }

    fn power_off(&mut self) {
        self.card.power_off();
    }

    fn reset(&mut self) {
        self.watch.counters().resets += 1;
        self.card.reset();
    }

    fn insert(&mut self) {
        self.card.insert();
    }

    fn transmit(&mut self, apdu: &[u8]) -> CardAnswer {
        let answer = self.card.transmit(apdu);
        let mut header = [0; 4];
        for (to, from) in header.iter_mut().zip(apdu) {
            *to = *from;
        }
        let received = match &answer {
            CardAnswer::Response(bytes) => bytes.len().saturating_sub(2),
            CardAnswer::Cut { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let mut counters = self.watch.counters();
        counters.apdus += 1;
        if counters.log.len() == LOG_LENGTH {
            counters.log.pop_front();
        }
        counters.log.push_back(Exchange { header, sent: apdu.len(), received, status: answer.status() });
        drop(counters);
        answer
    }

    fn work_time(&self) -> Duration {
        self.card.work_time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardSpec, VirtualCard};

    #[test]
    fn it_counts_and_keeps_no_data() {
        let mut card = Watched::new(VirtualCard::new(CardSpec::default()));
        let watch = card.watch();
        card.power_on();
        card.transmit(b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF");
        card.transmit(&[0x00, 0x20, 0x00, 0x00, 0x03, 0x12, 0x34, 0x56]);
        card.reset();
        card.transmit(&[0x00]);
        assert_eq!((watch.apdus(), watch.power_ons(), watch.resets()), (3, 1, 1));
        let text = format!("{:?}", watch.log());
        assert!(text.contains("00 20 00 00 (8 bytes) -> 0 bytes, 9000"), "{text}");
        assert!(!text.contains("12 34") && !text.contains("12, 34") && !text.contains("1234"), "{text}");
        watch.clear();
        assert_eq!(watch.apdus(), 0);
    }
}
