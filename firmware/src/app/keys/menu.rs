//! The menu, and what it does about the last swipe.

use yika_protocol::swipe::Counter;

use crate::hal::{Board, Media, Millis};
use crate::slip::Slip;
use crate::swipes::{Decline, Receipt};
use crate::text;

use super::super::scene::{Scene, Then, Trouble};
use super::super::view::menu;
use super::super::{App, IdCards, Press};
use super::{Listed, in_list};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn in_menu(&mut self, chosen: u8, press: Press, now: Millis) {
        let items = menu(self.first_lost().is_some());
        let item = match in_list(press, chosen, items.len()) {
            Listed::Chosen(next) => {
                self.scene = Scene::Menu(next);
                return;
            }
            Listed::Left => return self.home(),
            Listed::Picked(picked) => items.get(usize::from(picked)).copied(),
        };
        match item {
            Some(text::MENU_VOID) => self.choose_void(),
            Some(text::MENU_REPRINT) => self.reprint(),
            Some(text::MENU_DAY) => match self.last_totals() {
                Some(totals) => self.go(Scene::Day { totals, more: false }),
                None => self.note(text::NO_DAY, text::NO_DAY_BODY, Then::Menu),
            },
            Some(text::MENU_COMPARE) => self.compare(now),
            Some(text::MENU_LOST) => self.look_at_lost(),
            _ => self.go(Scene::Settings(0)),
        }
    }

    fn last_receipt(&mut self) -> Option<Receipt> {
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
    pub(super) fn void(&mut self, original: Counter, now: Millis) {
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
}
