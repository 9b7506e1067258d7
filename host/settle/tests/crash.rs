//! The till is killed at every step and at random, on a wire that fails at random. Whatever happens: money per order is
//! taken once or not at all, the journal and the centre agree, and one order never has two ids.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::{Bench, OnlyFor, basket, credential, seeds};
use yika_platform::profile::Profile;
use yika_settle::transport::{FaultPlan, Faulty, Transport};
use yika_settle::{Deps, Outcome, SeededRandom, Step, Steps, Till};

/// Cuts the power at the n-th step, or at random ones.
struct PowerCut {
    nth: Option<usize>,
    random: SeededRandom,
    percent: u64,
    seen: AtomicUsize,
    cut: AtomicBool,
    notify: tokio::sync::Notify,
}

impl PowerCut {
    fn at(nth: usize) -> Arc<Self> {
        Arc::new(Self::new(Some(nth), 0, 0))
    }

    fn random(seed: u64, percent: u64) -> Arc<Self> {
        Arc::new(Self::new(None, seed, percent))
    }

    fn new(nth: Option<usize>, seed: u64, percent: u64) -> Self {
        Self {
            nth,
            random: SeededRandom::new(seed),
            percent,
            seen: AtomicUsize::new(0),
            cut: AtomicBool::new(false),
            notify: tokio::sync::Notify::new(),
        }
    }

    /// Runs something until it ends or the power is cut; `None` then.
    async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.notify.notified() => None,
            value = work => Some(value),
        }
    }
}

impl Steps for PowerCut {
    fn stop_at(&self, _step: Step) -> bool {
        let n = self.seen.fetch_add(1, Ordering::SeqCst);
        let now = match self.nth {
            Some(nth) => n == nth,
            None => self.random.chance(self.percent),
        };
        if now {
            self.cut.store(true, Ordering::SeqCst);
            self.notify.notify_one();
        }
        now
    }
}

async fn open(bench: &Bench, wire: &Arc<Faulty>, power: &Arc<PowerCut>) -> Till {
    let deps = Deps { steps: Arc::clone(power) as _, ..bench.deps(Arc::clone(wire) as _) };
    Till::open(bench.config(), deps).await.unwrap()
}

/// Calm line, everything delivered, recovery until nothing is open; then both sides must say the same.
async fn books_must_be_equal(bench: &Bench, wire: &Arc<Faulty>, orders: &[(String, i64)], context: &str) {
    wire.set_plan(FaultPlan::CALM);
    wire.deliver_late().await;
    let till = bench.till_on(Arc::clone(wire) as _).await;
    for round in 0.. {
        let recovery = till.recover().await.unwrap();
        if recovery.still_open == 0 {
            break;
        }
        assert!(round < 12, "{context}: still open after {round} rounds: {:?}", recovery.touched);
        bench.clock.advance(time::Duration::seconds(70));
    }
    // Whatever is still delivered now changes nothing.
    wire.deliver_late().await;
    let mut expected = 0;
    for (order_no, fen) in orders {
        let Some(entry) = till.find(order_no).unwrap() else { continue };
        let msgid = entry.settlement.msgid.clone().unwrap();
        let live = bench.centre.live(&msgid);
        let ours = if entry.settlement.outcome == Outcome::Settled { *fen } else { 0 };
        assert_eq!(live, ours, "{context}: {order_no} is {} with us: {:#?}", entry.state, entry.events);
        expected += ours;
    }
    assert_eq!(bench.centre.live_total(), expected, "{context}: the centre holds money of no order");
    let ids: BTreeSet<String> = bench.centre.requests("2102").into_iter().map(|(msgid, _)| msgid).collect();
    assert!(ids.len() <= orders.len(), "{context}: {} ids for {} orders", ids.len(), orders.len());
    let books = till.reconcile("2026-11-22", "2026-12-31").await.unwrap();
    assert!(books.is_equal(), "{context}: {books:?}");
}

