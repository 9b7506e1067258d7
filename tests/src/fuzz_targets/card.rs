//! What a card or a reader may send us.

use yika_protocol::apdu::tlv::{Ber, Record};
use yika_protocol::apdu::{Atr, Protocol, Response};
use yika_protocol::identity::{CertNo, Date, Ethnicity, Institution, Region};
use yika_protocol::social_card::{
    Input, Partial, Pin, PinSession, PinStep, ReadPlan, ReadSession, ResetInfo, Step,
};
use yika_sim::{Card, CardSpec, Generation, VirtualCard};

/// A session that still wants something after so many answers does not end.
const ENDLESS: usize = 400;

pub(super) fn atr(data: &[u8]) {
    if let Ok(atr) = Atr::parse(data) {
        assert!(data.starts_with(atr.as_bytes()) || atr.as_bytes().starts_with(data));
        assert!(atr.historical().len() <= 15, "ISO/IEC 7816-3 allows fifteen historical bytes");
        if let Some(reset) = ResetInfo::from_atr(&atr) {
            assert!(
                data.windows(reset.expose().len().max(1)).any(|window| window == reset.expose())
                    || reset.expose().is_empty()
            );
        }
    }
}

pub(super) fn atr_examples() -> Vec<Vec<u8>> {
    [
        "3B6D00000081544886861136991234567890",
        "3B8D80010081544886861136991234567803",
        "3BDF18FF81F1FE43003F03834D494641524520506C75732053414D3B",
        "3F00",
    ]
    .iter()
    .map(|text| crate::second_opinion::hex(text))
    .collect()
}

pub(super) fn record(data: &[u8]) {
    if let Ok(record) = Record::parse(data) {
        assert!(record.value.len() + 2 <= data.len());
        assert_eq!(record.tag, data[0]);
    }
    for tag in [0x84, 0xA5, 0x9F0C, 0x6F] {
        if let Some(value) = Ber::new(data).find(tag) {
            assert!(value.len() < data.len());
        }
    }
    if let Ok(response) = Response::parse(data) {
        assert_eq!(response.data().len() + 2, data.len());
    }
}

pub(super) fn record_examples() -> Vec<Vec<u8>> {
    [
        "0812393930313031313938353036313530303158",
        "6F198408A000000003000000A50D9F0C0A0102030405060708090A9000",
        "4E149000",
        "6A83",
    ]
    .iter()
    .map(|text| crate::second_opinion::hex(text))
    .collect()
}

pub(super) fn identity(data: &[u8]) {
    if let Ok(number) = CertNo::parse(data) {
        assert!(matches!(number.expose().len(), 15 | 18));
        let long = number.to_18();
        assert_eq!(CertNo::parse(long.expose().as_bytes()).as_ref(), Ok(&long), "the long form is valid too");
        assert!(
            !format!("{number:?}").contains(number.expose()),
            "a certificate number must not show itself"
        );
    }
    if let Ok(date) = Date::from_ascii(data) {
        assert_eq!(Date::from_bcd(date.to_bcd()), Ok(date));
        assert!((1..=12).contains(&date.month()) && (1..=31).contains(&date.day()));
    }
    if let Some(&[a, b, c, d]) = data.first_chunk() {
        if let Ok(date) = Date::from_bcd([a, b, c, d]) {
            assert_eq!(date.to_bcd(), [a, b, c, d]);
        }
        if let Ok(region) = Region::from_bcd([a, b, c]) {
            assert_eq!(Region::parse(region.as_bytes()), Ok(region));
        }
        if let Some(ethnicity) = Ethnicity::from_bcd(d) {
            assert_eq!(ethnicity.to_bcd(), d);
        }
    }
    if let Ok(institution) = Institution::parse(data) {
        assert_eq!(institution.as_str().len(), 12);
    }
}

pub(super) fn identity_examples() -> Vec<Vec<u8>> {
    // Check digit by GB 11643.
    ["990101850615001", "99010119850615008X", "19850615", "P99010100001", "990100"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

/// Pieces of the input, each with its length before it, as answers of a card; a short rest is the last one.
pub(super) fn answers(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (&length, after) = rest.split_first()?;
        let (answer, left) = after.split_at(usize::from(length).min(after.len()));
        rest = left;
        Some(answer)
    })
}

