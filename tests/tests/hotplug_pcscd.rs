//! A smaller part of the hot-plug scenarios with real parts: pcscd with virtual readers, an identity-card reader and a scanner on
//! pseudo-terminals, and the terminal with the patience it has in a shop. `YIKA_SEED=n` runs one seed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::to_value;
use yika_driver::CardService;
use yika_driver::resident_card::{IdReader, ReadOptions as IdOptions};
use yika_driver::scanner::CodeScanner;
use yika_driver::serial::SystemPorts;
use yika_driver::terminal::{
    Configured, Credential, Events, Function, Kind, Kinds, NextCredential, Presented, Setup, Terminal, What,
};
use yika_protocol::voucher::Framing;
use yika_sim::id_reader::{IdCardSpec, IdFaults, IdReader as VirtualIdReader};
use yika_sim::scanner::{ScannerSpec, VirtualScanner};
use yika_sim::vpcd::{Options, Running, connect_with};
use yika_sim::{CardSpec, VirtualCard};
use yika_tests::pcscd::Pcscd;
use yika_tests::random::{Random, seeds};

/// Far longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The real service takes seconds for each seed, so a long run takes no more than these.
const MOST: u64 = 40;

/// Name, number on the card, number of the document, of each person; all invented.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("沈一禾", "A11111111", "990101198506150020"),
    ("白二川", "B22222222", "99010119700101001X"),
    ("木三林", "C33333333", "990101198506150012"),
];

struct Counter {
    terminal: Terminal,
    events: Events,
    call: Option<(usize, NextCredential)>,
    calls: usize,
    served: usize,
    codes: HashMap<String, usize>,
    /// Person in each slot, and on the reader of documents.
    cards: [Option<(usize, Running<VirtualCard>)>; 2],
    during: Vec<(String, usize)>,
    laid: usize,
    id_reader: VirtualIdReader,
    scanner: VirtualScanner,
    plugged: [bool; 2],
    pcscd: Pcscd,
    up: bool,
    _folder: tempfile::TempDir,
}

impl Counter {
    fn new() -> Counter {
        let pcscd = Pcscd::start();
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| -> PathBuf { folder.path().join(name) };
        let id_reader =
            VirtualIdReader::start(document(0), IdFaults::none(), Some(&place("documents")), |_| ());
        let id_reader = id_reader.expect("a virtual reader");
        id_reader.lift();
        let spec = ScannerSpec { every: None, ..ScannerSpec::default() };
        let scanner = VirtualScanner::start(spec, b"", Some(&place("codes"))).expect("a virtual scanner");
        let path = |name: &str| place(name).display().to_string();
        let configured = |label: &str, at: String, function| Configured { label: label.into(), at, function };
        let reader = IdReader::new(Arc::new(SystemPorts), &path("documents"), IdOptions::default());
        let codes = CodeScanner::serial(path("codes"), 9_600, Framing::default());
        let terminal = Terminal::start(Setup {
            cards: Some(CardService::pcsc()),
            devices: vec![
                configured("slot 0", pcscd.reader(0, 0), Function::CardReader),
                configured("slot 1", pcscd.reader(0, 1), Function::CardReader),
                configured("documents", path("documents"), Function::IdReader(Box::new(reader))),
                configured("codes", path("codes"), Function::Scanner(Box::new(codes))),
            ],
            ..Setup::default()
        });
        let terminal = terminal.expect("a terminal");
        let (_, events) = terminal.events();
        Counter {
            terminal,
            events,
            call: None,
            calls: 0,
            served: 0,
            codes: HashMap::new(),
            cards: [None, None],
            during: Vec::new(),
            laid: 0,
            id_reader,
            scanner,
            plugged: [true, true],
            pcscd,
            up: true,
            _folder: folder,
        }
    }

    fn step(&mut self, random: &mut Random) -> String {
        let which = random.below(2);
        match random.below(11) {
            0..=2 if self.cards[which].is_some() => {
                self.take_out(which);
                format!("card out of {which}")
            }
            0..=2 if self.up => {
                let person = random.below(3);
                self.put_in(which, person);
                format!("card of {person} into {which}")
            }
            0..=3 => {
                if self.up && random.once_in(2) {
                    self.pcscd.halt();
                } else if self.up {
                    self.pcscd.crash();
                } else {
                    self.pcscd.resume();
                }
                self.up = !self.up;
                format!("service {}", self.up)
            }
            4 => {
                self.plug(which, !self.plugged[which]);
                format!("port {which} plugged {}", self.plugged[which])
            }
            5 => {
                let person = random.below(3);
                self.lay(person);
                format!("document of {person}")
            }
            6 => {
                self.scan();
                "scan".to_owned()
            }
            7..=9 if self.call.is_none() => {
                self.begin(Kinds::ALL);
                "call".to_owned()
            }
            _ => {
                self.call = None;
                "no call".to_owned()
            }
        }
    }

    fn begin(&mut self, kinds: Kinds) {
        self.calls += 1;
        self.during.clear();
        for (slot, card) in self.cards.iter().enumerate() {
            self.during.extend(card.iter().map(|(person, _)| (format!("slot {slot}"), *person)));
        }
        self.during.push(("documents".to_owned(), self.laid));
        self.call = Some((self.calls, self.terminal.next_credential(kinds, PATIENCE * 4)));
    }

