//! A reader service in memory: readers, virtual cards, and everything that goes wrong with them on demand.

use std::{
    collections::BTreeMap,
    ffi::CString,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};
use yika_driver::{
    CardService, Limits, LinkError, Progress, ReaderName, Stage,
    keys::LocalKeys,
    link::{Backend, CardLink, End, Slot, SlotState},
    social_card::{ReadOptions, SocialSecurityCard},
};
use yika_protocol::{
    apdu::Protocol,
    card_keys::{CardKeyScheme, MasterKeys},
    identity::Secret,
};
use yika_sim::{Card, CardAnswer, CardSpec, VirtualCard};

/// What happens when the card is sent its n-th APDU (counted from 1 over the life of the bench).
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// Other software resets the card.
    Reset,
    /// Another card lies in the reader by now ([`World::spare`]); the service noticed only a reset.
    Swap,
    /// The exchange fails, the card stays.
    Garble,
    /// The service dies and stays dead.
    ServiceDies,
    /// The service dies and comes back this much later.
    ServiceRestarts(Duration),
    /// The reader is unplugged.
    ReaderLeaves,
    /// The driver hangs.
    Hang(Duration),
}

#[derive(Default)]
pub struct World {
    pub slots: Vec<BenchSlot>,
    pub script: BTreeMap<u64, Event>,
    pub apdus: u64,
    /// Headers of all APDUs.
    pub headers: Vec<[u8; 4]>,
    /// Bytes of a torn answer are handed up as if they were one.
    pub cut_is_answer: bool,
    pub spare: Option<Box<dyn Card>>,
    pub dead_until: Option<Instant>,
    /// How often the card was locked, and whether it is now.
    pub locks: u64,
    pub locked: bool,
    epoch: u64,
    version: u64,
}

pub struct BenchSlot {
    pub name: &'static str,
    pub card: Option<Box<dyn Card>>,
    pub out: bool,
    pub gone: bool,
    pub failed: Option<LinkError>,
    /// So many connects end in a sharing violation.
    pub busy: u32,
    /// Other programs are connected.
    pub in_use: bool,
    /// Locking, or connecting, takes this long.
    pub lock_takes: Duration,
    pub connect_takes: Duration,
}

#[derive(Clone, Default)]
pub struct Bench(Arc<(Mutex<World>, Condvar)>);

impl Bench {
    pub fn with(card: impl Card + 'static) -> Self {
        let bench = Bench::default();
        bench.plug("Bench Reader 00 00");
        bench.insert(0, card);
        bench
    }

    pub fn spec(spec: CardSpec) -> Self {
        Bench::with(VirtualCard::new(spec))
    }

    pub fn plug(&self, name: &'static str) {
        self.change(|world| {
            world.slots.push(BenchSlot {
                name,
                card: None,
                out: false,
                gone: false,
                failed: None,
                busy: 0,
                in_use: false,
                lock_takes: Duration::ZERO,
                connect_takes: Duration::ZERO,
            });
        });
    }

    pub fn insert(&self, slot: usize, card: impl Card + 'static) {
        self.change(|world| {
            world.slots[slot].card = Some(Box::new(card));
            world.slots[slot].out = false;
        });
    }

    /// The torn card goes in again.
    pub fn insert_again(&self, slot: usize) {
        self.change(|world| {
            let slot = &mut world.slots[slot];
            slot.out = false;
            slot.card.as_mut().unwrap().insert();
        });
    }

    pub fn at(&self, apdu: u64, event: Event) {
        self.world().script.insert(apdu, event);
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.0.lock().unwrap()
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let value = change(&mut world);
        world.version += 1;
        self.0.1.notify_all();
        value
    }

    pub fn service(&self) -> CardService {
        self.service_with(Limits {
            service: Duration::from_millis(1000),
            unseen: Duration::ZERO,
            mute: Duration::from_millis(150),
            busy: Duration::from_millis(200),
            command: Duration::from_millis(300),
            keys: Duration::from_millis(200),
        })
    }

