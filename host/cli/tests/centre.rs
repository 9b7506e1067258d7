//! `centre serve` and `centre seed`: the ready line, wrong input, a polite end.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;
use support::{Desk, repository};

/// A centre that ends with the test.
struct Serving {
    child: Child,
    ready: Value,
}

impl Serving {
    fn start(desk: &Desk, extra: &[&str]) -> Serving {
        let mut child = desk
            .command()
            .args(["centre", "serve", "--db", "centre.db", "--listen", "127.0.0.1:0", "--json"])
            .args(extra)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Serving { child, ready }
    }

    fn get(&self, path: &str) -> String {
        let address = self.ready["address"].as_str().expect("an address");
        let mut stream = TcpStream::connect(address).expect("connects");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_ready_line_names_the_port_and_the_centre_answers_there() {
    let desk = Desk::new();
    let serving = Serving::start(&desk, &["--fault", "lose-answer:2102:1"]);
    assert_eq!(serving.ready["ready"], true);
    assert_eq!(serving.ready["faults"][0], "lose-answer:2102:1:0:*");
    assert!(serving.ready["url"].as_str().expect("text").starts_with("http://127.0.0.1:"));
    assert!(serving.get("/health").starts_with("HTTP/1.1 200"));
    assert!(serving.get("/certificate").contains("BEGIN PUBLIC KEY"));
    assert!(serving.get("/sandbox/faults").starts_with("HTTP/1.1 404"), "closed without --allow-faults");
}

#[test]
fn a_polite_kill_ends_it_with_exit_code_0() {
    let desk = Desk::new();
    let mut serving = Serving::start(&desk, &[]);
    let pid = serving.child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(serving.child.wait().expect("ends").code(), Some(0));
}

#[test]
fn the_sample_seed_is_loaded_and_reported() {
    let desk = Desk::new();
    let seed = repository("hw-docs/samples/seed.toml");
    let (code, report) = desk.json(&["centre", "seed", seed.to_str().expect("UTF-8"), "--db", "centre.db"]);
    assert_eq!(code, 0, "{report}");
    for part in ["institutions", "people", "catalogue", "card_keys"] {
        assert!(report[part].as_u64().is_some_and(|count| count > 0), "{part}: {report}");
    }
}

#[test]
fn a_wrong_seed_names_its_line() {
    let desk = Desk::new();
    desk.write("seed.toml", "[centre]\nregion = \"990100\"\ncolour = \"blue\"\n");
    let ran = desk.run(&["centre", "seed", "seed.toml", "--db", "centre.db"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("Y-3007") && ran.err.contains("seed.toml:3"), "{}", ran.err);
    let missing = desk.run(&["centre", "seed", "nowhere.toml", "--db", "centre.db"]);
    assert!(missing.code == 2 && missing.err.contains("Y-3004"), "{}", missing.err);
}

#[test]
fn wrong_addresses_and_faults_are_usage() {
    let desk = Desk::new();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address").to_string();
    for (args, code) in [
        (["--listen", "nonsense"], "Y-3006"),
        (["--listen", taken.as_str()], "Y-3011"),
        (["--fault", "lose-everything:2102"], "Y-3006"),
    ] {
        let all: Vec<&str> = ["centre", "serve", "--db", "centre.db"].iter().chain(&args).copied().collect();
        let ran = desk.run(&all);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(code), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_database_that_is_none_is_told() {
    let desk = Desk::new();
    desk.write("centre.db", &"this is no database ".repeat(400));
    let ran = desk.run(&["centre", "serve", "--db", "centre.db", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("Y-3014"), "{}", ran.err);
}

#[test]
fn a_lost_file_of_a_centre_is_named_and_never_made_anew() {
    let desk = Desk::new();
    let seed = repository("hw-docs/samples/seed.toml");
    let made = desk.run(&["centre", "seed", seed.to_str().expect("UTF-8"), "--db", "centre.db"]);
    assert_eq!(made.code, 0, "{}", made.err);
    for name in ["centre.db", "centre.db.vault", "centre.db.sm2"] {
        let (path, aside) = (desk.path(name), desk.path("aside"));
        std::fs::rename(&path, &aside).expect("moved");
        for empty in [false, true] {
            if empty {
                desk.write(name, "");
            }
            let ran = desk.run(&["centre", "serve", "--db", "centre.db", "--listen", "127.0.0.1:0"]);
            assert_eq!(ran.code, 2, "{name}: {}", ran.err);
            let words = format!("{name} {}", if empty { "is empty" } else { "is missing" });
            assert!(ran.err.contains("Y-3014") && ran.err.contains(&words), "{name}: {}", ran.err);
            let left = std::fs::metadata(&path).map(|found| found.len());
            assert_eq!(left.ok(), empty.then_some(0), "{name}: made anew");
        }
        std::fs::rename(&aside, &path).expect("moved back");
    }
    // Whole again, it opens.
    let again = desk.run(&["centre", "seed", seed.to_str().expect("UTF-8"), "--db", "centre.db"]);
    assert_eq!(again.code, 0, "{}", again.err);
}
