//! Any value goes over the wire as it is; any bytes are read or refused.

use std::{rc::Rc, string::String, vec::Vec};

use proptest::{option, prelude::*};

use super::{examples::*, golden::same_request, *};
use crate::{
    cbor::{Reader, Writer},
    identity::{CertNo, Date},
    money::{Price, Quantity},
    voucher::{Code, CodeRule},
};

#[derive(Clone, Debug)]
struct OwnedLine {
    national: String,
    own: String,
    numbers: [i64; 3],
    codes: Vec<(String, bool)>,
}

fn line() -> impl Strategy<Value = OwnedLine> {
    let code = prop_oneof!["[0-9]{1,24}", "[!-~]{1,24}"];
    (
        "[!-~]{1,30}",
        "\\PC{0,12}",
        [1i64..=i64::MAX, 0..=i64::MAX, 0..=i64::MAX],
        prop::collection::vec((code, any::<bool>()), 0..4),
    )
        .prop_map(|(national, own, numbers, codes)| OwnedLine { national, own, numbers, codes })
}

fn credential() -> impl Strategy<Value = Credential> {
    let card = (
        any::<[u8; 16]>(),
        "[0-9A-Z]{1,9}",
        any::<[u8; 4]>(),
        prop::collection::vec(any::<u8>(), 8..=15),
        prop_oneof![Just(1), Just(3)],
        any::<[u8; 8]>(),
        prop::option::of(date()),
    )
        .prop_map(|(identification, card_no, version, reset_info, algorithm, cryptogram, expires)| {
            Credential::Card(CardCredential {
                identification,
                card_no: heapless::Vec::from_slice(card_no.as_bytes()).unwrap(),
                version,
                reset_info: heapless::Vec::from_slice(&reset_info).unwrap(),
                algorithm,
                cryptogram,
                expires,
            })
        });
    let code = "[!-~]{1,64}".prop_map(|code| {
        Credential::Voucher(Code::new(code.as_bytes(), CodeRule { shortest: 1, longest: 64 }).unwrap())
    });
    let id_card = (prop::option::of(date()), prop::option::of(date())).prop_map(|(valid_from, expires)| {
        Credential::IdCard(IdCardCredential {
            certno: CertNo::parse(b"990101199003078885").unwrap(),
            sam_id: [7; 16],
            valid_from,
            expires,
        })
    });
    prop_oneof![card, code, id_card]
}

fn fen() -> impl Strategy<Value = Fen> {
    (0..=i64::MAX).prop_map(Fen)
}

fn date() -> impl Strategy<Value = Date> {
    (1800u16..=9999, 1u8..=12, 1u8..=28).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let settled =
        ("[!-~]{1,30}", [fen(), fen(), fen(), fen(), fen()], prop::collection::vec(any::<u8>(), 0..=30))
            .prop_map(|(setl_id, [amount, acct_pay, fund_pay, cash, balance], name)| {
                Outcome::Settled(Settled {
                    setl_id: heapless::String::try_from(setl_id.as_str()).unwrap(),
                    amount,
                    acct_pay,
                    fund_pay,
                    cash,
                    balance,
                    slip_name: heapless::Vec::from_slice(&name).unwrap(),
                })
            });
    prop_oneof![settled, any::<u16>().prop_map(Outcome::Refused), Just(Outcome::Reversed)]
}

