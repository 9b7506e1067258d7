//! What a scanner may send us.

use yika_driver::scanner::wedge::{Keyboard, Motion, UNREADABLE};
use yika_protocol::voucher::{CodeRule, Framing, Scanned, Scanner, Suffix};

/// First byte: the framing. Then pieces: a length, a pause in units of 8 ms, bytes.
pub(super) fn scanner(data: &[u8]) {
    let Some((kind, mut rest)) = data.split_first() else { return };
    let suffix = [Suffix::LineEnd, Suffix::Tab, Suffix::StxEtx, Suffix::Silence][usize::from(kind & 3)];
    let rule = CodeRule { shortest: usize::from(kind >> 4), longest: 48 };
    let mut framing = Framing { rule, ..Framing::new(suffix) };
    if kind & 4 != 0 {
        framing.prefix.extend_from_slice(b"*#").expect("there is room");
    }
    let (mut scanner, mut now, mut scans, mut ends) = (Scanner::new(framing), 0, 0, 0);
    let mut check = |scan| {
        scans += 1;
        if let Scanned::Code(code, _) = scan {
            assert!((rule.shortest..=rule.longest).contains(&code.length()));
            assert!(code.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        }
    };
    while let [length, pause, tail @ ..] = rest {
        let (piece, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        ends += piece.iter().filter(|byte| matches!(byte, b'\r' | b'\n' | b'\t' | 2 | 3)).count() + 2;
        scanner.feed(piece, now, &mut check);
        now += u64::from(*pause) * 8;
        if let Some(scan) = scanner.poll(now) {
            check(scan);
        }
        rest = tail;
    }
    assert!(scans <= ends, "no scan without an end or a silence");
}

pub(super) fn scanner_examples() -> Vec<Vec<u8>> {
    let code = b"2899001234567890123456789012";
    let one = |kind: u8, parts: &[&[u8]]| {
        let piece = parts.concat();
        [&[kind, piece.len() as u8, 20][..], &piece].concat()
    };
    vec![
        one(0, &[code, b"\r\n"]),
        one(0, &[b"]Q1", code, b"\r", b"]C0", code, b"\n"]),
        one(4, &[b"*#", code, b"\r"]),
        one(1, &[code, b"\t"]),
        one(2, &[b"\x02", code, b"\x03"]),
        one(3, &[code]),
    ]
}

/// Pairs of bytes: a key code, and what it does.
pub(super) fn keyboard(data: &[u8]) {
    let mut keyboard = Keyboard::new();
    for pair in data.chunks_exact(2) {
        let motion = [Motion::Press, Motion::Release, Motion::Repeat][usize::from(pair[1] % 3)];
        let key = u16::from(pair[0]) | u16::from(pair[1] >> 6) << 8;
        if let Some(text) = keyboard.key(key, motion) {
            assert!(text.is_ascii() || text == UNREADABLE);
            assert_ne!(motion, Motion::Repeat);
        }
    }
}

pub(super) fn keyboard_examples() -> Vec<Vec<u8>> {
    // Shift, A, 1 and Enter, pressed and released; Alt with 0 6 5 on the keypad.
    vec![
        vec![42, 0, 30, 0, 30, 1, 42, 1, 2, 0, 2, 1, 28, 0, 28, 1],
        vec![56, 0, 82, 0, 82, 1, 77, 0, 77, 1, 76, 0, 76, 1, 56, 1],
    ]
}
