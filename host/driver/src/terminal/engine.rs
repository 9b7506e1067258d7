//! The thread that decides, and those that wait for devices on its behalf.

use super::{
    PresentError, Presented, Timing,
    attendant::{Attendant, Job},
    core::{Core, Effect, Input},
    hub::Hub,
};
use crate::{
    reader::Selection,
    service::CardService,
    social_card::{self, ReadOptions},
};
use std::{
    collections::HashMap,
    sync::{Arc, mpsc},
    thread,
    time::Instant,
};
use tokio::sync::oneshot;

/// What reaches the deciding thread.
pub(super) enum Message {
    /// Something happened.
    Input(Input),
    /// A call begins; its answer goes there.
    Call { id: u64, input: Input, reply: Reply },
    /// The terminal is dropped.
    Stop,
}

pub(super) type Reply = oneshot::Sender<Result<Presented, PresentError>>;

/// The deciding thread's own.
pub(super) struct Engine {
    pub(super) core: Core,
    pub(super) hub: Arc<Hub>,
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) outbox: mpsc::Sender<Message>,
    pub(super) attendants: Vec<Attendant>,
    pub(super) cards: Option<(CardService, ReadOptions)>,
    pub(super) timing: Timing,
    pub(super) replies: HashMap<u64, Reply>,
}

impl Engine {
    /// Runs until the terminal is dropped.
    pub(super) fn run(mut self) {
        loop {
            let message = match self.core.next_tick() {
                None => self.inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                Some(at) => self.inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(Message::Input(input)) => self.core.take(input, Instant::now()),
                Ok(Message::Call { id, input, reply }) => {
                    self.replies.insert(id, reply);
                    self.core.take(input, Instant::now());
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.core.tick(Instant::now()),
                Ok(Message::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            self.act();
        }
        self.hub.end();
    }

    fn act(&mut self) {
        let (mut news, mut answers) = (Vec::new(), Vec::new());
        while let Some(effect) = self.core.next_effect() {
            match effect {
                Effect::Publish { device, what } => news.push((device, what)),
                Effect::Answer { call, result } => answers.push((call, result)),
                Effect::Arm { group, call, devices, until, cancel } => {
                    if let Some(attendant) = self.attendants.get(group) {
                        attendant.arm(Job { call, devices, until, cancel, timing: self.timing });
                    }
                }
                Effect::ReadCard { call, device, insertion, reader } => {
                    self.read_card(call, device, insertion, Selection::exactly(&reader));
                }
            }
        }
        // The events of an answer are out before it.
        if !news.is_empty() {
            self.hub.publish(news, self.core.devices());
        }
        for (call, result) in answers {
            self.answer(call, result);
        }
    }

    fn answer(&mut self, call: u64, result: Result<Presented, PresentError>) {
        let Some(reply) = self.replies.remove(&call) else { return };
        if let Err(Ok(presented)) = reply.send(result) {
            let input = Input::NotTaken { device: presented.device, kind: presented.credential.kind() };
            self.core.take(input, Instant::now());
            self.act();
        }
    }

    /// Reads on a thread of its own: a card may take seconds.
    fn read_card(&self, call: u64, device: usize, insertion: u64, reader: Selection) {
        let Some((service, options)) = self.cards.clone() else { return };
        let outbox = self.outbox.clone();
        let options = ReadOptions { reader, wait: None, ..options };
        let told = Told { outbox, call, device, insertion, done: false };
        let spawned = thread::Builder::new().name("yika-read".to_owned()).spawn(move || {
            let mut told = told;
            told.send(social_card::read(&service, &options).map(Box::new));
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to read a card");
        }
    }
}

/// Tells the end of a reading, whatever happens to its thread.
struct Told {
    outbox: mpsc::Sender<Message>,
    call: u64,
    device: usize,
    insertion: u64,
    done: bool,
}

impl Told {
    fn send(&mut self, result: Result<Box<social_card::SocialSecurityCard>, social_card::ReadError>) {
        self.done = true;
        let Told { call, device, insertion, .. } = *self;
        let _ = self.outbox.send(Message::Input(Input::CardRead { call, device, insertion, result }));
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if !self.done {
            self.send(Err(crate::LinkError::Other { code: 0 }.into()));
        }
    }
}
