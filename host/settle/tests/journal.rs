//! The journal under damage, want of room, second writers and curious eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::{Bench, CARD_NO, CERTNO, NAME, OnlyFor, Spoil, basket, credential};
use yika_settle::transport::FaultPlan;
use yika_settle::{Journal, JournalError, OpenError, Outcome, SettleError, Till};

const LOSE_ANSWER: FaultPlan = FaultPlan { lose_answer: 100, ..FaultPlan::CALM };

/// A till that left one purchase unknown (the centre settled it) among some closed ones.
async fn with_an_open_purchase(bench: &Bench) {
    let till = bench.till().await;
    for n in 0..20 {
        till.settle_pharmacy(&basket(&format!("OLD-{n}"), 100), &credential()).await.unwrap();
    }
    drop(till);
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, LOSE_ANSWER));
    let till = bench.till_on(wire).await;
    let unknown = till.settle_pharmacy(&basket("OPEN-1", 1000), &credential()).await.unwrap();
    assert_eq!(unknown.outcome, Outcome::Unknown);
}

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_damaged_journal_takes_nothing_new_and_still_resolves_what_is_open() {
    let bench = Bench::new(1);
    with_an_open_purchase(&bench).await;
    let path = bench.dir.path().join("till.db");
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    // Pages of one index and of old rows: quick_check sees it, the newest rows survive.
    let damaged_page = page_of(&path, "event_purchase");
    assert!(damaged_page < pages);
    let mut file = File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(damaged_page * 4096)).unwrap();
    file.write_all(&[0xA5; 4096]).unwrap();
    drop(file);
    let before = fs::read(&path).unwrap();

    let till = bench.till().await;
    assert!(matches!(till.health(), Err(JournalError::Corrupt(_))));
    let refused = till.settle_pharmacy(&basket("NEW-1", 100), &credential()).await.unwrap_err();
    assert!(matches!(refused, SettleError::Journal(JournalError::Corrupt(_))), "{refused:?}");
    assert_eq!(refused.fault().number, 4031);
    let recovery = till.recover().await.unwrap();
    assert_eq!((recovery.touched.len(), recovery.still_open), (1, 0));
    assert_eq!(till.find("OPEN-1").unwrap().unwrap().settlement.outcome, Outcome::Settled);
    assert_eq!(fs::read(&path).unwrap(), before, "the damaged file is evidence");
    drop(till);

    // The next start goes on from there and does not work on it a second time.
    let sent = bench.centre.requests("2102").len();
    let till = bench.till().await;
    assert!(till.recover().await.unwrap().touched.is_empty());
    assert_eq!(bench.centre.requests("2102").len(), sent);
}

#[tokio::test]
async fn whichever_page_is_damaged_nothing_new_is_taken_and_most_of_the_time_what_is_open_survives() {
    let bench = Bench::new(11);
    with_an_open_purchase(&bench).await;
    let path = bench.dir.path().join("till.db");
    let sound = fs::read(&path).unwrap();
    let pages = sound.len() / 4096;
    let mut resolved = 0;
    for page in 1..pages {
        for suffix in ["-wal", "-shm", ".salvage", ".salvage-wal", ".salvage-shm"] {
            let _ = fs::remove_file(bench.dir.path().join(format!("till.db{suffix}")));
        }
        let mut bytes = sound.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xA5);
        fs::write(&path, bytes).unwrap();
        let till = bench.till().await;
        let refused = till.settle_pharmacy(&basket("NEW-1", 100), &credential()).await.unwrap_err();
        assert_eq!(refused.fault().number, 4031, "page {page}: {refused}");
        let recovery = till.recover().await.unwrap();
        resolved += usize::from(!recovery.touched.is_empty() && recovery.still_open == 0);
    }
    // Lost only where the damage hit the row itself, its message or a page above them.
    assert!(resolved * 2 > pages, "{resolved} of {pages}");
    assert_eq!(bench.centre.live_total(), 20 * 100 + 1000, "nothing was settled twice");
}

