//! Codes drawn and read by tools that share no code with us.

use std::path::Path;
use std::process::Command;

use image::{GrayImage, Luma};
use yika_tests::command::{Finished, finish, watched, yika};

/// An invented code.
pub(crate) const CODE: &str = "2899001234567890123456789012";
/// One with letters.
pub(crate) const LETTERS: &str = "28K9Z0QX7M2N4P6R8S1T3V5W7Y9A";

/// A QR code by qrencode: pixels a module, error correction.
pub(crate) fn qrencode(code: &str, file: &Path, scale: u32, level: &str) -> GrayImage {
    let mut command = Command::new("qrencode");
    command.args(["-s", &scale.to_string(), "-l", level, "-o"]).arg(file).arg(code);
    assert_eq!(finish(&mut command).code, Some(0), "qrencode");
    image::open(file).expect("a PNG").into_luma8()
}

/// A bar code by zint, with its quiet zones.
pub(crate) fn zint(kind: &str, code: &str, file: &Path) -> GrayImage {
    let mut command = Command::new("zint");
    command.args(["-b", kind, "--quietzones", "-o"]).arg(file).args(["-d", code]);
    assert_eq!(finish(&mut command).code, Some(0), "zint");
    image::open(file).expect("a PNG").into_luma8()
}

/// What zbarimg reads in a picture.
pub(crate) fn zbarimg(file: &Path) -> String {
    let read = finish(Command::new("zbarimg").args(["--quiet", "--raw"]).arg(file));
    read.out.trim_end().to_owned()
}

/// A picture from a drawing of squares: `dark` by column and row, so many pixels a square.
pub(crate) fn squares(side: u32, scale: u32, dark: impl Fn(u32, u32) -> bool) -> GrayImage {
    GrayImage::from_fn(side * scale, side * scale, |x, y| {
        Luma([if dark(x / scale, y / scale) { 0 } else { 255 }])
    })
}

/// Runs `yika` with these arguments in no particular place, with the most talkative log.
pub(crate) fn run(arguments: &[&str]) -> Finished {
    let mut command = watched(yika());
    command.args(arguments).args(["--lang", "en", "-vvv"]).env_remove("YIKA_SITE");
    finish(&mut command)
}
