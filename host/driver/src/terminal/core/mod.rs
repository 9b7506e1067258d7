//! What a terminal knows and decides, without a thread and without a clock: what happened goes in, what to do comes out.

mod cards;
mod ports;

use super::{
    Credential, Device, DeviceKind, DeviceState, Kind, Kinds, Label, PresentError, Presented, Trouble,
    Waited, event::What,
};
use crate::{
    Cancel,
    error::LinkError,
    reader::{Reader, ReaderId, Selection},
    social_card,
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The device that stands for the service of the card readers.
const CARD_SERVICE: &str = "pcsc";

/// What happened.
pub(super) enum Input {
    /// A look at the card readers.
    Readers(Result<Vec<Reader>, LinkError>),
    /// A look at the ports, begun at this moment: is the device there?
    Ports { looked: Instant, there: Vec<(usize, bool)> },
    /// An armed device has news.
    Armed { call: u64, device: usize, news: News },
    /// The reading of a card has ended.
    CardRead {
        call: u64,
        device: usize,
        insertion: u64,
        result: Result<Box<social_card::SocialSecurityCard>, social_card::ReadError>,
    },
    /// A call begins.
    Begin { call: u64, kinds: Kinds, until: Instant },
    /// A call was dropped.
    Cancel { call: u64 },
    /// A credential was given to a call that was dropped before it took it.
    NotTaken { device: Label, kind: Kind },
}

/// News of an armed device.
pub(super) enum News {
    /// Its wait has ended.
    Waited(Waited),
    /// Something was presented and cannot be used; the wait goes on.
    Unusable(Trouble),
}

/// What to do.
pub(super) enum Effect {
    /// Tell everybody.
    Publish { device: Label, what: What },
    /// Let these devices, which share a port, wait for a credential in turns.
    Arm { group: usize, call: u64, devices: Vec<usize>, until: Instant, cancel: Cancel },
    /// Read the card in this reader.
    ReadCard { call: u64, device: usize, insertion: u64, reader: Box<Reader> },
    /// End the call.
    Answer { call: u64, result: Result<Presented, PresentError> },
}

/// A card that could not be read for a reason that passes is tried again after this time.
const AGAIN: Duration = Duration::from_millis(700);

/// See the module.
pub(super) struct Core {
    devices: Vec<Entry>,
    selection: Selection,
    /// Where the site says its card readers are, by number of the device.
    places: Vec<(usize, String)>,
    call: Option<Call>,
    /// The reading under way, and the call it is for.
    reading: bool,
    effects: VecDeque<Effect>,
    again: Duration,
}

struct Entry {
    label: Label,
    kind: DeviceKind,
    at: String,
    /// Which port it shares; `None` where it has none.
    group: Option<usize>,
    present: bool,
    trouble: Option<Trouble>,
    /// When a device on a port last told by itself how it is.
    told: Option<Instant>,
    /// The site named it, so it is listed also when it is not there.
    named: bool,
    reader: Option<Seat>,
    laid: Laid,
    /// What was unusable last, so that the same is not told without end.
    unusable: Option<u16>,
}

/// A card reader as it was seen last.
struct Seat {
    reader: Reader,
    insertions: u64,
    /// How a reading of the card that is in it ended.
    failed: Option<FailedReading>,
}

struct FailedReading {
    fault: u16,
    /// When it is worth another try; `None` when the card must be inserted anew.
    again: Option<Instant>,
}

#[derive(Default)]
struct Laid {
    count: u64,
    lies: bool,
}

struct Call {
    id: u64,
    kinds: Kinds,
    until: Instant,
    cancel: Cancel,
    last: Option<(Label, Trouble)>,
}

/// A device on a port, as the core has to know it.
pub(super) struct OnPort {
    pub(super) label: Label,
    pub(super) kind: DeviceKind,
    pub(super) at: String,
    pub(super) group: usize,
}

impl Core {
    /// `readers`: label and place of each card reader the site names; `None` without a card service. The devices on ports
    /// keep the numbers of their order.
    pub(super) fn new(
        on_ports: Vec<OnPort>,
        readers: Option<Vec<(Label, String)>>,
        selection: Selection,
    ) -> Self {
        let entry = |label, kind, at, group| Entry {
            label,
            kind,
            at,
            group,
            present: false,
            trouble: None,
            told: None,
            named: true,
            reader: None,
            laid: Laid::default(),
            unusable: None,
        };
        let mut devices: Vec<Entry> =
            on_ports.into_iter().map(|d| entry(d.label, d.kind, d.at, Some(d.group))).collect();
        let mut places = Vec::new();
        if let Some(readers) = readers {
            let mut service =
                entry(CARD_SERVICE.into(), DeviceKind::CardService, CARD_SERVICE.to_owned(), None);
            service.present = true;
            devices.push(service);
            for (label, at) in readers {
                places.push((devices.len(), at.clone()));
                devices.push(entry(label, DeviceKind::CardReader, at, None));
            }
        }
        Core {
            devices,
            selection,
            places,
            call: None,
            reading: false,
            effects: VecDeque::new(),
            again: AGAIN,
        }
    }

    /// Takes in what happened.
    pub(super) fn take(&mut self, input: Input, now: Instant) {
        match input {
            Input::Readers(Ok(readers)) => self.readers(readers),
            Input::Readers(Err(error)) => self.service_failed(&error),
            Input::Ports { looked, there } => self.ports(looked, &there),
            Input::Armed { call, device, news } => self.armed(call, device, news, now),
            Input::CardRead { call, device, insertion, result } => {
                self.card_read(call, device, insertion, result, now);
            }
            Input::Begin { call, kinds, until } => self.begin(call, kinds, until),
            Input::Cancel { call } => {
                if self.call.as_ref().is_some_and(|open| open.id == call) {
                    self.disarm();
                }
            }
            Input::NotTaken { device, kind } => {
                self.effects.push_back(Effect::Publish { device, what: What::NotTaken { kind } });
            }
        }
        self.tick(now);
    }

    /// Looks at the clock.
    pub(super) fn tick(&mut self, now: Instant) {
        if let Some(call) = self.call.take_if(|call| call.until <= now) {
            call.cancel.cancel();
            let result = Err(PresentError::Nothing { last: call.last });
            self.effects.push_back(Effect::Answer { call: call.id, result });
        }
        self.look_for_a_card(now);
    }

    /// When [`Core::tick`] has something to do next.
    pub(super) fn next_tick(&self) -> Option<Instant> {
        let call = self.call.as_ref()?;
        let again = self.devices.iter().filter_map(|d| d.reader.as_ref()?.failed.as_ref()?.again);
        again.filter(|_| call.kinds.card && !self.reading).chain([call.until]).min()
    }

    /// What to do, in order.
    pub(super) fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The devices of this moment.
    pub(super) fn devices(&self) -> Vec<Device> {
        let listed = self.devices.iter().filter(|entry| entry.present || entry.named);
        let device = |entry: &Entry| Device {
            device: Label::clone(&entry.label),
            kind: entry.kind,
            at: entry.at.clone(),
            state: match (&entry.trouble, entry.present) {
                (Some(error), _) => DeviceState::Failed { error: error.clone() },
                (None, true) => DeviceState::Present,
                (None, false) => DeviceState::Absent,
            },
            card: entry.reader.as_ref().filter(|_| entry.present).map(|seat| seat.reader.state.has_card()),
        };
        listed.map(device).collect()
    }

    fn begin(&mut self, call: u64, kinds: Kinds, until: Instant) {
        let refuse = |error| Effect::Answer { call, result: Err(error) };
        if self.call.is_some() {
            self.effects.push_back(refuse(PresentError::InUse));
            return;
        }
        let with_cards = kinds.card && self.devices.iter().any(|d| d.kind == DeviceKind::CardService);
        let wanted = |entry: &Entry| entry.kind.brings().is_some_and(|kind| kinds.accept(kind));
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        for (device, entry) in self.devices.iter_mut().enumerate() {
            let Some(group) = entry.group else { continue };
            if !wanted(entry) {
                continue;
            }
            entry.unusable = None;
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, devices)) => devices.push(device),
                None => groups.push((group, vec![device])),
            }
        }
        if groups.is_empty() && !with_cards {
            self.effects.push_back(refuse(PresentError::NoDevice));
            return;
        }
        let cancel = Cancel::default();
        for (group, devices) in groups {
            self.effects.push_back(Effect::Arm { group, call, devices, until, cancel: cancel.clone() });
        }
        // A card that another call could not read gets a new chance.
        for seat in self.devices.iter_mut().filter_map(|entry| entry.reader.as_mut()) {
            seat.failed = None;
        }
        self.call = Some(Call { id: call, kinds, until, cancel, last: None });
    }

    fn disarm(&mut self) {
        if let Some(call) = self.call.take() {
            call.cancel.cancel();
        }
    }

    /// A credential is complete: the call gets it, if it is its own.
    fn presented(&mut self, call: u64, device: usize, credential: Credential) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        entry.unusable = None;
        let label = Label::clone(&entry.label);
        let kind = credential.kind();
        let taken = self.call.as_ref().is_some_and(|open| open.id == call);
        self.publish(device, What::Presented { kind, taken });
        if taken {
            self.disarm();
            let result = Ok(Presented { credential, device: label });
            self.effects.push_back(Effect::Answer { call, result });
        }
    }

    /// Something cannot be used; the same again is told only once.
    fn unusable(&mut self, call: u64, device: usize, trouble: Trouble) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        if let Some(open) = self.call.as_mut().filter(|open| open.id == call) {
            open.last = Some((Label::clone(&entry.label), trouble.clone()));
        }
        if entry.unusable != Some(trouble.fault.number) {
            entry.unusable = Some(trouble.fault.number);
            self.publish(device, What::Unusable { error: trouble });
        }
    }

    fn came(&mut self, device: usize, at: String) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        entry.present = true;
        entry.at.clone_from(&at);
        let kind = entry.kind;
        self.publish(device, What::DeviceCame { kind, at });
    }

    fn went(&mut self, device: usize) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        entry.present = false;
        entry.trouble = None;
        entry.unusable = None;
        let kind = entry.kind;
        let lifted = std::mem::take(&mut entry.laid.lies).then_some(entry.laid.count);
        if let Some(insertion) = lifted {
            self.publish(device, What::IdCardLifted { insertion });
        }
        self.publish(device, What::DeviceWent { kind });
    }

    fn failed(&mut self, device: usize, error: Trouble) {
        let Some(entry) = self.devices.get_mut(device) else { return };
        if entry.trouble.as_ref().is_none_or(|known| known.fault != error.fault) {
            entry.trouble = Some(error.clone());
            self.publish(device, What::Failed { error });
        }
    }

    fn well(&mut self, device: usize) {
        if self.devices.get_mut(device).is_some_and(|entry| entry.trouble.take().is_some()) {
            self.publish(device, What::Recovered);
        }
    }

    fn publish(&mut self, device: usize, what: What) {
        let Some(entry) = self.devices.get(device) else { return };
        self.effects.push_back(Effect::Publish { device: Label::clone(&entry.label), what });
    }

    fn position(&self, kind: DeviceKind) -> Option<usize> {
        self.devices.iter().position(|entry| entry.kind == kind)
    }
}

/// An id, where a reader has one.
fn same_device(entry: &Entry, id: &ReaderId) -> bool {
    entry.reader.as_ref().is_some_and(|seat| seat.reader.id == *id)
}

#[cfg(test)]
mod tests;
