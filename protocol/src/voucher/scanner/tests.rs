use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const CODE: &[u8] = b"2800000000000000000000000001";

/// Everything the bytes give, the silence behind them included.
fn scans(framing: Framing, bytes: &[u8]) -> Vec<Scanned> {
    let mut scanner = Scanner::new(framing);
    let mut found = Vec::new();
    scanner.feed(bytes, 0, |scan| found.push(scan));
    found.extend(scanner.poll(10_000));
    found
}

fn code() -> Code {
    Code::new(CODE, CodeRule::default()).unwrap()
}

fn line(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn each_framing_gives_the_bare_code() {
    let with_prefix = |suffix| {
        let mut framing = Framing::new(suffix);
        framing.prefix = heapless::Vec::from_slice(b"*").unwrap();
        framing
    };
    for (framing, before, after) in [
        (Framing::default(), &b""[..], &b"\r"[..]),
        (Framing::default(), b"", b"\n"),
        (Framing::default(), b"", b"\r\n"),
        (Framing::default(), b"\x00 ", b" \r\n"),
        (with_prefix(Suffix::LineEnd), b"*", b"\r\n"),
        (with_prefix(Suffix::LineEnd), b"", b"\r\n"),
        (with_prefix(Suffix::Silence), b"*", b""),
        (Framing::new(Suffix::Tab), b"", b"\t"),
        (Framing::new(Suffix::StxEtx), b"noise\x02", b"\x03"),
        (Framing::new(Suffix::StxEtx), b"\x02", b"\x03\r\n"),
        (Framing::new(Suffix::Silence), b"", b""),
    ] {
        let stream = line(&[before, CODE, after]);
        assert_eq!(scans(framing.clone(), &stream), [Scanned::Code(code(), None)], "{framing:?}");
    }
}

#[test]
fn an_aim_identifier_is_taken_off_and_understood() {
    let prefix = heapless::Vec::from_slice(b"#1").unwrap();
    let framing = Framing { prefix, ..Framing::default() };
    for (before, symbology, name) in [
        (&b"]Q1"[..], Symbology::Qr, "qr"),
        (b"]C0", Symbology::Code128, "code128"),
        (b"]C1", Symbology::Code128, "code128"),
        (b"]d2", Symbology::Other(b'd'), "data_matrix"),
        (b"]zA", Symbology::Other(b'z'), "aztec"),
        (b"#1]Q1", Symbology::Qr, "qr"),
        (b"]Q1#1", Symbology::Qr, "qr"),
    ] {
        let stream = line(&[before, CODE, b"\r"]);
        assert_eq!(scans(framing.clone(), &stream), [Scanned::Code(code(), Some(symbology))]);
        assert_eq!(symbology.name(), name);
    }
}

#[test]
fn what_is_no_code_is_refused_with_its_reason() {
    let refused = |error| [Scanned::Refused(error)];
    assert_eq!(scans(Framing::default(), b"12345\r"), refused(CodeError::TooShort { length: 5 }));
    let long = line(&[&[b'1'; 500], b"\r"]);
    assert_eq!(scans(Framing::default(), &long), refused(CodeError::TooLong { length: 500 }));
    let mut typed = line(&[CODE, b"\r"]);
    typed[3] = 0xE4;
    assert_eq!(scans(Framing::default(), &typed), refused(CodeError::NotPrintable { at: 3 }));
    assert_eq!(scans(Framing::default(), b"\r\n\r\n\n"), []);
}

#[test]
fn a_code_counts_only_with_its_end() {
    assert_eq!(scans(Framing::default(), CODE), [Scanned::Refused(CodeError::Unfinished { length: 28 })]);
    let open = line(&[b"\x02", CODE]);
    assert_eq!(
        scans(Framing::new(Suffix::StxEtx), &open),
        [Scanned::Refused(CodeError::Unfinished { length: 28 })]
    );
    // Without STX nothing begins.
    assert_eq!(scans(Framing::new(Suffix::StxEtx), &line(&[CODE, b"\x03"])), []);
}

#[test]
fn a_code_in_pieces_is_one_code_while_the_gap_lasts() {
    for suffix in [Suffix::LineEnd, Suffix::Silence] {
        let framing = Framing::new(suffix);
        let step = u64::from(framing.gap_ms) - 1;
        let mut scanner = Scanner::new(framing);
        let (mut found, mut now) = (Vec::new(), 0);
        for byte in CODE {
            scanner.feed(&[*byte], now, |scan| found.push(scan));
            now += step;
            assert_eq!(scanner.poll(now), None);
        }
        scanner.feed(b"\r\n", now, |scan| found.push(scan));
        found.extend(scanner.poll(now + 1_000));
        assert_eq!(found, [Scanned::Code(code(), None)], "{suffix:?}");
    }
}

#[test]
fn neither_half_of_a_torn_scan_is_believed() {
    let mut scanner = Scanner::new(Framing::default());
    let mut found = Vec::new();
    scanner.feed(&CODE[..8], 0, |scan| found.push(scan));
    // The host was late: no poll in between. The rest has 20 characters and would pass as a code.
    scanner.feed(&line(&[&CODE[8..], b"\r\n"]), 900, |scan| found.push(scan));
    assert_eq!(
        found,
        [
            Scanned::Refused(CodeError::Unfinished { length: 8 }),
            Scanned::Refused(CodeError::Unfinished { length: 20 })
        ]
    );
    // Scanned again after a moment, all is well.
    found.clear();
    scanner.feed(&line(&[CODE, b"\r\n"]), 4_000, |scan| found.push(scan));
    assert_eq!(found, [Scanned::Code(code(), None)]);
}

#[test]
fn the_same_code_again_with_its_end_counts_at_once() {
    let mut scanner = Scanner::new(Framing::default());
    let mut found = Vec::new();
    scanner.feed(CODE, 0, |scan| found.push(scan));
    assert_eq!(scanner.poll_at(), Some(500));
    found.extend(scanner.poll(500));
    scanner.feed(&line(&[CODE, b"\r"]), 1_200, |scan| found.push(scan));
    assert_eq!(found, [Scanned::Refused(CodeError::Unfinished { length: 28 }), Scanned::Code(code(), None)]);
}

#[test]
fn a_reset_forgets_a_half_scan_and_its_doubt() {
    let mut scanner = Scanner::new(Framing::default());
    let mut found = Vec::new();
    scanner.feed(b"]Q1", 0, |scan| found.push(scan));
    scanner.reset();
    assert_eq!(scanner.poll_at(), None);
    scanner.feed(&line(&[CODE, b"\r"]), 10, |scan| found.push(scan));
    assert_eq!(found, [Scanned::Code(code(), None)]);
}

#[test]
fn a_second_stx_begins_anew() {
    let stream = line(&[b"\x02", &CODE[..9], b"\x02", CODE, b"\x03"]);
    assert_eq!(
        scans(Framing::new(Suffix::StxEtx), &stream),
        [Scanned::Refused(CodeError::Unfinished { length: 9 }), Scanned::Code(code(), None)]
    );
}

#[test]
fn the_same_code_twice_in_a_moment_is_one_scan_and_another_code_is_another() {
    let mut scanner = Scanner::new(Framing { debounce_ms: 2_500, ..Framing::default() });
    let again = line(&[CODE, b"\r"]);
    let mut found = 0;
    // A phone that stays before the scanner is one scan as long as it stays.
    for now in [0, 300, 2_700, 5_100, 7_600] {
        scanner.feed(&again, now, |_| found += 1);
    }
    assert_eq!(found, 2, "the last one came 2 500 ms after the one before");
    scanner.feed(b"2800000000000000000000000002\r", 7_601, |_| found += 1);
    assert_eq!(found, 3);
    let mut scanner = Scanner::new(Framing { debounce_ms: 0, ..Framing::default() });
    scanner.feed(&line(&[&again, &again]), 0, |_| found += 1);
    assert_eq!(found, 5);
}

#[test]
fn a_code_is_never_shown() {
    let mut scanner = Scanner::new(Framing::default());
    let mut shown = std::format!("{:?}", scans(Framing::default(), &line(&[CODE, b"\r"])));
    scanner.feed(CODE, 0, |_| {});
    shown += &std::format!("{scanner:?} {:?}", scanner.poll(5_000));
    assert!(!shown.contains("2800"), "{shown}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic_and_only_codes_come_out(
        pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..90), 0..700u64), 0..8),
        which in 0..4usize,
        debounce in 0..3_000u32,
    ) {
        let suffix = [Suffix::LineEnd, Suffix::Tab, Suffix::StxEtx, Suffix::Silence][which];
        let mut scanner = Scanner::new(Framing { debounce_ms: debounce, ..Framing::new(suffix) });
        let mut now = 0;
        for (bytes, pause) in &pieces {
            let mut found = Vec::new();
            scanner.feed(bytes, now, |scan| found.push(scan));
            now += pause;
            found.extend(scanner.poll(now));
            for scan in found {
                if let Scanned::Code(code, _) = scan {
                    prop_assert!((16..=48).contains(&code.length()));
                    prop_assert!(code.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                }
            }
        }
    }

    /// However a scan is cut on its way, it is the same scan.
    #[test]
    fn cuts_do_not_matter(cuts in proptest::collection::vec((1..40usize, 0..499u64), 1..40)) {
        let stream = line(&[b"]Q1", CODE, b"\r\n"]);
        let mut rest = stream.as_slice();
        let mut scanner = Scanner::new(Framing::default());
        let (mut found, mut now) = (Vec::new(), 0);
        for (length, pause) in cuts.iter().cycle() {
            let (piece, tail) = rest.split_at((*length).min(rest.len()));
            scanner.feed(piece, now, |scan| found.push(scan));
            (rest, now) = (tail, now + pause);
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, [Scanned::Code(code(), Some(Symbology::Qr))]);
    }
}
