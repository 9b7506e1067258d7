//! Every scene as a picture.

mod books;
mod message;
mod purchase;
mod terminal;

pub(super) use message::scroll_end;
pub(super) use terminal::{INFO_PAGES, SETTINGS, menu};

use yika_protocol::money::Fen;
use yika_protocol::swipe::{HintKind, TerminalId};

use crate::screen::Canvas;
use crate::swipes::{MAX_OPEN, Phase};
use crate::text::{self, Text, Value};

use super::scene::Scene;
use super::settings::Settings;
use message::{body, question, told, working};

/// What a picture needs to know beside its scene.
pub(super) struct Facts<'a> {
    pub(super) bench: bool,
    pub(super) online: bool,
    pub(super) open_reversals: usize,
    pub(super) phase: Phase,
    /// What the centre let be known outside a seal.
    pub(super) advice: Option<HintKind>,
    /// The last swipe before the start was settled, and perhaps nobody saw it.
    pub(super) unseen: bool,
    /// Seconds since the scene's own beginning.
    pub(super) seconds: u32,
    pub(super) amount: Fen,
    pub(super) pin_digits: usize,
    pub(super) pin_may_be_skipped: bool,
    pub(super) card_in: bool,
    pub(super) id_reader: bool,
    pub(super) doubled: bool,
    pub(super) lost: bool,
    pub(super) settings: &'a Settings,
    pub(super) terminal: Option<TerminalId>,
    pub(super) institution: [u8; 12],
    pub(super) serial: &'a str,
    pub(super) board: &'a str,
    pub(super) starts: u32,
    pub(super) most_writes: u32,
}

impl Facts<'_> {
    fn mark(&self) -> Value<'static> {
        text::BENCH.when(self.bench)
    }
}

/// Draws a scene.
pub(super) fn draw(scene: &Scene, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    match scene {
        Scene::Home => home(facts, canvas),
        Scene::Amount(amount) => amount.draw(canvas, facts.mark()),
        Scene::Present => purchase::present(facts, canvas),
        Scene::Reading | Scene::Proving => working(facts, canvas, text::READING, text::READING_BODY),
        Scene::ReadingId => working(facts, canvas, text::READING_ID, text::READING_ID_BODY),
        Scene::Pin { wrong, left, again, short } => {
            purchase::pin(facts, canvas, *wrong, *left, *again, *short);
        }
        Scene::PinChecking => working(facts, canvas, text::PIN_CHECKING, text::READING_BODY),
        Scene::Sending { .. } => purchase::sending(facts, canvas),
        Scene::GiveUp { .. } => question(canvas, text::ASK_GIVE_UP, text::ASK_GIVE_UP_BODY),
        Scene::Settled { receipt, page, repeated } => {
            purchase::settled(receipt, *page, *repeated, facts, canvas);
        }
        Scene::Cancelled { done, .. } => purchase::cancelled(*done, canvas),
        Scene::Trouble { title, trouble, skipped, .. } => told(canvas, *title, trouble, *skipped),
        Scene::Note { title, body: words, .. } => {
            canvas.title_marked(*title, facts.mark());
            body(canvas, message::ROWS, *words);
        }
        Scene::Menu(chosen) => list(canvas, text::MENU, *chosen, &menu(facts.lost), |_| Value::NOTHING),
        Scene::Settings(chosen) => terminal::settings(*chosen, facts, canvas),
        Scene::Info(page) => terminal::info(*page, facts, canvas),
        Scene::Address(address) => address.draw(canvas),
        Scene::AskVoid(receipt) => purchase::ask_void(receipt, canvas),
        Scene::Voiding => working(facts, canvas, text::VOIDING, text::VOIDING_BODY),
        Scene::Voided(receipt) => purchase::voided(receipt, facts, canvas),
        Scene::Day { totals, more } => books::day(totals, *more, canvas),
        Scene::Comparing => working(facts, canvas, text::COMPARING, text::WAIT_BODY),
        Scene::Compared(comparison, at) => books::compared(comparison, *at, canvas),
        Scene::Lost(counter) => books::lost(*counter, canvas),
        Scene::LostAsking { .. } => working(facts, canvas, text::LOST_ASKING, text::WAIT_BODY),
        Scene::LostHeld { counter, answer } => books::lost_held(*counter, answer, canvas),
        Scene::LostVoid(counter) => books::lost_void(*counter, canvas),
        Scene::AskWriteOff(_) => question(canvas, text::ASK_WRITE_OFF, text::ASK_WRITE_OFF_BODY),
        Scene::Enrol(step) => terminal::enrol(*step, facts, canvas),
        Scene::StoreLost { trouble, skipped } => {
            message::told_in(canvas, text::STORE_LOST, trouble, *skipped, message::ROWS - 1);
            canvas.hints("", text::NEW_DEVICE);
        }
        Scene::AskSetup { yes } => {
            canvas.title(text::ASK_SETUP, "");
            body(canvas, message::ROWS - 1, text::ASK_SETUP_BODY);
            canvas.hints(text::NO, if *yes { text::YES.into() } else { Value::Plain("↓") });
        }
        Scene::Stopped { trouble, skipped } => told(canvas, text::STORE_FAILED, trouble, *skipped),
    }
}

fn home(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let brand = if facts.bench { text::BRAND_SHORT } else { text::BRAND };
    canvas.title(brand, facts.mark());
    if facts.terminal.is_none() {
        canvas.centre(1, text::ENROL_NONE);
        canvas.hints(text::HOME_MENU, "");
        return;
    }
    let paused = facts.doubled || facts.open_reversals >= MAX_OPEN;
    canvas.centre(1, if paused { text::PAUSED } else { text::HOME_PRESS });
    if facts.open_reversals > 0 {
        canvas.left(2, text::HOME_OPEN);
        let behind = canvas.width(text::HOME_OPEN).saturating_add(4);
        canvas.text_at(behind, 2, Value::Number(facts.open_reversals as u64));
    } else if facts.unseen && facts.online {
        canvas.left(2, text::UNSEEN);
    }
    canvas.right(2, text::OFFLINE.when(!facts.online));
    canvas.hints(text::HOME_MENU, text::HOME_PAY.when(!paused));
}

/// A list of which three items stand on the screen.
fn list(
    canvas: &mut Canvas<'_>,
    title: Text,
    chosen: u8,
    items: &[Text],
    value: impl Fn(usize) -> Value<'static>,
) {
    let chosen = usize::from(chosen);
    let first = chosen.saturating_sub(2);
    let more = match (first > 0, first.saturating_add(3) < items.len()) {
        (true, true) => "↑↓",
        (true, false) => "↑",
        (false, true) => "↓",
        (false, false) => "",
    };
    canvas.title(title, more);
    for ((at, item), row) in items.iter().enumerate().skip(first).zip(1..4) {
        canvas.choice(row, *item, value(at), at == chosen);
    }
}

/// The last characters of an ASCII text.
fn tail(text: &str, most: usize) -> &str {
    text.split_at_checked(text.len().saturating_sub(most)).map_or("", |(_, end)| end)
}
