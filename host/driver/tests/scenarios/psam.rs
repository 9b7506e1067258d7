//! A generation 3 card opened by a PSAM in a second slot, and what happens when the PSAM cannot.

use crate::bench::{Bench, Event, json, keys, person};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use yika_driver::{
    Selection,
    keys::{KeyService, KeyServiceError, PsamFailure, PsamFirst, PsamKeys, PsamOptions},
    social_card::{
        self, AuthenticateError, Authenticated, ExternalKey, PartialReason, ReadError, ReadOptions,
    },
};
use yika_protocol::{
    card_keys::{CardKeyScheme, KeyAnswer, KeyRequest, PsamLevels, PsamScheme, PsamSm4, Sm4Block, Sm4Result},
    social_card as protocol,
};
use yika_sim::{Card, Plan, PsamSpec, Torn, VirtualCard, VirtualPsam};

/// A centre that counts how often it is asked.
#[derive(Default)]
struct Centre(AtomicUsize);

impl KeyService for Centre {
    fn authenticate(&self, request: &KeyRequest) -> Result<KeyAnswer, KeyServiceError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        keys().authenticate(request)
    }
}

const USER: &str = "Bench Reader 00 00";
const MODULE: &str = "Bench Reader 00 01";

/// A user's card of generation 3 in slot 0, a module in slot 1 of the same reader.
fn bench(module: impl Card + 'static) -> Bench {
    let bench = Bench::with(VirtualCard::new(person(3, &["t0"], "contact")));
    bench.plug(MODULE);
    bench.insert(1, module);
    bench
}

fn site() -> Selection {
    let mut selection = Selection::default();
    selection.modules = vec![MODULE.to_owned()];
    selection
}

fn options(bench: &Bench, scheme: PsamScheme, centre: Option<Arc<dyn KeyService>>) -> ReadOptions {
    let psam = PsamKeys::new(bench.service(), PsamOptions { slot: Some(MODULE.to_owned()), scheme });
    ReadOptions {
        reader: site(),
        keys: Some(Arc::new(PsamFirst::new(psam, centre))),
        ..ReadOptions::default()
    }
}

fn read(bench: &Bench, options: &ReadOptions) -> Result<social_card::SocialSecurityCard, ReadError> {
    social_card::read(&bench.service(), options)
}

