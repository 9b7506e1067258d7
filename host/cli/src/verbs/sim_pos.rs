//! `yika sim pos`: a POS device on the desk: the firmware's own application, a virtual card, a real centre.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yika_firmware::app::settings::Settings;
use yika_firmware::app::{App, ResidentCards};
use yika_firmware::hal::{Key, SerialLine, Start};
use yika_firmware::pinpad::PadKey;
use yika_firmware::swipes::Swipes;
use yika_firmware::text;
use yika_protocol::fault::card::VIRTUAL_POS_SCREEN;
use yika_protocol::fault::settle::{
    ARGUMENT_INVALID, LISTEN_FAILED, OUTPUT_UNWRITABLE, PROMPT_IMPOSSIBLE, RANDOM_FAILED,
};
use yika_sim::CardSpec;
use yika_sim::id_reader::{IdCardSpec, IdCardType};
use yika_sim::pos::{Act, Blocks, DeskBoard, DeskClock, Offline, Paper, Socket, Udp, picture, script};

use super::sim::read_spec;
use crate::args::{Global, SimPosArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, View};

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
            let acts = read(text)?;
            Counter::open(args, global, console)?.play(&acts)
        }
    }
}

fn read(text: &str) -> Result<Vec<Act>, Failure> {
    script(text)
        .map_err(|error| Failure::new(&ARGUMENT_INVALID).detail(Words::same(format!("--script: {error}"))))
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

    fn act(&mut self, act: &Act) -> Result<(), Failure> {
        match act {
            Act::Key(key) => {
                self.with_board(|board| board.press(*key));
            }
            Act::Pad(keys) => {
                self.with_board(|board| keys.iter().for_each(|key| board.press_pad(*key)));
            }
            Act::Card(present) => {
                self.with_board(|board| board.set_card(*present));
            }
            Act::IdCard(lies) => {
                self.with_board(|board| board.lay_id(*lies));
            }
            Act::Scan(code) => {
                let code = code.clone().or_else(|| self.args.code.clone()).unwrap_or_else(|| {
                    self.codes += 1;
                    format!("28{:026}", self.codes)
                });
                self.with_board(|board| board.send_scanner(format!("{code}\r").as_bytes()));
            }
            Act::Power | Act::Reset => {
                let start = if *act == Act::Power { Start::PowerOn } else { Start::Reset };
                let card = self.with_board(|board| board.card_in()).unwrap_or(false);
                self.start(start, card)?;
            }
            Act::Network(online) => {
                self.online = *online;
                self.connect()?;
            }
            Act::Wait(millis) => self.run_for(Duration::from_millis(*millis)),
            Act::Until(text) => self.until(text)?,
            Act::Shot(name) => self.shot(name)?,
            Act::Screen => {
                let name = format!("{}", self.shots.len() + 1);
                self.shot(&name)?;
            }
        }
        // A moment for the device, so that the next act meets the next screen.
        self.run_for(Duration::from_millis(40));
        Ok(())
    }

    fn until(&mut self, text: &str) -> Result<(), Failure> {
        let end = Instant::now() + Duration::from_secs(self.args.patience.min(86_400));
        loop {
            self.turn();
            if self.with_board(|board| picture::shows(board.shown(), text)).unwrap_or(false) {
                return Ok(());
            }
            if Instant::now() >= end {
                self.shot("last")?;
                let last = self.shots.pop().map(|(_, rows)| rows).unwrap_or_default();
                // With --json the failure is the one document.
                if !self.console.json {
                    self.report();
                }
                return Err(Failure::new(&VIRTUAL_POS_SCREEN)
                    .detail(Words::same(format!("until:{text}\n{}", last.trim_end()))));
            }
            std::thread::sleep(TURN);
        }
    }

    fn shot(&mut self, name: &str) -> Result<(), Failure> {
        let folder = self.args.shots.clone();
        let Some((blocks, png)) =
            self.with_board(|board| (picture::half_blocks(board.shown()), picture::png(board.shown(), 3)))
        else {
            return Ok(());
        };
        self.shots.push((name.to_owned(), blocks));
        match folder {
            Some(folder) => keep(&folder, name, &png),
            None => Ok(()),
        }
    }

    /// Orders line by line as they come; `screen` is answered at once. Ends with the input.
    fn obey(&mut self) -> Outcome {
        let (typed, orders) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if typed.send(line).is_err() {
                    return;
                }
            }
        });
        loop {
            match orders.try_recv() {
                Ok(line) => {
                    for act in read(&line)? {
                        self.act(&act)?;
                        if act == Act::Screen {
                            self.report();
                        }
                    }
                }
                Err(TryRecvError::Empty) => {
                    self.turn();
                    std::thread::sleep(TURN);
                }
                Err(TryRecvError::Disconnected) => return self.finish(),
            }
        }
    }

    fn play(&mut self, acts: &[Act]) -> Outcome {
        self.run_for(Duration::from_millis(100));
        for act in acts {
            self.act(act)?;
        }
        self.finish()
    }

    fn finish(&mut self) -> Outcome {
        self.run_for(Duration::from_millis(200));
        let slips = self.slips();
        if let Some(folder) = self.args.shots.clone() {
            for (number, slip) in (1..).zip(slips.iter().filter(|slip| !slip.rows().is_empty())) {
                keep(&folder, &format!("slip-{number}"), &slip.png(self.columns()))?;
            }
        }
        self.report();
        Ok(Exit::Done)
    }

    fn columns(&self) -> u32 {
        let paper = self.pos.as_ref().map(|pos| pos.settings().paper).unwrap_or_default();
        u32::try_from(paper.columns()).unwrap_or(32)
    }

    fn slips(&mut self) -> Vec<Paper> {
        let now = self.with_board(|board| board.paper().clone());
        self.paper.iter().cloned().chain(now).collect()
    }

    fn report(&mut self) {
        let slips = self.slips().iter().map(Paper::text).collect::<String>();
        let terminal =
            self.pos.as_ref().and_then(|pos| pos.swipes()?.identity().map(|known| known.terminal()));
        let open = self.pos.as_ref().and_then(Pos::swipes).map_or(0, Swipes::open_reversals);
        let compare = self.pos.as_ref().and_then(Pos::compare_code);
        let _ = self.console.print(&Report {
            shots: std::mem::take(&mut self.shots),
            slips,
            terminal: terminal.map(|terminal| terminal.to_string()),
            open,
            compare: compare.map(|code| code.iter().map(|digit| char::from(*digit)).collect()),
        });
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

fn keep(folder: &Path, name: &str, png: &[u8]) -> Result<(), Failure> {
    // The name comes from a script: it stays in the folder.
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).collect();
    let file = folder.join(format!("{name}.png"));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, png))
        .map_err(|error| Failure::new(&OUTPUT_UNWRITABLE).detail(files::io_words(&file, &error)))
}

