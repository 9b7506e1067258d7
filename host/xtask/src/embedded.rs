//! Compilers for bare targets: rustup's where the target is there or can be fetched, Debian's where it cannot.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::packages;
use crate::terminal;
use crate::test::Ended;
use crate::workspace;

/// Cortex-M3.
pub(crate) const THUMBV7M: &str = "thumbv7m-none-eabi";
/// Cortex-M4F.
pub(crate) const THUMBV7EM: &str = "thumbv7em-none-eabihf";

/// A static library that takes in the whole protocol crate and brings no allocator: the compiler itself refuses it when
/// anything below needs a heap.
const PROBE: &str = "yika-no-heap";

/// Which compiler builds for bare targets here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    Rustup,
    Debian,
}

impl Toolchain {
    /// The one that can build for all of `targets`; fetches or installs what is missing, unless told not to.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn for_targets(targets: &[&str], no_install: bool) -> Result<Self, String> {
        if targets.iter().all(|target| target_is_there(target) || (!no_install && fetch_target(target))) {
            return Ok(Self::Rustup);
        }
        terminal::note(
            "rustup 取不到该目标，改用 Debian 的编译器 rustup cannot fetch the target: using Debian's compiler",
        );
        packages::provide(packages::EMBEDDED_COMPILER, no_install)?;
        Ok(Self::Debian)
    }

    /// `cargo VERB … --target TARGET` in a folder.
    pub(crate) fn cargo(self, folder: &Path, verb: &str, target: &str) -> Command {
        let mut cargo = match self {
            Self::Rustup => workspace::cargo(),
            Self::Debian => debian(),
        };
        cargo.current_dir(folder).args([verb, "--target", target]);
        if self == Self::Debian {
            cargo.arg("-Zbuild-std=core");
        }
        cargo
    }
}

/// Building the library from source is not a stable feature; the compiler is the stable one. It brings no linker of its own.
fn debian() -> Command {
    let mut cargo = Command::new("/usr/bin/cargo");
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        cargo.env_remove(name);
    }
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc").env("CARGO_TARGET_DIR", "target/debian");
    for target in [THUMBV7M, THUMBV7EM] {
        let name = target.to_uppercase().replace('-', "_");
        cargo.env(format!("CARGO_TARGET_{name}_LINKER"), "arm-none-eabi-ld");
    }
    cargo
}

/// Builds the probe for the protocol crate.
///
/// # Errors
/// It does not build, or there is no compiler for the target.
pub(crate) fn check(no_install: bool) -> Result<Ended, String> {
    let toolchain = Toolchain::for_targets(&[THUMBV7M], no_install)?;
    let status = toolchain
        .cargo(&workspace::root(), "build", THUMBV7M)
        .args(["--quiet", "--release", "--package", PROBE])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cargo 无法启动 cannot be started: {error}"))?;
    if status.success() {
        Ok(Ended::Good)
    } else {
        Err(format!("{THUMBV7M} 编译失败或需要堆 does not build, or needs a heap"))
    }
}

fn target_is_there(target: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        output.status.success() && holds_core(&folder)
    })
}

fn holds_core(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn fetch_target(target: &str) -> bool {
    terminal::note(&format!("rustup target add {target}"));
    Command::new("rustup")
        .args(["target", "add", target])
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}
