//! Every scene as a picture.

use heapless::Vec;
use yika_protocol::money::Fen;
use yika_protocol::swipe::{HintKind, StatusAnswer, TerminalId};

use crate::screen::qr::Qr;
use crate::screen::{Canvas, rows};
use crate::slip::Paper;
use crate::swipes::{DayComparison, DayTotals, Phase, Receipt, VoidReceipt};
use crate::text::number::{self, Short, ascii, decimal, digits_of, fault_code, hex, yuan};
use crate::text::{self, Lang, Text, Words};

use super::scene::{EnrolStep, Page, Scene, Trouble};
use super::settings::{PinRule, Settings};

/// Rows of a body under the title.
const BODY: u8 = 3;

/// What a picture needs to know beside its scene.
pub(super) struct Facts<'a> {
    pub(super) lang: Lang,
    pub(super) bench: bool,
    pub(super) online: bool,
    pub(super) open_reversals: usize,
    pub(super) phase: Phase,
    /// What the centre let be known outside a seal.
    pub(super) advice: Option<HintKind>,
    /// The last swipe before the start was settled, and perhaps nobody saw it.
    pub(super) unseen: bool,
    /// Seconds since the scene's own beginning.
    pub(super) seconds: u64,
    pub(super) amount: Fen,
    pub(super) pin_digits: usize,
    pub(super) pin_may_be_skipped: bool,
    pub(super) card_in: bool,
    pub(super) id_reader: bool,
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
    fn say(&self, text: Text) -> &'static str {
        text.get(self.lang)
    }

    fn mark(&self) -> &'static str {
        if self.bench { self.say(text::BENCH) } else { "" }
    }
}

/// Draws a scene.
pub(super) fn draw(scene: &Scene, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let say = |text: Text| text.get(facts.lang);
    match scene {
        Scene::Home => home(facts, canvas),
        Scene::Amount(amount) => amount.draw(canvas, facts.lang, facts.mark()),
        Scene::Present => present(facts, canvas),
        Scene::Reading | Scene::Proving => working(facts, canvas, text::READING, text::READING_BODY),
        Scene::ReadingId => working(facts, canvas, text::READING_ID, text::READING_ID_BODY),
        Scene::Pin { wrong, left, again, short } => pin(facts, canvas, *wrong, *left, *again, *short),
        Scene::PinChecking => working(facts, canvas, text::PIN_CHECKING, text::READING_BODY),
        Scene::Sending { .. } => sending(facts, canvas),
        Scene::GiveUp { .. } => question(canvas, say(text::ASK_GIVE_UP), say(text::ASK_GIVE_UP_BODY), facts),
        Scene::Settled { receipt, page, repeated } => settled(receipt, *page, *repeated, facts, canvas),
        Scene::Cancelled { done, .. } => {
            canvas.title(say(text::CANCELLED), "");
            body(canvas, 1, 2, say(text::CANCELLED_BODY));
            canvas.left(3, say(if *done { text::CANCELLED_DONE } else { text::CANCELLED_SENDING }));
        }
        Scene::Trouble { title, trouble, skipped, .. } => {
            told(canvas, say(*title), trouble, *skipped, facts.lang)
        }
        Scene::Note { title, body: words, .. } => {
            canvas.title_marked(say(*title), facts.mark());
            body(canvas, 1, BODY, say(*words));
        }
        Scene::Menu(chosen) => {
            let items = menu(facts.lost);
            list(canvas, say(text::MENU), *chosen, items.len(), |at| {
                (items.get(at).map_or("", |item| say(*item)), "")
            });
        }
        Scene::Settings(chosen) => settings(*chosen, facts, canvas),
        Scene::Info(page) => info(*page, facts, canvas),
        Scene::Address(address) => address.draw(canvas, facts.lang),
        Scene::AskVoid(receipt) => {
            canvas.title(say(text::ASK_VOID), "");
            canvas.pair(1, say(text::TOTAL), ascii(&yuan(receipt.settled.amount)));
            canvas.right(2, tail(&receipt.settled.setl_id, 16));
            canvas.hints(say(text::NO), say(text::YES));
        }
        Scene::Voiding => working(facts, canvas, text::VOIDING, text::VOIDING_BODY),
        Scene::Voided(receipt) => voided(receipt, facts, canvas),
        Scene::Day { totals, more } => day(totals, *more, facts, canvas),
        Scene::Comparing => working(facts, canvas, text::COMPARING, text::WAIT_BODY),
        Scene::Compared(comparison, at) => compared(comparison, *at, facts, canvas),
        Scene::Lost(counter) => {
            canvas.title(say(text::LOST_RECORD), "");
            canvas.pair(1, say(text::SLIP_COUNTER), ascii(&decimal(counter.get(), 6)));
            canvas.left(2, say(text::LOST_ASK));
            canvas.hints(say(text::CANCEL), "");
        }
        Scene::LostAsking => working(facts, canvas, text::LOST_ASKING, text::WAIT_BODY),
        Scene::LostHeld { counter, answer } => {
            let held = matches!(answer, StatusAnswer::Answered(answer)
                if matches!(answer.outcome, yika_protocol::swipe::Outcome::Settled(_)));
            canvas.title(say(if held { text::LOST_HELD } else { text::LOST_NOT_HELD }), "");
            canvas.pair(1, say(text::SLIP_COUNTER), ascii(&decimal(counter.get(), 6)));
            if let StatusAnswer::Answered(answer) = answer
                && let yika_protocol::swipe::Outcome::Settled(settled) = &answer.outcome
            {
                canvas.pair(2, say(text::TOTAL), ascii(&yuan(settled.amount)));
            }
            canvas.hints(say(text::LOST_REVERSE), if held { say(text::LOST_KEEP) } else { "" });
        }
        Scene::Enrol(step) => enrol(*step, facts, canvas),
        Scene::StoreLost { trouble, skipped } => {
            let ended = trouble_rows(canvas, trouble, *skipped, 2, facts.lang);
            code_title(canvas, say(text::STORE_LOST), trouble, ended);
            canvas.hints("", say(text::NEW_DEVICE));
        }
        Scene::AskSetup { yes } => {
            canvas.title(say(text::ASK_SETUP), "");
            body(canvas, 1, BODY - 1, say(text::ASK_SETUP_BODY));
            canvas.hints(say(text::NO), if *yes { say(text::YES) } else { "↓" });
        }
        Scene::Stopped { trouble, skipped } => {
            told(canvas, say(text::STORE_FAILED), trouble, *skipped, facts.lang)
        }
    }
}

