//! The firmware's swipe engine and a real centre with a bad network between: money per swipe is 0 or 1, and the books are equal.
//!
//! `YIKA_SEEDS=1000` plays 100 000 swipes.

use yika_tests::pos::line::Weather;
use yika_tests::pos::town::{Tally, Town};
use yika_tests::random::seeds;

/// Sales in one town.
const SALES: usize = 100;

#[test]
fn every_swipe_counts_once_or_not_at_all_and_both_books_are_equal() {
    let mut all = Tally::default();
    for seed in seeds(4) {
        // A failure names its seed; `YIKA_SEED` alone plays it again.
        let told = std::panic::catch_unwind(|| live(seed));
        let Ok(tally) = told else { panic!("seed {seed}") };
        all.swipes += tally.swipes;
        all.settled += tally.settled;
        all.reversed += tally.reversed;
        all.voided += tally.voided;
        all.late += tally.late;
        all.cuts += tally.cuts;
        all.restarts += tally.restarts;
    }
    println!("{all:?}");
    // A run in which nothing happened proves nothing.
    assert!(all.settled > 0 && all.reversed > 0 && all.cuts > 0, "{all:?}");
}

fn live(seed: u64) -> Tally {
    let weather = match seed % 3 {
        0 => Weather::STORM,
        1 => Weather::RAIN,
        _ => Weather::FINE,
    };
    let mut town = Town::new(seed, weather);
    if seed % 4 == 3 {
        town.live(SALES / 2);
        town.clone_first();
        town.live(SALES / 2);
    } else {
        town.live(SALES);
    }
    town.settle_down();
    town.assert_books_equal()
}
