//! The real PC/SC service, with virtual readers of our own choice.
//!
//! There can be one such service on a machine, so scenarios take turns under a lock. Each starts the service anew with a
//! private configuration: its own free ports, as many readers as it needs, and names it likes. Where the machine's own service
//! runs, ours gets a place of its own when `PCSCLITE_CSOCK_NAME` (pcsc-lite's variable) names one: both then run side by side.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command::Service;

const USUAL_FOLDER: &str = "/run/pcscd";
/// How the package registers the driver; we take from there where the driver lies.
const PACKAGED: &str = "/etc/reader.conf.d/vpcd";
const PATIENCE: Duration = Duration::from_secs(90);

/// The service, ours while this value lives.
#[derive(Debug)]
pub struct Pcscd {
    readers: Vec<VirtualReader>,
    running: Option<Root>,
    folder: TempDir,
    _turn: File,
}

/// A virtual reader: two slots, each a TCP port where a card may connect.
#[derive(Debug, Clone)]
struct VirtualReader {
    name: String,
    port: u16,
}

impl Pcscd {
    /// One reader with two slots: `Virtual PCD 00 00` and `Virtual PCD 00 01`.
    #[must_use]
    pub fn start() -> Pcscd {
        Self::with_readers(&["Virtual PCD"])
    }

    /// Readers with these names, each with two slots.
    ///
    /// # Panics
    /// When another PC/SC service runs, or ours does not start.
    #[must_use]
    pub fn with_readers(names: &[&str]) -> Pcscd {
        let turn = take_turn();
        wait_for_others();
        let mut readers: Vec<VirtualReader> = Vec::new();
        for name in names {
            let taken: Vec<u16> = readers.iter().map(|reader| reader.port).collect();
            readers.push(VirtualReader { name: (*name).to_owned(), port: two_free_ports(&taken) });
        }
        let folder = tempfile::tempdir().expect("a private folder");
        std::fs::create_dir(folder.path().join("readers")).expect("a folder");
        std::fs::write(folder.path().join("readers/yika"), configuration(&readers, folder.path()))
            .expect("a configuration");
        let mut pcscd = Pcscd { readers, running: None, folder, _turn: turn };
        pcscd.resume();
        pcscd
    }

    /// Full name of a slot, as PC/SC gives it: reader `which` (from 0), `slot` 0 or 1.
    ///
    /// # Panics
    /// When there is no such reader.
    #[must_use]
    pub fn reader(&self, which: usize, slot: u16) -> String {
        // Names of the same stem are numbered by the service; ours differ.
        format!("{} 00 {slot:02X}", self.readers[which].name)
    }

    /// Where a card for that slot connects.
    ///
    /// # Panics
    /// When there is no such reader.
    #[must_use]
    pub fn port(&self, which: usize, slot: u16) -> u16 {
        self.readers[which].port + slot
    }

    /// The same as an address.
    #[must_use]
    pub fn address(&self, which: usize, slot: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port(which, slot)).into()
    }

    /// Stops the service as an administrator would.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn halt(&mut self) {
        if let Some(running) = self.running.take() {
            running.end("TERM");
        }
        let started = Instant::now();
        while UnixStream::connect(socket()).is_ok() {
            assert!(started.elapsed() < PATIENCE, "the PC/SC service does not stop");
            sleep(Duration::from_millis(10));
        }
    }

    /// Kills the service as the out-of-memory killer would; its socket stays behind.
    pub fn crash(&mut self) {
        if let Some(running) = self.running.take() {
            running.end("KILL");
        }
    }

    /// Starts the service again after [`Pcscd::halt`] or [`Pcscd::crash`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&mut self) {
        let configuration = self.folder.path().join("readers");
        let configuration = configuration.to_string_lossy();
        let mut words = vec!["pcscd", "--foreground", "--config", &configuration];
        if knows_polkit() {
            // A bench of our own: without this a user over ssh may not use it.
            words.push("--disable-polkit");
        }
        let words = in_its_place(&words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut running = Root::start(&words, &self.folder.path().join("pcscd.log"));
        let ports: Vec<u16> = self.readers.iter().flat_map(|reader| [reader.port, reader.port + 1]).collect();
        running.service.wait_until(|_| {
            let listening = listening();
            let all = ports.iter().all(|port| listening.contains(port));
            (all && UnixStream::connect(socket()).is_ok()).then_some(())
        });
        self.running = Some(running);
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end("TERM");
        }
    }
}

/// One scenario at a time, over all test processes. The system frees the lock when its holder dies.
fn take_turn() -> File {
    let path = std::env::temp_dir().join("yika-tests-pcscd.lock");
    // Another user may have made it; a lock needs no right to write.
    let file = File::open(&path).or_else(|_| File::create(&path)).expect("a lock file");
    file.lock().expect("a turn with the PC/SC service");
    file
}

