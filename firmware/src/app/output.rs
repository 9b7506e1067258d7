//! What a person gets: the picture and the slip.

use crate::hal::{Board, Entropy, Media, Millis, Network, Screen};
use crate::screen::Canvas;
use crate::slip::{Issuer, Slip, Style};
use crate::swipes::{Phase, Swipes};

use super::scene::Scene;
use super::{App, IdCards, view};

impl<B: Board, M: Media, I: IdCards> App<B, M, I> {
    #[inline(never)]
    pub(super) fn draw(&mut self, now: Millis) {
        if !self.dirty {
            return;
        }
        self.dirty = false;
        self.drawn = now;
        let online = self.board.network().up() || self.till.carrier(now);
        let bench = self.board.entropy().injected();
        let facts = view::Facts {
            bench,
            online,
            open_reversals: self.swipes().map_or(0, Swipes::open_reversals),
            phase: self.swipes().map_or(Phase::Idle, |swipes| swipes.phase(now)),
            advice: self.advice,
            unseen: self.unseen,
            seconds: u32::try_from(now.since(self.scene_since()) / 1_000).unwrap_or(u32::MAX),
            amount: self.sale.amount,
            pin_digits: self.pin.count(),
            pin_may_be_skipped: !self.pin_required(),
            card_in: self.slot.present(),
            id_reader: I::FITTED,
            doubled: self.is_doubled(),
            lost: self.first_lost().is_some(),
            settings: &self.settings,
            terminal: self.terminal(),
            institution: self.institution(),
            serial: self.serial,
            board: B::NAME,
            starts: self.swipes().map_or(0, |swipes| swipes.recovery().boot),
            most_writes: self.swipes().map_or(0, |swipes| swipes.wear().most_writes),
        };
        let mut canvas = Canvas::new(&mut self.frame).speaking(self.settings.lang);
        view::draw(&self.scene, &facts, &mut canvas);
        self.overflowed |= canvas.overflowed();
        self.board.screen().show(&self.frame);
    }

    fn scene_since(&self) -> Millis {
        match &self.scene {
            Scene::Sending { since } | Scene::GiveUp { since } => *since,
            _ => self.entered,
        }
    }

    fn style(&mut self) -> Style {
        Style { lang: self.settings.lang, paper: self.settings.paper, bench: self.board.entropy().injected() }
    }

    #[inline(never)]
    pub(super) fn print(&mut self, slip: Slip) {
        let Some(terminal) = self.terminal() else { return };
        let issuer = Issuer { institution: self.institution(), terminal };
        let style = self.style();
        self.printer.print(slip, issuer, style);
    }
}
