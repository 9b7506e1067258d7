//! The books: comparing a day with the centre, and records that are lost.

use yika_protocol::swipe::Counter;

use crate::hal::{Board, Media, Millis};
use crate::slip::{self, Slip};
use crate::swipes::{DayTotals, Decline, Resolution};
use crate::text;
use crate::text::number::digits_of;

use super::super::events::sums;
use super::super::scene::{Scene, Then};
use super::super::{App, Engine, IdCards};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    pub(super) fn compare(&mut self, now: Millis) {
        let Engine::Ready(swipes) = &mut self.engine else { return };
        if swipes.open_reversals() > 0 || swipes.open_void().is_some() {
            // Until all is closed the books cannot be equal; to say they differ would only worry.
            self.trouble(text::NOT_DONE, Decline::StillOpen.fault(), Then::Menu);
            return;
        }
        let Some(day) = swipes.last_day() else {
            self.note(text::NO_DAY, text::NO_DAY_BODY, Then::Menu);
            return;
        };
        match swipes.ask_day(day, now) {
            Ok(()) => self.go(Scene::Comparing),
            Err(decline) => self.trouble(text::NOT_DONE, decline.fault(), Then::Menu),
        }
    }

    #[inline(never)]
    pub(super) fn print_day(&mut self, here: &DayTotals, centre: Option<&DayTotals>) {
        let day = slip::Day { day: digits_of(here.day), here: sums(here), centre: centre.map(sums) };
        self.print(Slip::Day(day));
    }

    pub(super) fn look_at_lost(&mut self) {
        match self.first_lost() {
            Some(counter) => self.go(Scene::Lost(counter)),
            None => self.home(),
        }
    }

    pub(super) fn ask_lost(&mut self, counter: Counter, now: Millis) {
        match self.swipes_mut().map(|swipes| swipes.ask_lost(counter, now)) {
            Some(Ok(())) => self.go(Scene::LostAsking { counter, silent: false }),
            Some(Err(decline)) => self.trouble(text::LOST_RECORD, decline.fault(), Then::Home),
            None => self.home(),
        }
    }

    #[inline(never)]
    pub(super) fn resolve(&mut self, counter: Counter, decision: Resolution, now: Millis) {
        let resolved = self.swipes_mut().map(|swipes| swipes.resolve_lost(counter, decision, now));
        match (resolved, decision) {
            (Some(Ok(())), Resolution::Reverse) => self.go(Scene::Cancelled { counter, done: false }),
            (Some(Ok(())), _) => self.look_at_lost(),
            (Some(Err(decline)), _) => self.trouble(text::LOST_RECORD, decline.fault(), Then::Home),
            (None, _) => self.home(),
        }
    }
}
