//! `yika sim pos`: a POS device on the desk: the firmware's own application, a virtual card, a real centre.

#[cfg(unix)]
mod by_hand;
mod report;
mod script;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use yika_firmware::app::settings::Settings;
use yika_firmware::app::{App, ResidentCards};
use yika_firmware::hal::{SerialLine, Start};
use yika_firmware::swipes::Swipes;
use yika_firmware::text;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, LISTEN_FAILED, OUTPUT_UNWRITABLE, RANDOM_FAILED};
use yika_sim::CardSpec;
use yika_sim::id_reader::{IdCardSpec, IdCardType};
use yika_sim::pos::{Blocks, DeskBoard, DeskClock, Offline, Paper, Socket, Udp};

use super::sim::read_spec;
use crate::args::{Global, SimPosArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::{Lang, Words};
use crate::output::Console;

/// Blocks of a new store: 256 KiB.
const BLOCKS: u32 = 512;
/// A turn of the device's loop when it has nothing to do.
const TURN: Duration = Duration::from_millis(2);

/// Runs a script, orders of standard input (`--script -`), or the keyboard until `q`.
pub(super) fn run(args: &SimPosArgs, global: &Global, console: &Console) -> Outcome {
    match args.script.as_deref() {
        None => Counter::open(args, global, console)?.by_hand(),
        Some("-") => Counter::open(args, global, console)?.obey(),
        Some(text) => {
            let acts = script::read(text)?;
            Counter::open(args, global, console)?.play(&acts)
        }
    }
}

type Pos = App<DeskBoard, Blocks, ResidentCards>;

/// The desk with the device on it.
struct Counter<'a> {
    args: &'a SimPosArgs,
    console: &'a Console,
    pos: Option<Pos>,
    clock: DeskClock,
    began: Instant,
    store: PathBuf,
    /// The store is a file of ours, taken away at the end.
    passing: bool,
    centre: Option<SocketAddr>,
    online: bool,
    card: CardSpec,
    serial: &'static str,
    /// Of a store that is made.
    lang: text::Lang,
    /// Of the next start.
    seed: u64,
    /// Slips from before the last restart.
    paper: Vec<Paper>,
    shots: Vec<(String, String)>,
    codes: u64,
}

impl Drop for Counter<'_> {
    fn drop(&mut self) {
        self.pos = None;
        if self.passing {
            let _ = std::fs::remove_file(&self.store);
        }
    }
}

