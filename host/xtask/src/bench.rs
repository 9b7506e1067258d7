//! `cargo xtask bench`
pub(crate) fn run(_no_install: bool) -> Result<(), String> {
    Ok(())
}
