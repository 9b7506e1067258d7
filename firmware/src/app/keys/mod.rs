//! What a key does in each scene.

mod books;
mod menu;
mod settings;

use yika_protocol::money::Fen;

use crate::hal::{Board, Media, Millis};
use crate::slip::Slip;
use crate::swipes::{Decline, Phase, Resolution};
use crate::text;

use super::scene::{EnrolStep, Page, Scene, Then, held};
use super::view::{INFO_PAGES, scroll_end};
use super::{App, IdCards, Press, address, amount};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    pub(super) fn on_press(&mut self, press: Press, now: Millis) {
        self.touched = now;
        self.dirty = true;
        let lang = self.settings.lang;
        let back = matches!(press, Press::Left | Press::Cancel);
        match &mut self.scene {
            Scene::Home => self.at_home(press, now),
            Scene::Amount(amount) => match amount.press(press) {
                amount::Typed::On => {}
                amount::Typed::Done(fen) => self.begin_typed(fen, now),
                amount::Typed::Back => self.home(),
            },
            Scene::Present | Scene::Reading | Scene::ReadingId | Scene::Proving if back => self.cancel_sale(),
            Scene::Present | Scene::Reading | Scene::ReadingId | Scene::Proving => {}
            // The card is at work with the PIN: nothing can be taken back now.
            Scene::PinChecking | Scene::Voiding => {}
            Scene::Pin { .. } if back => self.cancel_sale(),
            Scene::Pin { .. } if press == Press::Right => self.skip_pin(now),
            Scene::Pin { .. } => {}
            Scene::Sending { since } => {
                let since = *since;
                let unsure =
                    self.swipes().is_some_and(|swipes| matches!(swipes.phase(now), Phase::Unsure { .. }));
                if unsure && press == Press::Right {
                    self.scene = Scene::GiveUp { since };
                }
            }
            Scene::GiveUp { since } => {
                let since = *since;
                if back || press == Press::Ok {
                    self.scene = Scene::Sending { since };
                }
                if press == Press::Ok {
                    self.give_up(now);
                }
            }
            Scene::Settled { page, repeated, .. } => {
                let (page, repeated) = (*page, *repeated);
                self.at_settled(press, page, repeated);
            }
            // The reversal goes on behind; the next customer can come.
            Scene::Cancelled { .. } | Scene::Voided(_) => self.home(),
            Scene::Trouble { trouble, skipped, .. } if matches!(press, Press::Up | Press::Down) => {
                scroll(skipped, press, scroll_end(trouble, lang));
            }
            Scene::Trouble { then, .. } | Scene::Note { then, .. } => {
                let then = *then;
                if back { self.leave(then) } else { self.then(then) }
            }
            Scene::Menu(chosen) => {
                let chosen = *chosen;
                self.in_menu(chosen, press, now);
            }
            Scene::Settings(chosen) => {
                let chosen = *chosen;
                self.in_settings(chosen, press);
            }
            Scene::Info(page) => match press {
                Press::Down | Press::Right => turn(page, 1, INFO_PAGES),
                Press::Up => turn(page, INFO_PAGES.saturating_sub(1), INFO_PAGES),
                _ => self.go(Scene::Settings(4)),
            },
            Scene::Address(editor) => match editor.press(press) {
                address::Typed::On => {}
                address::Typed::Back => self.go(Scene::Settings(3)),
                address::Typed::Done(network) => {
                    self.settings.network = network;
                    self.keep_settings(Some(Then::Settings));
                }
            },
            Scene::AskVoid(_) if back => self.go(Scene::Menu(0)),
            Scene::AskVoid(receipt) => {
                let counter = receipt.counter;
                if press == Press::Ok {
                    self.void(counter, now);
                }
            }
            Scene::Day { totals, more } => {
                let totals = *totals;
                match press {
                    Press::Up | Press::Down => *more = !*more,
                    Press::Right => self.print_day(&totals, None),
                    _ => self.go(Scene::Menu(2)),
                }
            }
            Scene::Compared(comparison, at) => {
                let comparison = *comparison;
                match press {
                    Press::Down => turn(at, 1, 5),
                    Press::Up => turn(at, 4, 5),
                    Press::Right => self.print_day(&comparison.ours, Some(&comparison.theirs)),
                    _ => self.go(Scene::Menu(3)),
                }
            }
            Scene::Comparing | Scene::LostAsking { .. } if back => self.home(),
            Scene::Comparing | Scene::LostAsking { .. } => {}
            Scene::Lost(_) | Scene::LostHeld { .. } | Scene::LostVoid(_) if press == Press::Cancel => {
                self.home();
            }
            Scene::Lost(counter) => {
                let counter = *counter;
                match press {
                    Press::Ok => self.ask_lost(counter, now),
                    Press::Left => self.home(),
                    _ => {}
                }
            }
            Scene::LostHeld { counter, answer } => {
                let (counter, settled) = (*counter, held(answer).is_some());
                match press {
                    Press::Right if settled => self.resolve(counter, Resolution::Keep, now),
                    Press::Left => self.resolve(counter, Resolution::Reverse, now),
                    _ => {}
                }
            }
            Scene::LostVoid(counter) => {
                let counter = *counter;
                match press {
                    Press::Right => self.go(Scene::AskWriteOff(counter)),
                    Press::Left => self.home(),
                    _ => {}
                }
            }
            Scene::AskWriteOff(counter) => {
                let counter = *counter;
                match press {
                    Press::Ok => self.resolve(counter, Resolution::WriteOff, now),
                    Press::Left | Press::Cancel => self.go(Scene::LostVoid(counter)),
                    _ => {}
                }
            }
            Scene::Enrol(step) => {
                let step = *step;
                self.in_enrolment(step, press, now);
            }
            Scene::StoreLost { .. } if press == Press::Right => self.scene = Scene::AskSetup { yes: false },
            // Its last row is taken by the hints.
            Scene::StoreLost { trouble, skipped } => {
                scroll(skipped, press, scroll_end(trouble, lang).saturating_add(1));
            }
            Scene::AskSetup { .. } if back => self.store_lost(),
            Scene::AskSetup { yes } => match press {
                Press::Down | Press::Up => *yes = !*yes,
                Press::Ok if *yes => self.set_up(),
                _ => {}
            },
            Scene::Stopped { trouble, skipped } => scroll(skipped, press, scroll_end(trouble, lang)),
        }
    }

    #[inline(never)]
    fn at_home(&mut self, press: Press, now: Millis) {
        match press {
            Press::Left => self.go(Scene::Menu(0)),
            Press::Ok | Press::Right | Press::Digit(_) | Press::Up | Press::Down => {
                if self.terminal().is_none() {
                    self.go(Scene::Enrol(EnrolStep::Waiting));
                    return;
                }
                match self.may_begin(Fen::ZERO, now) {
                    Err(fault) if fault == Decline::RecordLost.fault() => match self.first_lost() {
                        Some(counter) => self.go(Scene::Lost(counter)),
                        None => self.trouble(text::NOT_DONE, fault, Then::Home),
                    },
                    Err(fault)
                        if fault == Decline::TooManyOpen.fault() || fault == Decline::Doubled.fault() =>
                    {
                        self.trouble(text::PAUSED, fault, Then::Home);
                    }
                    Err(fault) => self.trouble(text::NOT_DONE, fault, Then::Home),
                    Ok(()) => {
                        let mut typed = amount::Amount::new();
                        if matches!(press, Press::Digit(_)) {
                            typed.press(press);
                        }
                        self.go(Scene::Amount(typed));
                    }
                }
            }
            _ => {}
        }
    }

    fn at_settled(&mut self, press: Press, shown: Page, repeated: bool) {
        let next = match (press, shown) {
            (Press::Ok | Press::Left | Press::Cancel | Press::Clear, Page::Money) => return self.home(),
            (Press::Ok | Press::Left | Press::Cancel | Press::Clear | Press::Up, _) => Page::Money,
            (Press::Right, Page::Money) if repeated => {
                if let Scene::Settled { receipt, .. } = &self.scene {
                    let slip = self.sale_slip(receipt, true);
                    self.print(Slip::Sale(slip));
                }
                return;
            }
            (Press::Down, Page::Money) => Page::Split,
            (Press::Right | Press::Down, _) => Page::Code,
            _ => return,
        };
        if let Scene::Settled { page, .. } = &mut self.scene {
            *page = next;
        }
    }

    /// Left a message instead of going on: a sale that could have gone on is over.
    fn leave(&mut self, then: Then) {
        match then {
            Then::Present => self.cancel_sale(),
            other => self.then(other),
        }
    }

    pub(super) fn give_up(&mut self, now: Millis) {
        let event = self.swipes_mut().and_then(|swipes| swipes.give_up(now));
        if let Some(event) = event {
            self.on_event(event, now);
        }
    }
}

