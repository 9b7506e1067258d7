//! `yika journal`: what this till sent, and how it ended.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yika_protocol::fault::settle::ORDER_NOT_FOUND;
use yika_settle::{Entry, Journal, Recovery};

use crate::args::{Global, JournalVerb};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, Side, Tone, View};
use crate::purchase;
use crate::site::Site;
use crate::till;

/// Runs the verb.
pub(crate) fn run(verb: &JournalVerb, global: &Global, console: &Console) -> Outcome {
    let site = Site::find(global.site.as_deref())?;
    match verb {
        JournalVerb::List { open, unshown, limit } => list(&site, *open, *unshown, *limit, console),
        JournalVerb::Show { id } => show(&site, id, console),
        JournalVerb::Recover { centre, wait } => recover(&site, centre.as_deref(), *wait, console),
        JournalVerb::Shown { order_no } => shown(&site, order_no, console),
    }
}

/// Reads beside a running till: no lock is taken.
fn list(site: &Site, open: bool, unshown: bool, limit: u32, console: &Console) -> Outcome {
    let entries = if site.journal.path.exists() {
        let journal = Journal::open_read_only(&site.journal.path)?;
        // Which are unshown is known only after reading: all are read, then the newest are kept.
        let mut entries = journal.list(open, if unshown { u32::MAX } else { limit })?;
        if unshown {
            entries.retain(is_unshown);
            entries.truncate(limit as usize);
        }
        entries
    } else {
        Vec::new()
    };
    let _ = console.print(&List { entries, lang: console.lang });
    Ok(Exit::Done)
}

/// Settled, and no screen has said so.
fn is_unshown(entry: &Entry) -> bool {
    entry.settlement.outcome == yika_settle::Outcome::Settled && !entry.settlement.shown
}

fn show(site: &Site, id: &str, console: &Console) -> Outcome {
    let missing = || Failure::new(&ORDER_NOT_FOUND).detail(Words::same(id));
    if !site.journal.path.exists() {
        return Err(missing());
    }
    let entry = Journal::open_read_only(&site.journal.path)?.find(id)?.ok_or_else(missing)?;
    let _ = console.print(&One { entry, lang: console.lang });
    Ok(Exit::Done)
}

fn shown(site: &Site, order_no: &str, console: &Console) -> Outcome {
    till::block_on(async {
        let till = till::open(site, None, console).await?;
        let missing = || Failure::new(&ORDER_NOT_FOUND).detail(Words::same(order_no));
        let entry = till.find(order_no)?.ok_or_else(missing)?;
        till.mark_shown(&entry.settlement.order_no)?;
        let entry = till.find(order_no)?.ok_or_else(missing)?;
        let _ = console.print(&One { entry, lang: console.lang });
        Ok(Exit::Done)
    })
}

/// Rounds until nothing is open or the time is over; exit code 5 when something stays unknown.
fn recover(site: &Site, centre: Option<&str>, wait: u64, console: &Console) -> Outcome {
    till::block_on(async {
        let till = till::open(site, centre, console).await?;
        let end = Instant::now() + Duration::from_secs(wait);
        let mut all = Recovery::default();
        loop {
            let round = till.recover().await?;
            all.still_open = round.still_open;
            for purchase in round.touched {
                all.touched.retain(|known| known.order_no != purchase.order_no);
                all.touched.push(purchase);
            }
            let left = end.saturating_duration_since(Instant::now());
            if all.still_open == 0 || left.is_zero() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1).min(left)).await;
        }
        let exit = if all.still_open == 0 { Exit::Done } else { Exit::Unknown };
        let _ = console.print(&Recovered { round: all, lang: console.lang });
        Ok(exit)
    })
}

struct List {
    entries: Vec<Entry>,
    lang: Lang,
}

impl View for List {
    fn json(&self) -> Value {
        let rows: Vec<_> = self.entries.iter().map(|entry| entry_json(entry, self.lang)).collect();
        json!({ "entries": rows })
    }

