//! A journal of every published version stays readable. The files under `golden/` are never edited.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{Bench, OnlyFor, basket, credential};
use yika_settle::Outcome;
use yika_settle::transport::FaultPlan;

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Made once, by this test, when version 1 was published.
#[tokio::test]
#[ignore = "writes the golden file of a new version"]
async fn make_golden() {
    let bench = Bench::new(1);
    let till = bench.till().await;
    till.settle_pharmacy(&basket("G-1", 1250), &credential()).await.unwrap();
    till.settle_pharmacy(&basket("G-2", 399), &credential()).await.unwrap();
    till.void("G-2").await.unwrap();
    drop(till);
    let lost = FaultPlan { lose_request: 100, ..FaultPlan::CALM };
    let wire = Arc::new(OnlyFor::new("2102", Arc::clone(&bench.centre) as _, lost));
    let till = bench.till_on(wire).await;
    till.settle_pharmacy(&basket("G-3", 700), &credential()).await.unwrap();
    drop(till);
    fs::create_dir_all(golden("")).unwrap();
    for (from, to) in [("till.db", "journal-1.db"), ("till.db.key", "journal-1.key")] {
        assert!(!golden(to).exists(), "golden files are never edited");
        fs::copy(bench.dir.path().join(from), golden(to)).unwrap();
    }
}

#[tokio::test]
async fn version_1_is_read_and_worked_on() {
    let bench = Bench::new(2);
    fs::copy(golden("journal-1.db"), bench.dir.path().join("till.db")).unwrap();
    fs::copy(golden("journal-1.key"), bench.dir.path().join("till.db.key")).unwrap();
    let till = bench.till().await;
    let outcome = |order: &str| till.find(order).unwrap().unwrap().settlement.outcome;
    assert_eq!(outcome("G-1"), Outcome::Settled);
    assert_eq!(outcome("G-2"), Outcome::Voided);
    assert_eq!(outcome("G-3"), Outcome::Unknown);
    let settled = till.find("G-1").unwrap().unwrap().settlement;
    assert_eq!(settled.split.unwrap().medfee_sumamt.0, 1250);
    let body = String::from_utf8(till.request_body("G-1").unwrap().unwrap()).unwrap();
    assert!(body.contains(common::CERTNO) && body.contains("12.50"));
    // A fresh centre knows nothing of G-3: the stored bytes are good enough to settle it.
    bench.centre.accept_any_sign_in();
    let recovery = till.recover().await.unwrap();
    assert_eq!((recovery.touched.len(), recovery.still_open), (1, 0));
    assert_eq!(outcome("G-3"), Outcome::Settled);
    // The same order still means the same purchase.
    assert!(till.settle_pharmacy(&basket("G-1", 1250), &credential()).await.unwrap().from_journal);
}