fn failure(card: &social_card::SocialSecurityCard) -> PsamFailure {
    match &card.partial {
        Some(PartialReason::KeyService(KeyServiceError::Psam(failure))) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_psam_opens_the_card_without_any_centre_in_every_scheme() {
    let half = PsamSm4::Whole { block: Sm4Block::ZeroPadded, result: Sm4Result::LeftHalf };
    for (card_keys, name, psam) in [
        (CardKeyScheme::ASSUMED_1, "assumed-1", PsamScheme::ASSUMED_1),
        (
            CardKeyScheme::ASSUMED_1,
            "assumed-1",
            PsamScheme { sm4: PsamScheme::ASSUMED_2.sm4, ..PsamScheme::ASSUMED_1 },
        ),
        (CardKeyScheme::ASSUMED_2, "assumed-2", PsamScheme::ASSUMED_1),
        (CardKeyScheme::ASSUMED_2, "assumed-2", PsamScheme { levels: PsamLevels::Two, sm4: half }),
    ] {
        for (generation_3_with, algorithm) in [("", "03"), ("algorithm = \"01\"\n", "01")] {
            let card = format!("{generation_3_with}[keys]\nscheme = \"{name}\"\n");
            let card = yika_sim::CardSpec::parse(&card).unwrap();
            let bench = Bench::with(VirtualCard::new(card));
            bench.plug(MODULE);
            bench.insert(1, VirtualPsam::new(PsamSpec { scheme: psam, card_keys, ..PsamSpec::default() }));
            let card = read(&bench, &options(&bench, psam, None)).unwrap();
            assert_eq!(card.partial, None, "{card_keys:?} {psam:?} {algorithm}");
            assert_eq!(json(&card)["certno"], "990101198506150020");
            assert_eq!(json(&card)["reader"], USER);
            assert_eq!(card.algorithm, algorithm);
        }
    }
}

#[test]
fn a_module_of_one_region_opens_its_own_cards_and_sends_others_to_the_centre() {
    let scheme = PsamScheme::ASSUMED_2;
    let base = || PsamSpec { scheme, ..PsamSpec::default() };
    let own = bench(VirtualPsam::new(base().of_region("990100".parse().unwrap())));
    assert_eq!(read(&own, &options(&own, scheme, None)).unwrap().partial, None);

    let elsewhere = bench(VirtualPsam::new(base().of_region("990200".parse().unwrap())));
    let card = read(&elsewhere, &options(&elsewhere, scheme, None)).unwrap();
    assert_eq!(failure(&card).driver_code(), Some(-24));
    let centre = Arc::new(Centre::default());
    let card = read(&elsewhere, &options(&elsewhere, scheme, Some(centre.clone()))).unwrap();
    assert_eq!((card.partial, centre.0.load(Ordering::Relaxed)), (None, 1));
}

/// What the module is, the number in the table of codes, the driver's number, and whether the centre is asked.
type Case = (&'static str, u16, Option<i32>, bool);

#[test]
fn the_centre_is_asked_for_exactly_the_five_failures_of_the_field() {
    let cases: &[Case] = &[
        ("faults = [\"not-psam\"]", 6301, Some(-2201), true),
        ("algorithms = [\"01\"]", 6302, Some(-2202), true),
        ("rksssse = \"none\"", 6303, Some(-2203), true),
        ("irk = \"none\"", 6304, Some(-27272), true),
        ("region = \"990100\"", 6305, Some(-24), true),
        ("faults = [\"locked\"]", 6307, Some(-37635), false),
    ];
    for (module, number, driver, asks) in cases {
        let bench = bench(VirtualPsam::new(PsamSpec::parse(module).unwrap()));
        let alone = read(&bench, &options(&bench, PsamScheme::default(), None)).unwrap();
        let failure = failure(&alone);
        assert_eq!((failure.fault().number, failure.driver_code()), (*number, *driver), "{module}");
        assert_eq!(alone.certno, None);
        let centre = Arc::new(Centre::default());
        let card = read(&bench, &options(&bench, PsamScheme::default(), Some(centre.clone()))).unwrap();
        assert_eq!(centre.0.load(Ordering::Relaxed), usize::from(*asks), "{module}");
        assert_eq!(card.partial.is_none(), *asks, "{module}");
    }
}

#[test]
fn without_a_module_or_a_slot_the_centre_is_asked() {
    let empty = Bench::with(VirtualCard::new(person(3, &[], "contact")));
    let no_slot = read(&empty, &options(&empty, PsamScheme::default(), None)).unwrap();
    assert_eq!(json(&no_slot)["partial_reason"], "psam_missing");
    empty.plug(MODULE);
    let no_module = read(&empty, &options(&empty, PsamScheme::default(), None)).unwrap();
    assert_eq!(failure(&no_module), PsamFailure::Missing);
    let centre = Arc::new(Centre::default());
    let card = read(&empty, &options(&empty, PsamScheme::default(), Some(centre))).unwrap();
    assert_eq!(card.partial, None);
}

#[test]
fn a_module_pulled_at_any_command_stops_with_its_own_fault_and_the_next_read_works() {
    for tear in ["before", "executed", "after", "cut=1"] {
        for apdu in 1..=8 {
            let tear = format!("{apdu}:{tear}").parse().unwrap();
            let bench = bench(Torn::new(VirtualPsam::new(PsamSpec::default()), Plan::At(vec![tear])));
            bench.change(|world| world.cut_is_answer = true);
            let centre = Arc::new(Centre::default());
            let options = options(&bench, PsamScheme::default(), Some(centre.clone()));
            let torn = read(&bench, &options).unwrap();
            if let Some(reason) = &torn.partial {
                let PartialReason::KeyService(error) = reason else { panic!("{reason:?}") };
                assert_eq!(error.fault().number, 6306, "{tear:?}: {error}");
                assert_eq!(torn.certno, None, "{tear:?}");
            }
            assert_eq!(centre.0.load(Ordering::Relaxed), 0, "{tear:?}");
            bench.insert_again(1);
            assert_eq!(read(&bench, &options).unwrap().partial, None, "{tear:?}");
        }
    }
}

#[test]
fn a_card_with_other_keys_is_not_genuine_to_a_module_of_masters() {
    let card = yika_sim::CardSpec::parse("[keys]\nirk = \"000102030405060708090A0B0C0D0E0F\"").unwrap();
    let bench = Bench::with(VirtualCard::new(card));
    bench.plug(MODULE);
    bench.insert(1, VirtualPsam::new(PsamSpec::default()));
    let centre = Arc::new(Centre::default());
    let error = read(&bench, &options(&bench, PsamScheme::default(), Some(centre.clone()))).unwrap_err();
    assert_eq!(error, ReadError::Card(protocol::ReadError::NotGenuine));
    assert_eq!(centre.0.load(Ordering::Relaxed), 0);
}

#[test]
fn other_software_that_resets_the_module_costs_a_repetition_only() {
    let bench = bench(VirtualPsam::new(PsamSpec::default()));
    let options = options(&bench, PsamScheme::default(), None);
    assert_eq!(read(&bench, &options).unwrap().partial, None);
    let before = bench.world().apdus;
    let first_delivery = {
        let world = bench.world();
        world.headers.iter().position(|header| header[..2] == [0xBF, 0xDE]).unwrap() as u64 + 1
    };
    bench.at(before + first_delivery, Event::Reset);
    assert_eq!(read(&bench, &options).unwrap().partial, None);
    let deliveries = bench.world().headers.iter().filter(|header| header[..2] == [0xBF, 0xDE]).count();
    assert_eq!(deliveries, 2 + 3, "the interrupted one was sent again");
}

#[test]
fn a_slot_whose_name_says_so_is_found_without_a_word_in_the_site_file() {
    let bench = Bench::with(VirtualCard::new(person(3, &[], "contact")));
    let psam = || PsamKeys::new(bench.service(), PsamOptions::default());
    assert!(!psam().has_slot());
    bench.plug("Maker PSAM1 01 00");
    bench.insert(1, VirtualCard::new(person(2, &[], "contact")));
    bench.plug("Maker PSAM2 02 00");
    bench.insert(2, VirtualPsam::new(PsamSpec::default()));
    assert!(psam().has_slot());
    let options = ReadOptions { keys: Some(Arc::new(psam())), ..ReadOptions::default() };
    let card = social_card::read(&bench.service(), &options).unwrap();
    assert_eq!((card.partial, card.reader.as_str()), (None, USER));
}

fn prove(bench: &Bench, key: ExternalKey) -> Result<Authenticated, AuthenticateError> {
    let options = PsamOptions { slot: Some(MODULE.to_owned()), ..PsamOptions::default() };
    let psam = PsamKeys::new(bench.service(), options);
    social_card::authenticate(&bench.service(), &site(), &psam, key, Duration::from_secs(15))
}

#[test]
fn card_and_module_prove_themselves_in_every_generation() {
    for (generation, algorithm) in [(1, 1), (2, 1), (3, 3)] {
        for quirks in [&["t0"][..], &["mf-first"], &["no-sfi"]] {
            let bench = Bench::with(VirtualCard::new(person(generation, quirks, "contact")));
            bench.plug(MODULE);
            bench.insert(1, VirtualPsam::new(PsamSpec::default()));
            let proved = prove(&bench, ExternalKey::Update).unwrap();
            assert_eq!(proved, Authenticated { generation, algorithm }, "{quirks:?}");
            let world = bench.world();
            let external: Vec<_> = world.headers.iter().filter(|header| header[1] == 0x82).collect();
            assert_eq!(external, [&[0x00, 0x82, 0x00, 0x04]]);
            let delivered: Vec<u8> =
                world.headers.iter().filter(|h| h[..2] == [0xBF, 0xDE]).map(|h| h[3]).collect();
            // The number of the 3DES update key is known from the field.
            assert_eq!(delivered, if algorithm == 1 { [0x11, 0x12] } else { [0x31, 0x32] });
        }
    }
    let third = bench(VirtualPsam::new(PsamSpec::default()));
    assert!(prove(&third, ExternalKey::Read).is_ok());
}

#[test]
fn a_copy_of_a_generation_2_card_is_found_out_and_a_missing_key_is_named() {
    // All records of another card, but not its keys.
    let copy =
        yika_sim::CardSpec::parse("generation = 2\n[keys]\nirk = \"000102030405060708090A0B0C0D0E0F\"")
            .unwrap();
    let bench = Bench::with(VirtualCard::new(copy));
    bench.plug(MODULE);
    bench.insert(1, VirtualPsam::new(PsamSpec::default()));
    let error = prove(&bench, ExternalKey::Update).unwrap_err();
    assert_eq!(error, AuthenticateError::Read(ReadError::Card(protocol::ReadError::NotGenuine)));
    assert!(bench.world().headers.iter().all(|header| header[1] != 0x82), "nothing was sent to open it");

    let without = self::bench(VirtualPsam::new(PsamSpec::parse("uksssse = \"none\"").unwrap()));
    let error = prove(&without, ExternalKey::Update).unwrap_err();
    assert_eq!((error.fault().number, error.detail().en.as_str()), (6304, "no UKSSSE (-27272)"));
}
