//! The real service: PC/SC through pcsc-lite, WinSCard or the macOS framework.

mod error;
#[cfg(target_os = "linux")]
mod holders;
#[cfg(target_os = "linux")]
pub(crate) mod socket;
#[cfg(target_os = "linux")]
pub(crate) mod usb;

use crate::{
    error::{Holder, LinkError},
    link::{Backend, CardLink, End, Slot, SlotState},
    pinpad::{Features, GET_FEATURES},
    progress::{Progress, Stage},
    reader::{ReaderName, ReaderTraits},
};
use pcsc::{Attribute, Card, Context, Disposition, Protocols, Scope, ShareMode, State};
use std::{
    ffi::CString,
    time::{Duration, Instant},
};
use yika_protocol::apdu::Protocol;

/// pcscd looks at a contact card every 400 ms, so a card that was torn out is known to be gone after one such round.
const REMOVAL_IS_KNOWN: Duration = Duration::from_millis(600);
/// How often a card may be reset by others between our connect and our lock.
const LOCK_RESETS: usize = 3;
/// `SCARD_ATTR_CHANNEL_ID` with this kind in its upper half is USB: bus and device address (PC/SC part 3).
const CHANNEL_USB: u32 = 0x0020;

/// Programs that are likely to hold a reader; empty where the system does not show it.
pub(crate) fn holders() -> Vec<Holder> {
    #[cfg(target_os = "linux")]
    return holders::find(std::path::Path::new("/proc"));
    #[cfg(not(target_os = "linux"))]
    return Vec::new();
}

/// PC/SC of this machine. Connects when first used and again after the service went away.
#[derive(Default)]
pub struct PcscBackend {
    context: Option<Context>,
    /// Readers and states of the last look, to wait from.
    known: Vec<pcsc::ReaderState>,
    /// Whether this service ever answered; tells "never there" from "went away".
    met: bool,
}

impl PcscBackend {
    /// A backend that has not connected yet.
    pub fn new() -> Self {
        PcscBackend::default()
    }

    fn context(&mut self) -> Result<Context, LinkError> {
        if let Some(context) = &self.context {
            return Ok(context.clone());
        }
        // User scope; System scope means the same to pcsc-lite and needs rights on Windows.
        let context = Context::establish(Scope::User).map_err(|code| self.gone(code))?;
        self.met = true;
        self.context = Some(context.clone());
        Ok(context)
    }

    /// A failure: drops the context where it is of no more use.
    fn gone(&mut self, code: pcsc::Error) -> LinkError {
        let error = error::classify(code);
        match error {
            LinkError::ServiceStopped | LinkError::NoService => {
                self.context = None;
                self.known.clear();
                if error::refused_by_socket() {
                    LinkError::AccessDenied
                } else if self.met {
                    LinkError::ServiceStopped
                } else {
                    LinkError::NoService
                }
            }
            other => other,
        }
    }

    fn names(&mut self) -> Result<Vec<CString>, LinkError> {
        let first = list(&self.context()?);
        let names = match first {
            // A context from before a restart of the service fails at once, and for ever: make a new one, silently.
            Err(code) if error::is_stale(code) => {
                self.context = None;
                list(&self.context()?)
            }
            other => other,
        };
        match names {
            Ok(names) => Ok(names),
            Err(pcsc::Error::NoReadersAvailable) => Ok(Vec::new()),
            Err(code) => Err(self.gone(code)),
        }
    }
}

/// The readers' names, in one call to the service unless there are very many.
fn list(context: &Context) -> Result<Vec<CString>, pcsc::Error> {
    let mut buffer = [0; 2048];
    match context.list_readers(&mut buffer) {
        Ok(names) => Ok(names.map(CString::from).collect()),
        Err(pcsc::Error::InsufficientBuffer) => context.list_readers_owned(),
        Err(code) => Err(code),
    }
}

