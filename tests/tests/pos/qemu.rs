//! The firmware on a Cortex-M in QEMU, a virtual card on its contacts, a live centre on the host.
//!
//! Needs QEMU and the image of `cargo xtask firmware`; see `yika_tests::pos::qemu::image`.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use yika_centre::SwipeLimits;
use yika_centre::kit::{Kit, Listening, SAMPLE_SEED};
use yika_firmware::app::settings::{Network, Settings};
use yika_firmware::pinpad::PadKey;
use yika_firmware::swipes::Standing;
use yika_protocol::link::{FromDevice, FromTill, PinWish, Sale, SaleOutcome, SaleState};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{Counter, Draw, Identity, Lines};
use yika_sim::pos::picture::shows;
use yika_sim::slot::{LineSpec, Protocols, SlotOptions};
use yika_sim::{CardSpec, Generation};
use yika_tests::books;
use yika_tests::command::{finish, sample, watched, yika};
use yika_tests::pos::qemu::{Board, image};
use yika_tests::pos::town::PSN_NO;
use yika_tests::random::{Random, seeds};

/// How long a swipe may take in an emulator on a busy machine.
const SWIPE: Duration = Duration::from_secs(90);

/// A centre on the host and one enrolled device.
struct Bench {
    runtime: Runtime,
    kit: Kit,
    listening: Option<Listening>,
    folder: tempfile::TempDir,
    board: Board,
}

impl Bench {
    fn new() -> Option<Self> {
        Self::with(SAMPLE_SEED, Board::enrolled)
    }

    fn with(seed: &str, device: impl FnOnce(&Path, Identity, SocketAddr) -> Board) -> Option<Self> {
        let firmware = image()?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let seed = seed.replacen("balance = \"500.00\"", "balance = \"100000.00\"", 1);
        let kit =
            Kit::open_with(folder.path(), &seed, |config| config.swipe_limits = SwipeLimits::NONE).unwrap();
        let listening = runtime.block_on(kit.listen()).unwrap();
        let identity = kit.enrol("BENCH-0001").unwrap();
        let board = device(&firmware, identity, listening.udp);
        Some(Self { runtime, kit, listening: Some(listening), folder, board })
    }

