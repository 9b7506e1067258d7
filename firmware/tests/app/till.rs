//! The till on its line: it asks, repeats, cancels, and loses answers.

use yika_firmware::hal::Start;
use yika_firmware::text::{self, Lang};
use yika_protocol::link::{FromDevice, FromTill, Outbox, PinWish, Receiver, Sale, SaleOutcome, SaleState};
use yika_protocol::money::{Fen, Price, Quantity};
use yika_protocol::swipe::{Draw, Line, Lines, TraceCode, TraceCodes};

use crate::desk::{Desk, Weather};

/// What the device said, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Info { bench: bool, open: u8, carrier: bool },
    State(SaleState),
    Settled(i64),
    Voided,
    Refused(u16),
    RefusedSale(u16),
    Cancelled,
    Undone,
    Datagram(Vec<u8>),
    Request(Vec<u8>),
    Waiting([u8; 16]),
    Enrolled,
}

pub(crate) fn ask(desk: &mut Desk, number: u16, message: &FromTill<'_>) {
    let mut outbox = Outbox::new();
    outbox.ask(number, message).unwrap();
    desk.till.to_device.borrow_mut().extend(outbox.pending());
    desk.turn(12);
}

/// Everything the device said since this was asked last.
pub(crate) fn heard(desk: &mut Desk) -> Vec<(u16, Said)> {
    desk.turn(2);
    let bytes = std::mem::take(&mut *desk.till.from_device.borrow_mut());
    let mut receiver = Receiver::new();
    let mut said = Vec::new();
    for byte in bytes {
        let Some(frame) = receiver.push(byte) else { continue };
        let frame = frame.unwrap();
        let message = match FromDevice::decode(frame).unwrap() {
            FromDevice::Info(info) => {
                Said::Info { bench: info.bench, open: info.open_reversals, carrier: info.needs_carrier }
            }
            FromDevice::State { state, .. } => Said::State(state),
            FromDevice::Result(result) => match result.outcome {
                SaleOutcome::Settled(settled) => Said::Settled(settled.amount.0),
                SaleOutcome::Voided(_) => Said::Voided,
                SaleOutcome::Refused(number) => Said::RefusedSale(number),
                SaleOutcome::Cancelled => Said::Cancelled,
                SaleOutcome::Undone => Said::Undone,
            },
            FromDevice::Datagram(bytes) => Said::Datagram(bytes.to_vec()),
            FromDevice::EnrolRequest(bytes) => Said::Request(bytes.to_vec()),
            FromDevice::EnrolWaiting { opening } => Said::Waiting(opening.0),
            FromDevice::Enrolled { .. } => Said::Enrolled,
            FromDevice::Refused(number) => Said::Refused(number),
        };
        said.push((frame.number, message));
    }
    said
}

fn sale(order_no: &str, fen: i64) -> Sale<'_> {
    Sale { order_no, amount: Fen(fen), draw: Draw::Everything, pin: PinWish::AsSet, lines: Lines::NONE }
}

#[test]
fn a_sale_of_the_till_is_told_step_by_step() {
    let mut desk = Desk::new(Lang::Zh);
    let codes = [TraceCode::new("81234567890123456789", false)];
    let lines = [Line {
        med_list_codg: "XA01ABD075A002010100483",
        medins_list_codg: "A-1",
        cnt: Quantity(20_000),
        pric: Price(12_500_000),
        sum: Fen(2_500),
        trace_codes: TraceCodes::new(&codes),
    }];
    let asked = Sale { lines: Lines::new(&lines), ..sale("T-1", 2_500) };
    ask(&mut desk, 7, &FromTill::Sale(asked));
    desk.expect(text::PRESENT);
    desk.expect_text("25.00");
    assert_eq!(heard(&mut desk), [(7, Said::State(SaleState::WaitingForCredential))]);
    // Asked again, told again; nothing begins anew.
    ask(&mut desk, 8, &FromTill::Sale(asked));
    assert_eq!(heard(&mut desk), [(8, Said::State(SaleState::WaitingForCredential))]);
    desk.card(true);
    desk.until(text::SETTLED);
    let said = heard(&mut desk);
    assert_eq!(said.last(), Some(&(8, Said::Settled(2_500))), "{said:?}");
    assert!(desk.slips().contains("T-1"));
    // The till lost it and asks, also after a restart.
    ask(&mut desk, 9, &FromTill::Sale(asked));
    assert_eq!(heard(&mut desk), [(9, Said::Settled(2_500))]);
    desk.start(Start::PowerOn);
    ask(&mut desk, 10, &FromTill::Sale(asked));
    assert_eq!(heard(&mut desk), [(10, Said::Settled(2_500))]);
    // Another amount under the same number is a conflict.
    ask(&mut desk, 11, &FromTill::Sale(sale("T-1", 100)));
    assert_eq!(heard(&mut desk), [(11, Said::Refused(5010))]);
    assert_eq!(desk.net.borrow().sent.len(), 1);
}