fn home(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let brand = if facts.bench { text::BRAND_SHORT } else { text::BRAND };
    canvas.title(facts.say(brand), facts.mark());
    if facts.terminal.is_none() {
        canvas.centre(1, facts.say(text::ENROL_NONE));
        canvas.hints(facts.say(text::HOME_MENU), "");
        return;
    }
    let full = facts.open_reversals >= 8;
    canvas.centre(1, facts.say(if full { text::PAUSED } else { text::HOME_PRESS }));
    if facts.open_reversals > 0 {
        canvas.left(2, facts.say(text::HOME_OPEN));
        let count = decimal(facts.open_reversals as u64, 1);
        canvas.text_at(crate::screen::width(facts.say(text::HOME_OPEN)).saturating_add(4), 2, ascii(&count));
    }
    if facts.unseen && facts.open_reversals == 0 && facts.online {
        canvas.left(2, facts.say(text::UNSEEN));
    }
    if !facts.online {
        canvas.right(2, facts.say(text::OFFLINE));
    }
    canvas.hints(facts.say(text::HOME_MENU), if full { "" } else { facts.say(text::HOME_PAY) });
}

fn present(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    canvas.title(facts.say(text::PRESENT), "");
    canvas.left(1, facts.say(text::PRESENT_CARD));
    canvas.left(2, facts.say(if facts.id_reader { text::PRESENT_ALL } else { text::PRESENT_CODE }));
    canvas.hints(facts.say(text::CANCEL), ascii(&yuan(facts.amount)));
}

/// Something that takes a moment.
fn working(facts: &Facts<'_>, canvas: &mut Canvas<'_>, title: Text, words: Text) {
    canvas.title_marked(facts.say(title), facts.mark());
    body(canvas, 1, 2, facts.say(words));
    let dots = (facts.seconds % 4) as u8;
    for dot in 0..dots {
        canvas.text_at(48u8.saturating_add(dot.saturating_mul(12)), 3, "●");
    }
}

