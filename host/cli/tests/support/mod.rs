//! Runs the real binary in a folder of its own, with an environment of its own.

#![allow(dead_code, reason = "each scenario file uses its own part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A working folder that is gone afterwards.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A desk with the site file that `init` writes for these extra arguments.
    pub(crate) fn with_site(extra: &[&str]) -> Desk {
        let desk = Desk::new();
        let args: Vec<&str> = ["init", "--lang", "en"].iter().chain(extra).copied().collect();
        let ran = desk.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("read")
    }

    /// The binary, in this folder, without anything of the developer's environment and without a reader service.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yika"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("LANG", "en_US.UTF-8")
            // pcsc-lite's own switch: no test here may depend on a service that happens to run.
            .env("PCSCLITE_CSOCK_NAME", self.path("no-such-socket"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, |command| command)
    }

    pub(crate) fn run_with(&self, args: &[&str], change: impl FnOnce(&mut Command) -> &mut Command) -> Ran {
        let mut command = self.command();
        command.args(args);
        ran(change(&mut command).output().expect("the binary runs"))
    }

    pub(crate) fn run_with_stdin(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // The binary may end before it reads: that is its right.
        let _ = child.stdin.take().expect("stdin").write_all(input.as_bytes());
        ran(child.wait_with_output().expect("ends"))
    }

    /// Runs with `--json`; stdout must be one JSON document.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let args: Vec<&str> = args.iter().chain(&["--json"]).copied().collect();
        let ran = self.run(&args);
        let document = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out));
        (ran.code, document)
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
