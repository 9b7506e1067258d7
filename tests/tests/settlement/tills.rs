//! Several tills of one institution.

use std::collections::BTreeSet;
use std::thread;

use yika_tests::books;
use yika_tests::command::finish;
use yika_tests::shop::Shop;

#[test]
fn two_tills_in_one_second_never_share_an_id() {
    let shop = Shop::open();
    shop.add_till("till-b", "5000-9999");
    let commands: Vec<_> = (0..8)
        .map(|n| {
            let till = ["till-a", "till-b"][n % 2];
            shop.settle_command(till, &shop.basket(&format!("{till}-{n}")), &[])
        })
        .collect();
    // Four purchases in a row at each till, both tills at once.
    let (left, right): (Vec<_>, Vec<_>) = commands.into_iter().enumerate().partition(|(n, _)| n % 2 == 0);
    let at_once: Vec<_> = [left, right]
        .into_iter()
        .map(|row| {
            thread::spawn(move || {
                row.into_iter().map(|(_, mut command)| finish(&mut command)).collect::<Vec<_>>()
            })
        })
        .collect();
    let bought: Vec<_> = at_once
        .into_iter()
        .flat_map(|row| row.join().expect("a till"))
        .map(|done| done.exits(0).json())
        .collect();

    let ids: BTreeSet<&str> = bought.iter().filter_map(|one| one["msgid"].as_str()).collect();
    assert_eq!(ids.len(), 8, "every purchase has an id of its own");
    for id in ids {
        assert_eq!(books::booked(&shop.centre_database(), id).taken(), 1);
    }
    // The last four digits tell the till.
    for one in &bought {
        let id = one["msgid"].as_str().expect("an id");
        let number: u32 = id[26..].parse().expect("digits");
        let of_a = one["order_no"].as_str().expect("an order").starts_with("till-a");
        assert_eq!(number < 5000, of_a, "{id}");
    }
    assert_eq!(books::live_settlements(&shop.centre_database()), 8);
}

#[test]
fn one_till_run_twice_at_the_same_time_does_not_buy_twice() {
    let shop = Shop::open();
    let basket = shop.basket("ORDER-1");
    let commands = [shop.settle_command("till-a", &basket, &[]), shop.settle_command("till-a", &basket, &[])];
    let both: Vec<_> =
        commands.into_iter().map(|mut command| thread::spawn(move || finish(&mut command))).collect();
    let outcomes: Vec<_> = both.into_iter().map(|one| one.join().expect("a command")).collect();
    // The second waits for the journal and finds the settlement there, or is told that the journal is in use.
    assert!(outcomes.iter().any(|one| one.code == Some(0)), "{outcomes:?}");
    assert_eq!(books::live_settlements(&shop.centre_database()), 1);
    shop.books_are_equal("till-a");
}
