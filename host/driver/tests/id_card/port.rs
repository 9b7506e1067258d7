//! Through a real pseudo-terminal and the real serial port code.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use yika_driver::Cancel;
use yika_driver::resident_card::{IdReader, ReadError, ReadOptions};
use yika_driver::serial::{Ports, SerialError, SystemPorts};
use yika_sim::id_reader::{IdCardSpec, IdFault, IdFaults, IdReader as VirtualReader, IdReaderEvent};

use crate::desk::person;

fn reader(port: &Path) -> IdReader {
    IdReader::new(Arc::new(SystemPorts), port.to_str().expect("UTF-8"), ReadOptions::default())
}

fn virtual_reader(spec: IdCardSpec) -> VirtualReader {
    VirtualReader::start(spec, IdFaults::none(), None, |_| ()).expect("a virtual reader")
}

const WAIT: Option<Duration> = Some(Duration::from_secs(10));

#[test]
fn a_card_is_read_lifted_and_another_one_is_read() {
    let device = virtual_reader(person(0));
    let reader = reader(device.port());
    let cancel = Cancel::default();
    assert_eq!(reader.read(WAIT, &cancel).expect("read").certno.expose(), person(0).certno);
    device.lay_other(person(1));
    assert_eq!(reader.read(WAIT, &cancel).expect("read").certno.expose(), person(1).certno);
}

#[test]
fn a_reader_at_another_speed_is_found() {
    let device = virtual_reader(IdCardSpec { speed: 9_600, ..person(2) });
    // The first round over all speeds is short; on a busy machine the answer may miss it.
    let reader = reader(device.port());
    let read = (0..5).find_map(|_| reader.read(WAIT, &Cancel::default()).ok()).expect("read");
    assert_eq!(read.certno.expose(), person(2).certno);
}

#[test]
fn what_an_earlier_program_left_on_the_line_is_not_taken() {
    let device = virtual_reader(IdCardSpec { read_ms: 0, answer_ms: 0, ..person(0) });
    // Asks for everything and goes away without fetching the answers.
    let mut line = SystemPorts.open(device.port().to_str().expect("UTF-8"), 115_200).expect("open");
    for request in [[0x20, 0x01, 0x22], [0x20, 0x02, 0x21], [0x30, 0x01, 0x32]] {
        line.send(&[&[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03][..], &request].concat()).expect("sent");
        std::thread::sleep(Duration::from_millis(60));
    }
    drop(line);
    device.lay_other(person(1));
    let document = reader(device.port()).read(WAIT, &Cancel::default()).expect("read");
    assert_eq!(document.certno.expose(), person(1).certno);
}

#[test]
fn a_silent_reader_is_told_in_time() {
    let faults = IdFaults::new(vec![IdFault::Silent], 1, 1);
    let device = VirtualReader::start(person(0), faults, None, |_| ()).expect("a virtual reader");
    let began = Instant::now();
    let error = reader(device.port()).read(WAIT, &Cancel::default()).expect_err("silent");
    assert_eq!(error.fault().number, 6101);
    // A second is the promise; a busy machine adds to it.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn a_pulled_plug_is_told_and_the_port_is_found_again_under_its_lasting_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("id-reader");
    let (told, events) = mpsc::channel();
    let device = VirtualReader::start(person(0), IdFaults::none(), Some(&link), move |event| {
        let _ = told.send(event);
    });
    let device = device.expect("a virtual reader");
    let reader = reader(&link);
    let waiting = {
        let reader = reader.clone();
        device.lift();
        std::thread::spawn(move || reader.read(Some(Duration::from_secs(30)), &Cancel::default()))
    };
    std::thread::sleep(Duration::from_millis(300));
    device.unplug();
    assert_eq!(events.recv_timeout(Duration::from_secs(10)), Ok(IdReaderEvent::Unplugged));
    assert_eq!(waiting.join().expect("no panic"), Err(ReadError::Port(SerialError::Gone)));
    let error = reader.read(None, &Cancel::default()).expect_err("not there");
    assert_eq!(error.fault().number, 6001);
    device.plug();
    assert_eq!(events.recv_timeout(Duration::from_secs(10)), Ok(IdReaderEvent::Plugged(link.clone())));
    device.lay();
    assert!(reader.read(WAIT, &Cancel::default()).is_ok());
}

#[test]
fn what_is_no_serial_port_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "precious").expect("written");
    let number =
        |path: &Path| reader(path).read(None, &Cancel::default()).expect_err("refused").fault().number;
    assert_eq!(number(&file), 6007);
    assert_eq!(std::fs::read_to_string(&file).expect("read"), "precious");
    assert_eq!(number(folder.path()), 6007);
    assert_eq!(number(Path::new("/dev/null")), 6007);
    assert_eq!(number(Path::new("/dev/yika-no-such-port")), 6001);
    assert_eq!(number(Path::new("usb:ffff:ffff:none")), 6001);
}

#[test]
fn two_programs_cannot_use_one_reader_at_once() {
    let device = virtual_reader(person(0));
    let path = device.port().to_str().expect("UTF-8");
    let held = SystemPorts.open(path, 115_200).expect("open");
    let error = reader(device.port()).read(None, &Cancel::default()).expect_err("held");
    assert_eq!(error, ReadError::Port(SerialError::Busy { path: path.to_owned() }));
    drop(held);
    assert!(reader(device.port()).read(WAIT, &Cancel::default()).is_ok());
}

#[test]
fn seeded_faults_through_the_port() {
    for seed in 0..2 {
        let faults =
            IdFaults::new(vec![IdFault::Split, IdFault::Noise, IdFault::Checksum, IdFault::Merge], seed, 3);
        let device = VirtualReader::start(person(0), faults, None, |_| ()).expect("a virtual reader");
        let reader = reader(device.port());
        let mut read = 0;
        for turn in 1..=6 {
            if let Ok(document) = reader.read(Some(Duration::from_millis(700)), &Cancel::default()) {
                let certno = document.certno.expose();
                assert_eq!(certno, person(turn - 1).certno, "seed {seed}, turn {turn}");
                read += 1;
            }
            device.lay_other(person(turn));
        }
        assert!(read > 0, "seed {seed}");
    }
}
