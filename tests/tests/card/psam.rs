//! A card in the first slot, a PSAM in the second: generation 3 without any centre, and the centre where the field asks it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use yika_driver::keys::{KeyService, KeyServiceError, PsamFirst, PsamKeys, PsamOptions};
use yika_driver::reader::{Role, Selection};
use yika_driver::social_card::{ReadError, ReadOptions};
use yika_protocol::card_keys::{CardKeyScheme, KeyAnswer, KeyRequest};
use yika_sim::{Moment, Plan, PsamSpec, Tear, Torn, VirtualPsam};

use yika_tests::command::{Service, finish, watched, yika};

use crate::bench::{Bench, PATIENCE, Person, with_keys};

/// The centre of the test set, and how often it was asked.
#[derive(Default)]
struct Centre(AtomicUsize);

impl KeyService for Centre {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        with_keys().keys.expect("the keys of the test set").authenticate(request)
    }
}

/// As a site file would say it: names of the virtual reader do not tell that a module sits in its second slot.
fn options(bench: &Bench, centre: Option<&Arc<Centre>>) -> ReadOptions {
    let slot = bench.pcscd.reader(0, 1);
    let mut reader = Selection::default();
    reader.modules = vec![slot.clone()];
    let psam = PsamOptions { slot: Some(slot), ..PsamOptions::default() };
    let centre = centre.map(|centre| Arc::clone(centre) as Arc<dyn KeyService>);
    let keys = PsamFirst::new(PsamKeys::new(bench.service.clone(), psam), centre);
    ReadOptions { reader, keys: Some(Arc::new(keys)), deadline: PATIENCE, ..ReadOptions::default() }
}

fn read(bench: &Bench, centre: Option<&Arc<Centre>>) -> Result<Value, ReadError> {
    bench.read_with(&options(bench, centre))
}

fn psam(spec: &str) -> VirtualPsam {
    VirtualPsam::new(PsamSpec::parse(spec).expect("a good spec"))
}

#[test]
fn a_psam_opens_generation_3_without_a_centre_and_its_slot_is_nobodys_reader() {
    let bench = Bench::new(&["Virtual PCD"]);
    // Only the module is there: a rule that took it for a card would now read it.
    let module = bench.insert_here(0, 1, psam(""));
    let empty = read(&bench, None).expect_err("no card of a person is in");
    assert_eq!(empty.fault().number, 1008, "{empty}");
    for (quirks, algorithm) in [(&[][..], "03"), (&["t0"], "03"), (&["t0", "strict-challenge"], "01")] {
        let mut person = Person::new(3, quirks);
        person.spec.algorithm = if algorithm == "01" { 1 } else { 3 };
        let person = person.but("algorithm", algorithm);
        let card = bench.insert_here(0, 0, person.card());
        assert_eq!(read(&bench, None), Ok(person.read_in(&bench.pcscd.reader(0, 0))), "{quirks:?}");
        card.stop();
        bench.wait_for(&bench.pcscd.reader(0, 0), "an empty slot", |reader| !reader.state.has_card());
    }
    let selection = options(&bench, None).reader;
    let readers = bench.service.readers().expect("readers");
    let roles: Vec<Role> = readers.iter().map(|reader| selection.role(reader)).collect();
    assert_eq!(roles, [Role::User, Role::Sam]);
    let log = module.watch().log();
    assert!(log.iter().all(|exchange| exchange.ins() != 0xB2), "nobody reads records of a module");
}

#[test]
fn the_centre_is_asked_where_the_field_asks_it_and_nowhere_else() {
    let bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(3, &["t0"]);
    let whole = person.read_in(&bench.pcscd.reader(0, 0));
    let _card = bench.insert_here(0, 0, person.card());
    let cases = [
        ("", "", 0),
        ("faults = [\"not-psam\"]", "psam_missing", 1),
        ("algorithms = [\"01\"]", "psam_algorithm", 1),
        ("rksssse = \"none\"", "psam_no_read_key", 1),
        ("irk = \"none\"", "psam_key_not_found", 1),
        ("region = \"990100\"", "psam_key_level", 1),
        ("faults = [\"locked\"]", "psam_locked", 0),
    ];
    for (spec, reason, asked) in cases {
        let module = bench.insert_here(0, 1, psam(spec));
        let alone = read(&bench, None).expect("a card");
        match reason {
            "" => assert_eq!(alone, whole),
            _ => assert_eq!((&alone["partial_reason"], &alone["certno"]), (&json!(reason), &Value::Null)),
        }
        let centre = Arc::new(Centre::default());
        let read = read(&bench, Some(&centre)).expect("a card");
        assert_eq!(centre.0.load(Ordering::Relaxed), asked, "{spec}");
        assert_eq!(read == whole, asked == 1 || reason.is_empty(), "{spec}: {read}");
        module.stop();
        bench.wait_for(&bench.pcscd.reader(0, 1), "an empty slot", |reader| !reader.state.has_card());
    }
    // No module at all.
    assert_eq!(read(&bench, None).expect("a card")["partial_reason"], "psam_missing");
    assert_eq!(read(&bench, Some(&Arc::default())), Ok(whole));
}