/// Real conversations, as answers of a virtual card to our own session.
pub(super) fn session_examples() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for generation in [Generation::One, Generation::Two, Generation::Three] {
        for quirks in [&[][..], &["t0"], &["mf-first", "no-sfi"], &["rec-only"], &["le-strict", "no-4e"]] {
            let spec =
                CardSpec::generation(generation).with_quirks(quirks.iter().copied()).expect("known quirks");
            let mut card = VirtualCard::new(spec);
            card.power_on();
            let atr = Atr::parse(&card.atr().expect("an ATR")).expect("a good ATR");
            let protocol = if quirks.contains(&"t0") { Protocol::T0 } else { Protocol::T1 };
            let mut session = ReadSession::new(ReadPlan::Full, protocol, Some(&atr));
            let mut conversation = vec![plan_byte(ReadPlan::Full, protocol)];
            let mut step = session.next(Input::Start);
            while let Ok(Step::Send(command)) = step {
                let answer = card.transmit(command.as_bytes()).into_response().expect("an answer");
                conversation.push(u8::try_from(answer.len()).unwrap_or(u8::MAX));
                conversation.extend(&answer);
                step = session.next(Input::Response(&answer));
            }
            out.push(conversation);
        }
    }
    out
}

fn plan_byte(plan: ReadPlan, protocol: Protocol) -> u8 {
    u8::from(plan == ReadPlan::Full) | u8::from(protocol == Protocol::T0) << 1
}

/// A card that answers whatever it likes. Its answers are repeated, so that endless loops are found.
pub(super) fn read_session(data: &[u8]) {
    let Some((&flags, data)) = data.split_first() else { return };
    let plan = if flags & 1 == 0 { ReadPlan::Settlement } else { ReadPlan::Full };
    let protocol = if flags & 2 == 0 { Protocol::T1 } else { Protocol::T0 };
    let atr = Atr::parse(&crate::second_opinion::hex("3B6D00000081544886861136991234567890")).ok();
    let mut session = ReadSession::new(plan, protocol, if flags & 4 == 0 { atr.as_ref() } else { None });
    let mut script = answers(data).collect::<Vec<_>>().into_iter().cycle();
    let mut step = session.next(Input::Start);
    for _ in 0..ENDLESS {
        step = match step {
            Ok(Step::Send(command)) => {
                assert!(command.as_bytes().len() <= 261, "a short APDU");
                match script.next() {
                    Some(answer) => session.next(Input::Response(answer)),
                    None => return,
                }
            }
            Ok(Step::NeedKeys(_)) => session.next(Input::NoKeys(Partial::KeyServiceRefused)),
            Ok(Step::Done(card)) => {
                assert!(card.card_no.expose().len() <= 9, "only nine characters of the card number count");
                assert!(
                    card.name.as_ref().is_none_or(|name| name.len() <= 50),
                    "30 bytes of name, 20 of extension"
                );
                let shown = format!("{card:?}");
                assert!(
                    card.certno.as_ref().is_none_or(|certno| !shown.contains(certno.expose())),
                    "{shown}"
                );
                return;
            }
            Err(error) => {
                // Every way to fail has its coded text.
                assert!(error.fault().number > 0);
                return;
            }
        };
    }
    panic!("the session does not end");
}

pub(super) fn pin_session(data: &[u8]) {
    let Some((&flags, data)) = data.split_first() else { return };
    let protocol = if flags & 2 == 0 { Protocol::T1 } else { Protocol::T0 };
    let pin = Pin::from_digits(b"246810").expect("digits");
    let mut session = PinSession::new(pin, protocol, None, false).expect("no last try is known");
    let mut script = answers(data).collect::<Vec<_>>().into_iter().cycle();
    let mut step = session.start();
    let mut verified = 0;
    for _ in 0..ENDLESS {
        step = match step {
            Ok(PinStep::Send(command)) => {
                verified += usize::from(command.carries_pin());
                assert!(verified <= 1, "a PIN must never be sent twice");
                match script.next() {
                    Some(answer) => session.next(answer),
                    None => return,
                }
            }
            Ok(PinStep::Done(_)) => return,
            Err(error) => {
                assert!(error.fault().number > 0);
                return;
            }
        };
    }
    panic!("the session does not end");
}

/// Any command to the card model, in any order.
pub(super) fn virtual_card(data: &[u8]) {
    let Some((&flags, data)) = data.split_first() else { return };
    let generation = [Generation::One, Generation::Two, Generation::Three][usize::from(flags) % 3];
    let mut spec = CardSpec::generation(generation);
    if flags & 0x80 != 0 {
        spec = spec.with_quirks(["t0", "must-fetch"]).expect("known quirks");
    }
    let mut card = VirtualCard::new(spec);
    card.power_on();
    for apdu in answers(data).take(64) {
        if let Some(answer) = card.transmit(apdu).into_response() {
            assert!((2..=258).contains(&answer.len()), "data and a status word");
        }
        assert!(card.pin_tries_left() <= 15);
    }
}

pub(super) fn apdu_examples() -> Vec<Vec<u8>> {
    let select = "1400A404000F7378312E73682EC9E7BBE1B1A3D5CF";
    let read = "0500B208342C";
    let verify = "080020000003246810";
    [
        format!("00{select}{read}{verify}"),
        format!("82{select}0500C000001E{read}"),
        format!("01{read}{select}{read}{read}"),
    ]
    .iter()
    .map(|text| crate::second_opinion::hex(text))
    .collect()
}
