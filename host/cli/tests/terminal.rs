//! The devices of a counter: how the site names them, and `yika terminal watch`.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use serde_json::Value;
use support::Desk;

/// A site with this behind it.
fn site(devices: &str) -> Desk {
    let desk = Desk::with_site(&[]);
    let text = format!("{}\n{devices}", desk.read("yika.toml"));
    desk.write("yika.toml", &text);
    desk
}

#[test]
fn a_mistake_in_a_device_is_told_with_its_line() {
    let good = "[[devices.attached]]\nlabel = \"a\"\nkind = \"scanner\"\nat = \"/dev/none\"\n";
    assert_eq!(site(good).run(&["journal", "list"]).code, 0);
    for (wrong, what) in [
        (good.replace("\"scanner\"", "\"printer\""), "printer"),
        (good.replace("\"a\"", "\"\""), "label"),
        (format!("{good}speed = 12\n"), "speed = 12"),
        (format!("{good}suffix = \"bell\"\n"), "bell"),
        (format!("{good}prefix = \"123456789\"\n"), "prefix"),
        (format!("{good}length = [28, 16]\n"), "length"),
        (format!("{good}colour = \"red\"\n"), "colour"),
        (format!("{good}speed = 9600\n").replace("scanner", "id_reader"), "speed = 9600"),
        (format!("{good}{good}"), "label = \"a\""),
        (good.replace("at = \"/dev/none\"\n", ""), "at"),
    ] {
        let ran = site(&wrong).run(&["journal", "list"]);
        assert_eq!(ran.code, 2, "{what}: {}", ran.err);
        assert!(ran.err.contains("yika.toml:") && ran.err.contains(what), "{what}: {}", ran.err);
    }
}

#[test]
fn enrolling_names_both_ways_and_takes_no_code_that_it_would_not_use() {
    let desk = Desk::with_site(&[]);
    let bare = desk.run(&["terminal", "enrol"]);
    assert_eq!(bare.code, 2);
    for flag in ["--port", "--request", "--out"] {
        assert!(bare.err.contains(flag), "{flag}: {}", bare.err);
    }
    let files = ["terminal", "enrol", "--request", "request.hex", "--out", "certificate.bin"];
    let early = desk.run(&[&files[..], &["--code", "123456"]].concat());
    assert_eq!(early.code, 2);
    assert!(early.err.contains("Y-3006") && early.err.contains("--opening"), "{}", early.err);
    assert!(!desk.path("certificate.bin").exists());
    assert_eq!(desk.run(&[&files[..], &["--port", "unix:till"]].concat()).code, 2, "one way only");
}

#[test]
fn an_address_without_a_device_is_told_apart_from_one_that_is_none() {
    let desk = Desk::with_site(&[]);
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|held| held.local_addr()).expect("a port");
    for dead in [
        format!("tcp:{free}"),
        #[cfg(unix)]
        "unix:nobody".to_owned(),
    ] {
        let (code, told) = desk.json(&["terminal", "info", "--port", &dead, "--wait", "1"]);
        assert_eq!((code, &told["error"]["code"]), (3, &Value::from("Y-6010")), "{dead}: {told}");
    }
    for wrong in [
        "tcp:nohost",
        "tcp::7700",
        "tcp:127.0.0.1:70000",
        #[cfg(unix)]
        "unix:",
    ] {
        let (code, told) = desk.json(&["terminal", "info", "--port", wrong, "--wait", "1"]);
        assert_eq!((code, &told["error"]["code"]), (2, &Value::from("Y-3006")), "{wrong}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn what_happens_is_one_json_object_a_line_and_never_shows_a_code() {
    use std::time::Duration;
    use yika_sim::id_reader::{IdCardSpec, IdFaults, IdReader};
    use yika_sim::scanner::{ScannerSpec, VirtualScanner};

    const CODE: &str = "2899887766554433221100998877";
    let folder = tempfile::tempdir().expect("a folder");
    let (codes, documents) = (folder.path().join("codes"), folder.path().join("documents"));
    let spec = ScannerSpec { every: Some(Duration::from_millis(700)), ..ScannerSpec::default() };
    let _scanner = VirtualScanner::start(spec, CODE.as_bytes(), Some(&codes)).expect("a scanner");
    let document = IdCardSpec::default();
    let (name, certno) = (document.psn_name.clone(), document.certno.clone());
    let _reader = IdReader::start(document, IdFaults::none(), Some(&documents), |_| ()).expect("a reader");
    let device = |label: &str, kind: &str, at: &std::path::Path| {
        format!("[[devices.attached]]\nlabel = \"{label}\"\nkind = \"{kind}\"\nat = \"{}\"\n", at.display())
    };
    let desk = site(&(device("codes", "scanner", &codes) + &device("documents", "id_reader", &documents)));
    let ran = desk.run(&["terminal", "watch", "--json", "--for", "8"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    let (first, events) = lines.split_first().expect("a first line");
    assert_eq!(first["event"], "watching");
    let labels: Vec<&str> =
        first["devices"].as_array().expect("devices").iter().filter_map(|d| d["device"].as_str()).collect();
    assert!(labels.contains(&"codes") && labels.contains(&"documents"), "{labels:?}");
    for pair in events.windows(2) {
        let number = |event: &Value| event["number"].as_u64().expect("a number");
        assert_eq!(number(&pair[1]), number(&pair[0]) + 1);
    }
    let told = |device: &str, event: &str| {
        events.iter().find(|line| line["device"] == device && line["event"] == event).cloned()
    };
    assert_eq!(told("codes", "code_scanned").expect("a scan")["length"], 28);
    assert_eq!(told("codes", "presented").expect("a code")["kind"], "voucher");
    assert_eq!(told("documents", "id_card_laid").expect("a card")["insertion"], 1);
    assert_eq!(told("documents", "presented").expect("a document")["kind"], "id_card");
    for secret in [CODE, &name, &certno] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{secret} is shown");
    }
}