/// Up or down in the words of a fault.
fn scroll(skipped: &mut u8, press: Press, end: u8) {
    match press {
        Press::Down => *skipped = skipped.saturating_add(1).min(end),
        Press::Up => *skipped = skipped.saturating_sub(1),
        _ => {}
    }
}

/// So many pages on, round and round.
fn turn(page: &mut u8, by: u8, pages: u8) {
    *page = page.saturating_add(by).checked_rem(pages).unwrap_or(0);
}

/// What a key does in a list.
enum Listed {
    /// Another item is chosen, or the same.
    Chosen(u8),
    Picked(u8),
    Left,
}

/// A key in a list of `count` items.
fn in_list(press: Press, chosen: u8, count: usize) -> Listed {
    let count = u8::try_from(count).unwrap_or(u8::MAX).max(1);
    let mut next = chosen;
    match press {
        Press::Up => turn(&mut next, count.saturating_sub(1), count),
        Press::Down => turn(&mut next, 1, count),
        Press::Left | Press::Cancel | Press::Clear | Press::Point => return Listed::Left,
        Press::Digit(digit @ 1..) if digit <= count => return Listed::Picked(digit.saturating_sub(1)),
        Press::Digit(_) => {}
        Press::Ok | Press::Right => return Listed::Picked(chosen),
    }
    Listed::Chosen(next)
}
