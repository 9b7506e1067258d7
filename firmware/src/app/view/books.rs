//! The books: totals of a day, the comparison with the centre, lost records.

use yika_protocol::money::Fen;
use yika_protocol::swipe::{Counter, StatusAnswer};

use crate::screen::Canvas;
use crate::swipes::{DayComparison, DayTotals};
use crate::text::number::{self, ascii, decimal, digits_of};
use crate::text::{self, Text, Value};

use super::super::scene::held;

pub(super) fn day(totals: &DayTotals, more: bool, canvas: &mut Canvas<'_>) {
    let date = number::day(&digits_of(totals.day));
    canvas.title(text::MENU_DAY, Value::Plain(ascii(date.get(5..).unwrap_or_default())));
    if more {
        canvas.pair(1, text::DAY_VOIDS, totals.voids);
        canvas.pair(2, text::FUND, totals.fund);
        canvas.pair(3, text::CASH, totals.cash);
    } else {
        canvas.pair(1, text::DAY_COUNT, totals.count);
        canvas.pair(2, text::ACCOUNT, totals.acct);
        canvas.hints(text::MORE, text::PRINT);
    }
}

/// Figures of a day by name.
fn figures(totals: &DayTotals) -> [(Text, Value<'static>, i64); 5] {
    let money = |name: Text, amount: Fen| (name, amount.into(), amount.0);
    let count = |name: Text, count: u32| (name, count.into(), i64::from(count));
    [
        count(text::DAY_COUNT, totals.count),
        count(text::DAY_VOIDS, totals.voids),
        money(text::ACCOUNT, totals.acct),
        money(text::FUND, totals.fund),
        money(text::CASH, totals.cash),
    ]
}

pub(super) fn compared(comparison: &DayComparison, at: u8, canvas: &mut Canvas<'_>) {
    let (ours, theirs) = (figures(&comparison.ours), figures(&comparison.theirs));
    let both = || ours.iter().zip(&theirs);
    // What differs comes first.
    let different = both().filter(|((_, _, ours), (_, _, theirs))| ours != theirs);
    let same = both().filter(|((_, _, ours), (_, _, theirs))| ours == theirs);
    let title = if comparison.equal() { text::DAY_EQUAL } else { text::DAY_DIFFERENT };
    if let Some(((name, ours, _), (_, theirs, _))) = different.chain(same).nth(usize::from(at)) {
        canvas.title(title, *name);
        canvas.pair(1, text::HERE, *ours);
        canvas.pair(2, text::CENTRE, *theirs);
    }
    canvas.hints(text::MORE, text::PRINT);
}

pub(super) fn lost(counter: Counter, canvas: &mut Canvas<'_>) {
    numbered(text::LOST_RECORD, counter, canvas);
    canvas.left(2, text::LOST_ASK);
    canvas.hints(text::CANCEL, "");
}

/// What the centre holds for a lost record.
pub(super) fn lost_held(counter: Counter, answer: &StatusAnswer, canvas: &mut Canvas<'_>) {
    let settled = held(answer);
    numbered(if settled.is_some() { text::LOST_HELD } else { text::LOST_NOT_HELD }, counter, canvas);
    if let Some(settled) = settled {
        canvas.pair(2, text::TOTAL, settled.amount);
    }
    canvas.hints(text::LOST_REVERSE, text::LOST_KEEP.when(settled.is_some()));
}

/// A lost record that was a void.
pub(super) fn lost_void(counter: Counter, canvas: &mut Canvas<'_>) {
    numbered(text::LOST_VOID, counter, canvas);
    canvas.left(2, text::LOST_VOID_BODY);
    canvas.hints(text::CANCEL, text::LOST_WRITE_OFF);
}

fn numbered(title: Text, counter: Counter, canvas: &mut Canvas<'_>) {
    canvas.title(title, "");
    canvas.pair(1, text::SLIP_COUNTER, &decimal(counter.get(), 6));
}
