//! Help, usage errors, languages, exit codes, and the shape of errors in JSON.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use support::Desk;

#[test]
fn help_names_every_verb_and_the_exit_codes() {
    let ran = Desk::new().run(&["--help"]);
    assert_eq!(ran.code, 0);
    let verbs = [
        "init",
        "readers",
        "card",
        "voucher",
        "settle",
        "void",
        "cancel",
        "journal",
        "reconcile",
        "centre",
        "sim",
        "doctor",
        "keys",
        "errors",
    ];
    for verb in verbs {
        assert!(ran.out.contains(&format!("\n  {verb} ")), "{verb} is missing in {}", ran.out);
    }
    assert!(ran.out.contains("Exit codes"));
}

#[test]
fn every_verb_has_help() {
    let desk = Desk::new();
    for verb in [
        &["init"][..],
        &["readers"],
        &["card", "read"],
        &["card", "verify-pin"],
        &["voucher", "scan"],
        &["settle", "pharmacy"],
        &["void"],
        &["cancel"],
        &["journal", "list"],
        &["journal", "show"],
        &["journal", "recover"],
        &["journal", "shown"],
        &["reconcile"],
        &["centre", "serve"],
        &["centre", "seed"],
        &["sim", "card"],
        &["sim", "scanner"],
        &["sim", "phone"],
        &["doctor"],
        &["keys", "new"],
        &["keys", "show"],
        &["errors"],
    ] {
        let args: Vec<&str> = verb.iter().chain(&["--help"]).copied().collect();
        let ran = desk.run(&args);
        assert_eq!(ran.code, 0, "{verb:?}: {}", ran.err);
        assert!(ran.out.contains("Usage: yika"), "{verb:?}");
        let asked: Vec<&str> = ["help"].iter().chain(verb.iter()).copied().collect();
        assert_eq!(desk.run(&asked).out, ran.out, "{verb:?}");
    }
}

#[test]
fn a_usage_error_is_exit_code_2_and_one_json_document_with_json() {
    let desk = Desk::new();
    for args in
        [&["frobnicate"][..], &["card"], &["settle", "pharmacy"], &["card", "read", "--wait", "x"], &["void"]]
    {
        let ran = desk.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{args:?}");
        let a_group_alone = args == ["card"];
        assert!(a_group_alone || ran.err.contains("Y-3006"), "{args:?}: {}", ran.err);
        let (code, document) = desk.json(args);
        assert_eq!(code, 2, "{args:?}");
        assert_eq!(document["error"]["code"], "Y-3006", "{args:?}");
    }
}

#[test]
fn a_pin_is_never_an_argument() {
    let desk = Desk::new();
    for args in [&["card", "verify-pin", "123456"][..], &["card", "verify-pin", "--pin", "123456"]] {
        let ran = desk.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(
            !format!("{}{}", ran.out, ran.err).contains("123456"),
            "typed digits are not repeated: {}",
            ran.err
        );
    }
}

#[test]
fn an_error_in_json_has_both_languages_and_what_to_do() {
    let (code, document) = Desk::new().json(&["keys", "show"]);
    assert_eq!(code, 2);
    let error = document["error"].as_object().expect("an object");
    let mut names: Vec<&str> = error.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["action_en", "action_zh", "cause_en", "cause_zh", "code", "detail"]);
    assert_eq!(error["code"], "Y-3001");
    assert!(error["detail"].as_str().expect("text").contains("yika.toml"));
}

#[test]
fn the_language_is_the_flag_then_the_site_then_the_environment() {
    let desk = Desk::new();
    assert!(desk.run(&["keys", "show"]).err.starts_with("error Y-3001"));
    assert!(desk.run(&["keys", "show", "--lang", "zh"]).err.starts_with("错误 Y-3001"));
    let chinese = desk.run_with(&["keys", "show"], |command| command.env("LANG", "zh_CN.UTF-8"));
    assert!(chinese.err.starts_with("错误"));
    assert_eq!(desk.run(&["init", "--lang", "zh"]).code, 0);
    assert!(desk.run(&["keys", "show"]).err.starts_with("错误 Y-3111"), "the site says zh, LANG says en");
    assert!(desk.run(&["keys", "show", "--lang", "en"]).err.starts_with("error Y-3111"));
}

#[test]
fn without_a_reader_service_every_card_verb_says_so_with_exit_code_3() {
    let desk = Desk::new();
    for args in [&["readers"][..], &["card", "read"], &["card", "verify-pin", "--pin-stdin"]] {
        let (code, document) = desk.json(args);
        assert_eq!(code, 3, "{args:?}: {document}");
        assert_eq!(document["error"]["code"], "Y-1001", "{args:?}: {document}");
    }
}

#[test]
fn the_doctor_goes_on_where_a_part_is_missing_and_is_not_zero() {
    let (code, document) = Desk::new().json(&["doctor"]);
    assert_eq!(code, 3, "{document}");
    assert_eq!(document["healthy"], false);
    let findings = document["findings"].as_array().expect("a list");
    let level = |part: &str| findings.iter().find(|row| row["part"] == part).map(|row| row["level"].clone());
    assert_eq!(level("site").expect("looked at"), "warn", "cards can be read without a site");
    assert_eq!(level("service").expect("looked at"), "bad");
    for row in findings.iter().filter(|row| row["level"] != "ok") {
        assert!(
            row["code"].is_string() && row["action_en"].is_string() && row["action_zh"].is_string(),
            "{row}"
        );
    }
}

#[test]
fn logs_and_errors_never_reach_stdout_and_no_panic_is_shown() {
    let desk = Desk::new();
    let ran = desk.run(&["card", "read", "-vvv"]);
    assert!(ran.out.is_empty());
    assert!(!ran.err.contains("panicked") && !ran.err.contains("RUST_BACKTRACE"), "{}", ran.err);
}

#[test]
fn one_error_code_can_be_looked_up_in_any_spelling() {
    let desk = Desk::new();
    for code in ["Y-2040", "y2040", "2040"] {
        let (exit, document) = desk.json(&["errors", code]);
        assert_eq!(exit, 0);
        assert_eq!(document["errors"][0]["code"], "Y-2040");
        assert_eq!(document["errors"].as_array().map(Vec::len), Some(1));
    }
    assert_eq!(desk.json(&["errors", "Y-9999"]).0, 2);
}

#[test]
fn the_page_of_error_codes_is_the_program_s() {
    let ran = Desk::new().run(&["errors", "--markdown"]);
    let page = std::fs::read_to_string(support::repository("hw-docs/errors.md")).expect("hw-docs/errors.md");
    // Only the first difference: both pages in full would hide it.
    let different = page.lines().zip(ran.out.lines()).find(|(page, program)| page != program);
    let same = different.is_none() && page.len() == ran.out.len();
    assert!(
        same,
        "write it anew: yika errors --markdown > hw-docs/errors.md; first difference: {different:?}"
    );
}
