//! A counter's devices as one: what comes and goes, and the next credential whatever device brings it.
//!
//! A [`Terminal`] knows the devices that the site names and finds the card readers by itself. It tells every event once and in
//! order ([`Terminal::events`]), and [`Terminal::next_credential`] arms whichever devices can bring what is wanted and
//! disarms them afterwards. Devices that share a port are armed one at a time.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use yika_driver::{
//!     CardService,
//!     scanner::CodeScanner,
//!     terminal::{Configured, Function, Kinds, Setup, Terminal},
//! };
//!
//! # async fn counter() -> Result<(), Box<dyn std::error::Error>> {
//! let scanner = CodeScanner::serial("usb:0c2e:0b6a:7711", 9600, Default::default());
//! let terminal = Terminal::start(Setup {
//!     cards: Some(CardService::pcsc()),
//!     devices: vec![Configured {
//!         label: "counter 1".into(),
//!         at: "usb:0c2e:0b6a:7711".into(),
//!         function: Function::Scanner(Box::new(scanner)),
//!     }],
//!     ..Setup::default()
//! })?;
//! let presented = terminal.next_credential(Kinds::ALL, Duration::from_secs(30)).await?;
//! println!("{} at {}", presented.credential.kind() as u8, presented.device);
//! # Ok(())
//! # }
//! ```
//!
//! # A card is a state, a scan is an act
//!
//! A card that is in a reader when a call begins counts, as it does for [`social_card::read`](crate::social_card::read).
//! A code counts only when it is scanned while a call waits: scanned earlier, it belongs to another purchase. For the same reason a
//! credential that arrives when its call has just been dropped is thrown away and told as such, never kept for the next call. To
//! wait in a `select!` loop, pin the future once and poll it by reference.
//!
//! # Threads
//!
//! One decides, one sleeps in the card service, one looks at the ports every two seconds, and one for each port waits while its
//! devices are armed. None of them polls faster than the devices ask for.

mod attendant;
mod core;
mod credential;
mod device;
mod engine;
mod event;
mod hub;
mod watch;

pub use credential::{Credential, Kind, Kinds, PresentError, Presented};
pub use device::{Armable, Configured, Device, DeviceKind, DeviceState, Function, Label, Waited};
pub use event::{Event, Events, Trouble, What};

use crate::{
    Cancel, Selection,
    serial::{Ports, SystemPorts},
    service::CardService,
    social_card::ReadOptions,
};
use attendant::Attendant;
use core::{Core, Input, OnPort};
use engine::{Engine, Message};
use hub::Hub;
use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// So many events may lie unread before a stream is cut off.
pub const UNREAD: usize = 4096;

/// What a terminal is made of.
pub struct Setup {
    /// The PC/SC readers; `None` leaves them out.
    pub cards: Option<CardService>,
    /// The serial ports, for telling which devices are there.
    pub ports: Arc<dyn Ports>,
    /// The devices that the site names. Card readers need not be named.
    pub devices: Vec<Configured>,
    /// Which reader comes first, and which never serves people.
    pub selection: Selection,
    /// How a card is read; its reader and its wait are the terminal's.
    pub read: ReadOptions,
    /// How patient the terminal is.
    pub timing: Timing,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            cards: None,
            ports: Arc::new(SystemPorts),
            devices: Vec::new(),
            selection: Selection::default(),
            read: ReadOptions::default(),
            timing: Timing::default(),
        }
    }
}

/// How patient a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Between two looks at the ports.
    pub ports: Duration,
    /// One sleep in the card service; its events end it earlier.
    pub slice: Duration,
    /// A device that does not work, and a service that does not answer, is tried again after this time.
    pub retry: Duration,
    /// The same after the first failure of the card service: often it is only restarted.
    pub first_retry: Duration,
    /// The first wait with a device, which tells whether it is well.
    pub first_turn: Duration,
    /// One turn of a device that shares its port.
    pub turn: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            ports: Duration::from_secs(2),
            slice: Duration::from_secs(2),
            retry: Duration::from_secs(1),
            first_retry: Duration::from_millis(200),
            first_turn: Duration::from_secs(1),
            turn: Duration::from_millis(1_500),
        }
    }
}

/// The devices of a counter. Dropping it lets go of all of them.
pub struct Terminal {
    outbox: mpsc::Sender<Message>,
    hub: Arc<Hub>,
    stop: Cancel,
    calls: AtomicU64,
}

