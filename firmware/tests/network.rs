//! A bad line, by seed: loss, doubling, reordering, alteration, answers and originals that come after a reversal,
//! power cuts in between. `YIKA_SEEDS=100000` plays the long run, `YIKA_SEED=17` that one
//! alone.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use world::{
    centre::{Centre, enrolled},
    device::{Device, Said, assert_books_equal, fresh},
    random::{Random, seeds},
};
use yika_firmware::{
    hal::{Block, Start},
    swipes::{Decline, Event, MAX_OPEN, Phase},
};
use yika_protocol::money::Fen;

/// How bad a line is, in percent and milliseconds.
#[derive(Clone, Copy, Debug)]
struct Line {
    lost: u64,
    doubled: u64,
    altered: u64,
    slow: u64,
    slowest: u64,
}

#[derive(Clone, Debug)]
struct Flight {
    at: u64,
    to_centre: bool,
    // Which device sent it or is to get it.
    device: usize,
    bytes: Vec<u8>,
}

/// Everything on one clock. A device's own clock starts anew with every start.
struct Air {
    line: Line,
    random: Random,
    flights: Vec<Flight>,
    now: u64,
}

impl Air {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let line = Line {
            lost: random.below(60),
            doubled: random.below(30),
            altered: random.below(10),
            slow: random.below(40),
            slowest: [50, 2_000, 12_000, 45_000, 120_000][random.below(5) as usize],
        };
        Self { line, random, flights: vec![], now: 0 }
    }

    fn send(&mut self, device: usize, to_centre: bool, bytes: &[u8]) {
        let copies = 1 + u64::from(self.random.percent(self.line.doubled));
        for _ in 0..copies {
            if self.random.percent(self.line.lost) {
                continue;
            }
            let mut bytes = bytes.to_vec();
            if self.random.percent(self.line.altered) {
                let bit = self.random.below(bytes.len() as u64 * 8) as usize;
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            let slow = self.random.percent(self.line.slow);
            let takes = 5 + self.random.below(if slow { self.line.slowest } else { 60 });
            self.flights.push(Flight { at: self.now + takes, to_centre, device, bytes });
        }
    }

    // What arrives until `until`, in the order of arrival.
    fn next_before(&mut self, until: u64) -> Option<Flight> {
        let at = (0..self.flights.len()).min_by_key(|&at| self.flights[at].at)?;
        (self.flights[at].at <= until).then(|| self.flights.swap_remove(at))
    }

    // One stretch of time for everybody.
    fn pass(&mut self, devices: &mut [Device], centre: &mut Centre, millis: u64) {
        let end = self.now + millis;
        while self.now < end {
            for (which, device) in devices.iter_mut().enumerate() {
                for bytes in device.outbox() {
                    self.send(which, true, &bytes);
                }
            }
            let step = (self.now + 250).min(end);
            while let Some(flight) = self.next_before(step) {
                if flight.to_centre {
                    if let Some(answer) = centre.answer(&flight.bytes) {
                        self.send(flight.device, false, &answer);
                    }
                } else {
                    devices[flight.device].deliver(&flight.bytes);
                }
            }
            for device in devices.iter_mut() {
                device.now += step - self.now;
            }
            self.now = step;
        }
    }

    // Everything that is still under way arrives after all, in any order.
    fn flush(&mut self, devices: &mut [Device], centre: &mut Centre) {
        while !self.flights.is_empty() {
            let at = self.random.below(self.flights.len() as u64) as usize;
            let flight = self.flights.swap_remove(at);
            if flight.to_centre {
                if let Some(answer) = centre.answer(&flight.bytes) {
                    devices[flight.device].deliver(&answer);
                }
            } else {
                devices[flight.device].deliver(&flight.bytes);
            }
        }
    }
}

