//! A device and its cashier: the firmware's swipe engine in virtual time.

use std::collections::BTreeMap;

use yika_centre::kit::{card_cryptogram, sample_card};
use yika_firmware::hal::{Millis, Start};
use yika_firmware::swipes::{DayComparison, Decline, Event, Output, Phase, Standing, Swipes};
use yika_protocol::identity::Date;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Counter, Credential, Draw, Identity, Lines, SwipeRequest};

use super::media::Blocks;

/// Blocks of a device whose journal turns now and then.
const BLOCKS: usize = 10 + 5 * 64;

/// What the cashier was told of a swipe, last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Wait.
    Nothing,
    /// Paid.
    Settled,
    /// No.
    Refused,
    /// It will not count: take cash.
    Cancelled,
    /// Taken back.
    Voided,
}

/// A device.
pub struct Desk {
    /// What survives a power cut.
    pub media: Blocks,
    swipes: Option<Swipes<Blocks>>,
    /// When it was started, on the clock of the town.
    started: u64,
    /// What was said of each counter.
    pub told: BTreeMap<u64, Told>,
    /// The last comparison of a day.
    pub compared: Option<DayComparison>,
    /// Late answers it saw.
    pub late: u32,
    /// Hints it saw.
    pub advice: u32,
}

impl Desk {
    /// A new device that becomes this terminal.
    ///
    /// # Panics
    /// When the store cannot be set up.
    #[must_use]
    pub fn new(identity: Identity, seed: u64) -> Self {
        let media = Blocks::new(BLOCKS, seed);
        let mut swipes = Swipes::provision(media.clone()).expect("a new store");
        swipes.enrol(identity, Millis(0)).expect("enrolled");
        drop(swipes);
        Self::on(media, 0)
    }

    /// A device on media that another one left.
    #[must_use]
    pub fn on(media: Blocks, now: u64) -> Self {
        let mut desk = Self {
            media,
            swipes: None,
            started: now,
            told: BTreeMap::new(),
            compared: None,
            late: 0,
            advice: 0,
        };
        desk.start(now);
        desk
    }

    /// Power comes back.
    pub fn start(&mut self, now: u64) {
        self.media.power();
        self.started = now;
        self.swipes = Swipes::open(self.media.clone(), Start::PowerOn, Millis(0)).ok();
        if let Some(counter) = self.swipes.as_ref().and_then(|swipes| swipes.recovery().reversing) {
            self.tell(counter, Told::Cancelled);
        }
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.swipes.is_some()
    }

    /// The engine.
    ///
    /// # Panics
    /// When it does not run.
    pub fn engine(&mut self) -> &mut Swipes<Blocks> {
        self.swipes.as_mut().expect("a device that runs")
    }

    fn with<T>(&mut self, now: u64, work: impl FnOnce(&mut Swipes<Blocks>, Millis) -> T) -> Option<T> {
        let since = Millis(now.saturating_sub(self.started));
        let done = self.swipes.as_mut().map(|swipes| work(swipes, since));
        // Whatever a device without power computes reaches nobody.
        if !self.media.is_powered() {
            self.swipes = None;
            return None;
        }
        done
    }

    /// A sale with the sample's card. `None`: power went.
    ///
    /// # Panics
    /// When the sample's card cannot answer.
    pub fn sell(&mut self, order_no: &str, amount: Fen, now: u64) -> Option<Result<Counter, Decline>> {
        let card = sample_card().expect("the sample card");
        let mut request = SwipeRequest {
            order_no,
            amount,
            lines: Lines::NONE,
            draw: Draw::AccountOnly,
            pin_verified: false,
            centre_challenge: None,
            valid_until: None,
            credential: Credential::Card(card.clone()),
        };
        let draft = match self.with(now, |swipes, now| swipes.prepare(&mut request, now))? {
            Ok(draft) => draft,
            Err(decline) => return Some(Err(decline)),
        };
        let cryptogram = card_cryptogram(draft.challenge()).expect("the card answers");
        request.credential = Credential::Card(card.answered(cryptogram));
        let done = self.with(now, |swipes, now| swipes.commit(draft, &request, now))?;
        if let Ok(counter) = done {
            self.tell(counter, Told::Nothing);
        }
        Some(done)
    }

