//! Power cuts. Either side is killed, at an exact point of the conversation or at any moment; the books end equal.

use std::thread::sleep;
use std::time::Duration;

use yika_tests::books;
use yika_tests::command::Service;
use yika_tests::random::{Random, seeds};
use yika_tests::relay::{Fate, Point, Relay};
use yika_tests::shop::{PERSON, Shop};

/// A shop whose till reaches its centre through a relay.
fn behind_a_relay() -> (Shop, Relay) {
    let shop = Shop::open();
    let relay = Relay::to(&shop.url());
    shop.add_till_of("till-r", "5000-9999", &relay.url(), "sandbox", "institution");
    (shop, relay)
}

/// The machine resolves it by itself, the order counts exactly so often, and the books are equal.
fn comes_to_rest(shop: &Shop, till: &str, order_no: &str, taken: &[i64]) {
    let _ = shop.at(till, &["journal", "recover"]).exits(0);
    let listed = shop.at(till, &["journal", "list", "--limit", "100000"]).exits(0).json();
    let settled = listed["entries"]
        .as_array()
        .map_or(0, |all| all.iter().filter(|one| one["outcome"] == "settled").count());
    assert_eq!(
        books::live_settlements(&shop.centre_database()),
        settled as i64,
        "the centre has what the journal has, and no more"
    );
    match shop.entry(till, order_no) {
        Some(entry) => {
            let msgid = entry["msgid"].as_str().expect("an id");
            let count = books::booked(&shop.centre_database(), msgid).taken();
            assert!(taken.contains(&count), "taken {count} times: {entry:#}");
            assert_eq!(entry["outcome"] == "settled", count == 1, "{entry:#}");
        }
        None => assert!(taken.contains(&0), "the till never heard of it"),
    }
    let payments = books::account_payments(&shop.centre_database(), PERSON);
    assert_eq!(books::balance(&shop.centre_database(), PERSON), 50_000 - payments);
    shop.books_are_equal(till);
}

fn start_buying(shop: &Shop, till: &str, order_no: &str) -> Service {
    let mut command = shop.settle_command(till, &shop.basket(order_no), &[]);
    Service::start(&mut command, &shop.path("till.log"))
}

#[test]
fn the_till_dies_with_its_message_on_the_way() {
    for (point, fate) in [(Point::Sent, Fate::Drop), (Point::Sent, Fate::Pass), (Point::Answered, Fate::Drop)]
    {
        let (shop, relay) = behind_a_relay();
        relay.catch("2102", point);
        let mut till = start_buying(&shop, "till-r", "ORDER-1");
        relay.wait_caught();
        till.kill();
        relay.release(fate);
        let journal = shop.entry("till-r", "ORDER-1").expect("on disk before the first byte left");
        assert_eq!(journal["outcome"], "unknown", "{point:?} {fate:?}: {journal:#}");
        comes_to_rest(&shop, "till-r", "ORDER-1", &[1]);
        // And the cashier who asks again gets that one settlement.
        let again = shop.buy("till-r", "ORDER-1").exits(0).json();
        assert_eq!(again["msgid"], journal["msgid"]);
        assert_eq!(books::live_settlements(&shop.centre_database()), 1);
    }
}

#[test]
fn the_till_dies_before_the_settlement_is_sent() {
    for infno in ["9001", "1101"] {
        let (shop, relay) = behind_a_relay();
        relay.catch(infno, Point::Answered);
        let mut till = start_buying(&shop, "till-r", "ORDER-1");
        relay.wait_caught();
        till.kill();
        relay.release(Fate::Drop);
        comes_to_rest(&shop, "till-r", "ORDER-1", &[0]);
        let _ = shop.buy("till-r", "ORDER-1").exits(0);
        comes_to_rest(&shop, "till-r", "ORDER-1", &[1]);
    }
}

#[test]
fn the_centre_dies_before_or_after_it_has_booked() {
    for point in [Point::Sent, Point::Answered] {
        let (mut shop, relay) = behind_a_relay();
        relay.catch("2102", point);
        let mut till = start_buying(&shop, "till-r", "ORDER-1");
        relay.wait_caught();
        shop.kill_centre();
        relay.release(if point == Point::Sent { Fate::Pass } else { Fate::Drop });
        // The till is asking again while the centre is down; then the centre is back.
        sleep(Duration::from_millis(300));
        shop.start_centre();
        till.wait_until(|log| log.contains("\"outcome\"").then_some(()));
        drop(till);
        comes_to_rest(&shop, "till-r", "ORDER-1", &[1]);
    }
}

#[test]
fn a_void_and_a_cancellation_survive_the_death_of_the_till() {
    let (shop, relay) = behind_a_relay();
    let _ = shop.buy("till-r", "ORDER-1").exits(0);
    relay.catch("2103", Point::Answered);
    let mut voiding = Service::start(
        shop.command("till-r").args(["void", "--order-no", "ORDER-1"]),
        &shop.path("void.log"),
    );
    relay.wait_caught();
    voiding.kill();
    relay.release(Fate::Drop);
    comes_to_rest(&shop, "till-r", "ORDER-1", &[0]);
    assert_eq!(shop.entry("till-r", "ORDER-1").expect("known")["outcome"], "voided");

    shop.fault("lose-answer:2102:1");
    let _ = shop.settle("till-r", &shop.basket("ORDER-2"), &["--wait", "0"]).exits(5);
    relay.catch("2601", Point::Sent);
    let mut cancelling = Service::start(
        shop.command("till-r").args(["cancel", "--order-no", "ORDER-2"]),
        &shop.path("cancel.log"),
    );
    relay.wait_caught();
    cancelling.kill();
    relay.release(Fate::Drop);
    comes_to_rest(&shop, "till-r", "ORDER-2", &[0]);
    assert_eq!(
        shop.entry("till-r", "ORDER-2").expect("known")["outcome"],
        "reversed",
        "once reversing, always reversing"
    );
}

#[test]
fn either_side_dies_at_any_moment() {
    let mut shop = Shop::open();
    for seed in seeds(12) {
        let mut random = Random::new(seed);
        let order_no = format!("ORDER-{seed}");
        let mut till = start_buying(&shop, "till-a", &order_no);
        // A purchase takes some 100 ms: anywhere before, within and after it.
        sleep(Duration::from_millis(random.below(160) as u64));
        if random.once_in(2) {
            till.kill();
        } else {
            shop.kill_centre();
            sleep(Duration::from_millis(random.below(50) as u64));
            till.kill();
            shop.start_centre();
        }
        comes_to_rest(&shop, "till-a", &order_no, &[0, 1]);
    }
}