// A shop on a bad day.
fn play(seed: u64, media: &[Block], centre: &Centre) -> (Device, Centre, u64) {
    let mut air = Air::new(seed);
    let mut devices = [Device::start(media.to_vec())];
    let mut centre = centre.clone();
    centre.refuses = vec![1_300];
    let mut swipes = 0;
    for order in 0..2 + air.random.below(5) {
        let amount = 1_000 + 100 * air.random.below(4) as i64;
        match devices[0].sell(&format!("O{order}"), amount).unwrap() {
            Ok(_) => swipes += 1,
            Err(Decline::TooManyOpen | Decline::Busy) => {}
            Err(decline) => panic!("seed {seed}: {decline:?}"),
        }
        let patience = 500 + air.random.below(35_000);
        let mut waited = 0;
        while waited < patience && devices[0].phase() != Phase::Idle {
            air.pass(&mut devices, &mut centre, 250);
            waited += 250;
        }
        match air.random.below(10) {
            0 => {
                devices[0].media.cut_now();
                devices[0].boot(Start::PowerOn);
            }
            1 => devices[0].boot(Start::Reset),
            2..=5 => devices[0].give_up(),
            6 => {
                if let Some(receipt) = devices[0].with(|swipes, _| swipes.last_settled()).unwrap() {
                    let _ = devices[0].void(receipt.counter.get());
                }
            }
            _ => {}
        }
        let pause = air.random.below(20_000);
        air.pass(&mut devices, &mut centre, pause);
        if devices[0].phase() != Phase::Idle {
            devices[0].give_up();
        }
    }
    // Reversals go on while late ones still come in; then the line is perfect.
    air.flush(&mut devices, &mut centre);
    let [mut device] = devices;
    device.settle_down(&mut centre);
    (device, centre, swipes)
}

#[test]
fn whatever_the_line_does_both_books_end_equal() {
    let terminal = enrolled(1);
    let media = fresh(&terminal.identity);
    let mut totals = (0, 0, 0);
    let count = seeds(500).count() as u64;
    for seed in seeds(500) {
        let (mut device, centre, swipes) = play(seed, &media, &terminal.centre);
        assert_books_equal(&mut device, &centre, &format!("seed {seed}"));
        let doubled = device.swipes.as_ref().is_some_and(|swipes| swipes.is_doubled());
        assert!(!doubled, "seed {seed}: one device alone took itself for two");
        totals.0 += swipes;
        totals.1 += centre.counters().filter(|counter| centre.counts(*counter)).count();
        totals.2 += device.events.iter().filter(|event| matches!(event, Event::LateAnswer { .. })).count();
        // Sent again, the whole day changes nothing more.
        if seed.is_multiple_of(16) {
            let (mut device, mut centre) = (device, centre);
            let before = centre.balance;
            for datagram in std::mem::take(&mut device.sent) {
                if let Some(answer) = centre.answer(&datagram) {
                    device.deliver(&answer);
                }
            }
            assert_eq!(centre.balance, before, "seed {seed}: a replay moved money");
            assert_books_equal(&mut device, &centre, &format!("seed {seed}, replayed"));
        }
    }
    if count < 500 {
        return;
    }
    // The lines are bad, but not so bad that nothing is tried.
    assert!(totals.0 > 2 * count, "{totals:?}");
    assert!(totals.1 as u64 > count / 4, "{totals:?}");
    assert!(totals.2 as u64 > count / 50, "{totals:?}");
}

