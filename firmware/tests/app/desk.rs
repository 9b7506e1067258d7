//! The application on a desk: the board of the simulator, a model centre behind a network that can fail.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use yika_firmware::app::{App, ResidentCards};
use yika_firmware::hal::{Block, Key, Network, SerialLine, Start};
use yika_firmware::pinpad::PadKey;
use yika_firmware::store::Layout;
use yika_firmware::swipes::Swipes;
use yika_firmware::text::{Lang, Text};
use yika_protocol::swipe::Identity;
use yika_sim::CardSpec;
use yika_sim::id_reader::{IdCardSpec, IdCardType};
use yika_sim::pos::picture::shows;
use yika_sim::pos::{DeskBoard, DeskClock};

use crate::world::centre::{Centre, enrolled};
use crate::world::media::Blocks;

/// Enough for a ring of 64 and more.
const BLOCKS: u32 = 512;
pub(crate) const SERIAL: &str = "YK-DESK-0001";

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    /// Requests are lost.
    Deaf,
    /// Answers are lost.
    Dumb,
    /// The cable is out.
    Down,
}

pub(crate) struct Net {
    pub(crate) weather: Weather,
    pub(crate) centre: Centre,
    pub(crate) sent: Vec<Vec<u8>>,
    coming: VecDeque<Vec<u8>>,
}

#[derive(Clone)]
struct Cable(Rc<RefCell<Net>>);

impl Network for Cable {
    fn send(&mut self, datagram: &[u8]) -> bool {
        let mut net = self.0.borrow_mut();
        net.sent.push(datagram.to_vec());
        match net.weather {
            Weather::Down => return false,
            Weather::Deaf => return true,
            Weather::Fine | Weather::Dumb => {}
        }
        let answer = net.centre.answer(datagram);
        if net.weather == Weather::Fine {
            net.coming.extend(answer);
        }
        true
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let datagram = self.0.borrow_mut().coming.pop_front()?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Some(datagram.len())
    }

    fn up(&mut self) -> bool {
        self.0.borrow().weather != Weather::Down
    }
}

/// Both ends of the till's line.
#[derive(Clone, Default)]
pub(crate) struct TillWire {
    pub(crate) to_device: Rc<RefCell<VecDeque<u8>>>,
    pub(crate) from_device: Rc<RefCell<Vec<u8>>>,
}

impl SerialLine for TillWire {
    fn read(&mut self) -> Option<u8> {
        self.to_device.borrow_mut().pop_front()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.from_device.borrow_mut().extend_from_slice(bytes);
        bytes.len()
    }
}

pub(crate) type Pos = App<DeskBoard, Blocks, ResidentCards>;

/// The desk.
pub(crate) struct Desk {
    pub(crate) pos: Option<Pos>,
    pub(crate) clock: DeskClock,
    pub(crate) media: Blocks,
    pub(crate) net: Rc<RefCell<Net>>,
    pub(crate) till: TillWire,
    pub(crate) lang: Lang,
    pub(crate) card: CardSpec,
    /// Slips printed before the last restart.
    pub(crate) paper: String,
    codes: u64,
}

/// Media of a new device, enrolled.
pub(crate) fn set_up(identity: Option<&[u8]>) -> Vec<Block> {
    let media = Blocks::new(BLOCKS);
    let mut swipes = Swipes::provision(media.clone()).unwrap();
    if let Some(identity) = identity {
        swipes.enrol(Identity::decode(identity).unwrap(), yika_firmware::hal::Millis(0)).unwrap();
    }
    drop(swipes);
    media.snapshot()
}

impl Desk {
    /// An enrolled device, at rest.
    pub(crate) fn new(lang: Lang) -> Self {
        let world = enrolled(1);
        Self::with(lang, set_up(Some(&world.identity)), world.centre)
    }

    /// A device over these blocks.
    pub(crate) fn with(lang: Lang, blocks: Vec<Block>, centre: Centre) -> Self {
        let mut desk = Self {
            pos: None,
            clock: DeskClock::default(),
            media: Blocks::from_blocks(blocks),
            net: Rc::new(RefCell::new(Net {
                weather: Weather::Fine,
                centre,
                sent: Vec::new(),
                coming: VecDeque::new(),
            })),
            till: TillWire::default(),
            lang,
            card: CardSpec::default(),
            paper: String::new(),
            codes: 0,
        };
        desk.start(Start::PowerOn);
        if lang == Lang::En && desk.pos().swipes().is_some() {
            // The first setting, as a person would do it.
            desk.keys("left up ok ok left left");
        }
        desk
    }

    /// Power comes, or the device reset itself.
    pub(crate) fn start(&mut self, start: Start) {
        if let Some(pos) = &mut self.pos {
            let slips = pos.board_mut().paper().text();
            self.paper.push_str(&slips);
        }
        self.pos = None;
        self.net.borrow_mut().coming.clear();
        let board =
            DeskBoard::new(self.clock.clone(), self.card.clone(), Box::new(Cable(self.net.clone())), 7)
                .with_till(Box::new(self.till.clone()))
                .with_id_reader(IdCardSpec::of_type(IdCardType::Resident))
                .started_by(start);
        self.pos = Some(App::new(board, self.media.clone(), SERIAL));
        self.turn(3);
    }