impl Backend for PcscBackend {
    fn slots(&mut self) -> Result<Vec<Slot>, LinkError> {
        let names = self.names()?;
        let context = self.context()?;
        let unaware = |name: &CString| pcsc::ReaderState::new(name.clone(), State::UNAWARE);
        let mut states: Vec<pcsc::ReaderState> = names.iter().map(unaware).collect();
        let all = match states.is_empty() {
            true => Ok(()),
            false => context.get_status_change(Duration::ZERO, &mut states),
        };
        self.known.clear();
        let mut slots = Vec::with_capacity(names.len());
        for (name, mut state) in names.into_iter().zip(states) {
            // One reader that fails makes the question about all of them fail: then ask one by one.
            let result = match all {
                Ok(()) | Err(pcsc::Error::Timeout) => Ok(()),
                Err(_) => context.get_status_change(Duration::ZERO, std::slice::from_mut(&mut state)),
            };
            let content = match result {
                Ok(()) | Err(pcsc::Error::Timeout) => content(&state),
                Err(code) => SlotState::Failed(error::classify(code)),
            };
            // pcsc-lite and Windows count in the upper half of the state; the crate gives the lower 16 bits of that.
            let events = u16::try_from(state.event_count()).ok();
            if !matches!(content, SlotState::Failed(_)) {
                state.sync_current_state();
                self.known.push(state);
            }
            slots.push(Slot { name: ReaderName::new(name), state: content, events });
        }
        Ok(slots)
    }

    fn wait(&mut self, limit: Duration) -> Result<bool, LinkError> {
        let context = self.context()?;
        // The pseudo reader reports readers that come and go. Where it is not known the wait simply ends.
        let mut states = std::mem::take(&mut self.known);
        states.push(pcsc::ReaderState::new(pcsc::PNP_NOTIFICATION(), State::UNAWARE));
        match context.get_status_change(limit, &mut states) {
            Ok(()) => {
                let changed = states.iter().any(|s| s.event_state().contains(State::CHANGED));
                Ok(changed)
            }
            Err(pcsc::Error::Timeout | pcsc::Error::Cancelled) => Ok(false),
            Err(pcsc::Error::UnknownReader | pcsc::Error::ReaderUnavailable) => Ok(true),
            Err(code) => Err(self.gone(code)),
        }
    }

    fn with_card(
        &mut self,
        reader: &ReaderName,
        progress: &Progress,
        work: &mut dyn FnMut(&mut dyn CardLink) -> End,
    ) -> Result<(), LinkError> {
        let context = self.context()?;
        let mut card = context
            .connect(reader.as_c_str(), ShareMode::Shared, Protocols::ANY)
            .map_err(|code| self.gone(code))?;
        let outcome = locked(&context, &mut card, reader, progress, work);
        // Dropping a card resets it, which other programs would feel: say "leave" ourselves.
        if let Err((_, code)) = card.disconnect(Disposition::LeaveCard) {
            tracing::debug!(%code, "disconnect");
        }
        outcome.map_err(|code| self.gone(code))
    }

    fn traits_of(&mut self, reader: &ReaderName) -> ReaderTraits {
        if nothing_on_usb() {
            return ReaderTraits::default();
        }
        let Ok(context) = self.context() else { return ReaderTraits::default() };
        // Direct mode needs no card, and fails politely where another program holds the reader alone.
        let Ok(card) = context.connect(reader.as_c_str(), ShareMode::Direct, Protocols::UNDEFINED) else {
            return ReaderTraits::default();
        };
        let serial = card
            .get_attribute_owned(Attribute::VendorIfdSerialNo)
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).trim_matches(['\0', ' ']).to_owned())
            .filter(|text| !text.is_empty());
        let channel = card.get_attribute_owned(Attribute::ChannelId).ok();
        let _ = card.disconnect(Disposition::LeaveCard);
        // Four bytes, or a long of eight on some platforms.
        let channel = channel.and_then(|bytes| Some(u32::from_ne_bytes(*bytes.first_chunk()?)));
        let usb = match channel {
            Some(id) if id >> 16 == CHANNEL_USB => usb_at((id >> 8) as u8, id as u8),
            _ => None,
        };
        ReaderTraits { usb, serial }
    }
}

#[cfg(target_os = "linux")]
fn usb_at(bus: u8, address: u8) -> Option<crate::reader::Usb> {
    usb::at(std::path::Path::new(usb::SYSFS), bus, address)
}

/// Only a device on USB has a serial number or a place; asking a virtual reader may wait for its card.
#[cfg(target_os = "linux")]
fn nothing_on_usb() -> bool {
    !usb::any_device(std::path::Path::new(usb::SYSFS))
}

#[cfg(not(target_os = "linux"))]
fn nothing_on_usb() -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn usb_at(_bus: u8, _address: u8) -> Option<crate::reader::Usb> {
    None
}

fn content(state: &pcsc::ReaderState) -> SlotState {
    let flags = state.event_state();
    if flags.intersects(State::UNKNOWN | State::UNAVAILABLE) {
        SlotState::Failed(LinkError::ReaderGone)
    } else if flags.contains(State::MUTE) {
        SlotState::Mute
    } else if flags.contains(State::PRESENT) {
        SlotState::Card {
            atr: state.atr().to_vec(),
            exclusive: flags.contains(State::EXCLUSIVE),
            in_use: flags.contains(State::INUSE),
        }
    } else {
        SlotState::Empty
    }
}

