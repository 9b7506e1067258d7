//! What a shop goes through, in steps.

use std::cell::RefCell;

use yika_firmware::hal::Block;
use yika_protocol::swipe::Kind;

use crate::world::{
    centre::{Centre, enrolled},
    device::{Device, RING, fresh},
    media::{Blocks, Tear},
};

/// One step: the device may be dead already, then nothing happens.
pub type Step = fn(&mut Device, &mut Centre, &mut Wire);

/// What is on the line between two steps.
#[derive(Default)]
pub struct Wire {
    pub to_centre: Vec<Vec<u8>>,
    pub to_device: Vec<Vec<u8>>,
}

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    /// Purchases that count at its end.
    pub settled: usize,
    /// What the entry becomes, change by change, for the crash table.
    pub changes: &'static [&'static str],
    /// Played without cuts first.
    pub before: &'static [Step],
    pub steps: &'static [Step],
}

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "purchase",
        settled: 1,
        changes: &["drafted", "open", "settled"],
        before: &[],
        steps: &[sell, send, arrive, answer],
    },
    Scenario {
        name: "refusal",
        settled: 0,
        changes: &["drafted", "open", "refused"],
        before: &[refuse_next],
        steps: &[sell, send, arrive, answer],
    },
    Scenario {
        name: "answer lost, cancelled",
        settled: 0,
        changes: &["drafted", "open", "reversing", "reversed"],
        before: &[],
        steps: &[sell, send, arrive, lose, give_up, send, arrive, answer],
    },
    Scenario {
        name: "request late, cancelled",
        settled: 0,
        changes: &[],
        before: &[],
        steps: &[sell, send, give_up, hold_back_swipes, arrive, answer, bring_held, arrive, answer],
    },
    Scenario {
        name: "answer after the reversal began",
        settled: 0,
        changes: &["drafted", "open", "reversing", "late answer", "reversed"],
        before: &[],
        steps: &[sell, send, arrive, give_up, answer, send, arrive, answer],
    },
    Scenario {
        name: "nothing comes for thirty seconds",
        settled: 0,
        changes: &[],
        before: &[],
        steps: &[sell, send, lose, wait_long, send, arrive, answer],
    },
    Scenario {
        name: "void",
        settled: 0,
        changes: &["voiding", "voided"],
        before: &[sell, send, arrive, answer],
        steps: &[void_last, send, arrive, lose, wait, send, arrive, answer],
    },
    Scenario {
        name: "swipe beside an open reversal",
        settled: 1,
        changes: &[],
        before: &[sell, send, give_up, send, lose],
        steps: &[sell, send, arrive, answer, wait_long, send, arrive, answer],
    },
    Scenario {
        name: "day end with a full ring",
        settled: RING as usize + 5,
        changes: &[],
        before: &[a_ring_of_swipes, next_day],
        steps: &[
            sell, send, arrive, answer, sell, send, arrive, answer, sell, send, arrive, answer, ask_day,
            send, arrive, answer,
        ],
    },
];

fn sell(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    let order = format!("ORDER{}", device.said.len());
    let _ = device.sell(&order, 1_000 + 7 * device.said.len() as i64);
}

fn send(device: &mut Device, _: &mut Centre, wire: &mut Wire) {
    wire.to_centre.extend(device.outbox());
}

fn arrive(_: &mut Device, centre: &mut Centre, wire: &mut Wire) {
    let arrived = std::mem::take(&mut wire.to_centre);
    wire.to_device.extend(arrived.iter().filter_map(|datagram| centre.answer(datagram)));
}

fn answer(device: &mut Device, _: &mut Centre, wire: &mut Wire) {
    for datagram in std::mem::take(&mut wire.to_device) {
        device.deliver(&datagram);
    }
}

fn lose(_: &mut Device, _: &mut Centre, wire: &mut Wire) {
    wire.to_device.clear();
    wire.to_centre.clear();
}

fn give_up(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    device.give_up();
}

fn wait(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    device.now += 3_000;
}

fn wait_long(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    device.now += 31_000;
}

fn refuse_next(_: &mut Device, centre: &mut Centre, _: &mut Wire) {
    centre.refuses = vec![1_000];
}

fn void_last(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    let last = device.with(|swipes, _| swipes.last_settled().map(|receipt| receipt.counter.get())).flatten();
    if let Some(counter) = last {
        let _ = device.void(counter);
    }
}

