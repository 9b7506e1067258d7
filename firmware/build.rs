//! Turns `font/glyphs.txt` into the glyph table. No package beyond the compiler is needed.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=font/glyphs.txt");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = fs::read_to_string(root.join("font/glyphs.txt"))?;
    fs::write(out.join("glyphs.rs"), table(&source)?)?;
    Ok(())
}

/// Lines `code:gb18030:bitmap`, sorted by code; `#` begins a comment.
fn table(source: &str) -> Result<String, Box<dyn Error>> {
    let (mut narrow, mut wide) = (Vec::new(), Vec::new());
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let fields: Vec<&str> = line.split(':').collect();
        let [code, gb, bitmap] = fields[..] else {
            return Err(format!("three fields expected: {line}").into());
        };
        let number = |text: &str| u16::from_str_radix(text, 16);
        let rows = |digits: usize| (0..16).map(|row| number(&bitmap[row * digits..][..digits])).collect();
        let (list, rows): (_, Result<Vec<u16>, _>) = match bitmap.len() {
            32 => (&mut narrow, rows(2)),
            64 => (&mut wide, rows(4)),
            _ => return Err(format!("neither 8 nor 16 wide: {line}").into()),
        };
        list.push((number(code)?, number(gb)?, rows?));
    }
    let mut text = String::new();
    for (name, kind, glyphs) in [("NARROW", "Narrow", &mut narrow), ("WIDE", "Wide", &mut wide)] {
        glyphs.sort();
        if glyphs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err("a character stands twice".into());
        }
        let _ = writeln!(text, "pub(crate) static {name}: [{kind}; {}] = [", glyphs.len());
        for (code, gb, rows) in glyphs.iter() {
            let _ = writeln!(text, "    {kind} {{ code: {code:#06x}, gb: {gb:#06x}, rows: {rows:?} }},");
        }
        let _ = writeln!(text, "];");
    }
    Ok(text)
}