    /// The cashier cancels.
    pub fn give_up(&mut self, now: u64) {
        if let Some(Some(event)) = self.with(now, |swipes, now| swipes.give_up(now)) {
            self.hear(event);
        }
    }

    /// The newest settled purchase is taken back.
    pub fn void_last(&mut self, now: u64) {
        self.with(now, |swipes, now| {
            let last = swipes.last_settled().filter(|receipt| !receipt.voided)?;
            swipes.void(last.counter, now).ok()
        });
    }

    /// Asks the centre for a day's books.
    pub fn ask_day(&mut self, day: Date, now: u64) -> bool {
        self.compared = None;
        self.with(now, |swipes, now| swipes.ask_day(day, now).is_ok()) == Some(true)
    }

    /// What it wants to send now.
    pub fn outbox(&mut self, now: u64) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let polled = self.with(now, |swipes, now| {
                Some(match swipes.poll(now)? {
                    Output::Send(bytes) => Ok(bytes.to_vec()),
                    Output::Event(event) => Err(event),
                })
            });
            match polled {
                Some(Some(Ok(bytes))) => out.push(bytes),
                Some(Some(Err(event))) => self.hear(event),
                Some(None) | None => return out,
            }
        }
    }

    /// A datagram came.
    pub fn deliver(&mut self, datagram: &[u8], now: u64) {
        if let Some(Some(event)) = self.with(now, |swipes, now| swipes.receive(datagram, now)) {
            self.hear(event);
        }
    }

    /// When it has something to do by itself, on the town's clock.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        Some(self.swipes.as_ref()?.next_due()?.0 + self.started)
    }

    /// Whether nothing is under way or open.
    #[must_use]
    pub fn is_quiet(&self, now: u64) -> bool {
        self.swipes.as_ref().is_some_and(|swipes| {
            swipes.phase(Millis(now.saturating_sub(self.started))) == Phase::Idle
                && swipes.open_reversals() == 0
                && swipes.open_void().is_none()
        })
    }

    /// Whether a swipe is on its way.
    #[must_use]
    pub fn is_waiting(&self, now: u64) -> bool {
        let phase = self.swipes.as_ref().map(|swipes| swipes.phase(Millis(now.saturating_sub(self.started))));
        matches!(phase, Some(Phase::Waiting { .. } | Phase::Unsure { .. }))
    }

    /// How a counter stands in its journal, while it is there.
    pub fn standing(&mut self, counter: Counter) -> Option<(Standing, bool)> {
        let swipes = self.swipes.as_mut()?;
        let standing = swipes.line(counter)?.standing;
        let voided =
            standing == Standing::Settled && swipes.receipt(counter).is_some_and(|receipt| receipt.voided);
        Some((standing, voided))
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Settled(receipt) => self.tell(receipt.counter, Told::Settled),
            Event::Refused { counter, .. } => self.tell(counter, Told::Refused),
            Event::Reversing { counter } | Event::ReversedElsewhere { counter } => {
                self.tell(counter, Told::Cancelled);
            }
            Event::Voided(receipt) => self.tell(receipt.original, Told::Voided),
            Event::Day(comparison) => self.compared = Some(comparison),
            Event::LateAnswer { .. } => self.late += 1,
            Event::Advice(_) => self.advice += 1,
            _ => {}
        }
    }

    /// What was said stays true: settled never becomes cancelled, cancelled never settled.
    fn tell(&mut self, counter: Counter, told: Told) {
        match (self.told.insert(counter.get(), told), told) {
            (Some(Told::Nothing) | None, _) | (Some(Told::Settled), Told::Voided) => {}
            (Some(before), now) => {
                assert_eq!(before, now, "counter {}: told {before:?}, then {now:?}", counter.get())
            }
        }
    }
}
