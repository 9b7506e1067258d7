//! The thread that serves a card on its slot line, and its handle.

use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use yika_protocol::fault::{self, Fault};

use super::card::Passed;
use super::place::{Door, Heard, Line};
use super::{LineSpec, Out, Place, Role, SlotCard};
use crate::card::Card;

/// How long the thread looks away from its orders at most.
const TURN: Duration = Duration::from_millis(20);

/// A gap this long inside a T=1 block: the rest of it does not come.
const BLOCK_GAP: Duration = Duration::from_millis(500);

/// What happens around the card.
#[derive(Clone, Debug, Default)]
pub struct SlotOptions {
    /// How the card behaves on its contacts.
    pub line: LineSpec,
    /// Who waits for whom.
    pub role: Role,
    /// Start without the card.
    pub absent: bool,
    /// Put a card that tore itself out in again after so long.
    pub reinsert: Option<Duration>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotEvent {
    /// The device is on the line.
    Connected,
    /// The device left the line. The card waits for it to come back.
    Disconnected,
    /// The card is in (`true`) or out.
    Present(bool),
    /// The line is over for good.
    Ended(String),
}

/// Why there is no slot line.
#[derive(Debug)]
pub struct SlotError {
    place: String,
    source: io::Error,
}

impl SlotError {
    /// The coded fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        &fault::credential::VIRTUAL_PORT
    }
}

impl fmt::Display for SlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.source)
    }
}

impl std::error::Error for SlotError {}

enum Order<C> {
    Present(bool),
    Replace(C),
    Stop,
}

/// A card on a slot line, served by a thread of its own. Dropped, it leaves the line.
pub struct Running<C> {
    orders: Sender<Order<C>>,
    passed: Arc<Mutex<Passed>>,
    name: String,
    thread: Option<JoinHandle<C>>,
}

impl<C: Card + 'static> Running<C> {
    /// Puts a card on the line at `place` and tells `told` what happens.
    ///
    /// # Errors
    /// [`SlotError`] when the place cannot be opened. That nobody is on the other side yet is no error.
    pub fn start(
        card: C,
        place: &Place,
        options: SlotOptions,
        told: impl FnMut(SlotEvent) + Send + 'static,
    ) -> Result<Self, SlotError> {
        let failed = |source| SlotError { place: place.to_string(), source };
        let door = Door::open(place, options.role).map_err(failed)?;
        let name = door.name(place);
        let (orders, taken) = channel();
        let passed = Arc::new(Mutex::new(Passed::default()));
        let mut slot = SlotCard::new(card, options.line);
        if options.absent {
            slot.set_present(false);
        }
        let server = Server {
            slot,
            reinsert: options.reinsert,
            orders: taken,
            told: Box::new(told),
            passed: Arc::clone(&passed),
            in_again: None,
        };
        let thread = std::thread::Builder::new()
            .name("slot card".to_owned())
            .spawn(move || server.run(door))
            .map_err(failed)?;
        Ok(Self { orders, passed, name, thread: Some(thread) })
    }

    /// What a program opens: the place, with what was chosen for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts the card in (`true`) or pulls it out.
    pub fn set_present(&self, present: bool) {
        let _ = self.orders.send(Order::Present(present));
    }

    /// Pulls the card out and puts another in.
    pub fn replace(&self, card: C) {
        let _ = self.orders.send(Order::Replace(card));
    }

    /// What passed on the line so far.
    #[must_use]
    pub fn passed(&self) -> Passed {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the thread still serves the card.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Leaves the line and gives the card back; `None` when its thread came to grief.
    pub fn stop(mut self) -> Option<C> {
        let _ = self.orders.send(Order::Stop);
        self.thread.take().and_then(|thread| thread.join().ok())
    }
}

impl<C> Drop for Running<C> {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Server<C> {
    slot: SlotCard<C>,
    reinsert: Option<Duration>,
    orders: Receiver<Order<C>>,
    told: Box<dyn FnMut(SlotEvent) + Send>,
    passed: Arc<Mutex<Passed>>,
    in_again: Option<Instant>,
}

impl<C: Card> Server<C> {
    fn run(mut self, mut door: Door) -> C {
        loop {
            match door.pass(TURN) {
                Ok(Some(mut line)) => {
                    (self.told)(SlotEvent::Connected);
                    if !self.serve(&mut line) {
                        break;
                    }
                    (self.told)(SlotEvent::Disconnected);
                    self.power_off();
                }
                Ok(None) => {
                    if !self.obey() {
                        break;
                    }
                    while self.slot.take().is_some() {}
                }
                Err(error) => {
                    (self.told)(SlotEvent::Ended(error.to_string()));
                    break;
                }
            }
        }
        self.slot.into_inner()
    }

    /// A device that left takes the power with it.
    fn power_off(&mut self) {
        for byte in [0xFF, 0x00] {
            self.slot.push(byte);
        }
        while self.slot.take().is_some() {}
    }

    /// Until the device leaves (`true`) or the handle asks for the end.
    fn serve(&mut self, line: &mut Line) -> bool {
        let mut buffer = [0; 512];
        let mut wait_until: Option<Instant> = None;
        let mut heard_at = Instant::now();
        // A device that comes asks nothing before it knows of a card.
        for byte in [0xFF, 0x03] {
            self.slot.push(byte);
        }
        loop {
            if !self.obey() {
                return false;
            }
            let mut ready = Vec::new();
            while wait_until.is_none_or(|until| Instant::now() >= until) {
                wait_until = None;
                match self.slot.take() {
                    None => break,
                    Some(Out::Pause(pause)) => wait_until = Some(Instant::now() + pause),
                    Some(out) => {
                        if let Out::Present(present) = out {
                            self.present_changed(present);
                        }
                        ready.extend_from_slice(SlotCard::<C>::on_the_line(out));
                    }
                }
                if wait_until.is_some() && !ready.is_empty() {
                    break;
                }
            }
            if !ready.is_empty() && line.send(&ready).is_err() {
                return true;
            }
            *self.passed.lock().unwrap_or_else(PoisonError::into_inner) = self.slot.passed();
            let limit =
                wait_until.map_or(TURN, |until| until.saturating_duration_since(Instant::now()).min(TURN));
            match line.receive(&mut buffer, limit) {
                Heard::Closed => return true,
                Heard::Nothing => {
                    if heard_at.elapsed() > BLOCK_GAP {
                        self.slot.quiet();
                        heard_at = Instant::now();
                    }
                }
                Heard::Bytes(count) => {
                    heard_at = Instant::now();
                    let resets = self.slot.passed().resets;
                    for byte in buffer.get(..count).unwrap_or_default() {
                        self.slot.push(*byte);
                    }
                    if self.slot.passed().resets != resets {
                        wait_until = None;
                    }
                }
            }
        }
    }

    fn present_changed(&mut self, present: bool) {
        (self.told)(SlotEvent::Present(present));
        self.in_again = self.reinsert.filter(|_| !present).map(|after| Instant::now() + after);
    }

    /// Whether to go on.
    fn obey(&mut self) -> bool {
        if self.in_again.is_some_and(|at| Instant::now() >= at) {
            self.in_again = None;
            self.slot.set_present(true);
        }
        loop {
            match self.orders.try_recv() {
                Ok(Order::Present(present)) => {
                    self.in_again = None;
                    self.slot.set_present(present);
                }
                Ok(Order::Replace(card)) => {
                    self.slot.replace(card);
                }
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }
}
