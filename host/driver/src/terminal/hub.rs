//! Who listens, and what they are told.

use super::{Device, Event, Events, Label, UNREAD, event::What};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// The present state and the listeners, under one lock: whoever begins to listen gets both from the same moment.
#[derive(Default)]
pub(super) struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    number: u64,
    devices: Vec<Device>,
    listeners: Vec<mpsc::Sender<Event>>,
    ended: bool,
}

impl Hub {
    pub(super) fn publish(&self, news: Vec<(Label, What)>, devices: Vec<Device>) {
        let mut state = self.lock();
        state.devices = devices;
        for (device, what) in news {
            state.number += 1;
            let event = Event { number: state.number, device, what };
            // Who does not read for so long is cut off rather than given a stream with holes.
            state.listeners.retain(|listener| listener.try_send(event.clone()).is_ok());
        }
    }

    pub(super) fn listen(&self) -> (Vec<Device>, Events) {
        let (sender, receiver) = mpsc::channel(UNREAD);
        let mut state = self.lock();
        if !state.ended {
            state.listeners.push(sender);
        }
        (state.devices.clone(), Events(receiver))
    }

    pub(super) fn devices(&self) -> Vec<Device> {
        self.lock().devices.clone()
    }

    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.listeners.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn news(count: usize) -> Vec<(Label, What)> {
        (0..count).map(|_| (Arc::from("a"), What::Recovered)).collect()
    }

    #[test]
    fn every_listener_gets_every_event_once_and_in_order_from_where_it_began() {
        let hub = Hub::default();
        let (_, mut early) = hub.listen();
        hub.publish(news(2), Vec::new());
        let (_, mut late) = hub.listen();
        hub.publish(news(1), Vec::new());
        hub.end();
        let numbers = |events: &mut Events| -> Vec<u64> {
            std::iter::from_fn(|| events.blocking_next()).map(|event| event.number).collect()
        };
        assert_eq!(numbers(&mut early), [1, 2, 3]);
        assert_eq!(numbers(&mut late), [3]);
        assert!(hub.listen().1.blocking_next().is_none(), "the terminal has ended");
    }

    #[test]
    fn a_listener_that_does_not_read_is_cut_off_without_a_hole() {
        let hub = Hub::default();
        let (_, mut idle) = hub.listen();
        let (_, mut other) = hub.listen();
        for _ in 0..UNREAD + 3 {
            hub.publish(news(1), Vec::new());
            assert!(other.try_next().is_some());
        }
        let numbers: Vec<u64> = std::iter::from_fn(|| idle.blocking_next()).map(|e| e.number).collect();
        assert_eq!(numbers, (1..=UNREAD as u64).collect::<Vec<_>>());
    }
}
