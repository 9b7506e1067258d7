//! `hw-docs/swipe.md` and its samples are what the code does.
//!
//! `YIKA_WRITE_PAGE=1 cargo test -p yika-protocol page` writes the worked examples anew.

use std::{format, fs, path::PathBuf, string::String, vec::Vec};

use super::{examples::*, *};
use crate::cbor::Reader;

pub(super) const PAGE: &str = include_str!("../../../../hw-docs/swipe.md");
const BEGIN: &str = "<!-- worked examples: written by a test, not by hand -->\n";
const END: &str = "<!-- end of the worked examples -->\n";

/// A sealed message, taken apart with the keys of both sides.
struct Taken {
    name: &'static str,
    about: &'static str,
    header: Vec<u8>,
    body: Vec<u8>,
    /// Signature of a request, evidence of an answer (may be empty).
    rest: Vec<u8>,
    keys: ([u8; 16], [u8; 32]),
    nonce: [u8; 12],
    datagram: Vec<u8>,
    is_request: bool,
}

fn taken(shop: &Shop) -> Vec<Taken> {
    let take = |example: Example| {
        let parts = datagram::parts(&example.datagram).unwrap();
        let keys = seal::SealKeys::derive(shop.keys.secret(), shop.centre.id(), &example.header).unwrap();
        let mut plaintext = Default::default();
        keys.open(&parts, &mut plaintext).unwrap();
        let mut reader = Reader::new(&plaintext);
        reader.skip().unwrap();
        Taken {
            name: example.name,
            about: example.about,
            header: example.header.encoded().to_vec(),
            body: reader.since(0).to_vec(),
            rest: reader.rest().to_vec(),
            keys: keys.bytes(),
            nonce: parts.nonce,
            is_request: example.header.kind.is_request(),
            datagram: example.datagram,
        }
    };
    examples(shop).into_iter().map(take).collect()
}

/// RFC 8949 §8, on one line.
fn diagnostic(bytes: &[u8]) -> String {
    let mut reader = Reader::new(bytes);
    let text = item(&mut reader);
    reader.end().unwrap();
    text
}

fn item(reader: &mut Reader<'_>) -> String {
    match reader.rest()[0] >> 5 {
        0 => format!("{}", reader.uint().unwrap()),
        1 => format!("{}", reader.int().unwrap()),
        2 => format!("h'{}'", hex(reader.bytes().unwrap())),
        3 => format!("\"{}\"", reader.text().unwrap()),
        4 => {
            let items: Vec<_> = (0..reader.array().unwrap()).map(|_| item(reader)).collect();
            format!("[{}]", items.join(", "))
        }
        5 => {
            // Only the count is read through the map: pairs are any items here.
            let count = usize::from(reader.rest()[0] & 0x1F);
            assert!(count < 24, "the examples have short maps");
            let mut inner = Reader::new(&reader.rest()[1..]);
            let pairs: Vec<_> =
                (0..count).map(|_| format!("{}: {}", item(&mut inner), item(&mut inner))).collect();
            let len = inner.position();
            let mut map = reader.clone();
            map.skip().unwrap();
            assert_eq!(map.position() - reader.position(), len + 1);
            *reader = map;
            format!("{{{}}}", pairs.join(", "))
        }
        _ => format!("{}", reader.bool().unwrap()),
    }
}

fn wrapped(label: &str, bytes: &[u8]) -> String {
    let digits = hex(bytes);
    let mut lines = digits.as_bytes().chunks(96).map(|chunk| core::str::from_utf8(chunk).unwrap());
    let mut text = format!("{label:<13}{}\n", lines.next().unwrap_or("(none)"));
    lines.for_each(|line| text.push_str(&format!("{:<13}{line}\n", "")));
    text
}

fn worked_examples(shop: &Shop) -> String {
    let mut page = String::from("### Keys and enrolment\n\n```text\n");
    for (label, bytes) in keys(shop) {
        page.push_str(&wrapped(label, &bytes));
    }
    page.push_str(&format!("{:<13}{}\n```\n\n", "code", compare_code(shop)));
    for (name, about, bytes) in records(shop) {
        page.push_str(&format!("`{name}`: {about}\n\n```text\n{}\n", diagnostic(&bytes)));
        page.push_str(&format!("{}```\n\n", wrapped("bytes", &bytes)));
    }
    page.push_str("### Messages\n\n");
    for message in taken(shop) {
        let rest = if message.is_request { "signature" } else { "evidence" };
        page.push_str(&format!(
            "`{}`, {} bytes: {}\n\n```text\n",
            message.name,
            message.datagram.len(),
            message.about
        ));
        page.push_str(&format!("{}\n", diagnostic(&message.body)));
        for (label, bytes) in [
            ("header", &message.header[..]),
            ("body", &message.body),
            (rest, &message.rest),
            ("cipher key", &message.keys.0),
            ("nonce key", &message.keys.1),
            ("nonce", &message.nonce),
            ("datagram", &message.datagram),
        ] {
            page.push_str(&wrapped(label, bytes));
        }
        page.push_str("```\n\n");
    }
    page
}

