//! Messages: something is under way, a question, a fault.

use crate::screen::{Canvas, rows};
use crate::text::number::{ascii, fault_code};
use crate::text::{self, Lang, Text, Value};

use super::super::scene::Trouble;
use super::Facts;

/// Rows under the title.
pub(super) const ROWS: u8 = 3;

/// Something that takes a moment.
pub(super) fn working(facts: &Facts<'_>, canvas: &mut Canvas<'_>, title: Text, words: Text) {
    canvas.title_marked(title, facts.mark());
    body(canvas, 2, words);
    for dot in 0..(facts.seconds % 4) as u8 {
        canvas.text_at(48u8.saturating_add(dot.saturating_mul(12)), 3, "●");
    }
}

/// A question with yes and no.
pub(super) fn question(canvas: &mut Canvas<'_>, title: Text, words: Text) {
    canvas.title(title, "");
    body(canvas, 2, words);
    canvas.hints(text::NO, text::YES);
}

/// A text below the title, which must fit these rows.
pub(super) fn body(canvas: &mut Canvas<'_>, room: u8, words: Text) {
    if !canvas.wrapped(1, room, 0, words) {
        canvas.overflow();
    }
}

/// A fault: what happened and what to do, with the code in the title.
pub(super) fn told(canvas: &mut Canvas<'_>, title: Text, trouble: &Trouble, skipped: u8) {
    told_in(canvas, title, trouble, skipped, ROWS);
}

/// The same in fewer rows. An arrow in the title says that there is more to read.
pub(super) fn told_in(canvas: &mut Canvas<'_>, title: Text, trouble: &Trouble, skipped: u8, room: u8) {
    let (cause, action) = words_of(trouble, canvas.lang());
    let first = rows(cause, canvas.lang());
    let shown = first.saturating_sub(skipped).min(room);
    canvas.wrapped(1, shown, skipped, cause);
    let ended = if shown < room {
        let left = room.saturating_sub(shown);
        canvas.wrapped(shown.saturating_add(1), left, skipped.saturating_sub(first), action)
    } else {
        rows(action, canvas.lang()) == 0 && first.saturating_sub(skipped) <= room
    };
    let mut code: heapless::String<16> = heapless::String::new();
    let _ = code.push_str(if ended { "" } else { "↓" });
    let _ = code.push_str(ascii(&fault_code(trouble.number)));
    canvas.title(title, Value::Plain(&code));
}

/// How far the words of a fault can be scrolled.
pub(in super::super) fn scroll_end(trouble: &Trouble, lang: Lang) -> u8 {
    let (cause, action) = words_of(trouble, lang);
    rows(cause, lang).saturating_add(rows(action, lang)).saturating_sub(ROWS)
}

fn words_of(trouble: &Trouble, lang: Lang) -> (Value<'static>, Value<'static>) {
    match text::refusal(trouble.number) {
        Some(refusal) => (refusal.cause(lang).into(), refusal.action(lang).into()),
        None => (text::NUMBER_ONLY.into(), Value::NOTHING),
    }
}