    fn page(&self, page: &mut Page) {
        if self.entries.is_empty() {
            return page.toned(Tone::Dim, page.word("没有交易。", "No purchases."));
        }
        let heads = [
            (page.word("时间", "time"), Side::Left),
            (page.word("单号", "order"), Side::Left),
            (page.word("结果", "outcome"), Side::Left),
            (page.word("总额", "total"), Side::Right),
            (page.word("账户", "account"), Side::Right),
            (page.word("现金", "cash"), Side::Right),
            (page.word("结算 ID", "setl_id"), Side::Left),
            ("", Side::Left),
        ];
        let rows: Vec<_> = self.entries.iter().map(|entry| row(entry, page)).collect();
        page.table(&heads, &rows);
        let unshown = self.entries.iter().filter(|entry| is_unshown(entry)).count();
        if unshown > 0 {
            page.toned(
                Tone::Warn,
                &match page.lang {
                    Lang::Zh => format!("{unshown} 笔已结算但没有屏幕展示过：查看（yika journal show）并确认（yika journal shown），或撤销（yika void）。"),
                    Lang::En => format!(
                        "{unshown} settled but never shown on a screen: look at it (yika journal show) and confirm (yika journal shown), or void it (yika void)."
                    ),
                },
            );
        }
    }
}

fn row(entry: &Entry, page: &Page) -> Vec<(Tone, String)> {
    let purchase = &entry.settlement;
    let (tone, word) = purchase::outcome_word(purchase, page.lang);
    let amount = |of: fn(&yika_settle::Split) -> yika_protocol::money::Fen| {
        purchase.split.as_ref().map(|split| of(split).to_string()).unwrap_or_default()
    };
    let note = if is_unshown(entry) { page.word("未展示", "not shown") } else { "" };
    vec![
        (Tone::Dim, entry.created_at.clone()),
        (Tone::Plain, purchase.order_no.clone()),
        (tone, word),
        (Tone::Plain, amount(|split| split.medfee_sumamt)),
        (Tone::Plain, amount(|split| split.acct_pay)),
        (Tone::Plain, amount(|split| split.psn_cash_pay)),
        (Tone::Plain, purchase.setl_id.clone().unwrap_or_default()),
        (Tone::Warn, note.to_owned()),
    ]
}

struct One {
    entry: Entry,
    lang: Lang,
}

impl View for One {
    fn json(&self) -> Value {
        entry_json(&self.entry, self.lang)
    }

    fn page(&self, page: &mut Page) {
        let purchase = &self.entry.settlement;
        let (tone, word) = purchase::outcome_word(purchase, page.lang);
        page.toned(tone, &format!("{} {word}", purchase.order_no));
        let mut rows: Vec<(&str, String)> = Vec::new();
        let mut add = |zh, en, value: Option<&String>| {
            if let Some(value) = value {
                rows.push((page.word(zh, en), value.clone()));
            }
        };
        add("报文 ID", "msgid", purchase.msgid.as_ref());
        add("结算 ID", "setl_id", purchase.setl_id.as_ref());
        add("就诊 ID", "mdtrt_id", purchase.mdtrt_id.as_ref());
        add("结算时间", "settled at", purchase.setl_time.as_ref());
        add("记录时间", "recorded at", Some(&self.entry.created_at));
        add("发送次数", "sent", Some(&self.entry.attempts.to_string()));
        add("下次处理", "next attempt", self.entry.next_attempt_at.as_ref());
        if let Some(void) = &purchase.void {
            add("撤销报文 ID", "msgid of the void", Some(&void.msgid));
            add("撤销结算 ID", "setl_id of the void", void.setl_id.as_ref());
        }
        if let Some(split) = &purchase.split {
            for (_, zh, en, amount) in purchase::amounts(Some(split)) {
                add(zh, en, amount.map(|fen| fen.to_string()).as_ref());
            }
        }
        page.pairs(&rows);
        if !self.entry.events.is_empty() {
            page.toned(Tone::Head, page.word("经过", "What happened"));
            for event in &self.entry.events {
                let text = event_text(event, page.lang);
                page.line(&format!("  {text}"));
            }
        }
        purchase::reason(page, purchase);
        purchase::advice(page, purchase);
    }
}

