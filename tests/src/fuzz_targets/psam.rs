//! What a module may say to the terminal, and a terminal to the virtual module.

use yika_protocol::apdu::{Atr, Protocol};
use yika_protocol::card_keys::{Algorithm, KeyRequest, PsamKey, PsamScheme};
use yika_protocol::psam::{PsamInput, PsamSession, PsamStep};
use yika_sim::{Card, PsamSpec, VirtualPsam};

use super::card::answers;

/// Six follow-ups for each of seven commands at most.
const ENDLESS: usize = 60;

fn session(choice: u8) -> (PsamSession, KeyRequest) {
    let scheme = if choice & 1 == 0 { PsamScheme::ASSUMED_1 } else { PsamScheme::ASSUMED_2 };
    let protocol = if choice & 2 == 0 { Protocol::T0 } else { Protocol::T1 };
    let key = if choice & 4 == 0 { PsamKey::Read } else { PsamKey::Update };
    let request = KeyRequest {
        region: "990100".parse().expect("a region"),
        reset_info: Default::default(),
        card_factor: [0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07],
        algorithm: if choice & 8 == 0 { Algorithm::Sm4 } else { Algorithm::TripleDes },
        identification_code: [0x99; 16],
        internal_process: [1; 8],
        internal_original: [2; 8],
        internal_result: [3; 8],
        external_process: [4; 8],
        external_original: [5; 8],
    };
    (PsamSession::new(scheme, protocol, key, request.clone()), request)
}

/// A malicious module: any answers, in any order. The first byte chooses how it is spoken to.
pub(super) fn psam_session(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let (mut session, request) = session(choice);
    let mut step = session.next(PsamInput::Start);
    for (count, answer) in answers(rest).enumerate() {
        match step {
            Ok(PsamStep::Send(command)) => {
                assert!(count < ENDLESS, "a session ends");
                assert!(!command.carries_pin() && command.as_bytes().len() <= 5 + 24 + 1);
                step = session.next(PsamInput::Response(answer));
            }
            Ok(PsamStep::Done(answer)) => {
                assert!(answer.answers(&request), "the echoes are the request's own data");
                return;
            }
            Err(error) => {
                assert!((6301..=6307).contains(&error.fault().number));
                return;
            }
        }
    }
}

/// Whole conversations with the virtual module.
pub(super) fn psam_session_examples() -> Vec<Vec<u8>> {
    let conversation = |choice: u8| {
        let spec = if choice & 1 == 0 { "" } else { "scheme = \"assumed-2\"" };
        let mut module = VirtualPsam::new(PsamSpec::parse(spec).expect("a good spec"));
        module.power_on();
        let (mut session, _) = session(choice);
        let mut conversation = vec![choice];
        let mut step = session.next(PsamInput::Start);
        while let Ok(PsamStep::Send(command)) = step {
            let answer = module.transmit(command.as_bytes()).into_response().expect("an answer");
            conversation.push(u8::try_from(answer.len()).unwrap_or(u8::MAX));
            conversation.extend(&answer);
            step = session.next(PsamInput::Response(&answer));
        }
        conversation
    };
    [0, 1, 4, 8, 12].map(conversation).to_vec()
}

/// A malicious terminal: any commands.
pub(super) fn virtual_psam(data: &[u8]) {
    let mut module = VirtualPsam::new(PsamSpec::default());
    assert!(Atr::parse(&module.atr().expect("an ATR")).is_ok());
    module.power_on();
    for command in answers(data) {
        let answer = module.transmit(command).into_response().expect("an answer to anything");
        assert!((2..=258).contains(&answer.len()));
        for key in [b"YIKA-IRK-TEST-01", b"YIKA-RK--TEST-01", b"YIKA-UK--TEST-01"] {
            assert!(!answer.windows(16).any(|window| window == key), "no key comes out");
        }
    }
}

pub(super) fn virtual_psam_examples() -> Vec<Vec<u8>> {
    let commands = [
        "00A4040006D15600000590",
        "00C0000010",
        "BFDE4831188660210101000007393930313030737811223344556677",
        "BFDE48311886602101010000073939303130307378 1122334455667788",
        "80FA000008A1B2C3D4E5F60718",
        "00C0000008",
    ];
    let bytes: Vec<Vec<u8>> =
        commands.iter().map(|text| crate::second_opinion::hex(&text.replace(' ', ""))).collect();
    let framed = bytes.iter().flat_map(|command| {
        let length = u8::try_from(command.len()).unwrap_or(u8::MAX);
        std::iter::once(length).chain(command.iter().copied())
    });
    vec![framed.collect()]
}
