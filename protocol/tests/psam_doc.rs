//! The conversation in `hw-docs/psam.md` is what the session says, byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use yika_protocol::apdu::Protocol;
use yika_protocol::card_keys::{Algorithm, CardKeyScheme, KeyRequest, MasterKeys, PsamKey, PsamScheme};
use yika_protocol::identity::Secret;
use yika_protocol::psam::{PsamInput, PsamSession, PsamStep};

const PAGE: &str = include_str!("../../hw-docs/psam.md");

/// Lines of the block: direction and bytes. Words stand behind two spaces.
fn conversation() -> Vec<(char, Vec<u8>)> {
    let block = PAGE.split("```apdu psam\n").nth(1).unwrap().split("```").next().unwrap();
    let line = |line: &str| {
        let (direction, rest) = line.split_at(2);
        let hex: String = rest.split("  ").next().unwrap().split(' ').collect();
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        (direction.chars().next().unwrap(), bytes.collect())
    };
    block.lines().map(line).collect()
}

#[test]
fn the_page_is_played_to_the_end() {
    let request = KeyRequest {
        region: "990100".parse().unwrap(),
        reset_info: Default::default(),
        card_factor: [0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07],
        algorithm: Algorithm::Sm4,
        identification_code: [0; 16],
        internal_process: 0x1122_3344_5566_7788_u64.to_be_bytes(),
        internal_original: 0xA1B2_C3D4_E5F6_0718_u64.to_be_bytes(),
        internal_result: 0x7D9C_F15F_CC78_6F3D_u64.to_be_bytes(),
        external_process: 0x99AA_BBCC_DDEE_FF00_u64.to_be_bytes(),
        external_original: 0x0102_0304_0506_0708_u64.to_be_bytes(),
    };
    let scheme = PsamScheme::default();
    let mut session = PsamSession::new(scheme, Protocol::T0, PsamKey::Read, request.clone());
    let mut step = session.next(PsamInput::Start).unwrap();
    for (direction, bytes) in conversation() {
        match direction {
            '>' => match &step {
                PsamStep::Send(command) => assert_eq!(command.as_bytes(), bytes),
                PsamStep::Done(_) => panic!("over before {bytes:02X?}"),
            },
            '<' => step = session.next(PsamInput::Response(&bytes)).unwrap(),
            other => panic!("a line begins with {other}"),
        }
    }
    let PsamStep::Done(answer) = step else { panic!("the page ends too early") };
    assert!(answer.proves(&request));
    // The centre's key service, which computes with the masters themselves, says the same.
    let masters = MasterKeys {
        internal: Secret::new(*b"YIKA-IRK-TEST-01"),
        read_ssse: Secret::new(*b"YIKA-RK--TEST-01"),
    };
    assert_eq!(masters.answer(CardKeyScheme::default(), &request), Ok(answer));
}
