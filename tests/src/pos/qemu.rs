//! The device in QEMU (`lm3s6965evb`), with its lines as sockets and its SD card as a file that survives `kill -9`.
//!
//! Needs `qemu-system-arm` and the firmware's image, which `cargo xtask firmware` builds. [`image`] says where it is; a test that
//! finds none says so and ends, unless `YIKA_QEMU=1` says that it must be there.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use yika_firmware::app::settings::Settings;
use yika_firmware::hal::{BLOCK, Block, Frame, Media, MediaError, Millis, Start};
use yika_firmware::pinpad::{self, PadKey};
use yika_firmware::swipes::Swipes;
use yika_protocol::link::{FromDevice, FromTill, Outbox, Receiver};
use yika_protocol::swipe::Identity;
use yika_sim::slot::{Place, Running, SlotOptions};
use yika_sim::{CardSpec, VirtualCard};

use crate::command::root;

// The board's `layout.rs` holds the same numbers.
const STORE_FIRST: u64 = 2048;
const STORE_BLOCKS: u32 = 1024;
const ALL_BLOCKS: usize = 8192;
const NOISE: std::ops::Range<usize> = 16..2048;

/// The firmware's image, or why there is none.
///
/// # Panics
/// When `YIKA_QEMU=1` and there is none.
#[must_use]
pub fn image() -> Option<PathBuf> {
    let named = std::env::var_os("YIKA_FIRMWARE").map(PathBuf::from);
    let release = "thumbv7m-none-eabi/release/yika-lm3s6965evb";
    let target = std::env::var_os("CARGO_TARGET_DIR").map(|folder| PathBuf::from(folder).join(release));
    let boards = root().join("firmware/boards");
    let usual = [boards.join("target").join(release), boards.join("target/debian").join(release)];
    let found = named.into_iter().chain(usual).chain(target).find(|path| path.is_file());
    let emulator = Command::new("qemu-system-arm").arg("--version").stdout(Stdio::null()).status();
    let complete = found.filter(|_| emulator.is_ok_and(|status| status.success()));
    if complete.is_none() {
        let words = "needs qemu-system-arm and the image of `cargo xtask firmware`";
        assert!(std::env::var_os("YIKA_QEMU").is_none_or(|value| value != "1"), "{words}");
        println!("skipped: {words}");
    }
    complete
}

/// A device with its SD card, switched on or off.
pub struct Board {
    firmware: PathBuf,
    folder: tempfile::TempDir,
    qemu: Option<Child>,
    till: Option<UnixStream>,
    receiver: Receiver,
    number: u16,
    pad_frames: u8,
    card: Option<Running<VirtualCard>>,
}

impl Board {
    /// A device that is enrolled already, its centre at this UDP address of the host. Switched off.
    ///
    /// # Panics
    /// When the SD card cannot be written.
    #[must_use]
    pub fn enrolled(firmware: &Path, identity: Identity, centre: SocketAddr) -> Self {
        Self::with(firmware, identity, centre.port(), &Settings::default())
    }

    /// The same, on whose image the centre has this port, and in whose settings a person typed these.
    ///
    /// # Panics
    /// When the SD card cannot be written.
    #[must_use]
    pub fn with(firmware: &Path, identity: Identity, port: u16, settings: &Settings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sd = vec![0; BLOCK * ALL_BLOCKS];
        let mut setup = b"YIKABNCH\x01".to_vec();
        setup.extend([10, 0, 2, 15, 24, 10, 0, 2, 2]);
        setup.extend(5000u16.to_be_bytes());
        setup.extend([10, 0, 2, 2]);
        setup.extend(port.to_be_bytes());
        sd[..setup.len()].copy_from_slice(&setup);
        let noise = &mut sd[NOISE.start * BLOCK..NOISE.end * BLOCK];
        File::open("/dev/urandom").and_then(|mut file| file.read_exact(noise)).expect("noise");
        fs::write(folder.path().join("sd.img"), sd).expect("the SD card");
        let board = Self {
            firmware: firmware.to_owned(),
            folder,
            qemu: None,
            till: None,
            receiver: Receiver::new(),
            number: 0,
            pad_frames: 0,
            card: None,
        };
        let mut swipes = Swipes::provision(board.media()).expect("a new store");
        swipes.enrol(identity, Millis(0)).expect("enrolled");
        swipes.set_settings(&settings.encode()).expect("settings");
        board
    }

