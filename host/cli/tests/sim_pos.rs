//! `yika sim pos`: the device on the desk, by itself and against a real centre.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::Desk;

/// A process that ends with the test.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Device {
    _process: Guard,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Device {
    fn start(desk: &Desk, args: &[&str]) -> Self {
        let mut command = desk.command();
        command.args(["sim", "pos", "--json", "--script", "-"]).args(args);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (orders, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { _process: Guard(process), orders, answers: BufReader::new(answers) }
    }

    fn say(&mut self, words: &str) {
        writeln!(self.orders, "{words}").unwrap();
    }

    /// Does something, then reports.
    fn after(&mut self, words: &str) -> Value {
        self.say(&format!("{words} screen"));
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

/// A plain GET on loopback.
fn get(url: &str, path: &str) -> String {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn words_that_mean_nothing_are_told_before_anything_runs() {
    let desk = Desk::new();
    let ran = desk.run(&["sim", "pos", "--script", "ok frobnicate"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("frobnicate"), "{}", ran.err);
    for bad in [["--serial", "has blank"], ["--till", "carrier-pigeon"], ["--centre", "nowhere"]] {
        assert_eq!(desk.run(&["sim", "pos", "--script", "ok", bad[0], bad[1]]).code, 2, "{bad:?}");
    }
    // A script that never came is said.
    let silent = desk.run(&["sim", "pos", "--script", "-"]);
    assert_eq!(silent.code, 0);
    assert!(silent.err.contains("--script -"), "{}", silent.err);
    // Neither a script nor a person at a terminal.
    assert_ne!(desk.run(&["sim", "pos"]).code, 0);
}

#[test]
fn a_new_device_says_that_it_is_no_terminal_yet_and_keeps_its_settings() {
    let desk = Desk::new();
    let script =
        "until:尚未入网 left up ok ok left left until:Not_enrolled shot:home screen power until:Not_enrolled";
    let (code, report) = desk.json(&[
        "sim",
        "pos",
        "--store",
        "pos.img",
        "--script",
        script,
        "--shots",
        "shots",
        "--patience",
        "10",
    ]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["terminal"], Value::Null);
    assert_eq!(report["screens"][1]["rows"].as_array().unwrap().len(), 32);
    assert!(std::fs::read(desk.path("shots/home.png")).unwrap().starts_with(b"\x89PNG"));
    // And after the program ended.
    let again =
        desk.run(&["sim", "pos", "--store", "pos.img", "--script", "until:Not_enrolled", "--patience", "10"]);
    assert_eq!(again.code, 0, "{}", again.err);
}

#[test]
fn an_empty_store_file_is_a_lost_store_until_somebody_says_that_it_is_new() {
    let desk = Desk::new();
    desk.write("pos.img", "");
    let play = |script: &str| {
        desk.run(&["sim", "pos", "--store", "pos.img", "--script", script, "--patience", "10"])
    };
    let lost = play("until:存储丢失 until:Y-7001 power until:存储丢失");
    assert_eq!(lost.code, 0, "{}", lost.err);
    let new = play("until:存储丢失 right down ok until:尚未入网");
    assert_eq!(new.code, 0, "{}", new.err);
    let kept = play("until:尚未入网");
    assert_eq!(kept.code, 0, "{}", kept.err);
}

#[test]
fn a_text_that_never_comes_is_a_failure_of_the_device() {
    let desk = Desk::new();
    let (code, report) = desk.json(&["sim", "pos", "--script", "until:结算成功", "--patience", "1"]);
    assert_eq!((code, &report["error"]["code"]), (3, &Value::from("Y-1054")));
    // And the last screen stands with it, 32 rows of half blocks.
    let detail = report["error"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("until:结算成功\n") && detail.lines().count() > 16, "{detail}");
    let told = desk.run(&["sim", "pos", "--script", "until:结算成功", "--patience", "1"]);
    assert!(told.err.contains("█"), "{}", told.err);
}

#[test]
fn a_new_store_speaks_the_language_of_the_command_line_and_an_old_one_its_own() {
    let desk = Desk::new();
    let until = |text: &str, extra: &[&str]| {
        let script = format!("until:{text}");
        let args = ["sim", "pos", "--patience", "10", "--script", &script];
        let ran = desk.run(&[&args[..], extra].concat());
        assert_eq!(ran.code, 0, "{text} {extra:?}: {}", ran.err);
    };
    until("Not_enrolled", &["--lang", "en"]);
    until("Not_enrolled", &["--lang", "en", "--store", "en.img"]);
    until("Not_enrolled", &["--lang", "zh", "--store", "en.img"]);
    // The environment says English, and a script that waits for a text finds it all the same.
    until("尚未入网", &[]);
}

#[test]
fn a_device_is_enrolled_and_sells_at_a_real_centre() {
    let desk = Desk::with_site(&[
        "--institution",
        "P99010100001",
        "--region",
        "990100",
        "--centre",
        "http://127.0.0.1:1/",
        "--key",
        "yika.key",
        "--no-passphrase",
    ]);
    assert_eq!(desk.run(&["keys", "new", "--no-passphrase", "--out", "yika.key"]).code, 0);
    let public = desk.run(&["keys", "show", "--pem", "--key", "yika.key"]).out;
    let sample = std::fs::read_to_string(support::repository("hw-docs/samples/seed.toml")).unwrap();
    let (begin, end) = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----");
    let first = sample.find(begin).unwrap();
    let last = sample.find(end).unwrap() + end.len();
    desk.write("seed.toml", &format!("{}{}{}", &sample[..first], public.trim(), &sample[last..]));
    let mut centre = desk
        .command()
        .args([
            "centre",
            "serve",
            "--db",
            "c.db",
            "--listen",
            "127.0.0.1:0",
            "--udp",
            "127.0.0.1:0",
            "--seed",
        ])
        .args(["seed.toml", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(centre.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let _centre = Guard(centre);
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let (url, udp) = (ready["url"].as_str().unwrap(), ready["udp"].as_str().unwrap());
    let udp = udp.trim_start_matches("udp://");

    desk.write("centre.pem", &get(url, "/certificate"));

    let till = format!("unix:{}", desk.path("till").display());
    let mut device =
        Device::start(&desk, &["--centre", udp, "--till", &till, "--store", "pos.img", "--seed", "7"]);
    device.after("until:尚未入网");
    let enrol = |code: &str| {
        let args = ["terminal", "enrol", "--port", &till, "--centre", url, "--code", code, "--json"];
        let child = desk.command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::spawn(move || child.wait_with_output().unwrap())
    };
    // Wrong digits enrol nothing; the right ones stand on the device.
    let wrong = enrol("000000").join().unwrap();
    let asked = device.after("wait:1");
    let code = asked["compare_code"].as_str();
    let code = code.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&wrong.stdout))).to_owned();
    if code != "000000" {
        assert_eq!(wrong.status.code(), Some(4), "{}", String::from_utf8_lossy(&wrong.stdout));
    }
    device.say("ok");
    let right = enrol(&code).join().unwrap();
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stdout));
    let report = device.after("until:入网完成 ok");
    assert_eq!(report["terminal"].as_str().map(str::len), Some(16));

    let paid = device.after("ok 1250 ok card until:结算成功 nocard");
    let slip = paid["slips"].as_str().unwrap();
    assert!(slip.contains("12.50") && slip.contains("[QR "), "{slip}");
    // The power goes at rest: nothing is lost, and the last sale can be voided.
    let voided = device.after("ok power until:上笔成功 left ok until:撤销这一笔 ok until:已撤销 ok");
    assert!(voided["slips"].as_str().unwrap().contains("撤销凭条"));
    let began = Instant::now();
    device.after("left down down down ok until:账目一致");
    assert!(began.elapsed() < Duration::from_secs(30));
    drop(device);

    // Devices made anew have keys of their own, unless a seed pins them: a key that was revoked stays so.
    let made_anew = |name: &str, extra: &[&str]| {
        let till = format!("unix:{}", desk.path(&format!("{name}.till")).display());
        let store = format!("{name}.img");
        let mut device = Device::start(&desk, &[&["--till", &till, "--store", &store], extra].concat());
        device.after("until:尚未入网");
        let args = ["terminal", "enrol", "--port", &till, "--centre", url, "--code", "000000", "--json"];
        let told: Value = serde_json::from_str(&desk.run(&args).out).unwrap();
        told["error"].clone()
    };
    let terminal = report["terminal"].as_str().unwrap();
    let revoked = desk.run(&["terminal", "revoke", terminal, "--reason", "test", "--centre", url]);
    assert_eq!(revoked.code, 0, "{}", revoked.err);
    assert_eq!(made_anew("two", &[])["code"], "Y-7082");
    let used = made_anew("three", &["--seed", "7"]);
    assert_eq!(used["code"], "Y-5104");
    assert!(used["detail"].as_str().unwrap().contains("--seed"), "{used}");
}
