//! 3201: the totals of a period compared with the institution's.

use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::transactions::{Statement, StatementInfo, StatementResult};
use yika_protocol::fault::centre as faults;

use super::{Context, Done};
use crate::refusal::Stop;
use crate::store::{Part, Totals, Work};

/// Longest period in days.
const LONGEST: i64 = 366;

pub(super) fn statement(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Statement { data: row } = context.input(request)?;
    let day = |text: &str| BusinessTime::parse_date(text).map_err(|_| Stop::refused(&faults::PERIOD));
    let begin = day(&row.stmt_begndate)?.unix_millis();
    let end = day(&row.stmt_enddate)?.next_midnight().unix_millis();
    if end <= begin || end - begin > LONGEST * 86_400_000 {
        return Err(Stop::refused(&faults::PERIOD));
    }
    let part = match row.refd_setl_flag.as_deref() {
        Some("0") => Part::Settlements,
        Some("1") => Part::Voids,
        _ => Part::Both,
    };
    let group = (row.insutype.as_str(), row.clr_type.as_str(), row.setl_optins.as_str());
    let ours = work.totals(&context.institution.code, group, part, (begin, end))?;
    let theirs = Totals {
        count: row
            .fixmedins_setl_cnt
            .parse()
            .map_err(|_| Stop::refused_with(&faults::FIELDS, "fixmedins_setl_cnt"))?,
        medfee_sumamt: row.medfee_sumamt,
        fund_pay_sumamt: row.fund_pay_sumamt,
        acct_pay: row.acct_pay,
    };
    let words = if ours == theirs { "对账平 / books are equal" } else { "对账不平 / books differ" };
    let Totals { count, medfee_sumamt, fund_pay_sumamt, acct_pay } = ours;
    let output = StatementResult {
        stmtinfo: StatementInfo {
            setl_optins: Some(row.setl_optins.clone()),
            stmt_rslt: if ours == theirs { "0" } else { "1" }.to_owned(),
            stmt_rslt_dscr: Some(format!(
                "{words}: 中心/centre fixmedins_setl_cnt={count} medfee_sumamt={medfee_sumamt} \
                 fund_pay_sumamt={fund_pay_sumamt} acct_pay={acct_pay}"
            )),
        },
    };
    Ok(Done::output(context.output::<Statement>(&output)?))
}
