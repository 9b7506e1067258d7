//! A purchase from the credential to its end, and its void.

use heapless::Vec;
use yika_protocol::swipe::HintKind;

use crate::screen::Canvas;
use crate::screen::qr::Qr;
use crate::swipes::{Phase, Receipt, VoidReceipt};
use crate::text::number::{ascii, decimal};
use crate::text::{self, Text};

use super::super::scene::Page;
use super::message::body;
use super::{Facts, tail};

/// Seconds after which an answer is late.
const USUAL: u32 = 10;

pub(super) fn present(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    canvas.title(text::PRESENT, "");
    canvas.left(1, text::PRESENT_CARD);
    canvas.left(2, if facts.id_reader { text::PRESENT_ALL } else { text::PRESENT_CODE });
    canvas.hints(text::CANCEL, facts.amount);
}

pub(super) fn pin(
    facts: &Facts<'_>,
    canvas: &mut Canvas<'_>,
    wrong: bool,
    left: Option<u8>,
    again: bool,
    short: bool,
) {
    canvas.title(if wrong { text::PIN_WRONG } else { text::PIN }, facts.amount);
    let mut stars: Vec<u8, 12> = Vec::new();
    for _ in 0..facts.pin_digits {
        let _ = stars.push(b'*');
    }
    canvas.centre(1, ascii(&stars));
    match left {
        _ if again => canvas.left(2, text::PIN_AGAIN),
        _ if short => canvas.left(2, text::PIN_SHORT),
        Some(left) => canvas.pair(2, text::PIN_LEFT, u32::from(left)),
        None => canvas.left(2, text::PIN_PAD),
    }
    canvas.hints(text::CANCEL, text::PIN_SKIP.when(facts.pin_may_be_skipped));
}

pub(super) fn sending(facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let mut seconds = decimal(u64::from(facts.seconds.min(999)), 1);
    let _ = seconds.push(b's');
    let unsure = matches!(facts.phase, Phase::Unsure { .. });
    canvas.title(if unsure { text::NO_ANSWER } else { text::SENDING }, &seconds);
    canvas.centre(1, facts.advice.map_or(text::WAIT, advice));
    canvas.centre(2, text::DO_NOT_CHARGE);
    if unsure {
        canvas.hints("", text::GIVE_UP);
    } else {
        canvas.bar(3, facts.seconds, USUAL);
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

pub(super) fn settled(
    receipt: &Receipt,
    page: Page,
    repeated: bool,
    facts: &Facts<'_>,
    canvas: &mut Canvas<'_>,
) {
    let money = &receipt.settled;
    match page {
        Page::Money => {
            let title = if repeated { text::REPEATED } else { text::SETTLED };
            canvas.title_marked(title, if facts.card_in { text::TAKE_CARD.into() } else { facts.mark() });
            if money.cash.0 > 0 {
                canvas.choice(1, text::COLLECT_CASH, money.cash, true);
            } else {
                canvas.pair(1, text::NO_CASH, money.amount);
            }
            canvas.pair(2, text::BALANCE, money.balance);
            canvas.hints(text::MORE, if repeated { text::REPRINT } else { text::CODE_PAGE });
        }
        Page::Split => {
            canvas.pair(0, text::TOTAL, money.amount);
            canvas.pair(1, text::ACCOUNT, money.acct_pay);
            canvas.pair(2, text::FUND, money.fund_pay);
            canvas.named(3, text::HOLDER, &money.slip_name);
        }
        Page::Code => {
            canvas.left(0, text::SLIP_SETTLEMENT);
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

pub(super) fn cancelled(done: bool, canvas: &mut Canvas<'_>) {
    canvas.title(text::CANCELLED, "");
    body(canvas, 2, text::CANCELLED_BODY);
    canvas.left(3, if done { text::CANCELLED_DONE } else { text::CANCELLED_SENDING });
}

pub(super) fn ask_void(receipt: &Receipt, canvas: &mut Canvas<'_>) {
    canvas.title(text::ASK_VOID, "");
    canvas.pair(1, text::TOTAL, receipt.settled.amount);
    canvas.right(2, tail(&receipt.settled.setl_id, 16));
    canvas.hints(text::NO, text::YES);
}

pub(super) fn voided(receipt: &VoidReceipt, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    canvas.title_marked(text::VOIDED, facts.mark());
    let back = &receipt.voided;
    if back.cash_back.0 > 0 {
        canvas.choice(1, text::RETURN_CASH, back.cash_back, true);
    } else {
        canvas.left(1, text::NO_RETURN);
    }
    canvas.pair(2, text::ACCOUNT, back.acct_back);
    canvas.pair(3, text::BALANCE, back.balance);
}
