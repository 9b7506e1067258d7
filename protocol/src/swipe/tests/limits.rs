//! What fits: the numbers that the page publishes.

use std::vec::Vec;

use super::{examples::*, *};
use crate::{
    identity::Date,
    money::{Price, Quantity},
};

/// Bytes of a purchase of so many lines with so many trace codes each, by card, with everything but `valid_until`.
fn bytes(shop: &Shop, lines: usize, codes: usize) -> Option<usize> {
    let codes = std::vec![TraceCode::new("83012340000000000017", false); codes];
    let line = Line {
        med_list_codg: "XJ01CRA040B002010102353",
        medins_list_codg: "YP-00001",
        cnt: Quantity(2_0000),
        pric: Price(12_500_000),
        sum: Fen(2500),
        trace_codes: TraceCodes::new(&codes),
    };
    let lines = std::vec![line; lines];
    let expires = Date::new(2035, 12, 31).ok();
    let request = SwipeRequest {
        valid_until: None,
        amount: Fen(123_456),
        credential: Credential::Card(card_but(|card| card.expires = expires)),
        ..full_request(&lines)
    };
    let header = shop.identity.swipe_header(Counter::new(1_000_000).unwrap());
    match shop.identity.seal_swipe(header.counter, &request, None) {
        Ok(datagram) => {
            assert!(card_challenge(&header, &request).is_ok());
            Some(datagram.len())
        }
        Err(error) => {
            // The card is not even asked.
            assert_eq!(error, BuildError::TooLarge);
            assert_eq!(card_challenge(&header, &request), Err(BuildError::TooLarge));
            None
        }
    }
}

fn most_lines(shop: &Shop, codes: usize) -> usize {
    (1..).take_while(|lines| bytes(shop, *lines, codes).is_some()).count()
}

/// The table of the page: trace codes per line, lines that fit.
fn published() -> Vec<(usize, usize)> {
    let rows = page::PAGE.lines().skip_while(|line| !line.starts_with("| trace codes per line")).skip(2);
    let numbers = rows.take_while(|line| line.starts_with('|')).map(|line| {
        let mut cells = line.split('|').map(str::trim).filter_map(|cell| cell.parse().ok());
        (cells.next().unwrap(), cells.next().unwrap())
    });
    numbers.collect()
}

#[test]
fn the_page_says_how_many_lines_fit() {
    let shop = Shop::new();
    let counted: Vec<_> =
        [0, 1, 2, 3, 5].into_iter().map(|codes| (codes, most_lines(&shop, codes))).collect();
    assert_eq!(published(), counted);
}

#[test]
fn the_page_says_how_short_a_card_swipe_is() {
    let shop = Shop::new();
    let example = examples(&shop).into_iter().find(|example| example.name == "swipe-bare").unwrap();
    let sentence = std::format!("The shortest purchase by card has {} bytes", example.datagram.len());
    assert!(page::PAGE.contains(&sentence), "not on the page: {sentence}");
}

#[test]
fn the_largest_answer_fits() {
    let shop = Shop::new();
    let header = Header::new(Kind::Status, shop.identity.terminal(), Counter::LAST);
    let settled = Settled {
        setl_id: core::iter::repeat_n('S', MAX_SETL_ID).collect(),
        amount: Fen(i64::MAX),
        acct_pay: Fen(i64::MAX),
        fund_pay: Fen(i64::MAX),
        cash: Fen(i64::MAX),
        balance: Fen(i64::MAX),
        slip_name: heapless::Vec::from_slice(&[0xFF; 30]).unwrap(),
    };
    let answer = Answer::Status(StatusAnswer::Answered(swipe_answer(Outcome::Settled(settled))));
    let evidence = Evidence {
        signature: [0xFF; 64],
        count: MAX_BATCH as u16,
        index: MAX_BATCH as u16 - 1,
        path: core::iter::repeat_n([0xFF; 32], MAX_PATH).collect(),
    };
    let datagram = shop.keys.seal_answer(&header, &answer, Some(&evidence)).unwrap();
    assert_eq!(shop.identity.open(&datagram).unwrap().answer, answer);
    let sentence = std::format!("The longest answer has {} bytes", datagram.len());
    assert!(page::PAGE.contains(&sentence), "not on the page: {sentence}");
}

#[test]
fn a_purchase_fits_to_the_last_byte() {
    let shop = Shop::new();
    let mut longest = 0;
    // Texts of more than 23 bytes have a longer head, so one text alone may step over a length.
    for (own, order_no) in
        (130..=150).flat_map(|own| [(own, "SALE-1"), (own, "SALE-12"), (own, "SALE-20261122-00012")])
    {
        let own: std::string::String = core::iter::repeat_n('x', own).collect();
        let lines =
            [[basket()[0]; 10].as_slice(), &[Line { medins_list_codg: &own, ..basket()[0] }]].concat();
        let request = SwipeRequest { order_no, ..full_request(&lines) };
        if let Ok(datagram) = shop.identity.seal_swipe(counter(), &request, None) {
            longest = longest.max(datagram.len());
        }
    }
    assert_eq!(longest, MAX_DATAGRAM, "no byte is left unused");
}

#[test]
fn values_out_of_range_are_not_sealed() {
    let shop = Shop::new();
    let seal = |request: &SwipeRequest<'_>| shop.identity.seal_swipe(counter(), request, None).err();
    let good = || full_request(&[]);
    for bad in ["", "A B", "é", &"1".repeat(33)] {
        assert_eq!(seal(&SwipeRequest { order_no: bad, ..good() }), Some(BuildError::OrderNo), "{bad:?}");
    }
    assert_eq!(seal(&SwipeRequest { order_no: &"1".repeat(32), ..good() }), None);
    for bad in [0, -1, i64::MIN] {
        assert_eq!(seal(&SwipeRequest { amount: Fen(bad), ..good() }), Some(BuildError::Amount));
    }
    let line = basket()[0];
    let odd = [TraceCode::new("", false)];
    for bad in [
        Line { med_list_codg: "", ..line },
        Line { med_list_codg: "X 1", ..line },
        Line { medins_list_codg: "a\nb", ..line },
        Line { cnt: Quantity(0), ..line },
        Line { cnt: Quantity(-1), ..line },
        Line { pric: Price(-1), ..line },
        Line { sum: Fen(-1), ..line },
        Line { trace_codes: TraceCodes::new(&odd), ..line },
    ] {
        let lines = [line, bad];
        assert_eq!(seal(&full_request(&lines)), Some(BuildError::Line(1)), "{bad:?}");
    }
    for bad in [
        card_but(|card| card.card_no.clear()),
        card_but(|card| card.algorithm = 2),
        card_but(|card| card.reset_info.truncate(7)),
    ] {
        assert_eq!(
            seal(&SwipeRequest { credential: Credential::Card(bad), ..good() }),
            Some(BuildError::Credential)
        );
    }
    for bad in ["", "S 1", &"1".repeat(31)] {
        assert_eq!(shop.identity.seal_void(counter(), Counter::FIRST, bad), Err(BuildError::SetlId));
    }
}