#[tokio::test]
#[ignore = "mounts a small file system: run as root with --ignored"]
async fn a_full_disk_takes_nothing_new_and_still_resolves_what_is_open() {
    let bench = Bench::new(12);
    let mount = |arguments: &[&str]| {
        let done = std::process::Command::new(arguments[0]).args(&arguments[1..]).status().unwrap();
        assert!(done.success(), "{arguments:?}");
    };
    let disk = bench.dir.path().to_str().unwrap();
    mount(&["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
    let result = async {
        with_an_open_purchase(&bench).await;
        let till = bench.till().await;
        let mut filler = File::create(bench.dir.path().join("filler")).unwrap();
        while filler.write_all(&[1; 1024]).is_ok() {}
        let mut full = None;
        for n in 0..400 {
            match till.settle_pharmacy(&basket(&format!("NEW-{n}"), 100), &credential()).await {
                Ok(settled) if settled.outcome == Outcome::Settled => {}
                other => {
                    full = Some(other);
                    break;
                }
            }
        }
        assert!(matches!(full, Some(Err(SettleError::Journal(JournalError::Full)))), "{full:?}");
        let recovery = till.recover().await.unwrap();
        assert_eq!((recovery.touched.len(), recovery.still_open), (1, 0));
        drop(till);
        // And across a restart on the still full disk.
        let till = bench.till().await;
        assert!(till.settle_pharmacy(&basket("NEW-X", 100), &credential()).await.is_err());
        assert!(till.recover().await.unwrap().touched.is_empty());
        assert!(till.reconcile("2026-11-22", "2026-11-22").await.unwrap().is_equal());
    };
    result.await;
    mount(&["umount", "-l", disk]);
}

/// Number (from 0) of the root page of an index or table, by SQLite's own schema table.
fn page_of(path: &Path, name: &str) -> u64 {
    let script = "import sqlite3,sys\nprint(sqlite3.connect(sys.argv[1]).execute(\
                  'select rootpage from sqlite_master where name=?',(sys.argv[2],)).fetchone()[0])";
    let output =
        std::process::Command::new("python3").args(["-c", script]).arg(path).arg(name).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap() - 1
}

#[tokio::test]
async fn a_file_that_is_no_journal_at_all_stops_new_settlements_with_a_clear_fault() {
    let bench = Bench::new(2);
    drop(bench.till().await);
    for content in [b"this is not a database, it is a letter to the editor".repeat(200), vec![0xFF; 8192]] {
        fs::write(bench.dir.path().join("till.db"), &content).unwrap();
        for suffix in ["-wal", "-shm", ".salvage"] {
            let _ = fs::remove_file(bench.dir.path().join(format!("till.db{suffix}")));
        }
        let till = bench.till().await;
        let refused = till.settle_pharmacy(&basket("NEW-1", 100), &credential()).await.unwrap_err();
        assert_eq!(refused.fault().number, 4031, "{refused}");
        assert!(till.recover().await.unwrap().touched.is_empty());
        drop(till);
        assert_eq!(fs::read(bench.dir.path().join("till.db")).unwrap(), content);
    }
    assert!(bench.centre.requests("2102").is_empty());
}

#[tokio::test]
async fn a_full_journal_takes_nothing_new_and_still_resolves_what_is_open() {
    let bench = Bench::new(3);
    with_an_open_purchase(&bench).await;
    let pages = fs::metadata(bench.dir.path().join("till.db")).unwrap().len() / 4096;
    let mut config = bench.config();
    config.journal.max_pages = Some(u32::try_from(pages).unwrap());
    let till = Till::open(config, bench.deps(Arc::clone(&bench.centre) as _)).await.unwrap();
    // Rows fit into half-empty pages for a while; then it is full.
    let mut full = None;
    for n in 0..40 {
        let order = format!("NEW-{n}");
        match till.settle_pharmacy(&basket(&order, 100), &credential()).await {
            Ok(settled) => assert_eq!(settled.outcome, Outcome::Settled),
            Err(error) => {
                full = Some((order, error));
                break;
            }
        }
    }
    let (order, error) = full.expect("a bounded file gets full");
    assert_eq!(error, SettleError::Journal(JournalError::Full));
    assert!(till.find(&order).unwrap().is_none());
    let recovery = till.recover().await.unwrap();
    assert_eq!((recovery.touched.len(), recovery.still_open), (1, 0));
    assert_eq!(till.find("OPEN-1").unwrap().unwrap().settlement.outcome, Outcome::Settled);
    assert!(matches!(
        till.settle_pharmacy(&basket(&order, 100), &credential()).await,
        Err(SettleError::Journal(JournalError::Full))
    ));
    let books = till.reconcile("2026-11-22", "2026-11-22").await.unwrap();
    assert!(books.is_equal(), "{books:?}");
}

#[tokio::test]
async fn a_second_writer_waits_briefly_and_is_told_who_holds_it() {
    let bench = Bench::new(4);
    let first = bench.till().await;
    let deps = || bench.deps(Arc::clone(&bench.centre) as _);
    match Till::open(bench.config(), deps()).await.unwrap_err() {
        OpenError::Journal(e @ JournalError::Busy(_)) => {
            assert!(e.detail().contains(&format!("pid {}", std::process::id())), "{e}");
            assert_eq!(e.fault().number, 4030);
        }
        other => panic!("{other:?}"),
    }
    // Reading beside it is always possible.
    first.settle_pharmacy(&basket("A-1", 100), &credential()).await.unwrap();
    let reader = Journal::open_read_only(&bench.dir.path().join("till.db")).unwrap();
    assert_eq!(reader.list(false, 10).unwrap().len(), 1);
    assert!(reader.find("A-1").unwrap().is_some());

    let mut patient = bench.config();
    patient.journal.lock_wait = Duration::from_secs(20);
    let second = tokio::spawn(Till::open(patient, deps()));
    tokio::time::sleep(Duration::from_millis(60)).await;
    drop(first);
    assert!(second.await.unwrap().is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(5);
    let till = bench.till().await;
    till.settle_pharmacy(&basket("A-1", 100), &credential()).await.unwrap();
    let all = files(bench.dir.path());
    for suffix in ["till.db", "-wal", "-shm", ".key", ".lock", ".reserve"] {
        assert!(all.iter().any(|p| p.to_string_lossy().ends_with(suffix)), "{suffix} in {all:?}");
    }
    for path in all {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn nothing_personal_is_readable_in_any_file_or_listing() {
    let bench = Bench::new(6);
    let till = bench.till().await;
    till.settle_pharmacy(&basket("A-1", 100), &credential()).await.unwrap();
    till.void("A-1").await.unwrap();
    bench.centre.spoil(&[Spoil::Garbage]);
    till.settle_pharmacy(&basket("A-2", 100), &credential()).await.unwrap();
    till.cancel("A-2").await.unwrap();
    let listing = format!("{:?}", till.list(false, 10).unwrap());
    drop(till);
    let gbk = [0xC9, 0xF2, 0xD2, 0xBB, 0xBA, 0xCC];
    let psn_no = "99000000000001";
    let mut haystacks: Vec<(String, Vec<u8>)> = files(bench.dir.path())
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    haystacks.push(("listing".into(), listing.into_bytes()));
    for (place, bytes) in haystacks {
        for needle in [NAME.as_bytes(), &gbk, CERTNO.as_bytes(), CARD_NO.as_bytes(), psn_no.as_bytes()] {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{} in {place}", String::from_utf8_lossy(needle));
        }
    }
}

#[tokio::test]
async fn without_its_key_or_with_another_one_nothing_is_opened_or_lost() {
    let bench = Bench::new(7);
    drop(bench.till().await);
    let key = bench.dir.path().join("till.db.key");
    let saved = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let open = || Till::open(bench.config(), bench.deps(Arc::clone(&bench.centre) as _));
    let error = open().await.unwrap_err();
    assert!(matches!(error, OpenError::Journal(JournalError::Key(_))), "{error}");
    assert!(!key.exists(), "no new key is made for old records");
    fs::write(&key, saved).unwrap();
    open().await.unwrap();
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_left_alone() {
    let bench = Bench::new(8);
    drop(bench.till().await);
    let path = bench.dir.path().join("till.db");
    // Bytes 60 to 63 of a SQLite file are user_version (file format, §1.3.14).
    let mut file = File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&9_u32.to_be_bytes()).unwrap();
    drop(file);
    let error = Till::open(bench.config(), bench.deps(Arc::clone(&bench.centre) as _)).await.unwrap_err();
    assert_eq!(error, OpenError::Journal(JournalError::TooNew { found: 9, current: 1 }));
}

#[tokio::test]
async fn retention_removes_old_closed_purchases_and_never_open_or_unseen_ones() {
    let bench = Bench::new(9);
    with_an_open_purchase(&bench).await;
    let till = bench.till().await;
    for n in 0..19 {
        assert!(till.mark_shown(&format!("OLD-{n}")).unwrap());
    }
    drop(till);
    let mut config = bench.config();
    config.journal.retention_days = Some(30);
    let reopen = async |days| {
        bench.clock.advance(time::Duration::days(days));
        let till = Till::open(config.clone(), bench.deps(Arc::clone(&bench.centre) as _)).await.unwrap();
        let mut orders: Vec<String> =
            till.list(false, 100).unwrap().into_iter().map(|e| e.settlement.order_no).collect();
        orders.sort();
        orders
    };
    assert_eq!(reopen(29).await.len(), 21);
    assert_eq!(reopen(2).await, ["OLD-19", "OPEN-1"], "one unseen, one open");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_said_so() {
    let bench = Bench::new(10);
    let mut config = bench.config();
    config.journal.path = bench.dir.path().join("no/such/folder/till.db");
    let error = Till::open(config, bench.deps(Arc::clone(&bench.centre) as _)).await.unwrap_err();
    assert!(
        matches!(&error, OpenError::Journal(JournalError::Access(text)) if text.contains("no/such")),
        "{error}"
    );
}