    pub fn service_with(&self, limits: Limits) -> CardService {
        let bench = self.clone();
        CardService::new(move || Box::new(BenchBackend { bench: bench.clone(), epoch: None, seen: 0 }))
            .with_limits(limits)
    }
}

impl World {
    fn alive(&mut self) -> bool {
        match self.dead_until {
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                self.dead_until = None;
                true
            }
            None => true,
        }
    }

    fn die(&mut self, until: Duration) {
        self.dead_until = Some(Instant::now() + until);
        self.epoch += 1;
        for slot in &mut self.slots {
            if let Some(card) = &mut slot.card {
                card.power_off();
            }
        }
    }

    pub fn verifies(&self) -> usize {
        self.headers.iter().filter(|header| header[1] == 0x20).count()
    }
}

struct BenchBackend {
    bench: Bench,
    epoch: Option<u64>,
    seen: u64,
}

impl BenchBackend {
    fn context(&mut self, world: &mut World) -> Result<(), LinkError> {
        let met = self.epoch.is_some();
        if !world.alive() {
            return Err(if met { LinkError::ServiceStopped } else { LinkError::NoService });
        }
        self.epoch = Some(world.epoch);
        Ok(())
    }
}

impl Backend for BenchBackend {
    fn slots(&mut self) -> Result<Vec<Slot>, LinkError> {
        let bench = self.bench.clone();
        let mut world = bench.world();
        self.context(&mut world)?;
        self.seen = world.version;
        let state = |slot: &BenchSlot| match (&slot.failed, &slot.card) {
            (Some(error), _) => SlotState::Failed(error.clone()),
            (None, Some(card)) if !slot.out => match card.atr() {
                Some(atr) => {
                    let in_use = slot.busy > 0 || slot.in_use;
                    SlotState::Card { atr, exclusive: slot.busy > 0, in_use }
                }
                None => SlotState::Mute,
            },
            _ => SlotState::Empty,
        };
        let present = world.slots.iter().filter(|slot| !slot.gone);
        Ok(present.map(|slot| Slot { name: name(slot.name), state: state(slot), events: None }).collect())
    }

    fn wait(&mut self, limit: Duration) -> Result<bool, LinkError> {
        let seen = self.seen;
        let (world, changed) = &*self.bench.0;
        let world = world.lock().unwrap();
        let (_world, timeout) =
            changed.wait_timeout_while(world, limit, |world| world.version == seen).unwrap();
        Ok(!timeout.timed_out())
    }

    fn with_card(
        &mut self,
        reader: &ReaderName,
        progress: &Progress,
        work: &mut dyn FnMut(&mut dyn CardLink) -> End,
    ) -> Result<(), LinkError> {
        let bench = self.bench.clone();
        let (index, connect_takes, lock_takes) = {
            let mut world = bench.world();
            self.context(&mut world)?;
            let index = world.slots.iter().position(|slot| name(slot.name) == *reader && !slot.gone);
            let index = index.ok_or(LinkError::ReaderGone)?;
            let slot = &mut world.slots[index];
            if slot.busy > 0 {
                slot.busy = slot.busy.saturating_sub(1);
                return Err(LinkError::Busy { holders: vec![] });
            }
            (index, slot.connect_takes, slot.lock_takes)
        };
        thread::sleep(connect_takes);
        progress.enter(Stage::Locking);
        thread::sleep(lock_takes);
        let atr = {
            let mut world = bench.world();
            let slot = &mut world.slots[index];
            let card = slot.card.as_mut().filter(|_| !slot.out).ok_or(LinkError::NoCard)?;
            card.power_on();
            let atr = card.atr().ok_or(LinkError::CardMute)?;
            world.locks += 1;
            world.locked = true;
            atr
        };
        let end = if progress.enter(Stage::FirstAnswer) {
            work(&mut BenchLink { bench: bench.clone(), index, atr, epoch: self.epoch })
        } else {
            End::Leave
        };
        let mut world = bench.world();
        world.locked = false;
        if end == End::Reset
            && let Some(card) = &mut world.slots[index].card
        {
            card.reset();
        }
        Ok(())
    }
}

struct BenchLink {
    bench: Bench,
    index: usize,
    atr: Vec<u8>,
    epoch: Option<u64>,
}