    /// Switches it on. It is ready when it answers on the line of the till.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn on(&mut self) {
        let path = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        for name in ["slot", "counter", "till", "monitor"] {
            let _ = fs::remove_file(path(name));
        }
        let line = |name: &str| format!("socket,id={name},path={},server=on,wait=off", path(name));
        let qemu = Command::new("qemu-system-arm")
            .args(["-M", "lm3s6965evb", "-display", "none", "-kernel"])
            .arg(&self.firmware)
            .args(["-chardev", &line("slot"), "-serial", "chardev:slot"])
            .args(["-chardev", &line("counter"), "-serial", "chardev:counter"])
            .args(["-chardev", &line("till"), "-serial", "chardev:till"])
            .args(["-monitor", &format!("unix:{},server=on,wait=off", path("monitor"))])
            .args(["-drive", &format!("if=sd,format=raw,file={}", path("sd.img"))])
            .args(["-nic", "user,model=stellaris"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        self.qemu = Some(qemu);
        let till = until(Duration::from_secs(20), || UnixStream::connect(path("till")).ok())
            .expect("the till's line");
        till.set_read_timeout(Some(Duration::from_millis(20))).expect("a limit");
        self.till = Some(till);
        self.receiver = Receiver::new();
        self.pad_frames = 0;
        let answered = self.ask(&FromTill::Hello, Duration::from_secs(30), |said| {
            matches!(said, FromDevice::Info(_)).then_some(())
        });
        assert!(answered.is_some(), "the device does not come up");
    }

    /// Power goes: `kill -9`, at whatever the device is doing.
    ///
    /// # Panics
    /// When the emulator cannot be killed.
    pub fn off(&mut self) {
        self.till = None;
        if let Some(mut qemu) = self.qemu.take() {
            qemu.kill().expect("killed");
            qemu.wait().expect("gone");
        }
    }

    /// Puts a card into the slot; pulls out what was there.
    ///
    /// # Panics
    /// When the slot's line cannot be reached.
    pub fn insert(&mut self, spec: CardSpec, options: SlotOptions) {
        self.card = None;
        let place = Place::Unix(self.folder.path().join("slot"));
        self.card = Some(Running::start(VirtualCard::new(spec), &place, options, |_| {}).expect("a card"));
    }

    /// The contacts themselves, for a card that keeps no rules: the bench slot of `hw-docs/link.md`.
    ///
    /// # Panics
    /// When the slot's line cannot be reached.
    #[must_use]
    pub fn contacts(&self) -> UnixStream {
        UnixStream::connect(self.folder.path().join("slot")).expect("the slot's line")
    }

    /// The slot is empty.
    pub fn pull(&mut self) {
        if let Some(card) = self.card.take() {
            card.set_present(false);
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// The slot is empty, and the card is back in the holder's hand.
    ///
    /// # Panics
    /// When there is none.
    pub fn take_out(&mut self) -> VirtualCard {
        self.card.take().and_then(Running::stop).expect("a card in the slot")
    }

    /// The bytes that passed between device and card since the card was put in: to the card, to the device.
    #[must_use]
    pub fn wire(&self) -> (u64, u64) {
        self.card.as_ref().map_or((0, 0), |card| (card.passed().to_card, card.passed().to_device))
    }

    /// A scanner on the second line says a code.
    ///
    /// # Panics
    /// When the line is gone.
    pub fn scan(&mut self, code: &[u8]) {
        let mut line = UnixStream::connect(self.folder.path().join("counter")).expect("the scanner's line");
        line.write_all(code).and_then(|()| line.write_all(b"\r")).expect("scanned");
        // The emulator drops what it has not read when the other side leaves.
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Keys of the serial keypad, on the line that it shares with the scanner.
    ///
    /// # Panics
    /// When the line is gone.
    pub fn press_pad(&mut self, keys: &[PadKey]) {
        let mut line = UnixStream::connect(self.folder.path().join("counter")).expect("the keypad's line");
        for key in keys {
            line.write_all(&pinpad::frame(self.pad_frames, *key)).expect("a key");
            self.pad_frames = self.pad_frames.wrapping_add(1) % 10;
        }
        std::thread::sleep(Duration::from_millis(300));
    }

    /// What stands on the display.
    ///
    /// # Panics
    /// When the emulator is gone.
    #[must_use]
    pub fn display(&self) -> Frame {
        let path = self.folder.path().join("display.ppm");
        let _ = fs::remove_file(&path);
        let mut monitor = UnixStream::connect(self.folder.path().join("monitor")).expect("the monitor");
        monitor.write_all(format!("screendump {}\n", path.display()).as_bytes()).expect("a picture");
        let picture = || frame_of(&fs::read(&path).ok()?);
        until(Duration::from_secs(10), picture).expect("a picture of the display")
    }

    /// A key of the housing: `up`, `down`, `left`, `right`, `ctrl` (the middle one).
    ///
    /// # Panics
    /// When the emulator is gone.
    pub fn key(&mut self, name: &str) {
        let mut monitor = UnixStream::connect(self.folder.path().join("monitor")).expect("the monitor");
        monitor.write_all(format!("sendkey {name} 30\n").as_bytes()).expect("a key");
        std::thread::sleep(Duration::from_millis(150));
    }

    /// Asks over the till's line, again every half second under the same number, until `wanted` makes something of what the
    /// device says. `None` when nothing came in time.
    ///
    /// # Panics
    /// When the device is off.
    pub fn ask<T>(
        &mut self,
        message: &FromTill<'_>,
        limit: Duration,
        mut wanted: impl FnMut(&FromDevice<'_>) -> Option<T>,
    ) -> Option<T> {
        self.number = self.number.wrapping_add(1);
        let mut outbox = Outbox::new();
        outbox.ask(self.number, message).expect("a frame");
        let frame = outbox.pending().to_vec();
        let till = self.till.as_mut().expect("a device that is on");
        let started = Instant::now();
        let mut asked: Option<Instant> = None;
        while started.elapsed() < limit {
            if asked.is_none_or(|at| at.elapsed() > Duration::from_millis(500)) {
                asked = Some(Instant::now());
                if till.write_all(&frame).is_err() {
                    return None;
                }
            }
            let mut buffer = [0; 512];
            // Nothing within the limit is no error.
            let count = till.read(&mut buffer).unwrap_or(0);
            for byte in &buffer[..count] {
                if let Some(Ok(frame)) = self.receiver.push(*byte)
                    && let Ok(said) = FromDevice::decode(frame)
                    && let Some(result) = wanted(&said)
                {
                    return Some(result);
                }
            }
        }
        None
    }

    /// Leaves the line of the till to another program: where it is.
    pub fn till(&mut self) -> String {
        self.till = None;
        format!("unix:{}", self.folder.path().join("till").display())
    }

    /// The device's books, read from its SD card by the host. Only while it is off.
    ///
    /// # Panics
    /// When the store cannot be read, or the device is on.
    #[must_use]
    pub fn books(&self) -> Swipes<SdFile> {
        assert!(self.qemu.is_none(), "the device is on");
        Swipes::open(self.media(), Start::PowerOn, Millis(0)).expect("the store")
    }

    fn media(&self) -> SdFile {
        let path = self.folder.path().join("sd.img");
        SdFile(OpenOptions::new().read(true).write(true).open(path).expect("the SD card"))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.off();
    }
}

/// The store's blocks in the file of the SD card.
#[derive(Debug)]
pub struct SdFile(File);

impl Media for SdFile {
    fn blocks(&self) -> u32 {
        STORE_BLOCKS
    }

    fn read(&mut self, index: u32, block: &mut Block) -> Result<(), MediaError> {
        self.0
            .seek(SeekFrom::Start((STORE_FIRST + u64::from(index)) * BLOCK as u64))
            .map_err(|_| MediaError)?;
        self.0.read_exact(block).map_err(|_| MediaError)
    }

    fn write(&mut self, index: u32, block: &Block) -> Result<(), MediaError> {
        self.0
            .seek(SeekFrom::Start((STORE_FIRST + u64::from(index)) * BLOCK as u64))
            .map_err(|_| MediaError)?;
        self.0.write_all(block).map_err(|_| MediaError)
    }

    fn flush(&mut self) -> Result<(), MediaError> {
        self.0.flush().map_err(|_| MediaError)
    }
}

/// The emulator draws every dot four pixels wide and high.
fn frame_of(ppm: &[u8]) -> Option<Frame> {
    const SCALE: usize = 4;
    let (width, height) = (Frame::WIDTH * SCALE, Frame::HEIGHT * SCALE);
    let pixels = ppm.strip_prefix(format!("P6\n{width} {height}\n255\n").as_bytes())?;
    let mut frame = Frame::new();
    for (y, row) in pixels.chunks_exact(width * 3).enumerate().step_by(SCALE) {
        for (x, pixel) in row.chunks_exact(3).enumerate().step_by(SCALE) {
            frame.set(x / SCALE, y / SCALE, pixel.first().is_some_and(|red| *red > 0x7F));
        }
    }
    (pixels.len() == width * height * 3).then_some(frame)
}

/// Tries until something comes of it.
fn until<T>(limit: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        match attempt() {
            Some(result) => return Some(result),
            None if started.elapsed() > limit => return None,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
