//! What is worth trying again, how often, and when to stop.
//!
//! Every repetition begins at SELECT with nothing kept, so a card that was swapped in between cannot mix with the
//! one before.

use crate::{
    error::LinkError,
    progress::{Limits, Progress, Stage},
};
use std::time::{Duration, Instant};

/// Other software may reset the card between two of our commands; more than this and it is a fight.
const RESETS: u32 = 2;
/// A failed exchange with the card still in place: once more, after a reset.
const TRANSMISSIONS: u32 = 1;
/// A service that restarts needs this long until its readers and cards are back.
const RESTART: Duration = Duration::from_millis(1500);
/// Pause before looking for a service or a card again.
const RETRY_PAUSE: Duration = Duration::from_millis(40);
/// Pauses while another program holds the reader: they double from the first to the last.
const BUSY_PAUSES: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(200));

/// Bounds the repetitions of one read.
pub(super) struct Patience {
    limits: Limits,
    start: Instant,
    deadline: Instant,
    resets: u32,
    transmissions: u32,
    busy: Option<(Instant, Duration)>,
    restart: Option<Instant>,
}

impl Patience {
    pub(super) fn new(limits: Limits, deadline: Instant) -> Self {
        Patience {
            limits,
            start: Instant::now(),
            deadline,
            resets: 0,
            transmissions: 0,
            busy: None,
            restart: None,
        }
    }

    /// Waits as this failure asks. `Err` with what to tell people when trying again is of no use.
    pub(super) fn again(&mut self, error: LinkError, progress: &Progress) -> Result<(), LinkError> {
        let now = Instant::now();
        let pause = match &error {
            LinkError::CardReset if self.resets < RESETS => {
                self.resets += 1;
                Duration::ZERO
            }
            LinkError::Transmission if self.transmissions < TRANSMISSIONS => {
                self.transmissions += 1;
                Duration::ZERO
            }
            LinkError::Busy { .. } => {
                let (first, longest) = BUSY_PAUSES;
                let (end, pause) = self.busy.unwrap_or((now + self.limits.busy, first));
                if now + pause >= end {
                    return Err(LinkError::Busy { holders: crate::pcsc::holders() });
                }
                self.busy = Some((end, (pause * 2).min(longest)));
                pause
            }
            LinkError::ServiceStopped => self.restarting(now)?,
            // Just after a restart the service knows no reader, then an empty one, then the card.
            LinkError::NoService | LinkError::NoReader | LinkError::ReaderGone | LinkError::NoCard
                if self.restart.is_some() =>
            {
                self.restarting(now)?
            }
            LinkError::NoCard if now < self.start + self.limits.unseen => RETRY_PAUSE,
            _ => return Err(error),
        };
        progress.enter(Stage::Waiting);
        if now + pause >= self.deadline || !progress.pause(pause) {
            return Err(error);
        }
        Ok(())
    }

    fn restarting(&mut self, now: Instant) -> Result<Duration, LinkError> {
        let end = *self.restart.get_or_insert(now + RESTART);
        if now >= end { Err(LinkError::ServiceStopped) } else { Ok(RETRY_PAUSE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> (Patience, Progress) {
        let busy = Duration::from_millis(60);
        let limits = Limits { busy, unseen: Duration::from_millis(50), ..Limits::default() };
        (Patience::new(limits, Instant::now() + Duration::from_secs(60)), Progress::new())
    }

    #[test]
    fn a_reset_is_worth_two_more_tries_and_a_bad_exchange_one() {
        let (mut patience, progress) = patience();
        assert!(patience.again(LinkError::CardReset, &progress).is_ok());
        assert!(patience.again(LinkError::CardReset, &progress).is_ok());
        assert_eq!(patience.again(LinkError::CardReset, &progress), Err(LinkError::CardReset));
        assert!(patience.again(LinkError::Transmission, &progress).is_ok());
        assert_eq!(patience.again(LinkError::Transmission, &progress), Err(LinkError::Transmission));
    }

    #[test]
    fn a_torn_card_is_told_at_once() {
        let (mut patience, progress) = patience();
        for error in
            [LinkError::CardRemoved, LinkError::ReaderGone, LinkError::NoReader, LinkError::NoService]
        {
            assert_eq!(patience.again(error.clone(), &progress), Err(error));
        }
    }

    #[test]
    fn a_card_that_the_service_has_not_seen_yet_is_looked_for() {
        let (mut patience, progress) = patience();
        assert!(patience.again(LinkError::NoCard, &progress).is_ok());
        progress.pause(Duration::from_millis(60));
        assert_eq!(patience.again(LinkError::NoCard, &progress), Err(LinkError::NoCard));
    }

    #[test]
    fn a_busy_reader_is_asked_for_a_bounded_time() {
        let (mut patience, progress) = patience();
        let mut tries = 0;
        while patience.again(LinkError::Busy { holders: vec![] }, &progress).is_ok() {
            tries += 1;
            assert!(tries < 10);
        }
        assert!(tries >= 1);
    }

    #[test]
    fn after_a_restart_missing_readers_are_waited_for_and_then_named_as_a_restart() {
        let (mut patience, progress) = patience();
        assert!(patience.again(LinkError::ServiceStopped, &progress).is_ok());
        assert!(patience.again(LinkError::NoReader, &progress).is_ok());
        patience.restart = Some(Instant::now());
        assert_eq!(patience.again(LinkError::NoCard, &progress), Err(LinkError::ServiceStopped));
    }
}
