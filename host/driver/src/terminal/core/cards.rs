//! Card readers: which come and go, cards in and out, and the reading of a card that a call waits for.

use super::{Core, Effect, Entry, FailedReading, Laid, Seat, same_device};
use crate::{
    error::LinkError,
    link::SlotState,
    reader::{Reader, Role, matches_part},
    social_card::{ReadError, SocialSecurityCard},
    terminal::{Credential, DeviceKind, Trouble, event::What},
};
use std::time::Instant;
use yika_protocol::fault::card as fault;

/// More card movements than this between two looks are not believed: the counter began anew.
const BELIEVABLE: u32 = 32;

impl Core {
    /// A look at the readers.
    pub(super) fn readers(&mut self, readers: Vec<Reader>) {
        if let Some(service) = self.position(DeviceKind::CardService) {
            self.well(service);
        }
        let seats = self.seat(&readers);
        let gone: Vec<usize> = self
            .devices
            .iter()
            .enumerate()
            .filter(|(at, entry)| entry.present && entry.reader.is_some() && !seats.contains(&Some(*at)))
            .map(|(at, _)| at)
            .collect();
        for device in gone {
            self.reader_went(device);
        }
        for (reader, seat) in readers.into_iter().zip(seats) {
            let device = seat.unwrap_or_else(|| self.discover(&reader));
            self.look_at(device, reader);
        }
    }

    /// The service cannot be asked: nothing is known of its readers.
    pub(super) fn service_failed(&mut self, error: &LinkError) {
        let Some(service) = self.position(DeviceKind::CardService) else { return };
        // A call that hangs says nothing about readers and cards.
        if !matches!(error, LinkError::Hangs | LinkError::TooManyHanging | LinkError::Other { .. }) {
            for device in 0..self.devices.len() {
                if self.devices.get(device).is_some_and(|entry| entry.present && entry.reader.is_some()) {
                    self.reader_went(device);
                }
            }
        }
        self.failed(service, Trouble::new(error.fault(), error.detail().en));
    }

    /// Which known device each reader is.
    fn seat(&mut self, readers: &[Reader]) -> Vec<Option<usize>> {
        let mut seats: Vec<Option<usize>> = vec![None; readers.len()];
        for (device, place) in self.places.clone() {
            let exact = |reader: &Reader| reader.id.as_str() == place || reader.name.display() == place;
            let part = |reader: &Reader| matches_part(reader, &place);
            let fits = |rule: &dyn Fn(&Reader) -> bool| -> Vec<usize> {
                readers.iter().enumerate().filter(|(_, r)| rule(r)).map(|(at, _)| at).collect()
            };
            let mut found = fits(&exact);
            if found.is_empty() {
                found = fits(&part);
            }
            match found.as_slice() {
                [] => {}
                [one] => {
                    if let Some(seat) = seats.get_mut(*one) {
                        seat.get_or_insert(device);
                    }
                    if self.devices.get(device).is_some_and(|entry| !entry.present) {
                        // It may have been told as ambiguous before.
                        self.well(device);
                    }
                }
                several => {
                    let ids = several.iter().filter_map(|at| readers.get(*at)).map(|r| r.id.to_string());
                    let error = LinkError::Ambiguous { wanted: place.clone(), matches: ids.collect() };
                    // Better no label than the label of another device.
                    if self.devices.get(device).is_some_and(|entry| entry.present) {
                        self.reader_went(device);
                    }
                    self.failed(device, Trouble::new(error.fault(), error.detail().en));
                }
            }
        }
        for (reader, seat) in readers.iter().zip(&mut seats) {
            if seat.is_none() {
                *seat = self.devices.iter().position(|entry| !entry.named && same_device(entry, &reader.id));
            }
        }
        seats
    }

    fn discover(&mut self, reader: &Reader) -> usize {
        self.devices.push(Entry {
            label: reader.id.as_str().into(),
            kind: DeviceKind::CardReader,
            at: reader.id.to_string(),
            group: None,
            present: false,
            trouble: None,
            told: None,
            named: false,
            reader: None,
            laid: Laid::default(),
            unusable: None,
        });
        self.devices.len() - 1
    }

    fn look_at(&mut self, device: usize, reader: Reader) {
        // Another device under the same label: the cards of the two are not one story.
        if self.devices.get(device).is_some_and(|entry| entry.present && !same_device(entry, &reader.id)) {
            self.reader_went(device);
        }
        let skipped = self.selection.skip.iter().any(|part| matches_part(&reader, part));
        let role = self.selection.role(&reader);
        let Some(entry) = self.devices.get_mut(device) else { return };
        let kind = match role {
            Role::User if !skipped => DeviceKind::CardReader,
            _ => DeviceKind::OtherReader,
        };
        entry.kind = kind;
        let newly = !entry.present;
        let insertions = entry.reader.as_ref().map_or(0, |seat| seat.insertions);
        let moves = match &entry.reader {
            Some(seat) if !newly => moves(&seat.reader, &reader),
            _ => usize::from(reader.state.has_card()),
        };
        let mut is_in = !newly && entry.reader.as_ref().is_some_and(|seat| seat.reader.state.has_card());
        let mute_now = reader.state == SlotState::Mute;
        let failure = match &reader.state {
            SlotState::Failed(error) => Some(Trouble::new(error.fault(), error.detail().en)),
            _ => None,
        };
        let failed = if moves == 0 { entry.reader.take().and_then(|seat| seat.failed) } else { None };
        let at = reader.id.to_string();
        entry.reader = Some(Seat { reader, insertions, failed });
        if newly {
            self.came(device, at);
        }
        for _ in 0..moves {
            is_in = !is_in;
            let Some(seat) = self.devices.get_mut(device).and_then(|entry| entry.reader.as_mut()) else {
                return;
            };
            if is_in {
                seat.insertions += 1;
            }
            let insertion = seat.insertions;
            if let Some(entry) = self.devices.get_mut(device) {
                entry.unusable = None;
            }
            let what = if is_in { What::CardIn { insertion } } else { What::CardOut { insertion } };
            self.publish(device, what);
        }
        if moves > 0 && mute_now && kind == DeviceKind::CardReader {
            // Told at once, whether a call waits or not: the card lies the wrong way round.
            self.unusable(0, device, Trouble::new(&fault::CARD_MUTE, String::new()));
        }
        match failure {
            Some(trouble) => self.failed(device, trouble),
            None => self.well(device),
        }
    }