    fn put_in(&mut self, slot: usize, person: usize) {
        let (name, card_no, certno) = PEOPLE[person];
        let text = format!(
            "generation = 2\ncertno = \"{certno}\"\npsn_name = \"{name}\"\ncard_no = \"{card_no}\"\nquirks = [\"slow=15\"]\n"
        );
        let card = VirtualCard::new(CardSpec::parse(&text).expect("a good spec"));
        let options = Options { reconnect: Some(Duration::from_millis(20)), ..Options::default() };
        let address = self.pcscd.address(0, u16::from(slot == 1));
        self.during.push((format!("slot {slot}"), person));
        self.cards[slot] = Some((person, connect_with(address, card, options).expect("a free slot")));
    }

    fn take_out(&mut self, slot: usize) {
        if let Some((_, card)) = self.cards[slot].take() {
            card.stop();
        }
    }

    fn plug(&mut self, which: usize, plugged: bool) {
        if std::mem::replace(&mut self.plugged[which], plugged) == plugged {
            return;
        }
        match (which, plugged) {
            (0, true) => self.id_reader.plug(),
            (0, false) => self.id_reader.unplug(),
            (_, true) => self.scanner.plug(),
            (_, false) => self.scanner.unplug(),
        }
    }

    fn lay(&mut self, person: usize) {
        self.laid = person;
        self.during.push(("documents".to_owned(), person));
        self.id_reader.lay_other(document(person));
    }

    fn scan(&mut self) {
        let code = format!("28{:026}", self.codes.len() + 1);
        self.scanner.show(code.as_bytes());
        self.scanner.scan();
        self.codes.insert(code, self.call.as_ref().map_or(0, |(number, _)| *number));
    }

    fn check(&mut self, limit: Duration) {
        let Some((number, call)) = &mut self.call else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let Some(result) = runtime.block_on(async { tokio::time::timeout(limit, call).await.ok() }) else {
            return;
        };
        let number = *number;
        self.call = None;
        self.served += 1;
        let presented =
            result.unwrap_or_else(|error| panic!("nothing ends this call but a credential: {error:?}"));
        self.judge(&presented, number);
    }

    fn judge(&self, Presented { credential, device }: &Presented, call: usize) {
        let (value, mark) = match credential {
            Credential::Card(card) => (to_value(card).expect("JSON"), "card_no"),
            Credential::IdCard(document) => (to_value(document).expect("JSON"), "address"),
            Credential::Voucher(scan) => {
                assert_eq!(self.codes.get(scan.code.expose()), Some(&call), "a code of another call");
                return;
            }
        };
        let owner = PEOPLE.iter().position(|(name, card_no, certno)| {
            value["certno"] == **certno && value["psn_name"] == **name && value[mark] == **card_no
        });
        let owner = owner.unwrap_or_else(|| panic!("half or mixed at {device}: {credential:?}"));
        assert!(
            self.during.contains(&(device.to_string(), owner)),
            "{owner} was not at {device} during this call"
        );
    }

    fn serve(&mut self, kind: Kind, story: &str) {
        self.begin(Kinds::only(kind));
        let (before, began) = (self.served, Instant::now());
        let mut round = 0_u32;
        while self.served == before {
            match kind {
                Kind::Card if round == 0 => self.put_in(1, 1),
                Kind::IdCard if round.is_multiple_of(20) => self.lay(2),
                Kind::Voucher if round.is_multiple_of(4) => self.scan(),
                _ => {}
            }
            round += 1;
            let devices = || self.terminal.devices();
            assert!(began.elapsed() < PATIENCE, "{kind:?} is stuck after: {story}\n{:#?}", devices());
            self.check(Duration::from_millis(250));
        }
        self.take_out(1);
    }
}

/// The number on the card stands in the address, too: it tells whose document it is a second time.
fn document(person: usize) -> IdCardSpec {
    let (name, card_no, certno) = PEOPLE[person];
    IdCardSpec {
        certno: certno.to_owned(),
        psn_name: name.to_owned(),
        address: card_no.to_owned(),
        ..IdCardSpec::default()
    }
}

#[test]
fn cards_ports_and_the_service_come_and_go_and_the_next_person_is_served() {
    let seeds = seeds(1);
    let most = seeds.start + MOST;
    for seed in seeds.take_while(|seed| *seed < most) {
        let mut random = Random::new(seed);
        let mut counter = Counter::new();
        let mut steps = Vec::new();
        for _ in 0..14 {
            steps.push(counter.step(&mut random));
            sleep(Duration::from_millis(random.below(500) as u64));
            counter.check(Duration::ZERO);
        }
        let story = format!("YIKA_SEED={seed}: {}", steps.join(", "));
        counter.check(Duration::ZERO);
        counter.call = None;
        if !counter.up {
            counter.pcscd.resume();
        }
        (0..2).for_each(|which| counter.take_out(which));
        (0..2).for_each(|which| counter.plug(which, true));
        counter.id_reader.lift();
        for kind in [Kind::Card, Kind::IdCard, Kind::Voucher] {
            counter.serve(kind, &story);
        }
        let Counter { terminal, mut events, served, .. } = counter;
        drop(terminal);
        let (mut last, mut taken) = (None, 0_usize);
        while let Some(event) = events.blocking_next() {
            assert!(
                last.is_none_or(|last| event.number == last + 1),
                "a gap or a repetition: {event:?}; {story}"
            );
            last = Some(event.number);
            match event.what {
                What::Presented { taken: true, .. } => taken += 1,
                What::NotTaken { .. } => taken -= 1,
                _ => {}
            }
        }
        assert_eq!(taken, served, "{story}");
    }
}
