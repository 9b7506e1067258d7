//! A bus that does not exist: card readers, a service for them, and serial ports, all of which a test pulls and plugs.

use std::ffi::CString;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use yika_driver::link::{Backend, CardLink, End, Slot, SlotState};
use yika_driver::serial::{Line, PortInfo, Ports, SerialError, UsbPort};
use yika_driver::{CardService, Limits, LinkError, Progress, ReaderName, Stage};
use yika_protocol::apdu::Protocol;
use yika_sim::id_reader::{Emit, IdCardSpec, IdFault, IdFaults, IdReaderModel};
use yika_sim::{Card, CardAnswer};

/// The time of the serial lines runs this many times faster than ours.
pub(crate) const PACE: u32 = 50;

/// Everything there is. Clones share it.
#[derive(Clone)]
pub(crate) struct Bus(Arc<Inner>);

struct Inner {
    world: Mutex<World>,
    changed: Condvar,
    began: Instant,
}

pub(crate) struct World {
    pub(crate) readers: Vec<BusReader>,
    pub(crate) ports: Vec<BusPort>,
    pub(crate) service_up: bool,
    /// How often the service was started: connections to an earlier one are dead.
    service: u64,
    version: u64,
    /// How long the card takes for one command.
    pub(crate) apdu_takes: Duration,
    next_path: u32,
}

pub(crate) struct BusReader {
    name: &'static str,
    pub(crate) plugged: bool,
    pub(crate) card: Option<Box<dyn Card>>,
    /// Which card it is: other for every insertion.
    insertion: u64,
    counter: u16,
}

pub(crate) struct BusPort {
    usb: UsbPort,
    pub(crate) plugged: bool,
    path: String,
    /// How often it was plugged in: a line opened before is dead.
    plug: u64,
    open: bool,
    /// The identity-card reader on it, if there is one.
    module: Option<IdReaderModel>,
    /// What is on its way to the program, each with its moment on the line's clock.
    coming: Vec<(Duration, Vec<u8>)>,
}

impl Bus {
    /// Two card readers and no port.
    pub(crate) fn new() -> Bus {
        let reader = |name| BusReader { name, plugged: true, card: None, insertion: 0, counter: 0 };
        let world = World {
            readers: vec![reader("Bus Reader A 00 00"), reader("Bus Reader B 00 00")],
            ports: Vec::new(),
            service_up: true,
            service: 1,
            version: 0,
            apdu_takes: Duration::ZERO,
            next_path: 0,
        };
        Bus(Arc::new(Inner { world: Mutex::new(world), changed: Condvar::new(), began: Instant::now() }))
    }

    /// Adds a port with an identity of its own; returns its number.
    pub(crate) fn add_port(&self, product: u16, with_module: bool, faults: Option<u64>) -> usize {
        self.change(|world| {
            let faults = faults.map_or_else(IdFaults::none, |seed| {
                let kinds = vec![
                    IdFault::Split,
                    IdFault::Merge,
                    IdFault::Delay,
                    IdFault::Noise,
                    IdFault::Checksum,
                    IdFault::Half,
                    IdFault::Silent,
                ];
                IdFaults::new(kinds, seed, 12)
            });
            let module = with_module.then(|| {
                let mut module = IdReaderModel::new(IdCardSpec::default(), faults);
                module.lift();
                module
            });
            let usb = UsbPort { vid: 0x1209, pid: product, serial: Some("S1".into()), ..UsbPort::default() };
            world.next_path += 1;
            let path = format!("/dev/ttyUSB{}", world.next_path);
            world.ports.push(BusPort {
                usb,
                plugged: true,
                path,
                plug: 0,
                open: false,
                module,
                coming: Vec::new(),
            });
            world.ports.len() - 1
        })
    }

    /// The lasting name of a port.
    pub(crate) fn port_id(&self, port: usize) -> String {
        let usb = &self.world().ports[port].usb;
        format!("usb:{:04x}:{:04x}:S1", usb.vid, usb.pid)
    }

    pub(crate) fn insert(&self, reader: usize, card: Box<dyn Card>) {
        self.change(|world| {
            let reader = &mut world.readers[reader];
            assert!(reader.card.is_none(), "one card at a time");
            reader.card = Some(card);
            reader.insertion += 1;
            reader.counter = reader.counter.wrapping_add(1);
        });
    }

    pub(crate) fn remove(&self, reader: usize) {
        self.change(|world| {
            let reader = &mut world.readers[reader];
            if reader.card.take().is_some() {
                reader.counter = reader.counter.wrapping_add(1);
            }
        });
    }

    pub(crate) fn plug_reader(&self, reader: usize, plugged: bool) {
        self.change(|world| {
            let reader = &mut world.readers[reader];
            reader.plugged = plugged;
            // The service counts anew for a reader that it meets anew.
            reader.counter = u16::from(reader.card.is_some());
            reader.insertion += 1;
        });
    }

    pub(crate) fn service(&self, up: bool) {
        self.change(|world| {
            if world.service_up == up {
                return;
            }
            world.service_up = up;
            world.service += 1;
            for reader in &mut world.readers {
                reader.counter = u16::from(reader.card.is_some());
                if let Some(card) = &mut reader.card {
                    card.power_off();
                }
            }
        });
    }

