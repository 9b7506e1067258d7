//! `cargo xtask demo`
pub(crate) fn run(_no_install: bool, _keep: bool) -> Result<(), String> {
    Ok(())
}
