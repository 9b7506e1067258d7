//! What the device showed and printed.

use std::path::Path;

use serde_json::{Value, json};
use yika_firmware::swipes::Swipes;
use yika_protocol::fault::settle::OUTPUT_UNWRITABLE;
use yika_sim::pos::Paper;

use super::{Counter, Pos};
use crate::failure::Failure;
use crate::files;
use crate::output::{Page, View};

impl Counter<'_> {
    pub(super) fn columns(&self) -> u32 {
        let paper = self.pos.as_ref().map(|pos| pos.settings().paper).unwrap_or_default();
        u32::try_from(paper.columns()).unwrap_or(32)
    }

    pub(super) fn slips(&mut self) -> Vec<Paper> {
        let now = self.with_board(|board| board.paper().clone());
        self.paper.iter().cloned().chain(now).collect()
    }

    pub(super) fn report(&mut self) {
        let slips = self.slips().iter().map(Paper::text).collect::<String>();
        let terminal =
            self.pos.as_ref().and_then(|pos| pos.swipes()?.identity().map(|known| known.terminal()));
        let open = self.pos.as_ref().and_then(Pos::swipes).map_or(0, Swipes::open_reversals);
        let compare = self.pos.as_ref().and_then(Pos::compare_code);
        let _ = self.console.print(&Report {
            shots: std::mem::take(&mut self.shots),
            slips,
            terminal: terminal.map(|terminal| terminal.to_string()),
            open,
            compare: compare.map(|code| code.iter().map(|digit| char::from(*digit)).collect()),
        });
    }
}

/// Writes a picture into the folder.
pub(super) fn keep(folder: &Path, name: &str, png: &[u8]) -> Result<(), Failure> {
    // The name comes from a script: it stays in the folder.
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).collect();
    let file = folder.join(format!("{name}.png"));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, png))
        .map_err(|error| Failure::new(&OUTPUT_UNWRITABLE).detail(files::io_words(&file, &error)))
}

struct Report {
    shots: Vec<(String, String)>,
    slips: String,
    terminal: Option<String>,
    open: usize,
    compare: Option<String>,
}

impl View for Report {
    fn json(&self) -> Value {
        let screens: Vec<Value> = self
            .shots
            .iter()
            .map(|(name, blocks)| json!({ "name": name, "rows": blocks.lines().collect::<Vec<_>>() }))
            .collect();
        json!({
            "screens": screens,
            "slips": self.slips,
            "terminal": self.terminal,
            "open_reversals": self.open,
            "compare_code": self.compare,
        })
    }

    fn page(&self, page: &mut Page) {
        for (name, blocks) in &self.shots {
            page.line(&format!("── {name}"));
            for row in blocks.lines() {
                page.line(row);
            }
        }
        if !self.slips.is_empty() {
            page.gap();
            for row in self.slips.lines() {
                page.line(row);
            }
        }
    }
}
