//! A counter on the bus: its terminal, its people, what they do, and what must be true of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yika_driver::keys::LocalKeys;
use yika_driver::resident_card::{IdReader, ReadOptions as IdOptions};
use yika_driver::scanner::CodeScanner;
use yika_driver::serial::Ports;
use yika_driver::social_card::ReadOptions;
use yika_driver::terminal::{
    Configured, Credential, Device, DeviceState, Event, Events, Function, Kind, Kinds, NextCredential,
    PresentError, Presented, Setup, Terminal, Timing, What,
};
use yika_protocol::card_keys::{CardKeyScheme, MasterKeys};
use yika_protocol::identity::Secret;
use yika_protocol::voucher::Framing;
use yika_sim::id_reader::IdCardSpec;
use yika_sim::{Card, CardAnswer, CardSpec, VirtualCard};
use yika_tests::random::Random;

use crate::bus::{Bus, PACE};

/// Far longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const CALL: Duration = Duration::from_secs(60);

/// An invented person with a card of each kind. Values that only this person has.
pub(crate) struct Person {
    certno: &'static str,
    name: &'static str,
    born: &'static str,
    card_no: &'static str,
    address: &'static str,
    generation: u8,
}

impl Person {
    pub(crate) fn all() -> [Person; 3] {
        let person = |certno, name, born, card_no, address, generation| Person {
            certno,
            name,
            born,
            card_no,
            address,
            generation,
        };
        [
            person("990101198506150020", "沈一禾", "1985-06-15", "A11111111", "一路1号", 1),
            person("99010119700101001X", "白二川", "1970-01-01", "B22222222", "二路22号", 2),
            person("990101198506150012", "木三林", "1985-06-15", "C33333333", "三路333号", 3),
        ]
    }

    pub(crate) fn card(&self) -> Box<dyn Card> {
        let Person { certno, name, born, card_no, generation, .. } = self;
        let text = format!(
            "generation = {generation}\ncertno = \"{certno}\"\npsn_name = \"{name}\"\nbrdy = \"{born}\"\ncard_no = \"{card_no}\"\n"
        );
        Box::new(VirtualCard::new(CardSpec::parse(&text).expect("a good spec")))
    }

    pub(crate) fn document(&self) -> IdCardSpec {
        IdCardSpec {
            certno: self.certno.to_owned(),
            psn_name: self.name.to_owned(),
            brdy: self.born.to_owned(),
            address: self.address.to_owned(),
            photo_bytes: 64,
            read_ms: 60,
            answer_ms: 5,
            ..IdCardSpec::default()
        }
    }

    /// Whether the credential is this person's, whole.
    pub(crate) fn owns(&self, credential: &Credential) -> bool {
        let holds = |value: Value, more: Value| {
            let mut wanted = json!({"certno": self.certno, "psn_name": self.name, "brdy": self.born});
            wanted.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            wanted.as_object().expect("an object").iter().all(|(field, wanted)| value[field] == *wanted)
        };
        match credential {
            Credential::Card(card) => holds(
                serde_json::to_value(card).expect("a card is JSON"),
                json!({"card_no": self.card_no, "partial": false}),
            ),
            Credential::IdCard(document) => holds(
                serde_json::to_value(document).expect("a document is JSON"),
                json!({"address": self.address, "photo_bytes": 64}),
            ),
            Credential::Voucher(_) => false,
        }
    }

    pub(crate) fn is(&self, credential: &Credential) {
        assert!(self.owns(credential), "not {}'s: {credential:?}", self.card_no);
    }
}

/// A card that is no social security card.
pub(crate) struct Stranger;

impl Card for Stranger {
    fn atr(&self) -> Option<Vec<u8>> {
        Some(vec![0x3B, 0x00])
    }

    fn power_on(&mut self) {}
    fn power_off(&mut self) {}
    fn reset(&mut self) {}

    fn transmit(&mut self, _: &[u8]) -> CardAnswer {
        CardAnswer::Response(vec![0x6A, 0x82])
    }
}

/// The devices of the bus as a terminal, with the patience of its fast time.
pub(crate) fn terminal(bus: &Bus, devices: Vec<Configured>) -> Terminal {
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    let keys = LocalKeys { masters, scheme: CardKeyScheme::default() };
    let setup = Setup {
        cards: Some(bus.card_service()),
        ports: Arc::new(bus.clone()),
        devices,
        read: ReadOptions { keys: Some(Arc::new(keys)), deadline: PATIENCE, ..ReadOptions::default() },
        timing: Timing {
            ports: Duration::from_millis(15),
            slice: Duration::from_millis(40),
            retry: Duration::from_millis(20),
            first_retry: Duration::from_millis(5),
            first_turn: Duration::from_secs(1) / PACE,
            turn: Duration::from_millis(1_500) / PACE,
        },
        ..Setup::default()
    };
    Terminal::start(setup).expect("a terminal")
}

