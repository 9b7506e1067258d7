//! Two pharmacies, one person, a bad line and a bad centre: whatever the seed does, every order counts once or not at all, and
//! all books agree.

use std::collections::BTreeMap;

use yika_settle::transport::FaultPlan;
use yika_settle::{Outcome, Till};
use yika_tests::books;
use yika_tests::random::{Random, seeds};
use yika_tests::shop::PERSON;
use yika_tests::world::{INSTITUTIONS, World, basket, card};

/// Things that happen in one world.
const EVENTS: usize = 24;

#[test]
fn every_order_counts_once_or_not_at_all_and_all_books_agree() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    for seed in seeds(12) {
        // A failure names its seed; `live(seed)` alone plays it again.
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(live(seed))));
        assert!(told.is_ok(), "seed {seed}");
    }
}

async fn live(seed: u64) {
    let mut random = Random::new(seed);
    let world = World::new(seed).await;
    for line in &world.lines {
        line.set_plan(FaultPlan::ROUGH);
    }
    let mut tills = vec![world.till(0).await, world.till(1).await];
    let mut orders: Vec<(usize, String)> = Vec::new();
    for event in 0..EVENTS {
        world.clock.advance(time::Duration::seconds(random.below(40) as i64));
        let which = random.below(tills.len());
        let till = &tills[which];
        let of_this: Vec<String> =
            orders.iter().filter(|(at, _)| *at == which).map(|(_, order)| order.clone()).collect();
        match random.below(12) {
            0 if !of_this.is_empty() => {
                let _ = till.void(random.pick::<String>(&of_this)).await;
            }
            1 if !of_this.is_empty() => {
                let _ = till.cancel(random.pick::<String>(&of_this)).await;
            }
            2 if !of_this.is_empty() => {
                // The cashier asks for the same order again.
                let _ = till.settle_pharmacy(&basket(random.pick::<String>(&of_this)), &card()).await;
            }
            3 => {
                let _ = till.recover().await;
            }
            4 => {
                // A power cut: the program is gone between two calls and starts anew.
                drop(tills.remove(which));
                tills.insert(which, world.till(which).await);
            }
            5 => {
                let rules = [
                    "lose-answer:*:1",
                    "lose-request:*:1",
                    "duplicate:*:1",
                    "minus-one-after-commit:*:1",
                    "sign-in-expired:*:1",
                    "late-duplicate:2102:1",
                    "clock-skew=3600:*:1",
                ];
                world.centre.add_fault(random.pick::<&str>(&rules).parse().expect("a rule"));
            }
            _ => {
                let order = format!("{which}-{event}");
                let _ = till.settle_pharmacy(&basket(&order), &card()).await;
                orders.push((which, order));
            }
        }
    }
    comes_to_rest(&world, &tills).await;

    let database = world.database();
    let mut live_rows = 0;
    for (which, till) in tills.iter().enumerate() {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for entry in till.list(false, 10_000).expect("the journal") {
            let purchase = entry.settlement;
            let msgid = purchase.msgid.clone().expect("recorded under an id");
            assert_eq!(seen.insert(msgid.clone(), purchase.order_no.clone()), None, "one id, one order");
            let taken = books::booked(&database, &msgid).taken();
            let wanted = i64::from(purchase.outcome == Outcome::Settled);
            assert_eq!(taken, wanted, "{} is {}", purchase.order_no, purchase.outcome.as_str());
            live_rows += taken;
        }
        let day = "2026-03-04";
        let statement = till.reconcile(day, day).await.expect("an answer");
        assert!(statement.is_equal(), "{}: {statement:?}", INSTITUTIONS[which]);
    }
    assert_eq!(books::live_settlements(&database), live_rows, "the centre holds nothing that no till knows");
    assert_eq!(books::balance(&database, PERSON), 50_000 - books::account_payments(&database, PERSON));
}

/// The line is good again; what is still under way arrives; the machine resolves the rest.
async fn comes_to_rest(world: &World, tills: &[Till]) {
    for line in &world.lines {
        line.set_plan(FaultPlan::CALM);
        line.deliver_late().await;
    }
    world.centre.clear_faults();
    for till in tills {
        for _ in 0..20 {
            if till.recover().await.expect("the journal").still_open == 0 {
                break;
            }
            world.clock.advance(time::Duration::seconds(20));
        }
        assert_eq!(till.list(true, 10_000).expect("the journal").len(), 0, "nothing stays open");
    }
}
