//! `yika reconcile`: this till's totals against the centre's (3201).

use serde_json::{Value, json};
use time::Date;
use time::macros::format_description;
use yika_protocol::fault::settle::{ARGUMENT_INVALID, BOOKS_DIFFER};
use yika_settle::{GroupResult, Reconciliation};

use crate::args::{Global, ReconcileArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, Side, Tone, View};
use crate::site::Site;
use crate::till;

/// Exit code 0 equal, 4 different, 5 purchases are still open, so that nobody can say yet.
pub(crate) fn run(args: &ReconcileArgs, global: &Global, console: &Console) -> Outcome {
    let begin = day("--from", args.from.as_deref())?.unwrap_or_else(till::business_day);
    let end = day("--to", args.to.as_deref())?.unwrap_or(begin);
    let site = Site::find(global.site.as_deref())?;
    till::block_on(async {
        let till = till::open(&site, args.centre.as_deref(), console).await?;
        // What is still open would only make the books differ: one round to close it.
        till.recover().await?;
        let books = till.reconcile(&begin.to_string(), &end.to_string()).await?;
        let exit = match (books.open, books.is_equal()) {
            (0, true) => Exit::Done,
            (0, false) => Exit::Refused,
            (1.., _) => Exit::Unknown,
        };
        let _ = console.print(&Books(books));
        Ok(exit)
    })
}

fn day(flag: &str, text: Option<&str>) -> Result<Option<Date>, Failure> {
    let Some(text) = text else { return Ok(None) };
    Date::parse(text, format_description!("[year]-[month]-[day]")).map(Some).map_err(|_| {
        Failure::new(&ARGUMENT_INVALID).detail(Words::new(
            format!("{flag}: 应为日期 YYYY-MM-DD"),
            format!("{flag}: must be a date, YYYY-MM-DD"),
        ))
    })
}

struct Books(Reconciliation);

impl View for Books {
    fn json(&self) -> Value {
        let groups = self.0.groups.iter().map(|group| {
            json!({
                "insutype": group.insutype,
                "clr_type": group.clr_type,
                "setl_optins": group.setl_optins,
                "medfee_sumamt": group.ours.medfee_sumamt.to_string(),
                "fund_pay_sumamt": group.ours.fund_pay_sumamt.to_string(),
                "acct_pay": group.ours.acct_pay.to_string(),
                "fixmedins_setl_cnt": group.ours.fixmedins_setl_cnt,
                "equal": group.equal,
                "stmt_rslt_dscr": group.description,
            })
        });
        json!({
            "begin": self.0.begin,
            "end": self.0.end,
            "equal": self.0.is_equal(),
            "open": self.0.open,
            "groups": groups.collect::<Vec<_>>(),
        })
    }

    fn page(&self, page: &mut Page) {
        let books = &self.0;
        page.toned(
            Tone::Head,
            &format!("{} {} .. {}", page.word("对账", "Reconciliation"), books.begin, books.end),
        );
        if books.groups.is_empty() {
            page.toned(Tone::Dim, page.word("  期间没有结算。", "  Nothing was settled in this time."));
        } else {
            let heads = [
                (page.word("险种", "insurance"), Side::Left),
                (page.word("清算类别", "clearing"), Side::Left),
                (page.word("经办机构", "agency"), Side::Left),
                (page.word("笔数", "rows"), Side::Right),
                (page.word("总额", "total"), Side::Right),
                (page.word("基金", "funds"), Side::Right),
                (page.word("账户", "account"), Side::Right),
                (page.word("结果", "result"), Side::Left),
            ];
            let rows: Vec<_> = books.groups.iter().map(|group| row(group, page)).collect();
            page.table(&heads, &rows);
        }
        for group in books.groups.iter().filter(|group| !group.equal) {
            page.toned(Tone::Bad, &format!("  {}", group.description));
        }
        self.verdict(page);
    }
}

impl Books {
    fn verdict(&self, page: &mut Page) {
        match self.0.open {
            0 if self.0.is_equal() => {
                page.toned(Tone::Good, page.word("两边账目相等。", "Both books are equal."));
            }
            0 => Failure::new(&BOOKS_DIFFER).page(page),
            open => page.toned(
                Tone::Warn,
                &match page.lang {
                    Lang::Zh => {
                        format!("还有 {open} 笔结果未知，账目尚不能定论：先运行 yika journal recover。")
                    }
                    Lang::En => {
                        format!(
                            "{open} still unknown, so nobody can say yet: run yika journal recover first."
                        )
                    }
                },
            ),
        }
    }
}

fn row(group: &GroupResult, page: &Page) -> Vec<(Tone, String)> {
    let plain = |text: String| (Tone::Plain, text);
    let verdict = match group.equal {
        true => (Tone::Good, page.word("平", "equal").to_owned()),
        false => (Tone::Bad, page.word("不平", "differs").to_owned()),
    };
    vec![
        plain(group.insutype.clone()),
        plain(group.clr_type.clone()),
        plain(group.setl_optins.clone()),
        plain(group.ours.fixmedins_setl_cnt.to_string()),
        plain(group.ours.medfee_sumamt.to_string()),
        plain(group.ours.fund_pay_sumamt.to_string()),
        plain(group.ours.acct_pay.to_string()),
        verdict,
    ]
}
