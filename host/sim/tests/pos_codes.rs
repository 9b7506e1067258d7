//! QR codes of the POS device, read by a decoder of other hands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use rxing::{BarcodeFormat, DecodeHints};
use yika_firmware::hal::Frame;
use yika_firmware::screen::Canvas;
use yika_firmware::screen::qr::Qr;

/// What a camera in front of the screen reads.
fn read(frame: &Frame) -> String {
    const SCALE: usize = 4;
    let (width, height) = (Frame::WIDTH * SCALE, Frame::HEIGHT * SCALE);
    let luma = (0..width * height).map(|at| {
        let (x, y) = (at % width / SCALE, at / width / SCALE);
        if frame.get(x, y) { 255 } else { 0 }
    });
    let mut hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let found = rxing::helpers::detect_in_luma_with_hints(
        luma.collect(),
        width as u32,
        height as u32,
        Some(BarcodeFormat::QR_CODE),
        &mut hints,
    );
    found.unwrap_or_else(|error| panic!("not readable: {error}")).getText().to_owned()
}

fn shown(text: &[u8]) -> Frame {
    let mut frame = Frame::new();
    let code = Qr::new(text).unwrap();
    let mut canvas = Canvas::new(&mut frame);
    canvas.left(0, "setl_id");
    canvas.left(1, "S9901002");
    canvas.code(&code);
    assert!(!canvas.overflowed());
    frame
}

#[test]
fn a_settlement_id_is_read_off_the_screen() {
    assert_eq!(read(&shown(b"S990100202611220000000001")), "S990100202611220000000001");
}

#[test]
fn every_length_in_both_modes_is_read() {
    for length in 1..=61 {
        let text: String =
            "SETL-0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+.: ".chars().cycle().take(length).collect();
        let text = text.trim_end().to_owned();
        assert_eq!(read(&shown(text.as_bytes())), text);
    }
    for length in 1..=42 {
        let text: String =
            "setl_id=0123456789abcdefghijklmnopqrstuvwxyz".chars().cycle().take(length).collect();
        assert_eq!(read(&shown(text.as_bytes())), text);
    }
}

#[test]
fn what_does_not_fit_is_no_code() {
    assert!(Qr::new(&[b'A'; 61]).is_some() && Qr::new(&[b'A'; 62]).is_none());
    assert!(Qr::new(&[b'a'; 42]).is_some() && Qr::new(&[b'a'; 43]).is_none());
    assert!(Qr::new(&[b'a'; 70_000]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_id_is_read(text in "[A-Za-z0-9]{1,30}") {
        prop_assert_eq!(read(&shown(text.as_bytes())), text);
    }

    #[test]
    fn any_bytes_are_drawn_or_refused(bytes: Vec<u8>) {
        let _ = Qr::new(&bytes);
    }
}
