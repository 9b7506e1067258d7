//! A bench with many readers, and a person whose card is known field by field.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yika_driver::keys::LocalKeys;
use yika_driver::reader::Selection;
use yika_driver::social_card::{self, ReadError, ReadOptions, ReadPlan};
use yika_driver::{CardService, Reader};
use yika_protocol::card_keys::{CardKeyScheme, MasterKeys};
use yika_protocol::identity::Secret;
use yika_sim::vpcd::{self, Running};
use yika_sim::{Card, CardSpec, VirtualCard};
use yika_tests::pcscd::Pcscd;

/// Far longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The service, and a program that uses it all the time.
pub(crate) struct Bench {
    pub(crate) pcscd: Pcscd,
    pub(crate) service: CardService,
}

impl Bench {
    pub(crate) fn new(readers: &[&str]) -> Bench {
        Bench { pcscd: Pcscd::with_readers(readers), service: CardService::pcsc() }
    }

    /// Six readers of two slots each: enough to put a dozen cards in at once, since the service takes up to half a second to
    /// notice a card.
    pub(crate) fn with_a_dozen_slots() -> (Bench, Vec<(String, SocketAddr)>) {
        let bench = Bench::new(&["Bench A", "Bench B", "Bench C", "Bench D", "Bench E", "Bench F"]);
        let slots = (0..6).flat_map(|which| [(which, 0), (which, 1)]);
        let slots = slots
            .map(|(which, slot)| (bench.pcscd.reader(which, slot), bench.pcscd.address(which, slot)))
            .collect();
        (bench, slots)
    }

    /// Puts a card in and waits until the service has noticed.
    pub(crate) fn insert<C: Card + 'static>(&self, reader: &str, address: SocketAddr, card: C) -> Running<C> {
        let running = vpcd::connect(address, card).expect("the virtual reader listens");
        self.wait_for(reader, "a card", |reader| reader.state.has_card());
        running
    }

    pub(crate) fn insert_here<C: Card + 'static>(&self, which: usize, slot: u16, card: C) -> Running<C> {
        self.insert(&self.pcscd.reader(which, slot), self.pcscd.address(which, slot), card)
    }

    /// Waits until a reader looks as wanted.
    pub(crate) fn wait_for(&self, name: &str, what: &str, wanted: impl Fn(&Reader) -> bool) {
        let started = Instant::now();
        loop {
            let readers = self.service.readers();
            let found =
                readers.as_ref().is_ok_and(|all| all.iter().any(|r| r.name.display() == name && wanted(r)));
            if found {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{name} never shows {what}: {readers:?}");
            sleep(Duration::from_millis(10));
        }
    }

    /// Reads everything from this reader, with the test keys.
    pub(crate) fn read(&self, reader: &str) -> Result<Value, ReadError> {
        self.read_with(&ReadOptions { reader: Selection::named(reader), ..with_keys() })
    }

    pub(crate) fn read_with(&self, options: &ReadOptions) -> Result<Value, ReadError> {
        let card = social_card::read(&self.service, options)?;
        Ok(serde_json::to_value(&card).expect("a card is JSON"))
    }
}

/// Read everything, with the key service that knows the masters of the test set.
pub(crate) fn with_keys() -> ReadOptions {
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    let keys = LocalKeys { masters, scheme: CardKeyScheme::default() };
    ReadOptions {
        plan: ReadPlan::Full,
        keys: Some(Arc::new(keys)),
        deadline: PATIENCE,
        ..ReadOptions::default()
    }
}

/// An invented person's card, as a spec file, and what reading it must give.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) spec: CardSpec,
    expected: Value,
}

impl Person {
    /// A card of this generation with these quirks. The name is long, and its 30th byte falls into a character of four
    /// bytes, where the card has room for an extension.
    pub(crate) fn new(generation: u8, quirks: &[&str]) -> Person {
        let long = generation > 1 && !quirks.iter().any(|quirk| quirk.starts_with("no-4e"));
        let name = if long { "阿卜杜热西提·努尔麦麦提·𠮷明" } else { "沈𠮷禾" };
        let text = format!(
            "generation = {generation}\ncard_sn = \"990100D1560000050102030405060708\"\ncard_class = \"2\"\n\
             organisation = \"991561000005990100990101\"\nissued = \"2021-09-01\"\nexpires = \"2041-08-31\"\n\
             card_no = \"B87654321\"\ncertno = \"990101198506150012\"\npsn_name = \"{name}\"\ngend = \"1\"\nnaty = \"05\"\n\
             birthplace = \"990101\"\nbrdy = \"1985-06-15\"\nreset_info = \"0081A1B2C38660D4E5F6070809\"\nquirks = {quirks:?}\n"
        );
        let spec = CardSpec::parse(&text).expect("a good spec");
        let expected = json!({
            "credential": "social_security_card", "certno": "990101198506150012", "psn_name": name, "gend": "1", "naty": "05",
            "brdy": "1985-06-15", "birthplace": "990101", "card_no": "B87654321",
            "card_sn": "990100D1560000050102030405060708", "card_class": "2", "spec_version": format!("{generation}.00"),
            "organisation": "991561000005990100990101", "issued": "2021-09-01", "expires": "2041-08-31",
            "reset_info": "0081A1B2C38660D4E5F6070809", "algorithm": if generation == 3 { "03" } else { "01" },
            "region": "990100", "interface": "contact", "partial": false
        });
        Person { spec, expected }
    }

    pub(crate) fn contactless(mut self) -> Person {
        self.spec = self.spec.with_interface(yika_sim::Interface::Contactless);
        self.expected["interface"] = "contactless".into();
        self
    }

    pub(crate) fn card(&self) -> VirtualCard {
        VirtualCard::new(self.spec.clone())
    }

    /// What reading it in that reader must give.
    pub(crate) fn read_in(&self, reader: &str) -> Value {
        let mut expected = self.expected.clone();
        expected["reader"] = reader.into();
        expected
    }

    /// The same with one field other than on the usual card.
    pub(crate) fn but(mut self, field: &str, value: impl Into<Value>) -> Person {
        self.expected[field] = value.into();
        self
    }
}
