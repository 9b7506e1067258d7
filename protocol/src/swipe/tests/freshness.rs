//! What the card answers for, and how fresh the centre's part of it is.

use std::collections::BTreeSet;

use super::{examples::*, *};

#[test]
fn the_card_answers_for_every_field() {
    let shop = Shop::new();
    let header = shop.identity.swipe_header(counter());
    let lines = basket();
    let challenge = |request: &SwipeRequest<'_>| card_challenge(&header, request).unwrap();
    let base = || full_request(&lines);
    let other_card = Credential::Card(card_but(|card| card.identification = [0x98; 16]));
    let half = &lines[..1];
    let mut seen = BTreeSet::from([challenge(&base())]);
    for changed in [
        SwipeRequest { order_no: "SALE-2", ..base() },
        SwipeRequest { amount: Fen(2871), ..base() },
        SwipeRequest { lines: Lines::new(half), ..base() },
        SwipeRequest { draw: Draw::AccountOnly, ..base() },
        SwipeRequest { pin_verified: false, ..base() },
        SwipeRequest { centre_challenge: None, ..base() },
        SwipeRequest { centre_challenge: Some([0; 8]), ..base() },
        SwipeRequest { valid_until: None, ..base() },
        SwipeRequest { credential: other_card, ..base() },
    ] {
        assert!(seen.insert(challenge(&changed)), "the same challenge for {changed:?}");
    }
    let later = shop.identity.swipe_header(counter().next().unwrap());
    assert!(seen.insert(card_challenge(&later, &base()).unwrap()));
    // Only the answer itself is left out.
    let answered = SwipeRequest { credential: Credential::Card(card().answered([0; 8])), ..base() };
    assert_eq!(challenge(&answered), challenge(&base()));
    let reversal = Header { kind: Kind::Reversal, ..header };
    assert_eq!(card_challenge(&reversal, &base()), Err(BuildError::Header));
}

#[test]
fn the_last_four_challenges_count_once_each() {
    let mut window = ChallengeWindow::default();
    let given = |n: u8| [n; 8];
    assert_eq!(window.look(None, 0, 600), Freshness::Missing);
    assert_eq!(window.look(Some(given(1)), 0, 600), Freshness::Stale);
    for n in 1..=5 {
        window.give(given(n), 100);
    }
    let fresh = |window: &ChallengeWindow, n, now| window.look(Some(given(n)), now, 600) == Freshness::Fresh;
    assert_eq!([1, 2, 3, 4, 5].map(|n| fresh(&window, n, 100)), [false, true, true, true, true]);
    assert!(fresh(&window, 5, 700) && !fresh(&window, 5, 701));
    assert!(fresh(&window, 5, 50), "a clock that was set back makes nothing stale");
    window.used(given(4));
    assert_eq!([2, 3, 4, 5].map(|n| fresh(&window, n, 100)), [false, false, false, true]);
    window.used(given(9));
    assert_eq!(ChallengeWindow::from_entries(window.entries().iter().copied()), window);
    assert_eq!((window.newest(700, 600), window.newest(701, 600)), (Some(given(5)), None));
    window.used(given(5));
    assert_eq!(window.newest(100, 600), None);
    assert!(window.entries().is_empty());
}

#[test]
fn without_a_fresh_challenge_the_lower_limit_holds() {
    let limits = terms().limits;
    assert_eq!(limits.of_swipe(Freshness::Fresh), limits.per_swipe);
    for freshness in [Freshness::Missing, Freshness::Stale] {
        assert_eq!(limits.of_swipe(freshness), limits.no_challenge);
        let odd = Limits { no_challenge: Fen(i64::MAX), ..limits };
        assert_eq!(odd.of_swipe(freshness), limits.per_swipe, "never above the usual limit");
    }
}
