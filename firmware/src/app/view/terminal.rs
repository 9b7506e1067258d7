//! The terminal itself: menu, settings, its data, enrolment.

use heapless::Vec;

use crate::screen::Canvas;
use crate::slip::Paper;
use crate::text::number::{ascii, hex};
use crate::text::{self, Text, Value};

use super::super::scene::EnrolStep;
use super::super::settings::PinRule;
use super::message::body;
use super::{Facts, list, tail};

/// Items of the menu.
pub(in super::super) fn menu(lost: bool) -> Vec<Text, 6> {
    let mut items = Vec::from_array([
        text::MENU_VOID,
        text::MENU_REPRINT,
        text::MENU_DAY,
        text::MENU_COMPARE,
        text::MENU_LOST,
        text::MENU_SETTINGS,
    ]);
    items.retain(|item| lost || *item != text::MENU_LOST);
    items
}

/// Items of the settings.
pub(in super::super) const SETTINGS: [Text; 6] =
    [text::SET_LANGUAGE, text::SET_PAPER, text::SET_PIN, text::SET_ADDRESS, text::SET_INFO, text::SET_ENROL];

pub(super) fn settings(chosen: u8, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    let paper = match facts.settings.paper {
        Paper::Narrow => text::PAPER_58,
        Paper::Wide => text::PAPER_80,
    };
    let pin = match facts.settings.pin {
        PinRule::Till => text::PIN_TILL,
        PinRule::Optional => text::PIN_CHOICE,
        PinRule::Always => text::PIN_ALWAYS,
    };
    let values = [text::LANGUAGE_NAME, paper, pin];
    list(canvas, text::MENU_SETTINGS, chosen, &SETTINGS, |at| {
        values.get(at).map_or(Value::NOTHING, |value| (*value).into())
    });
}

/// Pages of the terminal's data.
pub(in super::super) const INFO_PAGES: u8 = 4;

pub(super) fn info(page: u8, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    canvas.title(text::SET_INFO, text::MORE);
    match page {
        0 => {
            canvas.left(1, text::INFO_TERMINAL);
            match facts.terminal {
                Some(terminal) => canvas.right(2, &hex(&terminal.0)),
                None => canvas.right(2, text::NONE),
            }
            canvas.pair(3, text::INFO_OPEN, Value::Number(facts.open_reversals as u64));
        }
        1 => {
            canvas.left(1, text::INFO_INSTITUTION);
            match facts.terminal {
                Some(_) => canvas.right(2, ascii(&facts.institution)),
                None => canvas.right(2, text::NONE),
            }
            canvas.pair(3, text::INFO_VERSION, env!("CARGO_PKG_VERSION"));
        }
        2 => {
            canvas.left(1, text::INFO_SERIAL);
            canvas.right(2, tail(facts.serial, 16));
            canvas.right(3, tail(facts.board, 16));
        }
        _ => {
            canvas.pair(1, text::INFO_STARTS, facts.starts);
            canvas.pair(2, text::INFO_WEAR, facts.most_writes);
        }
    }
}

pub(super) fn enrol(step: EnrolStep, facts: &Facts<'_>, canvas: &mut Canvas<'_>) {
    match step {
        EnrolStep::Waiting | EnrolStep::Asked => {
            canvas.title_marked(text::ENROL, facts.mark());
            body(canvas, 2, text::ENROL_WAIT);
            canvas.hints(text::CANCEL, if step == EnrolStep::Asked { "●" } else { "" });
        }
        EnrolStep::Compare(code) | EnrolStep::Agreed(code) => {
            canvas.title_marked(text::ENROL_CODE, facts.mark());
            canvas.big(1, &code);
            let agreed = matches!(step, EnrolStep::Agreed(_));
            canvas.left(3, if agreed { text::ENROL_PC } else { text::ENROL_CODE_HINT });
        }
    }
}