    pub(crate) fn plug_port(&self, port: usize, plugged: bool) {
        let now = self.line_now();
        self.change(|world| {
            world.next_path += 1;
            let path = format!("/dev/ttyUSB{}", world.next_path);
            let port = &mut world.ports[port];
            if port.plugged == plugged {
                return;
            }
            port.plugged = plugged;
            port.plug += 1;
            port.open = false;
            port.coming.clear();
            // Under another number than before.
            port.path = path;
            if let Some(module) = &mut port.module {
                module.restart(now);
            }
        });
    }

    pub(crate) fn lay(&self, port: usize, card: IdCardSpec) {
        self.change(|world| {
            if let Some(module) = &mut world.ports[port].module {
                module.lay_other(card);
            }
        });
    }

    pub(crate) fn lift(&self, port: usize) {
        self.change(|world| {
            if let Some(module) = &mut world.ports[port].module {
                module.lift();
            }
        });
    }

    /// A scanner sends these pieces, 10 ms apart, as slow USB does. Whether anybody listened when it began.
    pub(crate) fn scan(&self, port: usize, pieces: &[&[u8]]) -> bool {
        let now = self.line_now();
        self.change(|world| {
            let port = &mut world.ports[port];
            // As with a real port: what comes while it is closed is lost.
            if !port.plugged || !port.open {
                return false;
            }
            // One scan after the other, as one scanner makes them.
            let last = port.coming.iter().map(|(at, _)| *at + Duration::from_millis(5)).max();
            let start = last.map_or(now, |last| last.max(now));
            for (piece, later) in pieces.iter().zip(0..) {
                port.coming.push((start + Duration::from_millis(10) * later, piece.to_vec()));
            }
            true
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().expect("the bus")
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let value = change(&mut world);
        world.version += 1;
        self.0.changed.notify_all();
        value
    }

    pub(crate) fn card_service(&self) -> CardService {
        let bus = self.clone();
        CardService::new(move || Box::new(BusBackend { bus: bus.clone(), service: 0, seen: 0 })).with_limits(
            Limits {
                service: Duration::from_secs(20),
                unseen: Duration::ZERO,
                mute: Duration::from_secs(20),
                busy: Duration::from_secs(20),
                command: Duration::from_secs(20),
                keys: Duration::from_secs(20),
            },
        )
    }

    /// The clock of the serial lines.
    fn line_now(&self) -> Duration {
        self.0.began.elapsed() * PACE
    }
}

struct BusBackend {
    bus: Bus,
    /// The service it is connected to; 0: none.
    service: u64,
    seen: u64,
}

impl BusBackend {
    fn connect(&mut self, world: &World) -> Result<(), LinkError> {
        let met = self.service != 0;
        if !world.service_up {
            return Err(if met { LinkError::ServiceStopped } else { LinkError::NoService });
        }
        self.service = world.service;
        Ok(())
    }
}

impl Backend for BusBackend {
    fn slots(&mut self) -> Result<Vec<Slot>, LinkError> {
        let bus = self.bus.clone();
        let world = bus.world();
        self.connect(&world)?;
        self.seen = world.version;
        let slot = |reader: &BusReader| Slot {
            name: name(reader),
            state: match &reader.card {
                Some(card) => card.atr().map_or(SlotState::Mute, |atr| SlotState::Card {
                    atr,
                    exclusive: false,
                    in_use: false,
                }),
                None => SlotState::Empty,
            },
            events: Some(reader.counter),
        };
        Ok(world.readers.iter().filter(|reader| reader.plugged).map(slot).collect())
    }

    fn wait(&mut self, limit: Duration) -> Result<bool, LinkError> {
        let (bus, seen) = (self.bus.clone(), self.seen);
        let world = bus.world();
        let (world, timeout) =
            bus.0.changed.wait_timeout_while(world, limit, |world| world.version == seen).expect("the bus");
        if !world.service_up || world.service != self.service {
            return Err(LinkError::ServiceStopped);
        }
        Ok(!timeout.timed_out())
    }

    fn with_card(
        &mut self,
        reader: &ReaderName,
        progress: &Progress,
        work: &mut dyn FnMut(&mut dyn CardLink) -> End,
    ) -> Result<(), LinkError> {
        let (index, insertion, atr) = {
            let bus = self.bus.clone();
            let mut world = bus.world();
            self.connect(&world)?;
            let index = world.readers.iter().position(|r| r.plugged && name(r) == *reader);
            let index = index.ok_or(LinkError::ReaderGone)?;
            let reader = &mut world.readers[index];
            let card = reader.card.as_mut().ok_or(LinkError::NoCard)?;
            card.power_on();
            let atr = card.atr().ok_or(LinkError::CardMute)?;
            (index, reader.insertion, atr)
        };
        progress.enter(Stage::Locking);
        if !progress.enter(Stage::FirstAnswer) {
            return Ok(());
        }
        let mut link = BusLink { bus: self.bus.clone(), service: self.service, index, insertion, atr };
        if work(&mut link) == End::Reset {
            let mut world = self.bus.world();
            let reader = &mut world.readers[index];
            if let Some(card) = reader.card.as_mut().filter(|_| reader.insertion == insertion) {
                card.reset();
            }
        }
        Ok(())
    }
}

struct BusLink {
    bus: Bus,
    service: u64,
    index: usize,
    insertion: u64,
    atr: Vec<u8>,
}

impl CardLink for BusLink {
    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        if self.atr[1] & 0x80 == 0 { Protocol::T0 } else { Protocol::T1 }
    }

    fn transmit<'a>(&mut self, command: &[u8], answer: &'a mut [u8]) -> Result<&'a [u8], LinkError> {
        let takes = self.bus.world().apdu_takes;
        if !takes.is_zero() {
            std::thread::sleep(takes);
        }
        let mut world = self.bus.world();
        if !world.service_up || world.service != self.service {
            return Err(LinkError::ServiceStopped);
        }
        let reader = &mut world.readers[self.index];
        if !reader.plugged {
            return Err(LinkError::ReaderGone);
        }
        let same = reader.insertion == self.insertion;
        let Some(card) = reader.card.as_mut().filter(|_| same) else { return Err(LinkError::CardRemoved) };
        match card.transmit(command) {
            CardAnswer::Response(bytes) => {
                answer[..bytes.len()].copy_from_slice(&bytes);
                Ok(&answer[..bytes.len()])
            }
            _ => Err(LinkError::CardMute),
        }
    }
}

