//! A POS device made of nothing: every part of the board in this process.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use yika_firmware::hal::{
    Board, Clock, Entropy, Frame, Key, Keys, Millis, Network, ParityError, Screen, SerialLine, SlotError,
    SlotLine, Start, Watchdog,
};
use yika_firmware::pinpad::{PadKey, frame as pad_frame};

use super::Paper;
use crate::id_reader::{Emit, IdCardSpec, IdFaults, IdReaderModel};
use crate::random::Random;
use crate::slot::{LineSpec, Out, SlotCard, escaped};
use crate::{CardSpec, VirtualCard};

/// Time that somebody else moves.
#[derive(Clone, Debug, Default)]
pub struct DeskClock(Rc<Cell<u64>>);

impl DeskClock {
    /// Moves on by so many milliseconds.
    pub fn pass(&self, millis: u64) {
        self.0.set(self.0.get().saturating_add(millis));
    }

    /// Stands at so many milliseconds since start.
    pub fn set(&self, millis: u64) {
        self.0.set(millis);
    }
}

impl Clock for DeskClock {
    fn now(&self) -> Millis {
        Millis(self.0.get())
    }
}

/// The board.
pub struct DeskBoard {
    clock: DeskClock,
    slot: DeskSlot,
    keys: DeskKeys,
    screen: DeskScreen,
    entropy: DeskEntropy,
    network: DeskNetwork,
    scanner: Wire,
    printer: Printed,
    till: DeskTill,
    ids: DeskIds,
    watchdog: Fed,
    start: Start,
    pad_number: u8,
}

/// Keys that were pressed.
#[derive(Debug, Default)]
pub struct DeskKeys(VecDeque<Key>);

impl Keys for DeskKeys {
    fn next(&mut self) -> Option<Key> {
        self.0.pop_front()
    }
}

/// What the screen shows.
#[derive(Debug, Default)]
pub struct DeskScreen {
    shown: Frame,
    changed: bool,
}

impl Screen for DeskScreen {
    fn show(&mut self, frame: &Frame) {
        if self.shown != *frame {
            self.shown = frame.clone();
            self.changed = true;
        }
    }
}

/// Noise from a seed: good for a desk, never for keys that matter. It says so.
pub struct DeskEntropy {
    random: Random,
    stuck: bool,
}

impl Entropy for DeskEntropy {
    fn sample(&mut self) -> Option<u8> {
        Some(if self.stuck { 0 } else { self.random.next() as u8 })
    }

    fn injected(&self) -> bool {
        true
    }
}

/// A line whose far end is this program.
#[derive(Debug, Default)]
pub struct Wire {
    to_device: VecDeque<u8>,
    from_device: Vec<u8>,
}

impl SerialLine for Wire {
    fn read(&mut self) -> Option<u8> {
        self.to_device.pop_front()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.from_device.extend_from_slice(bytes);
        bytes.len()
    }
}

/// The printer.
#[derive(Debug, Default)]
pub struct Printed(Paper);

impl SerialLine for Printed {
    fn read(&mut self) -> Option<u8> {
        None
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.0.print(bytes);
        bytes.len()
    }
}

/// A watchdog that never bites.
#[derive(Debug, Default)]
pub struct Fed;

impl Watchdog for Fed {
    fn feed(&mut self) {}
}

/// The card slot, with a virtual card that speaks its characters at once.
pub struct DeskSlot {
    card: SlotCard<VirtualCard>,
    clock: DeskClock,
    powered: Millis,
    quiet: u32,
}

impl DeskSlot {
    fn order(&mut self, orders: &[u8]) {
        for byte in orders {
            self.card.push(*byte);
        }
    }

    fn reset(&mut self, order: u8) -> Result<(), SlotError> {
        if !self.card.is_present() {
            return Err(SlotError::NoCard);
        }
        self.powered = self.clock.now();
        self.quiet = 0;
        self.order(&[0xFF, order]);
        Ok(())
    }
}

impl SlotLine for DeskSlot {
    fn present(&mut self) -> bool {
        self.card.is_present()
    }

    fn power_on(&mut self) -> Result<(), SlotError> {
        self.reset(1)
    }

