//! What a terminal and a centre may be sent.

use serde_json::Value;
use yika_protocol::cbor::Writer;
use yika_protocol::identity::Secret;
use yika_protocol::swipe::{
    Answer, CentreId, EnrolRequest, Evidence, Hint, Identity, Kind, Lines, MAX_DATAGRAM, Outcome, Request,
    StatusAnswer, TerminalCertificate, TerminalKeys, peek,
};

use crate::second_opinion::hex;

const SAMPLES: &str = include_str!("../../../hw-docs/samples/swipe/v1.json");

struct Sides {
    device: Identity,
    centre: TerminalKeys,
}

std::thread_local! {
    static SIDES: Sides = sides();
}

fn samples() -> Value {
    serde_json::from_str(SAMPLES).expect("the samples")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex(value.as_str().expect("hex"))
}

fn sides() -> Sides {
    let samples = samples();
    let device = Identity::decode(&bytes(&samples["records"]["identity"])).expect("the identity");
    let centre = CentreId(bytes(&samples["keys"]["centre"]).try_into().expect("eight bytes"));
    let secret = Secret::new(bytes(&samples["keys"]["secret"]).try_into().expect("32 bytes"));
    Sides { centre: TerminalKeys::from_secret(device.terminal(), centre, secret), device }
}

/// Any bytes off the line, to both sides. Nothing but the samples themselves may come through a seal.
pub(super) fn message(data: &[u8]) {
    SIDES.with(|sides| {
        let header = peek(data);
        if let Ok(opened) = sides.device.open(data) {
            assert!(!opened.header.kind.is_request() && opened.header == header.expect("a header"));
        }
        if let Ok(opened) = sides.centre.open_request(data) {
            assert!(opened.header().kind.is_request() && data.len() <= MAX_DATAGRAM);
        }
    });
    if let Some(hint) = Hint::decode(data) {
        assert!(hint.encoded().len() <= Hint::MAX_LEN);
    }
    if let Ok(request) = EnrolRequest::decode(data) {
        assert_eq!(request.encoded(), data);
    }
    if let Ok(certificate) = TerminalCertificate::decode(data) {
        assert_eq!(certificate.encoded(), data);
    }
    // A private key costs a point multiplication, so only what looks like the record.
    if data.len() > 300
        && let Ok(identity) = Identity::decode(data)
    {
        assert_eq!(identity.encoded().as_slice(), data);
    }
}

pub(super) fn message_examples() -> Vec<Vec<u8>> {
    let samples = samples();
    let messages =
        samples["messages"].as_array().expect("messages").iter().map(|message| bytes(&message["datagram"]));
    let records = samples["records"].as_object().expect("records").values().map(bytes);
    messages.chain(records).collect()
}

/// What a good seal may hold when the other side is wrong: first byte the kind, then a body.
pub(super) fn body(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    if let Ok(lines) = Lines::from_encoded(body) {
        let mut buffer = vec![0; body.len()];
        let mut writer = Writer::new(&mut buffer);
        lines.encode(&mut writer).expect("no longer than what was read");
        assert_eq!(Lines::from_encoded(writer.written()), Ok(lines));
    }
    if let Ok(evidence) = Evidence::decode(body) {
        assert!(evidence.index < evidence.count);
    }
    let Some(kind) = Kind::from_number(*kind) else { return };
    if let Ok(request) = Request::decode(kind, body) {
        assert_eq!(request.kind(), kind);
        if let Request::Swipe(swipe) = request {
            assert!(swipe.amount.0 > 0 && (1..=32).contains(&swipe.order_no.len()));
            assert_eq!(swipe.lines.check(), Ok(()));
            assert_eq!(swipe.lines.iter().count(), swipe.lines.len());
        }
    }
    if let Ok(answer) = Answer::decode(kind, body) {
        assert_eq!(answer.kind(), kind);
        if let Answer::Swipe(swipe) | Answer::Status(StatusAnswer::Answered(swipe)) = answer
            && let Outcome::Settled(settled) = swipe.outcome
        {
            let amounts = [settled.amount, settled.acct_pay, settled.fund_pay, settled.cash, settled.balance];
            assert!(amounts.iter().all(|amount| amount.0 >= 0) && !settled.setl_id.is_empty());
        }
    }
}

pub(super) fn body_examples() -> Vec<Vec<u8>> {
    let samples = samples();
    let messages = samples["messages"].as_array().expect("messages").iter();
    messages
        .flat_map(|message| {
            // The header's fifth byte is the kind: A5 00 01 01 kind.
            let kind = bytes(&message["header"])[4];
            let evidence = message["evidence"].as_str().filter(|text| !text.is_empty()).map(hex);
            [Some(bytes(&message["body"])), evidence]
                .into_iter()
                .flatten()
                .map(move |body| [&[kind][..], &body].concat())
        })
        .collect()
}
