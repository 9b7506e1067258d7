//! What a terminal costs while nobody comes: two PC/SC slots, an identity-card reader and a scanner, disarmed and armed.
//!
//! The terminal is a process of its own, so that the virtual devices are not in its figure.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use yika_driver::CardService;
use yika_driver::resident_card::IdReader;
use yika_driver::scanner::CodeScanner;
use yika_driver::serial::SystemPorts;
use yika_driver::terminal::{Configured, Function, Kinds, Setup, Terminal};
use yika_sim::id_reader::{IdCardSpec, IdFaults, IdReader as VirtualIdReader};
use yika_sim::scanner::{ScannerSpec, VirtualScanner};
use yika_tests::figures::processor_ticks;
use yika_tests::pcscd::Pcscd;

const SETTLING: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(20);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, id_port, scanner_port] = arguments.as_slice()
        && (word == "idle" || word == "armed")
    {
        return terminal(id_port, scanner_port, word == "armed");
    }
    let _pcscd = Pcscd::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (id_port, scanner_port) = (folder.path().join("id"), folder.path().join("scanner"));
    let id_reader = VirtualIdReader::start(IdCardSpec::default(), IdFaults::none(), Some(&id_port), |_| ());
    let id_reader = id_reader.expect("a virtual reader");
    id_reader.lift();
    let spec = ScannerSpec { every: None, ..ScannerSpec::default() };
    let _scanner = VirtualScanner::start(spec, b"2800000000000000000000000001", Some(&scanner_port))
        .expect("a virtual scanner");
    println!(
        "idle terminal: 2 PC/SC slots, 1 ID-card reader, 1 scanner, over {} s; goal below 0.5 % of a core",
        MEASURED.as_secs()
    );
    for word in ["idle", "armed"] {
        let (percent, ticks, switches) = measure(word, &id_port, &scanner_port);
        println!(
            "  {word:<6} {percent:.3} % of a core   ({ticks} ticks of 10 ms in /proc/self/stat, {switches:.0} wake-ups a second)"
        );
    }
}

/// The measured process: a terminal until its stdin closes.
fn terminal(id_port: &str, scanner_port: &str, armed: bool) {
    let ports: Arc<SystemPorts> = Arc::new(SystemPorts);
    let configured =
        |label: &str, at: &str, function| Configured { label: label.into(), at: at.into(), function };
    let id_reader = IdReader::new(ports.clone(), id_port, yika_driver::resident_card::ReadOptions::default());
    let scanner = CodeScanner::serial(scanner_port, 9_600, yika_protocol::voucher::Framing::default());
    let terminal = Terminal::start(Setup {
        cards: Some(CardService::pcsc()),
        devices: vec![
            configured("documents", id_port, Function::IdReader(Box::new(id_reader))),
            configured("codes", scanner_port, Function::Scanner(Box::new(scanner))),
        ],
        ..Setup::default()
    });
    let terminal = terminal.expect("a terminal");
    let call = armed.then(|| terminal.next_credential(Kinds::ALL, Duration::from_secs(600)));
    let mut nothing = Vec::new();
    std::io::stdin().read_to_end(&mut nothing).expect("stdin");
    drop(call);
}

/// Percent of a core, ticks in `stat`, and how often a thread was woken in a second.
fn measure(word: &str, id_port: &Path, scanner_port: &Path) -> (f64, u64, f64) {
    let own = std::env::current_exe().expect("this program");
    let mut child = Command::new(own)
        .arg(word)
        .args([id_port, scanner_port])
        .stdin(Stdio::piped())
        .spawn()
        .expect("this program again");
    sleep(SETTLING);
    let (before, began) = (Usage::of(child.id()), Instant::now());
    sleep(MEASURED);
    let (after, took) = (Usage::of(child.id()), began.elapsed());
    drop(child.stdin.take());
    child.wait().expect("the terminal ends");
    let busy = after.nanoseconds.saturating_sub(before.nanoseconds) as f64 / 1e9;
    let switches = after.switches.saturating_sub(before.switches) as f64 / took.as_secs_f64();
    (busy / took.as_secs_f64() * 100.0, after.ticks - before.ticks, switches)
}

/// What a process has used so far.
struct Usage {
    ticks: u64,
    /// Time on a processor, more exact than the ticks.
    nanoseconds: u64,
    switches: u64,
}

impl Usage {
    fn of(process: u32) -> Usage {
        let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
        let mut usage = Usage { ticks: processor_ticks(process), nanoseconds: 0, switches: 0 };
        for task in std::fs::read_dir(format!("/proc/{process}/task")).expect("threads").flatten() {
            let schedstat = read(task.path().join("schedstat").display().to_string());
            let mut fields = schedstat.split_whitespace().map(|text| text.parse::<u64>().unwrap_or(0));
            usage.nanoseconds += fields.next().unwrap_or(0);
            usage.switches += fields.nth(1).unwrap_or(0);
        }
        usage
    }
}
