//! `yika terminal`: `watch` shows what happens at the counter's devices; the other verbs are about a POS device.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use yika_driver::social_card::ReadOptions;
use yika_driver::terminal::{
    Device, DeviceKind, DeviceState, Event, Kind, Kinds, PresentError, Terminal, Trouble, What,
};

use super::{terminal_enrol, terminal_sale};
use crate::args::{Global, TerminalVerb, WatchArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Console, Delivery, Page, Side, Tone, View};
use crate::site::Site;
use crate::{signals, terminal, till};

/// One call of the watch; another follows.
const CALL: Duration = Duration::from_secs(3600);

/// Runs the verb.
pub(crate) fn run(verb: &TerminalVerb, global: &Global, console: &Console) -> Outcome {
    match verb {
        TerminalVerb::Watch(args) => watch(args, global, console),
        TerminalVerb::Enrol(args) => terminal_enrol::enrol(args, global, console),
        TerminalVerb::List(args) => terminal_enrol::list(args, global, console),
        TerminalVerb::Revoke(args) => terminal_enrol::revoke(args, global, console),
        TerminalVerb::Link(args) => terminal_sale::link(args, global, console),
        TerminalVerb::Sale(args) => terminal_sale::sale(args, global, console),
        TerminalVerb::Info(args) => terminal_sale::info(args, console),
    }
}