    pub(crate) fn pos(&mut self) -> &mut Pos {
        self.pos.as_mut().unwrap()
    }

    pub(crate) fn board(&mut self) -> &mut DeskBoard {
        self.pos().board_mut()
    }

    pub(crate) fn weather(&mut self, weather: Weather) {
        self.net.borrow_mut().weather = weather;
    }

    /// Both twins of a counter's entry rot, and power comes back.
    pub(crate) fn lose(&mut self, counter: u32) {
        let ring = u32::from(Layout::of(BLOCKS).unwrap().ring());
        let entry = 5 + counter % ring;
        self.media.rot(entry, 99);
        self.media.rot(entry + 5 + ring, 98);
        self.start(Start::PowerOn);
    }

    /// So many turns, a millisecond each.
    pub(crate) fn turn(&mut self, turns: u32) {
        for _ in 0..turns {
            self.pos().poll();
            self.clock.pass(1);
        }
    }

    /// Time passes, in steps of 50 ms.
    pub(crate) fn wait(&mut self, millis: u64) {
        for _ in 0..millis / 50 {
            self.clock.pass(49);
            self.turn(1);
        }
    }

    /// Much time passes, in steps of half a second.
    pub(crate) fn wait_long(&mut self, millis: u64) {
        for _ in 0..millis / 500 {
            self.clock.pass(499);
            self.turn(1);
        }
    }

    /// Until the screen shows a text; panics with the picture when it does not come.
    pub(crate) fn until(&mut self, text: Text) {
        for _ in 0..800 {
            if self.shows(text) {
                return;
            }
            self.clock.pass(24);
            self.turn(1);
        }
        self.fail(&text.get(Lang::Zh).to_string());
    }

    fn fail(&mut self, wanted: &str) -> ! {
        let picture = yika_sim::pos::picture::braille(self.board().shown());
        if let Some(folder) = std::env::var_os("YIKA_FAILED") {
            let png = yika_sim::pos::picture::png(self.board().shown(), 4);
            std::fs::write(std::path::Path::new(&folder).join(format!("{wanted}.png")), png).unwrap();
        }
        panic!("never showed {wanted}:\n{picture}");
    }

    /// Keys by name: up down left right ok, digits; a word of digits is typed one by one.
    pub(crate) fn keys(&mut self, words: &str) {
        for word in words.split_whitespace() {
            let keys: Vec<Key> = match word {
                "up" => vec![Key::Up],
                "down" => vec![Key::Down],
                "left" => vec![Key::Left],
                "right" => vec![Key::Right],
                "ok" => vec![Key::Select],
                "clear" => vec![Key::Clear],
                "point" => vec![Key::Point],
                digits => digits.bytes().map(|digit| Key::Digit(digit - b'0')).collect(),
            };
            for key in keys {
                self.board().press(key);
                self.turn(2);
            }
        }
    }

    /// Types on the keypad and presses enter.
    pub(crate) fn pin(&mut self, digits: &str) {
        for digit in digits.bytes() {
            self.board().press_pad(PadKey::Digit(digit - b'0'));
        }
        self.board().press_pad(PadKey::Enter);
        self.turn(3);
    }

    pub(crate) fn card(&mut self, present: bool) {
        self.board().set_card(present);
        self.turn(3);
    }

    pub(crate) fn scan(&mut self) {
        // A code serves one purchase, so each scan is of another one.
        self.codes += 1;
        let code = format!("28{:026}\r", self.codes);
        self.board().send_scanner(code.as_bytes());
        self.turn(4);
    }

    /// A sale of this many fen by e-voucher, up to the datagram.
    pub(crate) fn sell(&mut self, fen: u32) {
        self.keys("ok");
        self.keys(&fen.to_string());
        self.keys("ok");
        self.scan();
    }

    /// Whether the text stands on the screen now, lit on dark or dark on lit.
    pub(crate) fn shows(&mut self, text: Text) -> bool {
        let text = text.get(self.lang).to_string();
        shows(self.board().shown(), &text)
    }

    pub(crate) fn shows_text(&mut self, text: &str) -> bool {
        shows(self.board().shown(), text)
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, text: Text) {
        if !self.shows(text) {
            self.fail(&text.get(Lang::Zh).to_string());
        }
    }

    #[track_caller]
    pub(crate) fn expect_text(&mut self, text: &str) {
        if !self.shows_text(text) {
            self.fail(text);
        }
    }

    /// All slips so far as text.
    pub(crate) fn slips(&mut self) -> String {
        self.turn(20);
        let paper = self.board().paper().text();
        format!("{}{paper}", self.paper)
    }
}