/// Locks the card, runs the work, unlocks it. An error means that the work did not run.
fn locked(
    context: &Context,
    card: &mut Card,
    reader: &ReaderName,
    progress: &Progress,
    work: &mut dyn FnMut(&mut dyn CardLink) -> End,
) -> Result<(), pcsc::Error> {
    progress.enter(Stage::Locking);
    for _ in 0..LOCK_RESETS {
        match card.transaction2() {
            Ok(transaction) => return in_transaction(context, transaction, reader, progress, work),
            // Somebody reset the card after we connected: accept the new state and queue again.
            Err((card, pcsc::Error::ResetCard)) => {
                card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)?;
            }
            Err((_, code)) => return Err(code),
        }
    }
    Err(pcsc::Error::ResetCard)
}

fn in_transaction(
    context: &Context,
    transaction: pcsc::Transaction<'_>,
    reader: &ReaderName,
    progress: &Progress,
    work: &mut dyn FnMut(&mut dyn CardLink) -> End,
) -> Result<(), pcsc::Error> {
    let (mut names, mut atr) = ([0; 512], [0; pcsc::MAX_ATR_SIZE]);
    let status = transaction.status2(&mut names, &mut atr)?;
    let protocol = match status.protocol2() {
        Some(pcsc::Protocol::T0) => Protocol::T0,
        _ => Protocol::T1,
    };
    let mut end = End::Leave;
    // The wait for the lock may have outlived the caller.
    if progress.enter(Stage::FirstAnswer) {
        let mut link = PcscLink { context, transaction: &transaction, reader, atr: status.atr(), protocol };
        end = work(&mut link);
    }
    let disposition = match end {
        End::Leave => Disposition::LeaveCard,
        End::Reset => Disposition::ResetCard,
    };
    if let Err((_, code)) = transaction.end(disposition) {
        tracing::debug!(%code, "end of transaction");
    }
    Ok(())
}

struct PcscLink<'a> {
    context: &'a Context,
    transaction: &'a pcsc::Transaction<'a>,
    reader: &'a ReaderName,
    atr: &'a [u8],
    protocol: Protocol,
}

impl CardLink for PcscLink<'_> {
    fn atr(&self) -> &[u8] {
        self.atr
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn transmit<'a>(&mut self, command: &[u8], answer: &'a mut [u8]) -> Result<&'a [u8], LinkError> {
        match self.transaction.transmit(command, answer) {
            Ok(answer) => Ok(answer),
            Err(code) => Err(self.why(code)),
        }
    }

    fn features(&mut self) -> Features {
        let mut list = [0; pcsc::MAX_BUFFER_SIZE];
        // Readers without any answer with an error, each with its own.
        let list = self.transaction.control(pcsc::ctl_code(GET_FEATURES.into()), &[], &mut list);
        list.map(Features::parse).unwrap_or_default()
    }

    fn control<'a>(
        &mut self,
        code: u32,
        request: &[u8],
        answer: &'a mut [u8],
    ) -> Result<&'a [u8], LinkError> {
        self.transaction.control(code.into(), request, answer).map_err(|code| self.why(code))
    }
}

impl PcscLink<'_> {
    /// Drivers report a torn card in many ways. The state of the reader a moment later tells what happened.
    fn why(&self, code: pcsc::Error) -> LinkError {
        let error = match error::classify(code) {
            // It was there a moment ago.
            LinkError::NoService => LinkError::ServiceStopped,
            error => error,
        };
        if !matches!(error, LinkError::Transmission | LinkError::Other { .. } | LinkError::CardMute) {
            return error;
        }
        let mut state = [pcsc::ReaderState::new(self.reader.as_c_str(), State::PRESENT)];
        let end = Instant::now() + REMOVAL_IS_KNOWN;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.context.get_status_change(left, &mut state) {
                Ok(()) => {}
                Err(pcsc::Error::Timeout) => return error,
                Err(code) => {
                    return match error::classify(code) {
                        LinkError::Other { .. } => error,
                        LinkError::NoService => LinkError::ServiceStopped,
                        other => other,
                    };
                }
            }
            match content(&state[0]) {
                SlotState::Failed(error) => return error,
                SlotState::Empty => return LinkError::CardRemoved,
                SlotState::Mute => return LinkError::CardMute,
                SlotState::Card { .. } if left.is_zero() => return error,
                SlotState::Card { .. } => state[0].sync_current_state(),
            }
        }
    }
}
