//! The POS in the emulator: its image, its lines, its keys, its display.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::pos_screen::{Picture, Reader};
use crate::processes::Running;

/// The SD image, in blocks of 512 bytes. The board's `layout.rs` holds the same numbers.
const BLOCK: usize = 512;
const BLOCKS: usize = 8192;
const ENTROPY: std::ops::Range<usize> = 16..2048;

/// The chip's RAM, and what the board paints its stack with.
const RAM: usize = 64 * 1024;
const PAINT: [u8; 4] = 0x5AFE_57ACu32.to_le_bytes();

const POLL: Duration = Duration::from_millis(40);

/// A device that runs.
pub(crate) struct Device {
    _qemu: Running,
    monitor: UnixStream,
    reader: Reader,
    folder: PathBuf,
    pad: Option<UnixStream>,
    pad_frames: u8,
}

impl Device {
    /// A fresh SD image: where the centre is, and noise for the device to use up.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn make_image(path: &Path, centre_port: u16) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut image = vec![0; BLOCK * BLOCKS];
        // Mark, version, address, prefix, gateway, own port, centre, its port.
        let mut setup = b"YIKABNCH\x01".to_vec();
        setup.extend([10, 0, 2, 15, 24, 10, 0, 2, 2]);
        setup.extend(5000u16.to_be_bytes());
        setup.extend([10, 0, 2, 2]);
        setup.extend(centre_port.to_be_bytes());
        image[..setup.len()].copy_from_slice(&setup);
        let noise = &mut image[ENTROPY.start * BLOCK..ENTROPY.end * BLOCK];
        fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(noise)).map_err(failed)?;
        fs::write(path, image).map_err(failed)
    }

    /// Takes the noise away: a device that starts on this image makes its signatures without prepared nonces.
    ///
    /// # Errors
    /// The image cannot be written.
    pub(crate) fn take_noise(path: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut image = fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
        let start = (ENTROPY.start * BLOCK) as u64;
        image.seek(SeekFrom::Start(start)).map_err(failed)?;
        image.write_all(&vec![0; ENTROPY.len() * BLOCK]).map_err(failed)
    }

    /// Switches a device on; its lines are sockets in `folder`: `slot`, `counter` (scanner, keypad, printer), `till`.
    ///
    /// # Errors
    /// The emulator does not start.
    pub(crate) fn start(firmware: &Path, folder: &Path) -> Result<Device, String> {
        Self::start_with(firmware, folder, &[])
    }

    /// The same with the emulator told that an instruction takes a nanosecond, for an image that counts its own.
    ///
    /// # Errors
    /// The emulator does not start.
    pub(crate) fn start_counting(firmware: &Path, folder: &Path) -> Result<Device, String> {
        let words = ["-icount", "shift=0", "-semihosting-config", "enable=on,target=native"];
        Self::start_with(firmware, folder, &words)
    }

    fn start_with(firmware: &Path, folder: &Path, more: &[&str]) -> Result<Device, String> {
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let line = |name: &str| format!("socket,id={name},path={},server=on,wait=off", path(name));
        let words = [
            "qemu-system-arm",
            "-M",
            "lm3s6965evb",
            "-display",
            "none",
            "-kernel",
            &firmware.to_string_lossy(),
            "-chardev",
            &line("slot"),
            "-serial",
            "chardev:slot",
            "-chardev",
            &format!("{},logfile={}", line("counter"), path("slip.bin")),
            "-serial",
            "chardev:counter",
            "-chardev",
            &line("till"),
            "-serial",
            "chardev:till",
            "-monitor",
            &format!("unix:{},server=on,wait=off", path("monitor")),
            "-drive",
            &format!("if=sd,format=raw,file={}", path("sd.img")),
            "-nic",
            "user,model=stellaris",
        ]
        .map(str::to_owned);
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let mut qemu = Running::start("qemu", &words, &folder.join("qemu.log"))?;
        let monitor =
            qemu.wait_until(Duration::from_secs(20), |_| UnixStream::connect(path("monitor")).ok())?;
        monitor.set_read_timeout(Some(Duration::from_secs(10))).map_err(|error| error.to_string())?;
        let (reader, folder) = (Reader::new()?, folder.to_path_buf());
        let mut device = Device { _qemu: qemu, monitor, reader, folder, pad: None, pad_frames: 0 };
        device.prompt()?;
        Ok(device)
    }

    /// A key of the housing: `up`, `down`, `left`, `right`, `ctrl` (the middle one).
    ///
    /// # Errors
    /// The emulator is gone.
    pub(crate) fn key(&mut self, name: &str) -> Result<(), String> {
        self.order(&format!("sendkey {name} 20"))?;
        // The emulator holds the key for 20 ms and only then takes the next.
        std::thread::sleep(Duration::from_millis(60));
        Ok(())
    }

    /// A key of the keypad, on the line that it shares with the scanner: `0` to `9`, `E` enter, `C` cancel, `B` one back.
    ///
    /// # Errors
    /// The emulator is gone.
    pub(crate) fn pad(&mut self, key: u8) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("qemu: {error}");
        let line = match &mut self.pad {
            Some(line) => line,
            none => {
                let line = UnixStream::connect(self.folder.join("counter")).map_err(failed)?;
                let mut printed = line.try_clone().map_err(failed)?;
                // The printer writes to the same line, and the emulator stands still while nobody reads it. Its own log keeps the
                // bytes. Ends with the emulator.
                std::thread::spawn(move || std::io::copy(&mut printed, &mut std::io::sink()));
                none.insert(line)
            }
        };
        line.write_all(&pad_frame(self.pad_frames, key)).map_err(failed)?;
        self.pad_frames = (self.pad_frames + 1) % 10;
        Ok(())
    }

    /// What the display shows now.
    ///
    /// # Errors
    /// The emulator is gone.
    pub(crate) fn picture(&mut self) -> Result<Picture, String> {
        let path = self.folder.join("screen.ppm");
        self.order(&format!("screendump {}", path.display()))?;
        Picture::read(&path).ok_or_else(|| "没有屏幕图片 no picture of the screen".to_owned())
    }

    /// The words on the display now.
    ///
    /// # Errors
    /// The emulator is gone.
    pub(crate) fn words(&mut self) -> Result<String, String> {
        let picture = self.picture()?;
        Ok(self.reader.text(&picture))
    }

    /// Waits until one of these words stands on the display; which.
    ///
    /// # Errors
    /// None came in time; with what the display shows instead.
    pub(crate) fn wait_for(&mut self, wanted: &[&str], limit: Duration) -> Result<usize, String> {
        let started = Instant::now();
        loop {
            let words = self.words()?;
            if let Some(which) = wanted.iter().position(|wanted| words.contains(wanted)) {
                return Ok(which);
            }
            if started.elapsed() > limit {
                return Err(format!("屏幕上没有 not on the display: {} — {words}", wanted.join(" / ")));
            }
            std::thread::sleep(POLL);
        }
    }

    /// The six digits of an enrolment, once they are there.
    ///
    /// # Errors
    /// They did not come in time.
    pub(crate) fn compare_code(&mut self, limit: Duration) -> Result<String, String> {
        let started = Instant::now();
        while started.elapsed() < limit {
            let picture = self.picture()?;
            let digits = self.reader.big_digits(&picture, 1);
            if digits.len() == 6 {
                return Ok(digits);
            }
            std::thread::sleep(POLL);
        }
        Err(format!("没有比对码 no code on the display: {}", self.words()?))
    }

    /// What was printed so far, as text.
    pub(crate) fn slip(&self) -> String {
        slip_text(&fs::read(self.folder.join("slip.bin")).unwrap_or_default())
    }

    /// What the emulator and the image said, so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder.join("qemu.log")).unwrap_or_default()
    }

    /// How deep the stack went since the start, in bytes: the board painted it, and the longest run of paint is what was never
    /// used.
    ///
    /// # Errors
    /// The emulator is gone.
    pub(crate) fn stack(&mut self) -> Result<u32, String> {
        let path = self.folder.join("ram.bin");
        self.order(&format!("pmemsave 0x20000000 {RAM} \"{}\"", path.display()))?;
        let ram = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(above_the_paint(&ram))
    }

    fn order(&mut self, words: &str) -> Result<(), String> {
        self.monitor.write_all(format!("{words}\n").as_bytes()).map_err(|error| format!("qemu: {error}"))?;
        self.prompt()
    }

    /// An order is done when the prompt is back.
    fn prompt(&mut self) -> Result<(), String> {
        let mut seen = Vec::new();
        let mut part = [0; 512];
        while !seen.ends_with(b"(qemu) ") {
            match self.monitor.read(&mut part) {
                Ok(0) => return Err("qemu 已退出 has ended".to_owned()),
                Ok(count) => seen.extend_from_slice(&part[..count]),
                Err(error) => return Err(format!("qemu: {error}")),
            }
        }
        Ok(())
    }
}