/// A copied device. Money of one id moves once at most, never do both say *settled* for it, and both come to rest.
#[test]
fn two_devices_with_one_identity_never_move_money_twice() {
    let terminal = enrolled(1);
    let media = fresh(&terminal.identity);
    let mut conflicts = 0;
    for seed in seeds(300) {
        let mut air = Air::new(seed ^ 0x5EED);
        let mut devices = [Device::start(media.clone()), Device::start(media.clone())];
        let mut centre = terminal.centre.clone();
        for order in 0..3 {
            for (which, device) in devices.iter_mut().enumerate() {
                if air.random.percent(70) {
                    let _ = device.sell(&format!("D{which}O{order}"), 1_000 + 10 * which as i64);
                }
            }
            let pause = air.random.below(20_000);
            air.pass(&mut devices, &mut centre, pause);
            for device in &mut devices {
                if air.random.percent(40) {
                    device.give_up();
                }
            }
        }
        air.flush(&mut devices, &mut centre);
        for device in &mut devices {
            device.settle_down(&mut centre);
        }
        let opening = world::centre::OPENING_BALANCE;
        assert_eq!(opening - centre.balance, centre.taken(), "seed {seed}");
        for (counter, said) in &devices[0].said {
            let both = *said == Said::Settled && devices[1].said.get(counter) == Some(&Said::Settled);
            assert!(!both, "seed {seed}: both say that {counter} is settled");
        }
        conflicts += centre.conflicts;
    }
    assert!(conflicts > 20 || seeds(300).count() < 300, "they did collide: {conflicts}");
}

#[test]
fn the_ninth_open_reversal_is_declined_until_one_is_acknowledged() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    for order in 0..MAX_OPEN {
        device.sell(&format!("O{order}"), 500).unwrap().unwrap();
        device.outbox();
        device.give_up();
    }
    assert_eq!(device.sell("NINTH", 500), Some(Err(Decline::TooManyOpen)));
    assert_eq!(Decline::TooManyOpen.fault().number, 7021);
    // Also after a start.
    device.boot(Start::PowerOn);
    assert_eq!(device.sell("NINTH", 500), Some(Err(Decline::TooManyOpen)));
    let first = device.outbox().swap_remove(0);
    let answer = centre.answer(&first).unwrap();
    device.deliver(&answer);
    device.sell("NINTH", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "nine");
}

#[test]
fn a_cold_device_settles_with_one_datagram_each_way() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    assert!(device.outbox().is_empty(), "a start alone sends nothing");
    device.sell("A", 500).unwrap().unwrap();
    let out = device.outbox();
    assert_eq!(out.len(), 1);
    let answer = centre.answer(&out[0]).unwrap();
    device.deliver(&answer);
    assert!(matches!(device.events.last(), Some(Event::Settled(_))));
    device.now += 3_600_000;
    assert!(device.outbox().is_empty(), "nothing more, ever");
}

#[test]
fn an_unanswered_purchase_is_sent_again_unchanged_then_reversed_after_thirty_seconds() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    device.sell("A", 500).unwrap().unwrap();
    let mut times = vec![];
    let mut bytes = vec![];
    for now in (0..29_950).step_by(50) {
        device.now = now;
        let unsure = matches!(device.phase(), Phase::Unsure { .. });
        assert_eq!(unsure, now >= 10_000, "{now}");
        for datagram in device.outbox() {
            times.push(now);
            bytes.push(datagram);
        }
    }
    assert_eq!(times, [0, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000, 15_000, 20_000, 25_000]);
    assert!(bytes.iter().all(|datagram| *datagram == bytes[0]), "identical bytes");
    device.now = 30_000;
    let out = device.outbox();
    assert!(matches!(device.events.last(), Some(Event::Reversing { .. })));
    assert_eq!(out.len(), 1);
    // The reversal's bytes are a function of identity and counter: the same after a restart.
    device.boot(Start::PowerOn);
    assert_eq!(device.outbox(), out);
}

#[test]
fn hints_and_junk_change_nothing() {
    use yika_protocol::swipe::{Hint, HintKind, TerminalId};
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 500).unwrap().unwrap();
    let out = device.outbox();
    let hint = Hint::new(TerminalId([1; 8]), HintKind::Revoked).encoded();
    device.deliver(&hint);
    assert_eq!(device.events.last(), Some(&Event::Advice(HintKind::Revoked)));
    let strangers = Hint::new(TerminalId([2; 8]), HintKind::Revoked).encoded();
    let before = device.events.len();
    for junk in [&strangers[..], b"", b"junk", &out[0], &[0xFF; 1_200]] {
        device.deliver(junk);
    }
    assert_eq!(device.events.len(), before);
    assert_eq!(device.swipes.as_ref().unwrap().counts().ignored, 5);
    assert!(matches!(device.phase(), Phase::Waiting { .. }));
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "after junk");
}