    fn warm_reset(&mut self) -> Result<(), SlotError> {
        self.reset(2)
    }

    fn power_off(&mut self) {
        self.order(&[0xFF, 0]);
    }

    fn set_inverse(&mut self, _: bool) {}

    fn set_rate(&mut self, code: u8, _: u16, _: u8) -> Result<(), SlotError> {
        self.order(&[0xFF, 0x10 | code & 0x0F]);
        Ok(())
    }

    fn set_guard(&mut self, _: u8) {}

    fn send(&mut self, bytes: &[u8]) -> usize {
        for byte in bytes {
            self.order(escaped(*byte));
        }
        bytes.len()
    }

    fn sent(&mut self) -> bool {
        true
    }

    fn receive(&mut self) -> Option<Result<u8, ParityError>> {
        loop {
            match self.card.take() {
                Some(Out::Byte(byte)) => {
                    self.quiet = 0;
                    return Some(Ok(byte));
                }
                Some(Out::Present(_) | Out::Pause(_)) => {}
                None => break,
            }
        }
        self.quiet += 1;
        None
    }

    /// 9 600 in a second. Asking without an answer takes time too, so that a dumb card is given up in a loop that does not wait.
    fn etu(&mut self) -> u32 {
        let millis = self.clock.now().since(self.powered);
        let etu = u32::try_from(millis.saturating_mul(96) / 10 % (1 << 32)).unwrap_or(u32::MAX);
        etu.wrapping_add(self.quiet.saturating_mul(4))
    }
}

/// The reader module of identity cards.
pub struct DeskIds {
    model: Option<IdReaderModel>,
    clock: DeskClock,
    coming: VecDeque<(u64, u8)>,
}

impl SerialLine for DeskIds {
    fn read(&mut self) -> Option<u8> {
        let (due, byte) = *self.coming.front()?;
        if due > self.clock.now().0 {
            return None;
        }
        self.coming.pop_front();
        Some(byte)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let now = self.clock.now().0;
        if let Some(model) = &mut self.model {
            for reply in model.receive(bytes, Duration::from_millis(now)) {
                let due = u64::try_from(reply.at.as_millis()).unwrap_or(u64::MAX);
                if let Emit::Bytes(bytes) = reply.what {
                    self.coming.extend(bytes.into_iter().map(|byte| (due, byte)));
                }
            }
        }
        bytes.len()
    }

    fn fitted(&self) -> bool {
        self.model.is_some()
    }
}

/// The network that the desk was given.
pub struct DeskNetwork(Box<dyn Network>);

impl Network for DeskNetwork {
    fn send(&mut self, datagram: &[u8]) -> bool {
        self.0.send(datagram)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.0.receive(buffer)
    }

    fn up(&mut self) -> bool {
        self.0.up()
    }
}

/// The till that the desk was given.
pub struct DeskTill(Box<dyn SerialLine>);

impl SerialLine for DeskTill {
    fn read(&mut self) -> Option<u8> {
        self.0.read()
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.0.write(bytes)
    }

    fn fitted(&self) -> bool {
        self.0.fitted()
    }
}

/// No network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Network for Offline {
    fn send(&mut self, _: &[u8]) -> bool {
        false
    }

    fn receive(&mut self, _: &mut [u8]) -> Option<usize> {
        None
    }

    fn up(&mut self) -> bool {
        false
    }
}

impl DeskBoard {
    /// A board with this network; no card in the slot, nobody at the till.
    #[must_use]
    pub fn new(clock: DeskClock, card: CardSpec, network: Box<dyn Network>, seed: u64) -> Self {
        let mut slot = SlotCard::new(VirtualCard::new(card), LineSpec::default());
        slot.set_present(false);
        Self {
            slot: DeskSlot { card: slot, clock: clock.clone(), powered: Millis(0), quiet: 0 },
            keys: DeskKeys::default(),
            screen: DeskScreen { shown: Frame::new(), changed: true },
            entropy: DeskEntropy { random: Random::new(seed), stuck: false },
            network: DeskNetwork(network),
            scanner: Wire::default(),
            printer: Printed::default(),
            till: DeskTill(Box::new(yika_firmware::hal::NoLine)),
            ids: DeskIds { model: None, clock: clock.clone(), coming: VecDeque::new() },
            watchdog: Fed,
            start: Start::PowerOn,
            pad_number: 0,
            clock,
        }
    }

