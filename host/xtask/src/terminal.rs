//! What a person sees: steps with their time, aligned also where Chinese characters take two columns.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this module is the terminal")]

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

const TITLE_COLUMNS: usize = 66;

/// A step under way; say how it ended with [`Step::done`], [`Step::left_out`] or [`Step::failed`].
#[must_use]
pub(crate) struct Step {
    title: String,
    started: Instant,
}

impl Step {
    /// Starts the clock. Nothing is printed before the end, so that output of the step itself stays whole.
    pub(crate) fn start(title: impl Into<String>) -> Step {
        Step { title: title.into(), started: Instant::now() }
    }

    /// Prints the title at once, for steps that print much themselves.
    pub(crate) fn announce(title: impl Into<String>) -> Step {
        let step = Step::start(title);
        println!("{}", paint("1", &format!("▸ {}", step.title)));
        step
    }

    pub(crate) fn done(self) -> Duration {
        self.end("32", "✓")
    }

    pub(crate) fn left_out(self, reason: &str) -> Duration {
        let taken = self.end("33", "–");
        note(reason);
        taken
    }

    pub(crate) fn failed(self) -> Duration {
        self.end("31", "✗")
    }

    fn end(self, colour: &str, mark: &str) -> Duration {
        let taken = self.started.elapsed();
        println!("{} {}{:>8}", paint(colour, mark), padded(&self.title, TITLE_COLUMNS), seconds(taken));
        flush();
        taken
    }
}

/// A heading over a run of steps.
pub(crate) fn heading(text: &str) {
    println!("\n{}\n", paint("1", text));
}

/// Output of a command, set in a little.
pub(crate) fn quote(text: &str) {
    for line in text.lines() {
        println!("    {} {line}", paint("2", "│"));
    }
    flush();
}

/// The command a person would type to get what follows.
pub(crate) fn command(words: &str) {
    println!("    {}", paint("36", &format!("$ {words}")));
}

pub(crate) fn note(text: &str) {
    println!("    {}", paint("2", text));
}

pub(crate) fn warning(text: &str) {
    println!("{} {text}", paint("33", "!"));
    flush();
}

pub(crate) fn error(text: &str) {
    flush();
    eprintln!("{} {text}", paint("31", "✗"));
}

pub(crate) fn plain(text: &str) {
    println!("{text}");
}

pub(crate) fn plain_error(text: &str) {
    // Said also when the terminal was closed: what follows, the stopping, must not be lost to a panic.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// `12.34 s`
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// `text` filled with spaces up to `columns` columns of a terminal.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

/// True where colours and live progress make sense.
pub(crate) fn is_interactive() -> bool {
    std::io::stdout().is_terminal()
}

fn paint(code: &str, text: &str) -> String {
    if is_interactive() && std::env::var_os("NO_COLOR").is_none() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn flush() {
    // A closed pipe (`| head`) is the reader's choice, not our failure.
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(padded("一卡", 6), "一卡  ");
        assert_eq!(padded("card", 6), "card  ");
        assert_eq!(padded("too long", 4), "too long");
    }
}
