//! From a slip to the printer, a row at a time.

use super::{Day, Issuer, Row, Sale, Slip, Style, Sums, Void};
use crate::hal::SerialLine;
use crate::text::number::{day, decimal, hex, yuan};
use crate::text::{self, Text};

/// ESC @ resets, FS & switches to two-byte characters.
const BEGIN: &[u8] = b"\x1B@\x1C&";
/// Three rows of space, then a partial cut where there is a cutter.
const END: &[u8] = b"\x1Bd\x03\x1DV\x42\x00";
const BOLD: &[u8] = b"\x1BE\x01";
const THIN: &[u8] = b"\x1BE\x00";
/// Double height, also for two-byte characters.
const TALL: &[u8] = b"\x1D!\x01";
const NORMAL: &[u8] = b"\x1D!\x00";
const CENTRED: &[u8] = b"\x1Ba\x01";
const FLUSH: &[u8] = b"\x1Ba\x00";

/// A printer at work.
#[derive(Debug, Default)]
pub struct Printer {
    job: Option<(Slip, Issuer, Style)>,
    step: u8,
    row: Row,
    sent: usize,
}

impl Printer {
    /// A printer at rest.
    #[must_use]
    pub const fn new() -> Self {
        Self { job: None, step: 0, row: Row::new(), sent: 0 }
    }

    /// Begins a slip. One that is being printed is ended after its row.
    pub fn print(&mut self, slip: Slip, issuer: Issuer, style: Style) {
        self.job = Some((slip, issuer, style));
        self.step = 0;
    }

    /// Whether a slip is being printed.
    #[must_use]
    pub const fn busy(&self) -> bool {
        self.job.is_some()
    }

    /// Gives the line as much as it takes now.
    pub fn poll(&mut self, line: &mut impl SerialLine) {
        loop {
            let rest = self.row.bytes().get(self.sent..).unwrap_or_default();
            if !rest.is_empty() {
                let taken = line.write(rest);
                self.sent = self.sent.saturating_add(taken);
                if taken < rest.len() {
                    return;
                }
            }
            self.row.clear();
            self.sent = 0;
            let Some((slip, issuer, style)) = &self.job else { return };
            if !make(slip, issuer, *style, self.step, &mut self.row) {
                self.job = None;
            }
            self.step = self.step.saturating_add(1);
        }
    }
}

/// All rows of a slip, one after the other.
pub fn rows(slip: &Slip, issuer: &Issuer, style: Style, mut each: impl FnMut(&[u8])) {
    let mut row = Row::new();
    for step in 0..=u8::MAX {
        row.clear();
        let more = make(slip, issuer, style, step, &mut row);
        each(row.bytes());
        if !more {
            return;
        }
    }
}

/// Makes row `step`; false when it is the last.
fn make(slip: &Slip, issuer: &Issuer, style: Style, step: u8, row: &mut Row) -> bool {
    match step {
        0 => row.order(BEGIN),
        1 if style.bench => row.centre(style, text::SLIP_BENCH),
        1 => {}
        2 => {
            row.order(BOLD);
            row.order(TALL);
            row.centre(style, title(slip));
            row.order(NORMAL);
            row.order(THIN);
        }
        3 if reprinted(slip) => row.centre(style, text::SLIP_REPRINT),
        3 => {}
        4 => {
            if matches!(slip, Slip::Sale(sale) if sale.voided) {
                row.order(BOLD);
                row.centre(style, text::SLIP_VOIDED);
                row.order(THIN);
            }
            row.rule(style.paper);
        }
        5 => row.pair(style, text::SLIP_INSTITUTION, &issuer.institution),
        6 => row.pair(style, text::SLIP_TERMINAL, &hex(&issuer.terminal.0)),
        _ => {
            return match slip {
                Slip::Sale(sale) => self::sale(sale, style, step, row),
                Slip::Void(void) => self::void(void, style, step, row),
                Slip::Day(totals) => self::totals(totals, style, step, row),
            };
        }
    }
    true
}

fn title(slip: &Slip) -> Text {
    match slip {
        Slip::Sale(_) => text::SLIP_TITLE,
        Slip::Void(_) => text::SLIP_VOID,
        Slip::Day(_) => text::SLIP_DAY_TITLE,
    }
}

fn reprinted(slip: &Slip) -> bool {
    match slip {
        Slip::Sale(sale) => sale.reprint,
        Slip::Void(void) => void.reprint,
        Slip::Day(_) => false,
    }
}

