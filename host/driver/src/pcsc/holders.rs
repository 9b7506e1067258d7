//! Who holds the reader? PC/SC does not say, so look at the processes: best effort, only what this user may see.

use crate::error::Holder;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The client library of pcsc-lite; who has it in memory talks to the service.
const CLIENT_LIBRARY: &[u8] = b"/libpcsclite";
/// The service itself is not a suspect, nor is a tool that only watches.
const NOT_SUSPECT: [&str; 2] = ["pcscd", "pcsc_scan"];

/// Processes under `proc` that use the reader service, or a reader past it, but not this one.
pub(super) fn find(proc: &Path) -> Vec<Holder> {
    let own = std::process::id();
    let readers = super::usb::readers(Path::new(super::usb::SYSFS));
    let nodes: Vec<PathBuf> = readers.into_iter().filter_map(|reader| reader.node).collect();
    let processes = fs::read_dir(proc).into_iter().flatten().flatten();
    let mut found: Vec<Holder> = processes
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let program = fs::read_to_string(entry.path().join("comm")).ok()?.trim().to_owned();
            let suspect = pid != own && !NOT_SUSPECT.contains(&program.as_str());
            (suspect && (uses_service(&entry.path()) || opened_one_of(&nodes, &entry.path())))
                .then_some(Holder { pid, program })
        })
        .collect();
    found.sort();
    found
}

fn uses_service(process: &Path) -> bool {
    fs::read(process.join("maps"))
        .is_ok_and(|maps| maps.windows(CLIENT_LIBRARY.len()).any(|window| window == CLIENT_LIBRARY))
}

/// Some programs (scdaemon with its own driver, vendor plug-ins) open the USB device past the service.
fn opened_one_of(nodes: &[PathBuf], process: &Path) -> bool {
    let opened = |fd: fs::DirEntry| fs::read_link(fd.path()).is_ok_and(|target| nodes.contains(&target));
    !nodes.is_empty() && fs::read_dir(process.join("fd")).into_iter().flatten().flatten().any(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_client_library_in_memory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let process = |pid: u32, program: &str, maps: &str| {
            let path = dir.path().join(pid.to_string());
            fs::create_dir(&path).unwrap();
            fs::write(path.join("comm"), format!("{program}\n")).unwrap();
            fs::write(path.join("maps"), maps).unwrap();
        };
        let library = "7f00-7f01 r-xp 0 08:01 1 /usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0\n";
        process(41, "scdaemon", library);
        process(42, "pcscd", library);
        process(43, "bash", "7f00-7f01 r-xp 0 08:01 1 /usr/lib/libc.so.6\n");
        process(std::process::id(), "yika", library);
        fs::create_dir(dir.path().join("sys")).unwrap();
        assert_eq!(find(dir.path()), [Holder { pid: 41, program: "scdaemon".into() }]);
    }
}
