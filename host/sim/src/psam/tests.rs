use super::*;
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn module(spec: &str) -> VirtualPsam {
    let mut module = VirtualPsam::new(PsamSpec::parse(spec).unwrap());
    module.power_on();
    module
}

/// `(command, answer)` in hex, in order.
fn plays(module: &mut VirtualPsam, script: &[(&str, &str)]) {
    for (command, answer) in script {
        let said = module.transmit(&hex(command)).into_response().unwrap();
        assert_eq!(format!("{said:02X?}"), format!("{:02X?}", hex(answer)), "{command}");
    }
}

const SELECT: (&str, &str) = ("00A4040006D15600000590", "6110");

fn deliver(key: &str, process: &str) -> String {
    format!("BFDE48{key}1886602101010000073939303130307378{process}")
}

/// Results computed with Python `cryptography` from the formulas of `hw-docs/card.md`.
#[test]
fn keys_are_derived_and_used_inside() {
    let (process, original) = ("1122334455667788", "A1B2C3D4E5F60718");
    let sm4 = deliver("31", process);

    let (des, read) = (deliver("11", process), deliver("33", "99AABBCCDDEEFF00"));
    let encrypt = format!("80FA000008{original}");
    plays(
        &mut module(""),
        &[
            SELECT,
            ("00C0000010", "6F0E8406D15600000590A504880101009000"),
            (&sm4, "9000"),
            (&encrypt, "6108"),
            ("00C0000008", "7D9CF15FCC786F3D9000"),
            (&des, "9000"),
            (&encrypt, "6108"),
            ("00C0000004", "6C08"),
            ("00C0000008", "37344DC34C95CA8A9000"),
            (&read, "9000"),
            ("80FA0000080102030405060708", "6108"),
            ("00C0000000", "A4971F10251F56619000"),
        ],
    );
}

#[test]
fn refusals() {
    let deliver_sm4 = deliver("31", "1122334455667788");
    let read = deliver("33", "1122334455667788");
    plays(&mut module(""), &[(&deliver_sm4, "6985"), SELECT, ("80FA0000080102030405060708", "6985")]);
    plays(&mut module(""), &[SELECT, (&deliver_sm4.replace("BFDE48", "BFDE28"), "6A86")]);
    plays(&mut module(""), &[SELECT, (&deliver_sm4[..deliver_sm4.len() - 2], "6700"), ("BFDE487F", "6A88")]);
    plays(&mut module("algorithms = [\"01\"]"), &[SELECT, (&deliver_sm4, "6A81")]);
    plays(&mut module("rksssse = \"none\""), &[SELECT, (&deliver_sm4, "9000"), (&read, "6A88")]);
    plays(&mut module("faults = [\"not-psam\"]"), &[(SELECT.0, "6A82")]);
    plays(&mut module("faults = [\"locked\"]"), &[(SELECT.0, "9303")]);
    plays(&mut module(""), &[("00A40000023F00", "610C"), ("00B2010400", "6D00"), ("FFFFFFFF", "6E00")]);
}

#[test]
fn a_reset_forgets_the_session_key() {
    let mut module = module("");
    let deliver = deliver("31", "1122334455667788");
    plays(&mut module, &[SELECT, (&deliver, "9000")]);
    module.reset();
    plays(&mut module, &[("80FA0000080102030405060708", "6985"), ("00C0000008", "6985")]);
    module.power_off();
    assert_eq!(module.transmit(&hex(SELECT.0)), CardAnswer::Mute);
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(commands in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
        let mut module = module("");
        module.transmit(&hex(SELECT.0));
        for command in commands {
            let said = module.transmit(&command).into_response().unwrap();
            prop_assert!((2..=258).contains(&said.len()));
        }
    }
}