#[test]
fn a_cancel_before_the_card_is_free_and_after_it_a_reversal() {
    let mut desk = Desk::new(Lang::Zh);
    ask(&mut desk, 1, &FromTill::Sale(sale("T-2", 500)));
    ask(&mut desk, 2, &FromTill::Cancel { order_no: "T-2" });
    assert_eq!(heard(&mut desk).last(), Some(&(2, Said::Cancelled)));
    desk.expect(text::HOME_PRESS);
    // The same number may be tried again.
    ask(&mut desk, 3, &FromTill::Sale(sale("T-2", 500)));
    desk.weather(Weather::Deaf);
    desk.scan();
    desk.wait(500);
    ask(&mut desk, 4, &FromTill::Cancel { order_no: "T-2" });
    desk.expect(text::CANCELLED);
    assert_eq!(heard(&mut desk).last(), Some(&(4, Said::State(SaleState::Reversing))));
    desk.weather(Weather::Fine);
    desk.wait(5_000);
    assert_eq!(heard(&mut desk), [(4, Said::Undone)]);
    assert!(!desk.net.borrow().centre.counts(1));
    ask(&mut desk, 5, &FromTill::Cancel { order_no: "T-9" });
    assert_eq!(heard(&mut desk), [(5, Said::Refused(5070))]);
}

#[test]
fn unknown_and_undone_reach_the_till() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Dumb);
    ask(&mut desk, 1, &FromTill::Sale(sale("T-3", 500)));
    desk.scan();
    desk.wait(40_000);
    let said: Vec<Said> = heard(&mut desk).into_iter().map(|(_, said)| said).collect();
    for state in [SaleState::WaitingForCredential, SaleState::Sent, SaleState::Unknown, SaleState::Reversing]
    {
        assert!(said.contains(&Said::State(state)), "{state:?} in {said:?}");
    }
    desk.weather(Weather::Fine);
    desk.wait(60_000);
    assert_eq!(heard(&mut desk).last(), Some(&(1, Said::Undone)));
}

#[test]
fn one_sale_at_a_time() {
    let mut desk = Desk::new(Lang::Zh);
    ask(&mut desk, 1, &FromTill::Sale(sale("T-4", 500)));
    heard(&mut desk);
    ask(&mut desk, 2, &FromTill::Sale(sale("T-5", 600)));
    assert_eq!(heard(&mut desk), [(2, Said::Refused(7022))]);
    ask(&mut desk, 3, &FromTill::Sale(sale("T-4", 600)));
    assert_eq!(heard(&mut desk), [(3, Said::Refused(5010))]);
    // Nobody comes: the sale ends by itself and the till hears of it.
    desk.wait(121_000);
    assert_eq!(heard(&mut desk).last(), Some(&(1, Said::Cancelled)));
}