    fn reader_went(&mut self, device: usize) {
        let Some(seat) = self.devices.get(device).and_then(|entry| entry.reader.as_ref()) else { return };
        if seat.reader.state.has_card() {
            let insertion = seat.insertions;
            self.publish(device, What::CardOut { insertion });
        }
        self.went(device);
    }

    /// Has a card read that the call may want.
    pub(super) fn look_for_a_card(&mut self, now: Instant) {
        let Some(call) = self.call.as_ref().filter(|call| call.kinds.card && !self.reading) else { return };
        let call = call.id;
        let worth = |entry: &&Entry| {
            let Some(seat) = &entry.reader else { return false };
            let again = match &seat.failed {
                None => true,
                Some(failed) => failed.again.is_some_and(|at| at <= now),
            };
            entry.present && entry.kind == DeviceKind::CardReader && seat.reader.state.has_card() && again
        };
        let candidates: Vec<Reader> = self
            .devices
            .iter()
            .filter(worth)
            .filter_map(|entry| entry.reader.as_ref().map(|seat| seat.reader.clone()))
            .collect();
        let Ok(reader) = self.selection.pick(&candidates) else { return };
        let Some(device) = self.devices.iter().position(|e| e.present && same_device(e, &reader.id)) else {
            return;
        };
        let insertion = self.insertion(device);
        self.reading = true;
        let reader = Box::new(reader.clone());
        self.effects.push_back(Effect::ReadCard { call, device, insertion, reader });
    }

    pub(super) fn card_read(
        &mut self,
        call: u64,
        device: usize,
        insertion: u64,
        result: Result<Box<SocialSecurityCard>, ReadError>,
        now: Instant,
    ) {
        self.reading = false;
        let error = match result {
            Ok(card) => return self.presented(call, device, Credential::Card(card)),
            Err(error) => error,
        };
        let passes = passes(&error);
        let current = self.call.as_ref().is_some_and(|open| open.id == call);
        let again = self.again;
        let same_card = insertion == self.insertion(device);
        let Some(seat) = self.devices.get_mut(device).and_then(|entry| entry.reader.as_mut()) else { return };
        if !current {
            return;
        }
        let number = error.fault().number;
        let told = seat.failed.as_ref().is_some_and(|failed| failed.fault == number);
        // A card that left in the middle is no news, and the next one is another.
        if same_card {
            let again = passes.then(|| now + again);
            seat.failed = Some(FailedReading { fault: number, again });
        }
        if same_card && !told && !went_meanwhile(&error) {
            self.unusable(call, device, Trouble::new(error.fault(), error.detail().en));
        }
    }

    fn insertion(&self, device: usize) -> u64 {
        self.devices.get(device).and_then(|entry| entry.reader.as_ref()).map_or(0, |seat| seat.insertions)
    }
}

/// How often a card went in or out between two looks.
fn moves(before: &Reader, now: &Reader) -> usize {
    let (was, is) = (before.state.has_card(), now.state.has_card());
    let least = usize::from(was != is);
    let swapped = match (&before.state, &now.state) {
        (SlotState::Card { atr: a, .. }, SlotState::Card { atr: b, .. }) => {
            a != b && !a.is_empty() && !b.is_empty()
        }
        _ => false,
    };
    let fewest = if swapped { 2 } else { least };
    let (Some(a), Some(b)) = (before.events, now.events) else { return fewest };
    // The service counts in 16 bits.
    let counted = u32::from(b.wrapping_sub(a));
    match counted {
        0 => fewest,
        _ if counted <= BELIEVABLE && (counted % 2 == 1) == (was != is) => counted as usize,
        // Something happened; a card that stays may not be the same.
        _ if was && is => 2,
        _ => least,
    }
}

/// The card or its service may be well again without anybody touching the card.
fn passes(error: &ReadError) -> bool {
    match error {
        ReadError::Link(error) => !matches!(error, LinkError::CardMute | LinkError::CardUnsupported),
        ReadError::Card(_) => false,
    }
}

/// The card, its reader or the service went away: the look at the readers tells that.
fn went_meanwhile(error: &ReadError) -> bool {
    use LinkError as E;
    matches!(
        error,
        ReadError::Link(
            E::NoCard
                | E::CardRemoved
                | E::ReaderGone
                | E::NoReader
                | E::NotFound { .. }
                | E::ServiceStopped
                | E::NoService
                | E::CardReset
                | E::Cancelled
        )
    )
}
