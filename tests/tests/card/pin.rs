//! PIN: one try is one try, and the last one is not spent by accident.

use std::sync::Arc;

use yika_driver::reader::Selection;
use yika_driver::social_card::{Pin, PinMemoryInRam, PinOptions, PinOutcome, verify_pin};
use yika_protocol::fault::card as fault;

use crate::bench::{Bench, Person};

#[test]
fn tries_are_counted_by_the_card_and_the_last_is_kept_back() {
    let bench = Bench::new(&["Virtual PCD"]);
    let mut person = Person::new(2, &["t0"]);
    person.spec.pin = "246810".into();
    person.spec.pin_tries = 3;
    let card = bench.insert_here(0, 0, person.card());
    let mut options = PinOptions::new(Arc::new(PinMemoryInRam::default()));
    options.reader = Selection::named(bench.pcscd.reader(0, 0));
    let mut enter = |digits: &[u8], last_try: bool| {
        options.use_last_try = last_try;
        verify_pin(&bench.service, &options, &Pin::from_digits(digits).expect("digits"))
    };

    assert_eq!(enter(b"111111", false), Ok(PinOutcome::Wrong { tries_left: Some(2) }));
    assert_eq!(enter(b"246810", false), Ok(PinOutcome::Verified));
    assert_eq!(
        enter(b"111111", false),
        Ok(PinOutcome::Wrong { tries_left: Some(2) }),
        "the right PIN gave the tries back"
    );
    assert_eq!(enter(b"222222", false), Ok(PinOutcome::Wrong { tries_left: Some(1) }));
    let refused = enter(b"246810", false).expect_err("one try is left");
    assert_eq!(refused.fault(), &fault::PIN_LAST_TRY);
    assert_eq!(enter(b"246810", true), Ok(PinOutcome::Verified), "told to, it is used");

    let card = card.stop();
    assert_eq!(card.pin_tries_left(), 3, "the card's own count");
}