impl<'a> Counter<'a> {
    fn open(args: &'a SimPosArgs, global: &Global, console: &'a Console) -> Result<Self, Failure> {
        let bad = |name: &str, why: &dyn std::fmt::Display| {
            Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("{name}: {why}")))
        };
        let centre = match &args.centre {
            Some(text) => {
                let mut found = text.to_socket_addrs().map_err(|error| bad("--centre", &error))?;
                Some(found.next().ok_or_else(|| bad("--centre", text))?)
            }
            None => None,
        };
        let printable = args.serial.bytes().all(|byte| byte.is_ascii_graphic());
        if !printable || !(1..=32).contains(&args.serial.len()) {
            return Err(bad("--serial", &"1-32 ASCII"));
        }
        let card = args.card.as_deref().map_or_else(|| Ok(CardSpec::default()), read_spec)?;
        let passing = args.store.is_none();
        let store = args.store.clone().unwrap_or_else(passing_file);
        let mut counter = Self {
            args,
            console,
            pos: None,
            clock: DeskClock::default(),
            began: Instant::now(),
            store,
            passing,
            centre,
            online: true,
            card,
            // The application lives as long as the program.
            serial: Box::leak(args.serial.clone().into_boxed_str()),
            // Only when it was asked for: scripts wait for texts, and the environment must not change those.
            lang: if global.lang == Some(Lang::En) { text::Lang::En } else { text::Lang::Zh },
            seed: match args.seed {
                Some(seed) => seed,
                None => from_the_system()?,
            },
            paper: Vec::new(),
            shots: Vec::new(),
            codes: 0,
        };
        counter.start(Start::PowerOn, false)?;
        Ok(counter)
    }

    /// Power comes. A store that was not there is set up: this is a new device.
    fn start(&mut self, start: Start, card_in: bool) -> Result<(), Failure> {
        if let Some(mut pos) = self.pos.take() {
            self.paper.push(pos.board_mut().paper().tear_off());
        }
        let unwritable =
            |error: &io::Error| Failure::new(&OUTPUT_UNWRITABLE).detail(files::io_words(&self.store, error));
        let (blocks, new) = Blocks::open(&self.store, BLOCKS).map_err(|error| unwritable(&error))?;
        let blocks = if new {
            match Swipes::provision(blocks) {
                Ok(mut swipes) => {
                    let settings = Settings { lang: self.lang, ..Settings::default() };
                    swipes
                        .set_settings(&settings.encode())
                        .map_err(|decline| Failure::new(decline.fault()).exit(Exit::Device))?;
                    swipes.into_media()
                }
                Err(lost) => return Err(Failure::new(lost.error.fault()).exit(Exit::Device)),
            }
        } else {
            blocks
        };
        // Another start draws other numbers, as a real source does.
        self.seed = self.seed.wrapping_add(1);
        let mut board = DeskBoard::new(self.clock.clone(), self.card.clone(), Box::new(Offline), self.seed)
            .with_id_reader(IdCardSpec::of_type(IdCardType::Resident))
            .started_by(start);
        if let Some(till) = self.till()? {
            board = board.with_till(till);
        }
        board.set_card(card_in);
        self.pos = Some(App::new(board, blocks, self.serial));
        self.connect()
    }

    fn till(&self) -> Result<Option<Box<dyn SerialLine>>, Failure> {
        let Some(place) = &self.args.till else { return Ok(None) };
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(&LISTEN_FAILED).detail(Words::same(format!("{place}: {error}"))).exit(Exit::Device)
        };
        #[cfg(unix)]
        if let Some(path) = place.strip_prefix("unix:") {
            return Ok(Some(Box::new(Socket::at_path(Path::new(path)).map_err(|error| failed(&error))?)));
        }
        if let Some(address) = place.strip_prefix("tcp:") {
            let address: SocketAddr =
                address.parse().map_err(|error: std::net::AddrParseError| failed(&error))?;
            return Ok(Some(Box::new(Socket::at_address(address).map_err(|error| failed(&error))?)));
        }
        Err(Failure::new(&ARGUMENT_INVALID).detail(Words::same("--till: unix:PATH | tcp:HOST:PORT")))
    }

    fn connect(&mut self) -> Result<(), Failure> {
        let Some(pos) = &mut self.pos else { return Ok(()) };
        match self.centre.filter(|_| self.online) {
            Some(centre) => {
                let network = Udp::to(centre).map_err(|error| {
                    Failure::new(&LISTEN_FAILED).detail(Words::same(error)).exit(Exit::Device)
                })?;
                pos.board_mut().set_network(Box::new(network));
            }
            None => pos.board_mut().set_network(Box::new(Offline)),
        }
        Ok(())
    }

    /// One turn of the device in real time.
    fn turn(&mut self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.clock.set(millis);
        if let Some(pos) = &mut self.pos {
            pos.poll();
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            self.turn();
            if Instant::now() >= end {
                return;
            }
            std::thread::sleep(TURN);
        }
    }

    fn with_board<T>(&mut self, work: impl FnOnce(&mut DeskBoard) -> T) -> Option<T> {
        self.pos.as_mut().map(|pos| work(pos.board_mut()))
    }
}

/// A seed that nobody knows: a device that is made anew makes a new key.
fn from_the_system() -> Result<u64, Failure> {
    let mut bytes = [0; 8];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| Failure::new(&RANDOM_FAILED))?;
    Ok(u64::from_le_bytes(bytes))
}

/// A name in the folder of passing files that nobody else has.
fn passing_file() -> PathBuf {
    let mut bytes = [0; 8];
    // Without randomness the process number still keeps two desks apart.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    let name = format!("yika-pos-{}-{:016x}.img", std::process::id(), u64::from_le_bytes(bytes));
    std::env::temp_dir().join(name)
}

#[cfg(not(unix))]
impl Counter<'_> {
    fn by_hand(&mut self) -> Outcome {
        let fault = &yika_protocol::fault::settle::PROMPT_IMPOSSIBLE;
        Err(Failure::new(fault).detail(Words::same("--script")))
    }
}
