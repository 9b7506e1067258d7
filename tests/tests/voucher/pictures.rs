//! Pictures of codes that others have drawn, as telephones and cameras show them.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, imageops};
use yika_driver::scanner::picture::{self, PictureError};
use yika_protocol::voucher::{CodeRule, Symbology};
use yika_tests::random::{Random, seeds};

use crate::support::{CODE, LETTERS, qrencode, run, zint};

fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

fn read(picture: &GrayImage) -> Result<(String, Option<Symbology>), PictureError> {
    let scan = picture::read(&png(picture), CodeRule::default())?;
    Ok((scan.code.expose().to_owned(), scan.symbology))
}

/// Turned about its middle, on a page of a lighter grey.
fn turned(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let side = width.hypot(height).ceil();
    GrayImage::from_fn(side as u32, side as u32, |x, y| {
        let (dx, dy) = (x as f32 + 0.5 - side / 2.0, y as f32 + 0.5 - side / 2.0);
        let (u, v) = ((dx * cos + dy * sin) / width + 0.5, (dy * cos - dx * sin) / height + 0.5);
        imageops::sample_bilinear(picture, u, v).unwrap_or(Luma([230]))
    })
}

/// Grain on every pixel, and here and there a pixel that is plain wrong.
fn noisy(picture: &GrayImage, grain: usize, wrong_once_in: usize, seed: u64) -> GrayImage {
    let mut random = Random::new(seed);
    let mut noisy = picture.clone();
    for pixel in noisy.pixels_mut() {
        let shift = random.below(2 * grain + 1) as i32 - grain as i32;
        pixel.0[0] = (i32::from(pixel.0[0]) + shift).clamp(0, 255) as u8;
        if random.once_in(wrong_once_in) {
            pixel.0[0] = if random.once_in(2) { 0 } else { 255 };
        }
    }
    noisy
}

/// A lamp on one side, shade on the other, and not much contrast.
fn badly_lit(picture: &GrayImage) -> GrayImage {
    let width = picture.width().max(1) as f32;
    let mut lit = picture.clone();
    for (x, _, pixel) in lit.enumerate_pixels_mut() {
        let lamp = 0.35 + 0.6 * (x as f32 / width);
        pixel.0[0] = (lamp * (60.0 + 0.7 * f32::from(pixel.0[0]))) as u8;
    }
    lit
}

#[test]
fn qr_codes_of_every_level_and_many_sizes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("code.png");
    for code in [CODE, LETTERS] {
        for level in ["L", "M", "Q", "H"] {
            for scale in [2, 3, 8, 20] {
                let found = read(&qrencode(code, &file, scale, level))
                    .unwrap_or_else(|error| panic!("{level} {scale}: {error}"));
                assert_eq!(found, (code.to_owned(), Some(Symbology::Qr)));
            }
        }
    }
}

#[test]
fn qr_codes_turned_by_any_angle() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = qrencode(CODE, &folder.path().join("code.png"), 6, "M");
    for degrees in (0..360).step_by(15) {
        let found = read(&turned(&code, degrees as f32 + 2.0));
        assert_eq!(found.map(|(code, _)| code).as_deref(), Ok(CODE), "{degrees} degrees");
    }
}

#[test]
fn qr_codes_with_grain_bad_light_blur_and_jpeg() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = qrencode(CODE, &folder.path().join("code.png"), 6, "M");
    for seed in seeds(8) {
        let worse = noisy(&badly_lit(&turned(&code, 7.0 + seed as f32 * 40.0)), 25, 60, seed);
        assert_eq!(read(&worse).map(|(code, _)| code).as_deref(), Ok(CODE), "seed {seed}");
    }
    let soft = imageops::fast_blur(&code, 2.0);
    assert_eq!(read(&soft).map(|(code, _)| code).as_deref(), Ok(CODE));
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 25).encode_image(&turned(&code, 33.0)).expect("a JPEG");
    assert_eq!(picture::read(&jpeg, CodeRule::default()).expect("the code").code.expose(), CODE);
}

