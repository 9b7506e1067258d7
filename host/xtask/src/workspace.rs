//! The checkout this program belongs to, cargo, and the built command `yika`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // Cargo tells where the package lies at run time; the compiled-in place serves when the program is called directly.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    package.ancestors().nth(2).map_or(package.clone(), Path::to_path_buf)
}

/// `cargo` in the workspace's folder: the same cargo that started us.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // What cargo set for this program is not meant for the builds we start: it would make them rebuild.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" || name == "CARGO_MANIFEST_PATH" {
            cargo.env_remove(&*name);
        }
    }
    // Said relatively it means this folder, also to builds that run in another.
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
        cargo.env("CARGO_TARGET_DIR", root().join(folder));
    }
    cargo
}

/// Builds the command `yika` and says where it lies.
///
/// # Errors
/// The build failed (the compiler has said why).
pub(crate) fn build_yika(profile: &str) -> Result<PathBuf, String> {
    build_binary(&["--package", "yika", "--bin", "yika", "--profile", profile], "yika")
}

/// Builds one binary, chosen by `arguments`, and says where it lies.
///
/// # Errors
/// The build failed (the compiler has said why).
pub(crate) fn build_binary(arguments: &[&str], name: &str) -> Result<PathBuf, String> {
    let output = cargo()
        .arg("build")
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo 无法启动 cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} 编译失败 did not build"));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo 没有给出 {name} 的位置 did not say where {name} lies"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest at the root");
        assert!(manifest.contains("[workspace]"));
    }
}