#[test]
fn an_order_is_settled_once_and_may_be_sold_again_when_taken_back() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    let first = device.sell("A", 500).unwrap().unwrap();
    assert_eq!(device.sell("B", 500), Some(Err(Decline::Busy)));
    device.settle_down(&mut centre);
    assert_eq!(device.sell("A", 500), Some(Err(Decline::AlreadySettled(Centre::counter_of(first)))));
    device.void(first).unwrap().unwrap();
    assert_eq!(device.void(first), Some(Err(Decline::Busy)));
    device.settle_down(&mut centre);
    assert_eq!(device.void(first), Some(Err(Decline::NothingToVoid)));
    device.sell("A", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "sold, taken back, sold");
    assert_eq!(device.sell("C", 200_001), Some(Err(Decline::OverLimit)));
    assert_eq!(device.sell("C", 0), Some(Err(Decline::BadSale)));
    assert_eq!(device.sell("with space", 500), Some(Err(Decline::BadSale)));
}

#[test]
fn what_the_card_answered_for_is_what_is_sent() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut asked = world::device::request("A", 500);
    let draft = device.with(|swipes, now| swipes.prepare(&mut asked, now)).unwrap().unwrap();
    let other = world::device::request("A", 5_000);
    assert_eq!(device.with(|swipes, now| swipes.commit(draft, &other, now)), Some(Err(Decline::Changed)));
    // A draft of before is void once another was prepared.
    let old = device.with(|swipes, now| swipes.prepare(&mut asked, now)).unwrap().unwrap();
    let _new = device.with(|swipes, now| swipes.prepare(&mut asked, now)).unwrap().unwrap();
    assert_eq!(device.with(|swipes, now| swipes.commit(old, &asked, now)), Some(Err(Decline::Changed)));
    assert!(device.outbox().is_empty());
}

#[test]
fn day_totals_are_compared_and_a_difference_shows_both() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 2_100).unwrap().unwrap();
    device.settle_down(&mut centre);
    let day = device.swipes.as_ref().unwrap().last_day().unwrap();
    let ask = |device: &mut Device, centre: &mut Centre| {
        device.with(|swipes, now| swipes.ask_day(day, now)).unwrap().unwrap();
        device.settle_down(centre);
        match device.events.last() {
            Some(Event::Day(comparison)) => *comparison,
            other => panic!("{other:?}"),
        }
    };
    let equal = ask(&mut device, &mut centre);
    assert!(equal.equal());
    // 2100 = 700 fund + 300 cash + 1100 account.
    assert_eq!(
        (equal.ours.count, equal.ours.acct.0, equal.ours.fund.0, equal.ours.cash.0),
        (1, 1_100, 700, 300)
    );
    // Somebody reverses it with the same identity, behind the device's back.
    let copy = yika_protocol::swipe::Identity::decode(&terminal.identity).unwrap();
    centre.answer(&copy.seal_reversal(Centre::counter_of(1)).unwrap()).unwrap();
    let different = ask(&mut device, &mut centre);
    assert!(!different.equal());
    assert_eq!((different.ours.count, different.theirs.count), (1, 0));
}

