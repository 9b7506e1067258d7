//! Golden bytes: what version 1 looks like on the wire and in a store, for ever.
//!
//! The files of a version are written once, by `YIKA_WRITE_GOLDEN=1 cargo test -p yika-protocol golden`, and never edited: a
//! difference is a change of the wire, and asks for a new version.

use std::{fs, path::PathBuf, println};

use super::{examples::*, *};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/swipe/golden/v1")
}

#[test]
fn version_1_stays_as_it_is() {
    let shop = Shop::new();
    let messages = examples(&shop).into_iter().map(|example| (example.name, example.datagram));
    let records = records(&shop).into_iter().map(|(name, _, bytes)| (name, bytes));
    for (name, bytes) in messages.chain(records) {
        let file = folder().join(name).with_extension("hex");
        if !file.exists() && std::env::var_os("YIKA_WRITE_GOLDEN").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&file, std::format!("{}\n", hex(&bytes))).unwrap();
            println!("written: {name}");
        }
        let golden =
            unhex(&fs::read_to_string(&file).unwrap_or_else(|_| panic!("no golden bytes for {name}")));
        assert_eq!(hex(&bytes), hex(&golden), "{name} is not what version 1 is");
    }
}

#[test]
fn golden_messages_are_still_understood() {
    let shop = Shop::new();
    let golden = |name: &str| unhex(&fs::read_to_string(folder().join(name).with_extension("hex")).unwrap());
    let lines = basket();
    for (name, expected) in [
        ("swipe-bare", shop.card_swipe("1", Fen(1))),
        ("swipe-card", full_request(&lines)),
        ("swipe-voucher", SwipeRequest { credential: voucher(), ..full_request(&[]) }),
        ("swipe-id-card", SwipeRequest { credential: id_card(), ..full_request(&lines[1..]) }),
    ] {
        let opened = shop.keys.open_request(&golden(name)).unwrap();
        let Request::Swipe(request) = opened.verify(&shop.device).unwrap() else { panic!("{name}: a swipe") };
        same_request(&request, &expected);
    }
    for (name, _, _, answer) in answer_values() {
        let opened = shop.identity.open(&golden(name)).unwrap();
        assert_eq!(opened.answer, answer, "{name}");
        let evidence = shop.identity.verify_evidence(&opened);
        assert_eq!(evidence.is_ok(), !matches!(answer, Answer::Status(_) | Answer::Day(_)), "{name}");
    }
    assert_eq!(EnrolRequest::decode(&golden("enrol-request")).unwrap(), shop.request);
    assert_eq!(TerminalCertificate::decode(&golden("certificate")).unwrap(), *shop.identity.certificate());
    let identity = Identity::decode(&golden("identity")).unwrap();
    assert_eq!(identity.encoded().as_slice(), shop.identity.encoded().as_slice());
    // The secret in the record is the one that both sides derive.
    assert_eq!(identity.seal_reversal(counter()), shop.identity.seal_reversal(counter()));
    assert_eq!(Hint::decode(&golden("hint")).unwrap().kind, HintKind::UnknownTerminal);
}

/// Field by field: a request has no equality of its own, since its secrets are compared nowhere.
pub(super) fn same_request(left: &SwipeRequest<'_>, right: &SwipeRequest<'_>) {
    assert_eq!(left.order_no, right.order_no);
    assert_eq!(left.amount, right.amount);
    assert_eq!(left.lines, right.lines);
    assert_eq!(left.draw, right.draw);
    assert_eq!(left.pin_verified, right.pin_verified);
    assert_eq!(left.centre_challenge, right.centre_challenge);
    assert_eq!(left.valid_until, right.valid_until);
    match (&left.credential, &right.credential) {
        (Credential::Card(left), Credential::Card(right)) => assert!(left == right),
        (Credential::Voucher(left), Credential::Voucher(right)) => assert!(left == right),
        (Credential::IdCard(left), Credential::IdCard(right)) => assert!(left == right),
        _ => panic!("two kinds of credential"),
    }
}