fn ask_day(device: &mut Device, _: &mut Centre, _: &mut Wire) {
    let _ = device.with(|swipes, now| swipes.last_day().map(|day| swipes.ask_day(day, now)));
}

fn next_day(_: &mut Device, centre: &mut Centre, _: &mut Wire) {
    centre.next_day();
}

fn a_ring_of_swipes(device: &mut Device, centre: &mut Centre, wire: &mut Wire) {
    for _ in 0..RING + 2 {
        for step in [sell, send, arrive, answer] {
            step(device, centre, wire);
        }
    }
}

// Swipes stay on a slow way, everything else arrives: the late original.
fn hold_back_swipes(device: &mut Device, centre: &mut Centre, wire: &mut Wire) {
    send(device, centre, wire);
    let (late, now): (Vec<_>, Vec<_>) = std::mem::take(&mut wire.to_centre)
        .into_iter()
        .partition(|datagram| yika_protocol::swipe::peek(datagram).unwrap().kind == Kind::Swipe);
    wire.to_centre = now;
    HELD.with_borrow_mut(|held| *held = late);
}

fn bring_held(_: &mut Device, _: &mut Centre, wire: &mut Wire) {
    wire.to_centre.extend(HELD.with_borrow_mut(std::mem::take));
}

thread_local! {
    static HELD: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A scenario ready to be played any number of times.
pub struct World {
    scenario: &'static Scenario,
    media: Vec<Block>,
    device_said: Device,
    centre: Centre,
}

impl World {
    pub fn new(scenario: &'static Scenario) -> Self {
        let terminal = enrolled(1);
        let mut device = Device::start(fresh(&terminal.identity));
        let mut centre = terminal.centre;
        let mut wire = Wire::default();
        for step in scenario.before {
            step(&mut device, &mut centre, &mut wire);
        }
        let media = device.media.snapshot();
        Self { scenario, media, device_said: device, centre }
    }

    // The device as it was before the first step, with power, and with what it said so far.
    fn begin(&self) -> (Device, Centre) {
        let mut device = self.device_said.again(&self.media);
        // What goes before may have left the device in the middle of something, as a start never would.
        if self.device_said.alive() {
            device.boot(yika_firmware::hal::Start::PowerOn);
        }
        HELD.with_borrow_mut(Vec::clear);
        (device, self.centre.clone())
    }

    pub fn scenario(&self) -> &'static Scenario {
        self.scenario
    }

    /// How many operations the store does in it.
    pub fn operations(&self) -> u64 {
        let (mut device, mut centre) = self.begin();
        let start = device.media.operations();
        self.play(&mut device, &mut centre, usize::MAX);
        device.media.operations() - start
    }

    /// Played to the end.
    pub fn whole(&self) -> (Device, Centre) {
        self.stop_after(usize::MAX)
    }

    /// Played for so many steps, then power goes.
    pub fn stop_after(&self, steps: usize) -> (Device, Centre) {
        let (mut device, mut centre) = self.begin();
        self.play(&mut device, &mut centre, steps);
        (device, centre)
    }

    /// Blocks of the media.
    pub fn blocks(&self) -> u32 {
        self.media.len() as u32
    }

    /// Played until power goes in that operation. The world around goes on.
    pub fn cut(&self, at: u64, tear: Tear) -> (Device, Centre) {
        self.cut_after(at, tear, |_| ())
    }

    /// The same, with something done to the device when it has started.
    pub fn cut_after(&self, at: u64, tear: Tear, with: impl FnOnce(&Device)) -> (Device, Centre) {
        let (mut device, mut centre) = self.begin();
        with(&device);
        device.media.cut_in(at, tear);
        self.play(&mut device, &mut centre, usize::MAX);
        (device, centre)
    }

    fn play(&self, device: &mut Device, centre: &mut Centre, steps: usize) {
        let mut wire = Wire::default();
        for step in self.scenario.steps.iter().take(steps) {
            step(device, centre, &mut wire);
        }
    }
}

impl Device {
    /// Another device without power on a copy of these blocks, which said the same so far.
    pub fn again(&self, blocks: &[Block]) -> Device {
        Device {
            media: Blocks::from_blocks(blocks.to_vec()),
            swipes: None,
            now: 0,
            said: self.said.clone(),
            events: vec![],
            sent: vec![],
        }
    }
}