#[test]
fn amounts_that_do_not_add_up_are_not_believed() {
    use yika_protocol::swipe::{Answer, Outcome, SwipeAnswer, VoidAnswer, VoidOutcome, Voided};
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 2_100).unwrap().unwrap();
    let request = device.outbox().swap_remove(0);
    // What a good answer would be, from a copy of the centre.
    let sealed = centre.clone().answer(&request).unwrap();
    let copy = yika_protocol::swipe::Identity::decode(&terminal.identity).unwrap();
    let good = copy.open(&sealed).unwrap().answer;
    let Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(settled), business_day, next_challenge }) =
        good
    else {
        panic!("settled")
    };
    let wrong = [
        (2_100, 1_100, 700, 299),
        (2_000, 1_000, 700, 300),
        (2_101, 1_101, 700, 300),
        (2_100, 2_100, 300, 0),
        (2_101, 1_100, 700, 300),
    ];
    for (amount, acct, fund, cash) in wrong {
        let mut settled = settled.clone();
        settled.amount = Fen(amount);
        settled.acct_pay = Fen(acct);
        settled.fund_pay = Fen(fund);
        settled.cash = Fen(cash);
        let answer =
            Answer::Swipe(SwipeAnswer { outcome: Outcome::Settled(settled), business_day, next_challenge });
        device.deliver(&centre.seal(&request, &answer));
    }
    assert!(device.events.is_empty(), "{:?}", device.events);
    assert_eq!(device.swipes.as_ref().unwrap().counts().wrong, 5);
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "after wrong answers");

    let void = device.void(1).unwrap().unwrap();
    let request = device.outbox().swap_remove(0);
    let back = Voided { acct_back: Fen(1_100), fund_back: Fen(700), cash_back: Fen(299), balance: Fen(1) };
    let answer =
        Answer::Void(VoidAnswer { outcome: VoidOutcome::Voided(back), business_day, next_challenge });
    device.deliver(&centre.seal(&request, &answer));
    assert_eq!(device.swipes.as_ref().unwrap().open_void(), Some(Centre::counter_of(void)));
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "taken back");
}

#[test]
fn answers_of_another_counter_or_kind_are_not_believed() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 500).unwrap().unwrap();
    let first = centre.answer(&device.outbox()[0]).unwrap();
    device.deliver(&first);
    device.sell("B", 500).unwrap().unwrap();
    let second = device.outbox().swap_remove(0);
    let events = device.events.len();
    // The answer to the first again; a reversal of the second that this device never asked for; another terminal's.
    device.deliver(&first);
    let copy = yika_protocol::swipe::Identity::decode(&terminal.identity).unwrap();
    let mut elsewhere = centre.clone();
    let reversed = elsewhere.answer(&copy.seal_reversal(Centre::counter_of(2)).unwrap()).unwrap();
    device.deliver(&reversed);
    let status = elsewhere.answer(&copy.seal_status(Centre::counter_of(2)).unwrap()).unwrap();
    device.deliver(&status);
    let mut other = enrolled(2);
    let mut strange = Device::start(fresh(&other.identity));
    strange.sell("X", 500).unwrap().unwrap();
    strange.settle_down(&mut other.centre);
    strange.sell("Y", 500).unwrap().unwrap();
    let theirs = other.centre.answer(&strange.outbox()[0]).unwrap();
    device.deliver(&theirs);
    assert_eq!(device.events.len(), events);
    assert!(matches!(device.phase(), Phase::Waiting { .. }));
    let answer = centre.answer(&second).unwrap();
    device.deliver(&answer);
    assert_books_equal(&mut device, &centre, "second");
}

struct Noise(u64);

impl yika_firmware::hal::Entropy for Noise {
    fn sample(&mut self) -> Option<u8> {
        let mut random = Random::new(self.0);
        self.0 += 1;
        Some(random.next() as u8)
    }
}

