//! Reading a card through the real PC/SC service: our driver against the least C client that sends the same commands, in
//! turns within one run, so that both meet the same machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use yika_driver::CardService;
use yika_driver::reader::Selection;
use yika_driver::social_card::{self, ReadOptions, ReadPlan};
use yika_protocol::apdu::{Atr, Protocol};
use yika_protocol::social_card::{Input, ReadSession, Step};
use yika_sim::{Card, CardSpec, Generation, VirtualCard, vpcd};
use yika_tests::command::root;
use yika_tests::figures::{Figures, milliseconds};
use yika_tests::pcscd::Pcscd;

const ROUNDS: usize = 20;
const READS: usize = 50;

fn main() {
    let folder = tempfile::tempdir().expect("a private folder");
    let client = compile(folder.path());
    let pcscd = Pcscd::start();
    let reader = pcscd.reader(0, 0);
    for (title, plan) in [("settlement", ReadPlan::Settlement), ("everything", ReadPlan::Full)] {
        let spec = CardSpec::generation(Generation::Two).with_quirks(["t0"]).expect("a quirk");
        let commands = commands_of(&spec, plan);
        let file = folder.path().join("commands");
        std::fs::write(&file, commands.join("\n")).expect("the commands");

        let card = vpcd::connect(pcscd.address(0, 0), VirtualCard::new(spec)).expect("a free slot");
        let service = CardService::pcsc();
        let options = ReadOptions { plan, reader: Selection::named(&reader), ..ReadOptions::default() };
        while social_card::read(&service, &options).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let before = card.watch().apdus();
        social_card::read(&service, &options).expect("a card");
        let sent = card.watch().apdus() - before;
        assert_eq!(sent as usize, commands.len(), "both send the same number of commands");

        let (mut ours, mut theirs) = (Figures::default(), Figures::default());
        for _ in 0..ROUNDS {
            for _ in 0..READS {
                let start = Instant::now();
                social_card::read(&service, &options).expect("a card");
                ours.add(start.elapsed());
            }
            c_client(&client, &reader, &file).into_iter().for_each(|took| theirs.add(took));
        }
        println!("card read, {title}: {sent} commands, generation 2, T=0");
        println!("  yika-driver  {}", ours.line());
        println!("  C client     {}", theirs.line());
        let ratio = ours.percentile(50).as_secs_f64() / theirs.percentile(50).as_secs_f64();
        let more = ours.percentile(50).saturating_sub(theirs.percentile(50));
        println!("  p50 ratio    {ratio:.3}   ({} more a read)", milliseconds(more));
        card.stop();
        std::thread::sleep(Duration::from_millis(1_000));
    }
}

/// The commands our session sends to this card, as hex lines.
fn commands_of(spec: &CardSpec, plan: ReadPlan) -> Vec<String> {
    let mut card = VirtualCard::new(spec.clone());
    card.power_on();
    let atr = Atr::parse(&card.atr().expect("an ATR")).expect("a good ATR");
    let mut session = ReadSession::new(plan, Protocol::T0, Some(&atr));
    let mut commands = Vec::new();
    let mut step = session.next(Input::Start).expect("a first command");
    while let Step::Send(command) = step {
        commands.push(command.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect());
        let answer = card.transmit(command.as_bytes()).into_response().expect("an answer");
        step = session.next(Input::Response(&answer)).expect("a good answer");
    }
    commands
}

fn compile(folder: &Path) -> PathBuf {
    let program = folder.join("read_card");
    let flags =
        Command::new("pkg-config").args(["--cflags", "--libs", "libpcsclite"]).output().expect("pkg-config");
    let flags = String::from_utf8_lossy(&flags.stdout).into_owned();
    let status = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(root().join("tests/bench/read_card.c"))
        .args(flags.split_whitespace())
        .status()
        .expect("a C compiler");
    assert!(status.success(), "the C client does not compile");
    program
}

fn c_client(program: &Path, reader: &str, commands: &Path) -> Vec<Duration> {
    let output = Command::new(program)
        .arg(reader)
        .arg(commands)
        .arg(READS.to_string())
        .output()
        .expect("the C client");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let times: Vec<Duration> = text
        .lines()
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .collect();
    assert_eq!(times.len(), READS);
    times
}
