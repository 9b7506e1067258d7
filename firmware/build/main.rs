//! Makes the tables in flash: the glyphs of `font/glyphs.txt` and the words of the faults, both packed.

#![allow(clippy::print_stdout)] // So a build script talks to Cargo.

#[path = "../src/screen/context.rs"]
mod context;
mod glyphs;
mod refusals;
mod texts;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["font/glyphs.txt", "build", "src/screen/context.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = fs::read_to_string(root.join("font/glyphs.txt"))?;
    let font = glyphs::Font::read(&source)?;
    fs::write(out.join("glyphs.rs"), font.table()?)?;
    fs::write(out.join("texts.rs"), texts::table(refusals::KNOWN, &font)?)?;
    Ok(())
}
