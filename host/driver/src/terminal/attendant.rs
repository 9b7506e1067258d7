//! A thread for each port: it waits with the devices that are armed, one at a time.

use super::{
    Timing, Waited,
    core::{Input, News},
    device::Armable,
    engine::Message,
};
use crate::Cancel;
use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// The waiting thread of one port. It ends when this is dropped.
pub(super) struct Attendant(mpsc::Sender<Job>);

/// Devices to wait with.
pub(super) struct Job {
    pub(super) call: u64,
    pub(super) devices: Vec<usize>,
    pub(super) until: Instant,
    pub(super) cancel: Cancel,
    pub(super) timing: Timing,
}

impl Attendant {
    /// For the devices on one port, each with its number.
    pub(super) fn start(
        devices: Vec<(usize, Box<dyn Armable>)>,
        outbox: mpsc::Sender<Message>,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        thread::Builder::new().name("yika-port".to_owned()).spawn(move || {
            while let Ok(job) = inbox.recv() {
                Turns { devices: &devices, outbox: &outbox, job: &job }.take();
            }
        })?;
        Ok(Attendant(jobs))
    }

    /// The next job begins when the one before has ended, which its cancel brings about.
    pub(super) fn arm(&self, job: Job) {
        let _ = self.0.send(job);
    }
}

struct Turns<'a> {
    devices: &'a [(usize, Box<dyn Armable>)],
    outbox: &'a mpsc::Sender<Message>,
    job: &'a Job,
}

impl Turns<'_> {
    fn take(&self) {
        let job = self.job;
        let armed: Vec<_> = self.devices.iter().filter(|(device, _)| job.devices.contains(device)).collect();
        // A device is well when a first short wait says so; then its wait is not cut short again.
        let mut doubtful = vec![true; armed.len()];
        while !self.over() {
            for ((device, armable), doubtful) in armed.iter().zip(&mut doubtful) {
                if self.over() {
                    break;
                }
                let left = job.until.saturating_duration_since(Instant::now());
                let turn = if *doubtful {
                    job.timing.first_turn
                } else if armed.len() > 1 {
                    job.timing.turn
                } else {
                    left
                };
                let waited = self.wait(*device, armable.as_ref(), turn.min(left));
                *doubtful = matches!(waited, Some(Waited::Failed(_) | Waited::Gone(_)));
                let pause = match &waited {
                    Some(Waited::Failed(_) | Waited::Gone(_)) if armed.len() == 1 => job.timing.retry,
                    Some(Waited::Failed(_) | Waited::Gone(_)) => job.timing.retry / 2,
                    // The card must be lifted; it cannot be in less.
                    Some(Waited::Unusable(_)) => job.timing.retry / 2,
                    _ => Duration::ZERO,
                };
                if armed.len() > 1 {
                    armable.release();
                }
                if let Some(waited) = waited {
                    self.tell(*device, News::Waited(waited));
                }
                self.pause(pause);
            }
        }
        for (_, armable) in armed {
            armable.release();
        }
    }

    /// `None` when the wait was cut off and says nothing.
    fn wait(&self, device: usize, armable: &dyn Armable, limit: Duration) -> Option<Waited> {
        let (outbox, call) = (self.outbox.clone(), self.job.call);
        let unusable = move |trouble| {
            let news = News::Unusable(trouble);
            let _ = outbox.send(Message::Input(Input::Armed { call, device, news }));
        };
        let waited = armable.wait(limit, &self.job.cancel, Box::new(unusable));
        let cut_off = matches!(waited, Waited::Nothing) && self.job.cancel.is_cancelled();
        (!cut_off).then_some(waited)
    }

    fn tell(&self, device: usize, news: News) {
        let _ = self.outbox.send(Message::Input(Input::Armed { call: self.job.call, device, news }));
    }

    fn over(&self) -> bool {
        self.job.cancel.is_cancelled() || Instant::now() >= self.job.until
    }

    /// Sleeps in slices, so that a cancel is seen.
    fn pause(&self, pause: Duration) {
        let end = (Instant::now() + pause).min(self.job.until);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.job.cancel.is_cancelled() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}
