//! `yika readers`: what the reader service sees.

use serde_json::{Value, json};
use yika_driver::link::SlotState;
use yika_driver::reader::Role;
use yika_driver::{CardService, Reader};

use crate::args::Global;
use crate::devices;
use crate::failure::{Exit, Outcome};
use crate::output::{Console, Page, Side, Tone, View};
use crate::site::Site;

/// Lists every reader; one that fails is listed with its error.
pub(crate) fn run(global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let readers = CardService::pcsc().readers()?;
    let selection = devices::selection(None, site.as_ref());
    let chosen = selection.pick(&readers).ok().map(|reader| reader.id.clone());
    let chosen = readers.iter().position(|reader| Some(&reader.id) == chosen.as_ref());
    let readers =
        readers.into_iter().map(|reader| Reader { role: selection.role(&reader), ..reader }).collect();
    let _ = console.print(&List { readers, chosen });
    Ok(Exit::Done)
}

struct List {
    readers: Vec<Reader>,
    /// The one that a read without `--reader` takes.
    chosen: Option<usize>,
}

impl View for List {
    fn json(&self) -> Value {
        let rows = self.readers.iter().enumerate().map(|(at, reader)| {
            let (state, atr, error) = match &reader.state {
                SlotState::Empty => ("empty", None, None),
                SlotState::Card { atr, .. } => ("card", Some(hex(atr)), None),
                SlotState::Mute => ("mute", None, None),
                SlotState::Failed(error) => ("failed", None, Some(error.fault().code().to_string())),
            };
            let (exclusive, in_use) = match reader.state {
                SlotState::Card { exclusive, in_use, .. } => (exclusive, in_use),
                _ => (false, false),
            };
            json!({
                "name": reader.name.display(),
                "id": reader.id.as_str(),
                "role": match reader.role { Role::User => "user", Role::Sam => "sam" },
                "state": state,
                "card_present": reader.state.has_card(),
                "atr": atr.filter(|atr| !atr.is_empty()),
                "exclusive": exclusive,
                "in_use": in_use,
                "usb_port": reader.usb.as_ref().map(|usb| &usb.port),
                "chosen": self.chosen == Some(at),
                "error": error,
            })
        });
        json!({ "readers": rows.collect::<Vec<_>>() })
    }

    fn page(&self, page: &mut Page) {
        if self.readers.is_empty() {
            return page.toned(Tone::Warn, page.word("没有读卡器。", "No readers."));
        }
        let heads = [
            ("", Side::Left),
            (page.word("读卡器", "reader"), Side::Left),
            (page.word("编号", "id"), Side::Left),
            (page.word("状态", "state"), Side::Left),
        ];
        let rows: Vec<_> =
            self.readers.iter().enumerate().map(|(at, reader)| self.row(at, reader, page)).collect();
        page.table(&heads, &rows);
        if self.chosen.is_some() {
            page.toned(
                Tone::Dim,
                page.word("  * 不指定 --reader 时使用", "  * used when --reader is not given"),
            );
        }
    }
}

impl List {
    fn row(&self, at: usize, reader: &Reader, page: &Page) -> Vec<(Tone, String)> {
        let mark = if self.chosen == Some(at) { "*" } else { "" };
        let (tone, state) = match &reader.state {
            SlotState::Empty => (Tone::Dim, page.word("空", "empty").to_owned()),
            SlotState::Card { exclusive: true, .. } => {
                (Tone::Warn, page.word("有卡，被其他程序独占", "card, held by another program").to_owned())
            }
            SlotState::Card { .. } => (Tone::Good, page.word("有卡", "card").to_owned()),
            SlotState::Mute => (Tone::Bad, page.word("卡无应答", "mute card").to_owned()),
            SlotState::Failed(error) => {
                let fault = error.fault();
                (Tone::Bad, format!("{} {}", fault.code(), page.word(fault.cause_zh, fault.cause_en)))
            }
        };
        let name = match reader.role {
            Role::User => reader.name.display(),
            Role::Sam => {
                format!("{} {}", reader.name.display(), page.word("（安全模块）", "(security module)"))
            }
        };
        vec![
            (Tone::Good, mark.to_owned()),
            (Tone::Plain, name),
            (Tone::Dim, reader.id.as_str().to_owned()),
            (tone, state),
        ]
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
