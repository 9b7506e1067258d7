//! Gives the linker its script.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo::rerun-if-changed=probe.x");
    println!("cargo::rustc-link-search={here}");
    println!("cargo::rustc-link-arg-bins=-Tprobe.x");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
}
