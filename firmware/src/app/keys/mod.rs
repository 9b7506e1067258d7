//! What a key does in each scene.

use yika_protocol::swipe::{Outcome, StatusAnswer};

use crate::hal::{Board, Media, Millis};
use crate::slip::{self, Paper, Slip};
use crate::swipes::{Decline, Phase, Resolution};
use crate::text;
use crate::text::number::digits_of;

use super::events::sums;
use super::scene::{EnrolStep, Page, Scene, Then, Trouble};
use super::settings::PinRule;
use super::view::{INFO_PAGES, SETTINGS, menu, scroll_end};
use super::{App, Engine, IdCards, Press, address, amount};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    pub(super) fn on_press(&mut self, press: Press, now: Millis) {
        self.touched = now;
        self.dirty = true;
        // The scene is taken out while it decides, so that it can move what it holds.
        let scene = core::mem::replace(&mut self.scene, Scene::Home);
        let lang = self.settings.lang;
        match scene {
            Scene::Home => self.at_home(press, now),
            Scene::Amount(mut amount) => match amount.press(press) {
                amount::Typed::On => self.scene = Scene::Amount(amount),
                amount::Typed::Done(fen) => self.begin_typed(fen),
                amount::Typed::Back => self.home(),
            },
            Scene::Present | Scene::Reading | Scene::ReadingId | Scene::Proving => match press {
                Press::Left | Press::Cancel => self.cancel_sale(),
                _ => self.scene = scene,
            },
            // The card is at work with the PIN: nothing can be taken back now.
            Scene::PinChecking | Scene::Voiding => self.scene = scene,
            Scene::Pin { .. } => {
                self.scene = scene;
                match press {
                    Press::Left | Press::Cancel => self.cancel_sale(),
                    Press::Right => self.skip_pin(now),
                    _ => {}
                }
            }
            Scene::Sending { since } => {
                let unsure =
                    self.swipes().is_some_and(|swipes| matches!(swipes.phase(now), Phase::Unsure { .. }));
                self.scene = match press {
                    Press::Right if unsure => Scene::GiveUp { since },
                    _ => Scene::Sending { since },
                };
            }
            Scene::GiveUp { since } => {
                self.scene = Scene::Sending { since };
                match press {
                    Press::Ok => self.give_up(now),
                    Press::Left | Press::Cancel => {}
                    _ => self.scene = Scene::GiveUp { since },
                }
            }
            Scene::Settled { receipt, page, repeated } => match (press, page) {
                (Press::Ok | Press::Left | Press::Cancel | Press::Clear, Page::Money) => self.home(),
                (Press::Ok | Press::Left | Press::Cancel | Press::Clear | Press::Up, _) => {
                    self.scene = Scene::Settled { receipt, page: Page::Money, repeated };
                }
                (Press::Right, Page::Money) if repeated => {
                    let slip = self.sale_slip(&receipt, true);
                    self.print(Slip::Sale(slip));
                    self.scene = Scene::Settled { receipt, page, repeated };
                }
                (Press::Right, _) => self.scene = Scene::Settled { receipt, page: Page::Code, repeated },
                (Press::Down, Page::Money) => {
                    self.scene = Scene::Settled { receipt, page: Page::Split, repeated }
                }
                (Press::Down, _) => self.scene = Scene::Settled { receipt, page: Page::Code, repeated },
                _ => self.scene = Scene::Settled { receipt, page, repeated },
            },
            // The reversal goes on behind; the next customer can come.
            Scene::Cancelled { .. } => self.home(),
            Scene::Trouble { title, trouble, skipped, then } => match press {
                Press::Down => {
                    let skipped = skipped.saturating_add(1).min(scroll_end(&trouble, lang));
                    self.scene = Scene::Trouble { title, trouble, skipped, then };
                }
                Press::Up => {
                    self.scene = Scene::Trouble { title, trouble, skipped: skipped.saturating_sub(1), then };
                }
                Press::Left | Press::Cancel => self.leave(then),
                _ => self.then(then),
            },
            Scene::Note { then, .. } => match press {
                Press::Left | Press::Cancel => self.leave(then),
                _ => self.then(then),
            },
            Scene::Menu(chosen) => self.in_menu(chosen, press, now),
            Scene::Settings(chosen) => self.in_settings(chosen, press),
            Scene::Info(page) => match press {
                Press::Down | Press::Right => self.scene = Scene::Info(page.saturating_add(1) % INFO_PAGES),
                Press::Up => {
                    self.scene = Scene::Info(page.checked_sub(1).unwrap_or(INFO_PAGES.saturating_sub(1)))
                }
                _ => self.go(Scene::Settings(4)),
            },
            Scene::Address(mut editor) => match editor.press(press) {
                address::Typed::On => self.scene = Scene::Address(editor),
                address::Typed::Back => self.go(Scene::Settings(3)),
                address::Typed::Done(network) => {
                    self.settings.network = network;
                    self.keep_settings(Some(Then::Settings));
                }
            },
            Scene::AskVoid(receipt) => match press {
                Press::Ok => self.void(receipt.counter, now),
                Press::Left | Press::Cancel => self.go(Scene::Menu(0)),
                _ => self.scene = Scene::AskVoid(receipt),
            },
            Scene::Voided(_) => self.home(),
            Scene::Day { totals, more } => match press {
                Press::Up | Press::Down => self.scene = Scene::Day { totals, more: !more },
                Press::Right => {
                    let day = slip::Day { day: digits_of(totals.day), here: sums(&totals), centre: None };
                    self.print(Slip::Day(day));
                    self.scene = Scene::Day { totals, more };
                }
                _ => self.go(Scene::Menu(2)),
            },
            Scene::Comparing | Scene::LostAsking => match press {
                Press::Left | Press::Cancel => self.home(),
                _ => self.scene = scene,
            },
            Scene::Compared(comparison, at) => match press {
                Press::Down => self.scene = Scene::Compared(comparison, at.saturating_add(1) % 5),
                Press::Up => self.scene = Scene::Compared(comparison, at.saturating_add(4) % 5),
                Press::Right => {
                    let day = slip::Day {
                        day: digits_of(comparison.ours.day),
                        here: sums(&comparison.ours),
                        centre: Some(sums(&comparison.theirs)),
                    };
                    self.print(Slip::Day(day));
                    self.scene = Scene::Compared(comparison, at);
                }
                _ => self.go(Scene::Menu(3)),
            },
            Scene::Lost(counter) => match press {
                Press::Ok => {
                    let asked = self.swipes_mut().map(|swipes| swipes.ask_lost(counter, now));
                    match asked {
                        Some(Ok(())) => self.go(Scene::LostAsking),
                        Some(Err(decline)) => self.trouble(text::LOST_RECORD, decline.fault(), Then::Home),
                        None => self.home(),
                    }
                }
                Press::Left | Press::Cancel => self.home(),
                _ => self.scene = Scene::Lost(counter),
            },
            Scene::LostHeld { counter, answer } => {
                let held = matches!(&answer, StatusAnswer::Answered(answer)
                    if matches!(answer.outcome, Outcome::Settled(_)));
                match press {
                    Press::Right if held => self.resolve(counter, Resolution::Keep, now),
                    Press::Left => self.resolve(counter, Resolution::Reverse, now),
                    Press::Cancel => self.home(),
                    _ => self.scene = Scene::LostHeld { counter, answer },
                }
            }
            Scene::Enrol(step) => self.in_enrolment(step, press, now),
            Scene::StoreLost { trouble, skipped } => match press {
                Press::Down => {
                    let most = scroll_end(&trouble, lang).saturating_add(1);
                    self.scene = Scene::StoreLost { trouble, skipped: skipped.saturating_add(1).min(most) };
                }
                Press::Up => self.scene = Scene::StoreLost { trouble, skipped: skipped.saturating_sub(1) },
                Press::Right => self.scene = Scene::AskSetup { yes: false },
                _ => self.scene = Scene::StoreLost { trouble, skipped },
            },
            Scene::AskSetup { yes } => match press {
                Press::Down | Press::Up => self.scene = Scene::AskSetup { yes: !yes },
                Press::Ok if yes => self.set_up(),
                Press::Left | Press::Cancel => self.store_lost(),
                _ => self.scene = Scene::AskSetup { yes },
            },
            Scene::Stopped { trouble, skipped } => {
                let skipped = match press {
                    Press::Down => skipped.saturating_add(1).min(scroll_end(&trouble, lang)),
                    Press::Up => skipped.saturating_sub(1),
                    _ => skipped,
                };
                self.scene = Scene::Stopped { trouble, skipped };
            }
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
                match self.may_begin(now) {
                    Err(fault) if fault == Decline::RecordLost.fault() => match self.first_lost() {
                        Some(counter) => self.go(Scene::Lost(counter)),
                        None => self.trouble(text::NOT_DONE, fault, Then::Home),
                    },
                    Err(fault) if fault == Decline::TooManyOpen.fault() => {
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

    /// Left a message instead of going on: a sale that could have gone on is over.
    fn leave(&mut self, then: Then) {
        match then {
            Then::Present => self.cancel_sale(),
            other => self.then(other),
        }
    }

    fn give_up(&mut self, now: Millis) {
        let event = self.swipes_mut().and_then(|swipes| swipes.give_up(now));
        if let Some(event) = event {
            self.on_event(event, now);
        }
    }

    #[inline(never)]
    fn in_menu(&mut self, chosen: u8, press: Press, now: Millis) {
        let items = menu(self.first_lost().is_some());
        let count = u8::try_from(items.len()).unwrap_or(1).max(1);
        let picked = match press {
            Press::Up => {
                self.scene = Scene::Menu(chosen.checked_sub(1).unwrap_or(count.saturating_sub(1)));
                return;
            }
            Press::Down => {
                let next = chosen.saturating_add(1);
                self.scene = Scene::Menu(if next < count { next } else { 0 });
                return;
            }
            Press::Left | Press::Cancel | Press::Clear | Press::Point => {
                self.home();
                return;
            }
            Press::Digit(digit) => digit.saturating_sub(1),
            Press::Ok | Press::Right => chosen,
        };
        let Some(item) = items.get(usize::from(picked)).copied() else {
            self.scene = Scene::Menu(chosen);
            return;
        };
        if item == text::MENU_VOID {
            self.choose_void();
        } else if item == text::MENU_REPRINT {
            self.reprint();
        } else if item == text::MENU_DAY {
            match self.last_totals() {
                Some(totals) => self.go(Scene::Day { totals, more: false }),
                None => self.note(text::NO_DAY, text::NO_DAY_BODY, Then::Menu),
            }
        } else if item == text::MENU_COMPARE {
            self.compare(now);
        } else if item == text::MENU_LOST {
            match self.first_lost() {
                Some(counter) => self.go(Scene::Lost(counter)),
                None => self.home(),
            }
        } else {
            self.go(Scene::Settings(0));
        }
    }

    fn last_receipt(&mut self) -> Option<crate::swipes::Receipt> {
        self.swipes_mut().and_then(|swipes| swipes.last_settled())
    }

    #[inline(never)]
    fn choose_void(&mut self) {
        match self.last_receipt() {
            Some(receipt) if !receipt.voided => self.go(Scene::AskVoid(receipt)),
            _ => self.trouble(text::NOT_DONE, Decline::NothingToVoid.fault(), Then::Menu),
        }
    }

    #[inline(never)]
    fn reprint(&mut self) {
        match self.last_receipt() {
            Some(receipt) => {
                let slip = self.sale_slip(&receipt, true);
                self.print(Slip::Sale(slip));
                self.note(text::PRINTING, text::MENU_REPRINT, Then::Menu);
            }
            None => self.note(text::NO_DAY, text::NO_DAY_BODY, Then::Menu),
        }
    }

    #[inline(never)]
    fn void(&mut self, original: yika_protocol::swipe::Counter, now: Millis) {
        let begun = self.swipes_mut().map(|swipes| swipes.void(original, now));
        match begun {
            Some(Ok(_)) => self.go(Scene::Voiding),
            Some(Err(Decline::StoreFailed)) | None => {
                let trouble = Trouble::from(Decline::StoreFailed.fault());
                self.go(Scene::Stopped { trouble, skipped: 0 });
            }
            Some(Err(decline)) => self.trouble(text::NOT_DONE, decline.fault(), Then::Menu),
        }
    }

    fn compare(&mut self, now: Millis) {
        let open =
            self.swipes().is_some_and(|swipes| swipes.open_reversals() > 0 || swipes.open_void().is_some());
        if open {
            // Until all is closed the books cannot be equal; to say they differ would only worry.
            self.trouble(text::NOT_DONE, Decline::StillOpen.fault(), Then::Menu);
            return;
        }
        let Engine::Ready(swipes) = &mut self.engine else { return };
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
    fn resolve(&mut self, counter: yika_protocol::swipe::Counter, decision: Resolution, now: Millis) {
        let resolved = self.swipes_mut().map(|swipes| swipes.resolve_lost(counter, decision, now));
        match (resolved, decision) {
            (Some(Ok(())), Resolution::Reverse) => self.go(Scene::Cancelled { counter, done: false }),
            (Some(Ok(())), _) => match self.first_lost() {
                Some(next) => self.go(Scene::Lost(next)),
                None => self.home(),
            },
            (Some(Err(decline)), _) => self.trouble(text::LOST_RECORD, decline.fault(), Then::Home),
            (None, _) => self.home(),
        }
    }

    #[inline(never)]
    fn in_settings(&mut self, chosen: u8, press: Press) {
        let count = u8::try_from(SETTINGS.len()).unwrap_or(1);
        let picked = match press {
            Press::Up => {
                self.scene = Scene::Settings(chosen.checked_sub(1).unwrap_or(count.saturating_sub(1)));
                return;
            }
            Press::Down => {
                let next = chosen.saturating_add(1);
                self.scene = Scene::Settings(if next < count { next } else { 0 });
                return;
            }
            Press::Left | Press::Cancel | Press::Clear | Press::Point => {
                self.go(Scene::Menu(0));
                return;
            }
            Press::Digit(digit) => digit.saturating_sub(1),
            Press::Ok | Press::Right => chosen,
        };
        self.scene = Scene::Settings(picked.min(count.saturating_sub(1)));
        match picked {
            0 => self.settings.lang = self.settings.lang.other(),
            1 => {
                self.settings.paper = match self.settings.paper {
                    Paper::Narrow => Paper::Wide,
                    Paper::Wide => Paper::Narrow,
                };
            }
            2 => {
                self.settings.pin = match self.settings.pin {
                    PinRule::Till => PinRule::Optional,
                    PinRule::Optional => PinRule::Always,
                    PinRule::Always => PinRule::Till,
                };
            }
            3 => {
                self.go(Scene::Address(address::Address::new(self.settings.network)));
                return;
            }
            4 => {
                self.go(Scene::Info(0));
                return;
            }
            5 => {
                self.go(Scene::Enrol(EnrolStep::Waiting));
                return;
            }
            _ => return,
        }
        self.keep_settings(None);
    }

    #[inline(never)]
    fn keep_settings(&mut self, then: Option<Then>) {
        let bytes = self.settings.encode();
        match self.swipes_mut().map(|swipes| swipes.set_settings(&bytes)) {
            Some(Ok(())) => {
                if let Some(then) = then {
                    self.note(text::SAVED, text::SAVED_RESTART, then);
                }
            }
            _ => self.trouble(text::NOT_DONE, Decline::StoreFailed.fault(), Then::Home),
        }
    }
}