fn pin(facts: &Facts<'_>, canvas: &mut Canvas<'_>, wrong: bool, left: Option<u8>, again: bool, short: bool) {
    canvas.title(facts.say(if wrong { text::PIN_WRONG } else { text::PIN }), ascii(&yuan(facts.amount)));
    let mut stars: Vec<u8, 12> = Vec::new();
    for _ in 0..facts.pin_digits {
        let _ = stars.push(b'*');
    }
    canvas.centre(1, ascii(&stars));
    if again {
        canvas.left(2, facts.say(text::PIN_AGAIN));
    } else if short {
        canvas.left(2, facts.say(text::PIN_SHORT));
    } else if let Some(left) = left {
        canvas.pair(2, facts.say(text::PIN_LEFT), ascii(&decimal(u64::from(left), 1)));
    } else {
        canvas.left(2, facts.say(text::PIN_PAD));
    }
    canvas.hints(
        facts.say(text::CANCEL),
        if facts.pin_may_be_skipped { facts.say(text::PIN_SKIP) } else { "" },
    );
}

fn sending(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let mut seconds = decimal(facts.seconds.min(999), 1);
    let _ = seconds.push(b's');
    let unsure = matches!(facts.phase, Phase::Unsure { .. });
    canvas.title(facts.say(if unsure { text::NO_ANSWER } else { text::SENDING }), ascii(&seconds));
    canvas.centre(1, facts.say(facts.advice.map_or(text::WAIT, advice)));
    canvas.centre(2, facts.say(text::DO_NOT_CHARGE));
    if unsure {
        canvas.hints("", facts.say(text::GIVE_UP));
    } else {
        canvas.bar(3, u32::try_from(facts.seconds).unwrap_or(u32::MAX), 10);
    }
}

/// Advice only: nothing is decided by it.
fn advice(hint: HintKind) -> Text {
    match hint {
        HintKind::UnknownTerminal => text::ADVICE_UNKNOWN,
        HintKind::Revoked => text::ADVICE_REVOKED,
        HintKind::TooMany => text::ADVICE_BUSY,
        HintKind::BadSeal | HintKind::Epoch | HintKind::Version => text::ADVICE_OTHER,
    }
}

fn settled(receipt: &Receipt, page: Page, repeated: bool, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let money = &receipt.settled;
    let title = facts.say(if repeated { text::REPEATED } else { text::SETTLED });
    match page {
        Page::Money => {
            canvas.title_marked(title, if facts.card_in { facts.say(text::TAKE_CARD) } else { facts.mark() });
            if money.cash.0 > 0 {
                canvas.choice(1, facts.say(text::COLLECT_CASH), ascii(&yuan(money.cash)), true);
            } else {
                canvas.pair(1, facts.say(text::NO_CASH), ascii(&yuan(money.amount)));
            }
            canvas.pair(2, facts.say(text::BALANCE), ascii(&yuan(money.balance)));
            let right = if repeated { text::REPRINT } else { text::CODE_PAGE };
            canvas.hints(facts.say(text::MORE), facts.say(right));
        }
        Page::Split => {
            canvas.pair(0, facts.say(text::TOTAL), ascii(&yuan(money.amount)));
            canvas.pair(1, facts.say(text::ACCOUNT), ascii(&yuan(money.acct_pay)));
            canvas.pair(2, facts.say(text::FUND), ascii(&yuan(money.fund_pay)));
            canvas.named(3, facts.say(text::HOLDER), &money.slip_name);
        }
        Page::Code => {
            canvas.left(0, facts.say(text::SLIP_SETTLEMENT));
            let mut rest = tail(&money.setl_id, 24);
            for row in 1..4 {
                let (part, after) = rest.split_at_checked(8).unwrap_or((rest, ""));
                canvas.left(row, part);
                rest = after;
            }
            match Qr::new(money.setl_id.as_bytes()) {
                Some(code) => canvas.code(&code),
                None => canvas.overflow(),
            }
        }
    }
}

fn voided(receipt: &VoidReceipt, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    canvas.title_marked(facts.say(text::VOIDED), facts.mark());
    let back = &receipt.voided;
    if back.cash_back.0 > 0 {
        canvas.choice(1, facts.say(text::RETURN_CASH), ascii(&yuan(back.cash_back)), true);
    } else {
        canvas.left(1, facts.say(text::NO_RETURN));
    }
    canvas.pair(2, facts.say(text::ACCOUNT), ascii(&yuan(back.acct_back)));
    canvas.pair(3, facts.say(text::BALANCE), ascii(&yuan(back.balance)));
}

