//! `yika errors`: the table of coded faults, also as the page `hw-docs/errors.md`.

use serde_json::{Value, json};
use yika_protocol::fault::{self, Fault, settle::CODE_UNKNOWN};

use crate::args::ErrorsArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};

/// Prints one fault, or all.
pub(crate) fn run(args: &ErrorsArgs, console: &Console) -> Outcome {
    let mut faults: Vec<&'static Fault> = fault::all().collect();
    faults.sort_by_key(|fault| fault.number);
    if let Some(code) = &args.code {
        faults.retain(|fault| is_named(fault, code));
        if faults.is_empty() {
            return Err(Failure::new(&CODE_UNKNOWN).detail(Words::same(code)));
        }
    }
    let _ = console.print(&Table { faults, markdown: args.markdown });
    Ok(Exit::Done)
}

/// `Y-2001`, `y2001` and `2001` are the same code.
fn is_named(fault: &Fault, code: &str) -> bool {
    let digits = code.trim_start_matches(['Y', 'y']).trim_start_matches('-');
    digits.parse() == Ok(fault.number)
}

struct Table {
    faults: Vec<&'static Fault>,
    markdown: bool,
}

/// First number of a range, what it is about.
const CHAPTERS: [(u16, &str, &str); 7] = [
    (1000, "读卡器与读卡器服务", "Readers and the reader service"),
    (2000, "卡片、密码与卡密钥", "The card, its PIN and its keys"),
    (3000, "站点文件、密钥与输入", "Site file, keys and input"),
    (4000, "结算、日志与传输", "Settlement, journal and transport"),
    (5000, "中心的应答", "Answers of the centre"),
    (6000, "扫码、身份证、电子凭证与安全模块", "Scanners, identity cards, e-vouchers and security modules"),
    (7000, "POS 终端设备", "The POS device"),
];

impl View for Table {
    fn json(&self) -> Value {
        let rows = self.faults.iter().map(|fault| {
            json!({
                "code": fault.code().to_string(),
                "cause_zh": fault.cause_zh,
                "cause_en": fault.cause_en,
                "action_zh": fault.action_zh,
                "action_en": fault.action_en,
            })
        });
        json!({ "errors": rows.collect::<Vec<_>>() })
    }

    fn page(&self, page: &mut Page) {
        if self.markdown {
            return self.markdown(page);
        }
        for (first, zh, en) in CHAPTERS {
            let chapter: Vec<_> =
                self.faults.iter().filter(|fault| fault.number / 1000 == first / 1000).collect();
            if chapter.is_empty() {
                continue;
            }
            page.toned(Tone::Head, page.word(zh, en));
            for fault in chapter {
                let code = page.paint(Tone::Bad, &fault.code().to_string());
                page.line(&format!("  {code}  {}", page.word(fault.cause_zh, fault.cause_en)));
                page.toned(Tone::Dim, &format!("          {}", page.word(fault.action_zh, fault.action_en)));
            }
        }
    }
}

impl Table {
    fn markdown(&self, page: &mut Page) {
        page.line("# Error codes / 错误码");
        page.gap();
        page.line("Made by `yika errors --markdown`; a test compares this page with the program. A code never changes its meaning.");
        for (first, zh, en) in CHAPTERS {
            page.gap();
            page.line(&format!("## Y-{}xxx {en} / {zh}", first / 1000));
            page.gap();
            page.line("| code | cause | what to do | 原因 | 怎么办 |");
            page.line("|---|---|---|---|---|");
            for fault in self.faults.iter().filter(|fault| fault.number / 1000 == first / 1000) {
                let cells = [fault.cause_en, fault.action_en, fault.cause_zh, fault.action_zh];
                let cells = cells.map(|cell| cell.replace('|', "\\|")).join(" | ");
                page.line(&format!("| {} | {cells} |", fault.code()));
            }
        }
    }
}
