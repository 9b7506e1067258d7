//! `cargo xtask test`: every check and every test, in the order in which a fault is cheapest to find.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::embedded;
use crate::firmware;
use crate::packages;
use crate::pcscd;
use crate::pos_count;
use crate::processes::PrivateFolder;
use crate::terminal::{self, Step};
use crate::workspace;

/// Seeds of every random test, and inputs of every fuzz target, in the two lengths.
const SHORT: Counts = Counts { seeds: None, fuzz_inputs: "3000" };
const LONG: Counts = Counts { seeds: Some("2000"), fuzz_inputs: "12000" };

/// Random stories of devices, cheap enough for more: the suites and their seeds in the long run.
const DEVICE_STORIES: [(&str, &str); 2] = [("yika-tests", "hotplug"), ("yika-driver", "id_card")];
const DEVICE_SEEDS: &str = "10000";

#[derive(Debug, Clone, Copy)]
struct Counts {
    /// None: each test's own small fixed count.
    seeds: Option<&'static str>,
    fuzz_inputs: &'static str,
}

/// Runs everything; a step that fails does not hide what the later ones would say.
///
/// # Errors
/// The names of the steps that failed.
pub(crate) fn run(no_install: bool, long: bool) -> Result<(), String> {
    let started = Instant::now();
    terminal::heading("一卡 Yika · 全部检查与测试 every check and test");
    packages::provide(packages::TEST, no_install)?;
    provide_components(no_install)?;

    let mut report = Report::default();
    report.run("格式 formatting", |_| cargo(&["fmt", "--all", "--check"]));
    report.run("静态检查 clippy, no warning allowed", |_| {
        cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
    });
    report.run("文档 documentation, no warning allowed", |_| {
        status(
            workspace::cargo()
                .args(["doc", "--workspace", "--no-deps", "--quiet"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
    report.run("依赖与许可 dependencies and licences", |_| dependencies());
    report.run("嵌入式：无堆 the protocol for thumbv7m-none-eabi, no heap", |_| {
        embedded::check(no_install)
    });
    report.run("固件 firmware: boards, budgets, no panic path", |_| firmware::check(no_install));
    report.run("指令数 the instructions of a swipe, against their budgets", |_| {
        pos_count::check(no_install)
    });
    report.run("测试 tests", |closing| tests(if long { LONG } else { SHORT }, closing));
    if long {
        report.run("热插拔与坏线路 hot plug and bad lines, 10 000 seeds each", device_stories);
        report.run("长时间模糊测试 coverage-guided fuzzing", |_| coverage_guided_fuzzing());
    }
    report.close(started)
}

/// How a step ended.
pub(crate) enum Ended {
    Good,
    /// Not run on this machine, and why.
    LeftOut(String),
}

type StepResult = Result<Ended, String>;

#[derive(Default)]
struct Report {
    lines: Vec<String>,
    failed: Vec<String>,
    /// The test runners' own last words.
    closing: Vec<String>,
}

impl Report {
    fn run(&mut self, title: &str, work: impl FnOnce(&mut Vec<String>) -> StepResult) {
        let step = Step::announce(title);
        let (mark, taken) = match work(&mut self.closing) {
            Ok(Ended::Good) => ("✓", step.done()),
            Ok(Ended::LeftOut(reason)) => ("–", step.left_out(&reason)),
            Err(reason) => {
                let taken = step.failed();
                terminal::error(&reason);
                self.failed.push(title.to_owned());
                ("✗", taken)
            }
        };
        self.lines.push(format!("{mark} {}{:>9}", terminal::padded(title, 64), terminal::seconds(taken)));
    }

    fn close(self, started: Instant) -> Result<(), String> {
        terminal::heading("结果 summary");
        for line in self.closing.iter().chain(&self.lines) {
            terminal::plain(line);
        }
        terminal::plain(&format!("共用时 in all {}", terminal::seconds(started.elapsed())));
        if self.failed.is_empty() {
            Ok(())
        } else {
            Err(format!("未通过 failed: {}", self.failed.join("; ")))
        }
    }
}

/// rustfmt and clippy come with the usual profile of Rust; with the minimal one they are added.
fn provide_components(no_install: bool) -> Result<(), String> {
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(verb, _)| !succeeds(workspace::cargo().args([verb, "--version"])))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("rustup component add {}", missing.join(" "));
    if no_install {
        return Err(format!("缺少 Rust 组件，请先执行 missing parts of Rust, run first: {by_hand}"));
    }
    terminal::plain(&format!("正在安装 installing: {by_hand}"));
    require(Command::new("rustup").args(["component", "add"]).args(&missing).status())
}

fn dependencies() -> StepResult {
    if !succeeds(workspace::cargo().args(["deny", "--version"])) {
        // Building it takes longer than all our tests; the hosted CI has it ready-made.
        return Ok(Ended::LeftOut(
            "本机没有 cargo-deny（托管 CI 会运行它）cargo-deny is not installed here; the hosted CI runs it. \
             To have it: cargo install --locked cargo-deny"
                .to_owned(),
        ));
    }
    for manifest in ["Cargo.toml", "firmware/boards/Cargo.toml"] {
        deny(manifest, &["bans", "licenses", "sources"])?;
    }
    if !succeeds(workspace::cargo().args(["deny", "fetch", "db"])) {
        return Ok(Ended::LeftOut(
            "取不到漏洞库；许可与来源已检查 the list of known vulnerabilities cannot be fetched; licences and origins were checked"
                .to_owned(),
        ));
    }
    deny("Cargo.toml", &["advisories"])?;
    deny("firmware/boards/Cargo.toml", &["advisories"])
}

/// One of the two workspaces against `deny.toml`.
fn deny(manifest: &str, what: &[&str]) -> StepResult {
    let common =
        ["deny", "--log-level", "error", "--manifest-path", manifest, "--config", "deny.toml", "check"];
    cargo(&[&common[..], what].concat())
}

fn tests(counts: Counts, closing: &mut Vec<String>) -> StepResult {
    let yika = workspace::build_yika("dev")?;
    // The scenarios start and stop a PC/SC service of their own. Beside the machine's it needs a place of its own.
    let place = if pcscd::is_running() { Some(PrivateFolder::create(false)?) } else { None };
    if place.is_some() {
        terminal::note(
            "本机的 pcscd 正在运行，不去动它 the machine's own pcscd runs and is left alone; ours runs beside it",
        );
    }
    let prepare = |cargo: &mut Command| {
        // The image was built by the step before, so a test that finds none is a failure.
        cargo.env("YIKA_BIN", &yika).env("YIKA_QEMU", "1").env("YIKA_FUZZ_INPUTS", counts.fuzz_inputs);
        if let Some(place) = &place {
            cargo.env("PCSCLITE_CSOCK_NAME", place.path().join("pcscd.comm"));
        }
        if let Some(seeds) = counts.seeds {
            cargo.env("YIKA_SEEDS", seeds);
        }
    };
    let mut runner = workspace::cargo();
    if succeeds(workspace::cargo().args(["nextest", "--version"])) {
        runner.args(["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "slow"]);
        runner.args(["--final-status-level", "slow"]);
    } else {
        // The embedded check's own crate has nothing to run; documentation tests follow below, once.
        runner.args(["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    }
    prepare(&mut runner);
    let tests = watched(&mut runner, closing);
    let mut examples = workspace::cargo();
    examples.args(["test", "--workspace", "--doc"]);
    prepare(&mut examples);
    // Both run before either's failure is told.
    let examples = watched(&mut examples, closing);
    tests.and(examples).map(|()| Ended::Good)
}

fn device_stories(closing: &mut Vec<String>) -> StepResult {
    for (package, suite) in DEVICE_STORIES {
        let mut runner = workspace::cargo();
        runner.args(["test", "--package", package, "--test", suite]).env("YIKA_SEEDS", DEVICE_SEEDS);
        watched(&mut runner, closing)?;
    }
    Ok(Ended::Good)
}

/// Passes the runner's output on and keeps its closing lines for the summary.
fn watched(runner: &mut Command, closing: &mut Vec<String>) -> Result<(), String> {
    let colour = if terminal::is_interactive() { "always" } else { "never" };
    runner.env("CARGO_TERM_COLOR", colour).stdin(Stdio::null());
    // One pipe for both outputs keeps their order.
    let (reader, writer) = std::io::pipe().map_err(|error| format!("pipe: {error}"))?;
    let errors = writer.try_clone().map_err(|error| format!("pipe: {error}"))?;
    let mut child = runner
        .stdout(writer)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("cargo 无法启动 cannot be started: {error}"))?;
    // The command holds our ends of the pipe: without this the loop below would wait for ever.
    runner.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        terminal::plain(&line);
        if is_closing(&line) {
            closing.push(line);
        }
    }
    require(child.wait())
}

/// `test result: ok. 3 passed; …` of cargo's own runner when it ran anything, `Summary [ 1.2s] 30 tests run: …` of nextest.
fn is_closing(line: &str) -> bool {
    let ran_nothing = line.contains("ok. 0 passed") || line.contains("m. 0 passed");
    (line.contains("test result:") && !ran_nothing) || line.contains("Summary [")
}

fn coverage_guided_fuzzing() -> StepResult {
    let fuzz = workspace::root().join("tests/fuzz");
    let with_nightly = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        // The tool needs nightly; what our own cargo set for its children would name another compiler.
        command
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO")
            .arg("+nightly")
            .args(arguments)
            .current_dir(&fuzz);
        command
    };
    if !succeeds(&mut with_nightly(&["fuzz", "--version"])) {
        return Ok(Ended::LeftOut(
            "需要 nightly 与 cargo-fuzz；同样的目标已用固定种子运行 needs nightly and cargo-fuzz; the same targets ran above from \
             seeds. To have it: rustup toolchain install nightly; cargo install --locked cargo-fuzz"
                .to_owned(),
        ));
    }
    let list =
        with_nightly(&["fuzz", "list"]).output().map_err(|error| format!("cargo fuzz list: {error}"))?;
    for target in String::from_utf8_lossy(&list.stdout).split_whitespace() {
        terminal::note(target);
        require(with_nightly(&["fuzz", "run", target, "--", "-max_total_time=120"]).status())?;
    }
    Ok(Ended::Good)
}

fn cargo(arguments: &[&str]) -> StepResult {
    status(workspace::cargo().args(arguments))
}

fn status(command: &mut Command) -> StepResult {
    require(command.stdin(Stdio::null()).status()).map(|()| Ended::Good)
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn require(ended: std::io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("以 {status} 结束 ended with {status}")),
        Err(error) => Err(format!("无法启动 could not be started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_kept() {
        assert!(is_closing("test result: ok. 3 passed; 0 failed; 0 ignored"));
        assert!(is_closing("     Summary [   1.234s] 30 tests run: 30 passed, 0 skipped"));
        assert!(!is_closing("test result: ok. 0 passed; 0 failed; 0 ignored"));
        assert!(!is_closing("test card::reads ... ok"));
    }

    #[test]
    fn a_failing_runner_is_seen_and_its_closing_line_kept() {
        let mut closing = Vec::new();
        let mut runner = Command::new("sh");
        runner.args(["-c", "echo one; echo 'test result: FAILED. 1 passed; 1 failed' >&2; exit 101"]);
        let ended = watched(&mut runner, &mut closing);
        assert!(ended.is_err_and(|reason| reason.contains("101")));
        assert_eq!(closing, ["test result: FAILED. 1 passed; 1 failed"]);
    }

    #[test]
    fn a_failed_step_fails_the_run_but_not_the_steps_after_it() {
        let mut report = Report::default();
        let mut later_ran = false;
        report.run("first", |_| Err("broken".to_owned()));
        report.run("second", |_| {
            later_ran = true;
            Ok(Ended::LeftOut("not here".to_owned()))
        });
        assert!(later_ran);
        assert_eq!(report.close(Instant::now()), Err("未通过 failed: first".to_owned()));
    }
}