fn day(totals: &DayTotals, more: bool, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let date = number::day(&digits_of(totals.day));
    canvas.title(facts.say(text::MENU_DAY), ascii(date.get(5..).unwrap_or_default()));
    if more {
        canvas.pair(1, facts.say(text::DAY_VOIDS), ascii(&figure(totals.voids)));
        canvas.pair(2, facts.say(text::FUND), ascii(&yuan(totals.fund)));
        canvas.pair(3, facts.say(text::CASH), ascii(&yuan(totals.cash)));
    } else {
        canvas.pair(1, facts.say(text::DAY_COUNT), ascii(&figure(totals.count)));
        canvas.pair(2, facts.say(text::ACCOUNT), ascii(&yuan(totals.acct)));
        canvas.hints(facts.say(text::MORE), facts.say(text::PRINT));
    }
}

fn compared(comparison: &DayComparison, at: u8, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let (ours, theirs) = (&comparison.ours, &comparison.theirs);
    let figures = [
        (text::DAY_COUNT, figure(ours.count), figure(theirs.count)),
        (text::DAY_VOIDS, figure(ours.voids), figure(theirs.voids)),
        (text::ACCOUNT, yuan(ours.acct), yuan(theirs.acct)),
        (text::FUND, yuan(ours.fund), yuan(theirs.fund)),
        (text::CASH, yuan(ours.cash), yuan(theirs.cash)),
    ];
    // What differs comes first.
    let different = figures.iter().filter(|(_, ours, theirs)| ours != theirs);
    let same = figures.iter().filter(|(_, ours, theirs)| ours == theirs);
    let title = if comparison.equal() { text::DAY_EQUAL } else { text::DAY_DIFFERENT };
    if let Some((name, ours, theirs)) = different.chain(same).nth(usize::from(at)) {
        canvas.title(facts.say(title), facts.say(*name));
        canvas.pair(1, facts.say(text::HERE), ascii(ours));
        canvas.pair(2, facts.say(text::CENTRE), ascii(theirs));
    }
    canvas.hints(facts.say(text::MORE), facts.say(text::PRINT));
}

fn figure(count: u32) -> Short {
    decimal(u64::from(count), 1)
}

/// Items of the menu.
pub(super) fn menu(lost: bool) -> Vec<Text, 6> {
    let mut items = Vec::new();
    let all = [text::MENU_VOID, text::MENU_REPRINT, text::MENU_DAY, text::MENU_COMPARE];
    let rest = [Some(text::MENU_LOST).filter(|_| lost), Some(text::MENU_SETTINGS)];
    for item in all.into_iter().chain(rest.into_iter().flatten()) {
        let _ = items.push(item);
    }
    items
}

/// Items of the settings.
pub(super) const SETTINGS: [Text; 6] =
    [text::SET_LANGUAGE, text::SET_PAPER, text::SET_PIN, text::SET_ADDRESS, text::SET_INFO, text::SET_ENROL];

fn settings(chosen: u8, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let value = |at: usize| match at {
        0 => facts.say(text::LANGUAGE_NAME),
        1 => facts.say(match facts.settings.paper {
            Paper::Narrow => text::PAPER_58,
            Paper::Wide => text::PAPER_80,
        }),
        2 => facts.say(match facts.settings.pin {
            PinRule::Till => text::PIN_TILL,
            PinRule::Optional => text::PIN_CHOICE,
            PinRule::Always => text::PIN_ALWAYS,
        }),
        _ => "",
    };
    list(canvas, facts.say(text::MENU_SETTINGS), chosen, SETTINGS.len(), |at| {
        (SETTINGS.get(at).map_or("", |item| facts.say(*item)), value(at))
    });
}

/// Pages of the terminal's data.
pub(super) const INFO_PAGES: u8 = 4;

fn info(page: u8, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let none = facts.say(text::NONE);
    canvas.title(facts.say(text::SET_INFO), facts.say(text::MORE));
    match page {
        0 => {
            canvas.left(1, facts.say(text::INFO_TERMINAL));
            let terminal = facts.terminal.map(|terminal| hex(&terminal.0));
            canvas.right(2, terminal.as_ref().map_or(none, |terminal| ascii(terminal)));
            canvas.pair(3, facts.say(text::INFO_OPEN), ascii(&decimal(facts.open_reversals as u64, 1)));
        }
        1 => {
            canvas.left(1, facts.say(text::INFO_INSTITUTION));
            canvas.right(2, if facts.terminal.is_some() { ascii(&facts.institution) } else { none });
            canvas.pair(3, facts.say(text::INFO_VERSION), env!("CARGO_PKG_VERSION"));
        }
        2 => {
            canvas.left(1, facts.say(text::INFO_SERIAL));
            canvas.right(2, tail(facts.serial, 16));
            canvas.right(3, tail(facts.board, 16));
        }
        _ => {
            canvas.pair(1, facts.say(text::INFO_STARTS), ascii(&decimal(u64::from(facts.starts), 1)));
            canvas.pair(2, facts.say(text::INFO_WEAR), ascii(&decimal(u64::from(facts.most_writes), 1)));
        }
    }
}

