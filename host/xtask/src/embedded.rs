//! The protocol crate for a microcontroller: it must build for a bare target, and with no heap.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::packages;
use crate::terminal;
use crate::test::Ended;
use crate::workspace;

const TARGET: &str = "thumbv7m-none-eabi";

/// A static library that takes in the whole protocol crate and brings no allocator: the compiler itself refuses it when
/// anything below needs a heap.
const PROBE: &str = "yika-no-heap";

/// Builds the probe with the compiler at hand, or with Debian's where rustup cannot fetch the target.
///
/// # Errors
/// It does not build, or there is no compiler for the target.
pub(crate) fn check(no_install: bool) -> Result<Ended, String> {
    if target_is_there() || (!no_install && fetch_target()) {
        return build(&mut workspace::cargo(), &[]);
    }
    terminal::note(
        "rustup 取不到该目标，改用 Debian 的编译器 rustup cannot fetch the target: using Debian's compiler",
    );
    packages::provide(packages::EMBEDDED_COMPILER, no_install)?;
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.current_dir(workspace::root());
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        cargo.env_remove(name);
    }
    // Building the library from source is not a stable feature; the compiler is the stable one.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc").env("CARGO_TARGET_DIR", "target/debian");
    build(&mut cargo, &["-Zbuild-std=core"])
}

fn build(cargo: &mut Command, more: &[&str]) -> Result<Ended, String> {
    cargo.args(["build", "--quiet", "--release", "--package", PROBE, "--target", TARGET]).args(more);
    let status = cargo
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cargo 无法启动 cannot be started: {error}"))?;
    if status.success() {
        Ok(Ended::Good)
    } else {
        Err(format!("{TARGET} 编译失败或需要堆 does not build, or needs a heap"))
    }
}

fn target_is_there() -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        output.status.success() && holds_core(&folder)
    })
}

fn holds_core(folder: &std::path::Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn fetch_target() -> bool {
    terminal::note(&format!("rustup target add {TARGET}"));
    Command::new("rustup")
        .args(["target", "add", TARGET])
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}