/// What is behind the messages.
fn keys(shop: &Shop) -> Vec<(&'static str, Vec<u8>)> {
    let pending = PendingEnrolment::begin(&seed(0x22), "SN-0001", "bench").unwrap();
    let record = shop.identity.encoded();
    std::vec![
        ("centre", shop.centre.id().0.to_vec()),
        ("centre d", std::vec![0x11; 32]),
        ("centre P", shop.centre.public_key().to_vec()),
        // The record begins with head, key 0, version, key 1 and the head of the private key.
        ("device d", record[6..38].to_vec()),
        ("device P", shop.request.device_key.to_vec()),
        ("opening", pending.opening().0.to_vec()),
        ("secret", shop.keys.secret().expose().to_vec()),
    ]
}

fn compare_code(shop: &Shop) -> CompareCode {
    let pending = PendingEnrolment::begin(&seed(0x22), "SN-0001", "bench").unwrap();
    pending.compare_code(shop.identity.certificate()).unwrap()
}

/// The same for machines.
fn samples(shop: &Shop) -> String {
    let mut json = String::from("{\n  \"version\": 1,\n  \"keys\": {\n");
    let keys = keys(shop)
        .into_iter()
        .map(|(label, bytes)| format!("    \"{}\": \"{}\"", label.replace(' ', "_"), hex(&bytes)));
    json.push_str(&keys.collect::<Vec<_>>().join(",\n"));
    json.push_str(&format!(",\n    \"code\": \"{}\"\n  }},\n  \"records\": {{\n", compare_code(shop)));
    let records =
        records(shop).into_iter().map(|(name, _, bytes)| format!("    \"{name}\": \"{}\"", hex(&bytes)));
    json.push_str(&records.collect::<Vec<_>>().join(",\n"));
    json.push_str("\n  },\n  \"messages\": [\n");
    let messages = taken(shop).into_iter().map(|message| {
        let fields = [
            ("name", String::from(message.name)),
            ("header", hex(&message.header)),
            ("body", hex(&message.body)),
            (if message.is_request { "signature" } else { "evidence" }, hex(&message.rest)),
            ("cipher_key", hex(&message.keys.0)),
            ("nonce_key", hex(&message.keys.1)),
            ("nonce", hex(&message.nonce)),
            ("datagram", hex(&message.datagram)),
        ];
        let fields: Vec<_> =
            fields.iter().map(|(key, value)| format!("      \"{key}\": \"{value}\"")).collect();
        format!("    {{\n{}\n    }}", fields.join(",\n"))
    });
    json.push_str(&messages.collect::<Vec<_>>().join(",\n"));
    json.push_str("\n  ]\n}\n");
    json
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_worked_examples_are_what_the_code_does() {
    let shop = Shop::new();
    let path = repository("hw-docs/swipe.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("where the examples begin");
    let (examples, after) = rest.split_once(END).expect("where they end");
    let now = format!("\n{}", worked_examples(&shop));
    if std::env::var_os("YIKA_WRITE_PAGE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{now}{END}{after}")).unwrap();
        return;
    }
    let different = examples.lines().zip(now.lines()).find(|(left, right)| left != right);
    assert!(examples == now, "the page and the code differ: {different:?}");
}

#[test]
fn the_samples_are_what_the_code_does() {
    let shop = Shop::new();
    let path = repository("hw-docs/samples/swipe/v1.json");
    if std::env::var_os("YIKA_WRITE_PAGE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, samples(&shop)).unwrap();
        return;
    }
    assert!(fs::read_to_string(&path).unwrap() == samples(&shop), "the samples and the code differ");
}

#[test]
fn the_page_names_every_domain_string() {
    use domain::*;
    let all = [REQUEST, SEAL, KEYS, CARD, LEAF, ROOT, NONCE, COMMITMENT, PROOF, CERTIFICATE, SECRET, CODE];
    for string in all {
        let text = core::str::from_utf8(string).unwrap().strip_suffix('\0').unwrap();
        assert!(PAGE.contains(&format!("`{text}`")), "{text} is not on the page");
    }
}

#[test]
fn the_page_names_every_kind_and_every_hint() {
    for kind in Kind::ALL {
        let name = format!("{kind:?}");
        let row = format!("| {} | {name} |", kind.number());
        assert!(PAGE.contains(&row), "{row} is not on the page");
    }
    for hint in HintKind::ALL {
        let row = format!("| {} | {hint:?} |", hint as u8);
        assert!(PAGE.contains(&row), "{row} is not on the page");
    }
}