fn enrol(step: EnrolStep, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    match step {
        EnrolStep::Waiting | EnrolStep::Asked => {
            canvas.title_marked(facts.say(text::ENROL), facts.mark());
            body(canvas, 1, 2, facts.say(text::ENROL_WAIT));
            canvas.hints(facts.say(text::CANCEL), if step == EnrolStep::Asked { "●" } else { "" });
        }
        EnrolStep::Compare(code) | EnrolStep::Agreed(code) => {
            canvas.title_marked(facts.say(text::ENROL_CODE), facts.mark());
            canvas.big(1, &code);
            let hint =
                if matches!(step, EnrolStep::Agreed(_)) { text::ENROL_PC } else { text::ENROL_CODE_HINT };
            canvas.left(3, facts.say(hint));
        }
    }
}

/// A question with yes and no.
fn question(canvas: &mut Canvas<'_>, title: &str, words: &str, facts: &Facts<'_>) {
    canvas.title(title, "");
    body(canvas, 1, 2, words);
    canvas.hints(facts.say(text::NO), facts.say(text::YES));
}

/// A fault: what happened and what to do, with the code in the title.
fn told(canvas: &mut Canvas<'_>, title: &str, trouble: &Trouble, skipped: u8, lang: Lang) {
    let ended = trouble_rows(canvas, trouble, skipped, BODY, lang);
    code_title(canvas, title, trouble, ended);
}

/// The code, and an arrow while there is more to read.
fn code_title(canvas: &mut Canvas<'_>, title: &str, trouble: &Trouble, ended: bool) {
    let mut code: heapless::String<16> = heapless::String::new();
    let _ = code.push_str(if ended { "" } else { "↓" });
    let _ = code.push_str(ascii(&fault_code(trouble.number)));
    canvas.title(title, &code);
}

fn trouble_rows(canvas: &mut Canvas<'_>, trouble: &Trouble, skipped: u8, room: u8, lang: Lang) -> bool {
    let (cause, action) = words_of(trouble, lang);
    let first = rows(cause.clone());
    let shown = first.saturating_sub(skipped).min(room);
    canvas.wrapped_from(1, shown, skipped, cause);
    let left = room.saturating_sub(shown);
    if left == 0 {
        return rows(action) == 0 && first.saturating_sub(skipped) <= room;
    }
    canvas.wrapped_from(shown.saturating_add(1), left, skipped.saturating_sub(first), action)
}

fn words_of(trouble: &Trouble, lang: Lang) -> (Words<'static>, Words<'static>) {
    match text::refusal(trouble.number) {
        Some(refusal) => (refusal.cause(lang).into(), refusal.action(lang).into()),
        None => (text::NUMBER_ONLY.get(lang).into(), "".into()),
    }
}

/// How far the words of a fault can be scrolled.
pub(super) fn scroll_end(trouble: &Trouble, lang: Lang) -> u8 {
    let (cause, action) = words_of(trouble, lang);
    rows(cause).saturating_add(rows(action)).saturating_sub(BODY)
}

/// A list of which three items stand on the screen.
fn list<'t>(
    canvas: &mut Canvas<'_>,
    title: &str,
    chosen: u8,
    count: usize,
    item: impl Fn(usize) -> (&'t str, &'t str),
) {
    let chosen = usize::from(chosen);
    let first = chosen.saturating_sub(2);
    let below = first.saturating_add(3) < count;
    let more = match (first > 0, below) {
        (true, true) => "↑↓",
        (true, false) => "↑",
        (false, true) => "↓",
        (false, false) => "",
    };
    canvas.title(title, more);
    for (row, at) in (1..4).zip(first..count) {
        let (name, value) = item(at);
        canvas.choice(row, name, value, at == chosen);
    }
}

/// A text that must fit these rows.
fn body(canvas: &mut Canvas<'_>, first: u8, room: u8, words: &str) {
    if !canvas.wrapped(first, room, words.into()) {
        canvas.overflow();
    }
}

/// The last characters of an ASCII text.
fn tail(text: &str, most: usize) -> &str {
    text.split_at_checked(text.len().saturating_sub(most)).map_or("", |(_, end)| end)
}
