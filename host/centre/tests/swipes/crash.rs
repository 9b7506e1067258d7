//! The centre is killed between commit and answer, for real: another process, SIGKILL.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use yika_centre::kit::Kit;
use yika_protocol::swipe::{Answer, Identity, Outcome, ReversalOutcome};

use crate::support::{n, sum};

/// Where the child finds its files; set for the child only.
const FOLDER: &str = "YIKA_CENTRE_CRASH_FOLDER";

/// Not a test of its own: the centre that is going to be killed. It commits each datagram that it reads as a line of hex, says so,
/// and never lets an answer out.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let kit = Kit::open(Path::new(&folder)).unwrap();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lines() {
        let datagram = yika_platform::hex::vec(&line.unwrap()).unwrap();
        kit.centre.answer_swipe(&datagram, None).unwrap();
        writeln!(out, "\ncommitted").unwrap();
        out.flush().unwrap();
    }
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::victim", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Has a victim commit these, and kills it.
fn commit_and_kill(folder: &Path, datagrams: &[&[u8]]) {
    let mut child = spawn(folder);
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for datagram in datagrams {
        writeln!(input, "{}", yika_platform::hex::upper(datagram)).unwrap();
        input.flush().unwrap();
        lines.find(|line| line.as_ref().is_ok_and(|line| line == "committed")).unwrap().unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn answer(kit: &Kit, terminal: &Identity, datagram: &[u8]) -> Answer {
    let opened = terminal.open(&kit.centre.answer_swipe(datagram, None).unwrap()).unwrap();
    terminal.verify_evidence(&opened).unwrap();
    opened.answer
}

#[test]
fn killed_between_commit_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    let kit = Kit::open(folder.path()).unwrap();
    let terminal = kit.enrol("POS-0001").unwrap();
    let first = kit.card_swipe(&terminal, n(1), &sum("A-1", "10.00")).unwrap();
    let second = kit.card_swipe(&terminal, n(2), &sum("A-2", "20.00")).unwrap();
    let reversal = terminal.seal_reversal(n(2)).unwrap();
    drop(kit);

    commit_and_kill(folder.path(), &[&first, &second]);
    // The terminal asks again: the same purchase, once.
    let kit = Kit::open(folder.path()).unwrap();
    let Answer::Swipe(again) = answer(&kit, &terminal, &first) else { panic!("another answer") };
    let Outcome::Settled(settled) = again.outcome else { panic!("{again:?}") };
    assert_eq!(settled.balance, "490.00".parse().unwrap());
    drop(kit);

    commit_and_kill(folder.path(), &[&reversal]);
    let kit = Kit::open(folder.path()).unwrap();
    let Answer::Reversal(undone) = answer(&kit, &terminal, &reversal) else { panic!("another answer") };
    assert_eq!(undone.outcome, ReversalOutcome::Undone);
    let Answer::Swipe(late) = answer(&kit, &terminal, &second) else { panic!("another answer") };
    assert_eq!(late.outcome, Outcome::Reversed);
    let database = rusqlite::Connection::open(folder.path().join("centre.db")).unwrap();
    let sum = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        sum("SELECT SUM(amount) FROM ledger WHERE account LIKE 'person:99010000000000000001:%'"),
        49_000
    );
    assert_eq!(sum("SELECT SUM(amount) FROM ledger"), 0);
}