/// STX, `K`, number of the frame, key, check, ETX (the firmware's keypad; `hw-docs/pos.md`).
fn pad_frame(number: u8, key: u8) -> [u8; 6] {
    let number = b'0' + number % 10;
    let check = 0x20 + (b'K'.wrapping_add(number).wrapping_add(key) & 0x3F);
    [0x02, b'K', number, key, check, 0x03]
}

/// Bytes above the longest run of painted words.
fn above_the_paint(ram: &[u8]) -> u32 {
    let (mut run, mut longest, mut end) = (0, 0, ram.len());
    for (at, word) in ram.chunks_exact(4).enumerate() {
        run = if word == PAINT { run + 1 } else { 0 };
        if run > longest {
            (longest, end) = (run, (at + 1) * 4);
        }
    }
    u32::try_from(ram.len() - end).unwrap_or(u32::MAX)
}

/// Bytes for an ESC/POS printer as text, without the orders to the printer.
fn slip_text(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        let order = match rest {
            [0x1B, b'@', ..] | [0x1C, b'&', ..] => 2,
            [0x1D, b'(', b'k', low, high, ..] => 5 + usize::from(u16::from_le_bytes([*low, *high])),
            [0x1D, b'V', b'B', ..] => 4,
            [0x1B | 0x1D, _, ..] => 3,
            _ => 0,
        };
        if order > 0 {
            rest = rest.get(order..).unwrap_or_default();
        } else {
            text.push(*byte);
            rest = after;
        }
    }
    encoding_rs::GB18030.decode(&text).0.replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_is_what_lies_above_the_longest_paint() {
        let mut ram = vec![0; 64];
        ram[8..12].copy_from_slice(&PAINT);
        for at in [20, 24, 28] {
            ram[at..at + 4].copy_from_slice(&PAINT);
        }
        assert_eq!(above_the_paint(&ram), 32);
        assert_eq!(above_the_paint(&[0; 16]), 0);
    }

    #[test]
    fn a_slip_is_text_without_orders() {
        let bytes = b"\x1B@\x1C&\x1Ba\x01\xD2\xBB\xBF\xA8\n\x1D(k\x03\x001QP12.50\n\x1Bd\x03\x1DVB\x00";
        assert_eq!(slip_text(bytes), "一卡\n12.50\n");
    }
}
