//! `cargo xtask firmware`: both boards and the proof, against their budgets.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::embedded::{THUMBV7EM, THUMBV7M, Toolchain};
use crate::firmware_image::{PanicSite, Sizes, by_crate, panic_sites, sizes};
use crate::packages;
use crate::processes::{self, PrivateFolder, Running};
use crate::terminal::{self, Step};
use crate::test::Ended;
use crate::workspace;

/// The POS in QEMU.
pub(crate) const BOARD: &str = "yika-lm3s6965evb";
const SECOND_BOARD: &str = "yika-mps2-an386";
const PROOF: &str = "yika-no-panic";

/// The published budgets of the POS (`hw-docs/budgets.md`).
const FLASH_BUDGET: u32 = 192 * 1024;
const RAM_BUDGET: u32 = 40 * 1024;
/// The deepest the stack may go, with room to spare; `cargo xtask pos --once` measures how deep it goes.
pub(crate) const STACK: u32 = 16 * 1024;
/// Calls from which a panic can be reached, in the whole image with the network stack. In protocol and application there is
/// none, or the proof does not link; compiled for size, single checks of libraries survive that can never fail.
const IMAGE_PANICS: usize = 62;

/// Builds, checks, and says how the budgets stand.
///
/// # Errors
/// Something does not build or is over its budget.
pub(crate) fn run(no_install: bool) -> Result<(), String> {
    terminal::heading("一卡 Yika · 固件 firmware");
    check(no_install).map(drop)
}

/// The same as a step of `cargo xtask test`.
///
/// # Errors
/// As [`run`].
pub(crate) fn check(no_install: bool) -> Result<Ended, String> {
    packages::provide(packages::FIRMWARE, no_install)?;
    let toolchain = Toolchain::for_targets(&[THUMBV7M, THUMBV7EM], no_install)?;

    let step = Step::start("无 panic 证明 protocol and application link only without any panic path");
    build_with(toolchain, PROOF, THUMBV7M, "proof", Curve::Unrolled, "")?;
    step.done();

    let step = Step::start("POS 固件 lm3s6965evb, Cortex-M3");
    let board = build(toolchain, BOARD, THUMBV7M, "release")?;
    step.done();
    budget(sizes(&board)?)?;
    within("panic", &panic_sites(&board)?, IMAGE_PANICS)?;

    let step = Step::start("第二块板 mps2-an386, Cortex-M4F: the core tests itself");
    let second = build(toolchain, SECOND_BOARD, THUMBV7EM, "release")?;
    self_test(&second)?;
    step.done();
    Ok(Ended::Good)
}

/// Builds the POS firmware alone.
///
/// # Errors
/// It does not build.
pub(crate) fn build_board(no_install: bool) -> Result<PathBuf, String> {
    packages::provide(packages::FIRMWARE, no_install)?;
    build(Toolchain::for_targets(&[THUMBV7M], no_install)?, BOARD, THUMBV7M, "release")
}

/// Builds the POS firmware that counts its own instructions.
///
/// # Errors
/// It does not build.
pub(crate) fn build_counting(no_install: bool) -> Result<PathBuf, String> {
    let toolchain = Toolchain::for_targets(&[THUMBV7M], no_install)?;
    build_with(toolchain, BOARD, THUMBV7M, "counted", Curve::AsConfigured, "count")
}

fn folder() -> PathBuf {
    workspace::root().join("firmware/boards")
}

/// Which of its two arithmetics the library takes for the curve.
enum Curve {
    /// The small one of `firmware/boards/.cargo/config.toml`, for images.
    AsConfigured,
    /// The unrolled one, for the proof: what the small one checks is the same in every inversion, but no linker sees it.
    Unrolled,
}

fn build(toolchain: Toolchain, package: &str, target: &str, profile: &str) -> Result<PathBuf, String> {
    build_with(toolchain, package, target, profile, Curve::AsConfigured, "")
}

fn build_with(
    toolchain: Toolchain,
    package: &str,
    target: &str,
    profile: &str,
    curve: Curve,
    features: &str,
) -> Result<PathBuf, String> {
    let folder = folder();
    let mut cargo = toolchain.cargo(&folder, "build", target);
    // The variables stand above the folder's configuration: unset it holds, empty it does not.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Curve::Unrolled = curve {
        cargo.env("RUSTFLAGS", "");
    }
    let status = cargo
        .args(["--quiet", "--locked", "--package", package, "--profile", profile, "--features", features])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cargo 无法启动 cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("{package} 编译失败 did not build"));
    }
    let target_folder = match (toolchain, std::env::var_os("CARGO_TARGET_DIR")) {
        (Toolchain::Debian, _) => folder.join("target/debian"),
        (Toolchain::Rustup, Some(chosen)) => workspace::root().join(chosen),
        (Toolchain::Rustup, None) => folder.join("target"),
    };
    Ok(target_folder.join(target).join(profile).join(package))
}

fn budget(sizes: Sizes) -> Result<(), String> {
    let ram = sizes.ram + STACK;
    for (name, is, may) in [("flash", sizes.flash, FLASH_BUDGET), ("RAM + stack", ram, RAM_BUDGET)] {
        terminal::note(&format!("{} {:>7} / {may} bytes", terminal::padded(name, 12), is));
        if is > may {
            return Err(format!("{name}: 超出预算 over budget by {} bytes", is - may));
        }
    }
    Ok(())
}

fn within(what: &str, sites: &[PanicSite], may: usize) -> Result<(), String> {
    let counts: Vec<String> = by_crate(sites).iter().map(|(name, count)| format!("{name} {count}")).collect();
    terminal::note(&format!(
        "{} {:>7} / {may} {}",
        terminal::padded(what, 12),
        sites.len(),
        counts.join(", ")
    ));
    if sites.len() <= may {
        return Ok(());
    }
    let places: Vec<&str> = sites.iter().map(|site| site.place.as_str()).collect();
    Err(format!("{what}: {} > {may}\n{}", sites.len(), places.join("\n")))
}

/// The steps of the self-test with their instructions: the timer ticks at 25 MHz, and an instruction takes a virtual nanosecond.
fn instructions(log: &str) {
    const IN_A_TICK: u64 = 40;
    for line in log.lines() {
        if let Some((step, ticks)) = line.rsplit_once(' ')
            && let Ok(ticks) = ticks.trim().parse::<u64>()
        {
            terminal::note(&format!("{} {:>11} instructions", terminal::padded(step, 24), ticks * IN_A_TICK));
        }
    }
}

/// Runs the second board's self-test in QEMU.
fn self_test(image: &Path) -> Result<(), String> {
    let private = PrivateFolder::create(false)?;
    let image = image.to_string_lossy();
    let words = [
        "qemu-system-arm",
        "-M",
        "mps2-an386",
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "stdio",
        "-icount",
        "shift=0",
        "-kernel",
        &image,
    ];
    let mut qemu = Running::start("qemu", &words, &private.path().join("self-test.log"))?;
    let ended =
        |log: &str| log.lines().find(|line| *line == "PASS" || line.starts_with("FAIL")).map(str::to_owned);
    let result = qemu.wait_until(std::time::Duration::from_secs(60), |log| ended(log))?;
    if result == "PASS" {
        let log = std::fs::read_to_string(private.path().join("self-test.log")).unwrap_or_default();
        instructions(&log);
        return Ok(());
    }
    let log = std::fs::read_to_string(private.path().join("self-test.log")).unwrap_or_default();
    Err(format!("自检未通过 the self-test failed\n{}", processes::tail(&log, 20)))
}