fn watch(args: &WatchArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    till::block_on(async {
        let stop = signals::stop()?;
        tokio::pin!(stop);
        let terminal = terminal::open(site.as_ref(), ReadOptions::default())?;
        let (devices, mut events) = terminal.events();
        let _ = console.print(&Beginning { devices });
        let end = async {
            match args.seconds {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(end);
        let shown = async {
            while let Some(event) = events.next().await {
                if console.print(&Line { event }) == Delivery::Lost {
                    break;
                }
            }
        };
        tokio::pin!(shown);
        tokio::select! {
            () = &mut stop => {}
            () = &mut end => {}
            () = &mut shown => {}
            failure = present(&terminal, args.passive) => return Err(failure),
        }
        Ok(Exit::Done)
    })
}

/// Keeps scanners and ID-card readers armed, so that what is presented to them is seen; what it says is thrown away. A social
/// security card is seen without reading it.
async fn present(terminal: &Terminal, passive: bool) -> Failure {
    let kinds = Kinds { card: false, voucher: true, id_card: true };
    if passive {
        return std::future::pending().await;
    }
    loop {
        match terminal.next_credential(kinds, CALL).await {
            Ok(_) | Err(PresentError::Nothing { .. }) => {}
            // Only card readers: there is nothing to arm.
            Err(PresentError::NoDevice) => return std::future::pending().await,
            Err(error) => return crate::devices::failure(error.fault(), error.detail()),
        }
    }
}

/// What is there when the watch begins.
struct Beginning {
    devices: Vec<Device>,
}

impl View for Beginning {
    fn json(&self) -> Value {
        json!({ "event": "watching", "time": now(), "devices": self.devices })
    }

    fn page(&self, page: &mut Page) {
        page.toned(Tone::Head, page.word("正在查看设备，Ctrl-C 结束", "Watching the devices, Ctrl-C ends"));
        let rows: Vec<_> = self
            .devices
            .iter()
            .map(|device| {
                let (tone, state) = match &device.state {
                    DeviceState::Absent => (Tone::Dim, page.word("未连接", "not there").to_owned()),
                    DeviceState::Present => (Tone::Good, page.word("正常", "well").to_owned()),
                    DeviceState::Failed { error } => (Tone::Bad, trouble(error, page)),
                };
                vec![
                    (Tone::Plain, device.device.to_string()),
                    (Tone::Dim, kind(device.kind, page).to_owned()),
                    (Tone::Dim, device.at.clone()),
                    (tone, state),
                ]
            })
            .collect();
        let heads = [
            (page.word("设备", "device"), Side::Left),
            (page.word("类型", "kind"), Side::Left),
            (page.word("位置", "at"), Side::Left),
            (page.word("状态", "state"), Side::Left),
        ];
        page.table(&heads, &rows);
    }
}

struct Line {
    event: Event,
}

impl View for Line {
    fn json(&self) -> Value {
        let mut value = serde_json::to_value(&self.event).unwrap_or(Value::Null);
        if let Some(map) = value.as_object_mut() {
            map.insert("time".to_owned(), now().into());
        }
        value
    }

    fn page(&self, page: &mut Page) {
        let (tone, words) = told(&self.event.what, page);
        let time = page.paint(Tone::Dim, now().split(' ').nth(1).unwrap_or_default());
        let words = page.paint(tone, &words);
        page.line(&format!("{time}  {}  {words}", self.event.device));
    }
}

fn told(what: &What, page: &Page) -> (Tone, String) {
    match what {
        What::DeviceCame { kind: of, at } => {
            let word = page.word("已连接", "is there");
            (Tone::Good, format!("{word} ({}, {at})", kind(*of, page)))
        }
        What::DeviceWent { kind: of } => {
            (Tone::Warn, format!("{} ({})", page.word("已断开", "is gone"), kind(*of, page)))
        }
        What::Failed { error } => (Tone::Bad, trouble(error, page)),
        What::Recovered => (Tone::Good, page.word("已恢复", "works again").to_owned()),
        What::CardIn { insertion } => {
            (Tone::Good, format!("{} #{insertion}", page.word("插入卡片", "card in")))
        }
        What::CardOut { insertion } => {
            (Tone::Plain, format!("{} #{insertion}", page.word("取出卡片", "card out")))
        }
        What::IdCardLaid { insertion } => {
            (Tone::Good, format!("{} #{insertion}", page.word("放置证件", "ID card laid")))
        }
        What::IdCardLifted { insertion } => {
            (Tone::Plain, format!("{} #{insertion}", page.word("拿起证件", "ID card lifted")))
        }
        What::CodeScanned { length, symbology } => {
            let word = page.word("扫到一个码", "code scanned");
            let symbology = symbology.map_or_else(String::new, |name| format!(", {name}"));
            (Tone::Good, format!("{word} ({length} {}{symbology})", page.word("个字符", "characters")))
        }
        What::Unusable { error } => (Tone::Warn, trouble(error, page)),
        What::Presented { kind, .. } => {
            (Tone::Good, format!("{}: {}", page.word("凭证完整", "credential"), credential(*kind, page)))
        }
        What::NotTaken { kind } => {
            (Tone::Warn, format!("{}: {}", page.word("凭证未被取用", "not taken"), credential(*kind, page)))
        }
        other => (Tone::Plain, other.name().to_owned()),
    }
}

fn trouble(error: &Trouble, page: &Page) -> String {
    let cause = page.word(error.fault.cause_zh, error.fault.cause_en);
    let action = page.word(error.fault.action_zh, error.fault.action_en);
    let detail = if error.detail.is_empty() { String::new() } else { format!(" ({})", error.detail) };
    format!("{} {cause}{detail}  → {action}", error.fault.code())
}

fn kind(kind: DeviceKind, page: &Page) -> &'static str {
    match kind {
        DeviceKind::CardReader => page.word("读卡器", "card reader"),
        DeviceKind::OtherReader => page.word("其他读卡器", "other reader"),
        DeviceKind::IdReader => page.word("身份证阅读器", "ID-card reader"),
        DeviceKind::Scanner => page.word("扫码枪", "scanner"),
        DeviceKind::CardService => page.word("读卡器服务", "card service"),
    }
}

fn credential(kind: Kind, page: &Page) -> &'static str {
    match kind {
        Kind::Card => page.word("社会保障卡", "social security card"),
        Kind::Voucher => page.word("医保码", "e-voucher code"),
        Kind::IdCard => page.word("身份证件", "ID card"),
    }
}

/// Asia/Shanghai, to the millisecond: events are compared with one another.
fn now() -> String {
    let format = time::macros::format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]"
    );
    let now = OffsetDateTime::now_utc().to_offset(time::macros::offset!(+8));
    now.format(format).unwrap_or_default()
}
