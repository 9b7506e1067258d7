//! `cargo xtask bench`: the figures of `tests/bench/README.md`, measured on this machine. Never part of the tests: a figure
//! that depends on what else the machine does proves nothing by passing.

use std::process::Command;

use crate::packages;
use crate::processes;
use crate::terminal::{self, Step};
use crate::workspace;

/// Measures and prints.
///
/// # Errors
/// A bench does not build or stops.
pub(crate) fn run(no_install: bool) -> Result<(), String> {
    terminal::heading("一卡 Yika · 测速 benches");
    packages::provide(packages::BENCH, no_install)?;
    let build = Step::announce("编译 building (optimised)");
    workspace::build_binary(&["--package", "yika-tests", "--benches", "--profile", "bench"], "card_read")?;
    build.done();
    terminal::note(&machine());
    for bench in ["card_read", "settle", "idle_terminal", "swipes"] {
        let status = workspace::cargo()
            .args(["bench", "--quiet", "--package", "yika-tests", "--bench", bench])
            .status()
            .map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("{bench}: {status}"));
        }
    }
    Ok(())
}

/// What was measured on, for whoever quotes a figure.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("")
        .trim_start_matches(['\t', ' ', ':']);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel =
        processes::finish(Command::new("uname").args(["-sr"])).map(|done| done.out).unwrap_or_default();
    format!("{model}, {cores} cores, {}", kernel.trim())
}