fn sale(sale: &Sale, style: Style, step: u8, row: &mut Row) -> bool {
    match step {
        7 => row.pair(style, text::SLIP_ORDER, sale.order_no.as_bytes()),
        8 => row.pair(style, text::SLIP_SETTLEMENT, sale.setl_id.as_bytes()),
        9 => row.pair(style, text::SLIP_DAY, &day(&sale.day)),
        10 => row.pair(style, text::SLIP_COUNTER, &decimal(sale.counter, 6)),
        11 if !sale.name.is_empty() => row.pair(style, text::SLIP_NAME, &sale.name),
        12 => {
            if let Some(shown) = sale.shown {
                shown_row(row, style, shown.text());
            }
        }
        13 | 19 => row.rule(style.paper),
        14 => strong(row, style, text::SLIP_TOTAL, &yuan(sale.amount)),
        15 => row.pair(style, text::SLIP_ACCOUNT, &yuan(sale.account)),
        16 => row.pair(style, text::SLIP_FUND, &yuan(sale.fund)),
        17 => strong(row, style, text::SLIP_CASH, &yuan(sale.cash)),
        18 => row.pair(style, text::SLIP_BALANCE, &yuan(sale.balance)),
        20 => {
            if let Some(evidence) = sale.evidence {
                row.pair(style, text::SLIP_EVIDENCE, &hex(&evidence));
            }
        }
        21 => code(row, sale.setl_id.as_bytes()),
        22 => row.pair(style, text::SLIP_SIGN, b""),
        23 => row.centre(style, text::SLIP_KEEP),
        24 => {
            row.order(END);
            return false;
        }
        _ => {}
    }
    true
}

fn void(void: &Void, style: Style, step: u8, row: &mut Row) -> bool {
    match step {
        7 => row.pair(style, text::SLIP_ORDER, void.order_no.as_bytes()),
        8 => row.pair(style, text::SLIP_SETTLEMENT, void.setl_id.as_bytes()),
        9 => row.pair(style, text::SLIP_DAY, &day(&void.day)),
        10 => row.pair(style, text::SLIP_COUNTER, &decimal(void.counter, 6)),
        11 => row.rule(style.paper),
        12 => strong(row, style, text::SLIP_TOTAL, &yuan(void.amount)),
        13 => row.pair(style, text::SLIP_ACCOUNT_BACK, &yuan(void.account)),
        14 => row.pair(style, text::SLIP_FUND_BACK, &yuan(void.fund)),
        15 => strong(row, style, text::SLIP_CASH_BACK, &yuan(void.cash)),
        16 => row.pair(style, text::SLIP_BALANCE, &yuan(void.balance)),
        17 => row.rule(style.paper),
        18 => row.pair(style, text::SLIP_SIGN, b""),
        19 => row.centre(style, text::SLIP_KEEP),
        20 => {
            row.order(END);
            return false;
        }
        _ => {}
    }
    true
}

fn totals(totals: &Day, style: Style, step: u8, row: &mut Row) -> bool {
    let here = &totals.here;
    let figures = |sums: &Sums, step: u8| match step {
        10 => decimal(u64::from(sums.count), 1),
        11 => decimal(u64::from(sums.voids), 1),
        12 => yuan(sums.account),
        13 => yuan(sums.fund),
        _ => yuan(sums.cash),
    };
    let name = |step: u8| match step {
        10 => text::DAY_COUNT,
        11 => text::DAY_VOIDS,
        12 => text::ACCOUNT,
        13 => text::FUND,
        _ => text::CASH,
    };
    match step {
        7 => row.pair(style, text::SLIP_DAY, &day(&totals.day)),
        8 => row.rule(style.paper),
        9 if totals.centre.is_some() => {
            let gb = |text: Text| {
                let mut words = Row::new();
                words.text(text.get(style.lang), 16);
                words
            };
            row.triple(style, None, gb(text::HERE).bytes(), gb(text::CENTRE).bytes());
        }
        9 => {}
        10..=14 => match &totals.centre {
            Some(centre) => {
                row.triple(style, Some(name(step)), &figures(here, step), &figures(centre, step));
            }
            None => row.pair(style, name(step), &figures(here, step)),
        },
        15 => row.rule(style.paper),
        16 => {
            if let Some(centre) = &totals.centre {
                let text = if centre == here { text::DAY_EQUAL } else { text::DAY_DIFFERENT };
                row.order(BOLD);
                row.centre(style, text);
                row.order(THIN);
            }
        }
        17 => {
            row.order(END);
            return false;
        }
        _ => {}
    }
    true
}

/// A row in bold.
fn strong(row: &mut Row, style: Style, name: Text, value: &[u8]) {
    row.order(BOLD);
    row.pair(style, name, value);
    row.order(THIN);
}

fn shown_row(row: &mut Row, style: Style, value: Text) {
    let mut words = Row::new();
    words.text(value.get(style.lang), 16);
    row.pair(style, text::SLIP_CREDENTIAL, words.bytes());
}

/// The settlement id as a QR code: model 2, modules of 5 dots, level M.
fn code(row: &mut Row, data: &[u8]) {
    let Ok(length) = u8::try_from(data.len().saturating_add(3)) else { return };
    row.order(CENTRED);
    row.order(b"\x1D(k\x04\x001A2\x00");
    row.order(b"\x1D(k\x03\x001C\x05");
    row.order(b"\x1D(k\x03\x001E1");
    row.order(&[0x1D, b'(', b'k', length, 0, b'1', b'P', b'0']);
    row.order(data);
    row.order(b"\x1D(k\x03\x001Q0");
    row.order(FLUSH);
    row.feed();
}