#[test]
fn a_module_pulled_in_the_middle_stops_the_read_and_the_next_one_works() {
    let bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(3, &[]);
    let whole = person.read_in(&bench.pcscd.reader(0, 0));
    let _card = bench.insert_here(0, 0, person.card());
    for (apdu, moment) in
        [(2, Moment::Before), (3, Moment::Executed), (4, Moment::Cut(1)), (6, Moment::Before)]
    {
        let module = Torn::new(psam(""), Plan::At(vec![Tear { apdu, moment }]));
        let running = bench.insert_here(0, 1, module);
        let centre = Arc::new(Centre::default());
        let torn = read(&bench, Some(&centre)).expect("what needs no keys");
        assert_eq!(torn["partial_reason"], "psam_failed", "{apdu} {moment:?}");
        assert_eq!(torn["certno"], Value::Null);
        assert_eq!(centre.0.load(Ordering::Relaxed), 0, "a failure of its own does not go to the centre");
        bench.wait_for(&bench.pcscd.reader(0, 1), "an empty slot", |reader| !reader.state.has_card());
        let module = running.stop().into_inner();
        let again = bench.insert_here(0, 1, module);
        assert_eq!(read(&bench, None).as_ref(), Ok(&whole), "{apdu} {moment:?}");
        again.stop();
        bench.wait_for(&bench.pcscd.reader(0, 1), "an empty slot", |reader| !reader.state.has_card());
    }
}

#[test]
fn the_other_scheme_of_card_keys_and_modules() {
    let bench = Bench::new(&["Virtual PCD"]);
    let mut person = Person::new(3, &[]);
    person.spec.keys.scheme = CardKeyScheme::ASSUMED_2;
    let _card = bench.insert_here(0, 0, person.card());
    let _module = bench.insert_here(0, 1, psam("card_keys = \"assumed-2\""));
    assert_eq!(read(&bench, None), Ok(person.read_in(&bench.pcscd.reader(0, 0))));
}

#[test]
fn the_command_reads_and_authenticates_with_a_virtual_psam() {
    let bench = Bench::new(&["Virtual PCD"]);
    let folder = tempfile::tempdir().expect("a private folder");
    let (user, slot) = (bench.pcscd.reader(0, 0), bench.pcscd.reader(0, 1));
    let port = bench.pcscd.port(0, 1).to_string();
    let mut sim = watched(yika());
    sim.args(["sim", "psam", "--json", "--port", &port]);
    let mut sim = Service::start(&mut sim, &folder.path().join("psam.log"));
    sim.wait_until(|log| log.contains("\"ready\":true").then_some(()));
    bench.wait_for(&slot, "a module", |reader| reader.state.has_card());
    let run = |words: &[&str]| {
        let mut command = Command::new(yika());
        // No site file of the machine, and no language of its user.
        command.args(words).arg("--json").current_dir(folder.path());
        command.env("HOME", folder.path()).env_remove("XDG_CONFIG_HOME").env_remove("YIKA_SITE");
        finish(&mut command)
    };
    let no_card = run(&["card", "read", "--sam-reader", &slot]).exits(3);
    assert_eq!(no_card.fault(), "Y-1008", "the module is nobody's card");

    let person = Person::new(3, &["t0"]);
    let card = bench.insert_here(0, 0, person.card());
    let read = run(&["card", "read", "--sam-reader", &slot]).exits(0).json();
    assert_eq!(read, person.read_in(&user));
    let proved = run(&["card", "authenticate", "--sam-reader", &slot]).exits(0).json();
    let expected = json!({ "authenticated": true, "generation": 3, "algorithm": "03", "key": "update" });
    assert_eq!(proved, expected);

    sim.stop();
    bench.wait_for(&slot, "an empty slot", |reader| !reader.state.has_card());
    let partial = run(&["card", "read", "--sam-reader", &slot]).exits(0).json();
    assert_eq!(partial["partial_reason"], "psam_missing");
    assert_eq!(run(&["card", "authenticate", "--sam-reader", &slot]).exits(3).fault(), "Y-6301");
    drop(card);
}
