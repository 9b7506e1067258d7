//! What is in a firmware image: bytes of flash and RAM, and the places from which a panic can still be reached.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::processes;

/// Where data lies on both boards; everything below is flash.
const RAM_BASE: u32 = 0x2000_0000;

/// Sizes of an image in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Code, constants, and the first values of variables.
    pub(crate) flash: u32,
    /// Variables, without the stack.
    pub(crate) ram: u32,
}

/// Reads the section table of a 32-bit little-endian ELF file.
///
/// # Errors
/// It is not one.
pub(crate) fn sizes(path: &Path) -> Result<Sizes, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    sections(&bytes).ok_or_else(|| format!("{}: 不是 ELF 固件 not an ELF image", path.display()))
}

fn sections(elf: &[u8]) -> Option<Sizes> {
    const PROGBITS: u32 = 1;
    const ALLOCATED: u32 = 2;
    let word = |at: usize| Some(u32::from_le_bytes(elf.get(at..at + 4)?.try_into().ok()?));
    let half = |at: usize| Some(u16::from_le_bytes(elf.get(at..at + 2)?.try_into().ok()?));
    if !elf.starts_with(b"\x7fELF\x01\x01") {
        return None;
    }
    let (table, size, count) = (word(0x20)? as usize, usize::from(half(0x2E)?), usize::from(half(0x30)?));
    let mut sizes = Sizes::default();
    for at in (0..count).map(|index| table + index * size) {
        let (kind, flags, address, length) = (word(at + 4)?, word(at + 8)?, word(at + 12)?, word(at + 20)?);
        if flags & ALLOCATED == 0 {
            continue;
        }
        if address >= RAM_BASE {
            sizes.ram += length;
        }
        if kind == PROGBITS || address < RAM_BASE {
            sizes.flash += length;
        }
    }
    Some(sizes)
}

/// A call from which a panic can be reached: the innermost source line of ours or of a library, and the library's name or
/// our own folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PanicSite {
    pub(crate) crate_name: String,
    pub(crate) place: String,
}

/// Every such call that is left in an image.
///
/// # Errors
/// The tools for the target are missing.
pub(crate) fn panic_sites(path: &Path) -> Result<Vec<PanicSite>, String> {
    let image = path.to_string_lossy();
    let listing = run("arm-none-eabi-objdump", &["-d", "-C", "--no-show-raw-insn", &image])?;
    let mut addresses = Vec::new();
    let mut function = "";
    for line in listing.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            function = name.1;
        } else if let Some((address, target)) = call(line)
            && panics(target)
            && !panics(function)
        {
            addresses.push(address.to_owned());
        }
    }
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let mut words = vec!["-a", "-i", "-e", &image];
    words.extend(addresses.iter().map(String::as_str));
    let places = run("arm-none-eabi-addr2line", &words)?;
    let mut sites = Vec::new();
    let mut chain: Vec<&str> = Vec::new();
    for line in places.lines().chain(["0x"]) {
        if line.starts_with("0x") {
            sites.extend(site(&chain));
            chain.clear();
        } else {
            chain.push(line);
        }
    }
    Ok(sites)
}

/// How many sites there are in each crate.
pub(crate) fn by_crate(sites: &[PanicSite]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for site in sites {
        *counts.entry(site.crate_name.as_str()).or_default() += 1;
    }
    counts
}

/// Address and target of a branch or call: `  1f2a:  bl  60e4 <core::panicking::panic>`.
fn call(line: &str) -> Option<(&str, &str)> {
    let (address, rest) = line.split_once(":\t")?;
    let (instruction, target) = rest.split_once('<')?;
    instruction.starts_with('b').then_some((address.trim(), target.trim_end_matches('>')))
}

fn panics(function: &str) -> bool {
    const NAMES: [&str; 7] = [
        "core::panicking::",
        "core::option::unwrap_failed",
        "core::option::expect_failed",
        "core::result::unwrap_failed",
        "core::slice::index::slice_",
        "core::str::slice_error_fail",
        "core::cell::panic_already",
    ];
    NAMES.iter().any(|name| function.starts_with(name))
}

/// The innermost line that is not the standard library's.
fn site(chain: &[&str]) -> Option<PanicSite> {
    let last = chain.last()?;
    let place =
        chain.iter().find(|line| !line.contains("/library/") && !line.starts_with("??")).unwrap_or(last);
    let place = place.split(" (").next().unwrap_or(place);
    let (crate_name, place) = match place.split_once("/registry/src/") {
        Some((_, inside)) => {
            let inside = inside.split_once('/').map_or(inside, |(_, inside)| inside);
            (inside.split('/').next().unwrap_or(inside), inside)
        }
        None => {
            let ours = ["/firmware/", "/protocol/"]
                .iter()
                .find_map(|name| place.find(name).map(|at| &place[at + 1..]));
            let ours = ours.unwrap_or(place);
            (ours.split("/src/").next().unwrap_or(ours), ours)
        }
    };
    Some(PanicSite { crate_name: crate_name.to_owned(), place: place.to_owned() })
}

fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let finished = processes::finish(Command::new(program).args(arguments))?;
    if finished.status.success() {
        Ok(finished.out)
    } else {
        Err(format!("{program}: {}", finished.err.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and three sections: code, variables with first values, variables without.
    #[test]
    fn sections_are_added_up_where_they_lie() {
        let mut elf = vec![0u8; 52];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        elf[0x20..0x24].copy_from_slice(&52u32.to_le_bytes());
        elf[0x2E..0x30].copy_from_slice(&40u16.to_le_bytes());
        elf[0x30..0x32].copy_from_slice(&4u16.to_le_bytes());
        // (type, flags, address, size); the last is not loaded.
        for (kind, flags, address, size) in
            [(1u32, 2u32, 0u32, 1000u32), (1, 3, RAM_BASE, 16), (8, 3, RAM_BASE + 16, 200), (1, 0, 0, 9999)]
        {
            let mut section = vec![0u8; 40];
            for (at, value) in [(4, kind), (8, flags), (12, address), (20, size)] {
                section[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
            elf.extend(section);
        }
        assert_eq!(sections(&elf), Some(Sizes { flash: 1016, ram: 216 }));
        assert_eq!(sections(b"#!/bin/sh"), None);
    }

    #[test]
    fn calls_of_panics_are_seen_and_placed() {
        let line = "    1f2a:\tbl\t60e4 <core::panicking::panic_fmt>";
        assert_eq!(call(line), Some(("1f2a", "core::panicking::panic_fmt")));
        assert!(panics("core::panicking::panic_fmt") && !panics("smoltcp::iface::poll"));
        let chain = [
            "/rustc/0123/library/core/src/result.rs:1185",
            "/home/me/.cargo/registry/src/index-0123/cipher-0.5.2/src/stream/core_api.rs:146 (discriminator 2)",
            "/home/me/yika/protocol/src/swipe/seal.rs:72",
        ];
        let site = site(&chain).expect("a place");
        assert_eq!(
            (site.crate_name.as_str(), site.place.as_str()),
            ("cipher-0.5.2", "cipher-0.5.2/src/stream/core_api.rs:146")
        );
    }
}
