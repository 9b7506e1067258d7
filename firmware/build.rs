//! Turns `font/glyphs.txt` into the glyph table. No package beyond the compiler is needed.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=font/glyphs.txt");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets the folder"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets the folder"));
    let source = fs::read_to_string(root.join("font/glyphs.txt")).expect("font/glyphs.txt can be read");
    fs::write(out.join("glyphs.rs"), table(&source)).expect("the table can be written");
}

/// Lines `code:gb18030:bitmap`, sorted by code; `#` begins a comment.
fn table(source: &str) -> String {
    let (mut narrow, mut wide) = (Vec::new(), Vec::new());
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let fields: Vec<&str> = line.split(':').collect();
        let [code, gb, bitmap] = fields[..] else { panic!("three fields expected: {line}") };
        let number = |text: &str| u16::from_str_radix(text, 16).unwrap_or_else(|_| panic!("not hex: {line}"));
        let rows = |digits: usize| -> Vec<u16> {
            (0..16).map(|row| number(&bitmap[row * digits..][..digits])).collect()
        };
        match bitmap.len() {
            32 => narrow.push((number(code), number(gb), rows(2))),
            64 => wide.push((number(code), number(gb), rows(4))),
            _ => panic!("neither 8 nor 16 wide: {line}"),
        }
    }
    let mut text = String::new();
    for (name, kind, glyphs) in [("NARROW", "Narrow", &mut narrow), ("WIDE", "Wide", &mut wide)] {
        glyphs.sort();
        assert!(glyphs.windows(2).all(|pair| pair[0].0 != pair[1].0), "a character stands twice");
        let _ = writeln!(text, "pub(crate) static {name}: [{kind}; {}] = [", glyphs.len());
        for (code, gb, rows) in glyphs.iter() {
            let _ = writeln!(text, "    {kind} {{ code: {code:#06x}, gb: {gb:#06x}, rows: {rows:?} }},");
        }
        let _ = writeln!(text, "];");
    }
    text
}
