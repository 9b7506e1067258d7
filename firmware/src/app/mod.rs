//! The application: what a cashier sees and does.
//!
//! [`App::poll`] is one turn of the superloop. It asks every part of the board once, drives the swipe engine and the card
//! slot, and draws. Nothing in it waits.
//!
//! What a person sees is a scene; what happens to money is the engine's. A scene is never the only place where
//! something is known: power may go at any moment, and the next start tells from the store what became of the last swipe.
//!
//! Five keys do everything but a PIN: up and down choose or scroll, left is *back* or *no*, right is what the last row
//! names, select is *OK* or *yes*. Digit keys and the keypad make amounts quick.

mod address;
mod amount;
mod cards;
mod enrol;
mod events;
pub mod id_card;
mod input;
mod keys;
mod orders;
mod output;
mod sale;
mod scene;
pub mod settings;
mod till;
mod view;

use yika_protocol::swipe::{Counter, HintKind, MAX_DATAGRAM, TerminalId};
use yika_protocol::voucher::scanner::{Framing, Scanner, Suffix};

use crate::hal::{Board, Clock, Frame, Media, Millis, Network, Watchdog};
use crate::pinpad::{Line, PinEntry};
use crate::slip::Printer;
use crate::slot::CardSlot;
use crate::store::{NotOpened, StoreError};
use crate::swipes::{Decline, Output, Phase, Swipes};
use crate::text;
use crate::till::Till;

use enrol::Enrolling;
pub use id_card::{IdCards, NoIdCards, ResidentCards};
use sale::Sale;
use scene::{EnrolStep, Scene, Then, Trouble};
use settings::Settings;

/// A sale nobody shows anything for, and a question nobody answers, end after this.
const PATIENCE: u64 = 120_000;
/// A result stays on the screen for this long.
const RESULT: u64 = 60_000;
/// Moving pictures move this often.
const TICK: u64 = 250;

/// A key, from the housing or the keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    Up,
    Down,
    Left,
    Right,
    Ok,
    Digit(u8),
    Point,
    Clear,
    Cancel,
}

/// The engine, or why there is none.
#[allow(clippy::large_enum_variant)] // No heap; and ready is the usual case.
enum Engine<M> {
    Ready(Swipes<M>),
    Lost(NotOpened<M>),
    /// In the middle of being set up.
    Gone,
}