/// A service that is not ours may be on its way out; one that stays is left alone.
fn wait_for_others() {
    let started = Instant::now();
    while UnixStream::connect(socket()).is_ok() {
        assert!(
            started.elapsed() < PATIENCE,
            "a PC/SC service that is not ours runs on this machine; these scenarios start and stop one of their own. \
             Stop it for the time of the tests, or give ours a place: PCSCLITE_CSOCK_NAME=/tmp/FOLDER/pcscd.comm"
        );
        sleep(Duration::from_millis(100));
    }
}

/// The driver keeps its slots in one table of the library, so every reader gets a copy of the library to itself.
fn configuration(readers: &[VirtualReader], folder: &Path) -> String {
    let packaged = std::fs::read_to_string(PACKAGED).expect("vsmartcard-vpcd is installed");
    let driver =
        packaged.lines().find_map(|line| line.strip_prefix("LIBPATH")).expect("the driver's place").trim();
    let entry = |VirtualReader { name, port }: &VirtualReader| {
        let copy = folder.join(format!("driver-{port}.so"));
        std::fs::copy(driver, &copy).expect("a copy of the driver");
        let copy = copy.display();
        format!("FRIENDLYNAME \"{name}\"\nDEVICENAME /dev/null:{port}\nLIBPATH {copy}\nCHANNELID {port}\n\n")
    };
    readers.iter().map(entry).collect()
}

/// A port that is free together with the next one.
fn two_free_ports(taken: &[u16]) -> u16 {
    for _ in 0..1_000 {
        let first = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a free port");
        let port = first.local_addr().expect("its address").port();
        let far = taken.iter().all(|other| other.abs_diff(port) > 1);
        if far && port < u16::MAX && TcpListener::bind((Ipv4Addr::UNSPECIFIED, port + 1)).is_ok() {
            return port;
        }
    }
    panic!("no two free ports in a row");
}

/// Ports in state "listen" (0A) of the kernel's table. Looking does not take up the one connection a slot accepts.
fn listening() -> Vec<u16> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.split_once(':')?;
        (*fields.get(3)? == "0A").then(|| u16::from_str_radix(port, 16).ok())?
    };
    table.lines().skip(1).filter_map(port).collect()
}

/// Where clients look for the service.
fn socket() -> PathBuf {
    std::env::var_os("PCSCLITE_CSOCK_NAME")
        .map_or_else(|| Path::new(USUAL_FOLDER).join("pcscd.comm"), PathBuf::from)
}

/// The command, under a view of the file system in which the folder that pcscd has built in is the one the clients use.
fn in_its_place(words: &[&str]) -> Vec<String> {
    let folder = socket().parent().expect("the socket lies in a folder").to_path_buf();
    let mut all: Vec<String> = Vec::new();
    if folder != Path::new(USUAL_FOLDER) {
        std::fs::create_dir_all(&folder).expect("the service's folder");
        let script =
            format!("mkdir -p {USUAL_FOLDER} && mount --bind \"$1\" {USUAL_FOLDER} && shift && exec \"$@\"");
        let unshare = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            &script,
            "sh",
            &folder.to_string_lossy(),
        ];
        all.extend(unshare.map(str::to_owned));
    }
    all.extend(words.iter().map(|&word| word.to_owned()));
    all
}

fn knows_polkit() -> bool {
    let help = Command::new("/usr/sbin/pcscd").arg("--help").output();
    help.is_ok_and(|help| {
        String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).contains("--disable-polkit")
    })
}

/// A program that runs as root, through sudo where we are not, and ends with us, however we end.
#[derive(Debug)]
struct Root {
    service: Service,
}

impl Root {
    fn start(words: &[&str], log: &Path) -> Root {
        let mut command = as_root(&["setpriv", "--pdeathsig", "TERM", "--"]);
        command.args(words);
        Root { service: Service::start(&mut command, log) }
    }

    /// Ends it with this signal and waits for it. The signal goes to the program itself: sudo passes on some only.
    fn end(mut self, signal: &str) {
        let ours = self.service.id();
        let id = children_of(ours).first().copied().unwrap_or(ours);
        let _ = as_root(&["kill", "-s", signal, &id.to_string()]).status();
        self.service.wait();
    }
}

fn children_of(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    let direct: Vec<u32> = children.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    // The innermost: sudo may stand a monitor in between.
    match direct.first().map(|&child| children_of(child)) {
        Some(inner) if !inner.is_empty() => inner,
        _ => direct,
    }
}

fn as_root(words: &[&str]) -> Command {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0);
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.arg("--non-interactive");
    }
    command.args(words);
    command
}
