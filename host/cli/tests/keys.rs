//! The institution's key: made, protected, shown.

#![allow(clippy::expect_used, clippy::panic, reason = "a scenario that cannot go on must stop")]

mod support;

use std::process::Command;

use support::Desk;

#[test]
fn a_new_key_is_private_and_openssl_reads_its_public_half() {
    let desk = Desk::new();
    let ran = desk.run(&["keys", "new", "--out", "yika.key", "--no-passphrase"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("BEGIN PUBLIC KEY") && !ran.out.contains("PRIVATE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("yika.key")).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let pem = desk.run(&["keys", "show", "--key", "yika.key", "--pem"]);
    assert!(pem.out.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{}", pem.out);
    desk.write("public.pem", &pem.out);
    let checked = Command::new("openssl")
        .args(["pkey", "-pubin", "-noout", "-text", "-in"])
        .arg(desk.path("public.pem"))
        .output()
        .expect("openssl");
    let text = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && text.contains("SM2"), "{text}");
}

#[test]
fn a_key_is_never_overwritten() {
    let desk = Desk::new();
    desk.write("yika.key", "precious");
    let ran = desk.run(&["keys", "new", "--out", "yika.key", "--no-passphrase"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Y-3110"), "{}", ran.err);
    assert_eq!(desk.read("yika.key"), "precious");
}

#[test]
fn a_passphrase_comes_from_the_environment_and_a_wrong_one_is_told() {
    let desk = Desk::new();
    let new = ["keys", "new", "--out", "yika.key", "--passphrase-env", "SECRET"];
    let unset = desk.run(&new);
    assert_eq!(unset.code, 2);
    assert!(unset.err.contains("SECRET") && !desk.path("yika.key").exists(), "{}", unset.err);
    let made = desk.run_with(&new, |command| command.env("SECRET", "correct horse"));
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(desk.read("yika.key").contains("BEGIN ENCRYPTED PRIVATE KEY"));
    let show = ["keys", "show", "--key", "yika.key", "--passphrase-env", "SECRET", "--pem"];
    let shown = desk.run_with(&show, |command| command.env("SECRET", "correct horse"));
    assert_eq!(shown.code, 0, "{}", shown.err);
    let wrong = desk.run_with(&show, |command| command.env("SECRET", "battery staple"));
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("Y-3115"), "{}", wrong.err);
}

#[test]
fn a_file_that_is_no_key_is_told() {
    let desk = Desk::new();
    desk.write("yika.key", "not a key\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(desk.path("yika.key"), std::fs::Permissions::from_mode(0o600))
            .expect("0600");
    }
    let (code, document) = desk.json(&["keys", "show", "--key", "yika.key"]);
    assert_eq!(code, 2);
    assert_eq!(document["error"]["code"], "Y-3113", "{document}");
}

#[test]
fn without_a_terminal_a_passphrase_is_not_asked_for() {
    let desk = Desk::new();
    let ran = desk.run(&["keys", "new", "--out", "yika.key"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(!desk.path("yika.key").exists());
}

#[test]
#[cfg(unix)]
fn without_a_terminal_the_other_ways_to_a_passphrase_are_named() {
    let desk = Desk::new();
    // A session of its own has no terminal to ask on.
    let ran = Command::new("setsid")
        .args(["--wait", env!("CARGO_BIN_EXE_yika"), "keys", "new", "--lang", "en", "--out"])
        .arg(desk.path("yika.key"))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("setsid");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("Y-3008") && said.contains("--passphrase-env VAR, --no-passphrase"), "{said}");
    assert!(!desk.path("yika.key").exists());
}