pub(crate) fn scanner(bus: &Bus, port: usize, label: &str) -> Configured {
    let ports: Arc<dyn Ports> = Arc::new(bus.clone());
    let at = bus.port_id(port);
    let scanner = CodeScanner::on(ports, &at, 9600, Framing::default());
    Configured { label: label.into(), at, function: Function::Scanner(Box::new(scanner)) }
}

pub(crate) fn id_reader(bus: &Bus, port: usize, label: &str) -> Configured {
    let ports: Arc<dyn Ports> = Arc::new(bus.clone());
    let at = bus.port_id(port);
    let reader = IdReader::new(ports, &at, IdOptions::default());
    Configured { label: label.into(), at, function: Function::IdReader(Box::new(reader)) }
}

/// The next event, with patience.
pub(crate) fn next(events: &mut Events) -> Option<Event> {
    let began = Instant::now();
    loop {
        if let Some(event) = events.try_next() {
            return Some(event);
        }
        if began.elapsed() > PATIENCE {
            return None;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// Reads on until so many wanted events came.
pub(crate) fn wait_for(events: &mut Events, wanted: impl Fn(&What) -> bool, count: usize) -> Vec<Event> {
    let mut found = Vec::new();
    while found.len() < count {
        let event = next(events).expect("the event that is waited for");
        if wanted(&event.what) {
            found.push(event);
        }
    }
    found
}

/// A person who scans until the scanner beeps.
pub(crate) fn keep_scanning(terminal: &Terminal, bus: &Bus, port: usize) -> Presented {
    let mut call = terminal.next_credential(Kinds::ALL, CALL);
    let began = Instant::now();
    let mut codes = Vec::new();
    loop {
        let code = code();
        bus.scan(port, &[format!("{code}\r\n").as_bytes()]);
        codes.push(code);
        if let Some(result) = poll(&mut call, Duration::from_millis(15)) {
            let presented = result.expect("a code");
            let Credential::Voucher(scan) = &presented.credential else { panic!("{presented:?}") };
            assert!(
                codes.iter().any(|code| code == scan.code.expose()),
                "a code that was scanned for this call"
            );
            return presented;
        }
        assert!(began.elapsed() < PATIENCE, "the scanner is stuck");
    }
}

/// A code that was never scanned before.
fn code() -> String {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    format!("28{:026}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

fn poll(call: &mut NextCredential, limit: Duration) -> Option<Result<Presented, PresentError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(limit, call).await.ok() })
}

/// A counter under a seed.
pub(crate) struct Counter {
    bus: Bus,
    terminal: Terminal,
    events: Events,
    story: Story,
    people: [Person; 3],
    /// Ports: a scanner, an identity-card reader, and one with both.
    scanners: [usize; 2],
    id_readers: [usize; 2],
    call: Option<Open>,
    calls: usize,
    served: usize,
    /// Codes, and the call during which each was scanned.
    codes: HashMap<String, usize>,
    /// Whose card is where, and whose was there since the call began.
    now: HashMap<&'static str, usize>,
    during: Vec<(&'static str, usize)>,
}

struct Open {
    number: usize,
    kinds: Kinds,
    future: NextCredential,
}

const READERS: [&str; 2] = ["reader A", "reader B"];
const ID_READERS: [&str; 2] = ["id reader", "four in one, documents"];
const SCANNERS: [&str; 2] = ["scanner", "four in one, codes"];

impl Counter {
    pub(crate) fn new(random: &mut Random) -> Counter {
        let bus = Bus::new();
        let scanner_port = bus.add_port(0x0001, false, None);
        let id_port = bus.add_port(0x0002, true, Some(random.number()));
        let both = bus.add_port(0x0003, true, Some(random.number()));
        bus.world().apdu_takes = Duration::from_micros(random.below(800) as u64);
        let reader = |label: &str, at: &str| Configured {
            label: label.into(),
            at: at.to_owned(),
            function: Function::CardReader,
        };
        let devices = vec![
            reader(READERS[0], "Bus Reader A"),
            reader(READERS[1], "Bus Reader B"),
            scanner(&bus, scanner_port, SCANNERS[0]),
            scanner(&bus, both, SCANNERS[1]),
            id_reader(&bus, id_port, ID_READERS[0]),
            id_reader(&bus, both, ID_READERS[1]),
        ];
        let terminal = terminal(&bus, devices);
        let (devices, events) = terminal.events();
        Counter {
            story: Story::new(&devices),
            bus,
            terminal,
            events,
            people: Person::all(),
            scanners: [scanner_port, both],
            id_readers: [id_port, both],
            call: None,
            calls: 0,
            served: 0,
            codes: HashMap::new(),
            now: HashMap::new(),
            during: Vec::new(),
        }
    }

    /// Something happens. Returns what, for the story of a failure.
    pub(crate) fn step(&mut self, random: &mut Random) -> String {
        let which = random.below(2);
        match random.below(17) {
            0..=2 => {
                let person = random.below(3);
                let there = self.now.contains_key(READERS[which]);
                if there {
                    self.take_out(which);
                } else {
                    self.put_in(which, person);
                }
                format!("card {which}/{person} {}", if there { "out" } else { "in" })
            }
            3 => {
                let plugged = self.bus.world().readers[which].plugged;
                self.bus.plug_reader(which, !plugged);
                format!("reader {which} plugged {}", !plugged)
            }
            4 => {
                let up = self.bus.world().service_up;
                self.bus.service(!up);
                format!("service {}", !up)
            }
            5..=6 => {
                let port = random.below(3);
                let plugged = self.bus.world().ports[port].plugged;
                self.bus.plug_port(port, !plugged);
                format!("port {port} plugged {}", !plugged)
            }
            7..=9 => {
                let person = random.below(3);
                if random.once_in(3) {
                    self.bus.lift(self.id_readers[which]);
                    self.now.remove(ID_READERS[which]);
                    return format!("lift {which}");
                }
                self.lay(which, person);
                format!("lay {which}/{person}")
            }
            10..=12 => {
                let split = random.below(29);
                self.scan(which, split, !random.once_in(5));
                format!("scan {which} split {split}")
            }
            13..=15 if self.call.is_none() => {
                let kinds = [
                    Kinds::ALL,
                    Kinds::ALL,
                    Kinds::only(Kind::Card),
                    Kinds::only(Kind::IdCard),
                    Kinds::only(Kind::Voucher),
                ];
                self.begin(*random.pick(&kinds));
                "call".to_owned()
            }
            _ => {
                // A call is dropped at any moment, also when its credential is on its way.
                self.call = None;
                "no call".to_owned()
            }
        }
    }

    fn begin(&mut self, kinds: Kinds) {
        self.calls += 1;
        self.during = self.now.iter().map(|(place, person)| (*place, *person)).collect();
        let future = self.terminal.next_credential(kinds, CALL);
        self.call = Some(Open { number: self.calls, kinds, future });
    }

    fn put_in(&mut self, which: usize, person: usize) {
        self.there(READERS[which], person);
        self.bus.insert(which, self.people[person].card());
    }

    fn take_out(&mut self, which: usize) {
        self.bus.remove(which);
        self.now.remove(READERS[which]);
    }

    fn lay(&mut self, which: usize, person: usize) {
        self.there(ID_READERS[which], person);
        self.bus.lay(self.id_readers[which], self.people[person].document());
    }

    fn there(&mut self, place: &'static str, person: usize) {
        self.now.insert(place, person);
        self.during.push((place, person));
    }

    fn scan(&mut self, which: usize, split: usize, whole: bool) {
        let code = code();
        let (head, tail) = code.split_at(split.min(code.len()));
        let end = if whole { "\r\n" } else { "" };
        let tail = format!("{tail}{end}");
        let began = self.bus.scan(self.scanners[which], &[head.as_bytes(), tail.as_bytes()]);
        let number = self.call.as_ref().map_or(0, |call| call.number);
        if began && whole {
            self.codes.insert(code, number);
        }
    }

    /// Looks whether the call has its credential, and whether it is a right one.
    pub(crate) fn check(&mut self) {
        let Some(call) = &mut self.call else { return };
        let Some(result) = poll(&mut call.future, Duration::ZERO) else { return };
        let (number, kinds) = (call.number, call.kinds);
        self.call = None;
        let presented =
            result.unwrap_or_else(|error| panic!("nothing ends this call but a credential: {error:?}"));
        self.served += 1;
        self.judge(&presented, number, kinds);
    }

    fn judge(&self, presented: &Presented, call: usize, kinds: Kinds) {
        let Presented { credential, device } = presented;
        assert!(kinds.accept(credential.kind()), "{credential:?} was not asked for");
        if let Credential::Voucher(scan) = credential {
            let scanned = self.codes.get(scan.code.expose());
            assert_eq!(scanned, Some(&call), "a code of this call and of no other, whole");
            assert!(SCANNERS.contains(&&**device));
            return;
        }
        let owner = self.people.iter().position(|person| person.owns(credential));
        let owner = owner.unwrap_or_else(|| panic!("half or mixed: {credential:?} at {device}"));
        assert!(
            self.during.iter().any(|(place, person)| **place == **device && *person == owner),
            "{credential:?} of {owner} was not at {device} during this call: {:?}",
            self.during
        );
    }

    /// Everything is plugged in again, nothing lies about, nobody waits.
    pub(crate) fn settle(&mut self) {
        self.check();
        self.call = None;
        self.bus.service(true);
        for (which, id_reader) in ID_READERS.into_iter().enumerate() {
            self.take_out(which);
            let plugged = self.bus.world().readers[which].plugged;
            if !plugged {
                self.bus.plug_reader(which, true);
            }
            self.bus.lift(self.id_readers[which]);
            self.now.remove(id_reader);
        }
        for port in 0..3 {
            self.bus.plug_port(port, true);
        }
    }

    /// A person is served as always: nothing is stuck.
    pub(crate) fn serve(&mut self, kind: Kind, story: &str) {
        let which = self.calls % 2;
        self.begin(Kinds::only(kind));
        let began = Instant::now();
        let before = self.served;
        let mut rounds = 0_u32;
        while self.served == before {
            match kind {
                Kind::Card if rounds == 0 => self.put_in(which, 1),
                Kind::Card => {}
                // A card that could not be read, for the noise on the line, must be lifted and laid again.
                Kind::IdCard if rounds.is_multiple_of(40) => self.lay(which, 2),
                Kind::IdCard => {}
                Kind::Voucher => self.scan(which, 28, true),
            }
            rounds += 1;
            std::thread::sleep(Duration::from_millis(8));
            assert!(
                began.elapsed() < PATIENCE,
                "{kind:?} at {which} is stuck after: {story}\n{:#?}",
                self.terminal.devices()
            );
            self.check();
        }
        self.take_out(which);
    }

    /// The whole stream of events is in order, and tells as many taken credentials as were served.
    pub(crate) fn close(mut self, story: &str) {
        self.call = None;
        drop(self.terminal);
        let taken = self.story.read(&mut self.events);
        assert_eq!(taken, self.served, "taken by calls, less those thrown away; after: {story}");
    }
}

/// What a stream of events must be.
struct Story {
    last: Option<u64>,
    there: HashMap<String, bool>,
    card: HashMap<String, Option<u64>>,
    taken: usize,
}

impl Story {
    /// From what was there when the stream began.
    fn new(devices: &[Device]) -> Story {
        let there = |device: &Device| (device.device.to_string(), device.state == DeviceState::Present);
        Story { last: None, there: devices.iter().map(there).collect(), card: HashMap::new(), taken: 0 }
    }

    /// Reads the stream to its end; gives the number of credentials that reached their caller.
    fn read(mut self, events: &mut Events) -> usize {
        while let Some(event) = events.blocking_next() {
            let last = self.last.replace(event.number);
            assert!(last.is_none_or(|last| event.number == last + 1), "a gap or a repetition: {event:?}");
            self.take(&event);
        }
        self.taken
    }

    fn take(&mut self, event: &Event) {
        let device = event.device.to_string();
        match &event.what {
            What::DeviceCame { .. } => {
                assert_ne!(self.there.insert(device, true), Some(true), "{event:?} came twice");
            }
            What::DeviceWent { .. } => {
                assert_eq!(self.card.get(&device).copied().flatten(), None, "{event:?} with a card in it");
                assert_eq!(self.there.insert(device, false), Some(true), "{event:?} was not there");
            }
            What::CardIn { insertion } | What::IdCardLaid { insertion } => {
                assert_eq!(self.there.get(&device), Some(&true), "{event:?} in a device that is not there");
                let before = self.card.insert(device, Some(*insertion)).flatten();
                assert_eq!(before, None, "{event:?} twice");
            }
            What::CardOut { insertion } | What::IdCardLifted { insertion } => {
                assert_eq!(self.card.insert(device, None).flatten(), Some(*insertion), "{event:?}");
            }
            What::Presented { taken: true, .. } => self.taken += 1,
            What::NotTaken { .. } => self.taken -= 1,
            _ => {}
        }
    }
}