    fn sale(order_no: &str, fen: i64) -> FromTill<'_> {
        FromTill::Sale(Self::purchase(order_no, fen, PinWish::AsSet))
    }

    fn purchase(order_no: &str, fen: i64, pin: PinWish) -> Sale<'_> {
        Sale { order_no, amount: Fen(fen), draw: Draw::AccountOnly, pin, lines: Lines::NONE }
    }

    /// How a sale of the till ended.
    fn sell(&mut self, order_no: &str, fen: i64, limit: Duration) -> Option<Ended> {
        self.board.ask(&Self::sale(order_no, fen), limit, |said| match said {
            FromDevice::Result(result) => Some(match result.outcome {
                SaleOutcome::Settled(settled) => Ended::Settled(settled.acct_pay.0),
                SaleOutcome::Voided(_) => Ended::Voided,
                SaleOutcome::Refused(fault) => Ended::Refused(fault),
                SaleOutcome::Cancelled => Ended::Cancelled,
                SaleOutcome::Undone => Ended::Undone,
            }),
            FromDevice::Refused(fault) => Some(Ended::Declined(*fault)),
            _ => None,
        })
    }

    /// How a sale stands, once it has a state.
    fn state(&mut self, sale: &FromTill<'_>, order: &str) -> Option<SaleState> {
        self.board.ask(sale, SWIPE, |said| match said {
            FromDevice::State { order_no, state } if *order_no == order => Some(*state),
            _ => None,
        })
    }

    /// Begins a sale for which the holder is to type a PIN, and waits until the device asks.
    fn ask_for_pin(&mut self, order_no: &str, fen: i64) {
        let sale = FromTill::Sale(Self::purchase(order_no, fen, PinWish::Wanted));
        let started = Instant::now();
        while self.state(&sale, order_no) != Some(SaleState::WaitingForPin) {
            assert!(started.elapsed() < SWIPE, "{order_no}: no PIN is asked for");
        }
    }

    fn until_shown(&self, text: &str) {
        let started = Instant::now();
        while !shows(&self.board.display(), text) {
            assert!(started.elapsed() < Duration::from_secs(20), "not on the display: {text}");
        }
    }

    fn balance(&self) -> i64 {
        books::balance(&self.folder.path().join("centre.db"), PSN_NO)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.board.off();
        if let Some(listening) = self.listening.take() {
            self.runtime.block_on(listening.stop());
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Settled(i64),
    Voided,
    Refused(u16),
    Cancelled,
    Undone,
    /// Not begun.
    Declined(u16),
}

fn person(generation: Generation) -> CardSpec {
    // The sample centre's first person has the built-in card.
    CardSpec::generation(generation)
}

#[test]
fn one_datagram_out_and_one_in() {
    let Some(mut bench) = Bench::new() else { return };
    let port = bench.listening.as_ref().unwrap().udp.port();
    let Some(capture) = Capture::start(port, bench.folder.path().join("swipe.pcap")) else {
        println!("skipped: tcpdump may not capture here");
        return;
    };
    bench.board.on();
    bench.board.insert(person(Generation::Two), SlotOptions::default());
    assert_eq!(bench.sell("ONE-1", 1_250, SWIPE), Some(Ended::Settled(1_250)));
    // What is sent too much would be sent by now.
    std::thread::sleep(Duration::from_secs(3));
    let (to_card, to_device) = bench.board.wire();
    let moments = capture.moments();
    let &[(true, out), (false, back)] = moments.as_slice() else {
        panic!("one datagram out and one in, from a cold start: {moments:?}")
    };
    // Twelve etu a character, 372 and 372/12 cycles of 3.5712 MHz each.
    let wire = |etu_seconds: f64| (to_card + to_device) as f64 * 12.0 * etu_seconds * 1e3;
    println!(
        "card wire: {to_card} + {to_device} characters, {:.0} ms at 9 600 baud, {:.0} ms at 115 200; centre and network: {:.1} ms",
        wire(1.0 / 9_600.0),
        wire(1.0 / 115_200.0),
        (back - out) * 1e3,
    );
}

#[test]
fn every_generation_over_both_protocols_a_voucher_and_a_void() {
    let Some(mut bench) = Bench::new() else { return };
    bench.board.on();
    let before = bench.balance();
    let mut paid = 0;
    let lines = [
        LineSpec::default(),
        LineSpec { protocols: Protocols::T1, ..LineSpec::default() },
        LineSpec { protocols: Protocols::Both, rate: 0x18, nulls: 1, ..LineSpec::default() },
    ];
    for (which, generation) in [Generation::One, Generation::Two, Generation::Three].into_iter().enumerate() {
        for (at, line) in lines.iter().enumerate() {
            let order = format!("GEN-{which}-{at}");
            bench
                .board
                .insert(person(generation), SlotOptions { line: line.clone(), ..SlotOptions::default() });
            assert_eq!(bench.sell(&order, 700, SWIPE), Some(Ended::Settled(700)), "{generation:?} {line:?}");
            // Asked again, the same result and no second swipe.
            assert_eq!(bench.sell(&order, 700, SWIPE), Some(Ended::Settled(700)));
            assert_eq!(bench.sell(&order, 900, SWIPE), Some(Ended::Declined(5010)), "other content");
            paid += 700;
            assert_eq!(before - bench.balance(), paid);
            bench.board.pull();
        }
    }
    let code = bench.kit.voucher(PSN_NO).unwrap();
    let sale = Bench::sale("CODE-1", 300);
    let began = bench.board.ask(&sale, Duration::from_secs(10), |said| match said {
        FromDevice::State { .. } => Some(()),
        _ => None,
    });
    assert!(began.is_some());
    bench.board.scan(code.expose().as_bytes());
    assert_eq!(bench.sell("CODE-1", 300, SWIPE), Some(Ended::Settled(300)));
    paid += 300;
    assert_eq!(before - bench.balance(), paid);
    // The result's screen offers the void of the last: middle, left, middle, middle.
    for key in ["ctrl", "left", "ctrl", "ctrl"] {
        bench.board.key(key);
    }
    let voided = (0..60).any(|_| {
        std::thread::sleep(Duration::from_millis(500));
        bench.sell("CODE-1", 300, Duration::from_secs(5)) == Some(Ended::Voided)
    });
    assert!(voided, "the void");
    assert_eq!(before - bench.balance(), paid - 300);
}

#[test]
fn addresses_that_a_person_typed_stand_above_those_of_the_image() {
    let typed = |firmware: &Path, identity, centre: SocketAddr| {
        let mut settings = Settings::default();
        settings.network = Network { own: [10, 0, 2, 77], port: centre.port(), ..settings.network };
        settings.network.gateway = [10, 0, 2, 2];
        // By the image the centre is where nobody listens.
        Board::with(firmware, identity, 9, &settings)
    };
    let Some(mut bench) = Bench::with(SAMPLE_SEED, typed) else { return };
    bench.board.on();
    bench.board.insert(person(Generation::Three), SlotOptions::default());
    assert_eq!(bench.sell("TYPED-1", 900, SWIPE), Some(Ended::Settled(900)));
}

#[test]
fn a_pin_is_typed_on_the_keypad() {
    // The centre wants one above 100 yuan.
    let seed =
        SAMPLE_SEED.replacen("per_day = \"20000.00\"", "per_day = \"20000.00\"\npin_above = \"100.00\"", 1);
    let Some(mut bench) = Bench::with(&seed, Board::enrolled) else { return };
    bench.board.on();
    let before = bench.balance();
    let card = CardSpec { pin: "246810".into(), pin_tries: 3, ..person(Generation::Three) };
    let typed = |digits: &str| {
        let digits = digits.bytes().map(|digit| PadKey::Digit(digit - b'0'));
        digits.chain([PadKey::Enter]).collect::<Vec<_>>()
    };

    // One wrong, then cancelled: one try is gone, no money moved.
    bench.board.insert(card.clone(), SlotOptions::default());
    bench.ask_for_pin("PIN-1", 13_000);
    bench.board.press_pad(&typed("111111"));
    bench.until_shown("密码错误");
    bench.board.press_pad(&[PadKey::Digit(2), PadKey::Cancel]);
    // Asked again the device would begin the sale anew, so its screen is looked at.
    bench.until_shown("按确认键收款");
    assert_eq!(bench.board.take_out().pin_tries_left(), 2, "the card's own count");
    assert_eq!(bench.balance(), before);

    // One wrong, then the right one: settled, and the card counts from the start again.
    bench.board.insert(card, SlotOptions::default());
    bench.ask_for_pin("PIN-2", 12_000);
    bench.board.press_pad(&typed("111111"));
    bench.until_shown("密码错误");
    bench.board.press_pad(&[PadKey::Digit(9), PadKey::Back]);
    bench.board.press_pad(&typed("246810"));
    assert_eq!(bench.sell("PIN-2", 12_000, SWIPE), Some(Ended::Settled(12_000)), "the centre was told");
    assert_eq!(before - bench.balance(), 12_000);
    assert_eq!(bench.board.take_out().pin_tries_left(), 3);
}

#[test]
fn the_command_sells_over_the_line_of_the_till() {
    let Some(mut bench) = Bench::new() else { return };
    bench.board.on();
    bench.board.insert(person(Generation::Three), SlotOptions::default());
    let port = bench.board.till();
    let folder = bench.folder.path().to_owned();
    let program = yika();
    let yika = |words: &[&str]| {
        let mut command = watched(program);
        // No site file: nothing here is signed by the institution.
        command.current_dir(&folder).env_remove("YIKA_SITE").arg("--json").args(["terminal"]);
        finish(command.args(words))
    };
    let info = yika(&["info", "--port", &port]).exits(0).json();
    assert_eq!((info["model"].as_str(), info["bench"].as_bool()), (Some("lm3s6965evb"), Some(true)));
    assert_eq!(info["terminal"].as_str().map(str::len), Some(16));
    let basket = sample("basket.json");
    let basket = basket.to_string_lossy();
    let before = bench.balance();
    let sale = ["sale", "--port", &port, "--basket", &basket, "--amount-only"];
    let first = yika(&sale).exits(0).json();
    assert_eq!(first["outcome"], "settled");
    assert_eq!((first["medfee_sumamt"].as_str(), first["acct_pay"].as_str()), (Some("66.10"), Some("66.10")));
    // A till that lost itself asks again: the same settlement, no second swipe.
    assert_eq!(yika(&sale).exits(0).json(), first);
    assert_eq!(before - bench.balance(), 6_610);
    // The slot is empty and nobody comes: the till gives up, and no money moved.
    bench.board.pull();
    let other = bench.folder.path().join("other.json");
    let text = std::fs::read_to_string(sample("basket.json")).unwrap();
    std::fs::write(&other, text.replace("T01-20261122-000001", "T01-20261122-000002")).unwrap();
    let other = other.to_string_lossy().into_owned();
    let given_up = yika(&["sale", "--port", &port, "--basket", &other, "--amount-only", "--give-up", "2"]);
    assert_eq!(given_up.exits(4).fault(), "Y-7083");
    assert_eq!(before - bench.balance(), 6_610);
    // A port where nobody is.
    assert_eq!(yika(&["info", "--port", "unix:/nowhere", "--wait", "1"]).code, Some(3));
}

#[test]
fn killed_at_any_moment_nothing_is_taken_twice_and_nothing_is_lost() {
    let Some(mut bench) = Bench::new() else { return };
    let before = bench.balance();
    let kills = seeds(4);
    let mut random = Random::new(kills.start ^ 0x5EED);
    // Each takes seconds; three hundred are a long run.
    let count = (kills.end - kills.start).min(300);
    let mut told = Vec::new();
    for kill in 0..count {
        bench.board.on();
        bench.board.insert(person(Generation::Two), SlotOptions::default());
        let order = format!("KILL-{kill}");
        // Somewhere between the first look at the card and the slip: a swipe takes about half a second here.
        let limit = Duration::from_millis(40 + random.below(900) as u64);
        if let Some(Ended::Settled(_)) = bench.sell(&order, 500, limit) {
            told.push(order);
        }
        bench.board.off();
    }
    // The last recovery, in peace: nothing is open any more.
    bench.board.on();
    bench.board.pull();
    let closed = (0..120).any(|_| {
        std::thread::sleep(Duration::from_millis(500));
        let open = bench.board.ask(&FromTill::Hello, Duration::from_secs(5), |said| match said {
            FromDevice::Info(info) => Some(info.open_reversals),
            _ => None,
        });
        open == Some(0)
    });
    assert!(closed, "a reversal stays open");
    bench.board.off();

    let database = bench.folder.path().join("centre.db");
    let mut device = bench.board.books();
    let terminal = device.identity().unwrap().terminal();
    let last = device.last_counter().map_or(0, Counter::get);
    let mut settled = 0;
    for number in 1..=last {
        let line = device.line(Counter::new(number).unwrap()).expect("a journal line");
        let taken = books::booked(&database, &format!("{terminal}{number:012X}")).taken();
        assert!((0..=1).contains(&taken), "{number}: money moved {taken} times");
        assert_eq!(taken == 1, line.standing == Standing::Settled, "{number}: {:?}", line.standing);
        settled += taken;
    }
    for order in &told {
        let standing = device.find_order(order).expect("a settled order").standing;
        assert_eq!(standing, Standing::Settled, "{order}: the till was told");
    }
    assert_eq!(before - bench.balance(), settled * 500, "the ledger");
    if let Some(day) = device.last_day() {
        let totals = device.totals(day).unwrap();
        assert_eq!((i64::from(totals.count), totals.acct.0), (settled, settled * 500), "the device's totals");
    }
    println!("{count} power cuts, {settled} of {last} counters settled, {} told to the till", told.len());
}

/// Packets on the loopback, captured by tcpdump.
struct Capture {
    tcpdump: Child,
    file: std::path::PathBuf,
    port: u16,
}

impl Capture {
    fn start(port: u16, file: std::path::PathBuf) -> Option<Self> {
        let filter = format!("udp port {port}");
        let mut tcpdump = Command::new("tcpdump")
            .args(["-i", "lo", "-n", "-U", "--immediate-mode", "-w"])
            .arg(&file)
            .arg(filter)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        std::thread::sleep(Duration::from_millis(800));
        let runs = tcpdump.try_wait().is_ok_and(|ended| ended.is_none());
        runs.then_some(Self { tcpdump, file, port })
    }

    /// Every datagram: whether it went to the centre, and when, in seconds.
    fn moments(mut self) -> Vec<(bool, f64)> {
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
        let output = Command::new("tcpdump").args(["-n", "-tt", "-r"]).arg(&self.file).output().unwrap();
        assert!(output.status.success(), "the capture can be read");
        let to_centre = format!("> 127.0.0.1.{}:", self.port);
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| (line.contains(&to_centre), line.split(' ').next().unwrap().parse().unwrap()))
            .collect()
    }
}

