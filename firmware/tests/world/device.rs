//! A device and its cashier: plays sales, and remembers what was said.

use std::collections::BTreeMap;

use yika_firmware::{
    hal::{Block, Millis, Start},
    swipes::{Decline, Event, Output, Phase, Recovery, Standing, Swipes},
};
use yika_protocol::{
    money::Fen,
    swipe::{Credential, Draw, Identity, Lines, SwipeRequest},
    voucher::{Code, CodeRule},
};

use super::{centre::Centre, media::Blocks};

/// Places in the ring of the test media: small, so that it turns often.
pub const RING: u64 = 12;
/// Blocks that give such a ring.
pub const BLOCKS: u32 = 10 + 5 * RING as u32;

/// Media of a device that was set up and enrolled.
pub fn fresh(identity: &[u8]) -> Vec<Block> {
    let blocks = Blocks::new(BLOCKS);
    let mut swipes = Swipes::provision(blocks.clone()).unwrap();
    swipes.enrol(Identity::decode(identity).unwrap(), Millis(0)).unwrap();
    drop(swipes);
    blocks.snapshot()
}

/// What the cashier was told about one order, last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Nothing,
    Settled,
    Refused,
    Cancelled,
    Voided,
}

/// A device with power, or without.
pub struct Device {
    pub media: Blocks,
    pub swipes: Option<Swipes<Blocks>>,
    pub now: u64,
    pub said: BTreeMap<u64, Said>,
    pub events: Vec<Event>,
    pub sent: Vec<Vec<u8>>,
}

impl Device {
    pub fn start(blocks: Vec<Block>) -> Self {
        let mut device = Self {
            media: Blocks::from_blocks(blocks),
            swipes: None,
            now: 0,
            said: BTreeMap::new(),
            events: vec![],
            sent: vec![],
        };
        device.boot(Start::PowerOn);
        device
    }

    /// Power comes (or the device resets itself); time since boot begins anew.
    pub fn boot(&mut self, start: Start) {
        self.swipes = None;
        self.media.power();
        self.try_boot(start);
    }

    /// The same with power that may go away during the start.
    pub fn try_boot(&mut self, start: Start) {
        self.now = 0;
        self.swipes = Swipes::open(self.media.clone(), start, Millis(0)).ok();
        self.notice();
        if let Some(swipes) = &self.swipes
            && let Some(counter) = swipes.recovery().reversing
        {
            // What the screen says at start.
            self.said.insert(counter.get(), Said::Cancelled);
        }
    }

    /// Whether it lives; a device whose power went is no device.
    pub fn alive(&self) -> bool {
        self.swipes.is_some()
    }

    fn notice(&mut self) {
        if !self.media.is_powered() {
            self.swipes = None;
        }
    }

    pub fn recovery(&self) -> Recovery {
        self.swipes.as_ref().unwrap().recovery().clone()
    }

    /// Runs something on the engine; nothing comes out when power went meanwhile.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut Swipes<Blocks>, Millis) -> T) -> Option<T> {
        let now = Millis(self.now);
        let done = work(self.swipes.as_mut()?, now);
        self.notice();
        self.alive().then_some(done)
    }

    /// A sale with a voucher: prepare and commit. `None`: power went, or the engine declined.
    pub fn sell(&mut self, order_no: &str, amount: i64) -> Option<Result<u64, Decline>> {
        let mut request = request(order_no, amount);
        match self.with(|swipes, now| swipes.prepare(&mut request, now))? {
            Err(decline) => Some(Err(decline)),
            Ok(draft) => {
                let done = self.with(|swipes, now| swipes.commit(draft, &request, now))?;
                Some(done.map(|counter| {
                    self.said.insert(counter.get(), Said::Nothing);
                    counter.get()
                }))
            }
        }
    }

    /// Everything it wants to send now.
    pub fn outbox(&mut self) -> Vec<Vec<u8>> {
        let mut out = vec![];
        loop {
            let now = Millis(self.now);
            let Some(swipes) = self.swipes.as_mut() else { break };
            let polled = match swipes.poll(now) {
                Some(Output::Send(bytes)) => Ok(bytes.to_vec()),
                Some(Output::Event(event)) => Err(event),
                None => break,
            };
            self.notice();
            if !self.alive() {
                break;
            }
            match polled {
                Ok(bytes) => out.push(bytes),
                Err(event) => self.hear(event),
            }
        }
        self.sent.extend(out.iter().cloned());
        out
    }

    /// A datagram arrives.
    pub fn deliver(&mut self, datagram: &[u8]) {
        if let Some(Some(event)) = self.with(|swipes, now| swipes.receive(datagram, now)) {
            self.hear(event);
        }
    }

    pub fn give_up(&mut self) {
        if let Some(Some(event)) = self.with(|swipes, now| swipes.give_up(now)) {
            self.hear(event);
        }
    }

    pub fn void(&mut self, counter: u64) -> Option<Result<u64, Decline>> {
        let original = Centre::counter_of(counter);
        let done = self.with(|swipes, now| swipes.void(original, now))?;
        Some(done.map(|counter| counter.get()))
    }

    fn hear(&mut self, event: Event) {
        let said = match &event {
            Event::Settled(receipt) => Some((receipt.counter, Said::Settled)),
            Event::Refused { counter, .. } => Some((*counter, Said::Refused)),
            Event::Reversing { counter } | Event::ReversedElsewhere { counter } => {
                Some((*counter, Said::Cancelled))
            }
            Event::Voided(receipt) => Some((receipt.original, Said::Voided)),
            _ => None,
        };
        if let Some((counter, said)) = said {
            let before = self.said.insert(counter.get(), said);
            // What was said stays true: settled never becomes cancelled, cancelled never settled.
            match (before, said) {
                (Some(Said::Settled), Said::Voided) | (Some(Said::Nothing) | None, _) => {}
                // A late conflict: cancelled is what it stays.
                (Some(Said::Cancelled), Said::Refused) => {}
                (Some(before), _) => assert_eq!(before, said, "{event:?}"),
            }
        }
        self.events.push(event);
    }

    pub fn phase(&self) -> Phase {
        self.swipes.as_ref().unwrap().phase(Millis(self.now))
    }

    pub fn standing(&mut self, counter: u64) -> Option<Standing> {
        let line = self.swipes.as_mut()?.line(Centre::counter_of(counter))?;
        Some(line.standing)
    }

    /// A perfect line: everything is answered until nothing is open any more.
    pub fn settle_down(&mut self, centre: &mut Centre) {
        for _ in 0..400 {
            for datagram in self.outbox() {
                if let Some(answer) = centre.answer(&datagram) {
                    self.deliver(&answer);
                }
            }
            let Some(swipes) = &self.swipes else { return };
            match swipes.next_due() {
                Some(due) => self.now = self.now.max(due.0) + 1,
                None => return,
            }
        }
        panic!("never quiet: {:?}", self.swipes);
    }
}