#[test]
fn bar_codes_upright_turned_and_grainy() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("code.png");
    for code in [CODE, LETTERS] {
        let bars = zint("CODE128", code, &file);
        assert_eq!(read(&bars), Ok((code.to_owned(), Some(Symbology::Code128))));
        let grainy = noisy(&bars, 40, 200, 3);
        assert_eq!(read(&grainy).map(|(code, _)| code).as_deref(), Ok(code));
    }
    let bars = zint("CODE128", LETTERS, &file);
    let bars = imageops::resize(&bars, bars.width() * 2, bars.height() * 2, imageops::FilterType::Triangle);
    for degrees in [4.0, 90.0, 180.0, 30.0, -45.0] {
        let found = read(&turned(&bars, degrees));
        assert_eq!(found.map(|(code, _)| code).as_deref(), Ok(LETTERS), "{degrees} degrees");
    }
    // The bar code of a box of medicine is no e-voucher, and is told so.
    let medicine = zint("EANX", "690123456789", &file);
    let refused = read(&medicine).expect_err("no code of ours");
    assert_eq!(refused.fault().number, 6201, "{refused}");
}

#[test]
fn a_picture_that_is_too_bad_gives_no_code_and_never_a_wrong_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = qrencode(CODE, &folder.path().join("code.png"), 4, "L");
    for seed in seeds(12) {
        let ruined = noisy(&code, 60, 2 + seed as usize % 6, seed);
        match read(&ruined) {
            Ok((found, _)) => assert_eq!(found, CODE, "seed {seed}"),
            Err(error) => assert!(matches!(error, PictureError::WithoutCode), "seed {seed}: {error}"),
        }
    }
}

#[test]
fn the_command_tells_the_form_and_never_the_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("code.png");
    let name = file.to_str().expect("UTF-8");
    let _ = qrencode(LETTERS, &file, 5, "M");
    let form = run(&["voucher", "scan", "--image", name, "--no-decode", "--json"]).exits(0);
    let document = form.json();
    assert_eq!(document["credential"], "e_voucher");
    assert_eq!(document["length"], 28);
    assert_eq!(document["symbology"], "qr");
    assert_eq!(document["alphabet"], "letters_digits");
    let text = run(&["voucher", "scan", "--image", name, "--no-decode"]).exits(0);
    for said in [form.out, form.err, text.out, text.err] {
        assert!(!said.contains(&LETTERS[..6]) && !said.contains(&LETTERS[22..]), "{said}");
    }
    let _ = zint("CODE128", CODE, &file);
    let bars = run(&["voucher", "scan", "--image", name, "--no-decode", "--json"]).exits(0).json();
    assert_eq!((&bars["symbology"], &bars["alphabet"]), (&"code128".into(), &"digits".into()));
}

#[test]
fn the_command_says_what_is_wrong_with_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let scan = |name: &str, more: &[&str]| {
        let file = folder.path().join(name);
        let file = file.to_str().expect("UTF-8").to_owned();
        run(&[&["voucher", "scan", "--no-decode", "--json", "--image", file.as_str()], more].concat())
    };
    std::fs::write(folder.path().join("text.png"), "no picture").expect("written");
    assert_eq!(scan("text.png", &[]).exits(2).fault(), "Y-6206");
    assert_eq!(scan("missing.png", &[]).exits(2).fault(), "Y-3004");
    std::fs::write(folder.path().join("white.png"), png(&GrayImage::from_pixel(200, 200, Luma([255]))))
        .expect("written");
    assert_eq!(scan("white.png", &[]).exits(3).fault(), "Y-6204");
    let _ = qrencode("https://example.invalid/pay", &folder.path().join("pay.png"), 5, "M");
    assert_eq!(scan("pay.png", &["--length", "28"]).exits(3).fault(), "Y-6201");
    let _ = qrencode("医保", &folder.path().join("zh.png"), 5, "M");
    assert_eq!(scan("zh.png", &[]).exits(3).fault(), "Y-6202");
}