fn name(reader: &BusReader) -> ReaderName {
    ReaderName::new(CString::new(reader.name).expect("a name"))
}

impl Ports for Bus {
    fn list(&self) -> Result<Vec<PortInfo>, SerialError> {
        let world = self.world();
        let plugged = world.ports.iter().filter(|port| port.plugged);
        Ok(PortInfo::identify(plugged.map(|port| (port.path.clone(), Some(port.usb.clone()))).collect()))
    }

    fn open(&self, path: &str, _: u32) -> Result<Box<dyn Line>, SerialError> {
        let mut world = self.world();
        let port = world.ports.iter().position(|port| port.plugged && port.path == path);
        let Some(index) = port else {
            return Err(SerialError::NotFound { wanted: path.to_owned(), present: Vec::new() });
        };
        let port = &mut world.ports[index];
        if port.open {
            return Err(SerialError::Busy { path: path.to_owned() });
        }
        port.open = true;
        port.coming.clear();
        Ok(Box::new(BusLine { bus: self.clone(), port: index, plug: port.plug }))
    }
}

struct BusLine {
    bus: Bus,
    port: usize,
    plug: u64,
}

impl BusLine {
    fn alive<'a>(&self, world: &'a mut World) -> Result<&'a mut BusPort, SerialError> {
        let port = &mut world.ports[self.port];
        if port.plug == self.plug { Ok(port) } else { Err(SerialError::Gone) }
    }
}

impl Line for BusLine {
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, SerialError> {
        let end = self.now() + limit;
        let bus = self.bus.clone();
        let mut world = bus.world();
        loop {
            let now = self.now();
            let port = self.alive(&mut world)?;
            if let Some(first) = port.coming.iter().position(|(at, _)| *at <= now) {
                let (at, mut bytes) = port.coming.remove(first);
                let rest = bytes.split_off(bytes.len().min(buffer.len()));
                buffer[..bytes.len()].copy_from_slice(&bytes);
                if !rest.is_empty() {
                    port.coming.insert(first, (at, rest));
                }
                return Ok(bytes.len());
            }
            if now >= end {
                return Ok(0);
            }
            let next = port.coming.iter().map(|(at, _)| *at).min().unwrap_or(end).min(end);
            let pause = (next.saturating_sub(now) / PACE).max(Duration::from_micros(50));
            world = bus.0.changed.wait_timeout(world, pause).expect("the bus").0;
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SerialError> {
        let now = self.now();
        let bus = self.bus.clone();
        let mut world = bus.world();
        let port = self.alive(&mut world)?;
        let Some(module) = &mut port.module else { return Ok(()) };
        for reply in module.receive(bytes, now) {
            if let Emit::Bytes(bytes) = reply.what {
                port.coming.push((reply.at, bytes));
            }
        }
        Ok(())
    }

    fn set_speed(&mut self, _: u32) -> Result<(), SerialError> {
        let bus = self.bus.clone();
        let mut world = bus.world();
        self.alive(&mut world).map(|_| ())
    }

    fn clear_input(&mut self) -> Result<(), SerialError> {
        let now = self.now();
        let bus = self.bus.clone();
        let mut world = bus.world();
        self.alive(&mut world)?.coming.retain(|(at, _)| *at > now);
        Ok(())
    }

    fn now(&self) -> Duration {
        self.bus.line_now()
    }
}

impl Drop for BusLine {
    fn drop(&mut self) {
        let bus = self.bus.clone();
        let mut world = bus.world();
        if let Ok(port) = self.alive(&mut world) {
            port.open = false;
            port.coming.clear();
        }
    }
}
