//! Centre, devices, line and time together, played by a seed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tempfile::TempDir;
use time::macros::datetime;
use yika_centre::kit::{Kit, SAMPLE_SEED};
use yika_firmware::swipes::Standing;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Counter, TerminalId};

use super::desk::{Desk, Told};
use super::line::{Line, To, Weather};
use crate::books;
use crate::random::Random;

/// Balance of the person whose card pays everything, in fen.
const OPENING: i64 = 100_000_000;

/// Who pays: the sample's first person.
pub const PSN_NO: &str = "99010000000000000001";

/// What happened in a town, to show that a run was not empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Swipes that left a device.
    pub swipes: u64,
    /// Of these, settled in the end.
    pub settled: u64,
    /// Reversed by the device.
    pub reversed: u64,
    /// Voided.
    pub voided: u64,
    /// Answers that came after the reversal.
    pub late: u64,
    /// Power cuts of devices.
    pub cuts: u64,
    /// Restarts of the centre.
    pub restarts: u64,
}

/// A town. One clock for all, in milliseconds since noon of 2026-11-22.
pub struct Town {
    kit: Option<Kit>,
    folder: TempDir,
    devices: Vec<Desk>,
    terminals: Vec<TerminalId>,
    /// The device that was copied, and its copy.
    cloned: Option<(usize, usize)>,
    line: Line,
    random: Random,
    now: u64,
    orders: u64,
    tally: Tally,
}

