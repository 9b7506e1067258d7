//! `yika doctor`: from the reader to the centre, what is wrong and what to do.

use serde_json::{Value, json};
use yika_driver::CardService;
use yika_driver::doctor::{Level, examine};
use yika_protocol::fault::Fault;
use yika_protocol::fault::settle::{CENTRE_KEY_INVALID, CLOCK_OFF, SITE_FILE_MISSING, TLS_FILE_INVALID};

use crate::args::{DoctorArgs, Global};
use crate::devices;
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::{Lang, Words};
use crate::output::{Console, Page, Tone, View};
use crate::site::Site;
use crate::till;

/// Looks at everything; the exit code is that of the first part that is bad.
pub(crate) fn run(args: &DoctorArgs, global: &Global, console: &Console) -> Outcome {
    let mut report = Report { rows: Vec::new(), lang: console.lang };
    let site = match Site::find_optional(global.site.as_deref()) {
        Ok(Some(site)) => {
            report.ok("site", Words::same(site.file.display()));
            Some(site)
        }
        // Cards can be read without a site; only settling needs one.
        Ok(None) => {
            let words = Words::new(
                "没有站点文件：未检查密钥、日志和中心",
                "no site file: keys, journal and centre are not looked at",
            );
            report.warn("site", &SITE_FILE_MISSING, words);
            None
        }
        Err(failure) => {
            report.bad("site", failure);
            None
        }
    };
    report.devices(site.as_ref());
    if let Some(site) = &site {
        report.settlement(site, args.centre.as_deref(), console);
    }
    let exit = report.rows.iter().find(|row| row.level == Level::Bad).map_or(Exit::Done, |row| row.exit);
    let _ = console.print(&report);
    Ok(exit)
}

struct Report {
    rows: Vec<Row>,
    lang: Lang,
}

struct Row {
    part: &'static str,
    level: Level,
    fault: Option<&'static Fault>,
    detail: Option<Words>,
    exit: Exit,
}

impl Report {
    fn ok(&mut self, part: &'static str, detail: Words) {
        self.rows.push(Row { part, level: Level::Ok, fault: None, detail: Some(detail), exit: Exit::Done });
    }

    fn warn(&mut self, part: &'static str, fault: &'static Fault, detail: Words) {
        self.rows.push(Row {
            part,
            level: Level::Warn,
            fault: Some(fault),
            detail: Some(detail),
            exit: Exit::Done,
        });
    }

    fn bad(&mut self, part: &'static str, failure: Failure) {
        let Failure { fault, exit, detail, .. } = failure;
        self.rows.push(Row { part, level: Level::Bad, fault: Some(fault), detail, exit });
    }

    fn devices(&mut self, site: Option<&Site>) {
        for finding in examine(&CardService::pcsc(), &devices::selection(None, site)) {
            let detail = (!finding.detail.is_empty()).then_some(finding.detail);
            self.rows.push(Row {
                part: finding.part.name(),
                level: finding.level,
                fault: finding.fault,
                detail,
                exit: Exit::Device,
            });
        }
    }

    /// Keys, journal, centre and clock; each is looked at only where the one before allows it.
    fn settlement(&mut self, site: &Site, centre: Option<&str>, console: &Console) {
        match till::signing_key(site, console) {
            Ok(_) => self.ok("key", Words::same(site.keys.file.display())),
            Err(failure) => return self.bad("key", failure),
        }
        let profile = &site.centre.profile;
        if profile.signature.signs_responses && site.centre.centre_key.is_none() {
            let words = Words::new(
                "站点文件没有 centre_key：无法验证中心的应答",
                "the site file names no centre_key: answers of the centre cannot be checked",
            );
            return self.bad("centre", Failure::new(&CENTRE_KEY_INVALID).detail(words));
        }
        let outcome = till::block_on(async {
            let till = till::open(site, centre, console).await?;
            till.health()?;
            let open = till.list(true, u32::MAX)?.len();
            let offset = till.measure_clock_offset().await;
            Ok((open, offset))
        });
        match outcome {
            Err(failure) => {
                let of_the_centre = [CENTRE_KEY_INVALID.number, TLS_FILE_INVALID.number];
                let part = if of_the_centre.contains(&failure.fault.number) { "centre" } else { "journal" };
                self.bad(part, failure);
            }
            Ok((open, offset)) => {
                self.ok("journal", journal_words(site, open));
                match offset {
                    Err(error) => self.bad("centre", error.into()),
                    Ok(offset) => {
                        self.ok("centre", Words::same(centre.unwrap_or(&site.centre.url)));
                        self.clock(offset.whole_seconds());
                    }
                }
            }
        }
    }