fn profiles() -> [(&'static str, Profile); 3] {
    let idempotent = Profile::sandbox();
    let mut reversing = Profile::sandbox();
    reversing.outcome.idempotent = false;
    let mut bare = reversing.clone();
    bare.outcome.tombstone = false;
    [("idempotent", idempotent), ("reversing", reversing), ("without tombstones", bare)]
}

#[tokio::test]
async fn killed_at_every_step() {
    const LOSE_ANSWER: FaultPlan = FaultPlan { lose_answer: 100, ..FaultPlan::CALM };
    const LOSE_REQUEST: FaultPlan = FaultPlan { lose_request: 100, ..FaultPlan::CALM };
    const LATE: FaultPlan = FaultPlan { late: 100, ..FaultPlan::CALM };
    const NO_LINE: FaultPlan = FaultPlan { not_sent: 100, ..FaultPlan::CALM };
    for (name, profile) in profiles() {
        // Which message meets the fault, what the cashier does after the purchase, and how many steps that has at least.
        for (plan, infno, then, at_least) in [
            (FaultPlan::CALM, "2102", Then::Void, 9),
            (LOSE_ANSWER, "2102", Then::Cancel, 9),
            (LOSE_REQUEST, "2102", Then::Cancel, 9),
            (LATE, "2102", Then::Cancel, 9),
            (LATE, "2102", Then::Recover, 8),
            (NO_LINE, "2102", Then::Again, 8),
            (LOSE_ANSWER, "2601", Then::Cancel, 6),
            (LOSE_ANSWER, "2103", Then::Void, 9),
            (LOSE_REQUEST, "2103", Then::Void, 9),
            (LATE, "2103", Then::Void, 9),
        ] {
            let mut whole = None;
            for nth in 0.. {
                let bench = Bench::with_profile(nth as u64, profile.clone());
                let context = format!("{name}, {infno}, {plan:?}, {then:?}, step {nth}");
                let only = Arc::new(OnlyFor::new(infno, Arc::clone(&bench.centre) as _, plan));
                let power = PowerCut::at(nth);
                let deps = Deps { steps: Arc::clone(&power) as _, ..bench.deps(Arc::clone(&only) as _) };
                let till = Till::open(bench.config(), deps).await.unwrap();
                let order = ("K-1".to_owned(), 1234);
                let (goods, card) = (basket(&order.0, order.1), credential());
                let story = async {
                    let _ = till.settle_pharmacy(&goods, &card).await;
                    match then {
                        Then::Void => drop(till.void(&order.0).await),
                        Then::Cancel => drop(till.cancel(&order.0).await),
                        Then::Recover => drop(till.recover().await),
                        Then::Again => drop(till.settle_pharmacy(&goods, &card).await),
                    }
                };
                power.run(story).await;
                drop(till);
                // What is under way arrives before the profile's longest flight time is over.
                only.faulty.deliver_late().await;
                let wire = Arc::new(Faulty::new(Arc::clone(&bench.centre) as _, FaultPlan::CALM, 0));
                books_must_be_equal(&bench, &wire, std::slice::from_ref(&order), &context).await;
                if !power.cut.load(Ordering::SeqCst) {
                    whole = Some(nth);
                    break;
                }
            }
            assert!(whole >= Some(at_least), "{name}, {infno}, {plan:?}, {then:?}: only {whole:?} steps");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Void,
    Cancel,
    Recover,
    Again,
}

#[tokio::test]
async fn killed_at_random_on_a_failing_line() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..seeds(15) {
        for (name, profile) in profiles() {
            let bounded_flight = !profile.outcome.tombstone;
            let context = format!("seed {seed}, {name}");
            let bench = Bench::with_profile(seed, profile);
            let wire = Arc::new(Faulty::new(
                Arc::clone(&bench.centre) as Arc<dyn Transport>,
                FaultPlan::ROUGH,
                seed ^ 0x5eed,
            ));
            let dice = SeededRandom::new(seed ^ 0xd1ce);
            let orders: Vec<(String, i64)> =
                (0..3).map(|i| (format!("R-{i}"), 100 + (dice.next_u64() % 9_000) as i64)).collect();
            let mut round = 0;
            let mut till = None;
            let mut power = PowerCut::random(seed, 12);
            while round < 14 {
                round += 1;
                let (order_no, fen) = &orders[(dice.next_u64() % 3) as usize];
                let on = match till.take() {
                    Some(on) => on,
                    None => {
                        power = PowerCut::random(seed ^ (round << 8), 12);
                        open(&bench, &wire, &power).await
                    }
                };
                let (goods, card) = (basket(order_no, *fen), credential());
                let story = async {
                    match dice.next_u64() % 10 {
                        0..=4 => drop(on.settle_pharmacy(&goods, &card).await.unwrap()),
                        5 => drop(on.cancel(order_no).await),
                        6 => drop(on.void(order_no).await),
                        7 => bench.centre.expire_sign_ins(),
                        _ => drop(on.recover().await.unwrap()),
                    }
                };
                let survived = power.run(story).await.is_some();
                if bounded_flight {
                    // Nothing is under way for longer than the profile says.
                    wire.deliver_late().await;
                }
                // The clock runs on, and now and then it is set back a little.
                bench.clock.advance(time::Duration::seconds((dice.next_u64() % 90) as i64 - 10));
                if survived && dice.chance(80) {
                    till = Some(on);
                }
            }
            drop(till);
            books_must_be_equal(&bench, &wire, &orders, &context).await;
            let till = bench.till().await;
            for (order_no, _) in &orders {
                if let Some(entry) = till.find(order_no).unwrap() {
                    outcomes.insert(entry.state);
                }
            }
        }
    }
    // The dice must have thrown everything that can happen, or the test shows little.
    for state in ["settled", "reversed", "voided", "not_sent"] {
        assert!(outcomes.contains(state), "{state} never happened: {outcomes:?}");
    }
}

#[tokio::test]
async fn two_tills_of_one_institution_in_one_second_never_share_an_id() {
    let bench = Bench::new(1);
    let mut tills = Vec::new();
    for (name, first, last) in [("a.db", 0, 4), ("b.db", 5, 9)] {
        let mut config = bench.config();
        config.journal.path = bench.dir.path().join(name);
        config.workstation.seq_range = yika_settle::SeqRange::new(first, last).unwrap();
        tills.push(Till::open(config, bench.deps(Arc::clone(&bench.centre) as _)).await.unwrap());
    }
    // The clock stands still: each range is used up several times within the second.
    for n in 0..7 {
        for (i, till) in tills.iter().enumerate() {
            let order = format!("T{i}-{n}");
            let settled = till.settle_pharmacy(&basket(&order, 100), &credential()).await.unwrap();
            assert_eq!(settled.outcome, Outcome::Settled);
        }
    }
    for infno in ["2102", "1101"] {
        let ids: Vec<String> = bench.centre.requests(infno).into_iter().map(|(id, _)| id).collect();
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (14, 14), "{infno}");
    }
}
