//! What leaves the program: one JSON document, or text for people.

mod page;
pub(crate) mod width;

use std::io::{self, IsTerminal, Write};

use serde_json::{Value, json};

pub(crate) use page::{Page, Side, Tone};

use crate::failure::Failure;
use crate::lang::Lang;

/// How this run talks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    /// One JSON document on stdout.
    pub(crate) json: bool,
    /// Language of people.
    pub(crate) lang: Lang,
    /// Personal data unmasked.
    pub(crate) show: bool,
}

/// Something to print, for machines and for people.
pub(crate) trait View {
    /// The JSON document.
    fn json(&self) -> Value;
    /// The JSON document as text, where the order of its members matters.
    fn json_text(&self) -> String {
        self.json().to_string()
    }
    /// The text.
    fn page(&self, page: &mut Page);
}

/// Whether the reader took what we printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Delivery {
    /// All of it left.
    Printed,
    /// stdout is closed or full.
    Lost,
}

impl Console {
    /// Prints a result on stdout.
    pub(crate) fn print(&self, view: &dyn View) -> Delivery {
        let text = if self.json {
            let mut text = view.json_text();
            text.push('\n');
            text
        } else {
            let mut page = self.page(&io::stdout());
            view.page(&mut page);
            page.into_text()
        };
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Delivery::Printed,
            // Whoever closed the pipe knows; a full disk behind a redirection nobody would notice.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Delivery::Lost,
            Err(_) => {
                self.say(
                    Tone::Bad,
                    "输出没有写完整（标准输出写入失败）。",
                    "The output could not be written to stdout in full.",
                );
                Delivery::Lost
            }
        }
    }

    /// Prints a failure: JSON on stdout (it is the one document of this run), text on stderr.
    pub(crate) fn print_failure(&self, failure: &Failure) {
        if self.json {
            let text = format!("{}\n", json!({ "error": failure.json(self.lang) }));
            let mut out = io::stdout().lock();
            // Nobody is left to tell when stdout is closed; the exit code still speaks.
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        } else {
            let mut page = self.page(&io::stderr());
            failure.page(&mut page);
            write_stderr(page);
        }
    }

    /// A progress line or a warning for people, on stderr.
    pub(crate) fn say(&self, tone: Tone, zh: &str, en: &str) {
        let mut page = self.page(&io::stderr());
        page.toned(tone, self.lang.pick(zh, en));
        write_stderr(page);
    }

    fn page(&self, stream: &impl IsTerminal) -> Page {
        let colour = stream.is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Page::new(self.lang, self.show, colour)
    }
}

/// Nobody is left to tell when stderr is closed.
fn write_stderr(page: Page) {
    let _ = io::stderr().lock().write_all(page.into_text().as_bytes());
}
