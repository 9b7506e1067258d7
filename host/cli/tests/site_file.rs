//! The site file: what `init` writes, and how a mistake in it is told.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use support::Desk;

/// Changes one line of the site file that `init` writes and returns what a verb that needs a site says in English.
fn mistake(from: &str, to: &str) -> (i32, String, usize) {
    let desk = Desk::with_site(&[]);
    let text = desk.read("yika.toml");
    assert!(text.contains(from), "{from:?} is not in {text}");
    let changed = text.replacen(from, to, 1);
    let line =
        changed.lines().position(|line| line.contains(to.lines().next().unwrap_or(to))).expect("the line")
            + 1;
    desk.write("yika.toml", &changed);
    let ran = desk.run(&["journal", "list"]);
    (ran.code, ran.err, line)
}

#[test]
fn init_writes_a_site_that_is_read_back_and_never_overwrites() {
    let desk =
        Desk::with_site(&["--institution", "H99010200002", "--name", "演示医院", "--seq-range", "5000-9999"]);
    let text = desk.read("yika.toml");
    assert!(text.contains("code = \"H99010200002\"") && text.contains("seq_range = [5000, 9999]"));
    assert_eq!(desk.run(&["journal", "list"]).code, 0);
    let again = desk.run(&["init"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("Y-3003"), "{}", again.err);
    assert_eq!(desk.read("yika.toml"), text);
}

#[test]
fn init_refuses_wrong_flags_and_leaves_no_file() {
    for (flag, value) in [
        ("--institution", "P123"),
        ("--region", "99"),
        ("--seq-range", "100-50"),
        ("--seq-range", "0-10000"),
        ("--centre", "ftp://x"),
        ("--profile", "atlantis"),
        ("--name", "a&b"),
    ] {
        let desk = Desk::new();
        let ran = desk.run(&["init", flag, value]);
        assert_eq!(ran.code, 2, "{flag} {value}: {}", ran.err);
        assert!(!desk.path("yika.toml").exists(), "{flag} {value}");
    }
}

#[test]
fn a_wrong_value_points_at_its_line() {
    let cases = [
        ("code = \"P99010100001\"", "code = \"P9901\"", "institution code is H or P and 11 digits"),
        ("region = \"990100\"", "region = \"9901\"", "6 digits"),
        ("seq_range = [0, 4999]", "seq_range = [4999, 0]", "first ≤ last"),
        ("seq_range = [0, 4999]", "seq_range = [0, 10000]", "0 to 9999"),
        ("seq_range = [0, 4999]", "seq_range = [1]", "two numbers"),
        ("url = \"http://127.0.0.1:8470/\"", "url = \"127.0.0.1:8470\"", "http:// or https://"),
        ("url = \"http://127.0.0.1:8470/\"", "url = \"http://u:secret@h/\"", "http:// or https://"),
        ("profile = \"sandbox\"", "profile = \"atlantis\"", "sandbox, csb, tif, hubei, jilin"),
        ("profile = \"sandbox\"", "profile = \"csb\"", "[gateway]"),
        ("passphrase = \"prompt\"", "passphrase = \"hunter2\"", "env:NAME"),
        ("# client_cert = \"client.pem\"", "client_cert = \"client.pem\"", "together"),
        ("# timeout_seconds = 20", "timeout_seconds = 0", "from 1 to 300"),
        ("# retention_days = 1100", "retention_days = -1", "from 1 to 36500"),
        ("opter_type = \"1\"", "opter_type = \"9\"", "\"1\" (a person)"),
        ("language = \"en\"", "language = \"fr\"", "unknown variant"),
        ("opter = \"0001\"", "optr = \"0001\"", "unknown field `optr`"),
        ("opter = \"0001\"", "opter = 1", "invalid type"),
    ];
    for (from, to, said) in cases {
        let (code, err, line) = mistake(from, to);
        assert_eq!(code, 2, "{to}: {err}");
        assert!(err.contains("Y-3002"), "{to}: {err}");
        assert!(err.contains(&format!("yika.toml:{line}:")), "{to}: line {line} not named in {err}");
        assert!(err.contains(said), "{to}: {said:?} not in {err}");
    }
}

#[test]
fn what_might_be_a_secret_is_not_repeated_in_json() {
    let desk = Desk::with_site(&[]);
    desk.write("yika.toml", &desk.read("yika.toml").replace("\"prompt\"", "\"hunter2\""));
    let (code, document) = desk.json(&["journal", "list"]);
    assert_eq!(code, 2);
    assert!(!document.to_string().contains("hunter2"), "{document}");
}

#[test]
fn a_broken_syntax_and_a_missing_section_name_their_place() {
    let (code, err, line) = mistake("[operator]", "[operator");
    assert_eq!(code, 2);
    assert!(err.contains(&format!("yika.toml:{line}:")), "{err}");
    let desk = Desk::new();
    desk.write("yika.toml", "[institution]\ncode = \"P99010100001\"\nname = \"x\"\nregion = \"990100\"\n");
    let ran = desk.run(&["journal", "list"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("missing field `operator`"), "{}", ran.err);
}

#[test]
fn a_site_file_in_another_encoding_is_told_with_its_line() {
    let desk = Desk::with_site(&[]);
    let text = desk.read("yika.toml");
    let mut bytes = text.replace("一卡示例大药房", "?").into_bytes();
    let at = bytes.windows(3).position(|part| part == b"\"?\"").expect("the name") + 1;
    // 胶 in GBK, as an old editor would save it.
    bytes.splice(at..=at, [0xBD, 0xBA]);
    std::fs::write(desk.path("yika.toml"), bytes).expect("written");
    let ran = desk.run(&["journal", "list"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not UTF-8"), "{}", ran.err);
}

#[test]
fn the_site_is_looked_for_here_then_in_the_variable_then_in_the_configuration() {
    let desk = Desk::with_site(&[]);
    std::fs::create_dir_all(desk.path("config/yika")).expect("a folder");
    std::fs::rename(desk.path("yika.toml"), desk.path("config/yika/yika.toml")).expect("moved");
    assert_eq!(desk.run(&["journal", "list"]).code, 2);
    let found = desk.run_with(&["journal", "list"], |c| c.env("XDG_CONFIG_HOME", desk.path("config")));
    assert_eq!(found.code, 0, "{}", found.err);
    let found =
        desk.run_with(&["journal", "list"], |c| c.env("YIKA_SITE", desk.path("config/yika/yika.toml")));
    assert_eq!(found.code, 0, "{}", found.err);
    let named = desk.run(&["journal", "list", "--site", "config/yika/yika.toml"]);
    assert_eq!(named.code, 0, "{}", named.err);
    let missing = desk.run(&["journal", "list", "--site", "nowhere.toml"]);
    assert!(missing.err.contains("Y-3001") && missing.code == 2, "{}", missing.err);
}

#[test]
fn the_sample_site_is_loaded() {
    let desk = Desk::new();
    let sample = support::repository("hw-docs/samples/yika.toml");
    std::fs::copy(sample, desk.path("yika.toml")).expect("hw-docs/samples/yika.toml");
    let ran = desk.run(&["journal", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}
