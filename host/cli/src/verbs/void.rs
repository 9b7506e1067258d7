//! `yika void` and `yika cancel`: take a purchase back.

use std::time::Duration;

use serde_json::Value;
use yika_settle::{Outcome as Known, Settlement, VoidError};

use crate::args::{CancelArgs, Global, VoidArgs};
use crate::failure::{Exit, Outcome};
use crate::lang::Lang;
use crate::output::{Console, Page, Tone, View};
use crate::purchase;
use crate::site::Site;
use crate::till;

/// Voids a settled purchase. A void is repeated until it is answered, never reversed.
pub(crate) fn run(args: &VoidArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    let which = args.order_no.as_ref().or(args.setl_id.as_ref()).map(String::as_str).unwrap_or_default();
    till::block_on(async {
        let till = till::open(&site, args.centre.as_deref(), console).await?;
        let purchase = match till.void(which).await {
            Ok(purchase) => purchase,
            Err(VoidError::Unknown(reason)) => {
                console.say(
                    Tone::Warn,
                    "撤销的应答还没有收到，继续向中心确认……",
                    "The void is not answered yet, asking the centre again …",
                );
                let order_no = match till.find(which)? {
                    Some(entry) => entry.settlement.order_no,
                    None => return Err(VoidError::Unknown(reason).into()),
                };
                till.wait_resolved(&order_no, Duration::from_secs(args.wait)).await?
            }
            Err(error) => return Err(error.into()),
        };
        let exit = match purchase.outcome {
            Known::Voided => Exit::Done,
            _ if purchase.void.as_ref().is_some_and(|void| !void.done) => Exit::Unknown,
            _ => Exit::Refused,
        };
        let _ = console.print(&TakenBack { purchase, lang: console.lang });
        Ok(exit)
    })
}

/// Gives up a purchase whose outcome is unknown.
pub(crate) fn cancel(args: &CancelArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    till::block_on(async {
        let till = till::open(&site, args.centre.as_deref(), console).await?;
        let begun = till.cancel(&args.order_no).await?;
        let purchase = match begun.outcome {
            Known::Unknown => till.wait_resolved(&args.order_no, Duration::from_secs(args.wait)).await?,
            _ => begun,
        };
        let exit = match purchase.outcome {
            // However it ended, it does not count: that is what was asked for.
            Known::Reversed | Known::Refused | Known::NotSent | Known::Voided => Exit::Done,
            Known::Unknown => Exit::Unknown,
            Known::Settled => Exit::Refused,
        };
        let _ = console.print(&TakenBack { purchase, lang: console.lang });
        Ok(exit)
    })
}

struct TakenBack {
    purchase: Settlement,
    lang: Lang,
}

impl View for TakenBack {
    fn json(&self) -> Value {
        purchase::json(&self.purchase, self.lang)
    }

    fn page(&self, page: &mut Page) {
        let (tone, word) = purchase::outcome_word(&self.purchase, page.lang);
        page.toned(tone, &format!("{} {word}", self.purchase.order_no));
        let mut rows = Vec::new();
        let mut row = |zh, en, value: &Option<String>| {
            if let Some(value) = value {
                rows.push((page.word(zh, en), value.clone()));
            }
        };
        row("报文 ID", "msgid", &self.purchase.msgid);
        row("结算 ID", "setl_id", &self.purchase.setl_id);
        if let Some(void) = &self.purchase.void {
            row("撤销报文 ID", "msgid of the void", &Some(void.msgid.clone()));
            row("撤销结算 ID", "setl_id of the void", &void.setl_id);
            row("撤销时间", "voided at", &void.setl_time);
        }
        if let (Known::Voided, Some(split)) = (self.purchase.outcome, &self.purchase.split) {
            row("退回账户", "back to the account", &Some(split.acct_pay.to_string()));
            row("退回现金", "cash to return", &Some(split.psn_cash_pay.to_string()));
        }
        page.pairs(&rows);
        if self.purchase.outcome == Known::Unknown {
            purchase::reason(page, &self.purchase);
        }
        purchase::advice(page, &self.purchase);
    }
}
