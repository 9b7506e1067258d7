use super::*;
use crate::identity::Region;
use proptest::prelude::*;
use std::{format, vec::Vec};

/// The card of the examples in `hw-docs/card.md`; results computed with Python `cryptography`.
fn request(algorithm: Algorithm) -> KeyRequest {
    let region: Region = "990100".parse().unwrap();
    KeyRequest {
        region,
        reset_info: Default::default(),
        card_factor: [0x86, 0x60, 0x21, 0x01, 0x01, 0x00, 0x00, 0x07],
        algorithm,
        identification_code: [0x99; 16],
        internal_process: [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
        internal_original: [0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18],
        internal_result: 0x7D9C_F15F_CC78_6F3D_u64.to_be_bytes(),
        external_process: [0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x00],
        external_original: [1, 2, 3, 4, 5, 6, 7, 8],
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// Plays `>` lines as expected commands and `<` lines as answers.
fn play(mut session: PsamSession, script: &[&str]) -> Result<KeyAnswer, PsamError> {
    let mut step = session.next(PsamInput::Start)?;
    for pair in script.chunks(2) {
        let PsamStep::Send(command) = step else { panic!("over before {pair:?}") };
        assert_eq!(format!("{:02X?}", command.as_bytes()), format!("{:02X?}", hex(&pair[0][2..])));
        step = session.next(PsamInput::Response(&hex(&pair[1][2..])))?;
    }
    match step {
        PsamStep::Done(answer) => Ok(answer),
        PsamStep::Send(command) => panic!("goes on with {command:?}"),
    }
}

const SELECT: &str = "> 00A4040006D15600000590";
const FACTORS: &str = "86602101010000073939303130307378";

fn psam(scheme: PsamScheme, protocol: Protocol, key: PsamKey, algorithm: Algorithm) -> PsamSession {
    PsamSession::new(scheme, protocol, key, request(algorithm))
}

#[test]
fn a_generation_3_card_over_t0() {
    let deliver_internal = format!("> BFDE483118{FACTORS}1122334455667788");
    let deliver_read = format!("> BFDE483318{FACTORS}99AABBCCDDEEFF00");
    let answer = play(
        psam(PsamScheme::ASSUMED_1, Protocol::T0, PsamKey::Read, Algorithm::Sm4),
        &[
            SELECT,
            "< 6110",
            "> 00C0000010",
            "< 6F0E8406D15600000590A504880101009000",
            &deliver_internal,
            "< 9000",
            "> 80FA000008A1B2C3D4E5F60718",
            "< 6108",
            "> 00C0000008",
            "< 7D9CF15FCC786F3D9000",
            &deliver_read,
            "< 9000",
            "> 80FA0000080102030405060708",
            "< 6108",
            "> 00C0000008",
            "< A4971F10251F56619000",
        ],
    )
    .unwrap();
    assert!(answer.answers(&request(Algorithm::Sm4)) && answer.proves(&request(Algorithm::Sm4)));
    assert_eq!(answer.external_cryptogram, 0xA497_1F10_251F_5661_u64.to_be_bytes());
}

#[test]
fn the_write_key_of_a_3des_card_has_the_number_of_the_field() {
    let deliver_internal = format!("> BFDE481118{FACTORS}1122334455667788");
    let deliver_update = format!("> BFDE481218{FACTORS}99AABBCCDDEEFF00");
    let answer = play(
        psam(PsamScheme::ASSUMED_1, Protocol::T1, PsamKey::Update, Algorithm::TripleDes),
        &[
            "> 00A4040006D1560000059000",
            "< 9000",
            &deliver_internal,
            "< 9000",
            "> 80FA000008A1B2C3D4E5F6071808",
            "< 37344DC34C95CA8A9000",
            &deliver_update,
            "< 9000",
            "> 80FA000008010203040506070808",
            "< 00010203040506079000",
        ],
    )
    .unwrap();
    assert_eq!(answer.internal_result, 0x3734_4DC3_4C95_CA8A_u64.to_be_bytes());
    assert_eq!(answer.external_cryptogram, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn keys_of_one_region_vouch_only_for_cards_that_they_fit() {
    let deliver = "> BFDE28311086602101010000071122334455667788";
    let block = "> 80FA000010A1B2C3D4E5F607185E4D3C2B1A09F8E7";
    // Folds to 7D9CF15FCC786F3D: left XOR right.
    let fits = "< 7D9CF15FCC786F3D00000000000000009000";
    let strange = "< 7D9CF15FCC786F3D00000000000000019000";
    let session = || psam(PsamScheme::ASSUMED_2, Protocol::T0, PsamKey::Read, Algorithm::Sm4);
    let read = "> BFDE283310866021010100000799AABBCCDDEEFF00";
    let open = "> 80FA0000100102030405060708FEFDFCFBFAF9F8F7";
    let fold = "< 100000000000000000000000000000019000";
    let whole = [SELECT, "< 9000", deliver, "< 9000", block, fits, read, "< 9000", open, fold];
    assert_eq!(play(session(), &whole).unwrap().external_cryptogram, [0x10, 0, 0, 0, 0, 0, 0, 1]);
    let other = [SELECT, "< 9000", deliver, "< 9000", block, strange];
    assert_eq!(play(session(), &other), Err(PsamError::KeyLevel));
}

#[test]
fn a_module_of_a_maker_that_needs_the_master_file_first() {
    let deliver = format!("> BFDE483118{FACTORS}1122334455667788");
    let error = play(
        psam(PsamScheme::ASSUMED_1, Protocol::T0, PsamKey::Read, Algorithm::Sm4),
        &[SELECT, "< 6A82", "> 00A40000023F00", "< 9000", SELECT, "< 9000", &deliver, "< 6F00"],
    );
    let status = crate::apdu::Status(0x6F00);
    assert_eq!(error, Err(PsamError::Unexpected { stage: PsamStage::Delivery, status }));
}

#[test]
fn each_refusal_has_its_driver_code_and_says_whether_the_centre_may_help() {
    let deliver = format!("> BFDE483118{FACTORS}1122334455667788");
    let read = format!("> BFDE483318{FACTORS}99AABBCCDDEEFF00");
    let to_read = |sw| {
        [
            SELECT,
            "< 9000",
            &deliver,
            "< 9000",
            "> 80FA000008A1B2C3D4E5F60718",
            "< 7D9CF15FCC786F3D9000",
            &read,
            sw,
        ]
        .map(std::string::String::from)
    };
    let session = || psam(PsamScheme::ASSUMED_1, Protocol::T0, PsamKey::Read, Algorithm::Sm4);
    let run = |script: &[&str]| play(session(), script).unwrap_err();
    let run_to_read = |sw| {
        let script = to_read(sw);
        run(&script.iter().map(|line| line.as_str()).collect::<Vec<_>>())
    };
    let none = [SELECT, "< 6A82", "> 00A40000023F00", "< 9000", SELECT, "< 6A82"];
    for (error, number, driver, other) in [
        (run(&none), 6301, -2201, true),
        (run(&[SELECT, "< 9000", &deliver, "< 6A81"]), 6302, -2202, true),
        (run_to_read("< 6A88"), 6303, -2203, true),
        (run_to_read("< 9403"), 6303, -2203, true),
        (run(&[SELECT, "< 9000", &deliver, "< 6A88"]), 6304, -27272, true),
        (run_to_read("< 6A86"), 6305, -24, true),
        (run_to_read("< 6985"), 6305, -24, true),
        (run_to_read("< 6581"), 6306, -25985, false),
        (run(&[SELECT, "< 6283"]), 6307, -25219, false),
        (run(&[SELECT, "< 9000", &deliver, "< 9303"]), 6307, -37635, false),
        (run(&[SELECT, "< 90"]), 6306, -15, false),
    ] {
        assert_eq!((error.fault().number, error.driver_code()), (number, driver), "{error}");
        assert_eq!(error.other_may_help(), other, "{error}");
    }
}

#[test]
fn ssf33_is_refused_before_anything_is_sent() {
    let mut session = psam(PsamScheme::ASSUMED_1, Protocol::T0, PsamKey::Read, Algorithm::Ssf33);
    assert!(matches!(session.next(PsamInput::Start), Err(PsamError::Algorithm(Algorithm::Ssf33))));
}

#[test]
fn an_answer_out_of_turn_and_a_new_start() {
    let mut session = psam(PsamScheme::ASSUMED_1, Protocol::T0, PsamKey::Read, Algorithm::Sm4);
    assert!(matches!(session.next(PsamInput::Response(&[0x90, 0x00])), Err(PsamError::OutOfTurn)));
    assert!(matches!(session.next(PsamInput::Start), Ok(PsamStep::Send(_))));
    assert!(matches!(session.next(PsamInput::Start), Ok(PsamStep::Send(_))));
}

proptest! {
    #[test]
    fn any_module_comes_to_an_end(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
        block: bool,
    ) {
        let scheme = if block { PsamScheme::ASSUMED_2 } else { PsamScheme::ASSUMED_1 };
        let mut session = psam(scheme, Protocol::T0, PsamKey::Read, Algorithm::Sm4);
        let mut step = session.next(PsamInput::Start);
        for answer in &answers {
            match step {
                Ok(PsamStep::Send(_)) => step = session.next(PsamInput::Response(answer)),
                _ => break,
            }
        }
    }
}