struct Report {
    shots: Vec<(String, String)>,
    slips: String,
    terminal: Option<String>,
    open: usize,
    compare: Option<String>,
}

impl View for Report {
    fn json(&self) -> Value {
        let screens: Vec<Value> = self
            .shots
            .iter()
            .map(|(name, blocks)| json!({ "name": name, "rows": blocks.lines().collect::<Vec<_>>() }))
            .collect();
        json!({
            "screens": screens,
            "slips": self.slips,
            "terminal": self.terminal,
            "open_reversals": self.open,
            "compare_code": self.compare,
        })
    }

    fn page(&self, page: &mut Page) {
        for (name, blocks) in &self.shots {
            page.line(&format!("── {name}"));
            for row in blocks.lines() {
                page.line(row);
            }
        }
        if !self.slips.is_empty() {
            page.gap();
            for row in self.slips.lines() {
                page.line(row);
            }
        }
    }
}

/// The keyboard of a terminal.
#[cfg(unix)]
mod by_hand {
    use yika_sim::pos::{Keyboard, Stroke};

    use super::*;

    impl Counter<'_> {
        /// Until `q`.
        pub(super) fn by_hand(&mut self) -> Outcome {
            if !io::stdin().is_terminal() || !io::stdout().is_terminal() || self.console.json {
                return Err(Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::same("--script")));
            }
            let lost = |error: io::Error| Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::same(error));
            let mut keyboard = Keyboard::grab().map_err(lost)?;
            let mut drawn = Instant::now() - Duration::from_secs(1);
            loop {
                self.turn();
                let changed = self.with_board(|board| board.screen_changed()).unwrap_or(false);
                if changed || drawn.elapsed() > Duration::from_millis(500) {
                    self.draw(keyboard.size());
                    drawn = Instant::now();
                }
                match keyboard.next(2).map_err(lost)? {
                    Some(Stroke::Character('q' | '\u{3}')) => return Ok(Exit::Done),
                    Some(stroke) => {
                        if let Some(act) = self.meant(stroke) {
                            self.act(&act)?;
                        }
                    }
                    None => {}
                }
            }
        }

        fn meant(&mut self, stroke: Stroke) -> Option<Act> {
            let card_in = self.with_board(|board| board.card_in()).unwrap_or(false);
            Some(match stroke {
                Stroke::Up => Act::Key(Key::Up),
                Stroke::Down => Act::Key(Key::Down),
                Stroke::Left => Act::Key(Key::Left),
                Stroke::Right => Act::Key(Key::Right),
                Stroke::Enter => Act::Pad(vec![PadKey::Enter]),
                Stroke::Escape => Act::Pad(vec![PadKey::Cancel]),
                Stroke::Backspace => Act::Pad(vec![PadKey::Back]),
                Stroke::Character(digit @ '0'..='9') => Act::Pad(vec![PadKey::Digit(digit as u8 - b'0')]),
                Stroke::Character('c') => Act::Card(!card_in),
                Stroke::Character('s') => Act::Scan(None),
                Stroke::Character('i') => Act::IdCard(true),
                Stroke::Character('o') => Act::IdCard(false),
                Stroke::Character('n') => Act::Network(!self.online),
                Stroke::Character('p') => Act::Power,
                Stroke::Character('r') => Act::Reset,
                Stroke::Character(_) => return None,
            })
        }

        fn draw(&mut self, (columns, rows): (u16, u16)) {
            let wide = columns >= 128 && rows >= 36;
            let Some((blocks, card_in)) = self.with_board(|board| {
                let frame = board.shown();
                (if wide { picture::half_blocks(frame) } else { picture::braille(frame) }, board.card_in())
            }) else {
                return;
            };
            let screen_columns = if wide { 128 } else { 64 };
            let beside = usize::from(columns) >= screen_columns + 52;
            let room = usize::from(rows).saturating_sub(3);
            let slip = self.slips().iter().map(Paper::text).collect::<String>();
            let slip: Vec<&str> = slip.lines().collect();
            let shown = if beside { room } else { room.saturating_sub(blocks.lines().count() + 1) };
            let tail = slip.get(slip.len().saturating_sub(shown)..).unwrap_or_default();
            let mut text = String::from("\x1B[H");
            let mut line = |content: &str| {
                text.push_str(content);
                text.push_str("\x1B[K\r\n");
            };
            let mut paper = tail.iter();
            for row in blocks.lines() {
                match paper.next().filter(|_| beside) {
                    Some(slip) => line(&format!("\x1B[36;40m{row}\x1B[0m  {slip}")),
                    None => line(&format!("\x1B[36;40m{row}\x1B[0m")),
                }
            }
            let rest: Vec<&&str> = if beside { paper.collect() } else { tail.iter().collect() };
            for slip in rest {
                let indent = if beside { screen_columns + 2 } else { 0 };
                line(&format!("{:indent$}{slip}", ""));
            }
            let state = self.console.lang.pick(
                if card_in { "卡：已插入" } else { "卡：未插入" },
                if card_in { "card: in" } else { "card: out" },
            );
            let network = match (self.centre, self.online) {
                (Some(centre), true) => centre.to_string(),
                _ => "-".to_owned(),
            };
            let keys = self.console.lang.pick(
                "方向键 回车 Esc 数字 · c 插拔卡 s 扫码 i/o 身份证 n 网络 p 断电 r 复位 q 退出",
                "arrows Enter Esc digits · c card s scan i/o ID n network p power r reset q quit",
            );
            line(&format!("\x1B[2m{state}  UDP {network}  {keys}\x1B[0m"));
            text.push_str("\x1B[J");
            let mut out = io::stdout().lock();
            let _ = out.write_all(text.as_bytes());
            let _ = out.flush();
        }
    }
}

#[cfg(not(unix))]
impl Counter<'_> {
    fn by_hand(&mut self) -> Outcome {
        let _ = (Key::Up, PadKey::Enter, io::stdout().flush(), io::stdin().is_terminal());
        Err(Failure::new(&PROMPT_IMPOSSIBLE).detail(Words::same("--script")))
    }
}
