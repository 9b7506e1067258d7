//! The lines of a purchase: checked against themselves, the catalogue and the institution's code mapping.

use std::collections::BTreeSet;

use yika_platform::transactions::DrugLine;
use yika_protocol::fault::centre as faults;
use yika_protocol::money::Fen;

use super::Context;
use super::split::{Bill, Cut, add_up, cut};
use crate::refusal::Stop;
use crate::store::{Item, Work};

/// A purchase whose lines are sound.
pub(super) struct Basket<'a> {
    pub(super) lines: Vec<Line<'a>>,
    pub(super) bill: Bill,
}

/// A sound line with its catalogue item and its cut.
pub(super) struct Line<'a> {
    pub(super) line: &'a DrugLine,
    pub(super) item: Item,
    pub(super) cut: Cut,
}

pub(super) fn check<'a>(
    context: &Context<'_>,
    work: &Work<'_>,
    goods: &'a [DrugLine],
    total: Fen,
    with_trace_codes: bool,
) -> Result<Basket<'a>, Stop> {
    let mut numbers = BTreeSet::new();
    let mut lines = Vec::with_capacity(goods.len());
    for line in goods {
        check_number(line, &mut numbers)?;
        check_amount(line)?;
        let item = look_up(context, work, line)?;
        if with_trace_codes {
            check_trace_codes(context, line)?;
        }
        let cut = cut(&item, line.pric, line.cnt, line.det_item_fee_sumamt)
            .ok_or_else(|| at(line, &faults::LINE_AMOUNT, "too large"))?;
        lines.push(Line { line, item, cut });
    }
    let bill = add_up(lines.iter().map(|line| (line.line.det_item_fee_sumamt, &line.cut)))
        .ok_or_else(|| Stop::refused(&faults::TOTAL_AMOUNT))?;
    if bill.medfee_sumamt != total {
        return Err(Stop::refused_with(&faults::TOTAL_AMOUNT, format!("{total} / {}", bill.medfee_sumamt)));
    }
    Ok(Basket { lines, bill })
}

impl Basket<'_> {
    /// A sum whose lines nobody named. It is booked as inside the rules, which commits nobody to anything: only the account
    /// pays for it.
    pub(super) fn amount_only(total: Fen) -> Self {
        let bill = Bill {
            medfee_sumamt: total,
            fulamt_ownpay_amt: Fen::ZERO,
            overlmt_selfpay: Fen::ZERO,
            preselfpay_amt: Fen::ZERO,
            inscp_scp_amt: total,
        };
        Self { lines: Vec::new(), bill }
    }
}

fn check_number(line: &DrugLine, seen: &mut BTreeSet<u64>) -> Result<(), Stop> {
    let text = &line.feedetl_sn;
    let number = text
        .parse::<u64>()
        .ok()
        .filter(|number| *number != 0 && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit()));
    match number {
        Some(number) if seen.insert(number) => Ok(()),
        Some(_) => Err(at(line, &faults::LINE_NUMBER, "twice")),
        None => Err(at(line, &faults::LINE_NUMBER, "1-15 digits, not 0")),
    }
}

fn check_amount(line: &DrugLine) -> Result<(), Stop> {
    if line.cnt.0 <= 0 || line.pric.0 <= 0 || line.det_item_fee_sumamt <= Fen::ZERO {
        return Err(at(line, &faults::LINE_QUANTITY, ""));
    }
    // In 10^-10 yuan, where the product is exact; a fen is 10^8 of them.
    let product = i128::from(line.pric.0) * i128::from(line.cnt.0);
    let amount = i128::from(line.det_item_fee_sumamt.0) * 100_000_000;
    if product.abs_diff(amount) > 100_000_000 {
        let wanted = line.pric.times(line.cnt).map(|amount| amount.to_string()).unwrap_or_default();
        return Err(at(line, &faults::LINE_AMOUNT, &format!("{} / {wanted}", line.det_item_fee_sumamt)));
    }
    Ok(())
}

fn look_up(context: &Context<'_>, work: &Work<'_>, line: &DrugLine) -> Result<Item, Stop> {
    let item = work
        .item(&line.med_list_codg)?
        .ok_or_else(|| at(line, &faults::ITEM_UNKNOWN, &line.med_list_codg))?;
    match work.mapping(&context.institution.code, &line.medins_list_codg)? {
        Some(mapped) if mapped == line.med_list_codg => Ok(item),
        None if !context.institution.mapping_required => Ok(item),
        Some(_) | None => Err(at(line, &faults::ITEM_UNMAPPED, &line.medins_list_codg)),
    }
}

fn check_trace_codes(context: &Context<'_>, line: &DrugLine) -> Result<(), Stop> {
    if context.settings.trace_codes_required && line.durg_trac_info.is_empty() {
        return Err(at(line, &faults::TRACE_CODE_MISSING, ""));
    }
    match line.durg_trac_info.iter().find(|trace| trace.feedetl_sn != line.feedetl_sn) {
        Some(stranger) => {
            Err(at(line, &faults::TRACE_CODE_MISSING, &format!("line {}", stranger.feedetl_sn)))
        }
        None => Ok(()),
    }
}

fn at(line: &DrugLine, fault: &'static yika_protocol::fault::Fault, detail: &str) -> Stop {
    let sn: String = line.feedetl_sn.chars().take(15).collect();
    match detail {
        "" => Stop::refused_with(fault, format!("feedetl_sn {sn}")),
        detail => Stop::refused_with(fault, format!("feedetl_sn {sn}: {detail}")),
    }
}