#[test]
fn a_refused_sale_is_told_and_may_be_tried_again() {
    let mut desk = Desk::new(Lang::Zh);
    desk.net.borrow_mut().centre.refuses = vec![5032];
    ask(&mut desk, 1, &FromTill::Sale(sale("T-6", 5032)));
    desk.scan();
    desk.until(text::NOT_SETTLED);
    assert_eq!(heard(&mut desk).last(), Some(&(1, Said::RefusedSale(5032))));
    desk.net.borrow_mut().centre.refuses = vec![];
    ask(&mut desk, 2, &FromTill::Sale(sale("T-6", 5032)));
    desk.scan();
    desk.until(text::SETTLED);
    assert_eq!(heard(&mut desk).last(), Some(&(2, Said::Settled(5032))));
    desk.keys("ok left ok ok");
    desk.until(text::VOIDED);
    ask(&mut desk, 3, &FromTill::Sale(sale("T-6", 5032)));
    assert_eq!(heard(&mut desk), [(3, Said::Voided)]);
}

#[test]
fn a_pin_the_till_asks_for_is_asked_for_and_never_told() {
    let mut desk = Desk::new(Lang::Zh);
    ask(&mut desk, 1, &FromTill::Sale(Sale { pin: PinWish::Wanted, ..sale("T-7", 500) }));
    desk.card(true);
    desk.until(text::PIN);
    desk.keys("right");
    desk.expect(text::PIN);
    let pin = desk.card.pin.clone();
    desk.pin(&pin);
    desk.until(text::SETTLED);
    desk.turn(5);
    let line = desk.till.from_device.borrow().clone();
    let holds = |bytes: &[u8]| bytes.windows(pin.len()).any(|window| window == pin.as_bytes());
    assert!(!holds(&line) && !desk.net.borrow().sent.iter().any(|datagram| holds(datagram)));
    assert!(!desk.media.holds(pin.as_bytes()));
    assert!(heard(&mut desk).contains(&(1, Said::State(SaleState::WaitingForPin))));
}

#[test]
fn without_a_network_the_till_carries_the_datagrams() {
    let mut desk = Desk::new(Lang::Zh);
    desk.weather(Weather::Down);
    ask(&mut desk, 1, &FromTill::Hello);
    assert_eq!(heard(&mut desk), [(1, Said::Info { bench: true, open: 0, carrier: true })]);
    ask(&mut desk, 2, &FromTill::Sale(sale("T-8", 500)));
    desk.scan();
    desk.turn(10);
    let carried = heard(&mut desk);
    let (number, datagram) = carried
        .iter()
        .find_map(
            |(number, said)| {
                if let Said::Datagram(bytes) = said { Some((*number, bytes.clone())) } else { None }
            },
        )
        .unwrap();
    let answer = desk.net.borrow_mut().centre.answer(&datagram).unwrap();
    ask(&mut desk, number, &FromTill::Datagram(&answer));
    desk.until(text::SETTLED);
    assert_eq!(heard(&mut desk).last(), Some(&(2, Said::Settled(500))));
    assert!(desk.net.borrow().sent.is_empty());
}

#[test]
fn noise_on_the_line_is_passed_over() {
    let mut desk = Desk::new(Lang::Zh);
    desk.till.to_device.borrow_mut().extend((0..=255u8).cycle().take(5_000));
    desk.turn(60);
    ask(&mut desk, 1, &FromTill::Hello);
    let said = heard(&mut desk);
    assert_eq!(said.last(), Some(&(1, Said::Info { bench: true, open: 0, carrier: false })));
}

#[test]
fn a_sale_above_the_limit_is_refused_before_anything_is_shown() {
    for fen in [200_001, 1_000_000_000_000, i64::MAX] {
        let mut desk = Desk::new(Lang::Zh);
        ask(&mut desk, 1, &FromTill::Sale(sale("T-L", fen)));
        assert_eq!(heard(&mut desk), [(1, Said::Refused(7024))], "{fen}");
        desk.expect(text::HOME_PRESS);
        assert!(!desk.pos().overflowed());
        // The very limit is taken.
        ask(&mut desk, 2, &FromTill::Sale(sale("T-L", 200_000)));
        desk.expect(text::PRESENT);
        desk.expect_text("2000.00");
    }
    // Typed in, it is refused as early.
    let mut desk = Desk::new(Lang::Zh);
    desk.keys("ok 200001 ok");
    desk.expect(text::NOT_SETTLED);
    desk.expect_text("Y-7024");
}
