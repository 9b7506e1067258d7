//! A network that does everything a network does, by seed.

use std::collections::BTreeMap;

use crate::random::Random;

/// How bad it is: chances in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Lost.
    pub lose: usize,
    /// Arrives twice.
    pub double: usize,
    /// One bit or the end is damaged.
    pub damage: usize,
    /// Comes after 10 to 120 seconds: later than any patience.
    pub late: usize,
    /// Something that passed before is sent again, beside.
    pub replay: usize,
}

impl Weather {
    /// Everything arrives.
    pub const FINE: Self = Self { lose: 0, double: 0, damage: 0, late: 0, replay: 0 };
    /// Nearly nothing goes well.
    pub const STORM: Self = Self { lose: 250, double: 150, damage: 80, late: 120, replay: 100 };
    /// A bad day of a mobile network.
    pub const RAIN: Self = Self { lose: 60, double: 40, damage: 10, late: 40, replay: 20 };
}

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// From this device to the centre.
    Centre(usize),
    /// From the centre to this device.
    Device(usize),
}

/// Datagrams under way.
pub struct Line {
    random: Random,
    /// How bad it is now.
    pub weather: Weather,
    under_way: BTreeMap<(u64, u64), (To, Vec<u8>)>,
    count: u64,
    passed: Vec<(To, Vec<u8>)>,
}

impl Line {
    /// A line with this weather.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self { random: Random::new(seed), weather, under_way: BTreeMap::new(), count: 0, passed: Vec::new() }
    }

    /// Takes a datagram.
    pub fn send(&mut self, to: To, datagram: Vec<u8>, now: u64) {
        if self.chance(self.weather.replay) && !self.passed.is_empty() {
            let at = self.random.below(self.passed.len());
            let (to, old) = self.passed[at].clone();
            self.put(to, old, now);
        }
        self.passed.push((to, datagram.clone()));
        if self.passed.len() > 400 {
            self.passed.swap_remove(self.random.below(400));
        }
        if self.chance(self.weather.double) {
            self.put(to, datagram.clone(), now);
        }
        if !self.chance(self.weather.lose) {
            self.put(to, datagram, now);
        }
    }

    /// When the next one arrives.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// The next one that has arrived.
    pub fn arrived(&mut self, now: u64) -> Option<(To, Vec<u8>)> {
        let key = *self.under_way.keys().next().filter(|(at, _)| *at <= now)?;
        self.under_way.remove(&key)
    }

    fn put(&mut self, to: To, mut datagram: Vec<u8>, now: u64) {
        if self.chance(self.weather.damage) && !datagram.is_empty() {
            let at = self.random.below(datagram.len());
            match self.random.below(4) {
                0 => datagram.truncate(at),
                1 => datagram.push(0),
                _ => datagram[at] ^= 1 << self.random.below(8),
            }
        }
        let delay = if self.chance(self.weather.late) {
            10_000 + self.random.below(110_000)
        } else {
            20 + self.random.below(400)
        };
        self.count += 1;
        self.under_way.insert((now + delay as u64, self.count), (to, datagram));
    }

    fn chance(&mut self, thousandths: usize) -> bool {
        self.random.below(1000) < thousandths
    }
}
