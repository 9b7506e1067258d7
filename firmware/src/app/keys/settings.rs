//! The settings.

use crate::hal::{Board, Media};
use crate::slip::Paper;
use crate::swipes::Decline;
use crate::text;

use super::super::address::Address;
use super::super::scene::{EnrolStep, Scene, Then};
use super::super::settings::PinRule;
use super::super::view::SETTINGS;
use super::super::{App, IdCards, Press};
use super::{Listed, in_list};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn in_settings(&mut self, chosen: u8, press: Press) {
        let picked = match in_list(press, chosen, SETTINGS.len()) {
            Listed::Chosen(next) => {
                self.scene = Scene::Settings(next);
                return;
            }
            Listed::Left => return self.go(Scene::Menu(0)),
            Listed::Picked(picked) => picked,
        };
        self.scene = Scene::Settings(picked);
        match SETTINGS.get(usize::from(picked)).copied() {
            Some(text::SET_LANGUAGE) => self.settings.lang = self.settings.lang.other(),
            Some(text::SET_PAPER) => {
                self.settings.paper = match self.settings.paper {
                    Paper::Narrow => Paper::Wide,
                    Paper::Wide => Paper::Narrow,
                };
            }
            Some(text::SET_PIN) => {
                self.settings.pin = match self.settings.pin {
                    PinRule::Till => PinRule::Optional,
                    PinRule::Optional => PinRule::Always,
                    PinRule::Always => PinRule::Till,
                };
            }
            Some(text::SET_ADDRESS) => return self.go(Scene::Address(Address::new(self.settings.network))),
            Some(text::SET_INFO) => return self.go(Scene::Info(0)),
            _ => return self.go(Scene::Enrol(EnrolStep::Waiting)),
        }
        self.keep_settings(None);
    }

    #[inline(never)]
    pub(super) fn keep_settings(&mut self, then: Option<Then>) {
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
