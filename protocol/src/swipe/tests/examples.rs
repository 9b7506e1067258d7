//! One example of every message, from fixed keys. They are the golden bytes of a version, the worked examples of the page
//! and the input of the second implementation.

use std::{borrow::ToOwned, string::String, vec::Vec};

use super::*;
use crate::{
    identity::{CertNo, Date},
    money::{Price, Quantity},
    voucher::{Code, CodeRule},
};

pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) header: Header,
    pub(super) datagram: Vec<u8>,
}

/// Counter of the purchases in the examples; the second epoch, so that epoch and counter differ.
pub(super) const COUNTER: u64 = 4096 + 5;

pub(super) fn counter() -> Counter {
    Counter::new(COUNTER).unwrap()
}

pub(super) fn day() -> Date {
    Date::new(2026, 11, 22).unwrap()
}

pub(super) const TRACED: &[TraceCode<'static>] =
    &[TraceCode::new("83012340000000000017", false), TraceCode::new("83012340000000000024", true)];

/// A line with everything, and one with nothing that could be left out and an odd trace code.
pub(super) fn basket() -> [Line<'static>; 2] {
    const ODD: &[TraceCode<'static>] = &[TraceCode::new("A0012345678", false)];
    [
        Line {
            med_list_codg: "XJ01CRA040B002010102353",
            medins_list_codg: "YP-0001",
            cnt: Quantity(2_0000),
            pric: Price(12_500_000),
            sum: Fen(2500),
            trace_codes: TraceCodes::new(TRACED),
        },
        Line {
            med_list_codg: "T000600515",
            medins_list_codg: "",
            cnt: Quantity(30_0000),
            pric: Price(123_456),
            sum: Fen(370),
            trace_codes: TraceCodes::new(ODD),
        },
    ]
}

pub(super) fn full_request<'a>(lines: &'a [Line<'a>]) -> SwipeRequest<'a> {
    SwipeRequest {
        order_no: "SALE-20261122-0001",
        amount: Fen(2870),
        lines: Lines::new(lines),
        draw: Draw::Everything,
        pin_verified: true,
        centre_challenge: Some([0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61]),
        valid_until: Some(1_795_320_000),
        credential: Credential::Card(card()),
    }
}

pub(super) fn voucher() -> Credential {
    let any = CodeRule { shortest: 1, longest: 64 };
    Credential::Voucher(Code::new(b"2899990000000000000000000001", any).unwrap())
}

pub(super) fn id_card() -> Credential {
    Credential::IdCard(IdCardCredential {
        certno: CertNo::parse(b"990101199003078885").unwrap(),
        sam_id: [5, 0, 1, 0, 0x47, 0xD9, 0x34, 1, 0x39, 0x30, 0, 0, 0xD2, 2, 0x96, 0x49],
        valid_from: None,
        expires: None,
    })
}

pub(super) fn swipe_answer(outcome: Outcome) -> SwipeAnswer {
    SwipeAnswer {
        outcome,
        business_day: day(),
        next_challenge: [0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77],
    }
}

/// Request messages, then answers, then what lies behind them.
pub(super) fn examples(shop: &Shop) -> Vec<Example> {
    let mut all = requests(shop);
    all.extend(answers(shop));
    all
}

fn requests(shop: &Shop) -> Vec<Example> {
    let identity = &shop.identity;
    let lines = basket();
    let bare = shop.card_swipe("1", Fen(1));
    let full = full_request(&lines);
    let expires = Date::new(2035, 12, 31).ok();
    let dated =
        SwipeRequest { credential: Credential::Card(card_but(|card| card.expires = expires)), ..bare };
    let voucher = SwipeRequest { credential: voucher(), ..full_request(&[]) };
    let id_card = SwipeRequest { credential: id_card(), ..full_request(&lines[1..]) };
    let later = Counter::new(COUNTER + 1).unwrap();
    let one = |name, about, kind, counter, datagram: Result<Datagram, BuildError>| Example {
        name,
        about,
        header: Header::new(kind, identity.terminal(), counter),
        datagram: datagram.unwrap().to_vec(),
    };
    let swipe = |request: &SwipeRequest<'_>| identity.seal_swipe(counter(), request, None);
    std::vec![
        one(
            "swipe-bare",
            "The shortest purchase by card: no basket, no centre challenge.",
            Kind::Swipe,
            Counter::FIRST,
            identity.seal_swipe(Counter::FIRST, &bare, None)
        ),
        one(
            "swipe-card",
            "A purchase by card with a basket and every optional field.",
            Kind::Swipe,
            counter(),
            swipe(&full)
        ),
        one(
            "swipe-card-dated",
            "The shortest purchase by a card that says how long it is valid.",
            Kind::Swipe,
            Counter::FIRST,
            identity.seal_swipe(Counter::FIRST, &dated, None)
        ),
        one("swipe-voucher", "A purchase by e-voucher.", Kind::Swipe, counter(), swipe(&voucher)),
        one(
            "swipe-id-card",
            "A purchase by resident identity card.",
            Kind::Swipe,
            counter(),
            swipe(&id_card)
        ),
        one(
            "reversal",
            "The purchase with this counter shall not count.",
            Kind::Reversal,
            counter(),
            identity.seal_reversal(counter())
        ),
        one(
            "status",
            "What became of the purchase with this counter?",
            Kind::Status,
            counter(),
            identity.seal_status(counter())
        ),
        one(
            "void",
            "The settled purchase shall be taken back; the void has the next counter.",
            Kind::Void,
            later,
            identity.seal_void(later, counter(), "S00000000000000000000000000001")
        ),
        one(
            "day",
            "What does the ledger hold for this day?",
            Kind::Day,
            later,
            identity.seal_day(later, day())
        ),
    ]
}

pub(super) fn answer_values() -> Vec<(&'static str, &'static str, Kind, Answer)> {
    let next_challenge = [0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77];
    let settled = || {
        swipe_answer(Outcome::Settled(Settled {
            setl_id: heapless::String::try_from("S00000000000000000000000000001").unwrap(),
            amount: Fen(2870),
            acct_pay: Fen(2000),
            fund_pay: Fen(500),
            cash: Fen(370),
            balance: Fen(98_000),
            // 张* in GB 18030.
            slip_name: heapless::Vec::from_slice(&[0xD5, 0xC5, 0x2A]).unwrap(),
        }))
    };
    let voided =
        Voided { acct_back: Fen(2000), fund_back: Fen(500), cash_back: Fen(370), balance: Fen(100_000) };
    let void = |outcome| Answer::Void(VoidAnswer { outcome, business_day: day(), next_challenge });
    std::vec![
        ("swipe-settled", "The purchase is settled.", Kind::Swipe, Answer::Swipe(settled())),
        (
            "swipe-refused",
            "The purchase is refused with fault Y-5042.",
            Kind::Swipe,
            Answer::Swipe(swipe_answer(Outcome::Refused(5042)))
        ),
        (
            "swipe-reversed",
            "The purchase was reversed before it came.",
            Kind::Swipe,
            Answer::Swipe(swipe_answer(Outcome::Reversed))
        ),
        (
            "reversal-undone",
            "The money of the purchase is back.",
            Kind::Reversal,
            Answer::Reversal(ReversalAnswer { outcome: ReversalOutcome::Undone, next_challenge })
        ),
        (
            "reversal-never-happened",
            "The purchase never moved money and never will.",
            Kind::Reversal,
            Answer::Reversal(ReversalAnswer { outcome: ReversalOutcome::NeverHappened, next_challenge })
        ),
        (
            "status-answered",
            "The stored answer of the purchase.",
            Kind::Status,
            Answer::Status(StatusAnswer::Answered(settled()))
        ),
        (
            "status-unseen",
            "The centre has not seen the purchase.",
            Kind::Status,
            Answer::Status(StatusAnswer::Unseen)
        ),
        ("voided", "The purchase is taken back.", Kind::Void, void(VoidOutcome::Voided(voided))),
        (
            "void-refused",
            "The void is refused with fault Y-5061.",
            Kind::Void,
            void(VoidOutcome::Refused(5061))
        ),
        (
            "day-answer",
            "What the ledger holds; the voids of the day outweigh its purchases.",
            Kind::Day,
            Answer::Day(DayAnswer {
                day: day(),
                count: 3,
                voids: 2,
                acct: Fen(-1250),
                fund: Fen(500),
                cash: Fen(370),
                next_challenge
            })
        ),
    ]
}

/// Every answer is a leaf of one batch; the two that change nothing come without evidence.
fn answers(shop: &Shop) -> Vec<Example> {
    let later = Counter::new(COUNTER + 1).unwrap();
    let values: Vec<_> = answer_values()
        .into_iter()
        .map(|(name, about, kind, answer)| {
            let counter = if matches!(kind, Kind::Void | Kind::Day) { later } else { counter() };
            (name, about, Header::new(kind, shop.identity.terminal(), counter), answer)
        })
        .collect();
    let mut nodes: Vec<Hash> =
        values.iter().map(|(_, _, header, answer)| shop.keys.leaf(header, answer).unwrap()).collect();
    nodes.resize(Tree::nodes_for(values.len()), [0; 32]);
    let tree = Tree::grow(&mut nodes, values.len()).unwrap();
    let signature = tree.sign(shop.centre.id(), shop.centre.signer()).unwrap();
    let example =
        |(index, (name, about, header, answer)): (usize, &(&'static str, &'static str, Header, Answer))| {
            let read_only = matches!(answer, Answer::Status(_) | Answer::Day(_));
            let evidence = tree.evidence(index, signature).filter(|_| !read_only);
            let datagram = shop.keys.seal_answer(header, answer, evidence.as_ref()).unwrap();
            Example { name, about, header: header.answer().unwrap(), datagram: datagram.to_vec() }
        };
    values.iter().enumerate().map(example).collect()
}

/// Records of enrolment and the hint: bytes without a seal.
pub(super) fn records(shop: &Shop) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let hint = Hint::new(shop.identity.terminal(), HintKind::UnknownTerminal);
    std::vec![
        ("enrol-request", "The device asks to be enrolled.", shop.request.encoded().to_vec()),
        ("certificate", "What the centre grants.", shop.identity.certificate().encoded().to_vec()),
        (
            "identity",
            "The record that this project's device keeps (secret).",
            shop.identity.encoded().to_vec()
        ),
        ("hint", "Unsealed advice: unknown terminal.", hint.encoded().to_vec()),
    ]
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| std::format!("{byte:02X}")).collect()
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().map(str::to_owned).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