fn answer() -> impl Strategy<Value = Answer> {
    let swipe = || {
        (outcome(), date(), any::<[u8; 8]>()).prop_map(|(outcome, business_day, next_challenge)| {
            SwipeAnswer { outcome, business_day, next_challenge }
        })
    };
    let reversal = (any::<bool>(), any::<[u8; 8]>()).prop_map(|(undone, next_challenge)| {
        let outcome = if undone { ReversalOutcome::Undone } else { ReversalOutcome::NeverHappened };
        Answer::Reversal(ReversalAnswer { outcome, next_challenge })
    });
    let voided = [fen(), fen(), fen(), fen()].prop_map(|[acct_back, fund_back, cash_back, balance]| {
        VoidOutcome::Voided(Voided { acct_back, fund_back, cash_back, balance })
    });
    let void = (prop_oneof![voided, any::<u16>().prop_map(VoidOutcome::Refused)], date(), any::<[u8; 8]>())
        .prop_map(|(outcome, business_day, next_challenge)| {
            Answer::Void(VoidAnswer { outcome, business_day, next_challenge })
        });
    let day = (date(), any::<[u32; 2]>(), any::<[i64; 3]>(), any::<[u8; 8]>()).prop_map(
        |(day, [count, voids], [acct, fund, cash], next_challenge)| {
            Answer::Day(DayAnswer {
                day,
                count,
                voids,
                acct: Fen(acct),
                fund: Fen(fund),
                cash: Fen(cash),
                next_challenge,
            })
        },
    );
    prop_oneof![
        swipe().prop_map(Answer::Swipe),
        reversal,
        swipe().prop_map(|answer| Answer::Status(StatusAnswer::Answered(answer))),
        Just(Answer::Status(StatusAnswer::Unseen)),
        void,
        day,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_request_is_read_as_it_was_written(
        order_no in "[!-~]{1,32}",
        amount in 1..=i64::MAX,
        lines in prop::collection::vec(line(), 0..6),
        draw: bool,
        pin_verified: bool,
        centre_challenge in option::of(any::<[u8; 8]>()),
        valid_until in option::of(any::<u64>()),
        credential in credential(),
    ) {
        let codes: Vec<Vec<TraceCode<'_>>> = lines
            .iter()
            .map(|line| line.codes.iter().map(|(code, opened)| TraceCode::new(code, *opened)).collect())
            .collect();
        let lines: Vec<Line<'_>> = lines
            .iter()
            .zip(&codes)
            .map(|(line, codes)| Line {
                med_list_codg: &line.national,
                medins_list_codg: &line.own,
                cnt: Quantity(line.numbers[0]),
                pric: Price(line.numbers[1]),
                sum: Fen(line.numbers[2]),
                trace_codes: TraceCodes::new(codes),
            })
            .collect();
        let request = Request::Swipe(SwipeRequest {
            order_no: &order_no,
            amount: Fen(amount),
            lines: Lines::new(&lines),
            draw: if draw { Draw::Everything } else { Draw::AccountOnly },
            pin_verified,
            centre_challenge,
            valid_until,
            credential,
        });
        let mut buffer = [0; 4096];
        let mut writer = Writer::new(&mut buffer);
        request.write(&mut writer).unwrap();
        let mut reader = Reader::new(writer.written());
        let read = Request::read(Kind::Swipe, &mut reader).unwrap();
        reader.end().unwrap();
        let (Request::Swipe(read), Request::Swipe(request)) = (&read, &request) else { panic!("swipes") };
        same_request(read, request);

        // Lines alone, as a till hands them over, and again from the encoded form.
        let mut buffer = [0; 4096];
        let mut lines = Writer::new(&mut buffer);
        request.lines.encode(&mut lines).unwrap();
        let encoded = Lines::from_encoded(lines.written()).unwrap();
        prop_assert_eq!(encoded, request.lines);
        let mut again = [0; 4096];
        let mut writer = Writer::new(&mut again);
        encoded.encode(&mut writer).unwrap();
        prop_assert_eq!(writer.written(), lines.written());
    }

    #[test]
    fn an_answer_is_read_as_it_was_written(answer in answer()) {
        let mut buffer = [0; MAX_DATAGRAM];
        let mut writer = Writer::new(&mut buffer);
        answer.write(&mut writer).unwrap();
        let mut reader = Reader::new(writer.written());
        prop_assert_eq!(Answer::read(answer.kind(), &mut reader).unwrap(), answer);
        reader.end().unwrap();
    }

    #[test]
    fn headers(kind in 0usize..10, terminal: [u8; 8], counter in 1u64..1 << 48) {
        let header = Header::new(Kind::ALL[kind], TerminalId(terminal), Counter::new(counter).unwrap());
        let mut reader = Reader::new(&[]);
        let encoded = header.encoded();
        prop_assert!(encoded.len() <= Header::MAX_LEN && !encoded.is_empty());
        reader.clone_from(&Reader::new(&encoded));
        let mut map = reader.map().unwrap();
        prop_assert_eq!(Header::read_fields(&mut map).ok(), Some(header));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        decode_everything(&bytes);
    }

    #[test]
    fn damaged_messages_are_read_or_refused(which in 0usize..22, at in 0usize..1200, byte: u8) {
        let all = EXAMPLES.with(Clone::clone);
        let mut bytes = all[which % all.len()].clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        decode_everything(&bytes);
    }
}

fn decode_everything(bytes: &[u8]) {
    let shop = SHOP.with(Clone::clone);
    let _ = peek(bytes);
    let _ = Hint::decode(bytes);
    let _ = shop.identity.open(bytes);
    let _ = shop.keys.open_request(bytes);
    let _ = EnrolRequest::decode(bytes);
    let _ = TerminalCertificate::decode(bytes);
    let _ = Identity::decode(bytes);
    if let Ok(lines) = Lines::from_encoded(bytes) {
        assert_eq!(lines.iter().count(), lines.len());
        assert_eq!(lines.check(), Ok(()));
    }
    let _ = Evidence::decode(bytes);
    for kind in Kind::ALL {
        let _ = Request::decode(kind, bytes);
        let _ = Answer::decode(kind, bytes);
    }
}

std::thread_local! {
    static SHOP: Rc<Shop> = Rc::new(Shop::new());
    static EXAMPLES: Rc<[Vec<u8>]> = SHOP.with(|shop| {
        let messages = examples(shop).into_iter().map(|example| example.datagram);
        messages.chain(records(shop).into_iter().map(|(_, _, bytes)| bytes)).collect()
    });
}

#[test]
fn no_lines_are_left_out_and_never_an_empty_array() {
    // {0: "S-1", 1: 100, 3: 1, 4: false, 8: "12"}, and the same with 2: [].
    let bare = b"\xA5\x00\x63S-1\x01\x18\x64\x03\x01\x04\xF4\x08\x6212";
    let empty = b"\xA6\x00\x63S-1\x01\x18\x64\x02\x80\x03\x01\x04\xF4\x08\x6212";
    let Ok(Request::Swipe(read)) = Request::read(Kind::Swipe, &mut Reader::new(bare)) else {
        panic!("a swipe")
    };
    assert!(read.lines.is_empty());
    assert!(Request::read(Kind::Swipe, &mut Reader::new(empty)).is_err());
}