    fn clock(&mut self, ahead: i64) {
        let words = till::offset_words(ahead);
        if ahead.abs() > till::CLOCK_TOLERANCE {
            self.warn("clock", &CLOCK_OFF, words);
        } else {
            self.ok("clock", words);
        }
    }
}

fn journal_words(site: &Site, open: usize) -> Words {
    let path = site.journal.path.display();
    match open {
        0 => Words::same(path),
        _ => Words::new(format!("{path}，{open} 笔未决"), format!("{path}, {open} open")),
    }
}

impl View for Report {
    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "part": row.part,
                "level": match row.level { Level::Ok => "ok", Level::Warn => "warn", Level::Bad => "bad" },
                "code": row.fault.map(|fault| fault.code().to_string()),
                "cause_zh": row.fault.map(|fault| fault.cause_zh),
                "cause_en": row.fault.map(|fault| fault.cause_en),
                "action_zh": row.fault.map(|fault| fault.action_zh),
                "action_en": row.fault.map(|fault| fault.action_en),
                "detail": row.detail.as_ref().map(|words| self.lang.of(words)),
            })
        });
        let healthy = self.rows.iter().all(|row| row.level != Level::Bad);
        json!({ "healthy": healthy, "findings": rows.collect::<Vec<_>>() })
    }

    fn page(&self, page: &mut Page) {
        for row in &self.rows {
            self.row(row, page);
        }
        let worst = self.rows.iter().map(|row| row.level).max().unwrap_or(Level::Ok);
        page.gap();
        match worst {
            Level::Ok => page.toned(Tone::Good, page.word("一切正常。", "All is well.")),
            Level::Warn => page.toned(
                Tone::Warn,
                page.word("可以使用，请留意上面的提示。", "Usable; mind the notes above."),
            ),
            Level::Bad => page.toned(
                Tone::Bad,
                page.word("有问题需要处理，见上。", "Something must be repaired, see above."),
            ),
        }
    }
}

impl Report {
    fn row(&self, row: &Row, page: &mut Page) {
        let (tone, mark) = match row.level {
            Level::Ok => (Tone::Good, page.word("正常", " ok ")),
            Level::Warn => (Tone::Warn, page.word("注意", "note")),
            Level::Bad => (Tone::Bad, page.word("故障", "FAIL")),
        };
        let (zh, en) = part_words(row.part);
        let name = crate::output::width::left(page.word(zh, en), 10);
        let detail = row.detail.as_ref().map(|words| page.lang.of(words)).unwrap_or_default();
        let mark = page.paint(tone, mark);
        match row.fault {
            None => page.line(&format!("  {mark}  {name}  {detail}")),
            Some(fault) => {
                let cause = page.word(fault.cause_zh, fault.cause_en);
                page.line(&format!("  {mark}  {name}  {} {cause}", fault.code()));
                let indent = " ".repeat(20);
                if !detail.is_empty() {
                    page.line(&format!("{indent}{detail}"));
                }
                let label = page.word("怎么办：", "What to do: ");
                page.line(&format!("{indent}{label}{}", page.word(fault.action_zh, fault.action_en)));
            }
        }
    }
}

fn part_words(part: &str) -> (&'static str, &'static str) {
    match part {
        "session" => ("会话", "session"),
        "service" => ("服务", "service"),
        "permission" => ("权限", "permission"),
        "driver" => ("驱动", "driver"),
        "reader" => ("读卡器", "reader"),
        "card" => ("卡片", "card"),
        "site" => ("站点文件", "site file"),
        "key" => ("密钥", "key"),
        "journal" => ("日志", "journal"),
        "centre" => ("中心", "centre"),
        _ => ("时钟", "clock"),
    }
}
