//! Codes in pictures: as drawn, photographed badly, several at once, not at all.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, LumaA, imageops};
use yika_driver::scanner::picture::{self, PictureError};
use yika_protocol::voucher::{CodeError, CodeRule, Symbology};
use yika_sim::phone::Phone;

const CODE: &str = "2899001234567890123456789012";

fn drawn(code: &str, scale: u32) -> GrayImage {
    image::load_from_memory(&Phone::show(code).unwrap().png(scale)).unwrap().into_luma8()
}

fn bytes(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(picture: &GrayImage) -> Result<String, PictureError> {
    let scan = picture::read(&bytes(picture.clone(), ImageFormat::Png), CodeRule::default())?;
    assert_eq!(scan.symbology, Some(Symbology::Qr));
    Ok(scan.code.expose().to_owned())
}

/// On a grey page of this size.
fn on_page(width: u32, height: u32, parts: &[(&GrayImage, i64, i64)]) -> GrayImage {
    let mut page = GrayImage::from_pixel(width, height, Luma([205]));
    for (part, x, y) in parts {
        imageops::overlay(&mut page, *part, *x, *y);
    }
    page
}

#[test]
fn sizes_turns_and_light_on_dark() {
    for scale in [1, 2, 5, 12, 40] {
        assert_eq!(read(&drawn(CODE, scale)).unwrap(), CODE, "{scale} pixels a module");
    }
    let plain = drawn(CODE, 5);
    for turned in [imageops::rotate90(&plain), imageops::rotate180(&plain), imageops::rotate270(&plain)] {
        assert_eq!(read(&turned).unwrap(), CODE);
    }
    let mut dark = plain.clone();
    imageops::invert(&mut dark);
    assert_eq!(read(&dark).unwrap(), CODE);
}

#[test]
fn a_small_code_in_a_large_photograph() {
    let code = drawn(CODE, 3);
    assert_eq!(read(&on_page(4_000, 3_000, &[(&code, 2_900, 1_700)])).unwrap(), CODE);
}

#[test]
fn without_a_quiet_zone() {
    let picture = drawn(CODE, 6);
    let (width, height) = picture.dimensions();
    let cut = imageops::crop_imm(&picture, 24, 24, width - 48, height - 48).to_image();
    assert_eq!(read(&cut).unwrap(), CODE);
}

#[test]
fn jpeg_and_transparent_png() {
    let picture = drawn(CODE, 4);
    let jpeg = bytes(picture.clone(), ImageFormat::Jpeg);
    assert_eq!(picture::read(&jpeg, CodeRule::default()).unwrap().code.expose(), CODE);
    let (width, height) = picture.dimensions();
    // Black modules on nothing at all.
    let clear = image::ImageBuffer::from_fn(width, height, |x, y| {
        LumaA([0, if picture.get_pixel(x, y).0 == [0] { 255 } else { 0 }])
    });
    let clear = bytes(DynamicImage::ImageLumaA8(clear), ImageFormat::Png);
    assert_eq!(picture::read(&clear, CodeRule::default()).unwrap().code.expose(), CODE);
}

#[test]
fn the_one_voucher_among_other_codes_and_no_guess_among_several() {
    let (one, poster, two) = (drawn(CODE, 4), qr("http"), drawn("2899009999999999999999999999", 4));
    let page = on_page(700, 400, &[(&one, 30, 30), (&poster, 400, 150)]);
    assert_eq!(read(&page).unwrap(), CODE);
    let page = on_page(700, 400, &[(&one, 30, 30), (&two, 400, 150)]);
    assert_eq!(read(&page), Err(PictureError::SeveralCodes { count: 2 }));
    let page = on_page(700, 400, &[(&one, 30, 30), (&one, 400, 150)]);
    assert_eq!(read(&page).unwrap(), CODE, "twice the same is one");
    assert_eq!(read(&poster), Err(PictureError::Refused(CodeError::TooShort { length: 4 })));
}

/// A QR code of any text.
fn qr(text: &str) -> GrayImage {
    let code = qrcode::QrCode::new(text).unwrap();
    let (width, scale) = (code.width() as u32, 4);
    GrayImage::from_fn((width + 8) * scale, (width + 8) * scale, |x, y| {
        let inside = |at: u32| (at / scale).checked_sub(4).filter(|at| *at < width);
        let dark = inside(x)
            .zip(inside(y))
            .is_some_and(|(x, y)| code[(x as usize, y as usize)] == qrcode::Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    })
}

#[test]
fn no_code_no_picture() {
    assert_eq!(read(&GrayImage::from_pixel(300, 200, Luma([255]))), Err(PictureError::WithoutCode));
    assert_eq!(read(&GrayImage::from_pixel(1, 1, Luma([0]))), Err(PictureError::WithoutCode));
    let rule = CodeRule::default();
    let whole = bytes(drawn(CODE, 3), ImageFormat::Png);
    for broken in [&b""[..], b"GIF89a", b"not a picture", &whole[..whole.len() / 2]] {
        let error = picture::read(broken, rule).unwrap_err();
        assert!(matches!(error, PictureError::Unreadable { .. }), "{error}");
        assert_eq!(error.fault().number, 6206);
    }
}

#[test]
fn a_picture_that_claims_to_be_huge_costs_nothing() {
    // The longest side; and within it more pixels than any telephone's camera has, which white packs into a few kilobytes.
    for (width, height) in [(60_000, 60_000), (16_384, 16_384), (8_192, 6_145)] {
        let error = picture::read(&claiming(width, height), CodeRule::default()).unwrap_err();
        assert_eq!(error.fault().number, 6206, "{error}");
        assert!(error.detail().contains(&format!("{width} × {height}")), "{error}");
    }
    // What is not too large is opened, and found to have no content.
    let error = picture::read(&claiming(8_192, 6_144), CodeRule::default()).unwrap_err();
    assert!(!error.detail().contains("8192"), "{error}");
}

/// The head of a PNG of this size.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut head = bytes(GrayImage::from_pixel(1, 1, Luma([0])), ImageFormat::Png);
    head[16..20].copy_from_slice(&width.to_be_bytes());
    head[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = !0u32;
    for byte in &head[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    head[29..33].copy_from_slice(&(!crc).to_be_bytes());
    head
}
