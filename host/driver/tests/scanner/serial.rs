//! A serial scanner, as the real ones are and as they fail.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use yika_driver::Cancel;
use yika_driver::scanner::{CodeScanner, Scan, ScanError, WedgeError};
use yika_driver::serial::SerialError;
use yika_protocol::voucher::{CodeError, CodeRule, Framing, Suffix, Symbology};
use yika_sim::scanner::{ScanFault, ScannerSpec, VirtualScanner};

const CODE: &str = "2899001234567890123456789012";
const LONG: Duration = Duration::from_secs(20);

fn told(spec: ScannerSpec) -> VirtualScanner {
    VirtualScanner::start(ScannerSpec { every: None, ..spec }, CODE.as_bytes(), None).unwrap()
}

fn scanner(of: &VirtualScanner, framing: Framing) -> CodeScanner {
    CodeScanner::serial(of.path().to_str().unwrap(), 9_600, framing)
}

/// Scans with a scanner that is triggered once the program listens.
fn scan(
    device: &VirtualScanner,
    framing: Framing,
    limit: Duration,
) -> (Result<Scan, ScanError>, Vec<CodeError>) {
    let scanner = scanner(device, framing);
    let refused = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&refused);
    let result = thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            scanner.scan(limit, &Cancel::default(), move |error| kept.lock().unwrap().push(error))
        });
        while !waiting.is_finished() {
            thread::sleep(Duration::from_millis(150));
            device.scan();
        }
        waiting.join().unwrap()
    });
    let refused = refused.lock().unwrap().clone();
    (result, refused)
}

#[test]
fn each_way_of_ending_a_code_gives_the_bare_code() {
    let prefixed =
        |suffix| Framing { prefix: heapless::Vec::from_slice(b"*").unwrap(), ..Framing::new(suffix) };
    for (before, aim, after, framing) in [
        ("", "", "\r", Framing::default()),
        ("", "]Q1", "\n", Framing::default()),
        ("*", "]C0", "\r\n", prefixed(Suffix::LineEnd)),
        ("\x02", "", "\x03", Framing::new(Suffix::StxEtx)),
        ("", "", "\t", Framing::new(Suffix::Tab)),
        ("*", "", "", prefixed(Suffix::Silence)),
    ] {
        let spec = ScannerSpec {
            before: before.into(),
            aim: aim.into(),
            after: after.into(),
            ..ScannerSpec::default()
        };
        let (scan, refused) = scan(&told(spec), framing, LONG);
        let scan = scan.unwrap();
        let symbology = match aim {
            "]Q1" => Some(Symbology::Qr),
            "]C0" => Some(Symbology::Code128),
            _ => None,
        };
        assert_eq!((scan.code.expose(), scan.symbology, refused.as_slice()), (CODE, symbology, &[][..]));
    }
}

#[test]
fn a_missing_suffix_is_told_with_its_own_fault() {
    let spec = ScannerSpec { after: Vec::new(), ..ScannerSpec::default() };
    let device = told(spec);
    let scanner = scanner(&device, Framing::default());
    let result = thread::scope(|scope| {
        let waiting = scope.spawn(|| scanner.scan(Duration::from_secs(2), &Cancel::default(), |_| {}));
        thread::sleep(Duration::from_millis(300));
        device.scan();
        waiting.join().unwrap()
    });
    assert_eq!(result, Err(ScanError::Refused(CodeError::Unfinished { length: 28 })));
    assert_eq!(result.unwrap_err().fault().number, 6203);
}

#[test]
fn what_was_scanned_before_nobody_asked_for() {
    let device = told(ScannerSpec::default());
    device.scan();
    thread::sleep(Duration::from_millis(200));
    let result =
        scanner(&device, Framing::default()).scan(Duration::from_millis(600), &Cancel::default(), |_| {});
    assert_eq!(result, Err(ScanError::Nothing));
}

#[test]
fn a_wrong_code_is_told_and_the_right_one_still_counts() {
    let device = told(ScannerSpec::default());
    device.show(b"6901234567892");
    let code_scanner = scanner(&device, Framing::default());
    let (tell, told) = std::sync::mpsc::channel();
    let waiting = thread::spawn(move || {
        code_scanner.scan(LONG, &Cancel::default(), move |error| tell.send(error).unwrap())
    });
    while told.try_recv().ok() != Some(CodeError::TooShort { length: 13 }) {
        device.scan();
        thread::sleep(Duration::from_millis(100));
    }
    device.show(CODE.as_bytes());
    device.scan();
    assert_eq!(waiting.join().unwrap().unwrap().code.expose(), CODE);
}