/// Chinese for the kinds of event that the journal keeps; the last word of an event may be a code.
const EVENTS: [(&str, &str); 21] = [
    ("recorded", "已落盘"),
    ("tried again", "重新尝试"),
    ("signed in anew", "重新签到"),
    ("not sent", "未发出"),
    ("not sent again", "再次未发出"),
    ("unknown", "结果未知"),
    ("settled", "已结算"),
    ("refused", "被拒绝"),
    ("cancelled", "收银员取消"),
    ("reversing", "转为冲正"),
    ("reversal recorded", "冲正已落盘"),
    ("reversal open", "冲正未得应答"),
    ("waiting for the longest flight time", "等待报文最长在途时间"),
    ("reversed", "已冲正"),
    ("late", "迟到的应答，仅作证据"),
    ("stuck", "无法推进"),
    ("void recorded", "撤销已落盘"),
    ("void not sent", "撤销未发出"),
    ("void open", "撤销未得应答"),
    ("void refused", "撤销被拒绝"),
    ("voided", "已撤销"),
];

/// `2026-11-22 16:39:33 unknown Y-4011` with the code's cause, in the language of the page.
fn event_text(event: &str, lang: Lang) -> String {
    const TIME: usize = "YYYY-MM-DD HH:MM:SS ".len();
    let Some((time, rest)) = event.split_at_checked(TIME) else { return event.to_owned() };
    let (kind, code) = match rest.rsplit_once(" Y-") {
        Some((kind, code)) => (kind, Some(code)),
        None => (rest, None),
    };
    let word = match lang {
        Lang::Zh => EVENTS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, zh)| zh),
        Lang::En => kind,
    };
    match code.and_then(|code| code.parse().ok()).and_then(yika_protocol::fault::find) {
        Some(fault) => {
            format!("{time}{word}  {} {}", fault.code(), lang.pick(fault.cause_zh, fault.cause_en))
        }
        None => format!("{time}{word}"),
    }
}

fn entry_json(entry: &Entry, lang: Lang) -> Value {
    let mut value = purchase::json(&entry.settlement, lang);
    if let Value::Object(map) = &mut value {
        // Read back from the journal is what all of these are; the word would say nothing here.
        map.remove("from_journal");
        map.insert("created_at".into(), json!(entry.created_at));
        map.insert("updated_at".into(), json!(entry.updated_at));
        map.insert("attempts".into(), json!(entry.attempts));
        map.insert("next_attempt_at".into(), json!(entry.next_attempt_at));
        map.insert("events".into(), json!(entry.events));
    }
    value
}

struct Recovered {
    round: Recovery,
    lang: Lang,
}

impl View for Recovered {
    fn json(&self) -> Value {
        let rows: Vec<_> = self.round.touched.iter().map(|one| purchase::json(one, self.lang)).collect();
        json!({ "touched": rows, "still_open": self.round.still_open })
    }

    fn page(&self, page: &mut Page) {
        if self.round.touched.is_empty() {
            return page.toned(Tone::Good, page.word("没有未决交易。", "Nothing is open."));
        }
        for one in &self.round.touched {
            let (tone, word) = purchase::outcome_word(one, page.lang);
            let word = page.paint(tone, &word);
            page.line(&format!("  {}  {word}  {}", one.order_no, one.setl_id.as_deref().unwrap_or_default()));
        }
        match self.round.still_open {
            0 => page.toned(Tone::Good, page.word("全部查清。", "All of it is resolved.")),
            open => page.toned(
                Tone::Warn,
                &match page.lang {
                    Lang::Zh => format!("仍有 {open} 笔未决；机器会继续处理，请勿就其再次收费。"),
                    Lang::En => {
                        format!("{open} still open; the machine goes on. Do not charge for them again.")
                    }
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_in_words_and_an_unknown_kind_is_left_alone() {
        let event = "2026-11-22 16:39:33 unknown Y-4011";
        assert!(event_text(event, Lang::Zh).starts_with("2026-11-22 16:39:33 结果未知  Y-4011 "));
        assert!(event_text(event, Lang::En).starts_with("2026-11-22 16:39:33 unknown  Y-4011 "));
        assert_eq!(event_text("2026-11-22 16:39:33 settled", Lang::Zh), "2026-11-22 16:39:33 已结算");
        assert_eq!(event_text("2026-11-22 16:39:33 newer kind", Lang::Zh), "2026-11-22 16:39:33 newer kind");
        assert_eq!(event_text("短", Lang::Zh), "短");
    }
}