/// A card of its own kind on the bare contacts: says when it comes and goes, answers every reset, and once much too much.
struct Chatterbox {
    line: UnixStream,
    escaped: bool,
    talks: bool,
    /// What the device sent since the last reset.
    heard: Vec<u8>,
}

impl Chatterbox {
    const ATR: [u8; 17] = [0x3B, 0x6D, 0, 0, 0, 0x81, 0x54, 0x31, 0, 0x86, 0x60, 0x21, 0x09, 1, 0, 0, 1];

    fn new(line: UnixStream) -> Self {
        line.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        Self { line, escaped: false, talks: true, heard: Vec::new() }
    }

    fn present(&mut self, present: bool) {
        self.line.write_all(&[0xFF, if present { 0x81 } else { 0x80 }]).unwrap();
    }

    /// Plays until the device has sent this, or for so long.
    fn play(&mut self, until: &[u8], limit: Duration) -> bool {
        let started = Instant::now();
        while started.elapsed() < limit {
            let mut bytes = [0; 64];
            // Nothing within the limit is no error.
            let count = self.line.read(&mut bytes).unwrap_or(0);
            for byte in &bytes[..count] {
                self.take(*byte);
            }
            if !until.is_empty() && self.heard.starts_with(until) {
                return true;
            }
        }
        false
    }