impl Terminal {
    /// Begins to look after the devices. Nothing waits for them: a device that is not there is told when it comes.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(setup: Setup) -> io::Result<Terminal> {
        let Setup { cards, ports, devices, selection, read, timing } = setup;
        let (outbox, inbox) = mpsc::channel();
        let (mut on_ports, mut readers, mut shared): (Vec<OnPort>, Vec<(Label, String)>, Vec<Shared>) =
            Default::default();
        for Configured { label, at, function } in devices {
            let kind = function.kind();
            let armable = match function {
                Function::CardReader => {
                    readers.push((label, at));
                    continue;
                }
                Function::IdReader(armable) | Function::Scanner(armable) => armable,
            };
            let group = shared.iter().position(|port| port.at == at).unwrap_or_else(|| {
                shared.push(Shared { at: at.clone(), devices: Vec::new() });
                shared.len() - 1
            });
            if let Some(port) = shared.get_mut(group) {
                port.devices.push((on_ports.len(), armable));
            }
            on_ports.push(OnPort { label, kind, at, group });
        }
        let stop = Cancel::default();
        let wanted: Vec<(usize, String)> =
            on_ports.iter().map(|device| device.at.clone()).enumerate().collect();
        let core = Core::new(on_ports, cards.is_some().then_some(readers), selection);
        let hub = Arc::new(Hub::default());
        hub.publish(Vec::new(), core.devices());
        let attendants = shared.into_iter().map(|port| Attendant::start(port.devices, outbox.clone()));
        let attendants = attendants.collect::<io::Result<Vec<_>>>()?;
        // From here on dropping the terminal ends what was begun.
        let terminal = Terminal {
            outbox: outbox.clone(),
            hub: Arc::clone(&hub),
            stop: stop.clone(),
            calls: AtomicU64::new(1),
        };
        let engine = Engine {
            core,
            hub,
            inbox,
            outbox: outbox.clone(),
            attendants,
            cards: cards.clone().map(|service| (service, read)),
            timing,
            replies: HashMap::new(),
        };
        thread::Builder::new().name("yika-terminal".to_owned()).spawn(move || engine.run())?;
        if let Some(service) = cards {
            watch::card_readers(service, outbox.clone(), stop.clone(), timing)?;
        }
        if !wanted.is_empty() {
            watch::ports(ports, wanted, outbox, stop, timing)?;
        }
        Ok(terminal)
    }

    /// The devices of this moment: those the site names, there or not, and the card readers that were found.
    pub fn devices(&self) -> Vec<Device> {
        self.hub.devices()
    }

    /// The devices of this moment, and every event from this moment on.
    pub fn events(&self) -> (Vec<Device>, Events) {
        self.hub.listen()
    }

    /// Waits for the next credential of one of these kinds. The devices are armed at once, not when the future is first
    /// polled. Dropping the future ends the call and disarms them.
    ///
    /// What is presented and cannot be used is told as [`What::Unusable`] at once, and the call goes on: the person can turn the
    /// card round, or show another code.
    pub fn next_credential(&self, kinds: Kinds, deadline: Duration) -> NextCredential {
        let id = self.calls.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let until = Instant::now() + deadline;
        let message = Message::Call { id, input: Input::Begin { call: id, kinds, until }, reply };
        // Without the deciding thread the reply is dropped, which reads as "stopped".
        let _ = self.outbox.send(message);
        NextCredential { call: id, answer, outbox: self.outbox.clone(), ended: false }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.outbox.send(Message::Stop);
    }
}

/// Devices on one port.
struct Shared {
    at: String,
    devices: Vec<(usize, Box<dyn Armable>)>,
}

/// A call that waits for a credential; see [`Terminal::next_credential`].
#[must_use = "dropping it ends the call"]
pub struct NextCredential {
    call: u64,
    answer: oneshot::Receiver<Result<Presented, PresentError>>,
    outbox: mpsc::Sender<Message>,
    ended: bool,
}

impl NextCredential {
    /// Waits without an executor.
    ///
    /// # Errors
    /// As [`PresentError`].
    pub fn wait(mut self) -> Result<Presented, PresentError> {
        self.ended = true;
        let (_, nobody) = oneshot::channel();
        std::mem::replace(&mut self.answer, nobody).blocking_recv().unwrap_or(Err(PresentError::Stopped))
    }
}

impl Future for NextCredential {
    type Output = Result<Presented, PresentError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|answer| {
            self.ended = true;
            answer.unwrap_or(Err(PresentError::Stopped))
        })
    }
}

impl Drop for NextCredential {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.answer.close();
        let input = match self.answer.try_recv() {
            Ok(Ok(Presented { credential, device })) => Input::NotTaken { device, kind: credential.kind() },
            Ok(Err(_)) => return,
            Err(_) => Input::Cancel { call: self.call },
        };
        let _ = self.outbox.send(Message::Input(input));
    }
}
