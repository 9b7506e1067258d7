//! What OpenSC's tools, which know nothing of us, see in the same reader.

use std::process::Command;

use crate::bench::{Bench, Person};

/// One command through `opensc-tool`: the answer's status and data as hex digits.
fn opensc(reader: &str, apdus: &[&str]) -> Vec<String> {
    let mut command = Command::new("opensc-tool");
    command.args(["--reader", reader]);
    for apdu in apdus {
        command.args(["--send-apdu", apdu]);
    }
    let output = command.output().expect("opensc-tool starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Each answer: "Received (SW1=0x90, SW2=0x00):" and lines of hex pairs followed by their characters.
    let mut answers = Vec::new();
    for line in text.lines() {
        if let Some(status) = line.strip_prefix("Received (SW1=0x") {
            let status: String = status.chars().filter(char::is_ascii_hexdigit).collect();
            answers.push(format!("{}{}", &status[..2], &status[status.len() - 2..]));
        } else if let (Some(answer), false) =
            (answers.last_mut(), line.starts_with("Sending") || line.is_empty())
        {
            let pairs = line
                .split_whitespace()
                .take_while(|word| word.len() == 2 && u8::from_str_radix(word, 16).is_ok());
            answer.extend(pairs.take(16).map(str::to_owned));
        }
    }
    answers
}

#[test]
fn opensc_reads_the_same_certificate_number_by_the_commands_of_the_standard() {
    let bench = Bench::new(&["Virtual PCD"]);
    let person = Person::new(2, &[]);
    let _card = bench.insert_here(0, 0, person.card());
    let reader = bench.pcscd.reader(0, 0);
    // SELECT by name "sx1.sh.社会保障", then READ RECORD of tag 08 in EF06 (short identifier 6, P2 = 6 × 8).
    let answers = opensc(&reader, &["00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B2083014"]);
    let as_hex: String = "990101198506150012".bytes().map(|byte| format!("{byte:02X}")).collect();
    assert!(answers.len() == 2 && answers[1].starts_with("9000"), "{answers:?}");
    assert!(answers[1].contains(&as_hex), "{answers:?}");
    // And ours, right after, in the same reader.
    assert_eq!(bench.read(&reader), Ok(person.read_in(&reader)));
}