/// The application over a board `B`, its durable blocks `M`, and its reader of identity cards `I`.
pub struct App<B: Board, M: Media, I: IdCards = NoIdCards> {
    board: B,
    serial: &'static str,
    engine: Engine<M>,
    slot: CardSlot,
    ids: I,
    scene: Scene,
    sale: Sale,
    settings: Settings,
    printer: Printer,
    till: Till,
    pad: Line,
    scanner: Scanner,
    pin: PinEntry,
    enrolling: Option<Enrolling>,
    advice: Option<HintKind>,
    unseen: bool,
    /// Orders that this device numbered itself since its start.
    orders: u32,
    frame: Frame,
    datagram: [u8; MAX_DATAGRAM],
    touched: Millis,
    entered: Millis,
    drawn: Millis,
    dirty: bool,
    overflowed: bool,
}

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    /// Starts the device: opens the store, recovers what was under way, and says so on the screen.
    ///
    /// `serial` is the maker's serial number: 1 to 32 printable ASCII characters without spaces.
    pub fn new(board: B, media: M, serial: &'static str) -> Self {
        let mut app = Self::off(board, serial);
        app.open(media);
        app
    }

    /// The first half of [`App::new`], for a device that has little stack: an application without its store, to be put into its
    /// place and then opened there with [`App::open`].
    pub fn off(board: B, serial: &'static str) -> Self {
        let now = board.clock().now();
        Self {
            board,
            serial,
            engine: Engine::Gone,
            slot: CardSlot::new(),
            ids: I::new(),
            scene: Scene::Home,
            sale: Sale::default(),
            settings: Settings::default(),
            printer: Printer::new(),
            till: Till::new(),
            pad: Line::new(),
            scanner: Scanner::new(Framing::new(Suffix::LineEnd)),
            pin: PinEntry::new(),
            enrolling: None,
            advice: None,
            unseen: false,
            orders: 0,
            frame: Frame::new(),
            datagram: [0; MAX_DATAGRAM],
            touched: now,
            entered: now,
            drawn: now,
            dirty: true,
            overflowed: false,
        }
    }

    /// The second half of [`App::new`].
    pub fn open(&mut self, media: M) {
        let now = self.board.clock().now();
        self.find(media);
        // In its place: recovery goes deep, and an engine under way to its place would lie on the stack meanwhile.
        if let Engine::Ready(swipes) = &mut self.engine
            && let Err(error) = swipes.recover(self.board.start(), now)
        {
            self.lose(error);
        }
        self.started(now);
    }

    #[inline(never)]
    fn find(&mut self, media: M) {
        self.engine = match Swipes::found(media) {
            Ok(swipes) => Engine::Ready(swipes),
            Err(lost) => Engine::Lost(lost),
        };
    }

    #[inline(never)]
    fn lose(&mut self, error: StoreError) {
        self.engine = match core::mem::replace(&mut self.engine, Engine::Gone) {
            Engine::Ready(swipes) => Engine::Lost(swipes.lost_by(error)),
            other => other,
        };
    }

    /// The settings, for a board that sets its network up by them.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The board.
    pub fn board(&self) -> &B {
        &self.board
    }

    /// The board, to set it up.
    pub fn board_mut(&mut self) -> &mut B {
        &mut self.board
    }

    /// The engine, when the store could be opened.
    pub fn swipes(&self) -> Option<&Swipes<M>> {
        match &self.engine {
            Engine::Ready(swipes) => Some(swipes),
            _ => None,
        }
    }

    /// The engine, when the store could be opened.
    pub fn swipes_mut(&mut self) -> Option<&mut Swipes<M>> {
        match &mut self.engine {
            Engine::Ready(swipes) => Some(swipes),
            _ => None,
        }
    }

    /// The picture as it was last drawn.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Whether a text did not fit its picture since the start; the tests allow none.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The six digits on the screen, while the operator is to compare them.
    pub fn compare_code(&self) -> Option<[u8; 6]> {
        match &self.scene {
            Scene::Enrol(EnrolStep::Compare(code) | EnrolStep::Agreed(code)) => Some(*code),
            _ => None,
        }
    }

    /// Whether nothing waits: no sale, no question, nothing to print. Reversals may be open.
    pub fn idle(&self) -> bool {
        matches!(self.scene, Scene::Home) && !self.printer.busy() && !self.slot.busy()
    }

    /// One turn. No part of it is inlined here, nor are other large frames in each other: what one path keeps on the stack would
    /// lie under all the others.
    pub fn poll(&mut self) {
        self.board.watchdog().feed();
        let now = self.board.clock().now();
        self.poll_network(now);
        self.poll_keys(now);
        self.poll_scanner(now);
        self.poll_till(now);
        self.poll_slot(now);
        self.poll_ids(now);
        // What this turn committed leaves before a picture is drawn, which takes longer than the request.
        self.poll_engine(now);
        self.poll_time(now);
        self.draw(now);
        self.printer.poll(self.board.printer());
        self.poll_idle(now);
    }

    fn now(&self) -> Millis {
        self.board.clock().now()
    }

    fn go(&mut self, scene: Scene) {
        self.scene = scene;
        self.entered = self.now();
        self.touched = self.entered;
        self.dirty = true;
    }

    fn home(&mut self) {
        self.go(Scene::Home);
    }

    fn then(&mut self, then: Then) {
        match then {
            Then::Home => self.home(),
            Then::Present => self.present(),
            Then::Menu => self.go(Scene::Menu(0)),
            Then::Settings => self.go(Scene::Settings(0)),
        }
    }

    fn trouble(&mut self, title: crate::text::Text, trouble: impl Into<Trouble>, then: Then) {
        self.go(Scene::Trouble { title, trouble: trouble.into(), skipped: 0, then });
    }

    fn note(&mut self, title: crate::text::Text, body: crate::text::Text, then: Then) {
        self.go(Scene::Note { title, body, then });
    }

    /// What the store says about the time before the start.
    fn started(&mut self, now: Millis) {
        let (resumed, reversing) = match &mut self.engine {
            Engine::Ready(swipes) => {
                let kept = swipes.settings::<{ 2 * settings::LENGTH }>();
                if let Some(settings) = kept.and_then(|bytes| Settings::decode(&bytes)) {
                    self.settings = settings;
                }
                self.unseen = swipes.recovery().last_settled.is_some();
                (swipes.recovery().resumed, swipes.recovery().reversing)
            }
            Engine::Lost(lost) => {
                let trouble = Trouble::from(lost.error.fault());
                self.go(Scene::StoreLost { trouble, skipped: 0 });
                return;
            }
            Engine::Gone => return,
        };
        if resumed.is_some() {
            self.sale.counter = resumed;
            self.go(Scene::Sending { since: now });
        } else if let Some(counter) = reversing {
            self.go(Scene::Cancelled { counter, done: false });
        } else if self.is_doubled() {
            self.trouble(text::PAUSED, Decline::Doubled.fault(), Then::Home);
        } else if let Some(counter) = self.first_lost() {
            self.go(Scene::Lost(counter));
        }
    }

    fn is_doubled(&self) -> bool {
        self.swipes().is_some_and(Swipes::is_doubled)
    }

    fn first_lost(&self) -> Option<Counter> {
        self.swipes().and_then(|swipes| swipes.lost().first().copied())
    }

    fn terminal(&self) -> Option<TerminalId> {
        self.swipes()?.identity().map(|identity| identity.terminal())
    }

    fn institution(&self) -> [u8; 12] {
        let mut bytes = [b'-'; 12];
        if let Some(identity) = self.swipes().and_then(Swipes::identity) {
            for (to, from) in bytes.iter_mut().zip(identity.certificate().institution.as_str().bytes()) {
                *to = from;
            }
        }
        bytes
    }

    #[inline(never)]
    fn poll_network(&mut self, now: Millis) {
        // A few a turn, so that a flood cannot stop the keys.
        for _ in 0..4 {
            let Some(length) = self.board.network().receive(&mut self.datagram) else { return };
            let Engine::Ready(swipes) = &mut self.engine else { continue };
            let Some(bytes) = self.datagram.get(..length) else { continue };
            if let Some(event) = swipes.receive(bytes, now) {
                self.on_event(event, now);
            }
        }
    }

    #[inline(never)]
    fn poll_engine(&mut self, now: Millis) {
        for _ in 0..4 {
            let Engine::Ready(swipes) = &mut self.engine else { return };
            match swipes.poll(now) {
                None => return,
                Some(Output::Event(event)) => self.on_event(event, now),
                Some(Output::Send(bytes)) => {
                    if self.board.network().up() {
                        self.board.network().send(bytes);
                    } else if self.till.carrier(now) {
                        self.till.carry(bytes);
                    }
                }
            }
        }
    }

    #[inline(never)]
    fn poll_ids(&mut self, now: Millis) {
        if let Some(event) = self.ids.poll(self.board.id_reader(), now) {
            self.on_id(event, now);
        }
    }

    /// What ends by itself.
    #[inline(never)]
    fn poll_time(&mut self, now: Millis) {
        let quiet = now.since(self.touched);
        match &self.scene {
            Scene::Settled { .. } | Scene::Voided(_) if quiet > RESULT => self.home(),
            Scene::Cancelled { done: true, .. } if quiet > RESULT => self.home(),
            Scene::Trouble { .. } | Scene::Note { .. } if quiet > RESULT && !self.sale.from_till => {
                self.home()
            }
            Scene::Present | Scene::Pin { .. } | Scene::Trouble { .. } | Scene::Note { .. }
                if quiet > PATIENCE =>
            {
                self.cancel_sale();
            }
            Scene::Amount(_)
            | Scene::Menu(_)
            | Scene::Settings(_)
            | Scene::Info(_)
            | Scene::Address(_)
            | Scene::AskVoid(_)
            | Scene::Day { .. }
            | Scene::Compared(..)
                if quiet > PATIENCE =>
            {
                self.home();
            }
            // The void goes on behind.
            Scene::Voiding
                if !self
                    .swipes()
                    .is_some_and(|swipes| matches!(swipes.phase(now), Phase::Voiding { .. })) =>
            {
                self.note(text::VOIDING, text::VOID_BEHIND, Then::Home);
            }
            // The question must not hide an answer that never comes.
            Scene::GiveUp { since } if quiet > PATIENCE => {
                let since = *since;
                self.go(Scene::Sending { since });
            }
            _ => {}
        }
        // The network, the reversals and the seconds change without a key.
        if now.since(self.drawn) >= TICK {
            self.dirty = true;
        }
    }

    #[inline(never)]
    fn poll_idle(&mut self, _: Millis) {
        let quiet = matches!(self.scene, Scene::Home | Scene::Settled { .. }) && !self.slot.busy();
        if let (true, Engine::Ready(swipes)) = (quiet, &mut self.engine) {
            swipes.idle(self.board.entropy());
        }
    }
}