/// A sale by voucher. The engine does not look at who pays.
pub fn request(order_no: &str, amount: i64) -> SwipeRequest<'_> {
    let code = Code::new(b"9912345678901234567890123456", CodeRule::default()).expect("a voucher code");
    SwipeRequest {
        order_no,
        amount: Fen(amount),
        lines: Lines::NONE,
        draw: Draw::Everything,
        pin_verified: false,
        centre_challenge: None,
        valid_until: None,
        credential: Credential::Voucher(code),
    }
}

/// Both books: the device's journal and totals against the centre's rows.
pub fn assert_books_equal(device: &mut Device, centre: &Centre, what: &str) {
    let swipes = device.swipes.as_mut().unwrap_or_else(|| panic!("{what}: the device does not start"));
    assert_eq!(swipes.open_reversals(), 0, "{what}: a reversal stays open");
    assert_eq!(swipes.open_void(), None, "{what}: a void stays open");
    assert_eq!(swipes.recovery().lost, 0, "{what}: lost records");
    let last = swipes.last_counter().map_or(0, |counter| counter.get());
    assert!(
        centre.counters().all(|counter| counter <= last),
        "{what}: the centre saw a counter that was not durable"
    );
    for day in [22, 23, 24].map(super::centre::day) {
        let ours = swipes.totals(day).unwrap();
        let theirs = yika_firmware::swipes::DayTotals::from(&centre.day_sums(day));
        assert_eq!(ours, theirs, "{what}: totals of {day:?}");
    }
    assert_eq!(
        super::centre::OPENING_BALANCE - centre.balance,
        centre.taken(),
        "{what}: money moved twice or was lost"
    );
    for counter in 1..=last {
        let Some(line) = swipes.line(Centre::counter_of(counter)) else {
            assert!(counter + RING <= last + 1, "{what}: no entry of {counter}");
            continue;
        };
        let counts = centre.counts(counter);
        match line.standing {
            Standing::Settled => {
                let voided = swipes.receipt(line.counter).unwrap().voided;
                assert_eq!(
                    counts,
                    !voided,
                    "{what}: {counter} settled here, {} there",
                    centre.holds(counter)
                );
            }
            Standing::Dropped => assert_eq!(centre.holds(counter), "nothing", "{what}: {counter}"),
            Standing::Refused(_) => assert_eq!(centre.holds(counter), "refused", "{what}: {counter}"),
            Standing::Reversed => {
                assert!(["undone", "never happened"].contains(&centre.holds(counter)), "{what}: {counter}")
            }
            Standing::Voided => assert_eq!(centre.holds(counter), "voided", "{what}: {counter}"),
            Standing::VoidRefused(_) => {
                assert_eq!(centre.holds(counter), "void refused", "{what}: {counter}")
            }
            Standing::Open | Standing::Reversing | Standing::Voiding | Standing::WrittenOff => {
                panic!("{what}: {counter} is {:?}", line.standing)
            }
        }
    }
    for (counter, said) in &device.said {
        match said {
            // Taken back since on the cashier's word, though power went before the screen could say so.
            Said::Settled
                if swipes.receipt(Centre::counter_of(*counter)).is_some_and(|receipt| receipt.voided) =>
            {
                assert!(!centre.counts(*counter), "{what}: {counter} was taken back")
            }
            Said::Settled => assert!(centre.counts(*counter), "{what}: {counter} was said to be settled"),
            Said::Refused | Said::Cancelled | Said::Voided => {
                assert!(!centre.counts(*counter), "{what}: {counter} was said not to count")
            }
            Said::Nothing => {}
        }
    }
}