impl CardLink for BenchLink {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        if self.atr[1] & 0x80 == 0 { Protocol::T0 } else { Protocol::T1 }
    }

    fn transmit<'a>(&mut self, command: &[u8], answer: &'a mut [u8]) -> Result<&'a [u8], LinkError> {
        let event = {
            let mut world = self.bench.world();
            if !world.alive() || self.epoch != Some(world.epoch) {
                return Err(LinkError::ServiceStopped);
            }
            world.apdus += 1;
            world.headers.push([command[0], command[1], command[2], command[3]]);
            let apdu = world.apdus;
            world.script.get(&apdu).copied()
        };
        if let Some(Event::Hang(time)) = event {
            thread::sleep(time);
        }
        let mut world = self.bench.world();
        let cut_is_answer = world.cut_is_answer;
        match event {
            Some(Event::ServiceDies) => world.die(Duration::from_secs(3600)),
            Some(Event::ServiceRestarts(after)) => world.die(after),
            _ => {}
        }
        if let Some(Event::Swap) = event {
            world.slots[self.index].card = world.spare.take();
            return Err(LinkError::CardReset);
        }
        let slot = &mut world.slots[self.index];
        let Some(card) = slot.card.as_mut().filter(|_| !slot.out && !slot.gone) else {
            return Err(if slot.gone { LinkError::ReaderGone } else { LinkError::CardRemoved });
        };
        match event {
            Some(Event::Reset) => {
                card.reset();
                return Err(LinkError::CardReset);
            }
            Some(Event::Garble) => return Err(LinkError::Transmission),
            Some(Event::ServiceDies | Event::ServiceRestarts(_)) => return Err(LinkError::ServiceStopped),
            Some(Event::ReaderLeaves) => {
                slot.gone = true;
                return Err(LinkError::ReaderGone);
            }
            Some(Event::Hang(_) | Event::Swap) | None => {}
        }
        let bytes = match card.transmit(command) {
            CardAnswer::Response(bytes) => {
                slot.out = card.atr().is_none();
                bytes
            }
            CardAnswer::Cut { bytes, .. } => {
                slot.out = true;
                if !cut_is_answer {
                    return Err(LinkError::CardRemoved);
                }
                bytes
            }
            CardAnswer::Removed => {
                slot.out = true;
                return Err(LinkError::CardRemoved);
            }
            CardAnswer::Mute => return Err(LinkError::CardMute),
        };
        answer[..bytes.len()].copy_from_slice(&bytes);
        Ok(&answer[..bytes.len()])
    }
}

pub fn name(name: &str) -> ReaderName {
    ReaderName::new(CString::new(name).unwrap())
}

/// The master keys of the virtual cards.
pub fn keys() -> LocalKeys {
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    LocalKeys { masters, scheme: CardKeyScheme::default() }
}

pub fn with_keys() -> ReadOptions {
    ReadOptions { keys: Some(Arc::new(keys())), ..ReadOptions::default() }
}

/// The holder of every card here; invented.
pub const PERSON: &str = r#"
region = "990100"
card_sn = "990100D1560000050100000012345678"
card_no = "A12345678"
certno = "990101198506150020"
psn_name = "沈一禾"
gend = "2"
naty = "01"
birthplace = "990101"
brdy = "1985-06-15"
issued = "2021-09-01"
expires = "2041-08-31"
organisation = "990100000000000000000001"
pin = "123456"
pin_tries = 3
"#;

pub fn person(generation: u8, quirks: &[&str], interface: &str) -> CardSpec {
    let quirks: Vec<String> = quirks.iter().map(|quirk| format!("{quirk:?}")).collect();
    let quirks = quirks.join(", ");
    let text =
        format!("generation = {generation}\ninterface = \"{interface}\"\nquirks = [{quirks}]\n{PERSON}");
    CardSpec::parse(&text).unwrap()
}

/// The JSON that `card read` prints, as a value.
pub fn json(card: &SocialSecurityCard) -> serde_json::Value {
    serde_json::to_value(card).unwrap()
}
