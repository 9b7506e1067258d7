//! Makes the tables in flash: the glyphs of `font/glyphs.txt` and all texts, both packed.

#![allow(clippy::print_stdout)] // So a build script talks to Cargo.

/// Chinese and English of every text of the screens.
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        pub(crate) static WORDS: &[[&str; 2]] = &[$([$zh, $en]),*];
    };
}

#[path = "../src/screen/context.rs"]
mod context;
mod glyphs;
mod refusals;
mod texts;
#[path = "../src/text/words.rs"]
mod words;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["font/glyphs.txt", "build", "src/screen/context.rs", "src/text/words.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = fs::read_to_string(root.join("font/glyphs.txt"))?;
    let font = glyphs::Font::read(&source)?;
    fs::write(out.join("glyphs.rs"), font.table()?)?;
    fs::write(out.join("texts.rs"), texts::table(words::WORDS, refusals::KNOWN, &font)?)?;
    Ok(())
}