#[test]
fn a_cancelled_wait_ends_at_once_and_the_port_is_free_again() {
    let device = told(ScannerSpec::default());
    let code_scanner = scanner(&device, Framing::default());
    let cancel = Cancel::default();
    let (other, later) = (code_scanner.clone(), cancel.clone());
    let waiting = thread::spawn(move || other.scan(LONG, &later, |_| {}));
    thread::sleep(Duration::from_millis(300));
    // One scanner serves one purchase at a time.
    assert_eq!(code_scanner.scan(LONG, &Cancel::default(), |_| {}), Err(ScanError::InUse));
    let began = Instant::now();
    cancel.cancel();
    assert_eq!(waiting.join().unwrap(), Err(ScanError::Cancelled));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(scan(&device, Framing::default(), LONG).0.unwrap().code.expose(), CODE);
}

#[test]
fn a_code_that_stays_before_the_scanner_is_one_scan() {
    let device = told(ScannerSpec::default());
    let framing = Framing { debounce_ms: 60_000, ..Framing::default() };
    let code_scanner = scanner(&device, framing);
    let once = |limit| {
        let scanner = code_scanner.clone();
        let waiting = thread::spawn(move || scanner.scan(limit, &Cancel::default(), |_| {}));
        while !waiting.is_finished() {
            thread::sleep(Duration::from_millis(100));
            device.scan();
        }
        waiting.join().unwrap()
    };
    assert_eq!(once(LONG).unwrap().code.expose(), CODE);
    assert_eq!(once(Duration::from_secs(1)), Err(ScanError::Nothing), "also over two scans");
}

#[test]
fn an_unplugged_scanner_is_told_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("scanner");
    let device = VirtualScanner::start(
        ScannerSpec { every: None, ..ScannerSpec::default() },
        CODE.as_bytes(),
        Some(&link),
    )
    .unwrap();
    let code_scanner = scanner(&device, Framing::default());
    let other = code_scanner.clone();
    let waiting = thread::spawn(move || other.scan(LONG, &Cancel::default(), |_| {}));
    thread::sleep(Duration::from_millis(300));
    device.unplug();
    assert_eq!(waiting.join().unwrap(), Err(ScanError::Port(SerialError::Gone)));
    let missing = code_scanner.scan(LONG, &Cancel::default(), |_| {});
    assert!(matches!(missing, Err(ScanError::Port(SerialError::NotFound { .. }))), "{missing:?}");
    device.plug();
    assert_eq!(scan(&device, Framing::default(), LONG).0.unwrap().code.expose(), CODE);
}

#[test]
fn what_is_no_scanner_is_told_by_name() {
    let on = |port: &str| {
        CodeScanner::serial(port, 9_600, Framing::default()).scan(LONG, &Cancel::default(), |_| {})
    };
    assert_eq!(on("/dev/yika-none").unwrap_err().fault().number, 6001);
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(on(file.path().to_str().unwrap()).unwrap_err().fault().number, 6007);
    let wedge = CodeScanner::wedge("/dev/input/by-id/none-event-kbd", Framing::default());
    let error = wedge.scan(LONG, &Cancel::default(), |_| {}).unwrap_err();
    if cfg!(target_os = "linux") {
        assert!(matches!(&error, ScanError::Wedge(WedgeError::NotFound { .. })), "{error}");
    }
}

/// Whatever happens on the way: what counts is the code, and in the end it counts.
#[test]
fn no_mishap_gives_a_wrong_code_and_none_is_for_good() {
    let seeds: u64 = std::env::var("YIKA_SEEDS").map_or(3, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..seeds {
        let link = folder.path().join(format!("scanner-{seed}"));
        let spec = ScannerSpec {
            every: Some(Duration::from_millis(40)),
            faults: ScanFault::ALL.to_vec(),
            seed,
            ..ScannerSpec::default()
        };
        let device = VirtualScanner::start(spec, CODE.as_bytes(), Some(&link)).unwrap();
        // With the length known, no rest of a torn scan passes, whenever the program began to listen.
        let rule = CodeRule { shortest: 28, longest: 28 };
        let code_scanner = scanner(&device, Framing { rule, debounce_ms: 0, ..Framing::default() });
        let began = Instant::now();
        let mut good = 0;
        while good < 5 {
            match code_scanner.scan(Duration::from_secs(5), &Cancel::default(), |_| {}) {
                Ok(scan) => {
                    assert_eq!(scan.code.expose(), CODE, "seed {seed}");
                    good += 1;
                }
                Err(ScanError::Port(SerialError::Gone | SerialError::NotFound { .. })) => {
                    thread::sleep(Duration::from_millis(50));
                }
                Err(error) => panic!("seed {seed}: {error}"),
            }
            assert!(began.elapsed() < Duration::from_secs(60), "seed {seed} is wedged");
        }
    }
}

#[test]
fn a_code_stays_out_of_what_can_be_printed() {
    let (found, _) = scan(&told(ScannerSpec::default()), Framing::default(), LONG);
    let shown = format!("{found:?} {}", found.as_ref().unwrap().code);
    assert!(!shown.contains("2899"), "{shown}");
}