#[test]
fn a_prepared_nonce_is_made_while_idle_used_once_and_gone_after_a_start() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    let mut noise = Noise(1);
    let idle = |device: &mut Device, noise: &mut Noise| {
        (0..100).find(|_| device.with(|swipes, _| swipes.idle(noise)).unwrap()).expect("a nonce in time")
    };
    let turns = idle(&mut device, &mut noise);
    assert!(turns >= 24, "1 024 samples thrown away and 512 taken, 64 at most a turn: {turns}");
    assert!(!device.with(|swipes, _| swipes.idle(&mut noise)).unwrap(), "one at a time");
    let prepared = |device: &Device| device.swipes.as_ref().unwrap().prepared();
    assert_eq!(prepared(&device), 1);
    device.sell("A", 500).unwrap().unwrap();
    assert_eq!(prepared(&device), 0);
    assert!(!device.with(|swipes, _| swipes.idle(&mut noise)).unwrap(), "not while somebody waits");
    device.settle_down(&mut centre);
    assert_eq!(idle(&mut device, &mut noise), 0, "the pool is there");
    device.boot(Start::PowerOn);
    assert_eq!(prepared(&device), 0);
    device.sell("B", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    idle(&mut device, &mut noise);
    assert_books_equal(&mut device, &centre, "with and without prepared nonces");
}

struct Stuck;

impl yika_firmware::hal::Entropy for Stuck {
    fn sample(&mut self) -> Option<u8> {
        Some(0x42)
    }
}

#[test]
fn a_stuck_noise_source_costs_speed_and_nothing_else() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    for _ in 0..100 {
        assert!(!device.with(|swipes, _| swipes.idle(&mut Stuck)).unwrap());
    }
    assert!(device.swipes.as_ref().unwrap().entropy_failed());
    device.sell("A", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_books_equal(&mut device, &centre, "stuck noise");
}

#[test]
fn the_engine_is_small() {
    let size = std::mem::size_of::<yika_firmware::swipes::Swipes<world::media::Blocks>>();
    assert!(size <= 4_096, "{size} bytes of RAM");
}

#[test]
fn the_centres_challenge_is_used_once_and_never_a_late_one() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    // The model's challenge is the counter of the answer that brought it.
    let challenge = |device: &mut Device| {
        let mut request = world::device::request("ASK", 500);
        device.with(|swipes, now| swipes.prepare(&mut request, now).map(drop)).unwrap().unwrap();
        request.centre_challenge.map(u64::from_be_bytes)
    };
    assert_eq!(challenge(&mut device), None, "a new device has none");
    let first = device.sell("A", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert_eq!(challenge(&mut device), Some(first));
    device.boot(Start::PowerOn);
    assert_eq!(challenge(&mut device), Some(first), "also after a start; a draft uses nothing up");
    let second = device.sell("B", 500).unwrap().unwrap();
    let answer = centre.answer(&device.outbox()[0]).unwrap();
    device.give_up();
    device.deliver(&answer);
    assert!(matches!(device.events.last(), Some(Event::LateAnswer { .. })));
    assert_eq!(challenge(&mut device), None, "used by the second, and a late answer brings none");
    device.boot(Start::PowerOn);
    assert_eq!(challenge(&mut device), None);
    device.settle_down(&mut centre);
    assert_eq!(challenge(&mut device), Some(second), "the reversal's answer brought one");
}