    /// Why the device starts.
    #[must_use]
    pub fn started_by(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// The till's line.
    #[must_use]
    pub fn with_till(mut self, till: Box<dyn SerialLine>) -> Self {
        self.till = DeskTill(till);
        self
    }

    /// A reader module with this identity card, not laid yet.
    #[must_use]
    pub fn with_id_reader(mut self, card: IdCardSpec) -> Self {
        let mut model = IdReaderModel::new(card, IdFaults::none());
        model.lift();
        self.ids.model = Some(model);
        self
    }

    /// Another network from now on.
    pub fn set_network(&mut self, network: Box<dyn Network>) {
        self.network = DeskNetwork(network);
    }

    /// A noise source that is stuck.
    pub fn break_entropy(&mut self) {
        self.entropy.stuck = true;
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) {
        self.keys.0.push_back(key);
    }

    /// Presses a key of the serial keypad.
    pub fn press_pad(&mut self, key: PadKey) {
        self.scanner.to_device.extend(pad_frame(self.pad_number, key));
        self.pad_number = (self.pad_number + 1) % 10;
    }

    /// The pad loses a key on its way.
    pub fn lose_pad_key(&mut self) {
        self.pad_number = (self.pad_number + 1) % 10;
    }

    /// Bytes on the line of scanner and keypad.
    pub fn send_scanner(&mut self, bytes: &[u8]) {
        self.scanner.to_device.extend(bytes);
    }

    /// Puts the card in or pulls it out.
    pub fn set_card(&mut self, present: bool) {
        self.slot.card.set_present(present);
    }

    /// Whether the card is in.
    #[must_use]
    pub fn card_in(&self) -> bool {
        self.slot.card.is_present()
    }

    /// Another card for the slot; it is put in.
    pub fn replace_card(&mut self, spec: CardSpec) {
        self.slot.card.replace(VirtualCard::new(spec));
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> &VirtualCard {
        self.slot.card.card()
    }

    /// Lays the identity card on the reader, or lifts it.
    pub fn lay_id(&mut self, lies: bool) {
        if let Some(model) = &mut self.ids.model {
            if lies { model.lay() } else { model.lift() }
        }
    }

    /// The picture on the screen.
    #[must_use]
    pub fn shown(&self) -> &Frame {
        &self.screen.shown
    }

    /// Whether the picture changed since this was asked last.
    pub fn screen_changed(&mut self) -> bool {
        std::mem::take(&mut self.screen.changed)
    }

    /// The paper.
    pub fn paper(&mut self) -> &mut Paper {
        &mut self.printer.0
    }
}

impl Board for DeskBoard {
    type Clock = DeskClock;
    type Slot = DeskSlot;
    type Keys = DeskKeys;
    type Screen = DeskScreen;
    type Entropy = DeskEntropy;
    type Network = DeskNetwork;
    type Scanner = Wire;
    type Printer = Printed;
    type Till = DeskTill;
    type IdReader = DeskIds;
    type Watchdog = Fed;

    const NAME: &'static str = "desk";

    fn clock(&self) -> &DeskClock {
        &self.clock
    }

    fn slot(&mut self) -> &mut DeskSlot {
        &mut self.slot
    }

    fn keys(&mut self) -> &mut DeskKeys {
        &mut self.keys
    }

    fn screen(&mut self) -> &mut DeskScreen {
        &mut self.screen
    }

    fn entropy(&mut self) -> &mut DeskEntropy {
        &mut self.entropy
    }

    fn network(&mut self) -> &mut DeskNetwork {
        &mut self.network
    }

    fn scanner(&mut self) -> &mut Wire {
        &mut self.scanner
    }

    fn printer(&mut self) -> &mut Printed {
        &mut self.printer
    }

    fn till(&mut self) -> &mut DeskTill {
        &mut self.till
    }

    fn id_reader(&mut self) -> &mut DeskIds {
        &mut self.ids
    }

    fn watchdog(&mut self) -> &mut Fed {
        &mut self.watchdog
    }

    fn start(&self) -> Start {
        self.start
    }
}
