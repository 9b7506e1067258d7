//! An identity card through the real binary: a virtual reader in one process, the reading in another.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use support::{Desk, repository};

/// `yika sim id-reader` until the test is over.
struct VirtualReader {
    child: Child,
    orders: ChildStdin,
    lines: BufReader<ChildStdout>,
    port: String,
}

impl VirtualReader {
    fn start(desk: &Desk, args: &[&str]) -> VirtualReader {
        let mut command = desk.command();
        command.args(["sim", "id-reader"]).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        let orders = child.stdin.take().expect("stdin");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout"));
        let mut port = String::new();
        lines.read_line(&mut port).expect("the port");
        VirtualReader { child, orders, lines, port: port.trim_end().to_owned() }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("an order");
        // The reader takes orders between two looks at its line.
        std::thread::sleep(Duration::from_millis(120));
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}

impl Drop for VirtualReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_sample_is_read_with_its_type_and_every_field_is_there() {
    let desk = Desk::new();
    for (sample, card_type, number) in [
        ("id-resident.toml", "resident", "990101198506150020"),
        ("id-permit.toml", "permit", "990101198506150020"),
        ("id-foreigner-2017.toml", "foreigner_2017", "ZZZ990185061501"),
        ("id-foreigner-2023.toml", "foreigner_2023", "999000198506150027"),
    ] {
        let sample = repository("hw-docs/samples").join(sample);
        let reader = VirtualReader::start(&desk, &["--spec", sample.to_str().expect("UTF-8")]);
        let (code, document) = desk.json(&["id", "read", "--port", &reader.port, "--wait", "10"]);
        assert_eq!(code, 0, "{document}");
        assert_eq!(document["card_type"], card_type);
        assert_eq!(document["certno"], number);
        assert_eq!(document["psn_name"], "沈一禾");
        assert_eq!(document["brdy"], "1985-06-15");
        assert_eq!(document.as_object().expect("an object").len(), 23, "{document}");
    }
}

#[test]
fn people_see_a_masked_card_unless_they_ask() {
    let desk = Desk::new();
    let mut reader = VirtualReader::start(&desk, &[]);
    let masked = desk.run(&["id", "read", "--port", &reader.port, "--wait", "10"]);
    assert_eq!(masked.code, 0, "{}", masked.err);
    for personal in ["990101198506150020", "沈一禾", "1985-06", "某路"] {
        assert!(!masked.out.contains(personal), "{}", masked.out);
    }
    reader.order("lift");
    reader.order("lay");
    let shown = desk.run(&["id", "read", "--port", &reader.port, "--wait", "10", "--show"]);
    for personal in ["990101198506150020", "沈一禾", "1985-06-15", "某省某市某区某路1号"] {
        assert!(shown.out.contains(personal), "{}", shown.out);
    }
}

#[test]
fn a_card_that_was_read_must_be_lifted_and_the_message_says_so() {
    let desk = Desk::new();
    let mut reader = VirtualReader::start(&desk, &[]);
    assert_eq!(desk.json(&["id", "read", "--port", &reader.port, "--wait", "10"]).0, 0);
    let (code, document) = desk.json(&["id", "read", "--port", &reader.port]);
    assert_eq!((code, &document["error"]["code"]), (3, &"Y-6104".into()), "{document}");
    assert!(document["error"]["action_en"].as_str().is_some_and(|action| action.contains("lifted")));
    let other = repository("hw-docs/samples/id-permit.toml");
    reader.order(&format!("card {}", other.display()));
    let (_, document) = desk.json(&["id", "read", "--port", &reader.port, "--wait", "10"]);
    assert_eq!(document["card_type"], "permit", "{document}");
}

#[test]
fn a_reader_that_vanishes_comes_back_under_its_link() {
    let desk = Desk::new();
    let link = desk.path("reader");
    let link = link.to_str().expect("UTF-8");
    let mut reader = VirtualReader::start(&desk, &["--link", link]);
    assert_eq!(reader.port, link, "the first line is the port alone");
    reader.order("unplug");
    assert_eq!(reader.line(), "unplugged");
    let (code, document) = desk.json(&["id", "read", "--port", link]);
    assert_eq!((code, &document["error"]["code"]), (3, &"Y-6001".into()));
    reader.order("plug");
    assert_eq!(reader.line(), format!("plugged {link}"));
    assert_eq!(desk.json(&["id", "read", "--port", link, "--wait", "10"]).0, 0);
}

#[test]
fn a_silent_reader_and_bad_ports_have_their_own_codes_in_time() {
    let desk = Desk::new();
    let reader = VirtualReader::start(&desk, &["--faults", "silent", "--one-in", "1"]);
    let began = Instant::now();
    let (code, document) = desk.json(&["id", "read", "--port", &reader.port, "--wait", "60"]);
    assert_eq!((code, &document["error"]["code"]), (3, &"Y-6101".into()));
    // The promise is a second; a busy machine adds to it.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    desk.write("notes.txt", "precious");
    for (port, number) in
        [("/dev/yika-none", "Y-6001"), ("usb:ffff:ffff", "Y-6001"), ("./notes.txt", "Y-6007")]
    {
        let (code, document) = desk.json(&["id", "read", "--port", port]);
        assert_eq!((code, &document["error"]["code"]), (3, &number.into()), "{port}");
    }
}

#[test]
fn bad_cards_are_refused_each_with_a_message() {
    let desk = Desk::new();
    for (spec, number) in [
        ("certno = \"990101198506150021\"", "Y-6111"),
        ("certno = \"99010119850615\"", "Y-6110"),
        ("brdy = \"19850230\"", "Y-6109"),
        ("[answers]\nread = \"40\"", "Y-6107"),
        ("[answers]\nselect = \"31\"", "Y-6106"),
        ("[answers]\nread = \"41\"", "Y-6105"),
        ("[answers]\nmodule = \"66\"", "Y-6103"),
    ] {
        desk.write("card.toml", spec);
        let reader = VirtualReader::start(&desk, &["--spec", "card.toml"]);
        let (code, document) = desk.json(&["id", "read", "--port", &reader.port]);
        assert_eq!((code, &document["error"]["code"]), (3, &number.into()), "{spec}: {document}");
        assert!(!document.to_string().contains("9901011985"), "{document}");
    }
}

#[test]
fn an_expired_card_is_read_with_a_warning() {
    let desk = Desk::new();
    desk.write("card.toml", "valid_from = \"1990-01-01\"\nvalid_until = \"2000-01-01\"");
    let reader = VirtualReader::start(&desk, &["--spec", "card.toml"]);
    let ran = desk.run(&["id", "read", "--port", &reader.port, "--wait", "10", "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("Y-6112") && ran.out.contains("expired"), "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("valid until 2000-01-01"), "{}", ran.err);
}

#[test]
fn a_card_that_is_not_valid_yet_says_from_when() {
    let desk = Desk::new();
    desk.write("card.toml", "valid_from = \"2090-01-01\"\nvalid_until = \"2099-12-31\"");
    let reader = VirtualReader::start(&desk, &["--spec", "card.toml"]);
    let ran = desk.run(&["id", "read", "--port", &reader.port, "--wait", "10", "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("Y-6112") && ran.err.contains("valid from 2090-01-01"), "{}", ran.err);
}

#[test]
fn a_wrong_spec_or_fault_says_where() {
    let desk = Desk::new();
    desk.write("card.toml", "psn_name = \"x\"\ncertnr = \"1\"\n");
    let (code, document) = desk.json(&["sim", "id-reader", "--spec", "card.toml"]);
    assert_eq!((code, &document["error"]["code"]), (2, &"Y-6150".into()));
    assert!(document["error"]["detail"].as_str().is_some_and(|detail| detail.starts_with("card.toml:2")));
    let (code, document) = desk.json(&["sim", "id-reader", "--faults", "smoke"]);
    assert_eq!(code, 2, "{document}");
    desk.write("taken", "precious");
    let (code, document) = desk.json(&["sim", "id-reader", "--link", "taken"]);
    assert_eq!((code, &document["error"]["code"]), (3, &"Y-6151".into()));
    assert_eq!(desk.read("taken"), "precious");
}

#[test]
fn without_a_port_the_site_s_only_reader_is_taken() {
    let desk = Desk::new();
    let (code, document) = desk.json(&["id", "read"]);
    assert_eq!(code, 2, "{document}");
    assert!(document["error"]["detail"].as_str().is_some_and(|detail| detail.contains("--port")));

    let desk = Desk::with_site(&[]);
    let reader = VirtualReader::start(&desk, &[]);
    let device = |label: &str, at: &str| {
        format!("\n[[devices.attached]]\nlabel = \"{label}\"\nkind = \"id_reader\"\nat = \"{at}\"\n")
    };
    let site = format!("{}{}", desk.read("yika.toml"), device("desk", &reader.port));
    desk.write("yika.toml", &site);
    assert_eq!(desk.json(&["id", "read", "--wait", "10"]).0, 0);
    desk.write("yika.toml", &format!("{site}{}", device("window", "/dev/yika-none")));
    let (code, document) = desk.json(&["id", "read"]);
    assert_eq!(code, 2, "{document}");
    assert!(document["error"]["detail"].as_str().is_some_and(|detail| detail.contains("desk, window")));
}

#[test]
fn the_ports_are_listed_as_one_document() {
    let (code, document) = Desk::new().json(&["id", "ports"]);
    assert_eq!(code, 0);
    assert!(document["ports"].is_array());
}