impl Town {
    /// Two devices of one pharmacy, freshly enrolled.
    ///
    /// # Panics
    /// When the centre does not open or enrol.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        let folder = TempDir::new().expect("a folder");
        let kit = centre(&folder);
        let mut devices = Vec::new();
        let mut terminals = Vec::new();
        for which in 0..2 {
            let identity = kit.enrol(&format!("SN-{which}")).expect("enrolled");
            terminals.push(identity.terminal());
            devices.push(Desk::new(identity, seed ^ which));
        }
        Self {
            kit: Some(kit),
            folder,
            devices,
            terminals,
            cloned: None,
            line: Line::new(seed ^ 0xA5A5, weather),
            random: Random::new(seed),
            now: 0,
            orders: 0,
            tally: Tally::default(),
        }
    }

    /// Somebody copies the first device with all its keys; the copy is used, too.
    pub fn clone_first(&mut self) {
        let copy = Desk::on(self.devices[0].media.copied(self.random.number()), self.now);
        self.devices.push(copy);
        self.terminals.push(self.terminals[0]);
        self.cloned = Some((0, self.devices.len() - 1));
    }

    /// So many sales, with everything that can happen around them.
    pub fn live(&mut self, sales: usize) {
        let mut begun = 0;
        while begun < sales {
            let which = self.random.below(self.devices.len());
            match self.random.below(20) {
                0 => self.cut(which),
                1 => {
                    let operations = self.random.below(12) as u32;
                    self.devices[which].media.cut_in(operations);
                }
                2 => self.devices[which].void_last(self.now),
                3 if self.devices[which].is_waiting(self.now) => self.devices[which].give_up(self.now),
                4 if self.random.once_in(6) => self.restart_centre(),
                _ => {
                    self.orders += 1;
                    let order = format!("T{}", self.orders);
                    let amount = Fen(100 + self.random.below(4900) as i64);
                    if let Some(Ok(_)) = self.devices[which].sell(&order, amount, self.now) {
                        begun += 1;
                        self.tally.swipes += 1;
                    }
                }
            }
            self.wake();
            let pause = if self.random.once_in(3) { 45_000 } else { 4_000 };
            let until = self.now + self.random.below(pause) as u64;
            self.pass(until);
        }
    }

    /// The weather clears, and time passes until nothing is open any more.
    ///
    /// # Panics
    /// When something stays open for hours.
    pub fn settle_down(&mut self) {
        self.line.weather = Weather::FINE;
        for round in 0..400 {
            self.wake();
            // Of two devices with one identity, one may wait for ever: its counter is the other's void, which no reversal undoes.
            let excused =
                |which: usize| round > 60 && self.cloned.is_some_and(|(a, b)| which == a || which == b);
            let mut devices = self.devices.iter().enumerate();
            let rests = devices.all(|(which, device)| device.is_quiet(self.now) || excused(which));
            if rests && (self.line.due().is_none() || excused(0)) {
                return;
            }
            self.pass(self.now + 30_000);
        }
        panic!("a device never comes to rest");
    }

    /// All books, compared: the centre's tables by SQL, the devices' journals and totals, and what the cashiers were told.
    ///
    /// # Panics
    /// When any two of them disagree.
    pub fn assert_books_equal(&mut self) -> Tally {
        let database = self.database();
        let mut counted = 0;
        let terminals: BTreeSet<TerminalId> = self.terminals.iter().copied().collect();
        for terminal in terminals {
            for counter in 1..=self.highest(terminal) {
                let taken = self.taken(terminal, counter);
                assert!((0..=1).contains(&taken), "{terminal}-{counter}: money moved {taken} times");
                counted += taken;
            }
        }
        assert_eq!(books::live_settlements(&database), counted, "a settlement that no device asked for");
        let paid = books::account_payments(&database, PSN_NO);
        assert_eq!(
            OPENING - books::balance(&database, PSN_NO),
            paid,
            "the account lost what was settled, no more"
        );
        for which in 0..self.devices.len() {
            self.tally.late += u64::from(self.devices[which].late);
            let cloned = self.cloned.is_some_and(|(first, copy)| which == first || which == copy);
            // Two devices with one identity undo each other's swipes: the centre stays right, they cannot.
            if !cloned {
                self.compare(which);
            }
        }
        self.tally
    }

    fn compare(&mut self, which: usize) {
        let terminal = self.terminals[which];
        let told = self.devices[which].told.clone();
        for (counter, told) in told {
            let taken = self.taken(terminal, counter) == 1;
            match told {
                Told::Settled => {
                    // The cashier took it back, and power went before the screen could say that it is done.
                    let counter = Counter::new(counter).expect("a counter");
                    let voided =
                        matches!(self.devices[which].standing(counter), Some((Standing::Settled, true)));
                    assert_eq!(
                        taken,
                        !voided,
                        "{terminal}-{}: the cashier was told it is paid",
                        counter.get()
                    );
                    self.tally.settled += 1;
                }
                Told::Refused | Told::Cancelled | Told::Voided => {
                    assert!(
                        !taken,
                        "{terminal}-{counter}: the cashier was told it does not count ({told:?})"
                    );
                    self.tally.reversed += u64::from(told == Told::Cancelled);
                    self.tally.voided += u64::from(told == Told::Voided);
                }
                // Power went before the screen could say anything; the journal knows.
                Told::Nothing => {}
            }
        }
        for number in 1..=self.highest(terminal) {
            let counter = Counter::new(number).expect("a counter");
            let taken = self.taken(terminal, number) == 1;
            match self.devices[which].standing(counter) {
                Some((Standing::Settled, voided)) => assert_eq!(taken, !voided, "{terminal}-{number}"),
                Some((Standing::Open | Standing::Reversing | Standing::Voiding, _)) => {
                    panic!("{terminal}-{number} is still open")
                }
                Some(_) => assert!(!taken, "{terminal}-{number} counts at the centre only"),
                // The ring of the journal turned over it.
                None => {}
            }
        }
        let Some(day) = self.devices[which].engine().last_day() else { return };
        assert!(self.devices[which].ask_day(day, self.now), "{terminal}: the day cannot be asked for");
        for _ in 0..20 {
            if self.devices[which].compared.is_some() {
                break;
            }
            self.pass(self.now + 1_000);
        }
        let compared = self.devices[which].compared.expect("the centre's day");
        assert!(compared.equal(), "{terminal}: {compared:?}");
    }

    /// How often the money of a swipe was taken and kept, by the centre's tables alone.
    fn taken(&self, terminal: TerminalId, counter: u64) -> i64 {
        books::booked(&self.database(), &format!("{terminal}{counter:012X}")).taken()
    }

    fn highest(&mut self, terminal: TerminalId) -> u64 {
        let devices = self.terminals.iter().enumerate().filter(|(_, of)| **of == terminal).map(|(at, _)| at);
        let counters =
            devices.collect::<Vec<_>>().into_iter().filter_map(|at| self.devices[at].engine().last_counter());
        counters.map(Counter::get).max().unwrap_or(0)
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("centre.db")
    }

    fn cut(&mut self, which: usize) {
        self.devices[which].media.cut();
    }

    /// A device whose power went is switched on again.
    fn wake(&mut self) {
        let now = self.now;
        for device in &mut self.devices {
            for _ in 0..10 {
                if device.media.is_powered() && device.runs() {
                    break;
                }
                self.tally.cuts += 1;
                device.start(now);
            }
            assert!(device.runs(), "a device does not start any more");
        }
    }

    fn restart_centre(&mut self) {
        self.tally.restarts += 1;
        drop(self.kit.take());
        self.kit = Some(centre(&self.folder));
    }

    /// Time passes: datagrams arrive and devices act, in order.
    fn pass(&mut self, until: u64) {
        loop {
            self.speak();
            // Whoever was due now has spoken.
            let devices = self.devices.iter().filter_map(Desk::due).map(|due| due.max(self.now + 1));
            let Some(next) = devices.chain(self.line.due()).min().filter(|next| *next <= until) else {
                break;
            };
            self.now = next;
            while let Some((to, datagram)) = self.line.arrived(self.now) {
                self.arrive(to, &datagram);
            }
        }
        self.now = until;
        self.speak();
    }

    fn speak(&mut self) {
        for (which, device) in self.devices.iter_mut().enumerate() {
            for datagram in device.outbox(self.now) {
                self.line.send(To::Centre(which), datagram, self.now);
            }
            if !device.media.is_powered() {
                self.tally.cuts += 1;
                device.start(self.now);
            }
        }
    }

    fn arrive(&mut self, to: To, datagram: &[u8]) {
        match to {
            To::Device(which) => self.devices[which].deliver(datagram, self.now),
            To::Centre(from) => {
                let Some(kit) = &self.kit else { return };
                let milliseconds = i64::try_from(self.now).unwrap_or(0);
                kit.clock
                    .set(datetime!(2026-11-22 04:00:00 UTC) + time::Duration::milliseconds(milliseconds));
                if let Some(answer) = kit.centre.answer_swipe(datagram, None) {
                    self.line.send(To::Device(from), answer, self.now);
                }
            }
        }
    }
}

/// The sample's centre with a person who never runs out of money, and terminals without a limit of the day in the way.
fn centre(folder: &TempDir) -> Kit {
    let seed = SAMPLE_SEED.replacen("balance = \"500.00\"", "balance = \"1000000.00\"", 1).replacen(
        "per_day = \"20000.00\"",
        "per_day = \"900000.00\"",
        1,
    );
    Kit::open_with(folder.path(), &seed, |config| config.swipe_limits = yika_centre::SwipeLimits::NONE)
        .expect("a centre")
}
