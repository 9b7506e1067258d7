//! A POS device made of nothing: every part of the board in this process.

use std::collections::VecDeque;

use yika_firmware::hal::{Board, Frame, Key, Millis, Network, SerialLine, Start};
use yika_firmware::pinpad::{PadKey, frame as pad_frame};

use super::Paper;
use super::parts::{
    DeskClock, DeskEntropy, DeskIds, DeskKeys, DeskNetwork, DeskScreen, DeskSlot, DeskTill, Fed, Printed,
    Wire,
};
use crate::id_reader::{IdCardSpec, IdFaults, IdReaderModel};
use crate::random::Random;
use crate::slot::{LineSpec, SlotCard};
use crate::{CardSpec, VirtualCard};

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