    fn take(&mut self, byte: u8) {
        match (std::mem::take(&mut self.escaped), byte) {
            (false, 0xFF) => self.escaped = true,
            (true, 0x01 | 0x02) => {
                self.heard.clear();
                self.line.write_all(&Self::ATR).unwrap();
            }
            (true, 0x03) => self.present(true),
            (false, byte) | (true, byte @ 0xFF) => {
                self.heard.push(byte);
                if self.talks {
                    let _ = self.line.write_all(&[0x55; 300]);
                }
                self.talks = false;
            }
            (true, _) => {}
        }
    }
}

#[test]
fn a_card_that_talks_too_much_spoils_none_of_the_next() {
    const SELECT: [u8; 2] = [0x00, 0xA4];
    let Some(mut bench) = Bench::new() else { return };
    bench.board.on();
    let begin = |board: &mut Board, order_no: &str| {
        let begun = board.ask(&Bench::sale(order_no, 500), SWIPE, |said| {
            matches!(said, FromDevice::State { .. }).then_some(())
        });
        assert!(begun.is_some(), "{order_no} begins");
    };
    begin(&mut bench.board, "TALK-1");
    let mut card = Chatterbox::new(bench.board.contacts());
    card.present(true);
    assert!(card.play(&SELECT, SWIPE), "the first card is asked");
    card.play(&[], Duration::from_secs(4));
    for (order_no, next) in [("TALK-1", "TALK-2"), ("TALK-2", "TALK-3")] {
        card.present(false);
        card.play(&[], Duration::from_secs(1));
        bench.board.ask(&FromTill::Cancel { order_no }, SWIPE, |_| Some(()));
        card.play(&[], Duration::from_millis(200));
        card.heard.clear();
        begin(&mut bench.board, next);
        card.present(true);
        assert!(
            card.play(&SELECT, Duration::from_secs(30)),
            "the next card is asked as well: {:02X?}",
            card.heard
        );
    }
}