/// A store as it was earlier: the device draws counters that the centre has answered. At the first conflict it closes, before a
/// purchase without an answer could undo one of those it no longer knows.
#[test]
fn an_old_store_put_back_takes_no_more_swipes_after_the_first_conflict() {
    let terminal = enrolled(1);
    let mut device = Device::start(fresh(&terminal.identity));
    let mut centre = terminal.centre;
    device.sell("A", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    device.sell("B", 600).unwrap().unwrap();
    device.give_up();
    let old = device.media.snapshot();
    device.settle_down(&mut centre);
    for order in ["C", "D", "E"] {
        device.sell(order, 700).unwrap().unwrap();
        device.settle_down(&mut centre);
    }
    let taken = centre.taken();

    let mut back = Device::start(old);
    back.sell("N", 900).unwrap().unwrap();
    let request = back.outbox();
    back.deliver(&centre.answer(&request[0]).unwrap());
    assert!(matches!(back.events.last(), Some(Event::Refused { fault: 5010, .. })), "{:?}", back.events);
    for start in [None, Some(Start::Reset), Some(Start::PowerOn)] {
        if let Some(start) = start {
            back.boot(start);
        }
        assert_eq!(back.sell("O", 900), Some(Err(Decline::Doubled)), "{start:?}");
        assert_eq!(back.void(1), Some(Err(Decline::Doubled)), "{start:?}");
        assert_eq!(back.with(|swipes, now| swipes.can_begin(Fen::ZERO, now)), Some(Err(Decline::Doubled)));
    }
    assert_eq!(Decline::Doubled.fault().number, 7032);
    // What was open before goes on; the counter in conflict is left alone.
    assert_eq!(back.swipes.as_ref().unwrap().open_reversals(), 1);
    back.settle_down(&mut centre);
    assert_eq!(back.swipes.as_ref().unwrap().open_reversals(), 0);
    assert_eq!(centre.taken(), taken, "nothing of the lost time was undone");
    assert_eq!((centre.conflicts, centre.counts(3)), (1, true));
    // The day can be compared, and says what is missing.
    let day = back.swipes.as_ref().unwrap().last_day().unwrap();
    back.with(|swipes, now| swipes.ask_day(day, now)).unwrap().unwrap();
    back.settle_down(&mut centre);
    let compared = back.events.iter().any(|event| matches!(event, Event::Day(day) if !day.equal()));
    assert!(compared, "{:?}", back.events);
    // A new name opens it.
    let mut anew = enrolled(2);
    let identity = yika_protocol::swipe::Identity::decode(&anew.identity).unwrap();
    back.with(|swipes, now| swipes.enrol(identity, now)).unwrap().unwrap();
    back.said.clear();
    back.sell("P", 500).unwrap().unwrap();
    back.settle_down(&mut anew.centre);
    assert_books_equal(&mut back, &anew.centre, "enrolled anew");
}

#[test]
fn a_late_conflict_ends_the_reversal_before_it_undoes_what_another_bought() {
    let terminal = enrolled(1);
    let media = fresh(&terminal.identity);
    let mut centre = terminal.centre;
    let mut other = Device::start(media.clone());
    other.sell("X", 500).unwrap().unwrap();
    other.settle_down(&mut centre);

    let mut device = Device::start(media);
    device.sell("Y", 600).unwrap().unwrap();
    let request = device.outbox();
    let answer = centre.answer(&request[0]).unwrap();
    device.give_up();
    device.deliver(&answer);
    assert!(matches!(device.events.last(), Some(Event::Refused { fault: 5010, .. })), "{:?}", device.events);
    device.now += 600_000;
    assert!(device.outbox().is_empty(), "no reversal of another's purchase");
    assert!(centre.counts(1));
    assert_eq!(device.sell("Z", 600), Some(Err(Decline::Doubled)));
}

#[test]
fn a_void_whose_counter_another_used_closes_the_device() {
    let terminal = enrolled(1);
    let mut centre = terminal.centre;
    let mut device = Device::start(fresh(&terminal.identity));
    device.sell("A", 500).unwrap().unwrap();
    device.settle_down(&mut centre);
    let mut other = Device::start(device.media.snapshot());
    other.sell("B", 700).unwrap().unwrap();
    other.settle_down(&mut centre);
    device.void(1).unwrap().unwrap();
    device.settle_down(&mut centre);
    assert!(
        matches!(device.events.last(), Some(Event::VoidRefused { fault: 5010, .. })),
        "{:?}",
        device.events
    );
    assert_eq!(device.void(1), Some(Err(Decline::Doubled)));
    device.boot(Start::PowerOn);
    assert_eq!(device.sell("C", 500), Some(Err(Decline::Doubled)));
    assert!(centre.counts(1) && centre.counts(2));
}
