//! `yika voucher scan` before `yika sim scanner`, through a pseudo-terminal of the system.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use yika_tests::command::{watched, yika};

use crate::support::{CODE, run};

/// A running scanner.
pub(crate) struct Device {
    child: Child,
    orders: Option<ChildStdin>,
    log: PathBuf,
    pub(crate) port: String,
}

impl Device {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Device {
        let log = folder.join("scanner.log");
        let out = std::fs::File::create(&log).expect("a log");
        let mut command: Command = watched(yika());
        command.args(["sim", "scanner", "-vvv"]).args(arguments).stdin(Stdio::piped());
        let errors = std::fs::File::create(folder.join("scanner.err")).expect("a log");
        let mut child = command.stdout(out).stderr(errors).spawn().expect("it starts");
        let orders = child.stdin.take();
        let mut device = Device { child, orders, log, port: String::new() };
        let began = Instant::now();
        while device.port.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(30), "no port: {}", device.said());
            std::thread::sleep(Duration::from_millis(20));
            let text = std::fs::read_to_string(&device.log).unwrap_or_default();
            device.port = text.split_once('\n').map(|(port, _)| port.to_owned()).unwrap_or_default();
        }
        device
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("stdin");
        writeln!(orders, "{order}").expect("it listens");
    }

    /// Everything it has printed and logged.
    fn said(&self) -> String {
        let errors = std::fs::read_to_string(self.log.with_extension("err")).unwrap_or_default();
        std::fs::read_to_string(&self.log).unwrap_or_default() + &errors
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scan(port: &str, more: &[&str]) -> yika_tests::command::Finished {
    run(&[&["voucher", "scan", "--port", port, "--no-decode", "--json"], more].concat())
}

#[test]
fn every_setting_of_a_scanner() {
    let folder = tempfile::tempdir().expect("a folder");
    for (theirs, ours, symbology) in [
        (&["--suffix", "cr"][..], &[][..], None),
        (&["--suffix", "crlf", "--aim", "]Q1"], &["--suffix", "crlf"], Some("qr")),
        (&["--suffix", "lf", "--prefix", "*", "--aim", "]C0"], &["--prefix", "*"], Some("code128")),
        (&["--suffix", "tab"], &["--suffix", "tab"], None),
        (&["--suffix", "etx"], &["--suffix", "etx"], None),
        (&["--suffix", "none"], &["--suffix", "none", "--length", "28", "--baud", "115200"], None),
    ] {
        let device = Device::start(folder.path(), &[&["--code", CODE, "--every", "0.3"], theirs].concat());
        let form = scan(&device.port, ours).exits(0).json();
        assert_eq!(form["length"], 28, "{theirs:?}");
        assert_eq!(form["symbology"].as_str(), symbology, "{theirs:?}");
    }
}

#[test]
fn every_failure_has_its_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let device = Device::start(folder.path(), &["--code", CODE, "--every", "0.3", "--suffix", "none"]);
    assert_eq!(scan(&device.port, &["--timeout", "2"]).exits(3).fault(), "Y-6203", "no suffix");
    drop(device);
    let mut device = Device::start(folder.path(), &["--code", "6901234567892", "--every", "0.3"]);
    assert_eq!(scan(&device.port, &["--timeout", "2"]).exits(3).fault(), "Y-6201", "no voucher");
    device.order("code 医保码医保码医保码");
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(scan(&device.port, &["--timeout", "2"]).exits(3).fault(), "Y-6202", "not ASCII");
    drop(device);
    let device = Device::start(folder.path(), &["--code", CODE, "--every", "0"]);
    assert_eq!(scan(&device.port, &["--timeout", "1"]).exits(3).fault(), "Y-6020", "nothing");
    assert_eq!(scan("/dev/yika-none", &[]).exits(3).fault(), "Y-6001");
    for wrong in [&["--length", "0"][..], &["--prefix", "too long for it"], &["--prefix", "扫"]] {
        assert_eq!(scan(&device.port, wrong).exits(2).fault(), "Y-3006", "{wrong:?}");
    }
}

#[test]
fn unplugged_while_waiting_and_back_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("port");
    let link = link.to_str().expect("UTF-8");
    let mut device = Device::start(folder.path(), &["--code", CODE, "--every", "0", "--link", link]);
    assert_eq!(device.port, link);
    let port = device.port.clone();
    let waiting = std::thread::spawn(move || scan(&port, &["--timeout", "20"]));
    std::thread::sleep(Duration::from_millis(1_500));
    device.order("unplug");
    assert_eq!(waiting.join().expect("it ends").exits(3).fault(), "Y-6005");
    device.order("plug");
    let port = device.port.clone();
    let waiting = std::thread::spawn(move || scan(&port, &["--timeout", "20"]));
    while !waiting.is_finished() {
        std::thread::sleep(Duration::from_millis(300));
        device.order("scan");
    }
    assert_eq!(waiting.join().expect("it ends").exits(0).json()["length"], 28);
}

#[test]
fn with_every_fault_at_once_a_scan_still_gets_through_and_the_code_stays_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("port");
    let link = link.to_str().expect("UTF-8");
    let faults = ["--faults", "all", "--seed", "5", "--every", "0.1", "--link", link];
    let device = Device::start(folder.path(), &[&["--code", CODE][..], &faults].concat());
    let began = Instant::now();
    let mut good = 0;
    while good < 2 {
        let scanned = scan(&device.port, &["--timeout", "5", "--length", "28"]);
        let all = format!("{}{}", scanned.out, scanned.err);
        assert!(!all.contains(&CODE[..8]) && !all.contains(&CODE[20..]), "{all}");
        match scanned.code {
            Some(0) => good += 1,
            // Pulled out in the middle, or just not there.
            _ => assert!(["Y-6005", "Y-6001", "Y-6008"].contains(&scanned.fault().as_str()), "{scanned:?}"),
        }
        assert!(began.elapsed() < Duration::from_secs(60), "never: {}", device.said());
    }
    assert!(!device.said().contains(&CODE[..8]), "{}", device.said());
}
